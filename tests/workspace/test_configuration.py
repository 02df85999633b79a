"""A workspace becomes values, and what is wrong in it is said with its place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from gateway.commerce.policy import DecidePolicy
from gateway.workspace.configuration import load, read_files
from gateway.workspace.values import EdiAddress, OciLogin, Pace, Wanted
from tests.workspace.files import ACME, INBOX, OUTBOX, workspace


def told(files: dict[str, bytes]) -> list[str]:
    return [str(problem) for problem in load(files).problems]


def test_a_partner_is_read_in_full() -> None:
    configuration = load(workspace())
    assert not configuration.problems
    acme = configuration.partners["acme"]
    assert (acme.title, acme.account) == ("ACME Retail GmbH", "10001")
    assert acme.edifact == (EdiAddress("4012345000009", "14"),)
    receive, send = acme.agreements
    assert (receive.direction, receive.syntax, receive.type, receive.release) == (
        "receive",
        "edifact",
        "ORDERS",
        "D.96A",
    )
    assert receive.via == ("inbox",)
    assert receive.owes == {"ORDRSP": timedelta(hours=4)}
    assert send.expects == {"CONTRL": timedelta(hours=2)}
    assert (receive.test, receive.on_error, receive.lane, receive.mapping) == (False, "hold", "go-on", None)


def test_values_do_not_change() -> None:
    acme = load(workspace()).partners["acme"]
    with pytest.raises(AttributeError):
        acme.account = "10002"  # type: ignore[misc]


def test_a_connection_says_where_it_lies_and_how_often_it_is_looked_at() -> None:
    inbox = load(workspace()).connections["inbox"]
    assert (inbox.kind, inbox.values.text("path"), inbox.poll) == ("folder", "inbox/acme", timedelta(seconds=10))


def test_only_connections_something_is_received_by_are_polled() -> None:
    assert [connection.name for connection in load(workspace()).inbound] == ["inbox"]


def test_a_partner_is_found_by_his_address_and_its_qualifier() -> None:
    configuration = load(workspace())
    acme = configuration.partners["acme"]
    assert configuration.partner_by_edifact("4012345000009", "14") is acme
    assert configuration.partner_by_edifact("4012345000009", "") is None
    assert configuration.partner_by_edifact("4012345000016", "14") is None


def test_we_are_the_address_named_under_us_or_any_where_none_is() -> None:
    acme = load(workspace()).partners["acme"]
    assert acme.is_us("4098765000010", "14")
    assert not acme.is_us("4098765000010", "")
    elsewhere = ACME.replace('[us]\nedifact = "4098765000010:14"\n', "")
    assert load(workspace(elsewhere)).partners["acme"].is_us("anything", "ZZ")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted("receive", "edifact", "ORDERS", "D.96A"), True),
        (Wanted("receive", "edifact", "ORDERS", "D.96A", connection="inbox"), True),
        (Wanted("receive", "edifact", "ORDERS", "D.96A", connection="outbox"), False),
        (Wanted("receive", "edifact", "ORDERS", "D.01B"), False),
        (Wanted("receive", "edifact", "ORDERS", "D.96A", test=True), False),
        (Wanted("receive", "edifact", "ORDCHG", "D.96A"), False),
        (Wanted("receive", "cxml", "ORDERS"), False),
        (Wanted("send", "edifact", "ORDERS", "D.96A"), False),
        (Wanted("send", "edifact", "ORDRSP", "D.96A"), True),
    ],
)
def test_an_agreement_is_found_by_way_type_release_test_and_connection(wanted: Wanted, found: bool) -> None:
    configuration = load(workspace())
    assert (configuration.agreement_for(configuration.partners["acme"], wanted) is not None) is found


def test_a_star_takes_any_release() -> None:
    configuration = load(workspace(ACME.replace("ORDERS D.96A", "ORDERS *")))
    wanted = Wanted("receive", "edifact", "ORDERS", "D.01B")
    assert configuration.agreement_for(configuration.partners["acme"], wanted)


def test_a_test_is_taken_only_where_it_is_agreed() -> None:
    assert not load(workspace()).partners["acme"].takes_tests
    configuration = load(workspace(ACME.replace("ORDERS D.96A", "ORDERS D.96A test")))
    acme = configuration.partners["acme"]
    assert acme.takes_tests
    assert configuration.agreement_for(acme, Wanted("receive", "edifact", "ORDERS", "D.96A", test=True))
    assert configuration.agreement_for(acme, Wanted("receive", "edifact", "ORDERS", "D.96A")) is None


def test_an_answer_leaves_in_the_release_received_or_else_in_the_first_agreed() -> None:
    second = '[[agreement]]\nsend = "edifact ORDRSP D.01B"\nvia = "outbox"\n'
    configuration = load(workspace(ACME + second))
    acme = configuration.partners["acme"]
    for release, expected in (("D.01B", "D.01B"), ("D.96A", "D.96A"), ("D.93A", "D.96A")):
        found = configuration.answer_for(acme, Wanted("send", "edifact", "ORDRSP", release))
        assert found is not None
        assert found.release == expected
    assert configuration.answer_for(acme, Wanted("send", "edifact", "ORDRSP", "D.96A", test=True)) is None


def test_the_gateway_confirms_until_a_channel_carries_the_orders_to_an_erp() -> None:
    assert load(workspace()).partners["acme"].agreements[0].confirms == "gateway"
    channel = b'connection = "outbox"\nflows = { orders = "out" }\n'
    with_erp = load(workspace(channels_erp=channel))
    assert not with_erp.problems
    assert with_erp.partners["acme"].agreements[0].confirms == "erp"
    told_so = workspace(ACME.replace("owes =", 'confirms = "gateway"\nowes ='), channels_erp=channel)
    assert load(told_so).partners["acme"].agreements[0].confirms == "gateway"


def test_what_decide_leaves_out_is_the_policy_of_the_house() -> None:
    decide = load(workspace()).partners["acme"].decide
    policy = msgspec.convert({**decide.actions, "tolerance": decide.tolerance}, DecidePolicy)
    assert policy == DecidePolicy()


def test_a_tolerance_states_only_the_limits_it_names() -> None:
    decide = load(workspace(ACME + '[decide]\nlate = "hold"\ntolerance = { unit_price = "0.10" }\n')).partners["acme"]
    assert decide.decide.tolerance == {"unit_price": Decimal("0.10")}
    assert decide.decide.actions["late"] == "hold"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('account = "10001"', "acount = 10001", "2:1: unknown key acount (did you mean account?)"),
        ('account = "10001"', "account = 10001", "2:1: account: 10001 is no text (write it in quotes)"),
        ('name = "ACME Retail GmbH"', "", "1:1: name is missing (The partner's name.)"),
        ('"4012345000009:14"', '"4012345000009:"', "4:1: '4012345000009:' is no UNB address"),
        ('"4098765000010:14"', '"1:2:3"', "6:1: '1:2:3' is no UNB address"),
        ('via = "inbox"', 'via = "inbx"', "9:1: unknown connection inbx (make connections/inbx.toml"),
        ('via = "inbox"', "", "7:1: via is missing"),
        ('ORDRSP = "4h"', 'ORDRSP = "4 hours"', "10:1: owes: '4 hours' is no duration"),
        ('ORDRSP = "4h"', 'ORDRSP = "0s"', "10:1: owes: 0 s is no time to wait for an answer (write more than 0s"),
        ('CONTRL = "2h"', 'CONTRL = "367d"', "14:1: expects: 31708800 s is no time to wait"),
        ("owes =", 'silent_after = "999999d"\nowes =', "10:1: silent_after: 86399913600 s is no time"),
        ("owes =", "resend = 1\nowes =", "10:1: resend says nothing about what we receive"),
        ("expects =", "resend = 10\nexpects =", "14:1: resend: 10 is no number from 0 to 9"),
        ('expects = { CONTRL = "2h" }', "resend = 1", "14:1: resend says nothing where no answer is expected"),
        ("expects =", 'silent_after = "1d"\nexpects =', "14:1: silent_after says nothing about what we send"),
        ("ORDERS D.96A", "ORDERS", "8:1: receive: the release is missing"),
        ("ORDERS D.96A", "ORDERS 96A", "8:1: receive: 96A is no release"),
        ("edifact ORDERS", "edi ORDERS", "8:1: receive: 'edi' is no syntax"),
        (
            "edifact ORDERS D.96A",
            "csv orders D.96A",
            '8:1: receive: csv orders has no release, and D.96A is none (write it as "csv orders"',
        ),
        ("receive = ", "recieve = ", "8:1: unknown key recieve (did you mean receive?)"),
        ("expects =", "owes =", "14:1: owes says nothing about what we send"),
        ('via = "outbox"', 'via = ["outbox", "inbox"]', "13:1: what we send leaves by one connection"),
        ("[us]", "[[us]]", "5:1: us is no table (Who we are for this partner. Write [us].)"),
        (
            "[us]",
            '[us]\ncxml = { domain = "DUNS" }',
            "6:1: cxml is no list of tables (Our cXML Credentials. Write cxml = [{ domain = ..., id",
        ),
        ("[[agreement]]\nsend", "[[agreement]]\nreceive = 'csv x'\nsend", "11:1: an agreement names receive or send"),
        ("name =", "name = = ", "1:"),
    ],
)
def test_a_fault_is_named_with_its_place(old: str, new: str, problem: str) -> None:
    assert old in ACME
    problems = told(workspace(ACME.replace(old, new, 1)))
    assert any(each.startswith(f"partners/acme.toml:{problem}") for each in problems), problems


@pytest.mark.parametrize(
    ("decide", "problem"),
    [
        ('late = "perhaps"', "16:1: late: 'perhaps' is not possible (one of accept, counter, reject, hold)"),
        ("tolerance = { unit_price = 0.05 }", "16:15: unit_price: 0.05 is no decimal in quotes"),
        ('tolerance = { unit_price = "0,05" }', "16:15: unit_price: '0,05' is no number"),
        ('tolerance = { unit_price = "NaN" }', "16:15: unit_price: 'NaN' is no number"),
        ('tolerance = { unit_price = "-1" }', "16:15: unit_price is negative"),
        ('too_late = "hold"', "16:1: unknown key too_late (did you mean"),
    ],
)
def test_a_fault_in_the_policy_is_named_with_its_place(decide: str, problem: str) -> None:
    problems = told(workspace(f"{ACME}[decide]\n{decide}\n"))
    assert len(problems) == 1
    assert problems[0].startswith(f"partners/acme.toml:{problem}"), problems


def test_a_secret_is_named_and_never_written_out_nor_repeated() -> None:
    identifiers = ACME.replace("[us]", 'oci = { user = "acme", password = "hunter2" }\n[us]')
    [problem] = told(workspace(identifiers))
    assert problem.startswith("partners/acme.toml:5:24: password holds a secret in the open")
    assert "hunter2" not in problem
    named = identifiers.replace("hunter2", "secret:acme_oci")
    oci = load(workspace(named)).partners["acme"].oci
    assert oci == OciLogin("acme", "secret:acme_oci")


@pytest.mark.parametrize("release", ["D.96A", "*"])
def test_two_agreements_for_one_document_are_an_error(release: str) -> None:
    again = f'[[agreement]]\nreceive = "edifact ORDERS {release}"\nvia = "inbox"\n'
    configuration = load(workspace(ACME + again))
    [problem] = configuration.problems
    assert (problem.line, problem.text.split(":")[0]) == (
        16,
        f"two agreements receive edifact ORDERS {release}".strip(" *"),
    )
    wanted = Wanted("receive", "edifact", "ORDERS", "D.96A")
    assert configuration.agreement_for(configuration.partners["acme"], wanted) is None


def test_agreements_by_other_connections_or_for_tests_stand_beside_each_other() -> None:
    others = (
        '[[agreement]]\nreceive = "edifact ORDERS D.96A"\nvia = "second"\n'
        '[[agreement]]\nreceive = "edifact ORDERS D.96A test"\nvia = "inbox"\n'
    )
    second = INBOX.replace(b"inbox/acme", b"inbox/second")
    assert not told(workspace(ACME + others, connections_second=second))


def test_an_answer_owed_that_nothing_sends_is_remarked_and_stops_nothing() -> None:
    configuration = load(workspace(ACME.replace("{ ORDRSP =", '{ CONTRL = "15m", ORDRSP =')))
    assert not configuration.problems
    [remark] = configuration.remarks
    assert str(remark).startswith("partners/acme.toml:8:1: edifact ORDERS D.96A owes CONTRL, and no agreement sends it")


@pytest.mark.parametrize(
    ("received", "owed", "advice"),
    [
        ("edifact ORDERS D.96A test", "CONTRL", 'send = "edifact CONTRL test"'),
        ("edifact ORDERS D.96A test", "ORDRSP", 'send = "edifact ORDRSP ... test"'),
        ("csv orders", "ORDRSP", 'send = "csv ORDRSP"'),
        ("csv orders", "CONTRL", "take it out of owes; what can be owed is ORDRSP"),
        ("edifact ORDERS D.96A test", "NOTHING", "take it out of owes; what can be owed is CONTRL and ORDRSP"),
    ],
)
def test_the_remark_about_an_answer_owed_names_an_agreement_there_can_be(received: str, owed: str, advice: str) -> None:
    agreed = f'[[agreement]]\nreceive = "{received}"\nvia = "inbox"\nowes = {{ {owed} = "1h" }}\n'
    [remark] = load(workspace(ACME + agreed)).remarks
    assert advice in remark.advice
    assert ("send =" in remark.advice) == ("send =" in advice)


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ('{ CONTRL = "2h" }', '{ CONTRL = "2h", ORDRSP = "2h" }', "expects ORDRSP, which nothing settles yet"),
        ("{ ORDRSP =", '{ APERAK = "15m", ORDRSP =', "owes APERAK, which nothing makes yet"),
    ],
)
def test_an_answer_that_nobody_gives_or_notices_is_remarked(old: str, new: str, remark: str) -> None:
    aperak = '[[agreement]]\nsend = "edifact APERAK"\nvia = "outbox"\n'
    configuration = load(workspace(ACME.replace(old, new) + aperak))
    assert not configuration.problems
    [told_of] = configuration.remarks
    assert remark in told_of.text


def test_a_partner_we_receive_nothing_from_is_remarked() -> None:
    [remark] = load(workspace('name = "ACME"\n')).remarks
    assert remark.text == "no agreement to receive anything"


def test_an_address_names_one_partner() -> None:
    problems = told(workspace(partners_zeta=ACME.encode()))
    assert problems == [
        "partners/zeta.toml:3:1: edifact 4012345000009:14 names acme too (an address names one partner)"
    ]


def test_a_credential_names_one_partner_in_whatever_capitals_its_domain_is_written() -> None:
    partner = 'name = "P"\naccount = "1"\n[identifiers]\ncxml = [{{ domain = "{}", identity = "AN01" }}]\n'
    files = {f"partners/{each.lower()}.toml": partner.format(each).encode() for each in ("NetworkId", "DUNS")}
    assert not [each for each in told(files) if "an address names one partner" in each]
    files["partners/other.toml"] = partner.format("NetworkID").encode()
    [only] = [each for each in told(files) if "an address names one partner" in each]
    assert only.startswith("partners/other.toml:")
    assert "cxml networkid:AN01 names networkid too" in only


def test_what_we_send_never_lies_where_we_take() -> None:
    problems = told(workspace(connections_outbox=OUTBOX.replace(b"outbox/acme", b"./inbox//acme")))
    assert problems == [
        "partners/acme.toml:12:1: outbox would put what we send where inbox takes messages (give each its own folder)"
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'kind = "foldr"\n', "1:1: no connector foldr is installed (did you mean folder?"),
        (b'path = "x"\n', "1:1: kind is missing"),
        (b'kind = "folder"\n', "1:1: path is missing"),
        (b'kind = "folder"\npath = "x"\npartner = "zeta"\n', "3:1: unknown partner zeta"),
        (b'kind = "folder"\npath = "x"\npoll = "0s"\n', "3:1: poll takes no time"),
        (b'kind = "folder"\npath = "x"\nafter = "burn"\n', "3:1: after: 'burn' is not possible"),
        (b'kind = "folder"\npath = "x"\nconcurrency = 0\n', "3:1: concurrency: 0 is too small"),
        (b'kind = "folder"\npath = "x"\nconcurrency = "2"\n', "3:1: concurrency: '2' is no whole number"),
        (b'kind = "folder"\npath = "x"\nrate = "60"\n', "3:1: rate: '60' is no rate (write a number and /s, /min"),
        (b'kind = "folder"\npath = "x"\nrate = "0/min"\n', "3:1: rate: '0/min' is no rate"),
        (b'kind = "folder"\npath = "x"\nrate = 60\n', "3:1: rate: 60 is no rate"),
        (b'kind = "folder"\npath = "x"\ndeadline = "0h"\n', "3:1: deadline takes no time"),
        (b'kind = "folder"\npath = "x"\ntimeout = "0s"\n', "3:1: timeout takes no time"),
        (b'kind = "folder"\npath = "x"\ntimeout = "1h"\n', "3:1: timeout is too long (write at most 15m)"),
        (b'kind = "folder"\npath = "\xff"\n', "2:1: this is not UTF-8"),
    ],
)
def test_a_fault_in_a_connection_is_named_with_its_place(content: bytes, problem: str) -> None:
    problems = told(workspace(connections_more=content))
    assert any(each.startswith(f"connections/more.toml:{problem}") for each in problems), problems


@pytest.mark.parametrize(("written", "apart"), [("5/s", 0.2), ("60/min", 1), ("1000/h", 3.6), ("24/d", 3600)])
def test_a_connection_says_how_much_may_leave_and_how_long_it_is_tried(written: str, apart: float) -> None:
    content = f'kind = "folder"\npath = "x"\nconcurrency = 2\nrate = "{written}"\ndeadline = "4h"\ntimeout = "5s"\n'
    pace = load(workspace(connections_more=content.encode())).connections["more"].pace
    assert (pace.concurrency, pace.deadline, pace.timeout) == (2, timedelta(hours=4), timedelta(seconds=5))
    assert pace.rate is not None
    assert pace.rate.apart == timedelta(seconds=apart)


def test_a_connection_that_says_nothing_sends_one_at_a_time_for_three_days() -> None:
    assert load(workspace()).connections["outbox"].pace == Pace(
        concurrency=1, rate=None, deadline=timedelta(days=3), timeout=timedelta(minutes=1)
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'connection = "erp"\n', "1:1: unknown connection erp"),
        (b'connection = "outbox"\nflows = { orders = "up" }\n', "2:1: orders flows 'up'"),
        (b'connection = "outbox"\nflows = { stok = "in" }\n', "2:1: there is no flow stok (did you mean stock?)"),
        (b'connection = "outbox"\nflows = { invoices = "in" }\n', "2:1: there is no flow invoices (flows are orders,"),
    ],
)
def test_a_fault_in_a_channel_is_named_with_its_place(content: bytes, problem: str) -> None:
    [told_of] = told(workspace(channels_erp=content))
    assert told_of.startswith(f"channels/erp.toml:{problem}")


def test_a_file_name_with_other_characters_is_no_name() -> None:
    files = workspace() | {"partners/no name.toml": ACME.encode()}
    assert [problem.file for problem in load(files).problems] == ["partners/no name.toml"]


def test_only_configuration_is_read_from_a_workspace(tmp_path: Path) -> None:
    for name in ("gateway.toml", "partners/acme.toml", "mappings/acme/orders/mapping.toml", "var/gateway.db", "x.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    files = read_files(tmp_path)
    assert sorted(files) == ["gateway.toml", "mappings/acme/orders/mapping.toml", "partners/acme.toml"]


def test_mappings_of_the_workspace_are_known_by_their_path() -> None:
    files = workspace() | {"mappings/acme/orders/mapping.toml": b"x"}
    assert load(files).mappings == {"acme/orders/mapping.toml": b"x"}
