"""What an OCI connection is told: whose system calls, what it takes, and how it names its login."""

from __future__ import annotations

from gateway.connector import Field
from gateway.punchout_fields import RETURNING, SHOPPING

FIELDS = (
    *RETURNING,
    *SHOPPING,
    Field(name="user_field", default="USERNAME", help="The field of the call that holds the user."),
    Field(name="password_field", default="PASSWORD", help="The field of the call that holds the password."),
)
