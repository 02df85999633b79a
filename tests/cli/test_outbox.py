"""`gateway outbox`: what leaves, shown and sent again."""

from __future__ import annotations

from tests.workspaces import Place

FIELDS = (
    "output", "message", "partner", "connection", "type", "reference", "control_reference", "state", "tries",
    "next_try",
)  # fmt: skip


def test_outputs_are_listed_with_the_fields_they_promise(demo: Place) -> None:
    (line,) = demo.sample(1)
    rows = demo.run("outbox", "list", "--json").lines
    assert [tuple(row) for row in rows] == [FIELDS] * 3
    assert [row["output"] for row in rows] == line["outputs"]
    assert [(row["type"], row["connection"], row["control_reference"], row["state"], row["tries"]) for row in rows] == [
        ("CONTRL", "acme_outbox", "00000001", "sent", 1), ("ORDRSP", "acme_outbox", "00000002", "sent", 1),
        ("order", "erp", None, "sent", 1),
    ]  # fmt: skip
    assert [row["message"] for row in rows] == [None, line["message"], line["message"]]
    assert demo.run("outbox", "list", "--state", "dead", "--json").lines == []
    assert len(demo.run("outbox", "list", "--state", "sent", "--limit", "2", "--json").lines) == 2


def test_an_output_is_shown_and_its_bytes_are_those_sent(demo: Place) -> None:
    demo.sample(1)
    for row, file in zip(
        demo.run("outbox", "list", "--json").lines, [*demo.outbox("acme"), *demo.outbox("erp")], strict=True
    ):
        assert demo.run("outbox", "raw", row["output"]).raw == file.read_bytes()
        (shown,) = demo.run("outbox", "show", row["output"], "--json").lines
        assert {name: shown[name] for name in FIELDS} == row
        assert [event["type"] for event in shown["events"]] == ["sent"]
        assert row["type"] in demo.run("outbox", "show", row["output"]).out


def test_an_output_is_sent_again_under_its_name_and_number(demo: Place) -> None:
    demo.sample(1)
    _, ordrsp, _ = demo.run("outbox", "list", "--json").lines
    (_, file) = demo.outbox("acme")
    content = file.read_bytes()
    file.unlink()
    assert demo.run("outbox", "resend", ordrsp["output"]).status == 0
    assert file.read_bytes() == content
    assert demo.run("outbox", "resend", ordrsp["output"]).status == 0  # the other side has it: the same delivery
    assert len(demo.outbox("acme")) == 2


def test_a_name_that_holds_something_else_is_never_overwritten(demo: Place) -> None:
    demo.sample(1)
    _, ordrsp, _ = demo.run("outbox", "list", "--json").lines
    (_, file) = demo.outbox("acme")
    file.write_bytes(b"something else")
    demo.run("outbox", "resend", ordrsp["output"])
    (shown,) = demo.run("outbox", "show", ordrsp["output"], "--json").lines
    assert (shown["state"], "other content" in shown["reason"], file.read_bytes()) == ("dead", True, b"something else")


def test_a_partners_contrl_settles_what_we_sent(demo: Place) -> None:
    from tests import sent

    demo.sample(1)
    demo.change(
        "partners/acme.toml", "[decide]", '[[agreement]]\nreceive = "edifact CONTRL"\nvia = "acme_inbox"\n[decide]'
    )
    body = sent.message("1", "CONTRL:D:3:UN", f"UCI+00000002+{sent.US}+{sent.ACME}+7")
    (line,) = demo.ingest(sent.interchange("AC1", body), status=0)
    assert (line["type"], line["state"]) == ("CONTRL", "processed")
    assert [row["state"] for row in demo.run("outbox", "list", "--json").lines] == ["sent", "acknowledged", "sent"]


def test_a_contrl_that_refuses_marks_what_was_refused_and_is_never_answered(demo: Place) -> None:
    from tests import sent

    demo.sample(1)
    body = sent.message("1", "CONTRL:D:3:UN", f"UCI+00000002+{sent.US}+{sent.ACME}+4+18")
    (line,) = demo.ingest(sent.interchange("AC1", body), status=0)
    assert (line["state"], line["outputs"]) == ("processed", [])
    assert [row["state"] for row in demo.run("outbox", "list", "--json").lines] == ["sent", "refused", "sent"]
