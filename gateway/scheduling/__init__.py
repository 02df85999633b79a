"""Schedules: what runs when, each slot once, on whichever node is there."""
