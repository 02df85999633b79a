"""CSV and JSON lines: the one door for tables in and out."""
