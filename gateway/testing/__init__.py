"""Shipped test tools: connector contract suite, mapping cases, fakes."""
