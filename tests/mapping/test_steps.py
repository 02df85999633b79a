"""Steps: the values they take and give, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import pytest

from gateway.errors import ConfigError
from gateway.mapping import steps
from gateway.mapping.codes import CodeList, code_list
from gateway.mapping.grammar import Position, parse_rule
from gateway.mapping.library import Library
from gateway.mapping.step_values import StepError
from gateway.mapping.steps import STEPS, Kind, Pipeline, Step, compile_steps
from gateway.mapping.template_values import field_path
from gateway.toml_source import parse

AT = Position("test/mapping.toml", 3, 10)
PATH = "number | "
FEW = code_list("few", parse('[values]\n9 = "gln"\n91 = "ours"\n92 = "theirs"\n', "codes/few.toml"))
SHARED = code_list("shared", parse('[values]\n1 = "firm"\n10 = "firm"\n', "codes/shared.toml"))
PREFERRED = code_list(
    "preferred", parse('[values]\n1 = "firm"\n10 = "firm"\n[preferred]\nfirm = "1"\n', "codes/preferred.toml")
)
HALF_PAST_THREE = datetime.fromisoformat("2024-03-01T15:30")
LISTS = {"few": FEW, "shared": SHARED, "preferred": PREFERRED}


def find_codes(name: str) -> CodeList | None:
    return LISTS.get(name)


def compiled(steps: str, kind: Kind) -> Pipeline:
    """The steps as they stand behind a path, themselves at AT."""
    rule = parse_rule(PATH + steps, field_path, AT)
    return compile_steps(rule.steps, kind, AT._replace(column=AT.column - len(PATH)), find_codes)


@pytest.mark.parametrize(
    ("steps", "kind", "value", "result"),
    [
        ("trim", Kind.TEXT, "  x ", "x"),
        ("upper", Kind.TEXT, "eur", "EUR"),
        ("lower", Kind.TEXT, "EUR", "eur"),
        ("int", Kind.TEXT, "-12", -12),
        ("decimal", Kind.TEXT, "1.50", Decimal("1.50")),
        ("decimal", Kind.TEXT, "1,50", Decimal("1.50")),
        ("decimal(',')", Kind.TEXT, "1,5", Decimal("1.5")),
        ("decimal('.')", Kind.TEXT, "1.5", Decimal("1.5")),
        ("decimal('.')", Kind.TEXT, ".5", Decimal("0.5")),
        ("implied(2)", Kind.TEXT, "0000490", Decimal("4.90")),
        ("implied(2)", Kind.TEXT, "-5", Decimal("-0.05")),
        ("implied(3)", Kind.TEXT, "000000000123456789012", Decimal("123456789.012")),
        ("implied(2) | pad(7)", Kind.DECIMAL, Decimal("4.9"), "0000490"),
        ("implied(1)", Kind.INT, 20, "200"),
        ("decimal('.')", Kind.TEXT, "-.5", Decimal("-0.5")),
        ("decimal('.')", Kind.TEXT, "+31.", Decimal(31)),
        ("decimal(',')", Kind.TEXT, ",5", Decimal("0.5")),
        ("date", Kind.COMPOSITE, ("20240301", "102"), date(2024, 3, 1)),
        ("date", Kind.COMPOSITE, ("240301", "101"), date(2024, 3, 1)),
        ("date", Kind.COMPOSITE, ("202403011530", "203"), date(2024, 3, 1)),
        ("date", Kind.COMPOSITE, ("20240301", ""), date(2024, 3, 1)),
        ("date('%d.%m.%Y')", Kind.TEXT, "01.03.2024", date(2024, 3, 1)),
        ("date", Kind.TEXT, "2024-03-01", date(2024, 3, 1)),
        ("date", Kind.TEXT, "/Date(1709251200000)/", date(2024, 3, 1)),
        ("datetime", Kind.TEXT, "/Date(1709303400000+0060)/", HALF_PAST_THREE),
        ("datetime", Kind.COMPOSITE, ("202403011530", "203"), HALF_PAST_THREE),
        ("datetime", Kind.TEXT, "2024-03-01T15:30", HALF_PAST_THREE),
        ("period(from)", Kind.COMPOSITE, ("2024030120240331", "718"), date(2024, 3, 1)),
        ("period(to)", Kind.COMPOSITE, ("2024030120240331", "718"), date(2024, 3, 31)),
        ("period(to)", Kind.COMPOSITE, ("20240301-20240331", "718"), date(2024, 3, 31)),
        ("week", Kind.COMPOSITE, ("202410", "616"), date(2024, 3, 4)),
        ("code(few)", Kind.TEXT, "92", "theirs"),
        ("code(few, reverse)", Kind.TEXT, "theirs", "92"),
        ("code(preferred, reverse)", Kind.TEXT, "firm", "1"),
        ("gln", Kind.TEXT, "4012345000009", "4012345000009"),
        ("gtin", Kind.TEXT, "04012345000023", "04012345000023"),
        ("gtin", Kind.TEXT, "40123455", "40123455"),
        ("digits", Kind.TEXT, "007", "007"),
        ("first", Kind.TEXTS, ["a", "b"], "a"),
        ("last", Kind.TEXTS, ["a", "b"], "b"),
        ("only", Kind.TEXTS, ["a"], "a"),
        ("max(3)", Kind.TEXT, "abc", "abc"),
        ("pad(5)", Kind.TEXT, "42", "00042"),
        ("pad(4, '.')", Kind.TEXT, "42", "..42"),
        ("prefix('product:')", Kind.TEXT, "A-1", "product:A-1"),
        ("strip_zeros", Kind.TEXT, "0042", "42"),
        ("strip_zeros", Kind.TEXT, "000", "0"),
        ("join(' ')", Kind.TEXTS, ["a", "b"], "a b"),
        ("split('/')", Kind.TEXT, "a/b//c", ["a", "b", "c"]),
        ("wrap(7, 3)", Kind.TEXT, "two small words", ["two", "small", "words"]),
        ("wrap(4, 2)", Kind.TEXT, "abcdefg", ["abcd", "efg"]),
        ("plain", Kind.DECIMAL, Decimal("12.500"), "12.5"),
        ("plain", Kind.DECIMAL, Decimal("1E+3"), "1000"),
        ("plain", Kind.INT, 12, "12"),
        ("nonzero", Kind.DECIMAL, Decimal("12.500"), "12.5"),
        ("nonzero", Kind.DECIMAL, Decimal("0.000"), ""),
        ("nonzero", Kind.INT, 0, ""),
        ("fixed(2)", Kind.DECIMAL, Decimal("2.345"), "2.35"),
        ("fixed(2)", Kind.DECIMAL, Decimal("-2.345"), "-2.35"),
        ("yyyymmdd", Kind.DATE, date(2024, 3, 1), "20240301"),
        ("yyyymmddhhmm", Kind.DATETIME, HALF_PAST_THREE, "202403011530"),
        ("negate", Kind.DECIMAL, Decimal("2.5"), Decimal("-2.5")),
        ("abs", Kind.INT, -3, 3),
        ("required", Kind.TEXT, "x", "x"),
        ("trim | upper", Kind.TEXT, " a ", "A"),
        ("upper", Kind.TEXTS, ["a", "b"], ["A", "B"]),
        ("trim | join(',') | upper", Kind.TEXTS, [" a", "b "], "A,B"),
    ],
)
def test_a_step_gives_its_value(steps: str, kind: Kind, value: object, result: object) -> None:
    assert compiled(steps, kind).run(value) == result


@pytest.mark.parametrize(
    ("steps", "kind", "value", "fault"),
    [
        ("int", Kind.TEXT, "1.5", "not-a-number"),
        ("int", Kind.TEXT, "٣", "not-a-number"),
        ("decimal", Kind.TEXT, "two", "not-a-number"),
        ("decimal", Kind.TEXT, "1e5", "not-a-number"),
        ("decimal", Kind.TEXT, "1.234,5", "not-a-number"),
        ("decimal", Kind.TEXT, "NaN", "not-a-number"),
        ("decimal(',')", Kind.TEXT, "1.5", "not-a-number"),
        ("decimal('.')", Kind.TEXT, ".", "not-a-number"),
        ("implied(2)", Kind.TEXT, "4.90", "not-a-number"),
        ("implied(2)", Kind.TEXT, "1" * 15, "too-large"),
        ("implied(2)", Kind.DECIMAL, Decimal("4.905"), "does-not-fit"),
        ("decimal('.')", Kind.TEXT, "+-1", "not-a-number"),
        ("decimal('.')", Kind.TEXT, "1,000.5", "not-a-number"),
        ("decimal", Kind.TEXT, ".5", "not-a-number"),
        ("decimal", Kind.TEXT, "1" * 13, "too-large"),
        ("date", Kind.COMPOSITE, ("20240230", "102"), "date"),
        ("date", Kind.COMPOSITE, ("202403", "616"), "date"),
        ("date", Kind.COMPOSITE, ("2024030", "102"), "date"),
        ("date", Kind.COMPOSITE, ("20240301", "999"), "date"),
        ("date('%d.%m.%Y')", Kind.TEXT, "2024-03-01", "date"),
        ("period(from)", Kind.COMPOSITE, ("20240301", "102"), "date"),
        ("week", Kind.COMPOSITE, ("202454", "616"), "date"),
        ("week", Kind.COMPOSITE, ("20240301", "102"), "date"),
        ("code(few)", Kind.TEXT, "7", "code-unknown"),
        ("code(few, reverse)", Kind.TEXT, "nobody", "code-unknown"),
        ("gln", Kind.TEXT, "4012345000008", "invalid"),
        ("gln", Kind.TEXT, "40123455", "invalid"),
        ("gtin", Kind.TEXT, "4012345000024", "invalid"),
        ("digits", Kind.TEXT, "12a", "invalid"),
        ("max(3)", Kind.TEXT, "abcd", "does-not-fit"),
        ("only", Kind.TEXTS, ["a", "b"], "ambiguous"),
        ("wrap(4, 1)", Kind.TEXT, "two words", "does-not-fit"),
    ],
)
def test_a_step_refuses_what_it_cannot_take(steps: str, kind: Kind, value: object, fault: str) -> None:
    with pytest.raises(StepError) as error:
        compiled(steps, kind).run(value)
    assert error.value.kind == fault


@pytest.mark.parametrize(
    ("steps", "kind", "problem"),
    [
        ("shout", Kind.TEXT, ":3:10: there is no step 'shout' (steps are required, only"),
        ("trimm", Kind.TEXT, ":3:10: there is no step 'trimm' (did you mean trim?)"),
        ("decimal", Kind.INT, ":3:10: decimal does not take a whole number (it takes a text)"),
        ("trim | plain", Kind.TEXT, ":3:17: plain does not take a text"),
        ("period(from)", Kind.TEXT, ":3:10: period does not take a text (it takes a segment)"),
        ("join(' ')", Kind.TEXT, ":3:10: join does not take a text (it takes a list of texts)"),
        ("join", Kind.TEXTS, "join takes 1 arguments, not 0"),
        ("wrap(70, 5, 3)", Kind.TEXT, "wrap takes 1 or 2 arguments, not 3"),
        ("wrap('x')", Kind.TEXT, "wrap: a number is missing here"),
        ("wrap(0)", Kind.TEXT, "wrap: width and count are at least 1"),
        ("pad(4, '..')", Kind.TEXT, "pad: it fills with one character"),
        ("split('')", Kind.TEXT, "split: it splits at a text, not at nothing"),
        ("period(middle)", Kind.COMPOSITE, "period: it takes from or to"),
        ("implied(0)", Kind.TEXT, "implied: at least one digit stands behind the point"),
        ("date('DD.MM.YYYY')", Kind.TEXT, "date: 'DD.MM.YYYY' is no pattern of a day: it has %d, %m and %Y"),
        ("date('%d.%m')", Kind.TEXT, "date: '%d.%m' is no pattern of a day"),
        ("datetime('%q')", Kind.TEXT, "datetime: '%q' is no pattern of a day"),
        ("decimal(';')", Kind.TEXT, "decimal: the decimal mark is ',' or '.'"),
        ("code(nowhere)", Kind.TEXT, "code: there is no code list 'nowhere'; make mappings/codes/nowhere.toml"),
        ("code(few, backwards)", Kind.TEXT, "code: 'backwards' is not known; reverse and known are"),
        ("code(shared, reverse)", Kind.TEXT, "code: shared prefers no code for firm"),
    ],
)
def test_a_step_that_cannot_work_is_refused_when_it_is_compiled(steps: str, kind: Kind, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        compiled(steps, kind)
    assert problem in str(error.value)


def test_the_register_of_steps_is_closed() -> None:
    assert " ".join(STEPS) == (
        "required only trim upper lower int decimal implied date datetime period week code gln gtin digits first last "
        "max pad prefix strip_zeros join split wrap plain nonzero fixed yyyymmdd yyyymmddhhmm pattern negate abs"
    )


def test_a_step_may_be_used_twice_and_changes_nothing_outside() -> None:
    value = ["a", "b"]
    assert compiled("upper | join('')", Kind.TEXTS).run(value) == "AB"
    assert value == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "this code list has no [values]"),
        ("[values]\n1 = 2\n", "codes/x.toml:2:1: a text belongs here"),
        ('[values]\n1 = "a"\n[preferred]\nb = "1"\n', "codes/x.toml:4:1: '1' is no code of 'b'"),
        ('[values]\n1 = "a"\n[other]\n', "codes/x.toml:3:1: a code list has no 'other'"),
        ("[values]\n" + "".join(f'{i} = "x"\n' for i in range(20_001)), "more than 20000 codes"),
    ],
)
def test_a_code_list_that_is_none_is_refused_at_its_place(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        code_list("x", parse(text, "codes/x.toml"))
    assert problem in str(error.value)


BASE_UNITS = '[values]\nPCE = "PCE"\nEA = "PCE"\nKGM = "KGM"\nBX = "BX"\n[preferred]\nPCE = "PCE"\n'


def lists(**texts: str) -> Library:
    return Library({f"codes/{name}.toml": text.encode() for name, text in {"base": BASE_UNITS, **texts}.items()})


def test_a_code_list_says_what_differs_from_the_one_it_extends() -> None:
    found = lists(own='extends = "base"\n[values]\nSTK = "PCE"\nBX = "CT"\nKRT = "CT"\n').find_codes("own")
    assert found is not None
    assert found.values == {"PCE": "PCE", "EA": "PCE", "KGM": "KGM", "BX": "CT", "STK": "PCE", "KRT": "CT"}
    assert (found.reverse, found.undecided) == ({"PCE": "STK", "KGM": "KGM"}, ("CT",))


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        (
            {"own": 'extends = "bass"\n[values]\n1 = "a"\n'},
            "own.toml:1:1: there is no code list 'bass' to extend",
        ),
        ({"own": 'extends = "own"\n[values]\n1 = "a"\n'}, "there is no code list 'own' to extend"),
        (
            {"own": 'extends = "two"\n[values]\n1 = "a"\n', "two": 'extends = "own"\n[values]\n1 = "a"\n'},
            "two extends own itself (extend own)",
        ),
    ],
)
def test_a_code_list_extends_one_that_is_there_and_extends_none(texts: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        lists(**texts).find_codes("own")
    assert problem in str(error.value)


def test_a_mapping_is_another_one_when_a_list_changes_that_its_own_list_extends() -> None:
    rule = 'reads = "csv orders"\nmakes = "order"\n[order]\nnumber = "no | required"\nordered_on = "day | required"\n'
    rule += '[order.lines]\neach = "rows"\nposition = "pos | int"\nunit = "unit | code(own)"\n'
    own = b'extends = "base"\n[values]\nSTK = "PCE"\n'
    files = {"t/mapping.toml": rule.encode(), "codes/own.toml": own, "codes/base.toml": BASE_UNITS.encode()}
    changed = {**files, "codes/base.toml": BASE_UNITS.encode() + b"\n# x\n"}
    assert Library(files).digest("t") != Library(changed).digest("t")


class _Installed:
    """An entry point of a package that brings a step."""

    def __init__(self, name: str, step: Step) -> None:
        self.name = name
        self.load = lambda: step


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    reverse = Step({Kind.TEXT: Kind.TEXT}, range(1), lambda _: lambda text: str(text)[::-1])
    brought = [_Installed("backwards", reverse), _Installed("upper", reverse)]
    monkeypatch.setattr(steps, "entry_points", lambda group: brought if group == "gateway.steps" else [])
    steps.known_steps.cache_clear()
    yield
    steps.known_steps.cache_clear()


@pytest.mark.usefixtures("installed")
def test_an_installed_package_adds_steps_and_replaces_none() -> None:
    pipeline = compiled("backwards | upper", Kind.TEXT)
    assert pipeline.run("abc") == "CBA"
    with pytest.raises(ConfigError, match=r"there is no step 'sideways'.*backwards"):
        compiled("sideways", Kind.TEXT)
