"""Runs the migrations on the connection `gateway.store.migrate` hands over; Alembic loads this file by itself."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
