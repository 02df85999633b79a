"""The mapping language: declarative documents between a syntax and the canonical model."""
