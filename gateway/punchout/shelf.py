"""The shelf: articles as lines of one session's cart, in its language and at the prices of the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from gateway.commerce.basket import Basket
from gateway.commerce.charges import charges_on
from gateway.commerce.fees import Fee, fees_due
from gateway.commerce.parties import resolve_buyer
from gateway.commerce.pricing import PriceAnswer, PriceUnit, Wanted, publish
from gateway.commerce.product_view import ProductView
from gateway.commerce.sold_quantity import Unsold, least_sold, unsold
from gateway.commerce.units import base_units, same_unit, unit_code
from gateway.model.account import Account
from gateway.model.cart import CartLine
from gateway.model.order import Order
from gateway.model.product import Product
from gateway.model.quantity import is_taken
from gateway.model.shopping import CartEntry, Origin, Session
from gateway.pipeline.catalogue import product_views, viewer_of
from gateway.pipeline.desk import Asked, PriceDesk, price_object
from gateway.pipeline.price import account_of
from gateway.pipeline.snapshot import Snapshot
from gateway.pipeline.work import Line
from gateway.punchout.open_cart import Hitch, Problem
from gateway.punchout.sessions import PunchoutRefusedError, Reason
from gateway.store import Connection

_ONE = Decimal(1)
_DIGITS = 6


class Shelf:
    """What a session may be sold, from one state of the store; `line.memory` is to be the calling thread's own.

    Raises PunchoutRefusedError where the account may not buy any more.
    """

    def __init__(self, line: Line, db: Connection, session: Session) -> None:
        self.snapshot = Snapshot(db, line.memory)
        self.session = session
        account = account_of(self.snapshot, session.account)
        if account.status != "active":
            text = f"Account {account.account} is {account.status}."
            raise PunchoutRefusedError(Reason.ACCOUNT_BLOCKED, text, session)
        self.now = line.clock()
        self.today: date = account.day(self.now)
        self.asked = Asked(
            account, self.today, session.called.currency, session.protocol.value, ship_to=self._place_of_delivery()
        )
        self.desk = PriceDesk(self.snapshot, self.asked)

    @property
    def data_seq(self) -> int:
        """The number of the trade data that all answers are of."""
        return self.desk.data_seq

    def product(self, sku: str) -> Product | Hitch:
        """The article of this number, where the account may buy it."""
        found = self.snapshot.products([sku]).get(sku)
        if found is None:
            return Hitch.PRODUCT_UNKNOWN
        return found if self.desk.permitted([found]) else Hitch.NOT_IN_ASSORTMENT

    def answers(self, entries: Sequence[CartEntry]) -> list[PriceAnswer | None]:
        """The price of each line, bought together; None for a line that nothing here knows."""
        known = [each.line for each in entries if each.origin is not Origin.FOREIGN]
        products = self.snapshot.products({line.sku for line in known})
        return self.desk.answers([self._wanted(each, products.get(each.line.sku)) for each in entries])

    def described(self, lines: Sequence[CartLine], products: Sequence[Product]) -> list[CartLine]:
        """Each line with the texts and numbers of its article as the account sees it, in the session's language."""
        context, language = self.desk.context, self.session.called.language
        viewer = viewer_of(self.snapshot, context.account, context.subjects, self.today, language)
        views = product_views(self.snapshot, viewer, products)
        agreed = self.desk.terms.agreed.lead_time_days or 0
        return [_described(view, line, agreed) for view, line in zip(views, lines, strict=True)]

    def blank(self, product: Product, position: int, quantity: Decimal, unit: str) -> CartLine:
        """A line of the article without a price, and without an id of its own."""
        return CartLine(
            position=position, sku=product.sku, auxiliary_id="", quantity=quantity, unit=unit, price=Decimal(0),
            amount=Decimal(0), text=product.name, language=self.session.called.language,
        )  # fmt: skip

    def offered(self, products: Sequence[Product]) -> list[CartLine]:
        """Each article in the least quantity of its base unit that is sold, at its price alone, if it has one."""
        blank = [self.blank(each, place, least_sold(each), each.base_unit) for place, each in enumerate(products, 1)]
        # What nobody has bought is named by its number, by which it can be asked for again.
        lines = [replace(each, auxiliary_id=each.sku) for each in self.described(blank, products)]
        wanted = [Wanted(product, line.quantity, line.unit) for product, line in zip(products, lines, strict=True)]
        answers = self.desk.listed(wanted)
        found = (priced(line, answer) for line, answer in zip(lines, answers, strict=True) if answer)
        return [each for each in found if each is not None]

    def fees(self, lines: Sequence[tuple[CartLine, PriceAnswer | None]]) -> tuple[Fee, ...]:
        """What an order of these lines at their prices would be charged beside them, each with its price of now."""
        context = self.desk.context
        priced = [answer and _agreed(answer, line) for line, answer in lines]
        basket = Basket(context, tuple(priced), charges_on(context, priced)[0])
        is_terms = context.currency == self.asked.account.currency
        return fees_due(basket, self.desk.terms.agreed if is_terms else None)

    def trace(self, answer: PriceAnswer) -> dict[str, object]:
        """How the price came about, as `price explain` tells it."""
        return price_object(answer, self.data_seq)

    def quantity_problem(self, entry: CartEntry) -> Problem | None:
        """Why the quantity of a line is not sold, with the nearest ones that are."""
        product = self.snapshot.products([entry.line.sku]).get(entry.line.sku)
        found = not_sold(product, entry.line.quantity, entry.line.unit) if product else None
        return None if found is None else found._replace(position=entry.position)

    def _place_of_delivery(self) -> Account | None:
        """The account delivered to, where the setup names one we know below the one that buys: as with an order."""
        ship_to, own = self.session.setup.ship_to, self.session.account
        named = frozenset(filter(None, (ship_to.id, ship_to.vat_number))) if ship_to else frozenset()
        if not named:
            return None
        register = self.snapshot.register(named, own)
        delivery = Order(number="", ordered_on=self.today, ship_to=ship_to)
        return resolve_buyer(delivery, own, register.accounts, register.parties).ship_to

    def _wanted(self, entry: CartEntry, product: Product | None) -> Wanted | None:
        if product is None or entry.origin is Origin.FOREIGN:
            return None
        return Wanted(product, entry.line.quantity, entry.line.unit)


