"""Outbound mappings: an order response as the segments of ORDRSP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pytest

from gateway.bundle import bundled, read_tree
from gateway.edifact.writer import write_segment
from gateway.errors import ConfigError
from gateway.mapping.codes import CodeList, code_list
from gateway.mapping.document import Document, document_of, effective
from gateway.mapping.outbound import OutboundMapping, Rendered
from gateway.mapping.outbound_compiler import compile_outbound
from gateway.model.order import Price
from gateway.model.party import Party
from gateway.model.response import Answer, LineAnswer, OrderResponse, ResponseLine, ResponseSchedule
from gateway.toml_source import parse_bytes

BUNDLE = read_tree(bundled("mappings"))
PUBLISHED = ("edifact/ordrsp_d96a", "edifact/ordrsp_d01b", "eancom/ordrsp_97", "eancom/ordrsp_02")


def compiled(identity: str, partner_files: Mapping[str, str] | None = None) -> OutboundMapping:
    """The mapping of the bundle, or one a test adds to it."""
    files = {**BUNDLE, **{path: text.encode() for path, text in (partner_files or {}).items()}}

    def find(wanted: str) -> Document | None:
        for path in (f"{wanted}/mapping.toml", f"partners/{wanted}/mapping.toml"):
            if path in files:
                return document_of(parse_bytes(files[path], path), files[path])
        return None

    def find_codes(name: str) -> CodeList | None:
        path = f"codes/{name}.toml"
        return code_list(name, parse_bytes(files[path], path)) if path in files else None

    return compile_outbound(effective(identity, find), find_codes)


def with_template(segments: str, table: str = "header") -> OutboundMapping:
    """A mapping of what ORDRSP must have and the segments of a test."""
    return compiled("test/ordrsp", {"test/ordrsp/mapping.toml": f"""
