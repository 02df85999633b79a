"""What an HTTP connection is told: what it lets in."""

from __future__ import annotations

from gateway.connector import Field, FieldType

FIELDS = (
    Field(
        name="max_bytes",
        type=FieldType.INTEGER,
        at_least=1,
        help="The largest body taken, in bytes; left out, `limits.max_interchange_bytes` of the settings.",
    ),
)
