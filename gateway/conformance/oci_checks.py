"""An OCI connection checked: the buyer's calls, the form that goes back, and lists that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gateway.conformance.checks import MAPPING, OURS, Check, Section, check
from gateway.conformance.shop import Rehearsed, filled_and_given, once_check, opened
from gateway.model.quantity import plain
from gateway.model.return_form import ReturnForm
from gateway.oci.call import DEFAULT_CHARSET
from gateway.oci.form import OLDEST, Item, faults, hook, items_of
from gateway.outbound.origins import SAP_GUI
from gateway.punchout.by_hand import return_address
from gateway.punchout.filling import Item as Article
from gateway.punchout.oci_calls import Answer, Denial, Denied, Desk, Download, Returned, Shopping, answer
from gateway.punchout.selecting import selected_sku
from gateway.punchout.transfer import cancel
from gateway.workspace.profiles import profile_of

_FOREIGN = "https://elsewhere.invalid/cart"
_ECHOED = (("~OkCode", "ADDI"), ("~TARGET", "_top"), ("~CALLER", "CTLG"))
_MOST_TOLD = 3


class OciBuyer(NamedTuple):
    """A buyer's system that speaks OCI, played; `desk` has what its calls are answered with."""

    rehearsed: Rehearsed
    desk: Desk

    @property
    def hook_url(self) -> str:
        """Where carts go: with a parameter, as the systems have them there."""
        url = return_address(self.rehearsed.called.connection)
        return url if url == SAP_GUI else f"{url}?session=1"

    def call(self, *more: tuple[str, str], password: str | None = None, hook_url: str | None = None) -> Answer:
        """The answer to a call with these fields; with another password or address where one is named."""
        line, (connection, partner, _), *_ = self.rehearsed
        values, login = connection.values, partner.oci
        shown = self.desk.secret(login.password) if login and password is None else password or ""
        fields = [
            ("HOOK_URL", hook_url or self.hook_url), *_ECHOED, (values.text("user_field"), login.user if login else ""),
            (values.text("password_field"), shown), *more,
        ]  # fmt: skip
        return answer(line, connection.name, fields, self.desk)


def oci_sections(buyer: OciBuyer) -> Iterator[Section]:
    """Every check of the connection, in the order in which a buyer comes to it; what cannot go on is left out."""
    shown = buyer.call()
    yield Section("The call", tuple(_call_checks(buyer, shown)))
    if not isinstance(shown, Shopping):
        return
    rehearsed = buyer.rehearsed
    given = filled_and_given(rehearsed, opened(rehearsed.line, shown.token))
    checks = [*given.checks, *(_form_checks(buyer, given.form) if given.form else ())]
    yield Section("The cart", (*checks, *_cancel_checks(buyer)))
    if given.form is not None:
        items = items_of(given.form.fields)
        yield Section("Other functions", tuple(_function_checks(buyer, rehearsed.cart[0], items)))


def _call_checks(buyer: OciBuyer, shown: Answer) -> Iterator[Check]:
    """Whether a call opens the shop, and nobody else is let in or sent elsewhere."""
    is_open = isinstance(shown, Shopping)
    yield check("a call opens the shop", is_open, _denied(shown), "mend the login or return_origins in the files")
    if isinstance(shown, Shopping):
        again = buyer.call()
        if isinstance(again, Shopping):
            opened(buyer.rehearsed.line, again.token)
            yield once_check(buyer.rehearsed.line, again.token)
    refused = buyer.call(password="not this one")  # noqa: S106
    yield check("a wrong password is refused", _is_denied(refused, Denial.LOGIN), _denied(refused), OURS)
    elsewhere = buyer.call(hook_url=_FOREIGN)
    advice = "name exact origins in return_origins"
    yield check("a foreign HOOK_URL is refused", _is_denied(elsewhere, Denial.RETURN), _denied(elsewhere), advice)


def _form_checks(buyer: OciBuyer, form: ReturnForm) -> Iterator[Check]:
    """The form as SAP reads it."""
    line, (connection, *_), *_ = buyer.rehearsed
    to = hook(buyer.hook_url)
    fields = dict(form.fields)
    sent = all(fields.get(name) == value for name, value in (*to.fields, *_ECHOED))
    yield check(
        "the form goes to HOOK_URL, its parameters as fields", form.action == to.action and sent, form.action, OURS
    )
    version = profile_of(line.configuration, connection).oci_version or OLDEST
    found = faults(form.fields, form.charset or DEFAULT_CHARSET, version)
    told = ", ".join(f"{each.path}: {each.text}" for each in found[:_MOST_TOLD])
    yield check(f"every field is one of OCI {version}, and not too long", not found, told or "as it is to be", MAPPING)
    items = items_of(form.fields)
    per = all("PRICEUNIT" in item.fields for item in items)
    yield check("PRICEUNIT is in every item", per, f"{len(items)} items", MAPPING)


def _cancel_checks(buyer: OciBuyer) -> Iterator[Check]:
    """Whether somebody can go back without a cart."""
    shown = buyer.call()
    if isinstance(shown, Shopping):
        form = cancel(buyer.rehearsed.line, opened(buyer.rehearsed.line, shown.token))
        yield check("going back without a cart brings no items", not items_of(form.fields), "none", OURS)


def _function_checks(buyer: OciBuyer, article: Article, items: list[Item]) -> Iterator[Check]:
    """The functions that are called for one article, and for lists."""
    line = buyer.rehearsed.line
    detail = buyer.call(("FUNCTION", "DETAIL"), ("PRODUCTID", article.sku))
    sku = None
    if isinstance(detail, Shopping):
        session = opened(line, detail.token)
        with line.store.read() as db:
            sku = selected_sku(db, session)
    yield check("DETAIL opens the article", sku == article.sku, sku or _denied(detail), OURS)
    quantity = ("QUANTITY", plain(article.quantity))
    for function in ("VALIDATE", "QUANTITYCHECK"):
        told = buyer.call(("FUNCTION", function), ("PRODUCTID", article.sku), quantity)
        yield check(f"{function} gives it as the cart does", _prices(told)[:1] == [_price(items[0])], _seen(told), OURS)
    found = buyer.call(("FUNCTION", "BACKGROUND_SEARCH"), ("SEARCHSTRING", article.sku))
    yield check(
        "BACKGROUND_SEARCH finds it",
        bool(_prices(found)),
        _seen(found),
        "let the search index be made: `gateway serve`",
    )
    page = buyer.call(("FUNCTION", "DOWNLOADJSON"), ("PAGESIZE", "1"))
    yield check("DOWNLOADJSON gives a page", isinstance(page, Download), _denied(page), OURS)


def _prices(told: Answer) -> list[tuple[str | None, ...]]:
    return [_price(item) for item in items_of(told.form.fields)] if isinstance(told, Returned) else []


def _price(item: Item) -> tuple[str | None, ...]:
    return tuple(item.fields.get(name) for name in ("QUANTITY", "UNIT", "PRICE", "PRICEUNIT", "CURRENCY"))


def _seen(told: Answer) -> str:
    return f"{len(_prices(told))} items" if isinstance(told, Returned) else _denied(told)


def _is_denied(told: Answer, reason: Denial) -> bool:
    return isinstance(told, Denied) and told.reason is reason


def _denied(told: Answer) -> str:
    """Why a call was not answered; that it was, where it was."""
    if not isinstance(told, Denied):
        return "answered"
    return f"refused: {told.reason}{f', {told.issue.text}' if told.issue else ''}"
