"""What cXML documents were answered: claimed by payloadID, answered once, told again as long as that may be."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, update

from gateway.store.cxml_tables import CxmlAnswerRow
from gateway.store.records import Record
from gateway.store.tables import insert_new, table

_answer = table(CxmlAnswerRow)
_this = (_answer.c.partner == bindparam("of_partner"), _answer.c.payload_id == bindparam("of_payload"))

# Built once: composing a statement costs more than SQLite takes to run it.
_CLAIM = insert_new(_answer)
_HELD = select(_answer).where(*_this)
_GIVE = (
    update(_answer)
    .where(*_this, _answer.c.status.is_(None))
    .values({name: bindparam(f"new_{name}") for name in ("status", "content", "is_owed")})
)
_SETTLE = update(_answer).where(_answer.c.message == bindparam("of_message")).values(is_owed=False)
_OF_MESSAGE = select(_answer).where(_answer.c.message == bindparam("of_message"))
_FORGET_LINK = update(_answer).where(_answer.c.session == bindparam("of_session")).values(content=None)
_FORGET_LINKS = (
    update(_answer).where(_answer.c.until < bindparam("now"), _answer.c.content.is_not(None)).values(content=None)
)
_DROP = delete(_answer).where(_answer.c.received_at < bindparam("before"))


class CxmlAnswer(Record, frozen=True, kw_only=True):
    """What is known of a document and its answer, as CxmlAnswerRow tells it; instants are UTC."""

    partner: str
    payload_id: str
    digest: str
    message: str | None = None
    session: str | None = None
    status: int | None = None
    is_owed: bool = False
    content: bytes | None = None
    key_id: str | None = None
    until: str | None = None
    received_at: str


def claim_answer(db: Connection, wanted: CxmlAnswer) -> CxmlAnswer:
    """What stands under the payloadID after asking: `wanted` itself where nothing stood there."""
    columns = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    if db.execute(_CLAIM[db.dialect.name], columns).rowcount:
        return wanted
    return answer_held(db, wanted.partner, wanted.payload_id) or wanted


def answer_held(db: Connection, partner: str, payload_id: str) -> CxmlAnswer | None:
    """What stands under a payloadID of the partner's."""
    return _one(db.execute(_HELD, _key(partner, payload_id)).mappings().one_or_none())


def answer_of_message(db: Connection, message: str) -> CxmlAnswer | None:
    """What the document that became this message was answered, or is to be."""
    return _one(db.execute(_OF_MESSAGE, {"of_message": message}).mappings().first())


def give_answer(db: Connection, answer: CxmlAnswer, status: int, content: bytes, *, is_owed: bool = False) -> bool:
    """The answer given, to be said again; False where one was given before. `is_owed`: it says word will follow."""
    given = {"new_status": status, "new_content": content, "new_is_owed": is_owed}
    return db.execute(_GIVE, {**_key(answer.partner, answer.payload_id), **given}).rowcount > 0


def settle_answer(db: Connection, message: str) -> None:
    """The word that was to follow on this message is on its way."""
    db.execute(_SETTLE, {"of_message": message})


def forget_link(db: Connection, session: str) -> None:
    """The answer that told how this session is opened tells it no more."""
    db.execute(_FORGET_LINK, {"of_session": session})


def forget_answers(db: Connection, now: str, before: str) -> int:
    """How many answers of documents from before an instant were forgotten; links that are over at `now` are as well."""
    db.execute(_FORGET_LINKS, {"now": now})
    return db.execute(_DROP, {"before": before}).rowcount


def _key(partner: str, payload_id: str) -> dict[str, str]:
    return {"of_partner": partner, "of_payload": payload_id}


def _one(row: RowMapping | None) -> CxmlAnswer | None:
    return CxmlAnswer(**row) if row else None
