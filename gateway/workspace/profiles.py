"""Profiles of procurement systems, as mappings/profiles/NAME.toml and a connection state them.

extends = "cxml"                       # the profile this one changes, key by key
protocol = "cxml"
[limits]
text = { most = 40 }
[units]                                # ours, as UN/ECE Rec 20, and the buyer's code
PCE = "EA"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from gateway.bundle import bundled, read_tree
from gateway.charsets import is_ascii_in
from gateway.errors import ConfigError, Problem, meant
from gateway.fields import Field, FieldType, Reader, Values
from gateway.model.profile import Limit, Profile
from gateway.toml_source import TomlSource, parse_bytes
from gateway.workspace.configuration import Configuration
from gateway.workspace.values import Connection

_FOLDER, _CODES = "mappings/profiles/", "mappings/codes/"
_UNITS = {"rec20": f"{_CODES}unit_rec20.toml", "x12": f"{_CODES}unit_x12.toml"}
"""The lists of units a system can have: UN/ECE Recommendation 20, and element 355 of ANSI ASC X12."""
_MAX_DEPTH = 3
_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){2}", re.ASCII)
LIMITED = (
    "sku", "auxiliary_id", "buyer_sku", "gtin", "text", "long_text", "manufacturer", "manufacturer_sku", "unit_as_sent",
    "material_group", "contract", "contract_line", "quote", "unspsc", "eclass", "documents", "custom",
)  # fmt: skip
"""The fields of a cart's line that can have a limit."""
_REQUIRED = ("unspsc", "eclass", "material_group", "buyer_sku", "manufacturer", "manufacturer_sku")
_LIMIT = (
    Field(name="most", type=FieldType.INTEGER, at_least=1, help="How many characters there is room for."),
    Field(name="bytes", type=FieldType.FLAG, default=False, help="Whether `most` counts bytes of UTF-8."),
    Field(name="forbidden", help="Characters that may not be in it."),
)
FIELDS = (
    Field(name="extends", help="The profile this one changes, key by key."),
    Field(name="title", help="What the system is called."),
    Field(name="protocol", default="cxml", choices=("cxml", "oci"), help="What it speaks."),
    Field(name="user_agent", help="The program its documents come from."),
    Field(name="dtd", type=FieldType.WORDS, default={}, help='The DTD of each document: { default = "1.2.050" }.'),
    Field(name="field_name", default="cXML-urlencoded", help="The form field that has the cart."),
    Field(name="encoding", default="UTF-8", help="The encoding of documents that are sent to it."),
    Field(name="classification", default="UNSPSC", help="The domain of classifications."),
    Field(name="required", type=FieldType.TEXTS, default=(), choices=_REQUIRED, help="Fields no line may be without."),
    Field(
        name="limits",
        type=FieldType.TABLE,
        fields=tuple(Field(name=name, type=FieldType.TABLE, fields=_LIMIT, help="Its room.") for name in LIMITED),
        help="The room of each field of a line.",
    ),
    Field(name="price_decimals", type=FieldType.INTEGER, default=4, at_least=0, help="Decimals of a price."),
    Field(name="price_digits", type=FieldType.INTEGER, at_least=1, help="Digits of a price before the point."),
    Field(name="quantity_decimals", type=FieldType.INTEGER, default=3, at_least=0, help="Decimals of a quantity."),
    Field(name="quantity_digits", type=FieldType.INTEGER, at_least=1, help="Digits of a quantity before the point."),
    Field(name="per_digits", type=FieldType.INTEGER, at_least=1, help="Digits of what a price is for."),
    Field(
        name="unit_codes",
        default="rec20",
        choices=tuple(_UNITS),
        help="Whose codes of units it writes: UN/ECE Rec 20, or those of ANSI X12 before them.",
    ),
    Field(name="units", type=FieldType.WORDS, default={}, help="The system's code for each of our units."),
    Field(name="units_read", type=FieldType.WORDS, default={}, help="Our unit for further codes of the system."),
    Field(name="only_units", type=FieldType.FLAG, default=False, help="Whether it knows the units stated alone."),
    Field(name="oci_version", help="The version of OCI where a call names none."),
)
_OVERRIDDEN = ("field_name", "encoding", "user_agent", "classification")
"""What a connection states for itself, beside the DTDs."""

_Files = tuple[tuple[str, bytes], ...]


class _Stated(NamedTuple):
    """What the files of a profile say together, and what is wrong with them."""

    data: dict[str, object]
    problems: tuple[Problem, ...]


def profile(configuration: Configuration, name: str) -> Profile:
    """The profile of a name, the workspace's own before the one shipped. Raises ConfigError where it cannot be used."""
    found = _profile(_profile_files(configuration.files), name)
    if isinstance(found, tuple):
        raise ConfigError(f"The profile {name} cannot be used.", list(found))
    return found


def profile_of(configuration: Configuration, connection: Connection) -> Profile:
    """The profile of a cxml or oci connection, with what the connection states otherwise. Raises ConfigError."""
    values = connection.values
    found = profile(configuration, values.text("profile") or connection.kind)
    stated = {key: values.text(key) for key in _OVERRIDDEN if values.has(key)}
    return replace(found, dtd={**found.dtd, **values.words("dtd")}, **stated)


