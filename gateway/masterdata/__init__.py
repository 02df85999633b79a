"""Trade data in and out of the store as tables: one declaration a kind, idempotent imports, exports that read back."""
