"""A cXML connection checked: the buyer's calls, his cart, its edit and look, and the order that comes of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import NamedTuple

from gateway.conformance.checks import MAPPING, OURS, Check, Result, Section, check, dtd_check
from gateway.conformance.cxml_buyer import (
    CxmlBuyer,
    Told,
    id_of,
    items_of,
    items_out,
    order,
    setup,
    sum_of,
    text_in,
    total_of,
)
from gateway.conformance.shop import Rehearsed, filled_and_given, given_back, once_check, opened
from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.errors import ConflictError
from gateway.issues import Issue
from gateway.model.punchout import Operation
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session
from gateway.punchout.by_hand import return_address
from gateway.punchout.carts import cart_of
from gateway.punchout.transfer import cancel, transfer
from gateway.store.identity import new_id
from gateway.store.messages import message as message_of
from gateway.store.outbox import content_of, outputs_of
from gateway.store.records import issues_from_json
from gateway.workspace.profiles import profile_of

CONFIRMATION = "ConfirmationRequest"
_UNDECIDED = "see [decide] of the partner, and what the account may buy"
_NO_BUYER = "name in the partner an account with none below it; else each order has to name its buyer"
_COOKIE = 'a cookie with <signs> & "quotes"'
_FOREIGN = "https://elsewhere.invalid/cart"
_OPENED = "setup for a new cart"
_ADVICE = "mend what the Status says, in the partner's file or the data"


class Cart(NamedTuple):
    """A cart as the buyer's system took it out of the form."""

    content: bytes
    message: CxmlDocument


def cxml_sections(rehearsed: Rehearsed, buyer: CxmlBuyer) -> Iterator[Section]:
    """Every check of the connection, in the order in which a buyer comes to it; what cannot go on is left out."""
    calls = _Calls(rehearsed, buyer)
    yield Section("The call", (*_refusals(calls), *calls.opened_checks()))
    if calls.session is None:
        return
    given = filled_and_given(rehearsed, calls.session)
    cart = cart_in(given.form) if given.form else None
    yield Section("The cart", (*given.checks, *(_cart_checks(rehearsed, given.form, cart) if given.form else ())))
    if cart is not None:
        yield Section("Edit, look, go back without changes", tuple(_later_checks(calls, cart)))
        yield Section("The order", tuple(_order_checks(rehearsed, buyer, cart)))


class _Calls:
    """What the buyer's system asks for at first; `session` is what it was opened."""

    def __init__(self, rehearsed: Rehearsed, buyer: CxmlBuyer) -> None:
        self.rehearsed = rehearsed
        self.buyer = buyer
        self.url = return_address(rehearsed.called.connection)
        self.session: Session | None = None

    def ask(self, operation: Operation, items: str = "") -> Told:
        """The answer to a setup."""
        return self.buyer.ask(setup(operation, _COOKIE, self.url, items))

    def opened_checks(self) -> Iterator[Check]:
        """Whether a setup opens a session, once."""
        told = self.ask(Operation.CREATE)
        if told.status.code != 200:
            yield _status_check(_OPENED, told, 200, _ADVICE)
            return
        yield check(_OPENED, True, "200, with the page to open")
        token = token_in(told)
        self.session = opened(self.rehearsed.line, token)
        yield once_check(self.rehearsed.line, token)


def token_in(told: Told) -> str:
    """The token of the page that a PunchOutSetupResponse names."""
    return text_in(told.document, "URL").rpartition("/")[2]


def _refusals(calls: _Calls) -> Iterator[Check]:
    """What is taken, and that nobody else is let in or sent elsewhere."""
    told = calls.buyer.ask("<ProfileRequest/>")
    yield _status_check("ProfileRequest", told, 200, _ADVICE)
    offered = [each.text for each in told.document.body.walk() if each.name == "@requestName"]
    lacking = [each for each in ("PunchOutSetupRequest", "OrderRequest") if each not in offered]
    yield check(
        "setups and orders are agreed", not lacking, ", ".join(lacking or offered),
        f'add [[agreement]] receive = "cxml {lacking[0] if lacking else ""}" to the partner\'s file',
    )  # fmt: skip
    told = calls.buyer.ask(setup(Operation.CREATE, _COOKIE, calls.url), new_id())
    yield _status_check("a wrong secret is refused", told, 401, OURS)
    told = calls.buyer.ask(setup(Operation.CREATE, _COOKIE, _FOREIGN))
    yield _status_check("a foreign return address is refused", told, 400, "name exact origins in return_origins")


def _status_check(what: str, told: Told, wanted: int, advice: str) -> Check:
    code, text, words = told.status
    return check(what, code == wanted, f"{code} {text}{f': {words}' if words and code != wanted else ''}", advice)


def cart_in(form: ReturnForm) -> Cart | None:
    """The cart in a form, None where it is none that can be read."""
    name, value = form.fields[0]
    content = base64.b64decode(value) if name.lower().endswith("base64") else value.encode()
    message = read_cxml(content)
    return None if isinstance(message, Issue) else Cart(content, message)


