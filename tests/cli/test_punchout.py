"""`gateway punchout`: sessions opened by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.model.return_form import ReturnForm
from gateway.model.shopping import Session
from gateway.punchout.carts import cart_of, put
from gateway.punchout.filling import Item
from gateway.punchout.sessions import redeem, session_of
from gateway.punchout.transfer import transfer
from gateway.wiring import open_gateway
from tests import cxml_sent
from tests.cxml_sent import ACCOUNT, BUYER, CONNECTION, GLOVE, trade_by_cxml
from tests.workspaces import Place


@pytest.fixture
def place(demo: Place) -> Place:
    """The demo with a buyer who punches out."""
    return trade_by_cxml(demo)


def opened(place: Place, *words: str) -> Session:
    """The session behind the link that the command prints, opened."""
    [link] = place.run("punchout", "open", CONNECTION, *words, "--json").lines
    with place.opened() as gateway:
        key = redeem(gateway.line, link["url"].rpartition("/")[2])
        with gateway.store.read() as db:
            return session_of(gateway.line, db, key)


def test_the_link_opens_the_shop_of_the_partners_account_as_a_test(place: Place) -> None:
    session = opened(place)
    assert (session.account, session.test, session.setup.return_url) == (ACCOUNT, True, f"{BUYER}/")


def test_the_link_says_where_it_leads_and_how_long(place: Place) -> None:
    [link] = place.run("punchout", "open", CONNECTION, "--json").lines
    assert link["url"].startswith("http://127.0.0.1:8080/shop/open/")
    left = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=8) < left <= timedelta(minutes=10)
    place.write("gateway.toml", 'auto_publish = true\npublic_url = "https://edi.example/x/"\n')
    assert place.run("punchout", "open", CONNECTION).out.startswith("https://edi.example/x/shop/open/")


def test_an_account_is_named_where_another_one_buys(place: Place) -> None:
    assert opened(place, "--account", "10013").account == "10013"
    assert place.run("punchout", "open", CONNECTION, "--account", "99").status == 2


@pytest.mark.parametrize("operation", ["edit", "inspect"])
def test_a_cart_that_was_given_back_is_opened_again(place: Place, operation: str) -> None:
    session = opened(place)
    with place.opened() as gateway:
        put(gateway.line, session, Item(GLOVE, Decimal(3)))
        assert isinstance(transfer(gateway.line, session), ReturnForm)
    again = opened(place, "--operation", operation)
    with place.opened() as gateway:
        [line] = cart_of(gateway.line, again).lines
    assert (again.setup.operation, line.line.sku, line.line.quantity) == (operation, GLOVE, 3)


def test_without_a_cart_that_was_given_back_there_is_none_to_edit(place: Place) -> None:
    ran = place.run("punchout", "open", CONNECTION, "--operation", "edit")
    assert (ran.status, "--operation create" in ran.err) == (2, True)


def test_a_connection_that_nobody_punches_out_by_is_wrong_use(place: Place) -> None:
    assert place.run("punchout", "open", "acme_inbox").status == 2
    assert place.run("punchout", "open", "nowhere").status == 2


def test_a_connection_is_his_who_is_received_by_it(place: Place) -> None:
    place.change(f"connections/{CONNECTION}.toml", f'partner = "{cxml_sent.PARTNER}"\n', "")
    assert opened(place).partner == cxml_sent.PARTNER
    place.write("partners/nordwerk.toml", 'name = "Nordwerk"\n')
    ran = place.run("punchout", "open", CONNECTION)
    assert (ran.status, 'Add partner = "NAME"' in ran.err) == (2, True)


def test_a_rehearsal_opens_the_secrets_that_a_key_beside_the_workspace_seals(place: Place) -> None:
    place.write("var/master.key", "a-key-of-at-least-32-characters-")
    place.write("gateway.toml", 'auto_publish = true\nmaster_key_file = "var/master.key"\n')
    with place.opened() as gateway:
        gateway.vault.put("sesame", "open", "2030-01-01")
    with open_gateway(place.root, dry_run=True) as rehearsed:
        assert rehearsed.vault.secret("secret:sesame") == "open"
