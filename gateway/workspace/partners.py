"""Partners: who trades with us, by which addresses, and what is agreed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gateway.fields import Field, FieldType, Reader, Values
from gateway.workspace import agreements, decide
from gateway.workspace.agreements import Surroundings, agreements_of
from gateway.workspace.values import CxmlIdentity, EdiAddress, OciLogin, Partner, Us

_ADDRESS = re.compile(r"[^:]{1,35}(:[0-9A-Z]{1,4})?", re.ASCII)
_GLN = re.compile(r"[0-9]{13}", re.ASCII)
_ADDRESS_FORM = 'write it as in UNB, identification and qualifier: "4012345000009:14"'

_OUR_CXML = (
    Field(name="domain", required=True, help="The domain of the Credential, as NetworkId or DUNS."),
    Field(name="identity", required=True, help="The identity in that domain."),
)
_CXML = (
    *_OUR_CXML,
    Field(name="secrets", type=FieldType.TEXTS, secret=True, default=(), help="The shared secrets that are taken."),
)
_OCI = (
    Field(name="user", required=True, help="The user the caller names."),
    Field(name="password", required=True, secret=True, help="The password the caller names."),
)
_IDENTIFIERS = (
    Field(name="edifact", type=FieldType.TEXTS, default=(), help="UNB interchange identifications with qualifier."),
    Field(name="cxml", type=FieldType.TABLES, fields=_CXML, help="cXML Credentials."),
    Field(name="oci", type=FieldType.TABLE, fields=_OCI, help="The login of an OCI caller."),
)
_US = (
    Field(name="edifact", help="Our UNB interchange identification with qualifier."),
    Field(name="gln", help="Our GLN, 13 digits."),
    Field(name="cxml", type=FieldType.TABLES, fields=_OUR_CXML, help="Our cXML Credentials."),
    Field(name="buyer_knows_us_as", help="Our supplier number at the buyer."),
)
FIELDS = (
    Field(name="name", required=True, help="The partner's name."),
    Field(name="account", help="The account his parties belong to; left out, the buyer in the document must resolve."),
    Field(name="identifiers", type=FieldType.TABLE, fields=_IDENTIFIERS, help="The addresses he sends from."),
    Field(name="us", type=FieldType.TABLE, fields=_US, help="Who we are for this partner."),
    Field(name="agreement", type=FieldType.TABLES, fields=agreements.FIELDS, help="What is exchanged, one table each."),
    Field(name="decide", type=FieldType.TABLE, fields=decide.FIELDS, help="What is done where an order differs."),
)


def partner_of(reader: Reader, name: str, data: Mapping[str, object], surroundings: Surroundings) -> Partner:
    """The partner a file states."""
    values = reader.read(data, FIELDS)
    identifiers = values.table("identifiers")
    agreed = agreements_of(reader, values.tables("agreement"), surroundings)
    if not any(agreement.direction == "receive" for agreement in agreed):
        advice = 'add an [[agreement]] with receive = "edifact ORDERS D.96A"'
        reader.remarks.append(values.place("agreement").problem("no agreement to receive anything", advice))
    return Partner(
        name=name, title=values.text("name") or name, account=values.text_or_none("account"),
        edifact=tuple(_addresses(reader, identifiers, identifiers.texts("edifact"))),
        cxml=_identities(identifiers.tables("cxml")), oci=_login(identifiers), us=_us(reader, values.table("us")),
        agreements=agreed, decide=decide.decide_of(reader, values.table("decide")), place=values.place("identifiers"),
    )  # fmt: skip


def _addresses(reader: Reader, table: Values, texts: Sequence[str]) -> list[EdiAddress]:
    """The addresses that are well formed; the others are problems."""
    addresses = []
    for text in texts:
        if _ADDRESS.fullmatch(text):
            identification, _, qualifier = text.partition(":")
            addresses.append(EdiAddress(identification, qualifier))
        else:
            reader.problems.append(table.place("edifact").problem(f"{text!r} is no UNB address", _ADDRESS_FORM))
    return addresses


def _identities(tables: Sequence[Values]) -> tuple[CxmlIdentity, ...]:
    return tuple(CxmlIdentity(each.text("domain"), each.text("identity"), each.texts("secrets")) for each in tables)


def _login(identifiers: Values) -> OciLogin | None:
    if not identifiers.has("oci"):
        return None
    table = identifiers.table("oci")
    return OciLogin(table.text("user"), table.text("password"))


def _us(reader: Reader, table: Values) -> Us:
    stated = [table.text("edifact")] if table.has("edifact") and table.text("edifact") else []
    addresses = _addresses(reader, table, stated)
    gln = table.text_or_none("gln")
    if gln and not _GLN.fullmatch(gln):
        reader.problems.append(table.place("gln").problem(f"{gln!r} is no GLN", "write its 13 digits"))
    return Us(
        edifact=addresses[0] if addresses else None, gln=gln, cxml=_identities(table.tables("cxml")),
        buyer_knows_us_as=table.text_or_none("buyer_knows_us_as"),
    )  # fmt: skip
