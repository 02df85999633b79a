"""What a cXML connection is told: who is answered, what his system takes, and where documents of ours are posted."""

from __future__ import annotations

from gateway.connector import Field, FieldType
from gateway.outbound.connections import CREDENTIALS, WAY
from gateway.punchout_fields import RETURNING, SHOPPING

FIELDS = (
    *RETURNING,
    *SHOPPING,
    Field(
        name="dtd",
        type=FieldType.WORDS,
        default={},
        help='The version of the DTD by document, over that of the profile: { OrderRequest = "1.2.014" }.',
    ),
    Field(name="field_name", help="The name of the form field that returns a cart, over that of the profile."),
    Field(name="encoding", help="The encoding of what we write, over that of the profile."),
    Field(name="user_agent", help="What we call ourselves in UserAgent, over that of the profile."),
    Field(name="classification", help="The domain of classifications, over that of the profile."),
    Field(name="url", help="Where documents of ours are posted: confirmations and what else answers an order."),
    Field(
        name="secret",
        secret=True,
        help="The SharedSecret we show where we post, as secret:NAME or env:NAME; left out, none is shown.",
    ),
    *WAY,
    *CREDENTIALS,
)
