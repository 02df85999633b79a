"""The schema's history (Alembic): one module a step in `versions`, never changed once released."""
