"""What is posted to /cxml: who is let in, what is answered, and that the same document is answered the same."""

from __future__ import annotations

import csv
import gzip
import random
import re
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.bundle import bundled
from gateway.cxml.document import CxmlDocument, Kind, read_cxml
from gateway.cxml.dtd import validate
from gateway.cxml.status import Status
from gateway.http import cxml_door
from gateway.http.cxml_door import MOST_BYTES
from gateway.issues import Issue
from gateway.model.shopping import SessionState
from gateway.pipeline.cxml_receive import answer_given
from gateway.pipeline.retention import retain
from gateway.pipeline.work import Line
from gateway.punchout.sessions import PunchoutRefusedError, redeem, session_of
from gateway.queue.dispatch import work_off
from gateway.settings import ApiSettings, ReceiveSettings
from gateway.store.cxml_answers import CxmlAnswer
from gateway.tree import Node
from tests.cxml.reference import corpus, dtds
from tests.cxml_sent import (
    BUYER,
    CONNECTION,
    NEXT_SECRET,
    PARTNER,
    SECRET,
    SECRETS,
    THEM,
    bolts,
    credential,
    cxml,
    item,
    order,
    partner,
    setup,
    trade_by_cxml,
)  # fmt: skip
from tests.http.conftest import Asked, asked_at
from tests.workspaces import Place

KEY = "master-key-of-the-tests-0123456789abcdef"
UNKNOWN = "The credentials are not known here."
URL = re.compile(rb"<URL>http://gateway.test/shop/open/([\w-]+)</URL>")


