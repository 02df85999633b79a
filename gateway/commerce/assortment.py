"""Which articles an account may buy: what lies outside its assortments is neither found, priced nor sold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from gateway.commerce.article_rules import ArticleRule, compiled
from gateway.model.assortment import AssortmentEntry
from gateway.model.product import Product, category_paths

EVERYBODY = "all"


def scopes(product: Product) -> tuple[str, ...]:
    """What an assortment may name to hold this article: the article itself, its categories and its brand."""
    categories = (f"category:{path}" for path in category_paths(product.category))
    brands = (f"brand:{product.brand}",) if product.brand else ()
    return (f"product:{product.sku}", *categories, *brands)


class Assignments(NamedTuple):
    """The assortments that count for an account, with their modes. `allowed` is None where nothing narrows it."""

    allowed: Mapping[str, str] | None
    denied: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every assortment whose members have to be known, in order."""
        return tuple(sorted({*(self.allowed or ()), *self.denied}))


class Contents(NamedTuple):
    """What an assortment holds: what its members name or tell, or (mode exclude) everything they do not."""

    mode: str
    members: frozenset[str]
    rules: tuple[ArticleRule, ...] = ()

    def holds(self, product: Product, named: Collection[str]) -> bool:
        """Whether it holds the article, which these scopes mean."""
        is_member = not self.members.isdisjoint(named) or any(rule.holds(product) for rule in self.rules)
        return is_member is (self.mode == "include")

    @property
    def within(self) -> frozenset[str] | None:
        """The scopes outside which it holds nothing; None where it names none."""
        if self.mode == "exclude" or any(rule.within is None for rule in self.rules):
            return None
        return self.members.union(*(rule.within for rule in self.rules if rule.within is not None))


class Entitlement(NamedTuple):
    """What an account may buy: something allowed (None: everything) that nothing denied holds."""

    allowed: tuple[Contents, ...] | None
    denied: tuple[Contents, ...]

    @property
    def named(self) -> frozenset[str] | None:
        """The scopes of which something is permitted at most; None where that is not said by naming it."""
        if self.allowed is None:
            return None
        within = [each.within for each in self.allowed]
        named = [each for each in within if each is not None]
        return frozenset[str]().union(*named) if len(named) == len(within) else None

    @property
    def has_rules(self) -> bool:
        """Whether what may be bought depends on more of an article than its own name, category and brand."""
        return any(each.rules for each in (*(self.allowed or ()), *self.denied))

    def permits(self, product: Product) -> bool:
        """Whether the article may be bought; one that is not active never is."""
        if product.status != "active":
            return False
        if self.allowed is None and not self.denied:
            return True
        named = scopes(product)
        if any(each.holds(product, named) for each in self.denied):
            return False
        return self.allowed is None or any(each.holds(product, named) for each in self.allowed)


def assigned(entries: Iterable[AssortmentEntry]) -> Assignments:
    """The assortments that count, from the assignments to all subjects of the account.

    What is allowed to everybody counts only where nothing is allowed to the account, its parents or its groups; what is
    denied to any of them, or to everybody, is denied.
    """
    own: dict[str, str] = {}
    open_to_all: dict[str, str] = {}
    denied: dict[str, str] = {}
    for entry in entries:
        if entry.effect == "deny":
            denied[entry.assortment] = entry.mode
        elif entry.effect == "allow":
            (open_to_all if entry.scope == EVERYBODY else own)[entry.assortment] = entry.mode
    return Assignments(own or open_to_all or None, denied)


def entitlement(assignments: Assignments, members: Iterable[AssortmentEntry]) -> Entitlement:
    """What the account may buy. Members that name none of the articles asked about may be left out, rules may not."""
    named: dict[str, set[str]] = {}
    rules: dict[str, list[ArticleRule]] = {}
    for each in members:
        if each.rule is not None:
            rules.setdefault(each.assortment, []).append(compiled(each.rule))
        else:
            named.setdefault(each.assortment, set()).add(each.scope)

    def contents(assortments: Mapping[str, str]) -> tuple[Contents, ...]:
        return tuple(
            Contents(mode, frozenset(named.get(name, ())), tuple(rules.get(name, ())))
            for name, mode in sorted(assortments.items())
        )

    allowed = None if assignments.allowed is None else contents(assignments.allowed)
    return Entitlement(allowed, contents(assignments.denied))


def permits(
    products: Collection[Product], assignments: Sequence[AssortmentEntry], members: Sequence[AssortmentEntry]
) -> frozenset[str]:
    """The SKUs of the articles that may be bought, of those given.

    `assignments` are those to any subject of the account, `members` at least the rules and those that mean one of the
    articles.
    """
    entitled = entitlement(assigned(assignments), members)
    return frozenset(product.sku for product in products if entitled.permits(product))
