"""Channels: trade data to and from systems of ours, whose word counts for what, and whether both sides agree."""
