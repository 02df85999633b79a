"""`gateway lane`: the line stopped and started again for one partner."""

from __future__ import annotations

from tests.workspaces import SAMPLES, Place

LANE = "direct/in/acme"


def test_a_paused_lane_keeps_what_comes_in_order_and_others_go_on(demo: Place) -> None:
    demo.sample(4)
    assert demo.run("lane", "pause", LANE).status == 0
    (waiting,) = demo.sample(1, status=0)
    (other,) = demo.sample(2)
    assert (waiting["state"], other["state"]) == ("ready", "processed")
    rows = {row["name"]: row for row in demo.run("lane", "list", "--json").lines}
    assert set(rows[LANE]) >= {"waiting_s", "tries", "next_due", "reason", "holder", "lease_until"}
    assert (rows[LANE]["state"], rows[LANE]["ready"], rows[LANE]["first"]) == ("paused", 1, waiting["message"])
    assert demo.run("lane", "resume", LANE).status == 0
    demo.sample(3)
    (shown,) = demo.run("messages", "show", waiting["message"], "--json").lines
    assert shown["state"] == "processed"


def test_the_first_of_a_lane_is_skipped_and_can_be_brought_back(demo: Place) -> None:
    demo.sample(4)
    demo.run("lane", "pause", LANE)
    (first,) = demo.sample(1)
    (second,) = demo.sample(6)
    ran = demo.run("lane", "skip", LANE)
    assert (ran.status, first["message"] in ran.out) == (0, True)
    demo.run("lane", "resume", LANE)
    demo.sample(2)
    states = {line["message"]: line["state"] for line in demo.run("messages", "list", "--json").lines}
    assert (states[first["message"]], states[second["message"]]) == ("dead", "processed")
    (shown,) = demo.run("messages", "show", first["message"], "--json").lines
    assert "skipped" in shown["events"][-1]["text"]
    (back,) = demo.run("messages", "replay", first["message"], "--json").lines
    assert back["state"] == "processed"


def test_a_file_that_is_skipped_before_it_is_read_is_dead_as_a_whole(demo: Place) -> None:
    demo.sample(4)
    assert demo.run("lane", "pause", "direct/decode").status == 0
    demo.sample(1)
    ran = demo.run("lane", "skip", "direct/decode")
    assert ran.status == 0
    (dead,) = demo.run("messages", "list", "--state", "dead", "--json").lines
    assert (dead["message"] in ran.out, dead["file"]) == (True, "01_acme_order.edi")
    assert demo.run("messages", "raw", dead["message"]).raw == (SAMPLES / "01_acme_order.edi").read_bytes()
    assert demo.run("lane", "skip", "direct/decode").status == 2
