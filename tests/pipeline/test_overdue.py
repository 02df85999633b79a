"""Overdue: what is not there in time is found and told once, sent again where agreed, and settled late all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from gateway.alarms.watching import watch
from gateway.store.events import events_of
from tests import sent
from tests.at_a_time import MONDAY, AtATime, opened
from tests.pipeline.test_ledger import ONE, ORDER, UNKNOWN, contrl
from tests.workspaces import Place, answer_in

pytestmark = pytest.mark.both_stores

ANSWER = 'send = "edifact ORDRSP D.96A"\nvia  = "acme_outbox"'
OWES = 'via     = "acme_inbox"\nmapping = "acme/orders"\nowes    = { CONTRL = "15m", ORDRSP = "4h" }'


@pytest.fixture
def agreed(demo: Place) -> Iterator[Callable[..., AtATime]]:
    """Opens ACME's gateway, with what its agreements say beside."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def agreed(orders: str = "", answers: str = "") -> AtATime:
            if orders:
                demo.change("partners/acme.toml", OWES, f"{OWES}\n{orders}")
            if answers:
                demo.change("partners/acme.toml", ANSWER, f"{ANSWER}\n{answers}")
            return stack.enter_context(opened(demo))

        yield agreed


def calendar(demo: Place, row: str) -> None:
    file = demo.root / "calendars.csv"
    file.write_text(f"calendar,weekdays,closed_on,cut_off\n{row}\n", "utf-8")
    assert demo.run("import", "calendars", file).status == 0


def test_what_is_not_there_in_time_is_overdue_once_and_an_alarm_until_it_comes(agreed: Callable[..., AtATime]) -> None:
    acme = agreed(answers='expects = { CONTRL = "2h" }')
    acme.take(ORDER)
    assert acme.look() == 0
    acme.later(hours=2)
    assert (acme.look(), acme.look()) == (1, 0)
    assert acme.states("expects") == {"CONTRL": "overdue"}
    watch(acme.gateway.line, {})
    (alarm,) = acme.alarms()
    assert alarm.text.startswith("acme was to send CONTRL for OR00000001 by 2026-06-15 10:00 UTC")
    (ordrsp,) = acme.outputs("ORDRSP")
    with acme.gateway.store.read() as db:
        told = [event for event in events_of(db, ordrsp.id) if event["type"] == "overdue"]
    assert [event["text"] for event in told] == ["CONTRL was due 2026-06-15T10:00 UTC"]
    acme.later(days=3)
    acme.look()
    watch(acme.gateway.line, {})
    assert [each.id for each in acme.alarms()] == [alarm.id], "it stands, and is not raised again"
    acme.take(contrl(str(ordrsp.control_reference)))
    watch(acme.gateway.line, {})
    assert acme.alarms() == []
    (row,) = acme.owed("expects")
    assert (row.state, row.late, row.resent) == ("settled", True, 0)


def test_an_answer_of_ours_that_did_not_leave_is_overdue(agreed: Callable[..., AtATime]) -> None:
    acme = agreed()
    acme.take(ORDER, without="acme_outbox")
    acme.later(minutes=15)
    acme.look()
    assert acme.states() == {"CONTRL": "overdue", "ORDRSP": "open"}
    acme.work_off()
    (control, _) = acme.owed()
    assert (control.state, control.late) == ("settled", True)


def test_a_document_without_its_answer_is_sent_again_as_often_as_agreed_the_same_under_its_number(
    agreed: Callable[..., AtATime], demo: Place
) -> None:
    acme = agreed(answers='expects = { CONTRL = "2h" }\nresend = 2')
    acme.take(ORDER)
    for _ in range(5):
        acme.later(hours=2)
        acme.look()
        acme.work_off()
    copies = acme.outputs("ORDRSP")
    assert len(copies) == 3
    assert len({(each.archive, each.control_reference, each.number) for each in copies}) == 1
    assert len({each.key for each in copies}) == 3
    raws = {answer_in(file).raw for file in demo.outbox("acme") if file.name.startswith("ORDRSP")}
    assert len(raws) == 1
    (row,) = acme.owed("expects")
    assert (row.state, row.resent, row.due_at[:16]) == ("overdue", 2, "2026-06-15T14:00")
    watch(acme.gateway.line, {})
    assert len(acme.alarms()) == 1
    acme.take(contrl(str(copies[0].control_reference)))
    assert acme.states("expects") == {"CONTRL": "settled"}
    assert {each.state for each in acme.outputs("ORDRSP")} == {"acknowledged"}


