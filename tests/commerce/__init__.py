"""Commerce: prices, decisions and answers as values."""
