"""Where a browser may be sent back to: exact origins, whatever a URL looks like."""

from __future__ import annotations

import pytest

from gateway.errors import PermanentError
from gateway.outbound.origins import is_origin, may_return_to, origin_of

ORIGINS = ("https://buyer.example", "https://srm.example:8443")


@pytest.mark.parametrize(
    "url",
    [
        "https://buyer.example/punchout?session=1&x=%2F",
        "https://buyer.example",
        "https://BUYER.example:443/",
        "https://srm.example:8443/sap(bD1kZQ==)/bc?sap-client=100",
    ],
)
def test_a_url_of_an_origin_that_is_named_is_returned_to(url: str) -> None:
    assert may_return_to(url, ORIGINS)


@pytest.mark.parametrize(
    "url",
    [
        "", "buyer.example", "//buyer.example", "/cart", "http://buyer.example/", "https://buyer.example:8443/",
        "https://srm.example/", "https://buyer.example.evil.example/", "https://evil.example/https://buyer.example",
        "https://evil\\@buyer.example", "https://evil.example\\@buyer.example/", "https://buyer.example\\.evil.example",
        "https://buyer.example@evil.example/", "https://user:pw@buyer.example/", "https://buyer.example#@evil.example",
        "https://buyer.example/#x", "https://buyer.example /", " https://buyer.example", "https://buyer.example\n/",
        "https://buyеr.example/", "https://buyer。example/", "https://buyer.example:443:443/", "javascript:alert(1)",
        "data:text/html,x", "https:buyer.example", "https:///buyer.example", "https://buyer.example.", "SAPEVENT:POST",
    ],
)  # fmt: skip
def test_any_other_address_is_not(url: str) -> None:
    assert not may_return_to(url, ORIGINS)


def test_the_window_of_sap_gui_is_returned_to_where_that_is_named() -> None:
    assert may_return_to("SAPEVENT:POST", (*ORIGINS, "SAPEVENT:POST"))
    assert may_return_to("sapevent:post", ("SAPEVENT:POST",))
    assert not may_return_to("https://evil.example/", ("SAPEVENT:POST",))
    assert not may_return_to("SAPEVENT:GET", ("SAPEVENT:POST",))


def test_an_origin_is_told_in_small_letters_with_the_port_that_is_not_usual() -> None:
    assert origin_of("https://Buyer.Example:443/x?y") == "https://buyer.example"
    assert origin_of("http://127.0.0.1:8080/x") == "http://127.0.0.1:8080"
    assert origin_of("https://[2001:db8::1]:8443") == "https://[2001:db8::1]:8443"
    with pytest.raises(PermanentError):
        origin_of("https://user@buyer.example/")


def test_what_is_more_or_less_than_an_origin_is_none() -> None:
    assert is_origin("https://buyer.example:8443")
    assert not any(
        is_origin(each) for each in ("https://buyer.example/", "https://buyer.example/x", "buyer.example", "")
    )
