"""What an assortment holds, and whom it is assigned to, as the central store keeps it."""

from __future__ import annotations

from gateway.model.value import Value

RULES = "rule:"
"""What the scopes of members begin with that are rules."""


class AssortmentEntry(Value, kw_only=True):
    """One entry of an assortment: a member (`product:SKU`, `category:PATH`, `brand:X`), or an assignment to a subject.

    A member may also be a `rule` about articles, whose scope is what it is known by (`rule:DIGEST`).
    `mode` is that of the whole assortment: include (what its members name) or exclude (everything else). `effect` is
    allow or deny for an assignment, None for a member.
    """

    assortment: str
    scope: str
    mode: str = "include"
    effect: str | None = None
    rule: str | None = None

    @property
    def product(self) -> str | None:
        """The SKU of a member that is a product."""
        return self._named("product")

    @property
    def category(self) -> str | None:
        """The path of a member that is a category with all below it."""
        return self._named("category")

    @property
    def brand(self) -> str | None:
        """The brand of a member that is one."""
        return self._named("brand")

    @property
    def subject(self) -> str | None:
        """To whom an assignment assigns the assortment."""
        return self.scope if self.effect else None

    def _named(self, kind: str) -> str | None:
        found, _, name = self.scope.partition(":")
        return name if found == kind and not self.effect else None
