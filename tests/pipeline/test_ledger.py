"""The ledger: what is owed and expected is written with its reason, and ended by what settles it and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.connector import Delivery, Receipt, Sender
from gateway.pipeline.replay import replay, resolve
from gateway.queue.dispatch import work_through
from gateway.queue.leases import Leases
from gateway.store.messages import MessageQuery, list_messages
from tests import sent
from tests.at_a_time import AtATime, opened
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

ONE = sent.line(1, sent.SEALANT, "12")
ORDER = sent.interchange("IC1", sent.order("L-1", ONE))
UNKNOWN = sent.line(2, ("9999999999994", "1.00::NTP"), "12")


def contrl(about: str, action: str = "7", control: str = "K1", test: bool = False) -> bytes:
    """ACME's CONTRL about an interchange of ours."""
    body = sent.message("1", "CONTRL:D:3:UN", f"UCI+{about}+{sent.US}+{sent.ACME}+{action}")
    return sent.interchange(control, body, test=test)


def aperak(number: str, response: str = "312", control: str = "AP1") -> bytes:
    body = sent.message(
        "1", "APERAK", f"BGM+{response}+A-1", f"DTM+137:{sent.TODAY:%Y%m%d}:102", f"RFF+ACW:{number}",
        *(["ERC+12::92"] if response == "313" else []),
    )  # fmt: skip
    return sent.interchange(control, body)


@pytest.fixture
def acme(demo: Place) -> Iterator[AtATime]:
    """ACME's gateway, which expects a CONTRL and an APERAK for each ORDRSP."""
    answer = 'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"'
    demo.change("partners/acme.toml", answer, answer + '\nexpects = { CONTRL = "2h", APERAK = "1d" }\nresend = 2')
    with opened(demo) as at:
        yield at


def test_contrl_and_ordrsp_are_owed_from_the_reception_on_and_settled_when_they_have_left(acme: AtATime) -> None:
    acme.take(ORDER)
    control, response = acme.owed()
    assert (control.type, control.state, control.late) == ("CONTRL", "settled", False)
    assert (response.type, response.state, response.reference) == ("ORDRSP", "settled", "L-1")
    assert (control.since[:16], control.due_at[:16], response.due_at[:16]) == (
        "2026-06-15T08:00",
        "2026-06-15T08:15",
        "2026-06-15T12:00",
    )


def test_what_cannot_leave_is_still_owed_and_late_when_it_has_left_at_last(acme: AtATime) -> None:
    acme.take(ORDER, without="acme_outbox")
    assert acme.states() == {"CONTRL": "open", "ORDRSP": "open"}
    acme.later(hours=1)
    acme.work_off()
    control, response = acme.owed()
    assert (control.state, control.late) == ("settled", True)
    assert (response.state, response.late) == ("settled", False)


def test_a_partner_who_owes_nothing_and_is_owed_nothing_leaves_no_row(demo: Place) -> None:
    owes = 'owes    = { CONTRL = "15m", ORDRSP = "4h" }'
    demo.change("partners/acme.toml", owes, "")
    with opened(demo) as at:
        at.take(ORDER)
        assert at.owed() == at.owed("expects") == []


def test_an_answer_that_no_agreement_sends_is_not_owed(demo: Place) -> None:
    demo.change("partners/acme.toml", 'send = "edifact CONTRL"\nvia  = "acme_outbox"\n\n[[agreement]]\n', "")
    with opened(demo) as at:
        at.take(ORDER)
        assert at.states() == {"ORDRSP": "settled"}


def test_a_held_order_owes_its_answer_until_a_person_has_decided(acme: AtATime) -> None:
    acme.take(sent.interchange("IC1", sent.order("L-1", ONE, UNKNOWN)))
    assert [each.type for each in acme.outputs("ORDRSP")] == ["ORDRSP"], "that nothing is processed yet is told"
    assert acme.states() == {"CONTRL": "settled", "ORDRSP": "open"}
    with acme.gateway.store.read() as db:
        (message,) = list_messages(db, MessageQuery())
    resolve(acme.gateway.line, message, "called the buyer")
    (row,) = acme.owed(type="ORDRSP")
    assert (row.state, row.ended_by) == ("cancelled", "resolved: called the buyer")


def test_a_held_order_that_is_decided_after_a_replay_settles_what_it_owed(acme: AtATime) -> None:
    acme.take(sent.interchange("IC1", sent.order("L-1", ONE, UNKNOWN)))
    with acme.gateway.store.read() as db:
        (message,) = list_messages(db, MessageQuery())
    acme.later(hours=5)
    acme.look()
    replay(acme.gateway.line, message, "translate")
    acme.work_off()
    assert acme.states()["ORDRSP"] == "overdue", "it is held again"


def test_a_duplicate_of_an_order_is_owed_its_first_answer_once_more(acme: AtATime) -> None:
    acme.take(ORDER)
    acme.take(sent.interchange("IC2", sent.order("L-1", ONE)))
    answers = acme.owed(type="ORDRSP")
    assert [row.state for row in answers] == ["settled", "settled"]
    first, again = acme.outputs("ORDRSP")
    assert [row.output for row in answers] == [first.id, again.id]
    assert first.archive == again.archive


def test_a_duplicate_interchange_owes_nothing_new(acme: AtATime) -> None:
    acme.take(ORDER)
    before = acme.owed()
    acme.take(ORDER)
    assert acme.owed() == before


