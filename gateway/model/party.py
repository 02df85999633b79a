"""A party as a document names it: identifiers as received, and its address."""

from __future__ import annotations

from gateway.model.value import Value


class Party(Value, kw_only=True):
    """A party of a document. `id_scheme`: gln (3055 = 9), ours (91), theirs (92), duns or vat.

    `location` is a place on its premises (LOC).
    """

    id: str | None = None
    id_scheme: str | None = None
    name: str | None = None
    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    location: str | None = None
    vat_number: str | None = None
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
