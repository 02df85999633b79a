"""An article as an account sees it, and how the account is served."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.commerce.product_view import Told, Viewer, product_view
from gateway.commerce.service import service
from gateway.model.account import Account, ServiceContact, ServiceLevel
from gateway.model.catalogue import Document, Relation, Tailoring, attribute, documents
from gateway.model.product import PartNumber, Product, Unit
from gateway.model.value import to_json

DAY = date(2026, 6, 15)
VIEWER = Viewer(("account:11", "account:1", "segment:gold", "all"), ("11", "1"), DAY, "de-AT")
PUMP = Product(
    sku="PUMP",
    name="Pump",
    description="A pump",
    base_unit="C62",
    units=(Unit(code="C62", gtin="40170725"), Unit(code="MTR", denominator=3)),
    manufacturer="Acme",
    manufacturer_part="P-1",
    price_group="secret",
    eclass="36-41-01-01",
    eclass_version="14.0",
    unspsc="40151500",
    successor="PUMP-2",
    names={"de": "Pumpe", "fr": "Pompe"},
    descriptions={"fr": "Une pompe"},
    attributes={"power": "1.5 kW", "colour": "grau"},
    documents="Data sheet https://example.com/p.PDF | https://example.com/cad?x=1",
)


def text(subject: str, field: str, value: str) -> Tailoring:
    return Tailoring(subject=subject, product="PUMP", field=field, value=value)


def test_texts_are_in_the_viewers_language_as_far_as_there_are_any():
    seen = product_view(PUMP, VIEWER, Told())
    assert (seen.name, seen.description, seen.note) == ("Pumpe", "A pump", None)
    french = product_view(PUMP, VIEWER._replace(language="fr"), Told())
    assert (french.name, french.description) == ("Pompe", "Une pompe")
    assert product_view(PUMP, VIEWER._replace(language=None), Told()).name == "Pump"


def test_a_text_of_his_own_stands_before_the_general_one_and_the_nearest_first():
    own = [text("segment:gold", "name:de", "Goldpumpe"), text("account:1", "name", "Head's pump"),
           text("account:2", "name", "Not his"), text("all", "note", "Ask for the kit")]  # fmt: skip
    seen = product_view(PUMP, VIEWER, Told(own))
    assert (seen.name, seen.note) == ("Head's pump", "Ask for the kit")
    nearer = product_view(PUMP, VIEWER, Told([*own, text("account:1", "name:de", "Pumpe der Zentrale")]))
    assert nearer.name == "Pumpe der Zentrale"


def test_attributes_are_numbers_with_units_where_they_state_one_and_may_be_his_own():
    own = [text("account:1", "attr:drawing", "D-7"), text("account:11", "attr:colour", "rot"),
           text("all", "attr:colour", "blau")]  # fmt: skip
    seen = product_view(PUMP, VIEWER, Told(own))
    assert [(each.name, each.text, each.number, each.unit) for each in seen.attributes] == [
        ("power", "1.5 kW", Decimal("1.5"), "kW"), ("colour", "rot", None, None), ("drawing", "D-7", None, None),
    ]  # fmt: skip


def test_numbers_of_the_article_name_their_packaging_and_the_viewers_own_the_nearest_account_first():
    numbers = [PartNumber(account="1", number="H-1", product="PUMP", pack=Decimal(2)),
               PartNumber(account="11", number="B-1", product="PUMP", unit="C62"),
               PartNumber(account="11", number="OLD", product="PUMP", valid_to=date(2026, 6, 14)),
               PartNumber(account="2", number="X-1", product="PUMP")]  # fmt: skip
    seen = product_view(PUMP, VIEWER, Told(numbers=numbers))
    assert [(each.scheme, each.value, each.unit, each.account) for each in seen.identifiers] == [
        ("sku", "PUMP", None, None), ("gtin", "40170725", "C62", None), ("manufacturer", "P-1", None, None),
        ("own", "B-1", "C62", "11"), ("own", "H-1", None, "1"),
    ]  # fmt: skip


def test_only_articles_he_may_buy_are_related_and_a_successor_once():
    relations = [Relation(product="PUMP", related="SEAL", kind="spare_part", quantity=Decimal(2), position="12"),
                 Relation(product="PUMP", related="HIDDEN", kind="accessory"),
                 Relation(product="PUMP", related="PUMP-2", kind="successor")]  # fmt: skip
    seen = product_view(PUMP, VIEWER, Told(relations=relations, permitted={"SEAL", "PUMP-2"}))
    assert [(each.kind, each.product, each.position) for each in seen.relations] == [
        ("spare_part", "SEAL", "12"), ("successor", "PUMP-2", None),
    ]  # fmt: skip
    assert [each.product for each in product_view(PUMP, VIEWER, Told(permitted={"PUMP-2"})).relations] == ["PUMP-2"]
    assert product_view(PUMP, VIEWER, Told()).relations == ()


def test_a_view_is_plain_json_and_tells_nothing_of_how_we_price():
    told = to_json(product_view(PUMP, VIEWER, Told()))
    assert b'"units":[{"code":"C62","numerator":1,"denominator":1,"gtin":"40170725"}' in told
    assert b'{"system":"eclass","code":"36-41-01-01","version":"14.0"}' in told
    assert b'{"url":"https://example.com/p.PDF","name":"Data sheet","type":"pdf"}' in told
    assert b"secret" not in told


@pytest.mark.parametrize(
    ("stated", "number", "unit"),
    [
        ("8 mm", "8", "mm"),
        ("-20 °C", "-20", "°C"),
        ("50%", "50", "%"),
        ("0.5 kg/m³", "0.5", "kg/m³"),
        ("12", "12", None),
    ],
)
def test_an_attribute_that_states_a_number_is_one(stated: str, number: str, unit: str | None):
    found = attribute(stated)
    assert (found.text, found.number, found.unit) == (stated, Decimal(number), unit)


@pytest.mark.parametrize(
    "stated", ["M8", "8x40", "4711A", "007", "8-10 mm", "12 V DC", "1,5 mm", "1e3", "", "1234567890123"]
)
def test_an_attribute_that_does_not_is_a_text(stated: str):
    found = attribute(stated)
    assert (found.text, found.number, found.unit) == (stated, None, None)


def test_documents_are_listed_with_name_and_kind():
    assert documents(None) == ()
    assert documents("https://example.com/a.step") == (Document(url="https://example.com/a.step", type="step"),)
    for wrong in ("javascript:alert(1)", "Sheet file:///etc/passwd", "Sheet", "https://"):
        with pytest.raises(ValueError, match="no address"):
            documents(wrong)


LEVELS = {"A": ServiceLevel(service_level="A", response_hours=2)}
CHAIN = [Account(account="11", name="Branch", parent="1"), Account(account="1", name="Head", service_level="A")]
TEAM = [ServiceContact(subject="all", name="Team"), ServiceContact(subject="account:1", name="Ute", precedence=1),
        ServiceContact(subject="account:1", name="Olaf"), ServiceContact(subject="account:2", name="Eva")]  # fmt: skip


def test_an_account_is_served_at_the_level_of_its_nearest_parent_by_those_of_its_nearest_subject():
    served = service(CHAIN, VIEWER.subjects, LEVELS, TEAM)
    assert served.level == LEVELS["A"]
    assert (served.contact, [each.name for each in served.deputies]) == (TEAM[2], ["Ute"])


def test_a_level_without_particulars_is_named_and_nobody_in_charge_is_nobody():
    served = service([Account(account="2", name="Other", service_level="B")], ("account:9",), LEVELS, TEAM)
    assert (served.level, served.contact, served.deputies) == (ServiceLevel(service_level="B"), None, ())
    assert service([Account(account="2", name="Other")], (), {}, ()).level is None
