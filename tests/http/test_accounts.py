"""Accounts, and lists that go on: what a key sees, part by part."""

from __future__ import annotations

import pytest

from tests.http.conftest import Asked
from tests.http.test_requests import problem

pytestmark = pytest.mark.both_stores
ALL = ["10001", "10002", "10003", "10011", "10012", "10013"]


def numbers(asked: Asked, scope: str, limit: int = 100) -> list[str]:
    """The accounts a key sees, read part by part."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        told = asked.get("/accounts", scope, limit=limit, **cursor).json()
        assert len(told["accounts"]) <= limit
        found += [each["account"] for each in told["accounts"]]
        if told["next"] is None:
            return found
        cursor = {"cursor": told["next"]}


def test_an_accounts_key_sees_it_and_what_stands_below_it(asked: Asked) -> None:
    assert numbers(asked, "role:viewer") == ALL
    assert numbers(asked, "account:10001") == ["10001", "10011", "10012", "10013"]
    assert numbers(asked, "account:10012") == ["10012"]


SERVED = {
    "contacts": "account,name,role,email\n10012,Ms Ahlers,purchasing,ahlers@acme.example\n10001,Mr Boss,,\n",
    "service-levels": "service_level,name,channels,response_hours\ngold,Gold,phone mail,4\n",
    "accounts": "account,name,parent,service_level\n10001,ACME Retail GmbH,,gold\n",
    "service-contacts": "subject,name,email,precedence\n"
    "account:10012,Mr Deputy,deputy@us.example,2\naccount:10012,Ms First,first@us.example,1\n",
}


def test_an_account_is_told_with_its_people_its_service_level_and_who_serves_it(asked: Asked) -> None:
    for kind, text in SERVED.items():
        file = asked.place.root / f"{kind}.csv"
        file.write_text(text)
        ran = asked.place.run("import", kind, file)
        assert ran.status == 0, ran.out
    for scope in ("account:10012", "account:10001", "role:viewer"):
        told = asked.get("/accounts/10012", scope).json()
        assert [(each["name"], each["role"]) for each in told["contacts"]] == [("Ms Ahlers", "purchasing")]
        assert (told["service"]["level"]["name"], told["service"]["level"]["response_hours"]) == ("Gold", 4)
        assert told["service"]["contact"]["name"] == "Ms First"
        assert [each["name"] for each in told["service"]["deputies"]] == ["Mr Deputy"]
    hidden = asked.get("/accounts/10012", "account:10011")
    problem(hidden, 404, "account-unknown")
    assert "Ahlers" not in hidden.text


def test_a_key_of_a_buying_group_does_not_see_its_members(asked: Asked) -> None:
    file = asked.place.root / "group.csv"
    rows = (
        "G,The group,,\nM,A member,G,buying_group\nB,A branch of the member,M,legal\nO,An office of the group,G,legal\n"
    )
    file.write_text("account,name,parent,parent_kind\n" + rows)
    assert asked.place.run("import", "accounts", file).status == 0
    assert numbers(asked, "account:G") == ["G", "O"]
    assert numbers(asked, "account:M") == ["B", "M"]
    for hidden in ("M", "B"):
        problem(asked.get(f"/accounts/{hidden}", "account:G"), 404, "account-unknown")
    assert asked.get("/accounts/O", "account:G").status_code == 200


@pytest.mark.parametrize("limit", [1, 2, 5, 6, 7])
def test_a_list_read_part_by_part_is_the_whole_list(asked: Asked, limit: int) -> None:
    assert numbers(asked, "role:viewer", limit) == ALL


def test_an_account_comes_with_its_parties_and_segments(asked: Asked) -> None:
    told = asked.get("/accounts/10012").json()
    assert (told["account"]["name"], told["account"]["currency"]) == ("ACME Bremen", "EUR")
    assert {each["role"] for each in told["parties"]} <= {"BY", "DP", "IV", "PR", "UC"}
    assert told["segments"] == []


def test_an_account_of_someone_else_is_not_told_from_one_that_never_was(asked: Asked) -> None:
    foreign = problem(asked.get("/accounts/10002", "account:10001"), 404, "account-unknown")
    unknown = problem(asked.get("/accounts/99999", "account:10001"), 404, "account-unknown")
    assert str(foreign).replace("10002", "99999") == str(unknown)


def test_a_list_goes_on_where_it_was_though_rows_come_before_and_behind(asked: Asked) -> None:
    first = asked.get("/accounts", limit=3).json()
    file = asked.place.root / "more.csv"
    file.write_text("account,name\n00001,Before\n10004,Behind\n")
    assert asked.place.run("import", "accounts", file).status == 0
    following = asked.get("/accounts", cursor=first["next"]).json()
    assert [each["account"] for each in following["accounts"]] == ["10004", "10011", "10012", "10013"]


@pytest.mark.parametrize("cursor", ["x", "", "AAAA", "äöü", "MTAwMDE", "=" * 10])
@pytest.mark.one_store
def test_a_made_up_cursor_is_refused(asked: Asked, cursor: str) -> None:
    problem(asked.get("/accounts", cursor=cursor), 422, "cursor-invalid")


def test_a_cursor_is_for_its_list_and_filters_alone(asked: Asked) -> None:
    cursor = asked.get("/accounts", limit=1).json()["next"]
    problem(asked.get("/orders", cursor=cursor), 422, "cursor-invalid")
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    problem(asked.get("/accounts", cursor=changed), 422, "cursor-invalid")


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "many"])
@pytest.mark.one_store
def test_a_part_has_between_1_and_1000_rows(asked: Asked, limit: str) -> None:
    problem(asked.get("/accounts", limit=limit), 422, "request-invalid")


def test_terms_are_told_with_where_they_come_from(asked: Asked) -> None:
    file = asked.place.root / "terms.csv"
    file.write_text("subject,field,value\nall,payment_days,30\naccount:10001,payment_days,14\n")
    ran = asked.place.run("import", "terms", file)
    assert ran.status == 0, ran.out + ran.err
    told = asked.get("/terms/10012", "account:10012").json()
    assert told["terms"]["payment_days"] == {
        "value": "14", "subject": "account:10001", "contract": None, "valid_from": None
    }  # fmt: skip
    assert [(each["subject"], each["because"]) for each in told["lost"]] == [("all", "account:10001 beats all")]
    problem(asked.get("/terms/10011", "account:10012"), 404, "account-unknown")
    problem(asked.get("/terms/10012", on="2026-02-30"), 422, "request-invalid")
