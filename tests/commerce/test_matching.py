"""Matching: the article and unit a line means."""

from __future__ import annotations

from datetime import date

from gateway.commerce.matching import Candidates, Match, keys, match
from gateway.model.order import Line, Price
from gateway.model.product import PartNumber, Product

from .goods import NUT, SCREW, TODAY, D, order

OLD = Product(sku="P3", name="Old", base_unit="PCE", status="discontinued")
PACKED = PartNumber(account="10001", number="C-10", product="P1", unit="PCE", pack=D(10))
CANDIDATES = Candidates(
    products={"P1": SCREW, "P2": NUT, "P3": OLD},
    gtins={"4012345000016": ("P1", "PCE"), "4012345000023": ("P1", "BX")},
    part_numbers={
        "C-10": (PACKED,),
        "C-2": (
            PartNumber(account="10001", number="C-2", product="P2"),
            PartNumber(account="10000", number="C-2", product="P1"),
        ),
        "TWICE": (
            PartNumber(account="10001", number="TWICE", product="P1"),
            PartNumber(account="10001", number="TWICE", product="P2"),
        ),
        "ENDED": (PartNumber(account="10001", number="ENDED", product="P1", valid_to=date(2026, 5, 31)),),
    },
    manufacturer_parts={"M-1": ("P1",), "M-12": ("P1", "P2")},
    on=TODAY,
)


def matched(**fields: object) -> Match:
    return match(Line(position=1, **fields), CANDIDATES)  # type: ignore[arg-type]


def codes(found: Match) -> list[str]:
    return [issue.code for issue in found.issues]


def test_each_identifier_alone_names_the_article():
    for fields in ({"supplier_sku": "P1"}, {"gtin": "4012345000016"}, {"buyer_sku": "C-10"}, {"supplier_sku": "M-1"}):
        assert (matched(**fields).product, codes(matched(**fields))) == (SCREW, [])


def test_a_gtin_is_the_same_number_in_every_length():
    assert matched(gtin="04012345000016").product is SCREW
    assert "4012345000016" in keys(order(Line(position=1, gtin="04012345000016"))).gtins


def test_the_nearest_accounts_part_number_counts():
    assert matched(buyer_sku="C-2").product is NUT


def test_a_further_unknown_identifier_is_a_finding():
    found = matched(supplier_sku="P1", buyer_sku="NEW")
    assert found.product is SCREW
    assert [(issue.code, issue.is_error) for issue in found.issues] == [
        ("order.line.product.identifier-unknown", False)
    ]


def test_identifiers_of_two_articles_are_ambiguous():
    assert codes(matched(supplier_sku="P2", gtin="4012345000016")) == ["order.line.product.ambiguous"]
    assert codes(matched(buyer_sku="TWICE")) == ["order.line.product.ambiguous"]


def test_a_manufacturers_number_of_two_articles_is_settled_by_the_gtin():
    assert codes(matched(supplier_sku="M-12")) == ["order.line.product.ambiguous"]
    assert matched(supplier_sku="M-12").issues[0].text == "M-12 names P1 and P2"
    assert matched(supplier_sku="M-12", gtin="4012345000016").product is SCREW


def test_what_no_identifier_names_is_unknown():
    assert codes(matched(supplier_sku="X", gtin="1")) == ["order.line.product.unknown"]
    assert codes(matched()) == ["order.line.product.unknown"]
    assert codes(matched(buyer_sku="ENDED")) == ["order.line.product.unknown"]


def test_a_number_that_stands_twice_is_told_once_and_a_line_without_one_is_told_too():
    [twice], [none] = matched(supplier_sku="X", buyer_sku="X").issues, matched().issues
    assert (twice.text, none.text) == ("line 1: X names no article", "line 1 names no article")


def test_an_article_no_longer_sold_is_outside_the_assortment():
    assert codes(matched(supplier_sku="P3")) == ["order.line.product.not-in-assortment"]


def test_the_unit_is_the_stated_one_else_the_gtins_else_the_base_unit():
    assert matched(gtin="4012345000016", unit="BX").unit == "BX"
    assert matched(gtin="4012345000023").unit == "BX"
    assert matched(supplier_sku="P1").unit == "PCE"
    assert matched(supplier_sku="P1", unit="EA").unit == "PCE"


def test_a_stated_unit_beside_a_gtin_of_another_packaging_is_a_finding():
    found = matched(gtin="4012345000023", unit="PCE")
    assert found.unit == "PCE"
    assert [(issue.code, issue.is_error) for issue in found.issues] == [("order.line.unit.contradicts-gtin", False)]


