"""Alarms: what a person has to look at, found in the store and in the server's health, and who is told of it."""
