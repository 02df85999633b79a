"""The report: what was checked of a connection, to be handed to the buyer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from gateway import __version__
from gateway.conformance.assortment import Assortment, Gap, looked_through
from gateway.conformance.checks import Check, Result, Section
from gateway.conformance.cxml_buyer import CxmlBuyer
from gateway.conformance.cxml_checks import cxml_sections
from gateway.conformance.oci_checks import OciBuyer, oci_sections
from gateway.conformance.shop import Rehearsed
from gateway.model.profile import Profile
from gateway.model.punchout import PunchoutSetup
from gateway.model.shopping import Protocol
from gateway.punchout.by_hand import COOKIE, Called, return_address
from gateway.punchout.oci_calls import Desk
from gateway.punchout.sessions import Opening, new_session
from gateway.punchout.shelf import Shelf
from gateway.search.index import SearchIndex
from gateway.search.keeping import keep
from gateway.wiring import Gateway
from gateway.workspace.profiles import profile_of

_DOCUMENTS = ("PunchOutOrderMessage", "ConfirmationRequest")


class Report(NamedTuple):
    """What was checked of a connection, when, by which rules."""

    called: Called
    profile: Profile
    at: datetime
    sections: tuple[Section, ...]
    assortment: Assortment

    @property
    def is_failed(self) -> bool:
        """Whether anything keeps the buyer from shopping or ordering."""
        return any(each.result is Result.FAILED for section in self.sections for each in section.checks)


def examined(rehearsal: Gateway, called: Called) -> Report:
    """What the buyer's system would meet, played in a rehearsal, in which nothing is kept.

    Raises ConfigError where the partner's files lack what the buyer shows or is returned to.
    """
    line, settings = rehearsal.line, rehearsal.settings
    profile = profile_of(line.configuration, called.connection)
    protocol = Protocol(called.connection.kind)
    setup = PunchoutSetup(buyer_cookie=COOKIE, return_url=return_address(called.connection))
    opening = Opening(called.connection.name, called.partner.name, called.account, setup, protocol)
    with line.store.read() as db:
        assortment = looked_through(Shelf(line, db, new_session(line, db, opening)), profile)
    rehearsed = Rehearsed(line, called, settings.cxml_dtd_dir, assortment.cart)
    if protocol is Protocol.CXML:
        sections = cxml_sections(rehearsed, CxmlBuyer(line, rehearsal.vault, called))
    else:
        index = SearchIndex(settings.workspace / "var")
        keep(line.store, index)
        sections = oci_sections(OciBuyer(rehearsed, Desk(rehearsal.vault.secret, index)))
    return Report(called, profile, line.clock(), tuple(sections), assortment)


def as_markdown(report: Report) -> str:
    """The report for people."""
    return "\n".join(_lines(report)) + "\n"


def as_objects(report: Report) -> Iterator[dict[str, object]]:
    """The report for programs: an object for each check, and for each thing of the assortment."""
    for section in report.sections:
        for each in section.checks:
            yield {
                "section": section.title,
                "check": each.what,
                "result": each.result,
                "seen": each.seen,
                "advice": each.advice,
            }
    for gap in report.assortment.gaps:
        yield {
            "section": "The assortment", "check": gap.what, "result": Result.FINDING, "advice": gap.advice,
            "seen": f"{gap.articles} articles", "articles": gap.articles, "first": gap.first,
            "blocking": gap.is_blocking,
        }  # fmt: skip


def _lines(report: Report) -> Iterator[str]:
    (connection, partner, account), profile = report.called, report.profile
    counts = dict.fromkeys(Result, 0)
    for section in report.sections:
        for each in section.checks:
            counts[each.result] += 1
    yield f"# Punchout of {partner.title}: what was checked\n"
    yield f"- {report.at:%Y-%m-%d %H:%M} UTC, gateway {__version__}, in a rehearsal: nothing of it was kept or sent"
    yield f"- connection `{connection.name}` of kind {connection.kind}, account {account}"
    yield f"- profile {profile.title or profile.name}: {_versions(profile)}"
    yield "- " + ", ".join(f"{count} {result}" for result, count in counts.items() if count)
    for section in report.sections:
        yield f"\n## {section.title}\n"
        yield from _table(("what was checked", "result", "what was seen", "what to do"), map(_row, section.checks))
    yield from _assortment(report.assortment)


def _versions(profile: Profile) -> str:
    if profile.protocol == Protocol.OCI:
        return f"OCI {profile.oci_version}" if profile.oci_version else "OCI as the call says"
    return ", ".join(f"{each} of DTD {profile.dtd_of(each)}" for each in _DOCUMENTS)


def _assortment(assortment: Assortment) -> Iterator[str]:
    yield "\n## The assortment\n"
    yield f"The account may buy {assortment.articles} articles."
    if not assortment.gaps:
        yield "The buyer's system takes all of them as they are."
        return
    heads = ("what", "articles", "the first of them", "in a cart", "what to do")
    yield ""
    yield from _table(heads, map(_gap_row, assortment.gaps))


def _row(each: Check) -> tuple[str, ...]:
    return each.what, each.result, each.seen, each.advice


def _gap_row(gap: Gap) -> tuple[str, ...]:
    taken = "not taken" if gap.is_blocking else "taken"
    return gap.what, str(gap.articles), ", ".join(gap.first), taken, gap.advice


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield _cells(heads)
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield _cells(row)


def _cells(cells: tuple[str, ...]) -> str:
    told = (" ".join(each.replace("|", "\\|").split()) for each in cells)
    return f"| {' | '.join(told)} |"
