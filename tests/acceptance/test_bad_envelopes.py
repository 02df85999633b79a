"""Files that are broken, strange or sent twice: what is refused, what passes, and what the partner is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import sent
from tests.workspaces import SAMPLES, Place


def states(lines: list[dict]) -> list[tuple]:
    return [(line["reference"], line["state"]) for line in lines]


def codes(line: dict) -> list[str]:
    return [issue["code"] for issue in line["issues"] if issue["severity"] == "error"]


def test_a_message_with_a_wrong_count_is_refused_and_its_neighbour_passes(demo: Place) -> None:
    refused, passed = demo.sample(10, status=1)
    assert states([refused, passed]) == [("4500017807", "rejected"), ("4500017808", "processed")]
    (issue,) = refused["issues"]
    assert (issue["code"], issue["segment"], issue["tag"]) == ("envelope.count.mismatch", 20, "UNT")
    contrl, ordrsp = demo.answers("acme")
    assert contrl.segments[1:-1] == [
        "UCI+ACM0000107+4012345000009:14+4098765000010:14+7", "UCM+1+ORDERS:D:96A:UN:EAN008+4+29+UNT+2",
    ]  # fmt: skip
    assert ordrsp.having("RFF") == ["RFF+ON:4500017808"]
    assert [order["number"] for order in demo.orders()] == ["4500017808"]


def test_an_interchange_with_a_wrong_count_is_refused_whole(demo: Place) -> None:
    lines = demo.sample(11, status=1)
    assert states(lines) == [("4500017809", "rejected"), ("4500017810", "rejected")]
    assert [codes(line) for line in lines] == [["envelope.count.mismatch"]] * 2
    (contrl,) = demo.answers("acme")
    assert contrl.segments[1:-1] == ["UCI+ACM0000108+4012345000009:14+4098765000010:14+4+29+UNZ+2"]
    assert demo.orders() == []
    assert demo.outbox("erp") == []


def test_a_truncated_file_is_refused_whole(demo: Place) -> None:
    (line,) = demo.sample(12, status=1)
    assert (line["state"], line["type"], line["reference"]) == ("rejected", "ORDERS", "4500017811")
    assert "envelope.truncated" in codes(line)
    (contrl,) = demo.answers("acme")
    assert contrl.segments[1] == "UCI+ACM0000109+4012345000009:14+4098765000010:14+4+13"
    assert demo.orders() == []


def test_of_five_messages_the_one_with_a_bad_quantity_is_refused(demo: Place) -> None:
    lines = demo.sample(13, status=1)
    assert states(lines) == [
        ("B26-0921", "processed"), ("B26-0922", "processed"), ("B26-0923", "rejected"), ("B26-0924", "processed"),
        ("B26-0925", "processed"),
    ]  # fmt: skip
    issue = next(each for each in lines[2]["issues"] if each["code"] == "order.line.quantity.not-a-number")
    wanted = {"segment": 19, "tag": "QTY", "element": "6060", "element_position": 1, "component_position": 2}
    assert {name: issue[name] for name in wanted} == wanted
    assert issue["field"] == "lines[0].quantity"
    assert issue["rule"].startswith("partners/nordwind/orders/mapping.toml:") or ":" in issue["rule"]
    raw = next(SAMPLES.glob("13_*")).read_bytes()
    assert raw[issue["offset"] :].startswith(b"QTY+21:zwei:STK'")
    contrl, *ordrsps = demo.answers("nordwind")
    assert contrl.segments[1:-1] == [
        "UCI+5503+NORDWIND:ZZ+4098765000010:14+7", "UCM+M3+ORDERS:D:96A:UN+4", "UCS+19", "UCD+37+2:2",
    ]  # fmt: skip
    assert len(ordrsps) == 4


def test_a_corrected_resend_after_a_refusal_is_an_order(demo: Place) -> None:
    demo.sample(13)
    (line,) = demo.sample(14, status=0)
    assert (line["reference"], line["state"], line["decision"]) == ("B26-0923", "processed", "accepted")
    assert len(demo.orders()) == 5


def test_an_interchange_refused_whole_can_be_sent_again_under_its_reference(demo: Place) -> None:
    order = sent.order("PO-1", sent.line(1, sent.SEALANT, "12"))
    (refused,) = demo.ingest(sent.interchange("IC1", order, count=2), status=1)
    (taken,) = demo.ingest(sent.interchange("IC1", order), status=0)
    assert (refused["state"], taken["state"]) == ("rejected", "processed")


def test_an_exact_duplicate_gets_the_same_bytes_again_and_makes_no_second_order(demo: Place) -> None:
    demo.sample(1)
    before = demo.answers("acme")
    (line,) = demo.sample(15, status=0)
    assert (line["state"], line["order"], codes(line)) == ("duplicate", None, ["envelope.duplicate"])
    again = demo.answers("acme")[len(before) :]
    assert [each.type for each in again] == ["CONTRL", "ORDRSP"]
    assert [each.raw for each in again] == [each.raw for each in before]
    assert len(demo.orders()) == 1
    assert len(demo.outbox("erp")) == 1


def test_the_third_time_is_answered_like_the_second(demo: Place) -> None:
    demo.sample(1)
    first = {each.raw for each in demo.answers("acme")}
    demo.sample(15)
    demo.sample(15)
    assert {each.raw for each in demo.answers("acme")} == first
    assert len(demo.answers("acme")) == 6


def test_the_same_reference_with_other_content_waits_for_a_person(demo: Place) -> None:
    demo.sample(1)
    (line,) = demo.sample(16, status=1)
    assert (line["state"], codes(line)) == ("held", ["envelope.reference.reused"])
    assert demo.answers("acme", "CONTRL")[-1].segments[1].endswith("+8")
    assert len(demo.orders()) == 1
    released = demo.run("messages", "replay", line["message"], "--json")
    assert (released.status, released.lines[0]["state"]) == (0, "processed")
    assert [order["number"] for order in demo.orders()] == ["4500017801", "4500017812"]


def test_the_same_order_under_a_new_envelope_is_a_duplicate(demo: Place) -> None:
    order = sent.order("PO-1", sent.line(1, sent.SEALANT, "12"))
    (first,) = demo.ingest(sent.interchange("IC1", order))
    (again,) = demo.ingest(sent.interchange("IC2", order), status=0)
    assert (first["state"], again["state"], again["order"]) == ("processed", "duplicate", first["order"])
    ordrsps = demo.answers("acme", "ORDRSP")
    assert [each.raw for each in ordrsps] == [ordrsps[0].raw] * 2
    assert len(demo.answers("acme", "CONTRL")) == 2
    assert len(demo.outbox("erp")) == 1


def test_the_same_number_with_other_content_is_held_and_not_answered(demo: Place) -> None:
    demo.ingest(sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12"))))
    (again,) = demo.ingest(sent.interchange("IC2", sent.order("PO-1", sent.line(1, sent.SEALANT, "24"))), status=1)
    assert (again["state"], codes(again)) == ("held", ["order.duplicate"])
    assert len(demo.answers("acme", "ORDRSP")) == 1
    assert demo.order("PO-1")["lines"][0]["ordered"]["quantity"] == "12"


def test_two_interchanges_in_one_file_are_each_answered(demo: Place) -> None:
    lines = demo.sample(7, status=0)
    assert [(line["control_reference"], line["reference"], line["state"]) for line in lines] == [
        ("ACM0000105", "4500017805", "processed"), ("ACM0000106", "4500017806", "processed"),
    ]  # fmt: skip
    assert [each.segments[1][4:14] for each in demo.answers("acme", "CONTRL")] == ["ACM0000105", "ACM0000106"]


def test_messages_of_a_group_are_orders(demo: Place) -> None:
    lines = demo.sample(8, status=0)
    assert states(lines) == [("B26-0912", "processed"), ("B26-0913", "processed")]
    assert demo.answers("nordwind", "CONTRL")[0].segments[1] == "UCI+5502+NORDWIND:ZZ+4098765000010:14+7"


def test_the_comma_that_una_names_is_the_decimal_mark(demo: Place) -> None:
    (line,) = demo.sample(3, status=0)
    first, second = demo.order(line["reference"])["lines"]
    assert (first["ordered"]["quantity"], first["ordered"]["price"]) == ("262.5", "0.98")
    assert (second["ordered"]["quantity"], second["ordered"]["price"]) == ("36", "3.55")
    assert demo.order(line["reference"])["total"] == "385.05"


def test_umlauts_in_unoc_arrive_as_umlauts(demo: Place) -> None:
    (line,) = demo.sample(9, status=0)
    assert not codes(line)
    exported = demo.outbox("erp")[0].read_text("utf-8")
    assert "Burg & Söhne Baumärkte GmbH" in exported
    assert "Jörg Weiß" in exported


def test_utf8_bytes_under_unoc_are_a_finding(demo: Place) -> None:
    order = sent.order("PO-1", sent.line(1, sent.SEALANT, "12"), head=("FTX+AAI+++Tür 4",))
    raw = sent.interchange("IC1", order).decode("latin-1").encode("utf-8")
    (line,) = demo.ingest(raw)
    assert "charset.invalid" in [issue["code"] for issue in line["issues"]]


def test_what_stands_around_an_interchange_is_told_of_its_messages(demo: Place) -> None:
    first, second = (sent.interchange(f"IC{n}", sent.order(f"PO-{n}", sent.line(1, sent.SEALANT, "12"))) for n in "12")
    lines = demo.ingest(b"$$HEADER 7\r\n" + first + b"rubbish\n" + second.rstrip(b"'\n"), status=0)
    assert [(line["reference"], line["state"]) for line in lines] == [("PO-1", "processed"), ("PO-2", "processed")]
    found = [[(issue["code"], issue["severity"]) for issue in line["issues"]] for line in lines]
    assert found == [
        [("envelope.noise", "finding"), ("envelope.noise", "finding")], [("envelope.terminator.missing", "finding")],
    ]  # fmt: skip
    assert [contrl.segments[1][-2:] for contrl in demo.answers("acme", "CONTRL")] == ["+7", "+7"]


def test_a_day_of_the_envelope_that_does_not_exist_is_a_finding(demo: Place) -> None:
    content = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12")))
    (line,) = demo.ingest(content.replace(f"{sent.TODAY:%y%m%d}:0930".encode(), b"261345:0930"), status=0)
    assert [(issue["code"], issue["severity"], issue["tag"]) for issue in line["issues"]] == [
        ("date.invalid", "finding", "UNB")
    ]


def test_a_test_that_is_agreed_is_answered_as_one_and_goes_nowhere_else(demo: Place) -> None:
    (line,) = demo.sample(21, status=0)
    assert (line["state"], line["decision"], line["order"]) == ("processed", "accepted", "TEST-SO00000001")
    contrl, ordrsp = demo.answers("castle")
    assert (contrl.test, ordrsp.test) == (True, True)
    assert (ordrsp.having("BGM"), ordrsp.having("RFF")) == (["BGM+231+TEST-OR00000001+29"], ["RFF+ON:TEST-1"])
    assert demo.outbox("erp") == []


def test_tests_and_real_orders_are_numbered_apart(demo: Place) -> None:
    demo.sample(21)
    demo.sample(3)
    assert [(each.control, each.test) for each in demo.answers("castle")] == [
        ("00000001", True), ("00000002", True), ("00000001", False), ("00000002", False),
    ]  # fmt: skip
    assert [order["order"] for order in demo.orders()] == ["TEST-SO00000001", "SO00000001"]


def test_a_test_that_is_not_agreed_is_refused(demo: Place) -> None:
    (line,) = demo.sample(22, status=1)
    assert (line["state"], codes(line)) == ("rejected", ["envelope.test.not-agreed"])
    assert (demo.orders(), demo.outbox("acme")) == ([], [])


def test_where_a_contrl_of_tests_is_agreed_the_refusal_of_a_test_is_told(demo: Place) -> None:
    demo.change(
        "partners/acme.toml", "[decide]", '[[agreement]]\nsend = "edifact CONTRL test"\nvia = "acme_outbox"\n[decide]'
    )
    demo.sample(22, status=1)
    (contrl,) = demo.answers("acme")
    assert contrl.test
    assert "+4+25+UNB" in contrl.segments[1]


def test_an_unknown_sender_is_refused_and_nobody_is_told(demo: Place) -> None:
    raw = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12")), sender="4000000000006:14")
    (line,) = demo.ingest(raw, status=1)
    assert (line["state"], line["partner"], codes(line)) == ("rejected", None, ["envelope.sender.unknown"])
    assert line["outputs"] == []


def test_what_is_not_addressed_to_us_is_refused_with_code_7(demo: Place) -> None:
    raw = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12")), recipient="4000000000006:14")
    (line,) = demo.ingest(raw, status=1)
    assert (line["state"], codes(line)) == ("rejected", ["envelope.recipient.wrong"])
    (contrl,) = demo.answers("acme")
    assert "+4+7+UNB" in contrl.segments[1]


def test_by_the_connection_of_another_partner_nobody_is_believed_or_answered(demo: Place) -> None:
    (line,) = demo.sample(1, status=1, options=("--connection", "nordwind_inbox"))
    assert (line["state"], line["partner"], codes(line)) == ("rejected", None, ["envelope.sender.unknown"])
    assert (demo.orders(), demo.outbox("acme"), demo.outbox("nordwind")) == ([], [], [])


def test_by_his_own_connection_a_partner_is_himself(demo: Place) -> None:
    (line,) = demo.sample(1, status=0, options=("--connection", "acme_inbox"))
    assert (line["partner"], line["state"]) == ("acme", "processed")


def test_a_message_type_that_is_not_agreed_is_refused_with_code_17(demo: Place) -> None:
    change = sent.change("C-1", "PO-1").replace("ORDCHG:D:96A:UN:EAN005", "ORDCHG:D:01B:UN")
    order = sent.order("PO-1", sent.line(1, sent.SEALANT, "12"), reference="2")
    refused, passed = demo.ingest(sent.interchange("IC1", change, order), status=1)
    assert (refused["state"], codes(refused)) == ("rejected", ["agreement.missing"])
    assert passed["state"] == "processed"
    assert demo.answers("acme", "CONTRL")[0].segments[2].startswith("UCM+1+ORDCHG:D:01B:UN+4+17")


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 500, b"hello, this is no EDI", b"A" * 300_000, b"UNA:+.? '", bytes(range(256)), b"UNB"],
    ids=["empty", "nul", "text", "no terminator", "una only", "all bytes", "unb only"],
)
def test_what_is_no_interchange_is_one_refused_line(demo: Place, content: bytes) -> None:
    (line,) = demo.ingest(content, status=1)
    assert (line["state"], line["type"], line["outputs"]) == ("rejected", None, [])
    assert codes(line)[0] == "envelope.missing"
    assert demo.run("messages", "raw", line["message"]).raw == content


def test_an_interchange_without_a_message_is_refused_and_has_a_line(demo: Place) -> None:
    (line,) = demo.ingest(sent.interchange("IC1"), status=1)
    assert (line["partner"], line["state"], codes(line)) == ("acme", "rejected", ["structure.segment.missing"])
    (contrl,) = demo.answers("acme")
    assert contrl.segments[1] == "UCI+IC1+4012345000009:14+4098765000010:14+4+13+UNB"


def test_a_contrl_repeats_what_cannot_be_sent_as_blanks(demo: Place) -> None:
    content = sent.interchange("IC1", sent.order("PO-1", sent.line(1, sent.SEALANT, "12")))
    damaged = content.replace(b"+IC1'", b"+I\x811'")
    (line,) = demo.ingest(damaged, status=1)
    assert (line["state"], "charset.invalid" in codes(line)) == ("rejected", True)
    (contrl,) = demo.answers("acme")
    assert contrl.segments[1].startswith("UCI+I 1+4012345000009:14+4098765000010:14+4+21")


def test_a_message_is_shown_with_bytes_and_reason_after_a_refusal(demo: Place) -> None:
    refused, _ = demo.sample(10)
    raw = next(SAMPLES.glob("10_*")).read_bytes()
    shown = demo.run("messages", "raw", refused["message"])
    assert shown.raw == raw[raw.index(b"UNH+1") : raw.index(b"UNH+2")].rstrip()
    text = demo.run("messages", "show", refused["message"])
    assert text.status == 0
    assert "envelope.count.mismatch" in text.out
    assert "count again" in text.out


def test_every_sample_of_a_mapping_gets_a_line(demo: Place) -> None:
    files = sorted(path for path in SAMPLES.rglob("*.edi") if path.parent != SAMPLES)
    assert files
    lines = demo.ingest(*files)
    assert {line["file"] for line in lines} == {file.name for file in files}


def test_every_file_of_the_corpus_ends_in_a_state_with_a_reason(demo: Place) -> None:
    from tests.edifact.corpus import corpus_files

    files: list[Path] = corpus_files()
    lines = demo.ingest(*files, status=1)
    assert {line["file"] for line in lines} == {file.name for file in files}
    settled = {"processed", "rejected", "held", "duplicate"}
    assert [line for line in lines if line["state"] not in settled or not (line["issues"] or line["order"])] == []
