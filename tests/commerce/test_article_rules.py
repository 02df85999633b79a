"""Rules about articles: what they compare, and what is no rule."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.commerce.article_rules import compiled, parse, scope_of
from gateway.commerce.assortment import assigned, entitlement, permits
from gateway.commerce.rule_grammar import RuleError, text_of
from gateway.errors import PermanentError
from gateway.model.assortment import AssortmentEntry
from gateway.model.product import Product

BOLT = Product(
    sku="BOLT", name="Bolt", base_unit="PCE", category="fasteners/bolts", brand="Acme", lead_time_days=3,
    weight_kg=Decimal("0.0125"), unspsc="31161500",
    attributes={"diameter_mm": "8", "length": "40.10 mm", "steel": "A2", "Größe, außen": "M8", "code": "08"},
)  # fmt: skip
GLUE = Product(sku="GLUE", name="Glue", base_unit="PCE", attributes={"flash point": "21 °C", "volume": "0.75 l"})
GOODS = (BOLT, GLUE)


@pytest.mark.parametrize(
    ("rule", "held"),
    [
        ('category = "fasteners" and attr.diameter_mm >= 8', "BOLT"),
        ('category = "fasteners/bolts"', "BOLT"),
        ('category = "fast"', ""),
        ('category != "fasteners"', ""),
        ('not category = "fasteners"', "GLUE"),
        ('category in ("glue", "fasteners")', "BOLT"),
        ("attr.diameter_mm > 8", ""),
        ("attr.diameter_mm < 8.000001", "BOLT"),
        ("attr.length = 40.1", "BOLT"),
        ('attr.length = "40.1 mm"', "BOLT"),
        ('attr.length >= "4 cm"', ""),
        ('attr."flash point" <= "23 °C"', "GLUE"),
        ('attr."flash point" != "21 °C"', ""),
        ('attr."Größe, außen" = "M8" or attr.volume in ("0.750 l", "1 l")', "BOLT GLUE"),
        ('attr.steel in ("A2", "A4")', "BOLT"),
        ("attr.steel >= 2", ""),
        ("attr.code = 8", ""),
        ('attr.code = "08"', "BOLT"),
        ("attr.unheard > 0 or not attr.unheard > 0", "BOLT GLUE"),
        ("lead_time_days >= 3 and weight_kg < 0.013", "BOLT"),
        ('unspsc = "31161500" and brand in ("Acme")', "BOLT"),
    ],
)
def test_a_rule_holds_for_the_articles_whose_columns_and_attributes_compare_so(rule: str, held: str) -> None:
    assert " ".join(product.sku for product in GOODS if compiled(rule).holds(product)) == held
    assert text_of(parse(text_of(parse(rule)))) == text_of(parse(rule))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("colour = 1", "column 1: there is no field colour: name a column of products, or attr.NAME"),
        ('catgory = "x"', "column 1: there is no field catgory: do you mean category?"),
        ("attr.length >= A2", "column 16: attr.length is an attribute: write a number like 8"),
        ('attr.steel > "A2"', 'column 14: "A2" is a text: it is compared by =, !=, in, not by >'),
        ("attr. = 1", "column 5: '.' has no meaning here"),
        ('attr."" = 1', "column 5: '.' has no meaning here"),
        ("attr.length >= 1e3", "column 17: expected `and`, `or` or the end"),
        ("brand", "column 6: expected an operator"),
        ("x" * 2_001, "a rule has at most 2000 characters: make two members of it"),
    ],
)
def test_what_is_no_rule_is_told_with_its_column(rule: str, said: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse(rule)
    assert said in str(raised.value)


def test_a_rule_is_known_by_what_it_says_and_not_by_how_it_is_written() -> None:
    assert scope_of('brand="Acme"  AND attr.a>=8') == scope_of("(brand = 'Acme' and attr.a >= 8.0)")
    assert scope_of('brand = "Acme"') != scope_of('brand = "acme"')


def test_a_stored_rule_that_is_none_is_for_a_person_to_correct() -> None:
    with pytest.raises(PermanentError, match="Import it again, corrected"):
        compiled("colour = 1")


@pytest.mark.parametrize(
    ("rule", "within"),
    [
        ('category = "fasteners" and attr.diameter_mm >= 8', {"category:fasteners"}),
        ('category in ("a", "b") and sku = "X"', {"product:X"}),
        ('brand = "Acme" or sku in ("X", "Y")', {"brand:Acme", "product:X", "product:Y"}),
        ('brand = "Acme" or attr.a = 1', None),
        ('not brand = "Acme"', None),
        ('brand != "Acme"', None),
    ],
)
def test_a_rule_says_within_what_it_holds_where_it_names_that(rule: str, within: set[str] | None) -> None:
    assert compiled(rule).within == within


def rule(assortment: str, text: str, mode: str = "include") -> AssortmentEntry:
    return AssortmentEntry(assortment=assortment, scope=scope_of(text), rule=text, mode=mode)


def sold(assignments: list[tuple[str, str]], *members: AssortmentEntry) -> set[str]:
    modes = {each.assortment: each.mode for each in members}
    assigned = [
        AssortmentEntry(assortment=name, scope="account:1", effect=effect, mode=modes[name])
        for name, effect in assignments
    ]
    return set(permits(GOODS, assigned, members))


def test_a_rule_is_a_member_beside_those_that_are_named_and_denied_beats_allowed() -> None:
    small, named = rule("A", "attr.diameter_mm <= 8"), AssortmentEntry(assortment="A", scope="product:GLUE")
    assert sold([("A", "allow")], small) == {"BOLT"}
    assert sold([("A", "allow")], small, named) == {"BOLT", "GLUE"}
    assert sold([("A", "allow"), ("D", "deny")], small, named, rule("D", 'attr."flash point" < 23')) == {"BOLT"}
    assert sold([("X", "allow")], rule("X", "attr.diameter_mm <= 8", mode="exclude")) == {"GLUE"}


def test_what_is_sold_is_looked_for_where_rules_and_names_say_that_it_is() -> None:
    allowed = assigned([AssortmentEntry(assortment="A", scope="all", effect="allow")])
    named = AssortmentEntry(assortment="A", scope="product:GLUE")
    inside = rule("A", 'category = "fasteners" and attr.diameter_mm > 7')
    assert entitlement(allowed, [named, inside]).named == {"product:GLUE", "category:fasteners"}
    assert entitlement(allowed, [named, rule("A", "attr.diameter_mm > 7")]).named is None
