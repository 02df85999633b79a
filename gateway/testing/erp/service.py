"""The played ERP as a SOAP service: the operations that its WSDL names, made by spyne."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal as Number
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

from gateway.errors import ConfigError
from gateway.testing.erp.books import Books, Line, Order, RefusedError, Report

NAMESPACE = "urn:example:erp"
DELIVERY = date(2029, 3, 1)
"""When it delivers what was asked for without a day."""


def _mend_spyne() -> None:
    """Lets Python 3.12 and later find the modules of the six in spyne 2.14, written for the finders of before."""
    package = importlib.util.find_spec("spyne")
    if package is None or not package.submodule_search_locations:
        raise ConfigError('spyne is not installed; run: pip install "edi-procurement-gateway[demo]"')
    name = "spyne.util.six"
    if name in sys.modules:
        return
    file = Path(package.submodule_search_locations[0]) / "util" / "six.py"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ConfigError("spyne is damaged; install it anew")
    six = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(six)
    finder = six._importer  # noqa: SLF001 - the finder of a library that is not maintained
    kind: Any = type(finder)
    kind.find_spec = lambda self, name, path=None, target=None: (  # noqa: ARG005 - as finders are called
        ModuleSpec(name, self) if name in self.known_modules else None
    )
    kind.create_module = lambda self, spec: self.load_module(spec.name)
    kind.exec_module = lambda self, module: None  # noqa: ARG005 - as loaders are called


_mend_spyne()

from spyne import (  # noqa: E402 - only after it was mended
    Application,
    Boolean,
    ByteArray,
    ComplexModel,
    Date,
    Decimal,
    Fault,
    Integer,
    ServiceBase,
    Unicode,
    rpc,
)
from spyne.protocol.soap import Soap11, Soap12  # noqa: E402
from spyne.server.wsgi import WsgiApplication  # noqa: E402

_Text = Unicode(min_occurs=1, nillable=False)
_Amount = Decimal(min_occurs=1, nillable=False)


class OrderLine(ComplexModel):
    """A line as ordered."""

    __namespace__ = NAMESPACE
    _type_info = [
        ("Position", _Text),
        ("Article", _Text),
        ("Quantity", _Amount),
        ("Unit", _Text),
        ("Price", Decimal),
        ("PricePer", Decimal),
        ("DeliverOn", Date),
    ]


class SalesOrder(ComplexModel):
    """An order as the gateway sends it."""

    __namespace__ = NAMESPACE
    _type_info = [
        ("Number", _Text),
        ("Version", Integer(min_occurs=1, nillable=False)),
        ("Account", _Text),
        ("BuyerOrder", Unicode),
        ("Currency", Unicode),
        ("OrderedOn", Date),
        ("State", Unicode),
        ("Line", OrderLine.customize(max_occurs="unbounded")),
    ]


class Accepted(ComplexModel):
    """What the ERP has of an order."""

    __namespace__ = NAMESPACE
    _type_info = [("Key", Unicode), ("ErpNumber", Unicode), ("Known", Boolean)]


class ConfirmedLine(ComplexModel):
    """What is delivered of a line."""

    __namespace__ = NAMESPACE
    _type_info = [("Position", Unicode), ("Quantity", Decimal), ("Unit", Unicode), ("DeliverOn", Date)]


class Confirmation(ComplexModel):
    """What is delivered of an order."""

    __namespace__ = NAMESPACE
    _type_info = [
        ("Id", Unicode),
        ("Order", Unicode),
        ("Version", Integer),
        ("ErpNumber", Unicode),
        ("Line", ConfirmedLine.customize(max_occurs="unbounded")),
    ]


class OrderStatus(ComplexModel):
    """How far an order got."""

    __namespace__ = NAMESPACE
    _type_info = [("Id", Unicode), ("Order", Unicode), ("ErpNumber", Unicode), ("State", Unicode)]


class StatusPage(ComplexModel):
    """Some reports, and from where to go on."""

    __namespace__ = NAMESPACE
    _type_info = [
        ("Next", Unicode),
        ("More", Boolean),
        ("Status", OrderStatus.customize(max_occurs="unbounded")),
    ]


class StockRow(ComplexModel):
    """How much there is of an article."""

    __namespace__ = NAMESPACE
    _type_info = [("Article", Unicode), ("Quantity", Decimal), ("Unit", Unicode)]


class PriceRow(ComplexModel):
    """A price of a list, for everybody or for one account."""

    __namespace__ = NAMESPACE
    _type_info = [
        ("List", Unicode),
        ("Account", Unicode),
        ("Article", Unicode),
        ("Amount", Decimal),
        ("Currency", Unicode),
        ("Per", Decimal),
        ("Unit", Unicode),
    ]


class ProductRow(ComplexModel):
    """An article."""

    __namespace__ = NAMESPACE
    _type_info = [("Article", Unicode), ("Name", Unicode), ("Unit", Unicode), ("Gtin", Unicode)]


class AccountRow(ComplexModel):
    """A customer."""

    __namespace__ = NAMESPACE
    _type_info = [("Account", Unicode), ("Name", Unicode), ("Currency", Unicode), ("Country", Unicode)]


class Document(ComplexModel):
    """Any document."""

    __namespace__ = NAMESPACE
    _type_info = [("Id", Unicode), ("Name", Unicode), ("Content", ByteArray)]


class Kept(ComplexModel):
    """What the ERP has of a document."""

    __namespace__ = NAMESPACE
    _type_info = [("Key", Unicode), ("Name", Unicode), ("Known", Boolean)]


class Orders(ServiceBase):
    """Orders in, and what becomes of them out."""

    @rpc(SalesOrder.customize(min_occurs=1, nillable=False), _returns=Accepted, _in_variable_names={"order": "Order"})
    def CreateOrder(ctx, order):
        """The order with the ERP's number; the same one again is known."""
        booked, known = _refusing(lambda: ctx.udc.book(_order(order)))
        return Accepted(Key=booked.key, ErpNumber=booked.erp_number, Known=known)

    @rpc(_Text, _returns=Accepted, _in_variable_names={"key": "Key"})
    def GetOrder(ctx, key):
        """What there is of an order; empty where there is nothing."""
        found = ctx.udc.order(key)
        return Accepted(Key=found.key, ErpNumber=found.erp_number, Known=True) if found else Accepted()

    @rpc(_returns=Confirmation.customize(max_occurs="unbounded"))
    def GetConfirmations(ctx):
        """All confirmations that were not acknowledged."""
        return [_confirmation(ctx.udc, report) for report in ctx.udc.waiting("confirmations")]

    @rpc(_Text, _returns=Boolean, _in_variable_names={"identity": "Id"})
    def AckConfirmation(ctx, identity):
        """Whether it waited."""
        return ctx.udc.acknowledge("confirmations", identity)

    @rpc(Unicode, Integer, _returns=StatusPage, _in_variable_names={"since": "Since", "most": "Most"})
    def GetStatus(ctx, since, most):
        """What was reported since."""
        reports, after, more = ctx.udc.statuses(int(since or 0), most or 100)
        found = [
            OrderStatus(Id=each.identity, Order=each.order.number, ErpNumber=each.order.erp_number, State=each.state)
            for each in reports
        ]
        return StatusPage(Next=str(after), More=more, Status=found)


