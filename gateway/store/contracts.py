"""Which contracts the trade data knows: those of price lists, of single conditions and of terms."""

from __future__ import annotations

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, exists, or_, select

from gateway.model.price import PriceList
from gateway.model.terms import Term
from gateway.store.condition_queries import FORM
from gateway.store.trade import TABLES

_list, _term = TABLES[PriceList], TABLES[Term]
_number: BindParameter[str] = bindparam("number")
_NAMED = select(or_(exists().where(_list.c.contract == _number), exists().where(_term.c.contract == _number)))
_OF_CONDITIONS = select(FORM.c.stated).where(FORM.c.stated.like('%"contract":%'))


class _Form(msgspec.Struct):
    contract: str | None = None


_form = msgspec.json.Decoder(_Form)


def is_contract(db: Connection, number: str) -> bool:
    """Whether a price list, a condition or a term, valid or not, is of the contract of this number."""
    if db.execute(_NAMED, {"number": number}).scalar_one():
        return True
    return any(_form.decode(stated).contract == number for stated in db.execute(_OF_CONDITIONS).scalars())