def test_a_unit_the_article_is_not_sold_in_is_an_error():
    assert (matched(supplier_sku="P1", unit="KGM").unit, codes(matched(supplier_sku="P1", unit="KGM"))) == (
        None,
        ["order.line.unit.unknown"],
    )
    assert codes(matched(gtin="4012345000023", unit="KGM")) == ["order.line.unit.contradicts-gtin"]
    assert codes(matched(supplier_sku="P1", unit_as_received="SACK")) == ["order.line.unit.unknown"]


def factor(stated: str, unit: str = "BX", of: str = "PCE") -> list[tuple[str, bool]]:
    price = Price(amount=D(1), unit_as_received=of, factor=D(stated))
    found = matched(supplier_sku="P1", unit=unit, price=price)
    return [(issue.code, issue.is_error) for issue in found.issues]


def test_a_buyer_to_whom_a_box_holds_more_than_to_us_means_other_goods():
    boxed = str(SCREW.unit("BX").numerator)
    assert factor(boxed) == []
    assert factor("7") == [("order.line.unit.factor-differs", True)]
    assert factor("1") == [("order.line.unit.factor-differs", False)]
    assert factor("1", unit="PCE") == factor("1", of="pallet") == []


def test_a_customers_own_number_may_name_a_pack():
    found = matched(buyer_sku="C-10")
    assert (found.unit, found.quantity(D(3))) == ("PCE", D(30))
    assert matched(buyer_sku="C-10", unit="BX").quantity(D(3)) == D(3)


def test_the_keys_of_an_order_are_each_identifier_once():
    found = keys(order(Line(position=1, supplier_sku="P1", buyer_sku="C"), Line(position=2, supplier_sku="P1")))
    assert (found.skus, found.part_numbers, found.gtins) == ({"P1"}, {"C"}, frozenset())


def permitted(*skus: str, **fields: object) -> Match:
    return match(Line(position=1, **fields), CANDIDATES._replace(permitted=frozenset(skus)))  # type: ignore[arg-type]


def test_an_article_in_no_assortment_of_the_account_is_outside_by_whatever_names_it():
    for fields in ({"supplier_sku": "P1"}, {"gtin": "4012345000016"}, {"buyer_sku": "C-10"}, {"supplier_sku": "M-1"}):
        found = permitted("P2", **fields)
        assert (found.product, codes(found)) == (SCREW, ["order.line.product.not-in-assortment"])
    assert codes(permitted("P1", supplier_sku="P1")) == []


def test_nothing_more_is_said_of_an_article_outside():
    assert codes(permitted("P2", gtin="4012345000023", unit="KGM")) == ["order.line.product.not-in-assortment"]
    assert codes(permitted("P2", gtin="4012345000023", unit="PCE")) == ["order.line.product.not-in-assortment"]


def test_a_manufacturers_number_of_two_articles_means_the_one_that_is_sold_to_the_account():
    assert (permitted("P2", supplier_sku="M-12").product, codes(permitted("P2", supplier_sku="M-12"))) == (NUT, [])
    assert codes(permitted("P1", "P2", supplier_sku="M-12")) == ["order.line.product.ambiguous"]
    assert codes(permitted("P3", supplier_sku="M-12")) == ["order.line.product.ambiguous"]


def test_a_manufacturers_number_may_stand_in_its_own_place_and_is_the_weakest_there_too():
    assert matched(manufacturer_sku="M-1").product is SCREW
    assert codes(matched(manufacturer_sku="M-12")) == ["order.line.product.ambiguous"]
    assert matched(manufacturer_sku="M-12", gtin="4012345000016").product is SCREW
    assert codes(matched(manufacturer_sku="M-1", supplier_sku="P2")) == ["order.line.product.ambiguous"]
    unknown = matched(manufacturer_sku="M-9", supplier_sku="P1")
    assert (unknown.product, codes(unknown)) == (SCREW, ["order.line.product.identifier-unknown"])
    assert keys(order(Line(position=1, supplier_sku="P1", manufacturer_sku="M-1"))).manufacturer_parts == {"P1", "M-1"}


def test_an_entry_of_a_number_holds_on_the_day_of_the_order_alone():
    ended = CANDIDATES._replace(on=date(2026, 5, 31))
    assert match(Line(position=1, buyer_sku="ENDED"), ended).product is SCREW
