"""`gateway outbox`: what leaves, shown and sent again."""

from __future__ import annotations

from tests.workspaces import Place

FIELDS = (
    "output", "message", "partner", "connection", "type", "reference", "control_reference", "state", "tries",
    "next_try", "reason",
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
        assert (shown["receipt"], shown["crashes"], shown["lane"]) == (
            file.name, 0, f"{row['connection']}/out/{'acknowledgements' if row['type'] == 'CONTRL' else 'orders'}",
        )  # fmt: skip
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


def states(place: Place, *options: str) -> list[str]:
    return [row["state"] for row in place.run("outbox", "list", "--json", *options).lines]


def test_outputs_are_listed_by_state_partner_and_connection(demo: Place) -> None:
    demo.sample(1)
    demo.sample(2)
    assert len(states(demo)) == 6
    assert len(states(demo, "--partner", "nordwind")) == 3
    assert len(states(demo, "--partner", "acme", "--connection", "erp")) == 1
    assert states(demo, "--connection", "nowhere") == []
    assert states(demo, "--state", "dead", "--partner", "acme") == []


def test_all_that_is_dead_at_a_connection_is_sent_again_together(demo: Place) -> None:
    for sample in (1, 4):
        demo.sample(sample, options=("--no-deliver",))
    demo.write("outbox/acme", "a file where the folder should be")
    with demo.opened() as gateway, gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET state = 'dead', reason = 'Given up' WHERE connection = 'acme_outbox'")
    listed = demo.run("outbox", "resend", "--state", "dead", "--connection", "acme_outbox", "--dry-run")
    assert (listed.status, listed.out.count("ORDRSP"), listed.out.count("CONTRL")) == (0, 2, 2)
    assert states(demo, "--connection", "acme_outbox") == ["dead"] * 4
    failing = demo.run("outbox", "resend", "--state", "dead", "--connection", "acme_outbox")
    assert (failing.status, "0 of 4 are sent again" in failing.out) == (1, True)
    assert sorted(states(demo, "--connection", "acme_outbox")) == ["failed", "failed", "queued", "queued"]
    (demo.root / "outbox" / "acme").unlink()
    (back,) = {row["output"] for row in demo.run("outbox", "list", "--state", "failed", "--json").lines[:1]}
    assert demo.run("outbox", "resend", back).status == 0
    assert demo.run("outbox", "resend", "--state", "failed", "--partner", "acme").status == 0
    assert states(demo, "--connection", "acme_outbox") == ["sent"] * 4
    assert demo.run("outbox", "resend", "--state", "dead").out == "0 of 0 are sent again.\n"


def test_what_became_of_what_was_sent_again_is_told_to_machines_as_the_list_tells_it(demo: Place) -> None:
    demo.sample(1, options=("--no-deliver",))
    ids = [row["output"] for row in demo.run("outbox", "list", "--connection", "acme_outbox", "--json").lines]
    rehearsed = demo.run("outbox", "resend", *ids, "--dry-run", "--json")
    assert [(row["output"], row["state"]) for row in rehearsed.lines] == [(each, "queued") for each in ids]
    ran = demo.run("outbox", "resend", *ids, "--json")
    assert [(row["output"], row["state"]) for row in ran.lines] == [(each, "sent") for each in ids]
    assert ran.lines == demo.run("outbox", "list", "--connection", "acme_outbox", "--json").lines


def test_what_nobody_knows_is_settled_by_a_person_who_says_how_he_knows(demo: Place) -> None:
    demo.sample(1, options=("--no-deliver",))
    with demo.opened() as gateway, gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET state = 'unknown', next_try = NULL")
    contrl, ordrsp, order = (row["output"] for row in demo.run("outbox", "list", "--json").lines)
    assert demo.run("outbox", "settle", contrl, "--as", "sent", "--note", "acme has it").status == 0
    assert demo.run("outbox", "settle", ordrsp, "--as", "failed", "--note", "they never saw it").status == 0
    assert demo.run("outbox", "resend", order).status == 0
    assert states(demo) == ["sent", "dead", "sent"]
    assert demo.outbox("acme") == []
    (shown,) = demo.run("outbox", "show", ordrsp, "--json").lines
    assert shown["events"][-1]["text"] == shown["reason"] == "settled by hand as failed: they never saw it"
    refused = demo.run("outbox", "settle", order, "--as", "failed", "--note", "x")
    assert (refused.status, "is sent" in refused.err) == (2, True)
    assert demo.run("outbox", "resend", ordrsp).status == 0
    assert states(demo) == ["sent"] * 3


def test_what_is_being_sent_is_neither_sent_again_nor_settled(demo: Place) -> None:
    demo.sample(1, options=("--no-deliver",))
    with demo.opened() as gateway, gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET state = 'sending', token = 'x', lease_until = '9999'")
    identity = demo.run("outbox", "list", "--json").lines[0]["output"]
    for words in (("resend", identity), ("settle", identity, "--as", "sent", "--note", "x")):
        ran = demo.run("outbox", *words)
        assert (ran.status, "being sent now" in ran.err) == (2, True)


def test_an_outcome_that_came_by_the_partners_answer_stands(demo: Place) -> None:
    demo.sample(1)
    with demo.opened() as gateway, gateway.store.write() as db:
        db.exec_driver_sql("UPDATE outbox SET state = 'acknowledged'")
    assert demo.run("outbox", "resend", "--state", "acknowledged").status == 2
    identity = demo.run("outbox", "list", "--json").lines[0]["output"]
    assert demo.run("outbox", "settle", identity, "--as", "sent", "--note", "x").status == 2


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
