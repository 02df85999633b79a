"""What a buyer's browser posts to the buyer's system when the shopper is done."""

from __future__ import annotations

from gateway.model.value import Value


class ReturnForm(Value, kw_only=True):
    """A form that the browser sends: its fields in order, each hidden, a name more than once where it comes so.

    `charset` is the one it is sent in, None that of the page; `target` names the frame, None the same one.
    """

    action: str
    method: str = "post"
    target: str | None = None
    charset: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
