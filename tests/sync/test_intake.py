"""Rows that channels deliver: what counts, what is kept, and what a person decides."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

from gateway.masterdata.exporting import export_rows
from gateway.masterdata.metrics import export_metrics
from gateway.membership import refresh_segments
from gateway.model.segment import Segment
from gateway.store.account_metrics import metrics
from gateway.store.engine import Store
from gateway.store.feed import FeedFilter, events_after
from gateway.store.segment_due import is_anything_due
from gateway.store.sync_conflicts import conflicts
from gateway.store.trade import Trade
from gateway.store.trade_changes import TradeChanges
from gateway.store.visible import Sight

from .conftest import BEGIN, Systems, channels, lines

pytestmark = pytest.mark.usefixtures("put")
NAME_DE = {"sku": "SCREW", "name:de": "Schraube"}


def products(store: Store) -> dict[str, str]:
    """The products as exported, by SKU."""
    return {line.split(",")[0]: line for line in lines(store, "products")}


def met(store: Store) -> list[tuple[str, str, str | None, str | None, str]]:
    """The conflicts: key, field, both values and what became of each."""
    with store.read() as db:
        return [(each.key, each.field, each.ours, each.theirs, each.state) for each in conflicts(db)]


def test_a_row_that_states_some_columns_leaves_the_others_as_they_are(store: Store) -> None:
    systems = Systems(store, channels(cms='flows = { content = "in" }'))
    before = products(store)["SCREW"]
    assert systems.tell("cms", "products", NAME_DE) == []
    exported = list(export_rows(store, "products", "json"))
    assert '"name:de": "Schraube"' in exported[1]
    assert '"attr:thread": "M8"' in exported[1]
    assert before.split(",")[:2] == products(store)["SCREW"].split(",")[:2]


def test_the_same_rows_again_change_nothing(store: Store) -> None:
    systems = Systems(store, channels(erp='flows = { stock = "in" }'))
    systems.tell("erp", "stock", {"sku": "NUT", "quantity": "5"})
    with store.read() as db:
        before = events_after(db, 0, Sight(None), FeedFilter(), 100)
    systems.tell("erp", "stock", {"sku": "NUT", "quantity": "5.0"})
    with store.read() as db:
        assert events_after(db, 0, Sight(None), FeedFilter(), 100) == before
    assert before.events[-1].origin == "erp"
    assert '"kind":"stock"' in before.events[-1].data


def test_a_bad_row_is_told_and_the_others_are_taken(store: Store) -> None:
    systems = Systems(store, channels(erp='flows = { stock = "in" }'))
    issues = systems.tell(
        "erp", "stock", {"sku": "GHOST", "quantity": "1"}, {"sku": "NUT", "quantity": "ten"},
        {"sku": "SCREW", "quantity": "7"}, {"quantity": "7"},
    )  # fmt: skip
    assert [(issue.line, issue.code) for issue in issues] == [
        (1, "import.product.unknown"), (2, "import.value.invalid"), (4, "import.value.missing"),
    ]  # fmt: skip
    assert lines(store, "stock") == ["SCREW,7,"]


def test_what_another_one_owns_is_kept_and_shown(store: Store) -> None:
    made = channels(
        cms='flows = { products = "in" }\nowner = { "products.name" = "gateway", "products.brand" = "pim" }',
        pim='flows = { products = "in" }',
    )
    systems = Systems(store, made)
    systems.tell("cms", "products", {"sku": "SCREW", "name": "Bolt", "keywords": "bolt"})
    assert products(store)["SCREW"].startswith("SCREW,Screw,")
    assert met(store) == [("SCREW", "name", "Screw", "Bolt", "ours")]
    systems.tell("pim", "products", {"sku": "SCREW", "brand": "Acme"})
    systems.tell("cms", "products", {"sku": "SCREW", "brand": "Other"})
    assert met(store)[1:] == [("SCREW", "brand", "Acme", "Other", "ours")]


def test_rows_are_added_and_taken_away_by_their_owner_only(store: Store) -> None:
    made = channels(cms='flows = { products = "in" }\nowner = { products = "erp" }', erp='flows = { products = "in" }')
    systems = Systems(store, made)
    new = {"sku": "NEW", "name": "New", "base_unit": "C62"}
    assert [issue.code for issue in systems.tell("cms", "products", new)] == ["sync.row.owned"]
    assert systems.tell("erp", "products", new) == []
    assert "NEW" in products(store)


def test_prices_that_another_one_owns_are_not_taken_at_all(store: Store) -> None:
    made = channels(shop='flows = { prices = "in" }\nowner = { price = "gateway" }')
    price = {"subject": "all", "object": "product:NUT", "type": "PRICE", "amount": "1", "currency": "EUR"}
    issues = Systems(store, made).tell("shop", "prices", price)
    assert [issue.code for issue in issues] == ["sync.row.owned"]
    assert lines(store, "prices") == []


def test_stock_counted_in_a_unit_of_its_own_is_what_it_is_in_the_base_unit(store: Store) -> None:
    systems = Systems(store, channels(erp='flows = { stock = "in" }'))
    boxes = {"sku": "SCREW", "quantity": "5", "unit": "BX"}
    issues = systems.tell(
        "erp", "stock", boxes, {"sku": "NUT", "quantity": "1", "unit": "BX"}, {"sku": "NUT", "unit": ""}
    )
    assert [(issue.line, issue.code) for issue in issues] == [(2, "import.unit.unknown"), (3, "import.value.missing")]
    assert lines(store, "stock") == ["SCREW,1000,"]
    assert [issue.code for issue in systems.tell("erp", "stock", {"sku": "SCREW", "unit": "BX"})] == [
        "import.value.missing"
    ]


def test_a_unit_makes_nobody_the_owner(store: Store) -> None:
    made = channels(erp='flows = { stock = "in" }', shop='flows = { stock = "in" }\nowner = { stock = "erp" }')
    systems = Systems(store, made)
    systems.tell("erp", "stock", {"sku": "SCREW", "quantity": "7"})
    systems.tell("shop", "stock", {"sku": "SCREW", "quantity": "5", "unit": "BX"})
    assert lines(store, "stock") == ["SCREW,7,"]
    assert met(store) == [("SCREW|", "quantity", "7", "1000", "ours")]


def test_a_row_that_states_some_values_as_empty_is_taken_though_it_was_not_there_before(store: Store) -> None:
    systems = Systems(store, channels(erp='flows = { products = "in", prices = "in", usage = "in" }'))
    row = {"sku": "NEW", "name": "New", "base_unit": "C62", "brand": "", "min_quantity": "", "unit:BX": ""}
    assert systems.tell("erp", "products", row) == []
    price = {
        "key": "K",
        "subject": "all",
        "object": "all",
        "type": "DISC_PCT",
        "amount": "-2",
        "floor": "",
        "action": "",
    }
    assert systems.tell("erp", "prices", price) == []
    used = {"account": "1", "kind": "view", "at": BEGIN.isoformat(), "user": "", "id": ""}
    assert systems.tell("erp", "usage", used) == []
    assert lines(store, "prices")[0].startswith("K,")
    assert [each for each in lines(store, "products") if each.startswith("NEW")]


def test_an_empty_key_of_a_system_is_no_key(store: Store) -> None:
    systems = Systems(store, channels(erp='flows = { products = "in" }'))
    assert systems.tell("erp", "products", {"sku": "NUT", "external": "", "brand": "A"}) == []
    issues = systems.tell("erp", "products", {"sku": "", "external": "", "brand": "B"})
    assert [issue.code for issue in issues] == ["import.value.missing"]
    assert '"brand": "B"' not in "".join(export_rows(store, "products", "json"))


TWO = {"cms": 'flows = { products = "in" }', "pim": 'flows = { products = "in" }'}


@pytest.mark.parametrize(
    ("rule", "name", "state"), [("hold", "A", "open"), ("newest", "B", "theirs"), ("owner", "A", "ours")]
)
def test_where_both_sides_changed_a_value_the_rule_decides(store: Store, rule: str, name: str, state: str) -> None:
    made = channels(**{name: f'{text}\nconflict = "{rule}"' for name, text in TWO.items()})
    systems = Systems(store, made)
    for system in TWO:
        systems.tell(system, "products", {"sku": "NUT", "name": "Nut"})
    systems.tell("cms", "products", {"sku": "NUT", "name": "A"})
    issues = systems.tell("pim", "products", {"sku": "NUT", "name": "B"})
    assert met(store) == [("NUT", "name", "A", "B", state)]
    assert products(store)["NUT"].startswith(f"NUT,{name},")
    assert [issue.code for issue in issues] == (["sync.conflict.open"] if rule == "hold" else [])


def test_a_value_that_was_told_before_is_no_change(store: Store) -> None:
    systems = Systems(store, channels(**TWO))
    for system in TWO:
        systems.tell(system, "products", {"sku": "NUT", "name": "Nut"})
    systems.tell("cms", "products", {"sku": "NUT", "name": "A"})
    assert systems.tell("pim", "products", {"sku": "NUT", "name": "Nut"}) == []
    assert products(store)["NUT"].startswith("NUT,A,")
    assert met(store) == []


def test_what_is_older_than_what_another_one_told_is_not_the_newest(store: Store) -> None:
    made = channels(**{name: f'{text}\nconflict = "newest"' for name, text in TWO.items()})
    systems = Systems(store, made)
    for system in TWO:
        systems.tell(system, "products", {"sku": "NUT", "name": "Nut"})
    systems.tell("cms", "products", {"sku": "NUT", "name": "A"})
    systems.tell("pim", "products", {"sku": "NUT", "name": "B"}, late=60)
    assert products(store)["NUT"].startswith("NUT,A,")


def test_a_system_names_things_by_its_own_keys_once_it_has_told_ours(store: Store) -> None:
    systems = Systems(store, channels(crm='flows = { accounts = "in", parties = "in" }'))
    unknown = systems.tell("crm", "accounts", {"external": "C-1", "industry": "retail"})
    assert [(issue.code, issue.line) for issue in unknown] == [("sync.key.unknown", 1)]
    assert systems.tell("crm", "accounts", {"external": "C-1", "account": "11", "industry": "retail"}) == []
    assert systems.tell("crm", "accounts", {"external": "C-1", "employees": "12"}) == []
    party = {"external:account": "C-1", "role": "DP", "scheme": "theirs", "id": "D1"}
    assert systems.tell("crm", "parties", party) == []
    assert lines(store, "parties") == ["11,DP,D1,theirs,,,,,,,"]
    assert '"employees": "12"' in list(export_rows(store, "accounts", "json"))[1]
    assert '"industry": "retail"' in list(export_rows(store, "accounts", "json"))[1]


def test_usage_is_counted_once_however_often_it_is_told(store: Store) -> None:
    systems = Systems(store, channels(app='flows = { usage = "in" }'))
    seen = {"account": "11", "kind": "view", "at": "2026-06-15T07:00:00+00:00", "id": "v1"}
    assert systems.tell("app", "usage", seen) == []
    assert systems.tell("app", "usage", seen) == []
    wrong = systems.tell("app", "usage", {**seen, "account": "99"}, {**seen, "kind": "nap"}, {**seen, "at": "noon"})
    assert [(issue.line, issue.path) for issue in wrong] == [(1, "account"), (2, "kind"), (3, "at")]


def test_usage_of_no_time_that_can_have_been_is_refused_and_the_rest_is_counted(store: Store) -> None:
    systems = Systems(store, channels(app='flows = { usage = "in" }'))
    seen = {"account": "11", "kind": "view", "at": "2026-06-15T07:00:00+00:00"}
    instants = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1970-01-01T00:00:00Z", "2026-06-15T07:00:00")
    wrong = systems.tell("app", "usage", *({**seen, "at": at} for at in instants), seen)
    assert [(issue.line, issue.path) for issue in wrong] == [(line, "at") for line in (1, 2, 3, 4)]
    refresh_segments(store, BEGIN.date())
    counted = {row["account"]: row["views_12m"] for row in csv.DictReader(export_metrics(store, "csv"))}
    assert counted["11"] == "1"


@pytest.mark.both_stores
def test_metrics_of_a_crm_stand_beside_those_counted_and_rules_of_segments_compare_them(store: Store) -> None:
    with store.write() as db:
        TradeChanges(db).put(Segment, [Segment(segment="hot", rule="score >= 80 and margin_percent < 0")])
    told = Systems(store, channels(crm='flows = { metrics = "in" }'))
    seen = {"account": "11", "kind": "view", "at": "2026-06-15T07:00:00+00:00", "id": "v1"}
    app = Systems(store, channels(app='flows = { usage = "in" }'))
    assert app.tell("app", "usage", seen) == []
    score = {"account": "11", "metric": "score", "value": "80.5"}
    assert told.tell("crm", "metrics", score, {**score, "metric": "margin_percent", "value": "-3"}) == []
    refresh_segments(store, BEGIN.date())
    refresh_segments(store, BEGIN.date(), None)
    [exported] = [row for row in csv.DictReader(export_metrics(store, "csv")) if row["account"] == "11"]
    shown = {name: exported[name] for name in ("score", "margin_percent", "potential", "views_12m")}
    assert shown == {"score": "80.5", "margin_percent": "-3", "potential": "0", "views_12m": "1"}
    with store.read() as db:
        assert Trade(db).segments_of("11", BEGIN.date()) == ("hot",)
    assert told.tell("crm", "metrics", score) == []
    with store.read() as db:
        assert not is_anything_due(db, BEGIN.date())
    assert told.tell("crm", "metrics", {**score, "value": "20"}) == []
    assert refresh_segments(store, BEGIN.date()).accounts == 1
    with store.read() as db:
        assert Trade(db).segments_of("11", BEGIN.date()) == ()


def test_metrics_of_nobody_of_no_name_of_no_number_or_of_another_owner_are_refused_alone(store: Store) -> None:
    owned = 'flows = { metrics = "in" }\nowner = { "metrics.potential" = "gateway" }'
    crm = Systems(store, channels(crm=owned))
    good = {"account": "11", "metric": "score", "value": "7"}
    wrong = [
        {**good, "account": "99"}, {**good, "metric": "revenue_12m"}, {**good, "value": "much"},
        {**good, "value": "1000000000000"}, {**good, "metric": "potential"}, {"account": "11", "metric": "score"},
    ]  # fmt: skip
    issues = crm.tell("crm", "metrics", *wrong, good)
    assert [(issue.line, issue.path) for issue in issues] == [
        (1, "account"), (2, "metric"), (3, "value"), (4, "value"), (5, None), (6, "value"),
    ]  # fmt: skip
    assert issues[4].code == "sync.row.owned"
    with store.read() as db:
        assert metrics(db, ["11"]) == {"11": {"score": Decimal(7)}}


@pytest.mark.parametrize("kind", ["usage", "metrics"])
def test_what_is_told_of_an_account_by_a_key_that_nobody_knows_is_refused_as_such(store: Store, kind: str) -> None:
    crm = Systems(store, channels(crm=f'flows = {{ {kind} = "in" }}'))
    [issue] = crm.tell("crm", kind, {"external": "C-7", "metric": "score", "value": "7"})
    assert (issue.code, issue.path) == ("sync.key.unknown", "external")


def test_an_account_of_our_own_comes_before_those_below_it(store: Store) -> None:
    systems = Systems(store, channels(crm='flows = { accounts = "in" }'))
    assert (
        systems.tell("crm", "accounts", {"account": "21", "name": "B", "parent": "2"}, {"account": "2", "name": "A"})
        == []
    )
    assert [line.split(",")[0] for line in lines(store, "accounts")] == ["1", "11", "2", "21"]
