"""Products and assortments: what the account may buy, told its way; and usage that shops report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.search.keeping import keep
from tests.http.conftest import Asked
from tests.http.test_requests import problem

pytestmark = pytest.mark.both_stores
ASSORTMENT = """assortment,mode,product,category,brand,subject,effect
few,include,A-1001,,,,
few,include,A-1006,,,,
few,include,,,,account:10012,allow
"""


def skus(asked: Asked, account: str, scope: str = "role:viewer", **params: object) -> list[str]:
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        told = asked.get(f"/assortments/{account}", scope, **params, **more).json()
        found += told["products"]
        if told["next"] is None:
            return found
        more = {"cursor": told["next"]}


def limit_to_few(asked: Asked) -> None:
    file = asked.place.root / "assortments.csv"
    file.write_text(ASSORTMENT)
    ran = asked.place.run("import", "assortments", file)
    assert ran.status == 0, ran.out + ran.err


@pytest.mark.parametrize("limit", [1, 3, 1_000])
def test_an_account_sees_what_it_may_buy_and_nothing_else(asked: Asked, limit: int) -> None:
    everything = skus(asked, "10012", limit=limit)
    assert everything == sorted(everything)
    assert len(everything) > 5
    limit_to_few(asked)
    assert skus(asked, "10012", limit=limit) == ["A-1001", "A-1006"]
    assert skus(asked, "10011", limit=limit) == everything
    listed = asked.get("/products", account="10012").json()["products"]
    assert [each["sku"] for each in listed] == ["A-1001", "A-1006"]
    problem(asked.get("/products/A-1002", account="10012"), 404, "product-unknown")
    [priced] = asked.post(
        "/prices:resolve", {"account": "10012", "lines": [{"product": "A-1002", "quantity": 1}]}
    ).json()["lines"]
    assert priced["net"] is None


def test_an_article_is_told_with_the_accounts_own_numbers(asked: Asked) -> None:
    told = asked.get("/products/A-1001", "account:10012").json()
    assert told["sku"] == "A-1001"
    assert {"scheme": "sku", "value": "A-1001"} in told["identifiers"]
    own = [each["account"] for each in told["identifiers"] if each["scheme"] == "own"]
    assert set(own) <= {"10001", "10012"}


def test_an_article_that_never_was_is_not_told_from_one_that_may_not_be_bought(asked: Asked) -> None:
    limit_to_few(asked)
    hidden = problem(asked.get("/products/A-1002", "account:10012"), 404, "product-unknown")
    unknown = problem(asked.get("/products/A/none", "account:10012"), 404, "product-unknown")
    assert str(hidden).replace("A-1002", "A/none") == str(unknown)


def test_an_assortment_of_another_account_is_not_there(asked: Asked) -> None:
    problem(asked.get("/assortments/10011", "account:10012"), 404, "account-unknown")
    problem(asked.get("/products", "account:10012", account="10011"), 404, "account-unknown")
    problem(asked.get("/products"), 422, "request-invalid")


def ago(**since: float) -> str:
    return (datetime.now(UTC) - timedelta(**since)).isoformat()


def event(**more: object) -> dict[str, object]:
    stated = {"account": "10012", "channel": "shop", "kind": "search", "at": ago(), "ref": "bolt"}
    return stated | more


def test_usage_is_noted_once(asked: Asked) -> None:
    events = [event(id="1"), event(id="2", kind="view"), event(id="1")]
    first = asked.post("/usage", {"events": events}, "account:10012")
    assert (first.status_code, first.json()) == (201, {"added": 2, "known": 1})
    again = asked.post("/usage", {"events": events}, "account:10012")
    assert again.json() == {"added": 0, "known": 3}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "stare"}, "/events/0/kind"),
        ({"at": ago(days=1).removesuffix("+00:00")}, "/events/0/at"),
        ({"at": ago(days=-1)}, "/events/0/at"),
        ({"at": ago(days=-36_500)}, "/events/0/at"),
        ({"at": ago(days=3660)}, "/events/0/at"),
        ({"at": "1970-01-01T00:00:00Z"}, "/events/0/at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "/events/0/at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "/events/0/at"),
        ({"at": "yesterday"}, "/events/0/at"),
        ({"id": ""}, "/events/0"),
    ],
)
@pytest.mark.one_store
def test_usage_that_cannot_be_is_refused(asked: Asked, change: dict[str, object], pointer: str) -> None:
    told = problem(asked.post("/usage", {"events": [event(**change)]}), 422, "request-invalid")
    assert told["errors"][0]["pointer"] == pointer


def test_usage_of_long_ago_and_of_a_clock_that_is_a_little_fast_is_noted(asked: Asked) -> None:
    events = [event(id="1", at=ago(days=3640)), event(id="2", at=ago(minutes=-4))]
    assert asked.post("/usage", {"events": events}).json() == {"added": 2, "known": 0}


def test_usage_of_another_account_is_refused_with_all_that_came_with_it(asked: Asked) -> None:
    events = [event(id="1"), event(id="2", account="10011")]
    problem(asked.post("/usage", {"events": events}, "account:10012"), 404, "account-unknown")
    assert asked.post("/usage", {"events": events[:1]}, "account:10012").json() == {"added": 1, "known": 0}


def test_an_article_is_found_by_number_and_words_within_the_accounts_assortment(asked: Asked) -> None:
    keep(asked.gateway.store, asked.api.index)
    by_number = asked.get("/search", account="10012", q="a 1001").json()
    assert (by_number["how"], by_number["number"], by_number["next"]) == ("number", "sku", None)
    assert by_number["products"] == [asked.get("/products/A-1001", account="10012").json()]

    limit_to_few(asked)
    first = asked.get("/search", account="10012", q="a", limit=1).json()
    assert all(each["sku"] in ("A-1001", "A-1006") for each in first["products"])
    assert asked.get("/search", account="10012", q="A-1002").json()["products"] == []


def test_a_search_for_nothing_or_from_nowhere_is_refused(asked: Asked) -> None:
    problem(asked.get("/search", account="10012"), 422, "request-invalid")
    problem(asked.get("/search", account="10012", q=""), 422, "request-invalid")
    problem(asked.get("/search", account="10012", q="a", cursor="sideways"), 422, "request-invalid")
    problem(asked.get("/search", account="99", q="a"), 404, "account-unknown")