mapping = "test/ordrsp"
reads = "order_response"
makes = "edifact ORDRSP D.96A UN"
[start]
segments = ["BGM+231+{{number}}", "DTM+137:{{issued_on | yyyymmdd}}:102"]
[{table}]
segments = [{segments}]
[summary]
segments = ["UNS+S"]
"""})  # fmt: skip


def refused(files: str) -> list[str]:
    """The problems of a mapping that has what ORDRSP must have and the text of a test, as lines."""
    head = 'reads = "order_response"\nmakes = "edifact ORDRSP D.96A UN"\n'
    start = '[start]\nsegments = ["BGM+231+{number}", "DTM+137:{issued_on | yyyymmdd}:102"]\n'
    with pytest.raises(ConfigError) as error:
        compiled("test/ordrsp", {"test/ordrsp/mapping.toml": f"{head}{start}{files}"})
    return [str(problem) for problem in error.value.problems]


def text_of(rendered: Rendered) -> str:
    return "".join(map(write_segment, rendered.segments))


def response(*lines: ResponseLine, decision: Answer = Answer.ACCEPTED, note: str | None = None) -> OrderResponse:
    return OrderResponse(
        number="R77",
        decision=decision,
        issued_on=date(2024, 2, 5),
        order_number="PO-4711",
        buyer=Party(id="4012345000009", id_scheme="gln"),
        seller=Party(id="S1", id_scheme="theirs"),
        currency="EUR",
        note=note,
        lines=lines,
        line_count=len(lines),
    )


def line(position: int = 1, decision: LineAnswer = LineAnswer.ACCEPTED, **stated: object) -> ResponseLine:
    return ResponseLine(position=position, decision=decision, **stated)  # type: ignore[arg-type]


SPLIT = line(
    2,
    LineAnswer.CHANGED,
    supplier_sku="A2",
    buyer_sku="B2",
    ordered=Decimal(5),
    confirmed=Decimal(3),
    backordered=Decimal(2),
    unit_as_received="PCE",
    schedule=(
        ResponseSchedule(quantity=Decimal(2), unit_as_received="PCE", on=date(2024, 2, 9)),
        ResponseSchedule(quantity=Decimal("1.00"), unit_as_received="PCE", on=date(2024, 2, 20)),
    ),
)


def test_a_line_confirmed_on_two_dates_with_a_back_order_is_written_as_published() -> None:
    text = text_of(compiled("edifact/ordrsp_d96a").render(response(SPLIT)))
    assert (
        "LIN+2+6'PIA+1+A2:SA+B2:IN'QTY+21:5:PCE'QTY+113:3:PCE'QTY+83:2:PCE'"
        "SCC+1'QTY+113:2:PCE'DTM+67:20240209:102'SCC+1'QTY+113:1:PCE'DTM+67:20240220:102'" in text
    )


def test_the_header_and_the_summary_stand_around_the_lines() -> None:
    rendered = compiled("edifact/ordrsp_d96a").render(response(line(1, ordered=Decimal(1)), note="Thank you"))
    assert rendered.issues == []
    assert text_of(rendered) == (
        "BGM+231+R77+29'DTM+137:20240205:102'FTX+AAI+++Thank you'RFF+ON:PO-4711'"
        "NAD+BY+4012345000009::9'NAD+SU+S1::92'CUX+2:EUR:9'LIN+1+5'QTY+21:1'UNS+S'CNT+2:1'"
    )


@pytest.mark.parametrize(
    ("decision", "plain_code", "eancom_code"),
    [
        (Answer.ACCEPTED, "29", "29"),
        (Answer.HEADER_CHANGED, "28", "4"),
        (Answer.LINES_CHANGED, "30", "4"),
        (Answer.BOTH_CHANGED, "34", "4"),
        (Answer.REJECTED, "27", "27"),
        (Answer.HELD, "12", "12"),
    ],
)
def test_the_header_says_how_the_order_was_answered(decision: Answer, plain_code: str, eancom_code: str) -> None:
    document = response(decision=decision)
    for identity, code in zip(PUBLISHED, (plain_code, plain_code, eancom_code, eancom_code), strict=True):
        assert compiled(identity).render(document).segments[0] == [["BGM"], ["231"], ["R77"], [code], [""]]


@pytest.mark.parametrize(
    ("decision", "plain_code", "eancom_code"),
    [
        (LineAnswer.ACCEPTED, "5", "5"),
        (LineAnswer.CHANGED, "6", "3"),
        (LineAnswer.REJECTED, "7", "7"),
        (LineAnswer.NOT_FOUND, "10", "10"),
    ],
)
def test_each_line_says_how_it_was_answered(decision: LineAnswer, plain_code: str, eancom_code: str) -> None:
    document = response(line(3, decision, ordered=Decimal(1)))
    for identity, code in zip(PUBLISHED, (plain_code, plain_code, eancom_code, eancom_code), strict=True):
        lin = next(segment for segment in compiled(identity).render(document).segments if segment[0] == ["LIN"])
        assert lin[1:3] == [["3"], [code]]


def test_a_held_order_is_answered_without_lines() -> None:
    text = text_of(compiled("edifact/ordrsp_d96a").render(response(decision=Answer.HELD)))
    assert text.startswith("BGM+231+R77+12'")
    assert text.endswith("CUX+2:EUR:9'UNS+S'CNT+2:0'")


def test_a_gtin_has_the_code_of_its_release() -> None:
    document = response(line(gtin="04012345678901", ordered=Decimal(1)))
    lin = [
        next(
            write_segment(segment) for segment in compiled(identity).render(document).segments if segment[0] == ["LIN"]
        )
        for identity in PUBLISHED
    ]
    assert lin == ["LIN+1+5+04012345678901:EN'", "LIN+1+5+04012345678901:SRV'"] * 2


def test_a_price_carries_its_basis_behind_two_empty_components() -> None:
    price = Price(amount=Decimal("12.50"), per=Decimal(100), unit="C62", unit_as_received="PCE")
    text = text_of(compiled("edifact/ordrsp_d96a").render(response(line(ordered=Decimal(1), price=price))))
    assert "PRI+AAA:12.5:::100:PCE'" in text


def test_a_rejected_line_confirms_nothing_and_says_why() -> None:
    rejected = line(1, LineAnswer.REJECTED, ordered=Decimal(4), confirmed=Decimal(0), reason="not in assortment")
    text = text_of(compiled("edifact/ordrsp_d96a").render(response(rejected, decision=Answer.REJECTED)))
    assert "LIN+1+7'QTY+21:4'QTY+113:0'FTX+LIN+++not in assortment'UNS+S'" in text


@pytest.mark.parametrize("identity", PUBLISHED)
def test_every_published_mapping_compiles_and_names_its_message(identity: str) -> None:
    message = compiled(identity).message
    assert (message.type, message.version, message.agency) == ("ORDRSP", "D", "UN")
    assert message.release == ("96A" if identity in ("edifact/ordrsp_d96a", "eancom/ordrsp_97") else "01B")
    assert message.association == {"eancom/ordrsp_97": "EAN005", "eancom/ordrsp_02": "EAN009"}.get(identity, "")


def test_a_missing_value_is_an_issue_with_its_field_and_rule() -> None:
    rendered = compiled("edifact/ordrsp_d96a").render(response(line(1, ordered=Decimal(1)), line(2)))
    (issue,) = rendered.issues
    assert (issue.code, issue.field, issue.tag) == ("mapping.value.missing", "lines[1].ordered", "QTY")
    assert issue.rule is not None
    assert issue.rule.startswith("edifact/ordrsp_d96a/mapping.toml:")


def test_a_missing_value_deep_in_a_list_names_every_place_around_it() -> None:
    late = line(1, ordered=Decimal(1), schedule=(ResponseSchedule(quantity=Decimal(1)),))
    rendered = compiled("edifact/ordrsp_d96a").render(response(line(2, ordered=Decimal(1)), late))
    assert [issue.field for issue in rendered.issues] == ["lines[1].schedule[0].on"]


def test_a_code_no_list_has_is_an_issue_and_never_passed_through() -> None:
    document = response()
    document = OrderResponse(**{name: getattr(document, name) for name in document.__struct_fields__} | {
        "buyer": Party(id="X", id_scheme="tea leaves")})  # fmt: skip
    rendered = compiled("edifact/ordrsp_d96a").render(document)
    assert [(issue.code, issue.field) for issue in rendered.issues] == [("mapping.code.unknown", "buyer.id_scheme")]
    assert "NAD+BY+X'" in text_of(rendered)
