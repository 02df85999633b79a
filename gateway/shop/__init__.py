"""The shopping pages: what a buyer's user sees of our catalogue, as plain HTML in his language."""