def _cart_checks(rehearsed: Rehearsed, form: ReturnForm, cart: Cart | None) -> Iterator[Check]:
    """The form and the message in it, as the buyer's system reads them."""
    profile = profile_of(rehearsed.line.configuration, rehearsed.called.connection)
    names = [name for name, _ in form.fields]
    yield check("the field is called as agreed", names == [profile.field_name], ", ".join(names), "set field_name")
    if cart is None:
        yield check("the cart can be read", False, "it is no cXML", "mend the mapping of PunchOutOrderMessage")
        return
    yield dtd_check(f"PunchOutOrderMessage of DTD {cart.message.version}", cart.content, rehearsed.dtds)
    cookie = text_in(cart.message, "BuyerCookie")
    yield check("BuyerCookie comes back as it went", cookie == _COOKIE, cookie, MAPPING)
    total, sum_ = total_of(cart.message), sum_of(cart.message)
    yield check("Total is what the lines come to", total == sum_, f"{total} of {sum_}", MAPPING)
    shown = [each for each in cart.message.findings if each.code == "cxml.secret.shown"]
    yield check("no secret is in the cart", not shown, "none" if not shown else "SharedSecret", MAPPING)
    ids = [id_of(each) for each in items_of(cart.message)]
    yield check("each line has an id of its own", len(set(ids)) == len(ids) and all(ids), f"{len(ids)} lines", OURS)


def _later_checks(calls: _Calls, cart: Cart) -> Iterator[Check]:
    """The cart brought again: to be changed, to be left as it is, and to be looked at."""
    line, looks = calls.rehearsed.line, (_edit_checks, _left_checks, _look_checks)
    for operation, look in zip((Operation.EDIT, Operation.EDIT, Operation.INSPECT), looks, strict=True):
        told = calls.ask(operation, items_out(cart.message))
        if told.status.code == 200:
            yield from look(calls.rehearsed, opened(line, token_in(told)), cart)
        else:
            yield _status_check(f"setup to {operation} the cart", told, 200, _ADVICE)


def _edit_checks(rehearsed: Rehearsed, session: Session, cart: Cart) -> Iterator[Check]:
    ids = [id_of(each) for each in items_of(cart.message)]
    strange = [each for each in cart_of(rehearsed.line, session).lines if each.is_unknown]
    yield check(
        "edit: every line is known again", not strange, f"{len(ids) - len(strange)} of {len(ids)}",
        "see that the mapping keeps SupplierPartAuxiliaryID and the unit",
    )  # fmt: skip
    given = given_back(rehearsed.line, session)
    again = cart_in(given.form) if given.form else None
    same = again is not None and [id_of(each) for each in items_of(again.message)] == ids
    yield check("edit: unchanged lines go back under their ids", same, f"{len(ids)} lines", OURS)


def _left_checks(rehearsed: Rehearsed, session: Session, _: Cart) -> Iterator[Check]:
    yield _cancel_check("edit: going back without changes says so", cancel(rehearsed.line, session))


def _look_checks(rehearsed: Rehearsed, session: Session, _: Cart) -> Iterator[Check]:
    what = "inspect: the cart cannot be changed"
    try:
        transfer(rehearsed.line, session)
    except ConflictError:
        yield check(what, True, "it is only shown")
        yield _cancel_check("inspect: going back says that nothing changed", cancel(rehearsed.line, session))
    else:
        yield check(what, False, "it is given back", OURS)


def _cancel_check(what: str, form: ReturnForm) -> Check:
    cart = cart_in(form)
    told = cart.message.status if cart else None
    return check(what, told is not None and told.code == 204, f"Status {told.code if told else 'none'}", OURS)


def _order_checks(rehearsed: Rehearsed, buyer: CxmlBuyer, cart: Cart) -> Iterator[Check]:
    """The order made of the cart, and its answer."""
    line, number = rehearsed.line, f"CHECK-{new_id()[-8:]}"
    told = buyer.ask(order(number, line.clock().isoformat(timespec="seconds"), cart.message))
    what, code = "OrderRequest of this cart", told.status.code
    if told.message is None or code >= 300:
        yield _status_check(what, told, 200, _ADVICE)
        return
    with line.store.read() as db:
        stored = message_of(db, told.message)
        outputs = outputs_of(db, told.message, stored.interchange, stored.order_id) if stored else []
        confirmed = [content_of(db, each.archive) for each in outputs if each.type == CONFIRMATION]
    issues = issues_from_json(stored.issues) if stored else []
    decision = (stored.decision if stored else None) or "undecided"
    reasons = ", ".join(dict.fromkeys(each.code for each in issues))
    if decision == "accepted":
        yield check(what, True, f"{code}, accepted as it was in the cart")
    else:
        advice = _NO_BUYER if "party.unknown" in reasons else _UNDECIDED
        yield Check(what, Result.FINDING, f"{code}, {decision}: {reasons}", advice)
    if not confirmed:
        yield _unconfirmed(rehearsed)
    for content in confirmed:
        document = read_cxml(content)
        version = "" if isinstance(document, Issue) else f" of DTD {document.version}"
        yield dtd_check(f"{CONFIRMATION}{version}", content, rehearsed.dtds)


def _unconfirmed(rehearsed: Rehearsed) -> Check:
    """Why an order is not answered: nothing sends the answer, or somebody has still to confirm it."""
    agreements = rehearsed.called.partner.agreements
    if not any((each.direction, each.type) == ("send", CONFIRMATION) for each in agreements):
        advice = f'add [[agreement]] send = "cxml {CONFIRMATION}" to the partner\'s file'
        return Check(CONFIRMATION, Result.FINDING, "none is made", advice)
    if any((each.type, each.confirms) == ("OrderRequest", "erp") for each in agreements):
        advice = 'write confirms = "gateway" into the agreement for a look at it'
        return Check(CONFIRMATION, Result.NOT_CHECKED, "the ERP confirms: it is made when the ERP has", advice)
    return Check(CONFIRMATION, Result.NOT_CHECKED, "it is made when a person has decided", _ADVICE)