class TradeData(ServiceBase):
    """What the ERP owns of trade data, each as a whole list."""

    @rpc(_returns=StockRow.customize(max_occurs="unbounded"))
    def GetStock(ctx):
        """How much there is of what is short."""
        return [StockRow(Article=article, Quantity=most, Unit="PCE") for article, most in ctx.udc.short.items()]

    @rpc(_returns=PriceRow.customize(max_occurs="unbounded"))
    def GetPrices(ctx):
        """The prices it was told."""
        return [
            PriceRow(**{**row, "Amount": Number(row["Amount"]), "Per": Number(row["Per"])})
            for row in ctx.udc.rows("prices")
        ]

    @rpc(_returns=ProductRow.customize(max_occurs="unbounded"))
    def GetProducts(ctx):
        """The articles it was told."""
        return [ProductRow(**row) for row in ctx.udc.rows("products")]

    @rpc(_returns=AccountRow.customize(max_occurs="unbounded"))
    def GetAccounts(ctx):
        """The customers it was told."""
        return [AccountRow(**row) for row in ctx.udc.rows("accounts")]


class Documents(ServiceBase):
    """Documents of any kind, in and out."""

    @rpc(
        _Text, _Text, ByteArray, _returns=Kept,
        _in_variable_names={"name": "Name", "key": "Key", "content": "Content"},
    )  # fmt: skip
    def PutDocument(ctx, name, key, content):
        """The document is kept; the same one again is known."""
        known = _refusing(lambda: ctx.udc.keep(name, key, b"".join(content or ())))
        return Kept(Key=key, Name=name, Known=known)

    @rpc(_Text, _returns=Kept, _in_variable_names={"key": "Key"})
    def FindDocument(ctx, key):
        """What came under a key; empty where nothing did."""
        name = ctx.udc.document_of(key)
        return Kept(Key=key, Name=name, Known=True) if name else Kept()

    @rpc(_returns=Document.customize(max_occurs="unbounded"))
    def GetDocuments(ctx):
        """All documents that were not acknowledged."""
        waiting = ctx.udc.waiting("documents")
        return [Document(Id=each.identity, Name=each.name, Content=[each.content]) for each in waiting]

    @rpc(_Text, _returns=Boolean, _in_variable_names={"identity": "Id"})
    def AckDocument(ctx, identity):
        """Whether it waited."""
        return ctx.udc.acknowledge("documents", identity)


def soap_application(books: Books, version: str = "1.1") -> WSGIApplication:
    """The service over these books; its WSDL is at ?wsdl."""
    protocol = Soap11 if version == "1.1" else Soap12
    application = Application(
        [Orders, TradeData, Documents],
        NAMESPACE,
        name="Erp",
        in_protocol=protocol(validator="lxml"),
        out_protocol=protocol(),
    )
    application.event_manager.add_listener("method_call", lambda ctx: setattr(ctx, "udc", books))
    served: WSGIApplication = WsgiApplication(application)
    return served


def _refusing(asked: Any) -> Any:
    try:
        return asked()
    except RefusedError as refused:
        raise Fault("Client.Refused", str(refused)) from None


def _order(sent: Any) -> Order:
    return Order(sent.Number, sent.Version, list(_lines(sent)))


def _lines(sent: Any) -> Iterator[Line]:
    for line in sent.Line or ():
        yield Line(line.Position, line.Article, line.Quantity, line.Unit, line.DeliverOn)


def _confirmation(books: Books, report: Report) -> Any:
    order = report.order
    if order is None:
        return Confirmation(Id=report.identity)
    lines = [
        ConfirmedLine(
            Position=each.position,
            Quantity=books.confirmed(each),
            Unit=each.unit,
            DeliverOn=each.deliver_on or DELIVERY,
        )
        for each in order.lines
    ]
    return Confirmation(
        Id=report.identity, Order=order.number, Version=order.version, ErpNumber=order.erp_number, Line=lines
    )
