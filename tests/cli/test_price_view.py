"""A price that there is not is told with what to do."""

from __future__ import annotations

import pytest

from gateway.cli.price_view import ADVICE
from gateway.commerce.pricing import PriceCode
from tests.workspaces import Place


def test_each_reason_for_no_price_says_what_to_do() -> None:
    assert set(ADVICE) == set(PriceCode)


@pytest.mark.parametrize(
    ("account", "product", "options", "code"),
    [
        ("10012", "NONE", (), PriceCode.PRODUCT_UNKNOWN),
        ("10012", "A-1006", ("--unit", "KGM"), PriceCode.NO_UOM_PATH),
        ("10012", "A-1006", ("--currency", "USD"), PriceCode.NO_PRICE),
    ],
)
def test_who_asks_for_a_price_that_there_is_not_reads_what_to_do(
    demo: Place, account: str, product: str, options: tuple[str, ...], code: PriceCode
) -> None:
    ran = demo.run("price", "explain", "--account", account, "--product", product, "--quantity", "12", *options)
    told = [line.split() for line in ran.out.splitlines()]
    assert ran.status == 1
    assert ["code", code.value] in told
    assert f"  -> {ADVICE[code]}" in ran.out.splitlines()
