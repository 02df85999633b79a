"""Lanes and outbox: what runs when, once, in order, and never for ever."""
