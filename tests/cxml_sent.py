"""cXML as a buyer's system sends it to the demo, right unless a test makes it wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from tests.sent import TODAY, WANTED
from tests.workspaces import Place

PARTNER, CONNECTION = "nordwerk", "nordwerk_cxml"
ACCOUNT = "10011"
THEM, US = ("NetworkId", "AN01000000071"), ("DUNS", "315000071")
SECRET, NEXT_SECRET = "open-sesame-of-nordwerk", "and-the-one-after-it"
SECRETS = {"NORDWERK_CXML": SECRET, "NORDWERK_CXML_NEXT": NEXT_SECRET}
"""The variables of the environment that hold them."""
AT = datetime.now(UTC).isoformat(timespec="seconds")
"""When everything is sent: what is sent again is the same to the letter."""
BUYER = "https://buyer.example"
BOLT, GLOVE, MASK, SEALANT = "A-1001", "A-1003", "A-1005", "A-1006"
PRICES = {BOLT: ("15.50", "100", "PCE"), GLOVE: ("3.40", "1", "PR")}


def trade_by_cxml(place: Place, url: str = "", more: str = "") -> Place:
    """The workspace with a buyer who punches out, orders, and is answered where he has a url."""
    sent = f'url = "{url}"\nnetworks = ["127.0.0.0/8"]\n' if url else ""
    place.write(
        f"connections/{CONNECTION}.toml",
        f'kind = "cxml"\npartner = "{PARTNER}"\nreturn_origins = ["{BUYER}"]\n{sent}{more}',
    )
    place.write(f"partners/{PARTNER}.toml", partner(is_answered=bool(url)))
    return place


def partner(*, is_answered: bool = False, decide: str = "") -> str:
    """The partner's file."""
    received = [
        f'[[agreement]]\nreceive = "cxml {each}"\nvia = "{CONNECTION}"\n'
        for each in ("OrderRequest", "PunchOutSetupRequest")
    ]
    sent = [
        f'[[agreement]]\nsend = "cxml {each}"\nvia = "{CONNECTION}"\n'
        for each in ("ConfirmationRequest", "StatusUpdateRequest")
    ]
    return f"""
name = "Nordwerk"
account = "{ACCOUNT}"
[identifiers]
cxml = [{{ domain = "{THEM[0]}", identity = "{THEM[1]}", secrets = ["env:NORDWERK_CXML", "env:NORDWERK_CXML_NEXT"] }}]
[us]
cxml = [{{ domain = "{US[0]}", identity = "{US[1]}" }}]
{"".join(received)}{"".join(sent) if is_answered else ""}
[decide]
{decide}
"""


def cxml(
    body: str, payload_id: str = "1@nordwerk", *, secret: str | None = SECRET, from_: tuple[str, str] = THEM,
    to: tuple[str, str] = US, mode: str = "production",
) -> bytes:  # fmt: skip
    """A Request that holds this element."""
    shown = f"<SharedSecret>{secret}</SharedSecret>" if secret is not None else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.050/cXML.dtd">
<cXML version="1.2.050" payloadID="{payload_id}" timestamp="{AT}" xml:lang="en-US">
<Header>
<From>{credential(*from_)}</From>
<To>{credential(*to)}</To>
<Sender>{credential(*from_, shown)}<UserAgent>Nordwerk Purchasing</UserAgent></Sender>
</Header>
<Request deploymentMode="{mode}">
{body}
</Request>
</cXML>
""".encode()


def credential(domain: str, identity: str, shown: str = "") -> str:
    """A Credential."""
    return f'<Credential domain="{domain}"><Identity>{identity}</Identity>{shown}</Credential>'


class Item(NamedTuple):
    """A line of an order, and what it comes to."""

    xml: str
    amount: Decimal


def item(
    position: int, sku: str, quantity: str, unit: str = "EA", price: str | None = None, per: str = "1",
    auxiliary_id: str = "", text: str = "as in the catalogue",
) -> Item:  # fmt: skip
    """A line of an order; without a price its UnitPrice is left out, which the DTD has and systems do not."""
    auxiliary = f"<SupplierPartAuxiliaryID>{auxiliary_id}</SupplierPartAuxiliaryID>" if auxiliary_id else ""
    cost = f'<UnitPrice><Money currency="EUR">{price}</Money></UnitPrice>' if price is not None else ""
    basis = (
        f'<PriceBasisQuantity quantity="{per}" conversionFactor="1"><UnitOfMeasure>{unit}</UnitOfMeasure>'
        "</PriceBasisQuantity>"
    )
    xml = f"""<ItemOut quantity="{quantity}" lineNumber="{position}" requestedDeliveryDate="{WANTED}">
<ItemID><SupplierPartID>{sku}</SupplierPartID>{auxiliary}</ItemID>
<ItemDetail>{cost}<Description xml:lang="en">{text}</Description><UnitOfMeasure>{unit}</UnitOfMeasure>
{basis if per != "1" else ""}<Classification domain="UNSPSC">31161500</Classification></ItemDetail>
</ItemOut>"""
    return Item(xml, Decimal(quantity) * Decimal(price or 0) / Decimal(per))


def order(number: str, *items: Item, kind: str = "new", version: int | None = None, more: str = "") -> str:
    """An OrderRequest, its total summed up."""
    counted = f' orderVersion="{version}"' if version is not None else ""
    return f"""<OrderRequest>
<OrderRequestHeader orderID="{number}" orderDate="{TODAY}" type="{kind}"{counted}>
<Total><Money currency="EUR">{sum(each.amount for each in items):f}</Money></Total>
<BillTo><Address><Name xml:lang="en">Nordwerk</Name></Address></BillTo>
{more}</OrderRequestHeader>
{"".join(each.xml for each in items)}
</OrderRequest>"""


def bolts(position: int = 1, quantity: str = "400") -> Item:
    """Bolts at the price agreed."""
    return item(position, BOLT, quantity, price="15.50", per="100")


def setup(cookie: str = "C-1", url: str = f"{BUYER}/return", operation: str = "create", items: str = "") -> str:
    """A PunchOutSetupRequest."""
    form = f"<BrowserFormPost><URL>{url}</URL></BrowserFormPost>" if url else ""
    return f"""<PunchOutSetupRequest operation="{operation}">
<BuyerCookie>{cookie}</BuyerCookie>
<Extrinsic name="UserEmail">jule@nordwerk.example</Extrinsic>
{form}{items}
</PunchOutSetupRequest>"""
