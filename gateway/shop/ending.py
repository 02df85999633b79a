"""The end of a visit: asking whether to go back without changes, and the form that the browser takes to the buyer."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

from gateway.model.punchout import Operation
from gateway.model.return_form import ReturnForm
from gateway.model.shopping import SessionState
from gateway.shop.visit import Visit

_MOST_TOLD = 200_000


def return_page(visit: Visit) -> str:
    """Whether to go back without changes."""
    count = len(visit.cart.live)
    number = "zero" if not count else "one" if count == 1 else "other"
    if visit.session.is_read_only:
        key = "return.inspect"
    else:
        kind = "edit" if visit.session.setup.operation is Operation.EDIT else "create"
        key = f"return.{kind}.{number}"
    return visit.page("return", question=visit.texts(key, count=count))


def sending_page(visit: Visit, form: ReturnForm) -> str:
    """The form that was made when the cart was given back, or the session ended without changes."""
    is_cart = visit.session.state is SessionState.TRANSFERRED
    shown = _document(form) if visit.session.test else ""
    return visit.page(
        "transfer",
        form=form,
        is_cart=is_cart,
        is_insecure=urlsplit(form.action).scheme == "http",
        document=shown,
        reference=visit.session.id[-6:],
    )


def _document(form: ReturnForm) -> str:
    """What is sent, as a reader of tests wants to see it."""
    [(name, value), *others] = form.fields or (("", ""),)
    if others:
        return "\n".join(f"{name} = {value}" for name, value in form.fields)[:_MOST_TOLD]
    if name.lower().endswith("base64"):
        return base64.b64decode(value).decode("utf-8", "replace")[:_MOST_TOLD]
    return value[:_MOST_TOLD]
