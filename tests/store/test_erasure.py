"""A person taken out: named nowhere but in the vouchers, and the chain still verifies."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import Connection, inspect, text

from gateway.store.audit import seal
from gateway.store.engine import Store
from gateway.store.erasure import MASK, Person, find
from gateway.store.verify import verify
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

NAME, EMAIL = "Erika Mustermann", "erika.mustermann@acme.example"
VOUCHERS = {"transmission_chunk", "archive"}
CONTACTS = f"""account,name,role,email,phone
10001,{NAME},buyer,{EMAIL},+49 40 1
10001,Max Weber,buyer,max@acme.example,+49 40 2
"""


def naming(store: Store) -> set[str]:
    """The tables in which a text names the person, in whatever case."""
    found = set()
    with store.read() as db:
        for name in inspect(db).get_table_names():
            for row in db.execute(text(f'SELECT * FROM "{name}"')):  # noqa: S608
                told = " ".join(each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in row)
                if re.search(r"erika.mustermann\b", told, re.IGNORECASE):
                    found.add(name)
    return found


@pytest.fixture
def known(demo: Place) -> Place:
    """A workspace in which the person is a contact, was one with another number, ordered, and is named in notes."""
    for number, wrote in enumerate((CONTACTS, CONTACTS.replace("+49 40 1", "+49 40 9"))):
        file = demo.root / f"contacts-{number}.csv"
        file.write_text(wrote, "utf-8")
        assert demo.run("import", "contacts", file).status == 0
    demo.sample(1)
    with demo.opened() as gateway, gateway.store.write() as db:
        _name_in_documents(db)
    return demo


def _name_in_documents(db: Connection) -> None:
    for of in ("message", "trade_order"):
        for key, document in db.execute(text(f"SELECT id, document FROM {of} WHERE document IS NOT NULL")).all():  # noqa: S608
            value = json.loads(document)
            value["buyer"] |= {"contact": NAME, "email": EMAIL.upper(), "phone": "+49 40 1"}
            value["note"] = f"call {NAME.upper()}, not Mustermannsen"
            db.execute(
                text(f"UPDATE {of} SET document = :document WHERE id = :key"),  # noqa: S608
                {"document": json.dumps(value), "key": key},
            )
            if of == "message":
                seal(db, "canonical", (key, json.dumps(value)), "2026-11-24T08:00:00.000000+00:00")


def test_a_person_is_found_where_she_stands_and_only_listed(known: Place) -> None:
    ran = known.run("erase", "10001", "--name", NAME, "--dry-run", "--json")
    assert {line["place"] for line in ran.lines} == {"contact", "contact_history", "message", "trade_order"}
    with known.opened() as gateway:
        assert naming(gateway.store) >= {"contact", "contact_history", "message", "trade_order"}


@pytest.mark.parametrize("by", [("--name", NAME.lower()), ("--email", EMAIL), ("--name", NAME, "--email", EMAIL)])
def test_an_erased_person_is_named_nowhere_but_in_the_vouchers(known: Place, by: tuple[str, ...]) -> None:
    ran = known.run("erase", "10001", *by, "--json")
    assert ran.status == 0, ran.err
    assert ran.lines
    with known.opened() as gateway:
        # Who is looked for by one of the two stays under the other one.
        assert naming(gateway.store) <= VOUCHERS | (set() if len(by) == 4 else {"message", "trade_order"})
        assert verify(gateway.store).findings == ()
        if "--name" in by:
            assert notes(gateway.store) == {"call (erased), not Mustermannsen"}
        with gateway.store.read() as db:
            assert find(db, Person("10001", NAME if "--name" in by else None, EMAIL)) == []
    contacts = known.run("export", "contacts").out
    assert ("Max Weber" in contacts, "Mustermann" in contacts) == (True, False)
    assert known.sample(2)[0]["state"] == "processed"


def notes(store: Store) -> set[str]:
    """The notes of the orders; the person's own fields are masked all together."""
    with store.read() as db:
        documents = [json.loads(each) for each in db.execute(text("SELECT document FROM trade_order")).scalars()]
    assert {each["buyer"][name] for each in documents for name in ("contact", "email", "phone")} == {MASK}
    return {each["note"] for each in documents}


def test_a_person_of_another_account_is_not_touched(known: Place) -> None:
    ran = known.run("erase", "10002", "--name", NAME, "--json")
    assert (ran.status, ran.lines) == (0, [])
    assert known.run("erase", "10001").status == 2
    assert known.run("erase", "nobody", "--name", NAME).status == 2
