"""Fields a buyer and we agreed on: by his order they reach the ERP, and his confirmation brings them back."""

from __future__ import annotations

import json

import pytest

from gateway.cxml.dtd import validate
from tests import cxml_sent
from tests.cxml.reference import dtds
from tests.workspaces import Place

CONFIRMATION = """extends = "cxml/confirmation_request"
partner = "nordwerk"

[template.after]
"ConfirmationHeader/IdReference" = "<Extrinsic map:each='extras' name='{name}'>{text}</Extrinsic>"
"ConfirmationStatus[@quantity='{confirmed? | nonzero}']/Comments" = "<Extrinsic name='Job'>{extras.Job}</Extrinsic>"
"""
ORDER = """reads = "sales_order"
makes = "json order"

[object]
group = 'extras."Buying Group"'

[object.items]
each    = "lines"
sku     = "product"
job = "extras.Job"
"""
BOLTS = cxml_sent.bolts()
OWN = BOLTS._replace(
    xml=BOLTS.xml.replace("</ItemDetail>", '<Extrinsic name="Job">P &amp; 77</Extrinsic></ItemDetail>')
)


def test_a_buyers_own_fields_reach_the_erp_and_come_back_to_him(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cxml_sent.SECRETS.items():
        monkeypatch.setenv(name, value)
    cxml_sent.trade_by_cxml(demo, "https://buyer.example/cxml")
    demo.write("mappings/partners/nordwerk/confirmation/mapping.toml", CONFIRMATION)
    demo.write("mappings/erp/order/mapping.toml", ORDER)
    demo.write("connections/erp_out.toml", 'kind = "folder"\npath = "outbox/erp"\n')
    demo.write(
        "channels/erp.toml",
        'connection = "erp_out"\nflows = { orders = "out" }\nmapping = { orders = "erp/order" }\n',
    )
    partner = cxml_sent.partner(is_answered=True)
    partner = partner.replace(
        'ConfirmationRequest"\n', 'ConfirmationRequest"\nmapping = "nordwerk/confirmation"\n'
    ).replace('OrderRequest"\n', 'OrderRequest"\nconfirms = "gateway"\n')
    demo.write("partners/nordwerk.toml", partner)
    ordered = cxml_sent.order(
        "PO-1", OWN, cxml_sent.item(2, cxml_sent.GLOVE, "2", "PR", "3.40"),
        more='<Extrinsic name="Buying Group">EK-3</Extrinsic>',
    )  # fmt: skip
    demo.write("order.xml", cxml_sent.cxml(ordered).decode())
    [message] = demo.run("ingest", demo.root / "order.xml", "--dry-run", "--json").lines
    texts = {each["type"]: each["text"] for each in message["outputs"]}
    assert json.loads(texts["order"]) == {
        "group": "EK-3", "items": [{"sku": cxml_sent.BOLT, "job": "P & 77"}, {"sku": cxml_sent.GLOVE}]
    }  # fmt: skip
    confirmation = texts["ConfirmationRequest"]
    assert '<Extrinsic name="Buying Group">EK-3</Extrinsic>\n  </ConfirmationHeader>' in confirmation
    assert confirmation.count('<Extrinsic name="Job">P &amp; 77</Extrinsic>') == 1
    assert [each for each in validate(confirmation.encode(), dtds()) if each.is_error] == []
