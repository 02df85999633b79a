"""Assortments: deny beats allow, and what nothing is allowed of is open as far as it is for everybody."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from gateway.commerce.assortment import assigned, entitlement, permits, scopes
from gateway.model.assortment import AssortmentEntry
from gateway.model.product import Product

BOLT = Product(sku="BOLT", name="Bolt", base_unit="C62", category="fixings/bolts", brand="Acme")
NUT = Product(sku="NUT", name="Nut", base_unit="C62", category="fixings/nuts", brand="Acme")
GLUE = Product(sku="GLUE", name="Glue", base_unit="C62", category="chemistry")
OLD = Product(sku="OLD", name="Old", base_unit="C62", category="fixings", status="discontinued")
GOODS = (BOLT, NUT, GLUE, OLD)
EVERYTHING = {"BOLT", "NUT", "GLUE"}


def members(assortment: str, *named: str, mode: str = "include") -> list[AssortmentEntry]:
    return [AssortmentEntry(assortment=assortment, scope=scope, mode=mode) for scope in named]


def assignment(assortment: str, effect: str, to: str, mode: str = "include") -> AssortmentEntry:
    return AssortmentEntry(assortment=assortment, scope=to, mode=mode, effect=effect)


def sold(assignments: Iterable[AssortmentEntry], *contents: list[AssortmentEntry]) -> set[str]:
    return set(permits(GOODS, list(assignments), [entry for each in contents for entry in each]))


def test_where_nothing_is_assigned_every_active_article_is_sold():
    assert sold([]) == EVERYTHING


def test_an_assortment_holds_articles_categories_with_all_below_and_brands():
    allowed = [assignment("A", "allow", "account:1")]
    assert sold(allowed, members("A", "product:GLUE")) == {"GLUE"}
    assert sold(allowed, members("A", "category:fixings")) == {"BOLT", "NUT"}
    assert sold(allowed, members("A", "category:fix")) == set()
    assert sold(allowed, members("A", "category:fixings/nuts", "category:chemistry")) == {"NUT", "GLUE"}
    assert sold(allowed, members("A", "brand:Acme")) == {"BOLT", "NUT"}


def test_an_assortment_of_what_is_excluded_holds_everything_else():
    allowed = [assignment("A", "allow", "account:1", "exclude")]
    assert sold(allowed, members("A", "category:fixings", mode="exclude")) == {"GLUE"}
    denied = [assignment("A", "deny", "account:1", "exclude")]
    assert sold(denied, members("A", "category:fixings", mode="exclude")) == {"BOLT", "NUT"}


def test_what_is_allowed_to_parents_and_groups_comes_together():
    allowed = [assignment("A", "allow", "account:1"), assignment("B", "allow", "segment:gold")]
    assert sold(allowed, members("A", "product:BOLT"), members("B", "product:GLUE")) == {"BOLT", "GLUE"}


def test_deny_beats_allow_whoever_it_is_assigned_to():
    allowed = assignment("A", "allow", "account:1")
    for subject in ("account:1", "segment:gold", "all"):
        denied = [allowed, assignment("B", "deny", subject)]
        assert sold(denied, members("A", "brand:Acme"), members("B", "product:NUT")) == {"BOLT"}
    assert sold([assignment("B", "deny", "all")], members("B", "product:NUT")) == {"BOLT", "GLUE"}


def test_what_is_allowed_to_everybody_counts_only_where_nothing_is_allowed_to_the_account():
    everybody = assignment("E", "allow", "all")
    contents = members("E", "product:GLUE"), members("A", "product:BOLT")
    assert sold([everybody], *contents) == {"GLUE"}
    assert sold([everybody, assignment("A", "allow", "price-group:X")], *contents) == {"BOLT"}


def test_an_assortment_without_members_allows_nothing():
    assert sold([assignment("A", "allow", "account:1")]) == set()


def test_an_article_that_is_not_active_is_never_sold():
    assert sold([assignment("A", "allow", "account:1")], members("A", "product:OLD", "category:fixings")) == {
        "BOLT",
        "NUT",
    }


def test_what_is_permitted_at_most_is_named_where_nothing_is_allowed_by_leaving_out():
    allowed = assigned([assignment("A", "allow", "account:1"), assignment("D", "deny", "all")])
    entitled = entitlement(allowed, [*members("A", "product:BOLT", "brand:Acme"), *members("D", "product:NUT")])
    assert entitled.named == {"product:BOLT", "brand:Acme"}
    assert entitlement(assigned([]), []).named is None
    rest = assigned([assignment("A", "allow", "account:1", "exclude")])
    assert entitlement(rest, members("A", "product:BOLT", mode="exclude")).named is None


SCOPES = st.sampled_from(["product:BOLT", "product:GLUE", "category:fixings", "category:fixings/nuts", "brand:Acme"])
SUBJECTS = st.sampled_from(["account:1", "segment:gold", "all"])
NAMES = st.sampled_from(["A", "B", "C"])


@given(
    st.sets(st.tuples(NAMES, SCOPES)),
    st.dictionaries(st.tuples(NAMES, SUBJECTS), st.sampled_from(["allow", "deny"])),
    st.sets(NAMES),
)
def test_the_answer_is_that_of_the_sets_and_of_no_order(
    held: set[tuple[str, str]], given_to: dict[tuple[str, str], str], excluding: set[str]
):
    mode = {name: "exclude" if name in excluding else "include" for name in "ABC"}
    entries = [assignment(name, effect, subject, mode[name]) for (name, subject), effect in given_to.items()]
    contents = [AssortmentEntry(assortment=name, scope=scope, mode=mode[name]) for name, scope in held]
    active = [product for product in GOODS if product.status == "active"]
    holds = {
        name: {
            product.sku
            for product in active
            if any((name, scope) in held for scope in scopes(product)) == (mode[name] == "include")
        }
        for name in "ABC"
    }
    own = [holds[name] for (name, subject), effect in given_to.items() if effect == "allow" and subject != "all"]
    everybody = [holds[name] for (name, subject), effect in given_to.items() if effect == "allow" and subject == "all"]
    denied = [holds[name] for (name, _), effect in given_to.items() if effect == "deny"]
    expected = set().union(*(own or everybody or [EVERYTHING])) - set().union(*denied)
    assert sold(entries, contents) == sold(entries[::-1], contents[::-1]) == expected