@pytest.fixture
def traded(demo: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """The demo with a buyer who speaks cXML."""
    for name, value in {**SECRETS, "GATEWAY_MASTER_KEY": KEY}.items():
        monkeypatch.setenv(name, value)
    with asked_at(trade_by_cxml(demo), ApiSettings(requests_per_second=1e6, burst=10**6)) as ready:
        yield ready


def post(asked: Asked, content: bytes, kind: str = "text/xml; charset=UTF-8") -> Any:
    return asked.client.request("POST", "/cxml", content=content, headers={"Content-Type": kind})


def read(response: Any) -> CxmlDocument:
    """The Response, which is valid by the DTD it names."""
    assert (response.status_code, response.headers["content-type"]) == (200, "text/xml; charset=UTF-8")
    document = read_cxml(response.content)
    assert isinstance(document, CxmlDocument), document
    # A DTD that is not here is that of the document it answers: then it is compared with the newest.
    assert [each for each in validate(response.content, dtds()) if each.code != "cxml.dtd.missing"] == []
    return document


def told(asked: Asked, content: bytes, kind: str = "text/xml") -> tuple[int, str]:
    status = read(post(asked, content, kind)).status
    assert status is not None
    return status.code, status.message


def code(asked: Asked, content: bytes, kind: str = "text/xml") -> int:
    return told(asked, content, kind)[0]


def messages(asked: Asked) -> list[dict]:
    return asked.place.run("messages", "list", "--json").lines


def test_a_profile_tells_what_is_agreed_and_where_it_is_taken(traded: Asked) -> None:
    body = read(post(traded, cxml("<ProfileRequest/>"))).body
    assert [child.children[0].text for child in body.children if child.name == "Transaction"] == [
        "ProfileRequest", "OrderRequest", "PunchOutSetupRequest", "StatusUpdateRequest",
    ]  # fmt: skip


@pytest.mark.parametrize("more", [
    {"secret": "wrong"}, {"secret": None}, {"secret": ""}, {"from_": ("NetworkId", "AN99")},
    {"from_": ("DUNS", THEM[1])}, {"secret": SECRET.upper()}, {"from_": ("NetworkId", "an01000000071")},
])  # fmt: skip
def test_who_is_not_known_is_told_so_in_the_same_words_whatever_was_wrong(traded: Asked, more: dict[str, Any]) -> None:
    for body in (order("PO-1", bolts()), setup(), "<ProfileRequest/>"):
        assert told(traded, cxml(body, **more)) == (401, UNKNOWN)
    assert messages(traded) == []


@pytest.mark.parametrize(("more", "why"), [
    ({"secret": "wrong"}, f"401: Sender shows no secret of {PARTNER}"),
    ({"from_": ("NetworkId", "AN99")}, "401: From names no partner"),
])  # fmt: skip
def test_the_log_tells_what_was_wrong_of_who_is_not_known_and_nothing_of_what_he_sent(
    traded: Asked, caplog: pytest.LogCaptureFixture, more: dict[str, Any], why: str
) -> None:
    with caplog.at_level("INFO", "gateway.http"):
        assert code(traded, cxml("<ProfileRequest/>", **more)) == 401
        assert code(traded, b"<cXML>") == 406
    assert [each.getMessage() for each in caplog.records if each.name == "gateway.http"] == [
        f"cxml: a document is answered {why}", "cxml: a document is answered 406: xml.not-well-formed",
    ]  # fmt: skip


@pytest.mark.parametrize("more", [
    {"secret": NEXT_SECRET}, {"from_": ("networkID", THEM[1])}, {"secret": f"  {SECRET}\n"},
])  # fmt: skip
def test_a_secret_opens_while_it_is_exchanged_and_domains_are_the_same_in_capitals(
    traded: Asked, more: dict[str, Any]
) -> None:
    assert code(traded, cxml("<ProfileRequest/>", **more)) == 200


def test_of_several_credentials_one_has_to_be_known_and_the_network_may_be_the_sender(traded: Asked) -> None:
    known = credential(*THEM)
    several = cxml("<ProfileRequest/>").decode().replace(
        f"<From>{known}</From>", f"<From>{credential('DUNS', '999')}{known}</From>"
    )  # fmt: skip
    assert code(traded, several.encode()) == 200
    network = several.replace(
        f"<Sender>{credential(*THEM, f'<SharedSecret>{SECRET}</SharedSecret>')}",
        f"<Sender>{credential('NetworkUserId', 'sysadmin@ariba.com', f'<SharedSecret>{SECRET}</SharedSecret>')}",
    )
    assert "sysadmin" in network
    assert code(traded, network.replace("1@nordwerk", "2@nordwerk").encode()) == 200


def test_who_is_meant_has_to_be_us(traded: Asked) -> None:
    assert told(traded, cxml(order("PO-1", bolts()), to=("DUNS", "1"))) == (400, "To names DUNS 1, and not us")


def test_a_test_is_taken_where_one_is_agreed(traded: Asked) -> None:
    for more in ({"mode": "test"}, {"from_": (THEM[0], f"{THEM[1]}-T")}):
        assert code(traded, cxml(order("PO-1", bolts()), **more)) == 403
    agreed = partner().replace('"cxml OrderRequest"', '"cxml OrderRequest test"')
    traded.place.write(f"partners/{PARTNER}.toml", agreed)
    with asked_at(traded.place, ApiSettings()) as asked:
        assert code(asked, cxml(order("PO-1", bolts()), mode="test")) == 200
        assert code(asked, cxml(order("PO-2", bolts()), "2")) == 450
    [message] = messages(traded)
    assert (message["state"], message["reference"]) == ("processed", "PO-1")


@pytest.mark.both_stores
def test_an_order_is_answered_when_it_is_committed_and_said_again_word_for_word(traded: Asked) -> None:
    content = cxml(order("PO-1", bolts()))
    first = post(traded, content)
    assert read(first).status.code == 200  # type: ignore[union-attr]
    assert traded.place.order("PO-1")["decision"] == "accepted"
    assert [post(traded, content).content for _ in range(3)] == [first.content] * 3
    # The secret is no part of what is the same: it is exchanged while documents are sent again.
    assert post(traded, content.replace(SECRET.encode(), NEXT_SECRET.encode())).content == first.content
    assert len(messages(traded)) == 1


@pytest.mark.both_stores
def test_a_payload_id_that_stands_for_another_document_is_refused(traded: Asked) -> None:
    assert code(traded, cxml(order("PO-1", bolts()), "p-1")) == 200
    assert code(traded, cxml(order("PO-2", bolts()), "p-1")) == 409
    assert [each["number"] for each in traded.place.orders()] == ["PO-1"]


@pytest.mark.both_stores
def test_the_same_document_posted_many_times_at_once_has_one_effect(traded: Asked) -> None:
    content = cxml(order("PO-1", bolts()))
    answers = traded.client.together("POST", "/cxml", [content] * 8, headers={"Content-Type": "text/xml"})
    assert len({each.content for each in answers}) == 1
    assert read(answers[0]).status.code == 200  # type: ignore[union-attr]
    assert len(messages(traded)) == len(traded.place.orders()) == 1


@pytest.mark.both_stores
def test_an_order_under_a_new_id_is_the_same_order_or_a_conflict(traded: Asked) -> None:
    assert code(traded, cxml(order("PO-1", bolts()), "p-1")) == 200
    said = told(traded, cxml(order("PO-1", bolts()), "p-2"))
    assert said == (200, "PO-1 was received before with the same content, and is answered as before")
    assert told(traded, cxml(order("PO-1", bolts(quantity="800")), "p-3")) == (
        409, "order PO-1 was received before with other content",
    )  # fmt: skip
    assert [(each["number"], each["version"]) for each in traded.place.orders()] == [("PO-1", 1)]


@pytest.mark.both_stores
def test_an_order_is_replaced_and_cancelled_by_newer_versions_alone(traded: Asked) -> None:
    def sent(payload_id: str, quantity: str, kind: str, version: int) -> int:
        return code(traded, cxml(order("PO-1", bolts(quantity=quantity), kind=kind, version=version), payload_id))

    assert sent("p-0", "400", "update", 2) == 417
    assert sent("p-1", "400", "new", 1) == 200
    assert sent("p-2", "600", "update", 3) == 200
    assert sent("p-3", "500", "update", 2) == 409
    assert sent("p-4", "700", "update", 3) == 409
    assert traded.place.order("PO-1")["lines"][0]["ordered"]["quantity"] == "600"
    assert sent("p-5", "600", "delete", 3) == 200
    assert traded.place.order("PO-1")["state"] == "cancelled"


@pytest.mark.both_stores
def test_what_a_person_has_to_decide_is_accepted_and_word_follows_as_a_status_update(traded: Asked) -> None:
    asked_for = cxml(order("PO-1", item(1, "A-1001", "100", "XYZ", "15")))
    first = post(traded, asked_for)
    assert read(first).status.code == 201  # type: ignore[union-attr]
    agreed = partner(is_answered=True)
    traded.place.write(f"partners/{PARTNER}.toml", agreed)
    traded.place.write(
        f"connections/{CONNECTION}.toml",
        f'kind = "cxml"\npartner = "{PARTNER}"\nreturn_origins = ["{BUYER}"]\nurl = "https://buyer.example/cxml"\n',
    )
    ran = traded.place.run("orders", "decide", "PO-1", "--as", "rejected", "--note", "no such unit")
    assert ran.status == 0, ran.err
    sent = traded.place.run("outbox", "list", "--json").lines
    assert [each["type"] for each in sent] == ["StatusUpdateRequest", "ConfirmationRequest"]
    for each in sent:
        document = written(traded, each["output"])
        assert validate(document, dtds()) == []
        assert SECRET.encode() not in document
        assert b'payloadID="1@nordwerk"' in document
    assert post(traded, asked_for).content == first.content


def test_an_order_that_is_replaced_before_it_was_decided_is_told_too(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with asked_at(trade_by_cxml(demo, "https://buyer.example/cxml"), ApiSettings()) as asked:
        assert code(asked, cxml(order("PO-1", item(1, "A-1001", "100", "XYZ", "15")), "p-1")) == 201
        assert code(asked, cxml(order("PO-1", bolts(), kind="update", version=2), "p-2")) == 200
        sent = {each["type"]: written(asked, each["output"]) for each in demo.run("outbox", "list", "--json").lines}
    assert b'<DocumentReference payloadID="p-1"/>' in sent["StatusUpdateRequest"]
    assert b'<DocumentReference payloadID="p-2"/>' in sent["ConfirmationRequest"]
    assert b'<Status code="200"' in sent["StatusUpdateRequest"]


def written(asked: Asked, output: str) -> bytes:
    return asked.place.run("outbox", "raw", output).raw


def test_a_faulty_order_is_told_with_its_line(traded: Asked) -> None:
    faulty = cxml(order("PO-1", bolts()).replace('quantity="400"', 'quantity="many"'))
    agreed = partner().replace('receive = "cxml OrderRequest"', 'on_error = "reject"\nreceive = "cxml OrderRequest"')
    traded.place.write(f"partners/{PARTNER}.toml", agreed)
    with asked_at(traded.place, ApiSettings()) as asked:
        status, words = told(asked, faulty)
    line = next(n for n, text in enumerate(faulty.decode().splitlines(), 1) if "many" in text)
    assert status == 400
    assert words.startswith(f"line {line}: ")
    [message] = messages(traded)
    assert (message["state"], message["issues"][0]["line"]) == ("rejected", line)


@pytest.mark.both_stores
def test_no_secret_is_kept_and_attachments_are_kept_with_the_order(traded: Asked) -> None:
    xml = cxml(order("PO-1", bolts(), more="<Comments>see<Attachment><URL>cid:plan@1</URL></Attachment></Comments>\n"))
    body = (
        b"--X\r\nContent-Type: text/xml\r\nContent-ID: <order@1>\r\n\r\n" + xml + b"\r\n"
        b"--X\r\nContent-Type: application/pdf\r\nContent-ID: <plan@1>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"JVBERi0xLjQK\r\n--X--\r\n"
    )
    kind = 'multipart/related; boundary="X"; type="text/xml"; start="<order@1>"'
    assert told(traded, body, kind) == (200, "")
    [message] = messages(traded)
    raw = traded.place.run("messages", "raw", message["message"]).raw
    assert raw.startswith(b'Content-Type: multipart/related; boundary="X"')
    assert b"JVBERi0xLjQK" in raw
    assert SECRET.encode() not in raw
    assert traded.place.order("PO-1")["lines"][0]["product"] == "A-1001"
    # Who sends it again packs it anew.
    again = post(traded, body.replace(b"--X", b"--Y"), kind.replace('"X"', '"Y"'))
    assert (read(again).status, len(messages(traded))) == (Status(200, "OK"), 1)
    assert code(traded, body.replace(b"JVBERi0xLjQK", b"JVBERi0xLjUK"), kind) == 409
    missing = body.replace(b"<plan@1>", b"<other@1>").replace(b"1@nordwerk", b"2@nordwerk").replace(b"PO-1", b"PO-2")
    status, words = told(traded, missing, kind)
    assert (status, "plan@1" in words) == (200, True)


@pytest.mark.both_stores
def test_a_setup_is_answered_with_a_page_that_opens_once_and_the_same_while_it_may(traded: Asked) -> None:
    content = cxml(setup())
    first = post(traded, content)
    read(first)
    assert post(traded, content).content == first.content
    [token] = URL.findall(first.content)
    line = traded.gateway.line
    key = redeem(line, token.decode())
    with line.store.read() as db:
        session = session_of(line, db, key)
    assert (session.account, session.setup.email, session.setup.return_url, session.state) == (
        "10011", "jule@nordwerk.example", f"{BUYER}/return", SessionState.SHOPPING,
    )  # fmt: skip
    # What the link opened is no more told to anybody.
    assert code(traded, content) == 409
    assert kept_of_answers(traded) == [None]
    with pytest.raises(PunchoutRefusedError):
        redeem(line, token.decode())


def kept_of_answers(asked: Asked) -> list[object]:
    with asked.gateway.store.read() as db:
        return [row.content for row in db.exec_driver_sql("select content from cxml_answer")]


def test_an_extrinsic_without_a_name_is_told_with_its_line(traded: Asked) -> None:
    told_of = told(traded, cxml(setup().replace("<BrowserFormPost>", "<Extrinsic>x</Extrinsic><BrowserFormPost>")))
    assert (told_of[0], told_of[1].partition(": ")[2]) == (400, "@name is missing")


def test_the_link_lies_sealed_in_the_store(traded: Asked) -> None:
    [token] = URL.findall(post(traded, cxml(setup())).content)
    [content] = kept_of_answers(traded)
    assert isinstance(content, bytes | memoryview)
    assert token not in bytes(content)


def test_a_link_that_is_over_is_forgotten_and_in_the_end_that_it_was_given(traded: Asked) -> None:
    assert code(traded, cxml(setup())) == 200
    assert code(traded, cxml(order("PO-1", bolts()), "2@nordwerk")) == 200
    line = traded.gateway.line

    def retained(after: timedelta) -> list[bool]:
        retain(replace(line, clock=lambda: line.clock() + after), {})
        return sorted(content is not None for content in kept_of_answers(traded))

    assert retained(timedelta()) == [True, True]
    assert retained(timedelta(hours=1)) == [False, True]
    assert code(traded, cxml(setup())) == 409
    assert retained(line.reuse_after + timedelta(hours=1)) == []


def test_a_setup_under_another_cookie_opens_another_session(traded: Asked) -> None:
    links = [URL.findall(post(traded, cxml(setup(f"C-{n}"), f"p-{n}")).content) for n in range(3)]
    assert len({link for [link] in links}) == 3
    assert code(traded, cxml(setup("C-9"), "p-1")) == 409


def test_without_a_master_key_no_link_is_kept_and_a_setup_sent_again_opens_another_session(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with asked_at(trade_by_cxml(demo), ApiSettings()) as asked:
        links = [URL.findall(post(asked, cxml(setup())).content) for _ in range(2)]
        assert links[0] != links[1]
        assert kept_of_answers(asked) == []


@pytest.mark.parametrize("url", [
    "", "https://evil.example/return", "https://buyer.example.evil/return", "https://evil\\@buyer.example/",
    "https://buyer.example@evil.example/", "https://buyer.example:8443/", "http://buyer.example/return",
    "javascript:alert(1)", "https://buyer.ex\u00e4mple/", "https://buyer.example#@evil.example/",
])  # fmt: skip
def test_a_cart_goes_to_an_origin_that_is_agreed_or_the_shop_is_not_opened(traded: Asked, url: str) -> None:
    assert code(traded, cxml(setup(url=url))) == 400
    assert kept_of_answers(traded) == []


def test_the_shop_is_not_opened_for_an_account_that_is_blocked(traded: Asked) -> None:
    traded.place.write("a.csv", "account,name,status\n10011,Hamburg,blocked\n")
    assert traded.place.run("import", "accounts", traded.place.root / "a.csv").status == 0
    assert code(traded, cxml(setup())) == 403


@pytest.mark.parametrize(("content", "status"), [
    (b"", 406), (b"<html>", 406), (b"\x00\xff", 406), (b"<cXML/>", 406), (b"%PDF-1.4", 406),
    (b'<!DOCTYPE cXML [<!ENTITY a "b">]><cXML>&a;</cXML>', 406),
    (b'<!DOCTYPE cXML SYSTEM "file:///etc/passwd"><cXML><Request><ProfileRequest/></Request></cXML>', 406),
    (b'<cXML payloadID="a"><Response><Status code="200" text="OK"/></Response></cXML>', 400),
    (b'<cXML payloadID="a"><Message><PunchOutOrderMessage/></Message></cXML>', 450),
    (b'<cXML payloadID="a"><Request><ProfileRequest/></Request></cXML>', 401),
])  # fmt: skip
def test_whatever_is_posted_has_a_status(traded: Asked, content: bytes, status: int) -> None:
    assert code(traded, content) == status


@pytest.mark.parametrize("kind", ["multipart/related", 'multipart/related; boundary="Y"', "multipart/x; boundary=\x00"])
def test_parts_that_cannot_be_told_apart_are_not_acceptable(traded: Asked, kind: str) -> None:
    assert code(traded, cxml("<ProfileRequest/>"), kind) == 406


def test_a_body_that_is_packed_is_told_so(traded: Asked) -> None:
    head = {"Content-Type": "text/xml", "Content-Encoding": "gzip"}
    status = read(traded.client.request("POST", "/cxml", content=gzip.compress(cxml(setup())), headers=head)).status
    assert status is not None
    assert (status.code, status.message) == (406, "The body is packed (gzip). Send it as it is.")


def test_a_request_that_nothing_takes_is_not_implemented(traded: Asked) -> None:
    for body in ("<ConfirmationRequest/>", "<AuthRequest/>", "<CopyRequest/>"):
        assert code(traded, cxml(body)) == 450


def test_what_a_buyer_says_of_our_documents_is_kept(traded: Asked) -> None:
    body = '<StatusUpdateRequest><DocumentReference payloadID="x"/><Status code="400" text="No"/></StatusUpdateRequest>'
    assert code(traded, cxml(body)) == 200
    [message] = messages(traded)
    assert (message["type"], message["state"], message["partner"]) == ("StatusUpdateRequest", "processed", PARTNER)


def test_an_order_without_a_payload_id_is_refused_and_a_long_one_too(traded: Asked) -> None:
    assert code(traded, cxml(order("PO-1", bolts()), "")) == 400
    assert code(traded, cxml(order("PO-1", bolts()), "p" * 501)) == 400
    assert code(traded, cxml(setup(), "")) == 200


async def streamed(content: bytes) -> AsyncIterator[bytes]:
    """A body that does not say how much will come."""
    for start in range(0, len(content), 500):
        yield content[start : start + 500]


def test_a_body_that_is_too_large_is_refused_before_it_is_read_or_as_soon_as_it_is(
    traded: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = {"Content-Type": "text/xml", "Content-Length": str(MOST_BYTES + 1)}
    assert traded.client.request("POST", "/cxml", content=b"", headers=head).status_code == 413
    monkeypatch.setattr(cxml_door, "MOST_BYTES", 1_000)
    pieces = cxml(order("PO-1", *map(bolts, range(1, 9))))
    assert len(pieces) > 1_000
    coming = traded.client.request("POST", "/cxml", content=streamed(pieces), headers={"Content-Type": "text/xml"})
    assert read(coming).status == Status(499, "Document Size Error", "Send at most 1000 bytes.")
    assert messages(traded) == []


def test_too_many_at_once_are_told_to_come_again(demo: Place) -> None:
    with asked_at(trade_by_cxml(demo), ApiSettings(), receiving=ReceiveSettings(at_once=1)) as asked:
        answers = asked.client.together("POST", "/cxml", [b"<a/>"] * 3, headers={"Content-Type": "text/xml"})
    assert sorted(each.status_code for each in answers) == [200, 429, 429]


def test_while_the_store_is_away_everyone_is_told_to_try_again(traded: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traded.api, "is_store_away", lambda: True)
    assert code(traded, cxml(order("PO-1", bolts()))) == 560


def test_where_the_line_takes_long_word_is_promised_and_comes(traded: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traded.api, "wake", lambda: None)
    monkeypatch.setattr("gateway.http.cxml_door.ANSWERED_WITHIN", timedelta(seconds=0.05))
    content = cxml(order("PO-1", bolts()))
    first = post(traded, content)
    assert read(first).status.code == 201  # type: ignore[union-attr]
    traded.place.run("ingest", traded.place.root / "gateway.toml")  # whoever works something off works this off, too
    assert traded.place.order("PO-1")["decision"] == "accepted"
    assert post(traded, content).content == first.content


def looks_for_the_answer_of(asked: Asked, line: Line, monkeypatch: pytest.MonkeyPatch) -> list[bytes | None]:
    """What each look for the answer to an order found, the last one what was answered.

    This line works the order off, in a thread of its own, once the first look has found nothing.
    """
    looks: list[bytes | None] = []
    worker = threading.Thread(target=work_off, args=(line, {}))

    def look(line: Line, waiting: CxmlAnswer, *, at_last: bool) -> bytes | None:
        looks.append(answer_given(line, waiting, at_last=at_last))
        if len(looks) == 1:
            worker.start()
        return looks[-1]

    monkeypatch.setattr(asked.api, "wake", lambda: None)
    monkeypatch.setattr("gateway.http.cxml_counter.answer_given", look)
    answer = post(asked, cxml(order("PO-1", bolts())))
    worker.join()
    assert read(answer).status.code == 200  # type: ignore[union-attr]
    assert (looks[0], looks[-1]) == (None, answer.content)
    return looks


def test_who_waits_hears_of_the_answer_by_its_commit(traded: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.http.cxml_door._SHORTEST_S", 3_600)
    monkeypatch.setattr("gateway.http.cxml_door._LONGEST_S", 3_600)
    assert len(looks_for_the_answer_of(traded, traded.gateway.line, monkeypatch)) == 2


@pytest.mark.both_stores
def test_an_answer_that_another_process_gives_is_found(traded: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    with traded.place.opened() as other:
        looks_for_the_answer_of(traded, other.line, monkeypatch)


@pytest.mark.both_stores
def test_a_crash_after_the_order_was_kept_leaves_an_answer_for_who_asks_again(
    traded: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = cxml(order("PO-1", bolts()))

    def dies(*_: object, **__: object) -> None:
        raise RuntimeError("the process is gone")

    with monkeypatch.context() as broken:
        broken.setattr("gateway.http.cxml_counter.answer_given", dies)
        assert read(post(traded, content)).status.code == 500  # type: ignore[union-attr]
    again = [post(traded, content) for _ in range(2)]
    assert read(again[0]).status.code == 200  # type: ignore[union-attr]
    assert again[0].content == again[1].content
    assert len(messages(traded)) == len(traded.place.orders()) == 1


def test_a_document_that_a_person_hands_in_needs_no_secret_and_is_known_when_it_is_posted(traded: Asked) -> None:
    content = cxml(order("PO-1", bolts()))
    (line,) = traded.place.ingest(cxml(order("PO-1", bolts()), secret="whatever"))
    assert (line["state"], line["syntax"], line["partner"]) == ("processed", "cxml", PARTNER)
    assert b"whatever" not in traded.place.run("messages", "raw", line["message"]).raw
    assert code(traded, content) == 200
    assert len(traded.place.orders()) == 1


def test_what_is_handed_in_and_is_nobodys_is_rejected_with_the_reason(traded: Asked) -> None:
    cases = {
        "envelope.sender.unknown": cxml(order("PO-1", bolts()), from_=("DUNS", "9")),
        "envelope.recipient.wrong": cxml(order("PO-1", bolts()), to=("DUNS", "9")),
        "agreement.missing": cxml("<CopyRequest/>"),
        "cxml.payload-id.missing": cxml(order("PO-1", bolts()), ""),
    }
    for wanted, content in cases.items():
        (line,) = traded.place.ingest(content)
        assert [line["state"], *(each["code"] for each in line["issues"])] == ["rejected", wanted]


def test_what_was_not_agreed_is_read_again_once_it_is(traded: Asked) -> None:
    without = partner().replace('"cxml OrderRequest"', '"cxml StatusUpdateRequest"')
    traded.place.write(f"partners/{PARTNER}.toml", without)
    (line,) = traded.place.ingest(cxml(order("PO-1", bolts())))
    assert line["state"] == "rejected"
    traded.place.write(f"partners/{PARTNER}.toml", partner())
    ran = traded.place.run("messages", "replay", line["message"])
    assert ran.status == 0, ran.err
    traded.place.ingest(cxml(order("PO-2", bolts()), "2@nordwerk"))
    assert sorted(each["number"] for each in traded.place.orders()) == ["PO-1", "PO-2"]


def test_a_held_order_is_replayed_and_what_was_promised_follows(traded: Asked) -> None:
    asked_for = cxml(order("PO-1", item(1, "A-1001", "100", "XYZ", "0.155")))
    assert code(traded, asked_for) == 201
    [message] = messages(traded)
    assert [each["code"] for each in message["issues"]] == ["order.line.unit.unknown"]
    shown = traded.place.run("messages", "show", message["message"]).out
    assert "order.line.unit.unknown" in shown
    traded.place.write(f"partners/{PARTNER}.toml", partner(is_answered=True))
    traded.place.change(
        f"connections/{CONNECTION}.toml", 'kind = "cxml"', 'kind = "cxml"\nurl = "https://buyer.example"'
    )
    traded.place.write(
        "mappings/profiles/cxml.toml", bundled_profile().replace("[units_read]", '[units_read]\nXYZ = "PCE"')
    )
    ran = traded.place.run("messages", "replay", message["message"], "--from", "translate")
    assert ran.status == 0, ran.err
    traded.place.ingest(cxml(order("PO-2", bolts()), "2@nordwerk"), options=("--no-deliver",))
    assert traded.place.order("PO-1")["decision"] == "accepted"
    sent = [each for each in traded.place.run("outbox", "list", "--json").lines if each["reference"] == "PO-1"]
    assert sorted(each["type"] for each in sent) == ["ConfirmationRequest", "StatusUpdateRequest"]


def bundled_profile() -> str:
    """The profile of a system of which nothing more is known."""
    return (bundled("mappings") / "profiles" / "cxml.toml").read_text("utf-8")


def test_every_document_that_others_have_published_has_a_status(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = dict(published())
    requests = [each for each in map(read_cxml, documents.values()) if isinstance(each, CxmlDocument)]
    everyone(demo, requests, monkeypatch)
    with asked_at(demo, ApiSettings()) as asked:
        found = {name: code(asked, content) for name, content in documents.items()}
    for name, content in documents.items():
        document = read_cxml(content)
        kind = document.kind if isinstance(document, CxmlDocument) else "none"
        asked_for = document.type if kind is Kind.REQUEST else kind  # type: ignore[union-attr]
        assert found[name] in ANSWERS.get(asked_for, {450}), (name, asked_for, found[name])
    setups = [found[name] for name, content in documents.items() if b"<PunchOutSetupRequest" in content]
    assert setups.count(200) >= 4


ANSWERS = {
    "none": {406},
    "Message": {450},
    "Response": {400},
    # Of what others have published some shows no secret, and some has the payloadID of another.
    "OrderRequest": {200, 201, 400, 401, 409},
    "PunchOutSetupRequest": {200, 401, 409},
    "ProfileRequest": {200},
    "StatusUpdateRequest": {200},
}
"""What the documents of others may be answered, by what they ask; anything else is not done here."""


def published() -> Iterator[tuple[str, bytes]]:
    folder = corpus()
    for row in csv.DictReader((folder / "INDEX.tsv").read_text("utf-8").splitlines(), delimiter="\t"):
        yield row["path"], (folder / row["path"]).read_bytes()


def everyone(place: Place, documents: list[CxmlDocument], monkeypatch: pytest.MonkeyPatch) -> None:
    """One partner under all the names and secrets that the documents have."""
    names, secrets = set(), set()
    for each in documents:
        names |= {(one.domain.casefold(), one.identity.removesuffix("-T")) for one in each.header.from_ if one.identity}
        secrets |= {one.secret for one in each.header.sender if one.secret}
    references = []
    for number, secret in enumerate(sorted(secrets)):
        monkeypatch.setenv(f"CORPUS_{number}", secret)
        references.append(f'"env:CORPUS_{number}"')
    identities = ", ".join(
        f'{{ domain = "{domain}", identity = "{identity}", secrets = [{", ".join(references)}] }}'
        for domain, identity in sorted(names)
    )
    trade_by_cxml(place)
    returned = {found for each in documents for found in re.findall(r"https?://[\w.:-]+", addresses(each.body))}
    origins = ", ".join(f'"{each}"' for each in sorted(returned))
    place.change(f"connections/{CONNECTION}.toml", f'"{BUYER}"', origins)
    agreed = "".join(
        f'[[agreement]]\nreceive = "cxml {each}"\nvia = "{CONNECTION}"\n'
        for each in ("OrderRequest", "OrderRequest test", "PunchOutSetupRequest", "PunchOutSetupRequest test")
    )
    place.write(
        f"partners/{PARTNER}.toml", f'name = "All"\naccount = "10011"\n[identifiers]\ncxml = [{identities}]\n{agreed}'
    )


def addresses(node: Node) -> str:
    """The texts of all URLs in an element."""
    own = node.text if node.name == "URL" else ""
    return " ".join([own, *map(addresses, node.children)])


def test_an_issue_is_said_in_words_and_not_more_than_fit() -> None:
    from gateway.pipeline.cxml_outcome import told as in_words

    issues = [Issue(code="a", text=f"fault {n}", line=n) for n in range(1, 9)]
    assert in_words(issues) == "; ".join([*(f"line {n}: fault {n}" for n in range(1, 6)), "and 3 more"])


def test_an_order_whose_later_decision_nobody_is_told_is_remarked(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    trade_by_cxml(demo)
    remark = "of cxml OrderRequest nobody is told what is decided later"
    ran = demo.run("check")
    assert (ran.status, remark in ran.out + ran.err) == (0, True)
    trade_by_cxml(demo, "https://buyer.example/cxml")
    ran = demo.run("check")
    assert (ran.status, remark in ran.out + ran.err) == (0, False)


DAMAGE = (b"", b" ", b"x", b"-1", b"<", b"&", b"\x00", b"\xff", b"-->", b"<![CDATA[", b"9" * 30, "\u202e".encode())


def test_a_document_that_was_damaged_on_its_way_has_a_status_and_never_an_error(traded: Asked) -> None:
    chance = random.Random(20)  # noqa: S311 - damage, no secret
    for number in range(400):
        damaged = bytearray(cxml(order(f"PO-{number}", bolts()), f"{number}@nordwerk"))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(damaged))
            damaged[at : at + chance.randint(0, 40)] = chance.choice(DAMAGE)
        assert code(traded, bytes(damaged)) in {200, 201, 400, 401, 403, 406, 409, 417, 450}, bytes(damaged)