def profile_problems(files: Mapping[str, bytes], connections: Iterable[Connection]) -> Iterator[Problem]:
    """What is wrong with the profiles a workspace brings, and connections with a profile that there is not."""
    at_hand = _profile_files(files)
    own = [path for path in files if path.startswith(_FOLDER) and path.endswith(".toml")]
    for path in own:
        found = _profile(at_hand, _name(path))
        yield from found if isinstance(found, tuple) else ()
    known = [_name(path) for path, _ in at_hand if path.startswith(_FOLDER)]
    for connection in connections:
        named = connection.values.text("profile")
        place = connection.values.place("profile")
        if named and named not in known:
            yield place.problem(f"there is no profile {named!r}", meant(named, known, f"one of {', '.join(known)}"))
        elif named:
            found = _profile(at_hand, named)
            if isinstance(found, Profile) and found.protocol != connection.kind:
                yield place.problem(f"the profile {named} is of {found.protocol}", f"name one of {connection.kind}")
        yield from _unwritable(connection.values)


def _profile_files(files: Mapping[str, bytes]) -> _Files:
    """The profiles and the units of Rec 20, those of the workspace in the place of those shipped."""
    own = {path: content for path, content in files.items() if path.startswith(_FOLDER) or path in _UNITS.values()}
    return tuple(sorted({**_shipped(), **own}.items()))


@lru_cache(maxsize=1)
def _shipped() -> dict[str, bytes]:
    root = bundled("mappings")
    found = {f"{_FOLDER}{path}": content for path, content in read_tree(root / "profiles").items()}
    return found | {path: (root / path.removeprefix("mappings/")).read_bytes() for path in _UNITS.values()}


@lru_cache(maxsize=64)
def _profile(files: _Files, name: str) -> Profile | tuple[Problem, ...]:
    """The profile, or what is wrong with it."""
    stated = _stated(dict(files), name, 1)
    if stated.problems:
        return stated.problems
    values = Reader(f"{_FOLDER}{name}.toml", lambda _: (1, 1)).read(stated.data, FIELDS)
    if values.text("protocol") == "cxml" and "default" not in values.words("dtd"):
        return (values.place().problem("the profile names no DTD", 'add default = "1.2.050" to [dtd]'),)
    strange = tuple(_unwritable(values))
    if strange:
        return strange
    return _made(name, values, dict(files))


def _unwritable(values: Values) -> Iterator[Problem]:
    """What no document can be written by: a version of a DTD that is none, an encoding that is not known."""
    encoding = values.text("encoding")
    if encoding and not is_ascii_in(encoding):
        advice = 'write "UTF-8" or another in which ASCII is as it is, as "ISO-8859-1"'
        yield values.place("encoding").problem(f"encoding: nothing is written in {encoding!r}", advice)
    for document, version in values.words("dtd").items():
        if not _VERSION.fullmatch(version):
            text = f"dtd: {document} is pinned at {version!r}, which is no version"
            yield values.place("dtd").problem(text, 'write it as in "1.2.050"')


def _stated(files: Mapping[str, bytes], name: str, depth: int) -> _Stated:
    path = f"{_FOLDER}{name}.toml"
    if path not in files:
        return _Stated({}, (Problem(path, 1, 1, f"there is no profile {name!r}"),))
    try:
        source = parse_bytes(files[path], path)
    except ConfigError as error:
        return _Stated({}, error.problems)
    reader = Reader(path, source.position)
    base = reader.read(source.data, FIELDS).text("extends")
    if not base or reader.problems:
        return _Stated(dict(source.data), tuple(reader.problems))
    if depth == _MAX_DEPTH:
        return _Stated({}, (_too_deep(source),))
    below = _stated(files, base, depth + 1)
    return _Stated(_laid_over(below.data, source.data), below.problems)


def _too_deep(source: TomlSource) -> Problem:
    return source.problem(("extends",), f"this extends more than {_MAX_DEPTH - 1} profiles", "extend one further up")


def _laid_over(below: Mapping[str, object], above: Mapping[str, object]) -> dict[str, object]:
    laid = dict(below)
    for key, value in above.items():
        around = laid.get(key)
        laid[key] = {**around, **value} if isinstance(value, dict) and isinstance(around, dict) else value
    return laid


def _made(name: str, values: Values, files: Mapping[str, bytes]) -> Profile:
    limits = values.table("limits")
    sent, read = _units(values, files)
    return Profile(
        name=name, title=values.text("title") or name, protocol=values.text("protocol"),
        user_agent=values.text_or_none("user_agent"), dtd=values.words("dtd"), field_name=values.text("field_name"),
        encoding=values.text("encoding"), classification=values.text("classification"),
        required=values.texts("required"),
        limits={field: _limit(limits.table(field)) for field in LIMITED if limits.has(field)},
        price_decimals=values.integer("price_decimals"), price_digits=values.integer("price_digits") or None,
        quantity_decimals=values.integer("quantity_decimals"),
        quantity_digits=values.integer("quantity_digits") or None, per_digits=values.integer("per_digits") or None,
        units=sent, units_read=read, only_units=values.flag("only_units"),
        standard_units=frozenset(_words(files[_UNITS["rec20"]], "values")),
        oci_version=values.text_or_none("oci_version"),
    )  # fmt: skip


def _limit(values: Values) -> Limit:
    most = values.integer("most") or None
    return Limit(most=most, in_bytes=values.flag("bytes"), forbidden=values.text("forbidden"))


def _units(values: Values, files: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, str]]:
    """The system's code for our units, and ours for its codes: what is stated goes before the list of its codes."""
    sent, read = values.words("units"), values.words("units_read")
    if values.text("unit_codes") == "rec20":
        return sent, read
    listed = files[_UNITS[values.text("unit_codes")]]
    return {**_words(listed, "preferred"), **sent}, {**_words(listed, "values"), **read}


@lru_cache(maxsize=8)
def _words(content: bytes, table: str) -> dict[str, str]:
    found = parse_bytes(content, _CODES).data.get(table)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _name(path: str) -> str:
    return path.removeprefix(_FOLDER).removesuffix(".toml")
