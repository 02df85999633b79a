"""What the store knows of the accounts, products and GTINs that a batch of rows names."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from gateway.commerce.matching import gtin_forms
from gateway.commerce.units import unit_code
from gateway.masterdata.columns import RefusedError
from gateway.model.product import Product
from gateway.store.trade import Trade


class Names(NamedTuple):
    """The accounts, products and GTINs that rows name."""

    accounts: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    gtins: frozenset[str] = frozenset()


class Known:
    """Look-ups for the checks of one batch, and what its rows claimed so far.

    `parents` holds every account's parent where a hierarchy is imported, and grows with it.
    """

    def __init__(self, trade: Trade, names: Names, parents: dict[str, str | None]) -> None:
        self.parents = parents
        self._accounts = trade.existing_accounts(names.accounts) if names.accounts else frozenset[str]()
        self._products = trade.products_by_sku(names.products) if names.products else {}
        forms = {form for gtin in names.gtins for form in gtin_forms(gtin)}
        self._owner: dict[str, str] = {}
        self._gtins: dict[str, set[str]] = {}
        for gtin, (sku, _) in (trade.by_gtin(forms) if forms else {}).items():
            self._own(sku, gtin)

    def account(self, number: str, column: str) -> None:
        """Raises RefusedError for an account that is not known."""
        if number not in self._accounts:
            raise RefusedError("import.account.unknown", column, f"there is no account {number}")

    def product(self, sku: str, column: str) -> Product:
        """The product; raises RefusedError for one that is not known."""
        if sku not in self._products:
            raise RefusedError("import.product.unknown", column, f"there is no product {sku}")
        return self._products[sku]

    def claim_gtins(self, sku: str, gtins: Collection[tuple[str, str]]) -> None:
        """The GTINs (with their columns) are the product's; raises RefusedError where another one has them."""
        for column, gtin in gtins:
            owner = self._owner.get(gtin.zfill(14), sku)
            if owner != sku:
                raise RefusedError("import.gtin.taken", column, f"GTIN {gtin} already names product {owner}")
        for gone in self._gtins.pop(sku, ()):
            del self._owner[gone]
        for _, gtin in gtins:
            self._own(sku, gtin)

    def _own(self, sku: str, gtin: str) -> None:
        self._owner[gtin.zfill(14)] = sku
        self._gtins.setdefault(sku, set()).add(gtin.zfill(14))


def unit_of(product: Product, code: str, column: str) -> str:
    """The product's own code of a unit; raises RefusedError when it is not sold in it."""
    own = unit_code(product, code)
    if own is None:
        raise RefusedError("import.unit.unknown", column, f"product {product.sku} has no unit {code}")
    return own
