"""Outbound mappings: an order response as the segments of ORDRSP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from gateway.bundle import bundled, read_tree
from gateway.edifact.directory import load
from gateway.edifact.envelope import InterchangeHeader
from gateway.edifact.reader import read
from gateway.edifact.syntax import Segment
from gateway.edifact.validation import validate
from gateway.edifact.writer import Outgoing, write_interchange, write_segment
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


def refused(files: str) -> list[str]:
    """The problems of a mapping that has what ORDRSP must have and the text of a test, as lines."""
    head = 'reads = "order_response"\nmakes = "edifact ORDRSP D.96A UN"\n'
    start = '[start]\nsegments = ["BGM+231+{number}", "DTM+137:{issued_on | yyyymmdd}:102"]\n'
    with pytest.raises(ConfigError) as error:
        compiled("test/ordrsp", {"test/ordrsp/mapping.toml": f"{head}{start}{files}"})
    return [str(problem) for problem in error.value.problems]


def text_of(rendered: Rendered) -> str:
    return "".join(map(write_segment, rendered.segments))


def trimmed(segment: Segment) -> Segment:
    """The segment without empty tails, as one that was read has none."""
    elements = [element[: max((i + 1 for i, text in enumerate(element) if text), default=1)] for element in segment]
    return elements[: max(i + 1 for i, element in enumerate(elements) if element != [""])]


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


FULL = response(
    SPLIT,
    line(
        3,
        LineAnswer.CHANGED,
        gtin="4012345678901",
        ordered=Decimal(1),
        confirmed=Decimal(1),
        reason="our price is lower; " * 12,
        price=Price(amount=Decimal("12.50"), per=Decimal(100), unit_as_received="PCE"),
    ),
    line(4, LineAnswer.NOT_FOUND, buyer_sku="B4", ordered=Decimal("0.5"), unit_as_received="KGM"),
    decision=Answer.BOTH_CHANGED,
    note="2 'lines' changed: 50+ pieces?",
)


@pytest.mark.parametrize("identity", PUBLISHED)
def test_a_response_is_a_valid_message_of_its_directory(identity: str) -> None:
    mapping = compiled(identity)
    kind = mapping.message
    rendered = mapping.render(FULL)
    directory = load(kind.version, kind.release)
    assert directory is not None
    outgoing = Outgoing(reference="1", **kind._asdict(), segments=rendered.segments)
    content, issues = write_interchange(InterchangeHeader(sender="S", recipient="B", control_reference="1"), [outgoing])
    assert rendered.issues == issues == []
    (message,) = [message for interchange in read(content) for message in interchange.messages()]
    assert validate(message, directory)[1] == []
    assert message.segments[1:-1] == [trimmed(segment) for segment in rendered.segments]


def test_a_missing_value_is_an_issue_with_its_field_and_rule() -> None:
    rendered = compiled("edifact/ordrsp_d96a").render(msgspec.structs.replace(response(line(1)), order_number=""))
    (issue,) = rendered.issues
    assert (issue.code, issue.field, issue.tag) == ("mapping.value.missing", "order_number", "RFF")
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


def lines_of(segments: str, *lines: ResponseLine) -> str:
    """The segments a table over the lines writes."""
    mapping = compiled("test/ordrsp", {"test/ordrsp/mapping.toml": f"""
