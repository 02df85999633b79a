"""A cart as the form that the buyer's browser posts: a cXML message in one field, or a field for each thing of OCI."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import NamedTuple

from gateway.cxml.document import Credential
from gateway.cxml.envelope import Envelope, message
from gateway.cxml.status import TEXTS, Status
from gateway.errors import ConfigError, PermanentError
from gateway.mapping.text_mapping import Written
from gateway.model.cart import Cart, CartLine, QuoteStatus
from gateway.model.profile import Profile
from gateway.model.punchout import Operation
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Protocol, Session
from gateway.oci.call import DEFAULT_CHARSET
from gateway.oci.form import OLDEST, faults, hook, in_charset
from gateway.outbound.origins import may_return_to
from gateway.pipeline.cxml_post import USER_AGENT
from gateway.pipeline.work import Line
from gateway.pipeline.written import written
from gateway.store.identity import new_id
from gateway.workspace.profiles import profile_of
from gateway.workspace.values import Connection, CxmlIdentity, Partner, Wanted

MESSAGE = "PunchOutOrderMessage"
_CANCELLED = Status(204, TEXTS[204])


class Counterpart(NamedTuple):
    """Who a session is with, and what his system takes."""

    partner: Partner
    connection: Connection
    profile: Profile


def counterpart_of(line: Line, session: Session) -> Counterpart:
    """Who the session is with, by the configuration in force; raises ConfigError where it is not agreed any more."""
    configuration = line.configuration
    partner = configuration.partners.get(session.partner)
    connection = configuration.connections.get(session.connection)
    if partner is None or connection is None:
        raise ConfigError(f"The connection {session.connection} of {session.partner} is not configured any more.")
    return Counterpart(partner, connection, profile_of(configuration, connection))


def cart_to_give(
    session: Session, lines: tuple[CartLine, ...], *, freight: Decimal | None = None, cancelled: bool = False
) -> Cart:
    """The cart of these lines as the session gives it, before it is fitted to the buyer's rules."""
    is_asked_for = session.setup.operation is Operation.SOURCE
    return Cart(
        id=session.id, operation=session.setup.operation, buyer_cookie=session.setup.buyer_cookie,
        currency=session.called.currency, language=session.called.language, lines=lines,
        total=sum((each.amount for each in lines), Decimal(0)), ship_to=session.setup.ship_to, cancelled=cancelled,
        freight=freight,
        quote_status=QuoteStatus.PENDING if is_asked_for else QuoteStatus.FINAL,
    )  # fmt: skip


def form_of(line: Line, session: Session, cart: Cart) -> ReturnForm:
    """The form that gives the cart to the buyer's system.

    Raises ConfigError where the partner has no credentials or the cart may not go there any more, PermanentError where
    no mapping writes it.
    """
    connection, address = counterpart_of(line, session).connection, session.setup.return_url
    if address and not may_return_to(address, connection.values.texts("return_origins")):
        raise ConfigError(f"Carts of {connection.name} may not go where this one is to go. Look at its return_origins.")
    return _cxml_form(line, session, cart) if session.protocol is Protocol.CXML else _oci_form(line, session, cart)


def _cxml_form(line: Line, session: Session, cart: Cart) -> ReturnForm:
    _, _, profile = counterpart = counterpart_of(line, session)
    made = _written(line, session, counterpart, cart, f"cxml {MESSAGE}")
    content = message(_envelope(line, session, counterpart), made.content, _CANCELLED if cart.cancelled else None)
    field = profile.field_name
    if field.lower().endswith("base64"):
        value = base64.b64encode(content).decode("ascii")
    else:
        # Buyers take the bytes of the form for one encoding or another; of ASCII nothing can be mistaken.
        value = content.decode().encode("ascii", "xmlcharrefreplace").decode("ascii")
    return ReturnForm(action=session.setup.return_url or "", fields=((field, value),))


def _envelope(line: Line, session: Session, counterpart: Counterpart) -> Envelope:
    partner, _, profile = counterpart
    echo = session.called.echo
    us = _credentials(partner.us.cxml[:1], f"partners/{partner.name}.toml names no [us] cxml")
    callers = tuple(Credential(domain, identity) for domain, identity in echo.callers)
    them = callers or _credentials(partner.cxml[:1], f"partners/{partner.name}.toml names no [identifiers] cxml")
    return Envelope(
        dtd=profile.dtd_of(MESSAGE), payload_id=f"{new_id()}@{session.connection}", timestamp=line.clock(),
        language=session.called.language, from_=us, to=them, sender=us, user_agent=profile.user_agent or USER_AGENT,
        deployment_mode="test" if session.test else "production",
        # The setup that began it (cXML 1.2 Reference Guide, "Message"), beside its cookie.
        in_reply_to=echo.payload_id or "",
    )  # fmt: skip


def _credentials(named: tuple[CxmlIdentity, ...], lacking: str) -> tuple[Credential, ...]:
    if not named:
        raise ConfigError(f"{lacking}. No cart can be addressed without it.")
    return tuple(Credential(each.domain, each.identity) for each in named)


def _oci_form(line: Line, session: Session, cart: Cart) -> ReturnForm:
    counterpart, echo = counterpart_of(line, session), session.called.echo
    made = _written(line, session, counterpart, cart, "oci cart")
    charset = echo.charset or DEFAULT_CHARSET
    items = in_charset(made.fields, charset)
    _check_taken(items, charset, counterpart.profile)
    to = hook(session.setup.return_url or "", charset)
    # Which of two fields of one name counts is for each system to say.
    there = {name.upper() for name, _ in to.fields}
    echoed = [(name, value) for name, value in echo.fields if name.upper() not in there]
    fields = (*to.fields, *echoed, *items)
    return ReturnForm(action=to.action, target=echo.target, charset=charset, fields=fields)


def _check_taken(items: list[tuple[str, str]], charset: str, profile: Profile) -> None:
    """Raises PermanentError where the buyer's system would drop an item: it tells nobody."""
    found = faults(items, charset, profile.oci_version or OLDEST)
    if found:
        told = "; ".join(f"{each.path}: {each.text}" for each in found[:3])
        raise PermanentError(
            f"The buyer's system would drop what it is given: {told}. Mend the mapping or the profile."
        )


def _written(line: Line, session: Session, counterpart: Counterpart, cart: Cart, document: str) -> Written:
    """The cart as a mapping writes it: the one agreed with the partner, else the one shipped."""
    syntax, type_ = document.split()
    agreed = line.configuration.answer_for(counterpart.partner, Wanted("send", syntax, type_, test=session.test))
    return written(line, document, cart, agreed.mapping if agreed else None)
