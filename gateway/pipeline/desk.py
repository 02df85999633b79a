"""The price desk: what an account may buy and at which prices. Every channel asks here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from gateway.commerce import pricing
from gateway.commerce.pricing import PriceAnswer, PriceContext
from gateway.model.account import Account
from gateway.model.product import Product
from gateway.pipeline.assortment import permitted
from gateway.pipeline.snapshot import Snapshot


class Asked(NamedTuple):
    """Who asks, on which day, in which currency, over which channel, and what he cites for all he asks."""

    account: Account
    on: date
    currency: str
    channel: str | None = None
    contract: str | None = None
    quote: str | None = None
    ship_to: Account | None = None


class Item(NamedTuple):
    """So much of an article; a contract or quote cited here stands before the one cited for all."""

    product: Product
    quantity: Decimal
    unit: str
    contract: str | None = None
    quote: str | None = None


class PriceDesk:
    """Answers one account from one state of the trade data, whose number is `data_seq`."""

    def __init__(self, snapshot: Snapshot, asked: Asked) -> None:
        self._snapshot = snapshot
        account = asked.account
        accounts = {each.account: each for each in snapshot.chain(account.account)}
        self.data_seq = snapshot.data_seq
        # Whose assortment counts is who buys, not where it goes.
        self._buyer = pricing.subjects(account, accounts, asked.channel)
        self.context = PriceContext(
            account=account.account,
            subjects=pricing.subjects(account, accounts, asked.channel),
            on=asked.on,
            currency=asked.currency,
            contract=asked.contract,
            policy=account.price_policy,
            quote=asked.quote,
        )

    def permitted(self, products: Collection[Product]) -> frozenset[str]:
        """The SKUs of the articles that the account may buy, of those given."""
        return permitted(self._snapshot, self._buyer, products)

    def answers(self, items: Sequence[Item | None]) -> list[PriceAnswer | None]:
        """The answer to each item, from conditions read at once; None for what is no item.

        Nothing is read of an article that the account may not buy.
        """
        products = {item.product.sku: item.product for item in items if item}
        sold = self.permitted(products.values())
        wanted = {sku: pricing.objects(products[sku]) for sku in sold}
        named = {name for objects in wanted.values() for name in objects}
        by_object = self._snapshot.conditions(self.context.subjects, named)
        lists = self._snapshot.lists({each.list for found in by_object.values() for each in found})
        answers: list[PriceAnswer | None] = []
        for item in items:
            if item is None:
                answers.append(None)
                continue
            if item.product.sku not in sold:
                answers.append(pricing.outside(self._context(item), item.product, item.quantity, item.unit))
                continue
            conditions = [each for name in wanted[item.product.sku] for each in by_object.get(name, ())]
            context = self._context(item)
            answers.append(pricing.resolve(context, item.product, item.quantity, item.unit, conditions, lists))
        return answers

    def _context(self, item: Item) -> PriceContext:
        if item.contract is None and item.quote is None:
            return self.context
        return self.context._replace(
            contract=item.contract or self.context.contract, quote=item.quote or self.context.quote
        )


def price_object(answer: PriceAnswer, data_seq: int) -> dict[str, object]:
    """How an answer came about from the trade data of this number, as one JSON object: the same in every channel."""
    return {"net": None, **answer.trace(), "data_seq": data_seq}
