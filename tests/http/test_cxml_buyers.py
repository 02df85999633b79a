"""What single buyers send to /cxml that others do not, and what they are answered."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from gateway.cxml.document import CxmlDocument, read_cxml
from gateway.cxml.dtd import validate
from gateway.punchout.sessions import redeem, session_of
from gateway.punchout.transfer import cancel
from gateway.settings import ApiSettings
from tests.cxml.reference import dtds
from tests.cxml_sent import (
    PARTNER,
    SECRET,
    SECRETS,
    THEM,
    Item,
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
from tests.http.test_cxml import UNKNOWN, URL, code, post, told, written
from tests.workspaces import Place


@pytest.fixture
def asked(demo: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """The demo with a buyer who speaks cXML."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    with asked_at(trade_by_cxml(demo), ApiSettings()) as ready:
        yield ready


def ordered(asked: Asked) -> str:
    """How much of its first line the order is for."""
    [line] = asked.place.order("PO-1")["lines"]
    return str(line["ordered"]["quantity"])


def test_a_buyer_who_counts_no_versions_may_go_back_to_what_he_wanted_before(asked: Asked) -> None:
    def sent(payload_id: str, quantity: str, kind: str = "update") -> int:
        return code(asked, cxml(order("PO-1", bolts(quantity=quantity), kind=kind), payload_id))

    assert [sent("p-1", "400", "new"), sent("p-2", "600"), sent("p-3", "800")] == [200, 200, 200]
    assert (sent("p-2", "600"), ordered(asked)) == (200, "800")
    assert (sent("p-4", "800"), ordered(asked)) == (200, "800")
    assert (sent("p-5", "600"), ordered(asked)) == (200, "600")
    assert (sent("p-6", "800"), ordered(asked)) == (200, "800")


MAC = "<CredentialMac type='FromSenderCredentials' algorithm='HMAC-SHA1-96'>bWFj</CredentialMac>"


def test_a_proof_that_nobody_checks_lets_nobody_in_and_is_told(asked: Asked) -> None:
    shown = f"<SharedSecret>{SECRET}</SharedSecret>".encode()
    posted = cxml(order("PO-1", bolts()))
    status, text = told(asked, posted.replace(shown, MAC.encode()))
    assert (status, text) == (401, f"{UNKNOWN} A CredentialMac is not checked: show a SharedSecret.")
    assert told(asked, posted.replace(shown, b"<SharedSecret>no</SharedSecret>" + MAC.encode())) == (401, UNKNOWN)


def test_a_signature_on_a_document_is_told_not_to_be_checked(asked: Asked) -> None:
    signature = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature></cXML>'
    for body in (order("PO-1", bolts()), setup(), "<ProfileRequest/>"):
        status, text = told(asked, cxml(body, f"{len(body)}@nordwerk").replace(b"</cXML>", signature))
        assert (status, text.partition(": ")[2]) == (200, "the Signature of the document is not checked here")


def test_of_several_documents_in_one_none_is_taken(asked: Asked) -> None:
    one, two = order("PO-1", bolts()), order("PO-2", bolts())
    status, text = told(asked, cxml(one + two))
    assert (status, text.partition(": ")[2]) == (
        406,
        "OrderRequest stands beside OrderRequest: send each in a cXML of its own",
    )
    apart = cxml(one).replace(b"</Request>", f"</Request><Request>{two}</Request>".encode())
    assert code(asked, apart) == 406
    assert asked.place.run("orders", "list", "--json").lines == []


def test_a_slash_behind_the_address_loses_no_document(asked: Asked) -> None:
    posted = asked.client.request(
        "POST", "/cxml/", content=cxml(order("PO-1", bolts())), headers={"Content-Type": "text/xml"}
    )
    assert (posted.status_code, b'<Status code="200"' in posted.content) == (200, True)


def test_an_operation_that_nobody_knows_is_not_implemented(asked: Asked) -> None:
    assert told(asked, cxml(setup(operation="view"))) == (
        450,
        "line 10: 'view' is not in the code list punchout_operation: say one of create, edit, inspect, source",
    )
    assert told(asked, cxml(setup(operation="Create"), "p-2"))[0] == 200


