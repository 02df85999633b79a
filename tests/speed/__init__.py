"""Speed, measured against other libraries in the same run: `python -m tests.speed [MODULE ...] [--json]`.

Every module of this package with a function `measure() -> Iterator[Figure]` takes part.
"""
