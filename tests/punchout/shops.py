"""A catalogue with accounts, and whoever shops in it, at a time the test sets."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.edifact.syntax import Limits
from gateway.model.account import Account
from gateway.model.assortment import AssortmentEntry
from gateway.model.price import PriceCondition, PriceList
from gateway.model.product import PartNumber, Product, Unit
from gateway.model.punchout import Operation, PunchoutSetup, SetupItem
from gateway.model.shopping import Protocol, Session
from gateway.pipeline.snapshot import TradeMemory
from gateway.pipeline.work import Line
from gateway.punchout.carts import Done, put
from gateway.punchout.filling import Item
from gateway.punchout.open_cart import Problem
from gateway.punchout.sessions import Opening, open_session, redeem, session_of
from gateway.store.engine import Store
from gateway.store.trade_changes import TradeChanges
from gateway.sync.intake import ChannelIntake
from gateway.wiring import library_of
from gateway.workspace.configuration import load

D = Decimal
NOW = datetime(2030, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
CXML, OCI = "acme_cxml", "acme_oci"
HOOK = "https://buyer.example/hook"
FILES = {
    "gateway.toml": "",
    f"connections/{CXML}.toml": """
        kind = "cxml"
        partner = "acme"
        profile = "cxml"
        return_origins = ["https://buyer.example"]
    """,
    f"connections/{OCI}.toml": """
        kind = "oci"
        partner = "acme"
        profile = "sap"
        return_origins = ["https://buyer.example", "SAPEVENT:POST"]
    """,
    "mappings/profiles/sap.toml": """
        protocol = "oci"
        units = { PCE = "EA", BX = "BX", MTR = "MTR" }
        [limits]
        text = { most = 40 }
    """,
    "partners/acme.toml": """
        name = "ACME"
        account = "10001"
        [identifiers]
        cxml = [{ domain = "NetworkId", identity = "AN01", secrets = ["env:ACME_CXML"] }]
        oci = { user = "acme", password = "env:ACME_OCI" }
        [us]
        cxml = [{ domain = "DUNS", identity = "123456789" }]
        [[agreement]]
        receive = "cxml PunchOutSetupRequest"
        via = "acme_cxml"
    """,
}


def products() -> list[Product]:
    """Screws by the hundred and the box, nuts in steps, a cable without a price."""
    return [
        Product(
            sku="S8", name="Screw M8", base_unit="PCE", lead_time_days=2, unspsc="31161504", manufacturer="Kern",
            manufacturer_part="KS-8", names={"de": "Schraube M8"}, description="Hexagon screw, zinc plated",
            units=(Unit(code="PCE", gtin="4012345000016"), Unit(code="BX", numerator=200, gtin="4012345000023")),
        ),
        Product(
            sku="N8", name="Nut M8", base_unit="PCE", units=(Unit(code="PCE"),), min_quantity=D(100),
            quantity_step=D(50), unspsc="31161727",
        ),
        Product(sku="C1", name="Cable", base_unit="MTR", units=(Unit(code="MTR"),)),
        Product(sku="X1", name="Secret", base_unit="PCE", units=(Unit(code="PCE"),)),
    ]  # fmt: skip


def price(key: str, sku: str, amount: str, **more: object) -> PriceCondition:
    """A price for everybody in euro."""
    return PriceCondition(
        key=key, list="base", subject="all", object=f"product:{sku}", type="PRICE", amount=D(amount), currency="EUR",
        unit="PCE", **more,
    )  # type: ignore[arg-type]  # fmt: skip


def fill(store: Store) -> None:
    """Two customers and what they may buy."""
    with store.write() as db:
        changes = TradeChanges(db)
        changes.put(
            Account,
            [
                Account(account="10001", name="ACME", currency="EUR", timezone="Europe/Berlin"),
                Account(account="20001", name="Nordwind", currency="EUR"),
            ],
        )
        changes.put(Product, products())
        changes.put(PriceList, [PriceList(list="base")])
        changes.put(
            PriceCondition,
            [
                price("s8", "S8", "4.15", per=D(100), scale_group="fasteners"),
                price("s8-1000", "S8", "3.95", per=D(100), min_quantity=D(1000), scale_group="fasteners",
                      scale_basis="group_qty"),
                price("n8", "N8", "2.10", per=D(100), scale_group="fasteners"),
                price("n8-1000", "N8", "1.90", per=D(100), min_quantity=D(1000), scale_group="fasteners",
                      scale_basis="group_qty"),
                price("x1", "X1", "9.99"),
            ],
        )  # fmt: skip
        changes.put(PartNumber, [PartNumber(account="10001", number="4711", product="S8")])
        changes.put(
            AssortmentEntry,
            [
                AssortmentEntry(assortment="open", scope="product:X1", mode="exclude"),
                AssortmentEntry(assortment="open", scope="all", mode="exclude", effect="allow"),
            ],
        )


class Shop:
    """The line of a gateway whose clock stands still until it is moved."""

    def __init__(self, store: Store) -> None:
        fill(store)
        self.now = NOW
        self._files = dict(FILES)
        configuration = load({path: text.encode() for path, text in FILES.items()})
        self.line = Line(
            store, configuration, library_of(configuration), lambda: self.now, 1, Limits(), timedelta(days=400),
            timedelta(days=1), ChannelIntake({}),
        )  # fmt: skip

    def configured(self, connection: str = CXML, **more: object) -> None:
        """The connection states these keys, whatever it stated before; what else was configured stays."""
        path = f"connections/{connection}.toml"
        stated = "".join(f"\n{name} = {json.dumps(value)}" for name, value in more.items())
        kept = [line for line in self._files[path].splitlines() if line.partition("=")[0].strip() not in more]
        self._files[path] = "\n".join(kept) + stated
        self._read_again()

    def states(self, path: str, text: str, instead_of: str = "") -> None:
        """The file of the configuration states this besides, or instead."""
        stated = self._files.get(path, "")
        self._files[path] = stated.replace(instead_of, text) if instead_of else stated + text
        self._read_again()

    def _read_again(self) -> None:
        configuration = load({each: text.encode() for each, text in self._files.items()})
        assert configuration.problems == []
        self.line = replace(self.line, configuration=configuration, library=library_of(configuration))

    @property
    def store(self) -> Store:
        return self.line.store

    def own_line(self) -> Line:
        """The line as another thread works with it."""
        return replace(self.line, memory=TradeMemory())

    def later(self, **time: float) -> None:
        """Move the clock on."""
        self.now += timedelta(**time)

    def token(self, account: str = "10001", setup: PunchoutSetup | None = None, **more: object) -> str:
        """The token of a new session."""
        opening = Opening(CXML, "acme", account, setup or PunchoutSetup(buyer_cookie="C"), Protocol.CXML, **more)  # type: ignore[arg-type]
        with self.store.write() as db:
            return open_session(self.line, db, opening).token

    def session(self, account: str = "10001", setup: PunchoutSetup | None = None) -> Session:
        """A new session, opened."""
        key = redeem(self.line, self.token(account, setup))
        with self.store.read() as db:
            return session_of(self.line, db, key)

    def put(self, session: Session, sku: str, quantity: object, unit: str | None = None) -> Done:
        """What lies in the cart now."""
        done = put(self.line, session, Item(sku, D(str(quantity)), unit))
        assert not isinstance(done, Problem), done
        return done

    def prices(self, *rows: PriceCondition) -> None:
        """Prices imported meanwhile."""
        with self.store.write() as db:
            TradeChanges(db).put(PriceCondition, rows)


def item(auxiliary_id: str | None, **more: object) -> SetupItem:
    """An item that the buyer's system brings back."""
    return SetupItem(position=1, auxiliary_id=auxiliary_id, **more)  # type: ignore[arg-type]


def setup(operation: Operation, *items: SetupItem, **more: object) -> PunchoutSetup:
    """A setup for these items."""
    return PunchoutSetup(operation=operation, buyer_cookie="C", items=items, **more)  # type: ignore[arg-type]
