"""What the gateway counts and what waits in it, as Prometheus reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.metrics import counted_output, exposed
from gateway.pipeline.receive import receive
from gateway.store.outbox import NewOutput, enqueue
from tests.http.conftest import Asked
from tests.workspaces import Place

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def figures(text: str) -> Figures:
    """Every sample by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: Figures, name: str, **labels: str) -> float:
    return found.get((name, tuple(sorted(labels.items()))), 0)


def asked_for(asked: Any) -> Figures:
    answer = asked.client.request("GET", "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return figures(answer.text)


@pytest.mark.both_stores
def test_orders_are_counted_by_partner_outcome_and_whether_a_person_was_needed(asked: Asked) -> None:
    before = asked_for(asked)
    (line,) = asked.place.sample(1)
    after = asked_for(asked)
    partner = line["partner"]
    outcome = {"partner": partner, "type": "ORDERS", "state": line["state"], "decision": line["decision"]}

    def gained(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert gained("gateway_messages_total", **outcome) == 1
    assert gained("gateway_orders_total", partner=partner, by="line") == 1
    assert gained("gateway_orders_total", partner=partner, by="person") == 0
    for stage in ("decode", "translate", "enrich", "decide", "persist", "render"):
        assert gained("gateway_stage_seconds_count", stage=stage) == 1
    assert sum(value for (name, _), value in after.items() if name == "gateway_outputs_total") > 0


@pytest.mark.both_stores
def test_what_waits_is_told_with_its_age(asked: Asked) -> None:
    line = asked.gateway.line
    receive(line, "orders.edi", iter([b"UNB"]))
    found = asked_for(asked)
    assert of(found, "gateway_files_waiting") == 1
    assert of(found, "gateway_ready") == 1


@pytest.mark.both_stores
def test_the_age_of_what_waits_is_that_of_the_oldest(demo: Place) -> None:
    demo.sample(1, options=("--no-deliver",))
    with demo.opened() as gateway:
        told = figures(exposed(gateway.store, datetime.now(UTC) + timedelta(hours=1), [], list).decode())
    ages = {dict(labels)["connection"]: value for (name, labels), value in told.items() if "outbox_oldest" in name}
    assert ages
    assert all(3_600 <= age < 7_200 for age in ages.values())
    queued = {labels: value for (name, labels), value in told.items() if name == "gateway_outbox_items"}
    assert all(dict(labels)["state"] == "queued" for labels in queued)


def test_a_part_that_fails_is_named_and_nothing_else_is_lost(asked: Asked) -> None:
    asked.health.fails("delivery", "the partner is away")
    found = asked_for(asked)
    assert of(found, "gateway_ready") == 0
    assert of(found, "gateway_part_failing", part="delivery") == 1


@pytest.mark.both_stores
def test_webhooks_made_over_the_api_share_a_label_whatever_their_number(asked: Asked) -> None:
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    with asked.gateway.store.write() as db:
        for name in ("webhook:1", "webhook:2", "shop"):
            new = NewOutput(
                key=f"event/{name}", partner="", connection=name, type="order", extension="json", reference="1",
                content=b"{}", lane=f"{name}/out",
            )  # fmt: skip
            enqueue(db, new, now)
    counted_output("webhook:1", "order", "sent")
    found = asked_for(asked)
    assert of(found, "gateway_outbox_items", connection="webhooks of the API", state="queued") == 2
    assert of(found, "gateway_outbox_items", connection="shop", state="queued") == 1
    named = {dict(labels).get("connection", "") for _, labels in found}
    assert "webhooks of the API" in named
    assert not any(each.startswith("webhook:") for each in named)
