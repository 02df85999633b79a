"""Connectors: one folder per outside system, all of the same inner shape."""