def test_what_was_refused_meanwhile_is_not_sent_again(agreed: Callable[..., AtATime]) -> None:
    acme = agreed(answers='expects = { CONTRL = "2h", APERAK = "3h" }\nresend = 2')
    acme.take(ORDER)
    (ordrsp,) = acme.outputs("ORDRSP")
    acme.take(contrl(str(ordrsp.control_reference), "4"))
    acme.later(hours=9)
    acme.look()
    assert len(acme.outputs("ORDRSP")) == 1


def test_what_is_no_longer_agreed_is_no_longer_waited_for(agreed: Callable[..., AtATime], demo: Place) -> None:
    acme = agreed(answers='expects = { CONTRL = "2h" }')
    acme.take(ORDER)
    demo.change("partners/acme.toml", 'expects = { CONTRL = "2h" }', "")
    assert demo.run("publish").status == 0
    with opened(demo) as again:
        again.later(hours=3)
        again.look()
        (row,) = again.owed("expects")
    assert (row.state, row.ended_by) == ("cancelled", "no longer agreed")


# In the hours of a calendar -------------------------------------------------------------------------------------------


def test_times_count_in_the_hours_of_the_calendar(agreed: Callable[..., AtATime], demo: Place) -> None:
    calendar(demo, "office,mon-fri,2026-06-15,12:00 Europe/Berlin")
    acme = agreed(orders='calendar = "office"', answers='expects = { CONTRL = "2h" }\ncalendar = "office"')
    acme.later(days=-2)
    acme.take(ORDER)  # on a Saturday; Monday is closed
    control, response = acme.owed()
    assert control.due_at == "2026-06-15T22:15:00.000000+00:00", "a quarter past midnight in Berlin"
    assert response.due_at == "2026-06-16T02:00:00.000000+00:00"
    (row,) = acme.owed("expects")
    assert row.due_at == "2026-06-16T00:00:00.000000+00:00"


def test_a_calendar_that_is_not_imported_counts_around_the_clock_and_is_an_alarm(
    agreed: Callable[..., AtATime], demo: Place
) -> None:
    acme = agreed(orders='calendar = "office"')
    acme.take(ORDER)
    assert [row.due_at[:16] for row in acme.owed()] == ["2026-06-15T08:15", "2026-06-15T12:00"]
    acme.look()
    (alarm,) = acme.alarms()
    assert (alarm.kind, alarm.subject) == ("calendar.missing", "office")
    calendar(demo, "office,mon-fri,,")
    acme.look()
    assert acme.alarms() == []


# Who confirms ---------------------------------------------------------------------------------------------------------


def test_where_the_erp_is_late_the_partner_is_told_once_that_nothing_is_processed_yet(
    agreed: Callable[..., AtATime], demo: Place
) -> None:
    acme = agreed(orders='confirms = "erp"')
    acme.take(ORDER)
    assert acme.outputs("ORDRSP") == []
    acme.later(hours=4)
    acme.look()
    acme.work_off()
    acme.later(days=1)
    acme.look()
    acme.work_off()
    (answer,) = demo.answers("acme", "ORDRSP")
    assert answer.having("BGM")[0].endswith("+12")
    assert answer.having("RFF+ON") == ["RFF+ON:L-1"]
    assert answer.having("LIN") == []
    assert acme.states()["ORDRSP"] == "overdue", "it is still owed"
    with acme.gateway.store.read() as db:
        (owed,) = acme.owed(type="ORDRSP")
        assert [event["type"] for event in events_of(db, owed.subject)][-1] == "overdue"
    decided = demo.run("orders", "decide", "L-1", "--as", "accepted", "--note", "the ERP says so")
    assert decided.status == 0, decided.err
    acme.work_off()
    (owed,) = acme.owed(type="ORDRSP")
    assert (owed.state, owed.late) == ("settled", True)


