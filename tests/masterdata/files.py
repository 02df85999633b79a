"""What the files of the import tests hold, and how their reports are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from gateway.masterdata.importing import ImportReport

TODAY = date(2026, 6, 15)
ACCOUNTS = "account,name,parent,segment,gln\n1,Head,,gold,4012345000009\n11,Branch,1,,\n"
PRODUCTS = "sku,name,base_unit,gtin,unit:BX,gtin:BX\nSCREW,Screw,C62,4006381333931,200,\nNUT,Nut,C62,,,\n"

Importer: TypeAlias = Callable[..., ImportReport]


def counts(report: ImportReport) -> dict[str, int]:
    """The numbers of a report that are not 0."""
    return {name: number for name, number in report.summary().items() if number}


def refused(report: ImportReport) -> list[tuple[int, str | None, str]]:
    """Line, column and code of each refused row."""
    return [(refusal.line, refusal.column, refusal.code) for refusal in report.refusals]
