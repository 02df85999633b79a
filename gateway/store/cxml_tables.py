"""The table of what cXML documents were answered."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


class CxmlAnswerRow(SQLModel, table=True):
    """The Response to a document, by who sent it and its payloadID: said again word for word.

    `digest` is that of the document without its secrets. `message` is the message it became, `session` the one it
    opened. Without `status` the answer is still to come; `is_owed`: it said that word would follow. `content` is sealed
    by the key `key_id` where one is named, and not there any more where what it told has been used, or was over at
    `until`.
    """

    __tablename__ = "cxml_answer"
    __table_args__ = (
        Index("cxml_answer_by_message", "message"),
        Index("cxml_answer_by_session", "session"),
        Index("cxml_answer_by_receipt", "received_at"),
    )
    partner: str = Field(primary_key=True)
    payload_id: str = Field(primary_key=True)
    digest: str
    message: str | None = None
    session: str | None = None
    status: int | None = None
    is_owed: bool = False
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    key_id: str | None = None
    until: str | None = None
    received_at: str