def test_an_answer_is_written_by_the_rules_of_the_buyers_system_whatever_it_leaves_by(
    demo: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    demo.write("mappings/profiles/mine.toml", 'extends = "cxml"\n[units]\nPCE = "EACH"\n')
    more = 'profile = "mine"\nencoding = "ISO-8859-1"\ndtd = { ConfirmationRequest = "1.2.063" }\n'
    trade_by_cxml(demo, more=more)
    demo.write("connections/filed.toml", 'kind = "folder"\npath = "outbox/filed"\n')
    answered = '[[agreement]]\nsend = "cxml ConfirmationRequest"\nvia = "filed"\n[decide]'
    demo.write(f"partners/{PARTNER}.toml", partner().replace("[decide]", answered))
    bare = '<ItemOut quantity="100" lineNumber="1"><ItemID><SupplierPartID>A-1001</SupplierPartID></ItemID></ItemOut>'
    with asked_at(demo, ApiSettings()) as asked:
        assert code(asked, cxml(order("PO-1", Item(bare, Decimal("15.50"))))) == 200
        [sent] = demo.run("outbox", "list", "--json").lines
        document = written(asked, sent["output"])
    assert validate(document, dtds()) == []
    assert b'encoding="ISO-8859-1"' in document
    assert b"1.2.063/Fulfill.dtd" in document
    assert document.count(b"<UnitOfMeasure>EACH</UnitOfMeasure>") == 2


def test_a_cart_goes_back_to_who_called_under_the_names_he_called_himself_by(asked: Asked) -> None:
    agreed = partner().replace('SetupRequest"', 'SetupRequest test"')
    asked.place.write(f"partners/{PARTNER}.toml", agreed)
    names = [("DUNS", "999"), (THEM[0], f"{THEM[1]}-T")]
    called = "".join(credential(*each) for each in names)
    posted = cxml(setup()).decode().replace(f"<From>{credential(*THEM)}</From>", f"<From>{called}</From>")
    with asked_at(asked.place, ApiSettings()) as ready:
        [token] = URL.findall(post(ready, posted.encode()).content)
        line = ready.gateway.line
        key = redeem(line, token.decode())
        with line.store.read() as db:
            session = session_of(line, db, key)
        [(_, value)] = cancel(line, session).fields
    message = read_cxml(value.encode())
    assert isinstance(message, CxmlDocument)
    assert [(each.domain, each.identity) for each in message.header.to] == names
    assert message.deployment_mode == "test"


def test_an_order_that_waits_for_a_person_is_told_with_the_line_of_what_could_not_be_read(asked: Asked) -> None:
    faulty = cxml(order("PO-1", bolts()).replace('quantity="400"', 'quantity="many"'))
    line = next(n for n, text in enumerate(faulty.decode().splitlines(), 1) if "many" in text)
    status, words = told(asked, faulty)
    assert status == 201
    assert words.partition("Found in it: ")[2] == f"line {line}: 'many' is not a number with the decimal mark ."
    # What is wrong by our own data has no line, and is not the sender's to mend.
    status, words = told(asked, cxml(order("PO-2", item(1, "A-1001", "100", "XYZ", "15")), "2@nordwerk"))
    assert (status, "Found" in words) == (201, False)


def test_a_line_that_is_taken_away_is_not_ordered_of_a_new_order_either(asked: Asked) -> None:
    gloves = item(2, "A-1003", "1", unit="PR", price="3.40")
    taken = bolts()._replace(xml=bolts().xml.replace("<ItemOut ", '<ItemOut operation="delete" '))
    assert code(asked, cxml(order("PO-1", taken, gloves), "p-1")) == 201
    assert asked.place.run("orders", "list", "--json").lines == []
    [held] = asked.place.run("messages", "list", "--state", "held", "--json").lines
    assert [each["code"] for each in held["issues"]] == ["order-change.line-unknown"]
    assert code(asked, cxml(order("PO-2", bolts(), gloves), "p-2")) == 200
    assert code(asked, cxml(order("PO-2", taken, gloves, kind="update"), "p-3")) == 200
    assert [each["product"] for each in asked.place.order("PO-2")["lines"]] == ["A-1003"]