def test_what_is_refused_by_its_syntax_owes_its_contrl_only(acme: AtATime) -> None:
    acme.take(sent.interchange("IC1", sent.order("L-1", ONE, count=99)))
    assert acme.states() == {"CONTRL": "settled"}


def test_what_the_mapping_refuses_without_an_answer_owes_none(demo: Place) -> None:
    mapped = 'mapping = "acme/orders"'
    demo.change("partners/acme.toml", mapped, mapped + '\non_error = "reject"')
    nameless = sent.order("", ONE)
    with opened(demo) as at:
        at.take(sent.interchange("IC1", nameless))
        assert at.outputs("ORDRSP") == []
        assert {row.state for row in at.owed(type="ORDRSP")} <= {"cancelled"}


# What we expect -------------------------------------------------------------------------------------------------------


def test_what_left_is_waited_for_by_each_answer_that_is_expected(acme: AtATime) -> None:
    acme.take(ORDER)
    (ordrsp,) = acme.outputs("ORDRSP")
    first, second = acme.owed("expects")
    assert (first.type, first.due_at[:16], first.output) == ("CONTRL", "2026-06-15T10:00", ordrsp.id)
    assert (second.type, second.due_at[:16]) == ("APERAK", "2026-06-16T08:00")
    assert {first.state, second.state} == {"open"}


def test_a_contrl_settles_what_it_names_and_an_aperak_the_rest(acme: AtATime) -> None:
    acme.take(ORDER)
    (ordrsp,) = acme.outputs("ORDRSP")
    acme.take(contrl(str(ordrsp.control_reference)))
    assert acme.states("expects") == {"CONTRL": "settled", "APERAK": "open"}
    acme.later(days=2)
    acme.look()
    acme.take(aperak("OR00000001"))
    (row,) = acme.owed("expects", type="APERAK")
    assert (row.state, row.late) == ("settled", True)


def test_a_refusal_is_kept_as_one_ends_all_that_was_expected_and_is_an_alarm(acme: AtATime) -> None:
    acme.take(ORDER)
    (ordrsp,) = acme.outputs("ORDRSP")
    acme.take(contrl(str(ordrsp.control_reference), "4"))
    assert acme.states("expects") == {"CONTRL": "refused", "APERAK": "cancelled"}
    (alarm,) = acme.alarms()
    assert (alarm.kind, alarm.subject, alarm.count) == ("acknowledgement.refused", ordrsp.id, 1)
    assert alarm.text == "acme refused ORDRSP OR00000001 by CONTRL"
    acme.take(contrl(str(ordrsp.control_reference), "7", control="K2"))
    assert acme.alarms() == [], "he took it after all"


@pytest.mark.parametrize("about", ["00009999", "L-1", ""])
def test_an_acknowledgement_that_names_nothing_of_ours_settles_nothing_and_says_so(acme: AtATime, about: str) -> None:
    acme.take(ORDER)
    acme.take(contrl(about or "0"))
    assert acme.states("expects") == {"CONTRL": "open", "APERAK": "open"}
    with acme.gateway.store.read() as db:
        (row,) = list_messages(db, MessageQuery(type="CONTRL"))
    assert "answer.unmatched" in row.issues


def test_a_test_settles_nothing_of_production(demo: Place) -> None:
    text = (demo.root / "partners/acme.toml").read_text("utf-8")
    for_tests = '[[agreement]]\nreceive = "edifact ORDERS D.96A test"\nvia = "acme_inbox"\n\n[decide]'
    demo.write("partners/acme.toml", text.replace("[decide]", for_tests))
    demo.change(
        "partners/acme.toml",
        'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"',
        'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"\nexpects = { CONTRL = "2h" }',
    )
    with opened(demo) as at:
        at.take(ORDER)
        (ordrsp,) = at.outputs("ORDRSP")
        at.take(contrl(str(ordrsp.control_reference), test=True))
        assert at.states("expects") == {"CONTRL": "open"}


def test_that_he_has_it_and_will_say_more_settles_nothing(acme: AtATime) -> None:
    acme.take(ORDER)
    (ordrsp,) = acme.outputs("ORDRSP")
    acme.take(contrl(str(ordrsp.control_reference), "8"))
    assert acme.states("expects") == {"CONTRL": "open", "APERAK": "open"}
    with acme.gateway.store.read() as db:
        (row,) = list_messages(db, MessageQuery(type="CONTRL"))
    assert row.issues == "[]"


def test_an_acknowledgement_that_is_faster_than_the_record_of_the_sending_is_not_waited_for(
    acme: AtATime, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = type(acme.gateway.senders()["acme_outbox"].take())
    given: list[str] = []
    send = folder.send

    def answered_at_once(self: Sender, delivery: Delivery) -> Receipt:
        receipt = send(self, delivery)
        if b"ORDRSP" in delivery.content and not given:
            given.append(delivery.name)
            (ordrsp,) = acme.outputs("ORDRSP")
            acme.receive(contrl(str(ordrsp.control_reference)))
            assert work_through(acme.gateway.line, Leases()) == 2  # the file, and what is in it
        return receipt

    monkeypatch.setattr(folder, "send", answered_at_once)
    acme.take(ORDER)
    assert given
    (ordrsp,) = acme.outputs("ORDRSP")
    assert ordrsp.state == "acknowledged"
    assert acme.owed("expects") == []
    assert acme.states() == {"CONTRL": "settled", "ORDRSP": "settled"}
