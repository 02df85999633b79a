"""A visit: what every page of a session shows, in the language of the shopper and from one state of the store."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property

from gateway.commerce.product_view import ProductView
from gateway.model.product import Product
from gateway.model.profile import Profile
from gateway.model.punchout import Operation
from gateway.model.shopping import Session, SessionState
from gateway.pipeline.catalogue import product_views, viewer_of
from gateway.pipeline.work import Line
from gateway.punchout.carts import cart_in, checked_in
from gateway.punchout.open_cart import OpenCart
from gateway.punchout.returning import counterpart_of
from gateway.punchout.shelf import Shelf
from gateway.punchout.waiting import Waiting, waiting
from gateway.shop.addresses import Place, form_token
from gateway.shop.assets import Asset
from gateway.shop.figures import Figures
from gateway.shop.look import PLAIN, Look
from gateway.shop.pages import ASSETS, render
from gateway.shop.texts import LANGUAGES, spoken, texts_of
from gateway.store import Connection

_NEAR_END = timedelta(minutes=10)
_MODES = {Operation.EDIT: "warn"}


def system_of(profile: Profile) -> str:
    """What a buyer's system is called; empty where only its protocol is known."""
    return profile.title if profile.name != profile.protocol else ""


class Visit:
    """A session as one of its pages sees it. Raises PunchoutRefusedError where the account may not buy any more."""

    def __init__(self, line: Line, db: Connection, session: Session, place: Place, look: Look = PLAIN) -> None:
        self.session = session
        self.look = look
        self.place = place
        self.shelf = Shelf(line, db, session)
        self._line = line
        self._db = db
        _, self._connection, self.profile = counterpart_of(line, session)
        self.language = place.chosen or spoken(session.called.language)
        self.texts = texts_of(self.language).about(self.system)
        self.account = self.shelf.asked.account
        self.figures = Figures(self.texts, self.account.timezone, session.called.currency)

    @property
    def system(self) -> str:
        """What the buyer's system is called; empty where only its protocol is known."""
        return system_of(self.profile)

    @property
    def user(self) -> str:
        """Who shops, as far as the buyer's system said."""
        setup = self.session.setup
        return setup.user_name or setup.email or setup.user or ""

    @property
    def mode(self) -> str:
        """What the session is for: create, edit, inspect or source."""
        return self.session.setup.operation.value

    @property
    def mode_weight(self) -> str:
        """The colour of the mode."""
        return _MODES.get(self.session.setup.operation, "info")

    @property
    def is_shopping(self) -> bool:
        """Whether something may be put into the cart."""
        return not (self.session.is_read_only or self.session.is_closed)

    @property
    def is_left(self) -> bool:
        """Whether the shopper went back without changes."""
        return self.session.state is SessionState.CANCELLED

    @property
    def goes_back(self) -> bool:
        """Whether the shopper can go back to the buyer's system; an article is shown to who only asked for it."""
        return bool(self.session.setup.return_url) or not self.session.is_read_only

    @property
    def is_near_end(self) -> bool:
        """Whether the session ends soon, as far as it could still be longer."""
        return self.is_shopping and self.session.ends - self._line.clock() < _NEAR_END

    @property
    def ends(self) -> datetime:
        """When the session ends."""
        return self.session.ends

    @property
    def prices_until(self) -> date:
        """The last day on which an order has the prices of the cart, if it is transferred today."""
        return self.shelf.today + self._connection.values.duration("price_valid")

    @property
    def other_language(self) -> str:
        """The language the pages are also in."""
        return next(each for each in LANGUAGES if each != self.language)

    @property
    def token(self) -> str:
        """What the forms carry."""
        return form_token(self.session, self.place.key)

    @cached_property
    def once(self) -> str:
        """What the forms of this page carry, and those of no other."""
        return secrets.token_urlsafe(6)

    @cached_property
    def cart(self) -> OpenCart:
        """What lies in the cart, at the prices agreed to."""
        return cart_in(self._db, self.session)

    @cached_property
    def waiting(self) -> Waiting | None:
        """The cart that the shopper left before, as long as nothing lies in this one."""
        is_empty = self.is_shopping and not self.cart.live
        return waiting(self._db, self.session) if is_empty else None

    @cached_property
    def checked(self) -> OpenCart:
        """The cart with all that has to be settled."""
        return checked_in(self._line, self._db, self.session)

    def names_of(self, products: Sequence[Product]) -> dict[str, str]:
        """What these articles are called for the shopper, by SKU."""
        return {view.sku: view.name for view in self.views_of(products)}

    def views_of(self, products: Sequence[Product]) -> list[ProductView]:
        """These articles as the account sees them, in the language of the page."""
        context, snapshot = self.shelf.desk.context, self.shelf.snapshot
        viewer = viewer_of(snapshot, context.account, context.subjects, self.shelf.today, self.language)
        return product_views(snapshot, viewer, products)

    def drawn_with(self, asset: Asset) -> str:
        """Where a file of the look is."""
        return f"{self.place.shop}{ASSETS}{asset.name}"

    def asked(self, name: str) -> str:
        """A parameter of the page; empty where it is not there."""
        return next((value for each, value in self.place.query if each == name), "")

    @property
    def search(self) -> dict[str, str]:
        """The search whose results the shopper looks at, or came from; empty where there is none."""
        return {name: self.asked(name) for name in ("q", "after") if self.asked("q").strip() and self.asked(name)}

    def page(self, template: str, **shown: object) -> str:
        """The page of a template."""
        return render(
            template, self.language, self.place.shop, t=self.texts, f=self.figures, visit=self, to=self.place, **shown
        )  # fmt: skip
