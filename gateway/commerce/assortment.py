"""Which articles an account may buy: what lies outside its assortments is neither found, priced nor sold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from gateway.model.assortment import AssortmentEntry
from gateway.model.product import Product, category_paths

EVERYBODY = "all"


class Article(Protocol):
    """As much of an article as assortments ask about."""

    @property
    def sku(self) -> str:
        """Its number."""

    @property
    def category(self) -> str | None:
        """The path of its category."""

    @property
    def brand(self) -> str | None:
        """Its brand."""


def scopes(article: Article) -> tuple[str, ...]:
    """What an assortment may name to hold this article: the article itself, its categories and its brand."""
    categories = (f"category:{path}" for path in category_paths(article.category))
    brands = (f"brand:{article.brand}",) if article.brand else ()
    return (f"product:{article.sku}", *categories, *brands)


class Assignments(NamedTuple):
    """The assortments that count for an account, with their modes. `allowed` is None where nothing narrows it."""

    allowed: Mapping[str, str] | None
    denied: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every assortment whose members have to be known, in order."""
        return tuple(sorted({*(self.allowed or ()), *self.denied}))


class Contents(NamedTuple):
    """What an assortment holds: what its members name, or (mode exclude) everything they do not name."""

    mode: str
    members: frozenset[str]

    def holds(self, named: Collection[str]) -> bool:
        """Whether it holds the article that these scopes mean."""
        return self.members.isdisjoint(named) is (self.mode == "exclude")


class Entitlement(NamedTuple):
    """What an account may buy: something allowed (None: everything) that nothing denied holds."""

    allowed: tuple[Contents, ...] | None
    denied: tuple[Contents, ...]

    @property
    def listed(self) -> frozenset[str] | None:
        """The SKUs of which something is permitted at most, where articles alone are allowed by name; else None."""
        named = [each.members for each in self.allowed or () if each.mode == "include"]
        members = frozenset[str]().union(*named)
        if self.allowed is None or len(named) < len(self.allowed) or not all(map(_is_product, members)):
            return None
        return frozenset(name.removeprefix("product:") for name in members)

    def permits(self, product: Product) -> bool:
        """Whether the article may be bought; one that is not active never is."""
        return product.status == "active" and self.covers(product)

    def covers(self, article: Article) -> bool:
        """Whether the assortments let the article pass, active or not."""
        named = scopes(article)
        if any(each.holds(named) for each in self.denied):
            return False
        return self.allowed is None or any(each.holds(named) for each in self.allowed)


def _is_product(scope: str) -> bool:
    return scope.startswith("product:")


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
    """What the account may buy. Members that mean none of the articles asked about may be left out."""
    named: dict[str, set[str]] = {}
    for each in members:
        named.setdefault(each.assortment, set()).add(each.scope)

    def contents(assortments: Mapping[str, str]) -> tuple[Contents, ...]:
        return tuple(Contents(mode, frozenset(named.get(name, ()))) for name, mode in sorted(assortments.items()))

    allowed = None if assignments.allowed is None else contents(assignments.allowed)
    return Entitlement(allowed, contents(assignments.denied))


def permits(
    products: Collection[Product], assignments: Sequence[AssortmentEntry], members: Sequence[AssortmentEntry]
) -> frozenset[str]:
    """The SKUs of the articles that may be bought, of those given.

    `assignments` are those to any subject of the account, `members` at least those that mean one of the articles.
    """
    entitled = entitlement(assigned(assignments), members)
    return frozenset(product.sku for product in products if entitled.permits(product))
