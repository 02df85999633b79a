"""The articles that the lines of an order may mean, read from the store in whole sets."""

from __future__ import annotations

from gateway.commerce import matching
from gateway.commerce.matching import Candidates
from gateway.model.account import Account
from gateway.model.order import Order
from gateway.pipeline.desk import PriceDesk
from gateway.pipeline.snapshot import Snapshot


def candidates_of(snapshot: Snapshot, order: Order, account: Account, desk: PriceDesk) -> Candidates:
    """The articles that the order's lines may mean for this account, and which of them it may buy."""
    chain = tuple(each.account for each in snapshot.chain(account.account))
    keys = matching.keys(order)
    gtins = snapshot.by_gtin(keys.gtins)
    numbers = snapshot.part_numbers(chain, keys.part_numbers)
    parts = snapshot.manufacturer_parts(keys.manufacturer_parts)
    skus = set(keys.skus) | {sku for sku, _ in gtins.values()}
    skus |= {entry.product for entries in numbers.values() for entry in entries}
    skus |= {sku for made in parts.values() for sku in made}
    products = snapshot.products(skus)
    return Candidates(products, gtins, numbers, parts, order.ordered_on, desk.permitted(products.values()))
