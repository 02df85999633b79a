"""Mappings: an order of 1,000 lines read and checked for what is unread, its answer written, a document compiled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from gateway.bundle import bundled, read_tree
from gateway.edifact.directory import load
from gateway.edifact.message import Message
from gateway.edifact.structure import Group, arrange
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.inbound_compiler import compile_inbound
from gateway.mapping.library import Library
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.reading import Reading
from gateway.mapping.splicing import spliced
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.tree_mapping import TreeMapping
from gateway.mapping.writers import compile_writer
from gateway.model.order import Price
from gateway.model.party import Party
from gateway.model.response import Answer, LineAnswer, OrderResponse, ResponseLine, ResponseSchedule
from gateway.model.trade_rows import Row, TradeRows
from tests.speed.figures import Figure, cpu_seconds

LINES = 1_000
_HEADER = (
    "BGM+220+PO00000001+9'DTM+137:20240205:102'DTM+2:20240219:102'FTX+DIN+++Please deliver before noon:at gate 4'"
    "RFF+CT:CTR-00007'DTM+171:20240101:102'"
    "NAD+BY+4012345000009::9++Buyer Retail GmbH:Purchasing+Hauptstrasse 4+Hamburg++20095+DE'CTA+OC+:Jane Buyer'"
    "COM+jane.buyer@buyer.example:EM'NAD+SU+4098765000003::9++Supplier AG+Industrieweg 7+Koeln++50667+DE'"
    "NAD+DP+4012345000023::9++Store 9+Lagerweg 9+Berlin++10115+DE'NAD+IV+4012345000016::9'"
    "CUX+2:EUR:9'PAT+3++5:3:D:30'TOD+6++DDP'"
)
_SUMMARY = f"UNS+S'MOA+86:123456.78'CNT+2:{LINES}'"
_UNITS = ("PCE", "CT", "KGM")
ROWS = 50_000
_STOCK = b'reads = "stock"\nmakes = "xml stock"\n'
_STOCK_IN = b"""reads = "csv stock"
makes = "stock"
[layout]
decimal = ","
[rows]
each         = "rows"
sku          = "Artikel | required"
quantity     = "Menge | decimal"
unit         = "Einheit | upper"
available_on = "Datum | date('%d.%m.%Y')"
"""
_STOCK_XML = b'<S><I map:each="rows" sku="{sku}"><Q>{quantity}</Q><D>{available_on}</D></I></S>'


def measure() -> Iterator[Figure]:
    """The figures of the mapping language's speed table."""
    files = read_tree(bundled("mappings"))
    inbound, outbound = Library(files).inbound("eancom/orders_97"), Library(files).outbound("eancom/ordrsp_97")
    if not isinstance(inbound, InboundMapping) or not isinstance(outbound, OutboundMapping):
        raise AssertionError("these mappings are no messages'")
    message, root = order()
    translation = inbound.translate(message, root)
    if len(translation.document["lines"]) != LINES or translation.issues:  # type: ignore[arg-type]
        raise AssertionError(f"the order was not read: {translation.issues[:3]}")
    answer = response()
    if outbound.render(answer).issues:
        raise AssertionError("the answer was not written")
    reading = _read(inbound, message, root)
    whole, unread, rendering = cpu_seconds(
        lambda: _anew(inbound).translate(message, root),
        lambda: _anew(inbound).unread.find(reading, root),
        lambda: outbound.render(answer),
    )
    yield Figure(f"ORDERS of {LINES:,} lines, full mapping with coverage", whole * 1e3, "ms", at_most=40)
    yield Figure(f"ORDERS of {LINES:,} lines, listing what is unread", unread * 1e3, "ms", at_most=16)
    yield Figure(f"ORDRSP of {LINES:,} lines, rendered", rendering * 1e3, "ms", at_most=60)
    yield from _writing(Library(files))
    yield from _reading_rows(Library(files))
    for identity in ("edifact/orders_d96a", "eancom/ordrsp_97", "idoc/orders05"):
        yield _compiling(Library(files), identity)


def _writing(library: Library) -> Iterator[Figure]:
    """Orders and trade data as texts: what is written must not grow faster than what is read."""
    answer, stock = response(), rows(ROWS)
    page = Library({"page/stock/mapping.toml": _STOCK, "page/stock/template.xml": _STOCK_XML})
    csv, tables = _text_mapping(library, "csv/order_response"), _text_mapping(library, "csv/stock")
    template = _text_mapping(page, "page/stock")
    answering, writing, filling = cpu_seconds(
        lambda: csv.write(answer), lambda: tables.write(stock), lambda: template.write(stock)
    )
    yield Figure(f"an answer of {LINES:,} lines as CSV", answering * 1e3, "ms", at_most=60)
    yield Figure(f"{ROWS:,} rows of stock as CSV, as they are", ROWS / writing, "rows/s", at_least=200_000)
    yield Figure(f"{ROWS:,} rows of stock as XML, by a template", ROWS / filling, "rows/s", at_least=50_000)