def unit_of(product: Product, unit: str | None) -> str | None:
    """The article's own code of a unit, its base unit where none is named; None where it is not sold in that."""
    return product.base_unit if unit is None else unit_code(product, unit)


def units_of(product: Product) -> tuple[str, ...]:
    """The units that an article is sold in."""
    return tuple(dict.fromkeys((product.base_unit, *(unit.code for unit in product.units))))


def not_sold(product: Product, quantity: Decimal, unit: str) -> Problem | None:
    """Why so much of a unit of an article is not sold, with the nearest quantities that are; None where it is, and
    where the article has no such unit.
    """
    size = base_units(product, unit)
    found = unsold(product, quantity, size) if size is not None else None
    if found is None:
        return None
    if found.reason is Unsold.MINIMUM:
        return Problem(Hitch.BELOW_MINIMUM, quantities=found.quantities)
    step = (product.quantity_step or _ONE, product.base_unit)
    return Problem(Hitch.NOT_IN_STEPS, quantities=found.quantities, step=step)


def is_quantity(quantity: Decimal) -> bool:
    """Whether it is a number above zero that documents can hold: 12 digits before the point and 6 behind it."""
    if not quantity.is_finite() or quantity <= 0 or not is_taken(quantity):
        return False
    exponent = quantity.normalize().as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DIGITS


def priced(line: CartLine, answer: PriceAnswer) -> CartLine | None:
    """The line at the price of the answer, stated for its own unit; None where the answer has no price."""
    if answer.code is not None or answer.net is None or answer.unit_price is None or answer.winner is None:
        return None
    amount, per = answer.unit_price, answer.price_unit
    if not same_unit(answer.unit, line.unit):
        size = base_units(answer.request.product, line.unit) or Fraction(1)
        amount, shown = publish(answer.exact, (), PriceUnit(_ONE, line.unit, size))
        per = shown.per
    condition, prices = answer.winner.condition, answer.winner.list
    return replace(
        line, price=amount, per=per, amount=answer.net, contract=condition.contract or prices.contract,
        contract_line=condition.contract_line,
    )  # fmt: skip


def _agreed(answer: PriceAnswer, line: CartLine) -> PriceAnswer:
    """The answer at the amount that was agreed to; where that is another one, as an order of it has it."""
    return answer if answer.net == line.amount else answer._replace(code=None, net=line.amount, candidates=())


def _described(view: ProductView, line: CartLine, agreed_days: int) -> CartLine:
    """The line with the texts and numbers of its article, there no sooner than is agreed."""
    numbers = {each.scheme: each.value for each in reversed(view.identifiers) if each.unit in (None, line.unit)}
    classes = {each.system: each.code for each in view.classifications}
    return replace(
        line, text=view.name, long_text=view.description, gtin=numbers.get("gtin"), buyer_sku=numbers.get("own"),
        manufacturer=view.manufacturer, manufacturer_sku=numbers.get("manufacturer"), unspsc=classes.get("unspsc"),
        eclass=classes.get("eclass"), lead_time_days=max(view.lead_time_days, agreed_days),
        documents=tuple(each.url for each in view.documents),
    )  # fmt: skip
