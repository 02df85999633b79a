"""What every connection that buyers shop over is told, whatever they speak: cXML and OCI have these keys in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gateway.errors import Problem
from gateway.fields import Field, FieldType, Values
from gateway.outbound.origins import SAP_GUI, is_origin

RETURNING = (
    Field(
        name="profile",
        help="The buyer's procurement system, by the name of its profile: what it takes, and in which form; left out, "
        "the profile named like the kind.",
    ),
    Field(
        name="return_origins",
        type=FieldType.TEXTS,
        default=(),
        help=f'Where carts may be sent, as "https://s1.ariba.com", exactly; "{SAP_GUI}" for the browser of SAP GUI.',
    ),
    Field(
        name="frame_origins",
        type=FieldType.TEXTS,
        default=(),
        help="Whose pages may show ours within them; left out, those of return_origins.",
    ),
)
"""Whose system it is, and where it may be returned to."""

SHOPPING = (
    Field(name="session", type=FieldType.DURATION, default=timedelta(minutes=60), help="How long a session may idle."),
    Field(
        name="price_valid",
        type=FieldType.DURATION,
        default=timedelta(days=30),
        help="How long the prices of a cart hold for the order that comes of it.",
    ),
    Field(name="language", help="The language of the pages where the caller names none; left out, the account's."),
    Field(name="currency", help="The currency of carts; left out, the account's."),
)
"""How it is shopped."""


def origin_problems(values: Values) -> Iterator[Problem]:
    """What is wrong with the origins a connection names."""
    for name in ("return_origins", "frame_origins"):
        for text in values.texts(name):
            if not is_origin(text) or (name == "frame_origins" and text == SAP_GUI):
                advice = "write scheme, host and port only, in ASCII and without a slash at the end"
                yield values.place(name).problem(f"{name}: {text!r} is no origin", advice)
