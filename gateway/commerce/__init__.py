"""Who buys, what, at which price and what we answer: pure functions on values, without store, clock or input."""
