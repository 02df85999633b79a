"""How an account is served, and by whom of us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gateway.model.account import Account, ServiceContact, ServiceLevel
from gateway.model.value import Value


class Service(Value, kw_only=True):
    """The service level of an account, who serves it, and who stands in for him in this order."""

    level: ServiceLevel | None = None
    contact: ServiceContact | None = None
    deputies: tuple[ServiceContact, ...] = ()


def service(
    chain: Sequence[Account],
    subjects: Sequence[str],
    levels: Mapping[str, ServiceLevel],
    contacts: Iterable[ServiceContact],
) -> Service:
    """The service of the first account of the chain.

    Its level is its own or that of the nearest parent that has one; one that is only named has no particulars. Those
    who serve the nearest of its subjects serve it, the least precedence first.
    """
    name = next((account.service_level for account in chain if account.service_level), None)
    level = levels.get(name, ServiceLevel(service_level=name)) if name else None
    found = sorted(contacts, key=lambda each: (each.precedence, each.name))
    nearest = next((subject for subject in subjects if any(each.subject == subject for each in found)), None)
    serving = [each for each in found if each.subject == nearest]
    return Service(level=level, contact=next(iter(serving), None), deputies=tuple(serving[1:]))