reads = "order_response"
makes = "edifact ORDRSP D.96A UN"
[start]
segments = ["BGM+231+{{number}}", "DTM+137:{{issued_on | yyyymmdd}}:102"]
[lines]
each = "lines"
segments = [{segments}]
[summary]
segments = ["UNS+S"]
"""})  # fmt: skip
    return text_of(mapping.render(response(*lines))).partition("20240205:102'")[2].removesuffix("UNS+S'")


def test_a_segment_whose_placeholders_are_all_empty_is_left_out() -> None:
    assert lines_of('"LIN+{position}", "FTX+LIN+++{reason}", "RFF+ON:{buyer_sku}"', line()) == "LIN+1'"


def test_a_composite_whose_placeholders_are_all_empty_loses_its_literals() -> None:
    assert lines_of('"LIN+{position}++{gtin}:EN", "QTY+21:1"', line()) == "LIN+1'QTY+21:1'"


def test_like_composites_close_up_and_what_follows_keeps_its_place() -> None:
    template = '"LIN+{position}", "PIA+1+[{supplier_sku}:SA]+[{buyer_sku}:IN]+{unit}:MF"'
    assert lines_of(template, line(buyer_sku="B1", unit="PCE")) == "LIN+1'PIA+1+B1:IN++PCE:MF'"


def test_an_empty_value_marked_with_a_question_mark_drops_the_whole_segment() -> None:
    template = '"LIN+{position}", "QTY+113:{confirmed? | plain}:{unit_as_received}"'
    assert lines_of(template, line(unit_as_received="PCE")) == "LIN+1'"


def test_zero_is_a_value_and_not_empty() -> None:
    template = '"LIN+{position}", "QTY+113:{confirmed? | plain}"'
    assert lines_of(template, line(confirmed=Decimal(0))) == "LIN+1'QTY+113:0'"


def test_a_table_of_which_no_value_is_filled_leaves_its_literals_out() -> None:
    assert lines_of('"LIN++5", "FTX+LIN+++{reason}"', line(), line(2, reason="late")) == "LIN++5'FTX+LIN+++late'"


def test_text_around_values_goes_when_every_value_is_empty() -> None:
    template = '"LIN+{position}", "RFF+ON:{buyer_sku}/{unit}"'
    assert lines_of(template, line(unit="PCE"), line(2)) == "LIN+1'RFF+ON:/PCE'LIN+2'"


def test_the_first_value_that_is_not_empty_is_written() -> None:
    template = "\"LIN+{position}++{gtin // supplier_sku // 'NONE'}\""
    assert lines_of(template, line(supplier_sku="A1"), line(2)) == "LIN+1++A1'LIN+2++NONE'"


def test_a_wrapped_text_fills_successive_components() -> None:
    reason = "the rest follows as soon as the goods have come in from the works, which may take until the end of March"
    text = lines_of('"LIN+{position}", "FTX+LIN+++{reason | wrap(70, 5)}"', line(reason=reason))
    first, second = text.removeprefix("LIN+1'FTX+LIN+++").split(":")
    assert len(first) <= 70
    assert f"{first} {second}" == f"{reason}'"


def test_a_text_that_does_not_fit_is_an_issue() -> None:
    rendered = compiled("edifact/ordrsp_d96a").render(response(line(ordered=Decimal(1), reason="word " * 80)))
    assert [(issue.code, issue.field) for issue in rendered.issues] == [
        ("mapping.value.does-not-fit", "lines[0].reason")
    ]


def test_service_characters_of_a_value_never_make_structure() -> None:
    text = lines_of('"LIN+{position}", "FTX+LIN+++{reason}"', line(reason="50?+'UNS+S':"))
    assert text == "LIN+1'FTX+LIN+++50???+?'UNS?+S?'?:'"


def test_a_field_of_the_document_is_found_from_inside_a_line() -> None:
    assert lines_of('"LIN+{position}", "RFF+ON:{order_number}"', line()) == "LIN+1'RFF+ON:PO-4711'"


def test_a_condition_decides_for_each_item_whether_its_table_is_written() -> None:
    mapping = compiled("acme/ordrsp", {"partners/acme/ordrsp/mapping.toml": """