def test_where_we_confirm_nothing_more_is_told_when_a_held_order_is_overdue(agreed: Callable[..., AtATime]) -> None:
    acme = agreed()
    acme.take(sent.interchange("IC1", sent.order("L-1", ONE, UNKNOWN)))
    acme.later(hours=4)
    acme.look()
    acme.work_off()
    assert len(acme.outputs("ORDRSP")) == 1
    assert acme.states()["ORDRSP"] == "overdue"


def test_a_suspected_price_unit_is_not_answered_when_it_is_overdue_either(agreed: Callable[..., AtATime]) -> None:
    acme = agreed(orders='confirms = "erp"')
    acme.take(sent.interchange("IC1", sent.order("L-1", sent.line(1, sent.BOLT, "100", "15.50::NTP:1:PCE"))))
    acme.later(hours=4)
    acme.look()
    acme.work_off()
    assert acme.outputs("ORDRSP") == []
    assert acme.states()["ORDRSP"] == "overdue"


def test_an_answer_that_cannot_be_made_is_overdue_all_the_same(agreed: Callable[..., AtATime], demo: Place) -> None:
    acme = agreed(orders='confirms = "erp"')
    acme.take(ORDER)
    text = (demo.root / "partners/acme.toml").read_text("utf-8")
    demo.write("partners/acme.toml", text.replace(ANSWER, ANSWER.replace("D.96A", "D.99B")))
    assert demo.run("publish").status == 0
    with opened(demo) as later:
        later.later(hours=4)
        later.look()
        (owed,) = later.owed(type="ORDRSP")
        assert owed.state == "overdue"
        with later.gateway.store.read() as db:
            assert events_of(db, owed.subject)[-1]["type"] == "not answered"


# Silence --------------------------------------------------------------------------------------------------------------


def test_a_partner_who_is_silent_for_longer_than_agreed_is_an_alarm_until_the_next_message(
    agreed: Callable[..., AtATime], demo: Place
) -> None:
    calendar(demo, "office,mon-fri,,12:00 UTC")
    acme = agreed(orders='silent_after = "1d"\ncalendar = "office"')
    acme.look()
    acme.later(days=4)  # Friday
    acme.take(ORDER)
    acme.later(days=2)
    acme.look()
    assert acme.alarms() == [], "a weekend is no silence"
    acme.later(days=1)
    assert (acme.look(), acme.look()) == (1, 0)
    (alarm,) = acme.alarms()
    assert (alarm.kind, alarm.subject) == ("partner.silent", "acme/edifact ORDERS D.96A")
    assert alarm.text == "acme sent no edifact ORDERS D.96A since 2026-06-19T08:00 UTC"
    acme.take(sent.interchange("IC2", sent.order("L-2", ONE, count=99)))
    acme.look()
    assert acme.alarms() == [], "a faulty message is one, too"


def test_a_partner_who_never_sent_anything_is_silent_from_the_first_look_on(agreed: Callable[..., AtATime]) -> None:
    acme = agreed(orders='silent_after = "3d"')
    acme.look()
    acme.later(days=3)
    acme.look()
    (alarm,) = acme.alarms()
    assert alarm.text.endswith(f"since {MONDAY:%Y-%m-%dT%H:%M} UTC")


def test_the_silence_of_an_agreement_that_is_gone_is_no_alarm(agreed: Callable[..., AtATime], demo: Place) -> None:
    acme = agreed(orders='silent_after = "3d"')
    acme.look()
    acme.later(days=4)
    acme.look()
    assert acme.alarms()
    demo.change("partners/acme.toml", 'silent_after = "3d"', "")
    assert demo.run("publish").status == 0
    with opened(demo) as again:
        again.later(days=4)
        again.look()
        assert again.alarms() == []


def test_a_thousand_that_are_due_are_all_looked_at_in_one_round(agreed: Callable[..., AtATime]) -> None:
    acme = agreed(answers='expects = { CONTRL = "2h" }')
    orders = [sent.order(f"L-{number}", ONE, reference=str(number)) for number in range(1, 251)]
    acme.take(sent.interchange("IC1", *orders))
    acme.now += timedelta(hours=2)
    assert acme.look() == 250
    assert {row.state for row in acme.owed("expects")} == {"overdue"}
