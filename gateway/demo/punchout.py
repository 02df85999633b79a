"""The demo's buyers who punch out: laid into its workspace with secrets of their own; an order, a link to the shop."""

from __future__ import annotations

import secrets
import shutil
from decimal import Decimal
from pathlib import Path

from gateway.bundle import bundled
from gateway.conformance.cxml_buyer import CxmlBuyer, order, setup
from gateway.conformance.cxml_checks import cart_in, token_in
from gateway.conformance.shop import opened
from gateway.errors import UsageError
from gateway.model.punchout import Operation
from gateway.model.return_form import ReturnForm
from gateway.punchout.by_hand import COOKIE, Link, called, open_by_hand, return_address
from gateway.punchout.filling import Item, put_all
from gateway.punchout.transfer import transfer
from gateway.queue.dispatch import work_off
from gateway.settings import FILE, load_settings
from gateway.store.types import instant_text
from gateway.vault import Vault
from gateway.wiring import Gateway, open_gateway, open_store_of, utc_now

CONNECTION = "acme_bremen"
SECRETS = ("acme_bremen_cxml", "nordwind_yard_oci")
MASTER_KEY = "var/master.key"
ORDER = "4500017851"
CART = (Item("A-1001", Decimal(2), "BX"), Item("A-1003", Decimal(10)), Item("A-1005", Decimal(40)))
_BYTES = 32


def add_buyers(root: Path) -> None:
    """Lay the buyers into the workspace; their secrets are random, and known to nobody until they are set anew."""
    shutil.copytree(bundled("sample_messages") / "with_punchout" / "workspace", root, dirs_exist_ok=True)
    _make_master_key(root)
    with open_store_of(root) as store:
        vault = Vault(load_settings(root), store)
        for name in SECRETS:
            vault.put(name, secrets.token_urlsafe(_BYTES), instant_text(utc_now()))


def buy(gateway: Gateway) -> str:
    """The id of the message that an order of a cart became: filled in the shop, given back, ordered by cXML."""
    line, buyer = gateway.line, called(gateway.line.configuration, CONNECTION)
    system = CxmlBuyer(line, gateway.vault, buyer)
    session = opened(line, token_in(system.ask(setup(Operation.CREATE, COOKIE, return_address(buyer.connection)))))
    put_all(line, session, CART)
    form = transfer(line, session)
    cart = cart_in(form) if isinstance(form, ReturnForm) else None
    told = system.ask(order(ORDER, line.clock().isoformat(timespec="seconds"), cart.message)) if cart else None
    if told is None or told.message is None:
        raise UsageError("The demo's cart was not taken. Run the demo again.")
    work_off(line, gateway.senders())
    return told.message


def shop_of_buyer(root: Path) -> Link:
    """A link that opens a session of the buyer who speaks cXML."""
    with open_gateway(root) as gateway:
        buyer = called(gateway.line.configuration, CONNECTION)
        return open_by_hand(gateway.line, buyer, Operation.CREATE, gateway.settings.public_url)


def _make_master_key(root: Path) -> None:
    """A master key that only its owner reads, unless the environment has one."""
    settings = load_settings(root)
    if settings.master_key is not None or settings.master_key_file is not None:
        return
    file = root / MASTER_KEY
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(secrets.token_urlsafe(_BYTES), "ascii")
    with (root / FILE).open("a", encoding="utf-8") as settings_file:
        settings_file.write(f'master_key_file = "{MASTER_KEY}"\n')
