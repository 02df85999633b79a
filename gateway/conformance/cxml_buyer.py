"""A buyer's system that speaks cXML, played: what it asks at the gateway's door, and makes of what it is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from gateway.cxml.document import Credential, CxmlDocument, attribute, inner, read_cxml
from gateway.cxml.envelope import Envelope, request, with_secret
from gateway.cxml.status import Status
from gateway.errors import ConfigError, PermanentError
from gateway.http.cxml_counter import CxmlCounter, Vault
from gateway.issues import Issue
from gateway.model.punchout import Operation
from gateway.pipeline.work import Line
from gateway.punchout.by_hand import Called
from gateway.punchout.cxml_setup import SETUP
from gateway.punchout.restoring import amount_of
from gateway.queue.dispatch import work_off
from gateway.store.cxml_answers import CxmlAnswer
from gateway.store.identity import new_id
from gateway.tree import Node
from gateway.workspace.profiles import profile_of
from gateway.workspace.values import Wanted
from gateway.xml.writer import escaped_attribute, escaped_text

PLACE = "https://gateway.invalid"
"""The address in what the rehearsal answers; nobody goes there."""
_NOBODY = Credential("none", "none")
_XML = "http://www.w3.org/XML/1998/namespace"


class Told(NamedTuple):
    """A Response, and the id of the message that what it answers became, if any."""

    status: Status
    document: CxmlDocument
    message: str | None = None


class CxmlBuyer:
    """The system of a connection's partner; it says that it is a test only where nothing else is agreed."""

    def __init__(self, line: Line, vault: Vault, called: Called) -> None:
        self._line = line
        self._called = called
        self._secret = _secret_of(called, vault)
        self._counter = CxmlCounter(vault, lambda: PLACE)
        live = Wanted("receive", "cxml", SETUP)
        self.is_test = line.configuration.agreement_for(called.partner, live) is None

    def ask(self, body: str, secret: str | None = None) -> Told:
        """The Response to this element; with another secret where one is named."""
        content = with_secret(request(self._envelope(), body.encode()), secret or self._secret)
        answer: bytes | CxmlAnswer | None = self._counter.take(content, "text/xml; charset=UTF-8", self._line)
        message = answer.message if isinstance(answer, CxmlAnswer) else None
        if isinstance(answer, CxmlAnswer):
            work_off(self._line, {})
            answer = self._counter.given(answer, self._line, at_last=True)
        document = read_cxml(answer or b"")
        if isinstance(document, Issue) or document.status is None:
            raise PermanentError("The gateway answered a request with no Response. Tell who makes it.")
        return Told(document.status, document, message)

    def _envelope(self) -> Envelope:
        partner = self._called.partner
        them = tuple(Credential(each.domain, each.identity) for each in partner.cxml[:1])
        us = tuple(Credential(each.domain, each.identity) for each in partner.us.cxml[:1]) or (_NOBODY,)
        profile = profile_of(self._line.configuration, self._called.connection)
        return Envelope(
            dtd=profile.dtd_of(SETUP), payload_id=f"{new_id()}@check", timestamp=self._line.clock(), from_=them, to=us,
            sender=them, user_agent="gateway punchout check", deployment_mode="test" if self.is_test else "production",
        )  # fmt: skip


def setup(operation: Operation, cookie: str, url: str, items: str = "") -> str:
    """A PunchOutSetupRequest; `items` are elements ItemOut."""
    return (
        f'<PunchOutSetupRequest operation="{operation}"><BuyerCookie>{escaped_text(cookie)}</BuyerCookie>'
        f"<BrowserFormPost><URL>{escaped_text(url)}</URL></BrowserFormPost>{items}</PunchOutSetupRequest>"
    )


def order(number: str, day: str, message: CxmlDocument) -> str:
    """The OrderRequest that a buyer's system makes of the cart in a PunchOutOrderMessage."""
    money = _total(message)
    total = written(money) if money else ""
    return (
        f'<OrderRequest><OrderRequestHeader orderID="{number}" orderDate="{day}" type="new"><Total>{total}</Total>'
        '<BillTo><Address><Name xml:lang="en">gateway punchout check</Name></Address></BillTo></OrderRequestHeader>'
        f"{items_out(message)}</OrderRequest>"
    )


def items_of(message: CxmlDocument) -> list[Node]:
    """The elements ItemIn of a PunchOutOrderMessage."""
    return [each for each in message.body.children if each.name == "ItemIn"]


def items_out(message: CxmlDocument) -> str:
    """The lines of a cart as a buyer's system sends them later on, in a setup or an order: the same, as ItemOut."""
    told = []
    for position, item in enumerate(items_of(message), 1):
        held = "".join(written(each) for each in item.children if each.name in ("ItemID", "ItemDetail"))
        quantity = escaped_attribute(attribute(item, "quantity"))
        told.append(f'<ItemOut quantity="{quantity}" lineNumber="{position}">{held}</ItemOut>')
    return "".join(told)


def total_of(message: CxmlDocument) -> Decimal | None:
    """The Total of a cart, None where there is none."""
    money = _total(message)
    return Decimal(money.text) if money else None


def sum_of(message: CxmlDocument) -> Decimal:
    """What the lines of a cart come to, each rounded, as a buyer's system adds them up."""
    money = _total(message)
    currency = attribute(money, "currency") if money else ""
    return sum((_amount(each, currency) for each in items_of(message)), Decimal(0))


def id_of(item: Node) -> str:
    """The SupplierPartAuxiliaryID of an item; empty where it has none."""
    found = inner(inner(item, "ItemID"), "SupplierPartAuxiliaryID")
    return found.text if found else ""


def text_in(document: CxmlDocument, name: str) -> str:
    """The text of the first element of the name, wherever it stands."""
    return next((each.text for each in document.body.walk() if each.name == name), "")


def written(node: Node) -> str:
    """An element as it was read, with all that it holds."""
    attributes, inside = "", escaped_text(node.text)
    for child in node.children:
        if child.name.startswith("@"):
            prefix = "xml:" if child.space == _XML else ""
            attributes += f' {prefix}{child.name[1:]}="{escaped_attribute(child.text)}"'
        else:
            inside += written(child)
    return f"<{node.name}{attributes}>{inside}</{node.name}>"


def _total(message: CxmlDocument) -> Node | None:
    return inner(inner(inner(message.body, "PunchOutOrderMessageHeader"), "Total"), "Money")


def _amount(item: Node, currency: str) -> Decimal:
    detail = inner(item, "ItemDetail")
    price, basis = inner(inner(detail, "UnitPrice"), "Money"), inner(detail, "PriceBasisQuantity")
    per = attribute(basis, "quantity") if basis else "1"
    quantity = Decimal(attribute(item, "quantity"))
    return amount_of(Decimal(price.text if price else "0"), Decimal(per), quantity, currency)


def _secret_of(called: Called, vault: Vault) -> str:
    """What the buyer shows: the first of his secrets that opens. Raises ConfigError with why none does."""
    reasons: list[str] = []
    for reference in (each for identity in called.partner.cxml for each in identity.secrets):
        try:
            return vault.secret(reference)
        except ConfigError as error:
            reasons.append(str(error))
    named = " ".join(reasons) or "Name secrets in [identifiers] cxml."
    raise ConfigError(f"partners/{called.partner.name}.toml has no secret that can be shown. {named}")
