"""UN/EDIFACT syntax: bytes to segments and back. Knows no orders."""