extends = "edifact/ordrsp_d96a"
partner = "acme"
[lines]
when = "decision = 'changed', 'rejected'"
"""})  # fmt: skip
    document = response(line(1, ordered=Decimal(1)), line(2, LineAnswer.REJECTED, ordered=Decimal(1)))
    assert [segment[1] for segment in mapping.render(document).segments if segment[0] == ["LIN"]] == [["2"]]


ACME = """
extends = "eancom/ordrsp_97"
partner = "acme"
[lines]
drop = ["PRI+AAA"]
[lines.replace]
"LIN" = "LIN+{position!}+{decision | code(line_action_1229)}+{buyer_sku!}:IN"
[header.after]
"RFF+ON" = "RFF+VN:{seller_reference!}"
"""


def test_a_partner_drops_replaces_and_adds_segments_by_tag_and_qualifier() -> None:
    mapping = compiled("acme/ordrsp", {"partners/acme/ordrsp/mapping.toml": ACME})
    price = Price(amount=Decimal(9), per=Decimal(1))
    changed = line(1, LineAnswer.CHANGED, buyer_sku="B1", ordered=Decimal(1), price=price)
    document = response(changed, decision=Answer.LINES_CHANGED)
    rendered = mapping.render(document)
    text = text_of(rendered)
    assert text.startswith("BGM+231+R77+4'")
    assert "LIN+1+6+B1:IN'" in text
    assert "PRI" not in text
    assert [(issue.field, issue.rule) for issue in rendered.issues] == [
        ("seller_reference", "partners/acme/ordrsp/mapping.toml:9")
    ]


LINES = '[lines]\neach = "lines"\nsegments = ["LIN+{position}"%s]\n'
SUMMARY = '[summary]\nsegments = ["UNS+S"]\n'


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (LINES % ', "QTY+21:{amount}"' + SUMMARY, ":7:40: ResponseLine has no field 'amount'"),
        (LINES % ', "QTY+21:{ordered}"' + SUMMARY, ":7:40: a number is no text of a segment (add | plain)"),
        (LINES % ', "QTY+21:{ordered | yyyymmdd}"' + SUMMARY, ":7:50: yyyymmdd does not take a number"),
        (LINES % ', "QTY+21:{ordered | code(x)}"' + SUMMARY, ":7:50: code does not take a number"),
        (LINES % ', "FTX+LIN+++{reason | code(x)}"' + SUMMARY, ":7:52: code: there is no code list 'x'"),
        (LINES % ', "RFF+ON:{buyer}"' + SUMMARY, ":7:40: buyer is no single value"),
        (LINES % ', "QTY+21"' + SUMMARY, ":7:36: the mandatory component 6060 of C186 is missing"),
        (LINES % ', "PIA+1"' + SUMMARY, ":7:32: the mandatory element C212 of PIA is missing"),
        (LINES % ', "QTY+21:1+x"' + SUMMARY, ":7:41: QTY has no element 2, its last is 1"),
        (LINES % ', "QTY+21:1:PCE:4"' + SUMMARY, ":7:36: C186 has 3 components, not 4"),
        (LINES % ', "XYZ+1"' + SUMMARY, ":7:32: D.96A has no segment XYZ"),
        (LINES % ', "QTY+21:1", "PIA+1+A:SA"' + SUMMARY, ":7:44: PIA cannot follow QTY in ORDRSP"),
        (LINES % ', "PAI+::1", "PAI+::1"' + SUMMARY, ":7:43: PAI cannot follow PAI in ORDRSP"),
        (LINES % "", ":3:1: ORDRSP has a mandatory UNS segment, the templates have none"),
        (LINES % ', "QTY+21:{ordered"' + SUMMARY, ":7:39: the placeholder is not closed by }"),
        (LINES % ', "@schedule"' + SUMMARY, ":7:32: there is no table 'schedule' in this one"),
        (LINES.replace('"lines"', '"buyer"') % "" + SUMMARY, ":6:9: buyer is no list of parts of the document"),
        (LINES % "" + "drop = ['MOA']\n" + SUMMARY, "there is no segment 'MOA' here (this table has LIN)"),
        (LINES % "" + "[lines.schedule]\neach = 'schedule'\nsegments = ['SCC+1']\n" + SUMMARY, "no template places"),
        (LINES % "" + "when = 'place'\n" + SUMMARY, "ResponseLine has no field 'place'"),
        (LINES % "" + "widths = 3\n" + SUMMARY, "'widths' is no key of a table"),
        (LINES % ', "FTX+LIN+++{reason | wrap(70, 5)}:x"' + SUMMARY, "only the last component takes a list"),
    ],
)
def test_a_template_that_cannot_be_right_is_refused_at_its_place(files: str, problem: str) -> None:
    assert [found for found in refused(files) if problem in found], refused(files)


def test_every_problem_of_a_mapping_is_reported_at_once() -> None:
    assert len(refused(LINES % ', "QTY+21:{amount}", "RFF+ON:{reference}"')) == 3


def test_a_mapping_has_at_most_500_templates() -> None:
    texts = ", ".join(['"FTX+LIN+++{note}"'] * 500)
    assert [one for one in refused(f"[texts]\nsegments = [{texts}]\n{SUMMARY}") if "more than 500 templates" in one]


def test_tables_of_templates_are_nested_at_most_four_deep() -> None:
    problems = refused(LINES % "" + "[lines.a.b.c.d]\nsegments = []\n" + SUMMARY)
    assert [one for one in problems if ":8:1: tables are nested at most 4 deep" in one], problems
