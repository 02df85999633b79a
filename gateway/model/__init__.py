"""Canonical documents and values: nouns of trade, frozen, exact, without input, output or clock."""