def _reading_rows(library: Library) -> Iterator[Figure]:
    """Trade data as others lay it out: by rules with a number and a day in each row, and as it is."""
    table = "".join(f"A-{number};{number},5;pce;05.02.2024\r\n" for number in range(ROWS))
    content = f"Artikel;Menge;Einheit;Datum\r\n{table}".encode()
    by_rules = Library({"page/stock/mapping.toml": _STOCK_IN}).inbound("page/stock")
    as_it_is = library.inbound("csv/stock_in")
    if not isinstance(by_rules, TreeMapping) or not isinstance(as_it_is, TreeMapping):
        raise AssertionError("these mappings read no files")
    ruled, passed = cpu_seconds(
        lambda: by_rules.read(by_rules.parts(content).parts[0]), lambda: as_it_is.read(as_it_is.parts(content).parts[0])
    )
    yield Figure(f"{ROWS:,} rows of stock read from CSV, by rules", ROWS / ruled, "rows/s", at_least=50_000)
    yield Figure(f"{ROWS:,} rows of stock read from CSV, as they are", ROWS / passed, "rows/s", at_least=100_000)


def _text_mapping(library: Library, identity: str) -> TextMapping:
    found = library.outbound(identity)
    if not isinstance(found, TextMapping):
        raise AssertionError(f"{identity} writes no text")
    return found


def _anew(inbound: InboundMapping) -> InboundMapping:
    """The mapping, without what it remembers of segments seen before: each run reads the same order."""
    inbound.unread._known.clear()
    return inbound


def _compiling(library: Library, identity: str) -> Figure:
    """The document as read from its files, to closures, after others like it: paths are shared."""
    document = library.effective(identity)
    compiled = compile_inbound if document.is_inbound else compile_writer
    (seconds,) = cpu_seconds(lambda: compiled(document, library.find_codes))
    return Figure(f"compiling {identity}", seconds * 1e3, "ms", at_most=5)


def order() -> tuple[Message, Group]:
    """An order of an EANCOM buyer with ten segments a line, arranged in groups."""
    body = "".join(_line(number) for number in range(1, LINES + 1))
    directory = load("D", "96A")
    table = directory.message("ORDERS") if directory else None
    if directory is None or table is None:
        raise AssertionError("there are no tables of D.96A")
    message = spliced("edifact ORDERS D.96A UN EAN008", directory, "", f"{_HEADER}{body}{_SUMMARY}")
    root, issues = arrange(message, table)
    if issues:
        raise AssertionError(f"this is no order: {issues[:3]}")
    return message, root


def rows(count: int) -> TradeRows:
    """The stock of as many articles."""
    made = (
        Row(
            position=number, cells={"sku": f"A-{number}", "quantity": f"{number % 977}.5", "available_on": "2024-03-01"}
        )
        for number in range(1, count + 1)
    )
    return TradeRows(kind="stock", rows=tuple(made))


def response() -> OrderResponse:
    """The answer to an order of as many lines, every third with a reason and two deliveries."""
    party = Party(id="4012345000009", id_scheme="gln")
    lines = tuple(_answer(number) for number in range(1, LINES + 1))
    return OrderResponse(
        number="OR00000001", decision=Answer.LINES_CHANGED, issued_on=date(2024, 2, 5), order_number="PO00000001",
        buyer=party, seller=party, currency="EUR", lines=lines, line_count=LINES,
    )  # fmt: skip


def _line(number: int) -> str:
    return (
        f"LIN+{number}++{_gtin(number)}:EN'PIA+1+SUP-{number:06}:SA+BUY{number:06}:IN'"
        f"IMD+F++:::Widget type {number}, blue?+green 10?'x5'QTY+21:{number % 500 + 1}:{_UNITS[number % 3]}'"
        f"DTM+2:202402{number % 28 + 1:02}:102'MOA+203:{number}.50'PRI+AAA:{number}.25:::1:PCE'"
        f"RFF+PL:PL2024-{number % 12}'TAX+7+VAT+++:::19+S'"
    )


def _gtin(number: int) -> str:
    digits = f"{400638100000 + number:012}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _answer(number: int) -> ResponseLine:
    changed = number % 3 == 0
    ordered, day = Decimal(number % 500 + 2), date(2024, 2, 12)
    schedule = (
        ResponseSchedule(quantity=Decimal(1), unit_as_received="PCE", on=day),
        ResponseSchedule(quantity=ordered - 1, unit_as_received="PCE", on=day + timedelta(days=7)),
    )
    return ResponseLine(
        position=number, decision=LineAnswer.CHANGED if changed else LineAnswer.ACCEPTED, gtin=_gtin(number),
        supplier_sku=f"SUP-{number:06}", buyer_sku=f"BUY{number:06}", ordered=ordered, confirmed=ordered,
        unit_as_received="PCE", price=Price(amount=Decimal(f"{number}.25"), per=Decimal(1), unit_as_received="PCE"),
        reason="one piece comes first, the others follow" if changed else None,
        schedule=schedule if changed else schedule[:1],
    )  # fmt: skip


def _read(mapping: InboundMapping, message: Message, root: Group) -> Reading:
    """The message after its rules have run, for the search of what they left."""
    reading = Reading(message)
    mapping.root.read(reading, root)
    return reading
