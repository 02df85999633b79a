"""Commerce: what is agreed with an account, as pure functions from values to values."""
