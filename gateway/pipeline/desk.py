"""The price desk: what an account may buy and at which prices. Every channel asks here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from gateway.commerce import pricing
from gateway.commerce.basket import Basket, PriceBook, price_basket, price_each
from gateway.commerce.pricing import PriceAnswer, PriceContext, Wanted
from gateway.commerce.terms import OF_PRICES, Resolved, agreed_terms
from gateway.model.account import Account
from gateway.model.product import Product
from gateway.pipeline.assortment import permitted
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.volumes import Purchases


class Asked(NamedTuple):
    """Who asks, on which day, in which currency, over which channel, and what he cites for all he asks.

    `order_id` is the order that is decided: what it takes and buys itself does not count for its prices.
    """

    account: Account
    on: date
    currency: str
    channel: str | None = None
    contract: str | None = None
    quote: str | None = None
    ship_to: Account | None = None
    order_id: str = ""


class PriceDesk:
    """Answers one account from one state of the trade data, whose number is `data_seq`."""

    def __init__(self, snapshot: Snapshot, asked: Asked) -> None:
        self._snapshot = snapshot
        self._asked = asked
        account = asked.account
        accounts = {each.account: each for each in snapshot.chain(account.account)}
        self.data_seq = snapshot.data_seq
        segments = snapshot.segments(account.account, asked.on)
        # Whose assortment counts is who buys, not where it goes.
        self.buyer = pricing.subjects(account, accounts, asked.channel, segments)
        self.context = PriceContext(
            account=account.account,
            subjects=pricing.subjects(account, accounts, asked.channel, segments, asked.ship_to),
            on=asked.on,
            currency=asked.currency,
            contract=asked.contract,
            policy=account.price_policy,
            quote=asked.quote,
            concern=pricing.concern(account, accounts),
        )
        self._terms = [row for found in snapshot.terms(self.context.subjects).values() for row in found]
        # Few accounts have rules of their own: for all others the terms need not be resolved.
        if any(row.field in OF_PRICES for row in self._terms):
            self.context = self.context._replace(rules=self.terms.agreed.price_rules)

    @cached_property
    def terms(self) -> Resolved:
        """The terms that hold for who asks, on the day and with the contract of the question."""
        asked, accounts = self._asked, self._snapshot.chain(self._asked.account.account)
        if asked.ship_to:
            accounts = [asked.ship_to, *accounts]
        return agreed_terms(self._terms, self.context.subjects, asked.on, accounts, asked.contract)

    def permitted(self, products: Collection[Product]) -> frozenset[str]:
        """The SKUs of the articles that the account may buy, of those given."""
        return permitted(self._snapshot, self.buyer, products)

    def answers(self, items: Sequence[Wanted | None]) -> list[PriceAnswer | None]:
        """The answer to each item, bought together; None for what is no item."""
        return list(self.basket(items).lines)

    def basket(self, items: Sequence[Wanted | None]) -> Basket:
        """The answers to all items with what is charged on them together, from conditions read at once.

        Nothing is read of an article that the account may not buy.
        """
        sold, context, book = self._read(items)
        basket = price_basket(context, sold, book)
        return basket._replace(lines=tuple(_with_outside(context, items, basket.lines)))

    def listed(self, items: Sequence[Wanted | None]) -> list[PriceAnswer | None]:
        """The answer to each item by itself, as a price list states it."""
        sold, context, book = self._read(items)
        return _with_outside(context, items, price_each(context, sold, book))

    def _read(self, items: Sequence[Wanted | None]) -> tuple[list[Wanted | None], PriceContext, PriceBook]:
        """The items that may be sold, None in the place of others, and what their prices depend on."""
        products = {item.product.sku: item.product for item in items if item}
        permitted = self.permitted(products.values())
        sold = [item if item and item.product.sku in permitted else None for item in items]
        named = {name for item in sold if item for name in pricing.objects(item.product, item.configuration)}
        by_object = self._snapshot.conditions(self.context.subjects, named)
        lists = self._snapshot.lists({each.list for found in by_object.values() for each in found})
        book = PriceBook(by_object, lists)
        return sold, self.with_volumes(book, [item for item in sold if item]), book

    @cached_property
    def _purchases(self) -> Purchases:
        return Purchases(self._snapshot, self.context, self._asked.order_id)

    def with_volumes(
        self, book: PriceBook, items: Sequence[Wanted], together: frozenset[str] = frozenset()
    ) -> PriceContext:
        """The context with what other orders took and bought, as far as the prices of the items depend on it.

        `together` are articles that are asked for one after the other.
        """
        return self.context._replace(volumes=self._purchases.volumes(book, items, together))


def _with_outside(
    context: PriceContext, items: Sequence[Wanted | None], answers: Sequence[PriceAnswer | None]
) -> list[PriceAnswer | None]:
    """The answers, and for the items without one that they may not be sold."""
    return [
        pricing.outside(context, item) if item and answer is None else answer
        for item, answer in zip(items, answers, strict=True)
    ]


def price_object(answer: PriceAnswer, data_seq: int) -> dict[str, object]:
    """How an answer came about from the trade data of this number, as one JSON object: the same in every channel."""
    return {"net": None, **answer.trace(), "data_seq": data_seq}
