"""The pages that connect procurement systems are so: their files are checked, published, and their buyers can shop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.workspaces import Place

_FILE = re.compile(r"^```toml\n# ([a-z_/]+\.toml)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = {"ariba": "nordwerk", "coupa": "nordwerk", "sap-srm": "nordwerk_srm"}


@pytest.mark.parametrize("system", PAGES)
def test_a_buyer_is_connected_as_the_page_says(demo: Place, system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The pages name the workspace from where they stand.
    monkeypatch.chdir(demo.root.parent)
    place = Place(Path(demo.root.name))
    text = (ROOT / "docs" / "how-to" / f"connect-{system}.md").read_text("utf-8")
    place.write("var/master.key", "a-key-of-at-least-32-characters-")
    place.write("gateway.toml", 'master_key_file = "var/master.key"\n')
    for path, content in _FILE.findall(text):
        place.write(path, content)
    checked = place.run("check")
    assert (checked.status, checked.err) == (0, "")
    [name] = re.findall(r"^gateway secret set (\S+)$", text, re.MULTILINE)
    assert place.run("publish").status == 2, "nobody has set the secret"
    with place.opened() as gateway:
        gateway.vault.put(name, "agreed with nobody else", gateway.line.now())
    assert place.run("publish").status == 0
    ran = place.run("punchout", "check", PAGES[system], "--json")
    told = {line["check"]: line["result"] for line in ran.lines if "articles" not in line}
    assert (ran.status, {name for name, result in told.items() if result == "failed"}) == (0, set())
    assert place.run("punchout", "open", PAGES[system]).status == 0


def test_fields_of_his_own_are_read_and_written_as_the_page_says(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARIBA", "agreed with nobody else")
    text = (ROOT / "docs" / "how-to" / "connect-ariba.md").read_text("utf-8").replace("secret:ariba", "env:ARIBA")
    for path, content in _FILE.findall(text):
        demo.write(path, content)
    [more] = re.findall(r"^```toml\n# in partners/nordwerk.toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    demo.change("partners/nordwerk.toml", _ORDERS, more)
    demo.change("partners/nordwerk.toml", _CONFIRMATIONS, "")
    checked = demo.run("check")
    assert (checked.status, checked.err) == (0, "")
    demo.write("order.xml", _ORDER)
    order = demo.run("mapping", "try", "nordwerk/order", demo.root / "order.xml")
    assert '"contract": "K-2026-01"' in order.out
    cart = demo.run("mapping", "try", "nordwerk/cart", ROOT / "sample_messages/cxml/punchout_order_message/cart.json")
    assert 'name="Plant">1000<' in cart.out
    assert demo.run("publish").status == 0
    ran = demo.run("punchout", "check", "nordwerk", "--json")
    assert (ran.status, [line for line in ran.lines if line["result"] == "failed"]) == (0, [])


_CONFIRMATIONS = """[[agreement]]
send = "cxml ConfirmationRequest"
via  = "nordwerk"
"""
_ORDERS = """[[agreement]]
receive = "cxml OrderRequest"
via     = "nordwerk"
owes    = { ConfirmationRequest = "4h" }
"""
_ORDER = """
<OrderRequest>
  <OrderRequestHeader orderID="O-1" orderDate="2026-11-24">
    <Extrinsic name="FrameContract">K-2026-01</Extrinsic>
  </OrderRequestHeader>
  <ItemOut quantity="5" lineNumber="1"><ItemID><SupplierPartID>A</SupplierPartID></ItemID></ItemOut>
</OrderRequest>
"""
