"""Public holidays by country and region, a year at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=1)
def regions() -> Mapping[str, tuple[str, ...]]:
    """The regions of every country whose holidays are known, by its code (ISO 3166-1 alpha-2)."""
    # Its import takes a tenth of a second, which most commands would pay for nothing.
    from holidays import list_supported_countries

    return {country: tuple(found) for country, found in list_supported_countries(include_aliases=False).items()}


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """The public holidays of a country, and of one of its regions, in a year; none where they are not known."""
    known = regions().get(country)
    if known is None:
        return frozenset()
    from holidays import country_holidays

    return frozenset(country_holidays(country, subdiv=region if region in known else None, years=year))
