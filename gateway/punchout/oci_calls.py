"""OCI calls answered: who calls and where he is returned to is looked at, then he shops, or has his list at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from gateway.errors import ConfigError
from gateway.issues import Issue
from gateway.mapping.form_trees import form_content
from gateway.model.punchout import Operation, SetupItem
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Echo, Protocol
from gateway.oci.call import Call, Fields, Function, read_call
from gateway.outbound.origins import may_return_to
from gateway.pipeline.work import Line
from gateway.proof import proves
from gateway.punchout.carts import accept_price, put
from gateway.punchout.filling import Item
from gateway.punchout.lists import catalogue_page, found_in_background
from gateway.punchout.open_cart import Problem
from gateway.punchout.returning import form_of
from gateway.punchout.sessions import Opening, new_session, open_session
from gateway.punchout.setups import read_setup
from gateway.punchout.shelf import Shelf
from gateway.punchout.transfer import cancel, transfer
from gateway.search.index import SearchIndex
from gateway.store.transferred_lines import decision_for
from gateway.workspace.profiles import profile_of
from gateway.workspace.values import Connection, OciLogin, Partner, Wanted

KIND = "oci"
_log = logging.getLogger("gateway.oci")
_ONE = Decimal(1)


class Denial(StrEnum):
    """Why a call is not answered."""

    LOGIN = "login"
    RETURN = "return"
    CALL = "call"


class Denied(NamedTuple):
    """A call that is not answered; `issue` says what is wrong with it, where that may be told."""

    reason: Denial
    language: str | None = None
    issue: Issue | None = None


class Shopping(NamedTuple):
    """A session that its caller opens with this token."""

    token: str


class Returned(NamedTuple):
    """What goes back: posted by the browser at once where `is_sent`, else read where it stands."""

    form: ReturnForm
    is_sent: bool
    language: str


class Download(NamedTuple):
    """A document of JSON."""

    content: bytes


Answer: TypeAlias = Denied | Shopping | Returned | Download


class Desk(NamedTuple):
    """What calls are answered with: what a reference to a secret stands for, and the index of articles."""

    secret: Callable[[str], str]
    articles: SearchIndex


class _Admitted(NamedTuple):
    """A call of a partner who was recognised, with what it asks for."""

    line: Line
    connection: Connection
    partner: Partner
    call: Call
    opening: Opening
    desk: Desk


def answer(line: Line, name: str, fields: Fields, desk: Desk) -> Answer:
    """The answer to a call of the connection of this name.

    Whoever is not recognised is refused in the same words, whatever there is. Raises PunchoutRefusedError for an
    account that may not buy, ConfigError where what is configured cannot be used.
    """
    named = line.configuration.connections.get(name)
    connection = named if named is not None and named.kind == KIND else None
    # What is told of a call is the same where nothing of this name is called.
    login = [connection.values.text(each) for each in ("user_field", "password_field")] if connection else []
    call = read_call(fields, *login)
    if isinstance(call, Issue):
        return Denied(Denial.CALL, issue=call)
    partner = _caller(line, connection, call, desk) if connection else None
    if connection is None or partner is None or partner.account is None:
        return Denied(Denial.LOGIN, call.language)
    language = call.language or connection.values.text_or_none("language")
    if call.hook_url and not may_return_to(call.hook_url, connection.values.texts("return_origins")):
        return Denied(Denial.RETURN, language)
    agreed = line.configuration.agreement_for(partner, Wanted("receive", KIND, "call", connection=name))
    read = read_setup(line, "oci call", form_content(fields), agreed.mapping if agreed else None)
    if read.setup is None:
        return Denied(Denial.CALL, language, next(iter(read.issues), None))
    # The cart goes to the address that was looked at, whatever a mapping of the partner's own makes of the call.
    setup = replace(read.setup, return_url=call.hook_url or None, language=call.language or read.setup.language)
    echo = Echo(target=call.target, charset=call.charset, fields=call.echo)
    opening = Opening(name, partner.name, partner.account, setup, Protocol.OCI, echo=echo, search=call.search)
    return _ANSWERS[call.function](_Admitted(line, connection, partner, call, opening, desk))


def _caller(line: Line, connection: Connection, call: Call, desk: Desk) -> Partner | None:
    """The partner whose login is shown; how long that takes does not tell how much of it is right."""
    named = [connection.partner] if connection.partner else sorted(line.configuration.partners)
    partners = [line.configuration.partners.get(name) for name in named]
    for partner in partners:
        if partner is not None and partner.oci is not None:
            is_user = proves(call.user, partner.oci.user)
            if proves(call.password, _password_of(partner, partner.oci, desk)) and is_user:
                return partner
    return None


def _password_of(partner: Partner, login: OciLogin, desk: Desk) -> str:
    """The password that is kept; empty where it is not set, which lets nobody in and keeps nobody else out."""
    try:
        return desk.secret(login.password)
    except ConfigError as error:
        _log.warning("partners/%s.toml: %s", partner.name, error)
        return ""


def _shop(admitted: _Admitted) -> Answer:
    """The shop, opened at what was selected or is looked for; only to be looked at where no cart could go back."""
    line, opening = admitted.line, admitted.opening
    if not opening.setup.return_url:
        opening = opening._replace(setup=replace(opening.setup, operation=Operation.INSPECT))
    with line.store.write() as db:
        return Shopping(open_session(line, db, opening).token)


def _validate(admitted: _Admitted, *, is_sent: bool = True) -> Answer:
    """One article in one quantity, at its price; nothing where it is not sold so, since OCI has no words for that.

    A line that was given before is named by its id, and goes back under it.
    """
    line, call, opening = admitted.line, admitted.call, admitted.opening
    with line.store.write() as db:
        is_known = decision_for(db, opening.account, call.product_id) is not None
        if is_known:
            item = SetupItem(position=1, auxiliary_id=call.product_id, quantity=call.quantity)
            setup = replace(opening.setup, operation=Operation.EDIT, items=(item,))
            opening = opening._replace(setup=setup)
        session = open_session(line, db, opening).session
    quantity = call.quantity or _ONE
    done = accept_price(line, session, 1) if is_known else put(line, session, Item(call.product_id, quantity))
    form = None if isinstance(done, Problem) else transfer(line, session)
    if not isinstance(form, ReturnForm):
        form = cancel(line, session)
    return Returned(form, is_sent, session.called.language)


def _check_quantity(admitted: _Admitted) -> Answer:
    """The same to be read where it stands."""
    return _validate(admitted, is_sent=False)


def _search(admitted: _Admitted) -> Answer:
    """What is found, to be read where it stands: nobody is there who could look at a page."""
    line, call = admitted.line, admitted.call
    profile = profile_of(line.configuration, admitted.connection)
    with line.store.read() as db:
        session = new_session(line, db, admitted.opening)
        found = found_in_background(Shelf(line, db, session), admitted.desk.articles, profile, call.search)
        return Returned(form_of(line, session, found), is_sent=False, language=session.called.language)


def _download(admitted: _Admitted) -> Answer:
    """A page of the catalogue."""
    line = admitted.line
    with line.store.read() as db:
        shelf = Shelf(line, db, new_session(line, db, admitted.opening))
        return Download(catalogue_page(shelf, profile_of(line.configuration, admitted.connection), admitted.call.page))


_ANSWERS: dict[Function, Callable[[_Admitted], Answer]] = {
    Function.CATALOGUE: _shop,
    Function.DETAIL: _shop,
    Function.SOURCING: _shop,
    Function.VALIDATE: _validate,
    Function.QUANTITYCHECK: _check_quantity,
    Function.BACKGROUND_SEARCH: _search,
    Function.DOWNLOADJSON: _download,
}
