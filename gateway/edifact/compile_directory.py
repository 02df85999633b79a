"""Compact tables of one UN/EDIFACT release, made from its directory zip.

    python -m gateway.edifact.compile_directory d96a.zip --messages ORDERS,ORDRSP,ORDCHG,APERAK

The zips are those of the UN (https://unece.org/trade/uncefact/unedifact/download): nested, texts in code page 437.
D.93A was published without code lists; `--codes-from d96a.zip` takes those of D.96A less the entries marked as new.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.edifact.directory_text import Use, code_lists, segment_directory, segment_table
from gateway.errors import UsageError

TABLES = Path(__file__).parent / "tables"
SERVICE_TAGS = frozenset({"UNH", "UNS", "UNT"})
MESSAGES = "ORDERS,ORDRSP,ORDCHG,APERAK"


def read_texts(path: Path) -> dict[str, str]:
    """The texts of a directory zip and of the zips inside it, by upper-case file name without its folder."""
    try:
        return dict(_texts(zipfile.ZipFile(path)))
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} cannot be read as a zip: {error}") from error


def _texts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    for name in archive.namelist():
        if name.lower().endswith(".zip"):
            yield from _texts(zipfile.ZipFile(io.BytesIO(archive.read(name))))
        elif not name.endswith("/"):
            yield name.rsplit("/", 1)[-1].upper(), archive.read(name).decode("cp437")


def compile_release(
    texts: dict[str, str], messages: Sequence[str], older_codes: dict[str, str] | None = None
) -> dict[str, object]:
    """The tables of one release: its name, the messages, the segments they use and the codes those use."""
    directory = next((name for name in texts if name.startswith(("EDSD.", "TRSD."))), None)
    if directory is None:
        raise UsageError("The zip holds no segment directory (EDSD or TRSD): is it a directory of the UN?")
    release = directory.rsplit(".", 1)[-1]
    tables = {}
    for message in messages:
        text = texts.get(f"{message}_D.{release}")
        if text is None:
            raise UsageError(f"{message} is not in D.{release}: name another with --messages.")
        tables[message] = segment_table(text)
    known = segment_directory(texts[directory])
    tags = sorted({tag for table in tables.values() for tag in _tags(table)} - SERVICE_TAGS)
    segments = {tag: known[tag] for tag in tags}
    lists = _code_lists(texts, additions=True) or _code_lists(older_codes or {}, additions=False)
    used = {code for elements in segments.values() for code in _element_codes(elements)}
    codes = {code: " ".join(lists[code]) for code in sorted(used) if code in lists}
    return {"release": f"D.{release}", "messages": tables, "segments": segments, "codes": codes}


def _tags(table: list[Use]) -> Iterator[str]:
    for use in table:
        if isinstance(use[-1], list):
            yield from _tags(use[-1])
        else:
            yield str(use[0])


def _element_codes(elements: list[list[object]]) -> Iterator[str]:
    for element in elements:
        if isinstance(element[3], list):
            yield from (str(component[0]) for component in element[3])
        else:
            yield str(element[0])


def _code_lists(texts: dict[str, str], *, additions: bool) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    for name, text in texts.items():
        if name.startswith("UNCL"):
            lists.update(code_lists(text, with_additions=additions))
    return lists


def to_text(tables: dict[str, object]) -> str:
    """JSON with one line for each message, segment and code list, so that a change shows as one line."""
    parts = [f'"release":{json.dumps(tables["release"])}']
    for section in ("messages", "segments", "codes"):
        entries = tables[section]
        if isinstance(entries, dict):
            rows = (f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in entries.items())
            parts.append(f'"{section}":{{\n' + ",\n".join(rows) + "\n}")
    return "{" + ",\n".join(parts) + "}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the table was written, 2 when the zip cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m gateway.edifact.compile_directory", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("zip", type=Path, help="the directory zip of the release")
    parser.add_argument("--messages", default=MESSAGES, help=f"message types, separated by commas ({MESSAGES})")
    parser.add_argument("--codes-from", type=Path, help="the next release's zip, for one without code lists")
    parser.add_argument("--output", type=Path, default=TABLES, help="folder for the table (the package's own)")
    options = parser.parse_args(arguments)
    try:
        older = read_texts(options.codes_from) if options.codes_from else None
        tables = compile_release(read_texts(options.zip), options.messages.split(","), older)
        target = options.output / f"{str(tables['release']).replace('.', '').lower()}.json"
        target.write_text(to_text(tables), encoding="utf-8")
    except (UsageError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
