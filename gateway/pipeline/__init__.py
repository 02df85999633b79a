"""The line: one module a stage, from bytes received to answers delivered."""
