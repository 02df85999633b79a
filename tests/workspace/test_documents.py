"""Documents that do not say who sends them, in a workspace: what makes it plain whose they are, and what does not."""

from __future__ import annotations

import pytest

from gateway.workspace.configuration import load
from gateway.workspace.lint import Sides, lint
from tests.workspace.files import ACME, workspace

CSV = '\n[[agreement]]\nreceive = "csv orders"\nvia = "inbox"\n'
OTHER = b'name = "Other"\n[[agreement]]\nreceive = "csv orders"\nvia = "inbox"\n'
IN = b'connection = "inbox"\nflows = { stock = "in" }\n'


def problems(files: dict[str, bytes], sides: dict[str, Sides] | None = None) -> list[str]:
    known = sides or {}
    reads = ("edifact ORDERS D.96A", "csv orders", "csv stock")
    return [str(each) for each in lint(files, list(known), reads.__contains__, known.get).problems]


def told_once(files: dict[str, bytes], text: str, **sides: Sides) -> None:
    [problem] = problems(files, {name.replace("_", "/"): each for name, each in sides.items()})
    assert text in problem


def test_a_partner_and_a_channel_that_send_tables_are_fine_each_on_his_own_connection() -> None:
    more = {"connections/erp.toml": b'kind = "folder"\npath = "inbox/erp"\n'}
    channel = IN.replace(b'"inbox"', b'"erp"')
    assert problems(workspace(ACME + CSV, channels_stock=channel) | more) == []


def test_two_partners_cannot_send_tables_by_one_connection() -> None:
    files = workspace(ACME + CSV, partners_other=OTHER)
    told_once(files, "what comes by inbox could be of acme or of other")


def test_a_partner_and_a_channel_cannot_share_a_connection_for_tables() -> None:
    told_once(workspace(ACME + CSV, channels_stock=IN), "what comes by inbox could be of partner acme")


def test_a_channel_is_not_called_like_a_partner() -> None:
    told_once(workspace(channels_acme=IN), "there is a partner acme too")


def test_what_a_connection_does_not_accept_is_not_agreed_over_it() -> None:
    accepting = workspace(ACME + CSV) | {"connections/inbox.toml": b'kind = "http"\naccepts = ["edifact"]\n'}
    told_once(accepting, "inbox accepts edifact, not csv")


def test_two_agreements_of_a_type_are_told_apart_by_files_or_mapping_only() -> None:
    twice = ACME + CSV + CSV
    assert any("two agreements receive csv orders" in each for each in problems(workspace(twice)))
    by_name = ACME + CSV + 'files = "a*.csv"\n' + CSV + 'files = "b*.csv"\n'
    assert problems(workspace(by_name)) == []


def test_files_say_nothing_about_what_is_sent() -> None:
    sends = ACME + '\n[[agreement]]\nsend = "csv order"\nvia = "outbox"\nfiles = "*.csv"\n'
    told_once(workspace(sends), "files says nothing about what we send")


def test_a_mapping_is_of_the_syntax_that_is_agreed() -> None:
    files = workspace(ACME + CSV + 'mapping = "acme/orders"\n')
    told_once(files, "acme/orders reads xml ORDERS05, not csv", acme_orders=Sides("xml ORDERS05", "order"))
    assert problems(files, {"acme/orders": Sides("csv orders", "order")}) == []


def test_what_nothing_sends_is_remarked() -> None:
    sends = '\n[[agreement]]\nsend = "csv {}"\nvia = "outbox"\n'
    [remark] = lint(workspace(ACME + CSV + sends.format("order_response")), [], {"csv orders"}.__contains__).remarks
    assert "nothing is sent as csv order_response (write csv ORDRSP for the answer" in str(remark)
    assert lint(workspace(ACME + CSV + sends.format("ORDRSP")), [], {"csv orders"}.__contains__).remarks == []


def test_a_mapping_makes_what_is_sent_of_the_document_that_it_is() -> None:
    answer = ACME + CSV + '[[agreement]]\nsend = "csv ORDRSP"\nvia = "outbox"\nmapping = "acme/out"\n'
    for made, text in [
        (Sides("order_response", "xml ORDRSP"), "acme/out makes xml ORDRSP, not csv"),
        (Sides("sales_order", "csv order"), "acme/out reads sales_order, not order_response"),
        (Sides("csv orders", "order"), "acme/out makes order, not csv"),
    ]:
        told_once(workspace(answer), f"partners/acme.toml:22:1: {text}", acme_out=made)
    assert problems(workspace(answer), {"acme/out": Sides("order_response", "csv answer")}) == []
    edifact = ACME.replace('send = "edifact ORDRSP D.96A"', 'send = "edifact ORDRSP D.96A"\nmapping = "acme/out"')
    makes_csv = Sides("order_response", "csv answer")
    told_once(workspace(edifact), "acme/out makes csv answer, not edifact ORDRSP", acme_out=makes_csv)


def test_a_mapping_reads_the_message_that_is_received() -> None:
    named = ACME.replace('via = "inbox"', 'via = "inbox"\nmapping = "acme/in"')
    change = Sides("edifact ORDCHG D.96A", "order_change")
    told_once(workspace(named), "acme/in reads edifact ORDCHG D.96A, not edifact ORDERS", acme_in=change)
    assert problems(workspace(named), {"acme/in": Sides("edifact ORDERS D.01B UN EAN010", "order")}) == []


BUYER = b'kind = "cxml"\nreturn_origins = ["https://buyer.example"]\n'
PUNCHOUT = """
[[agreement]]
receive = "cxml PunchOutSetupRequest"
via = "buyer"
[[agreement]]
send = "cxml PunchOutOrderMessage"
via = "buyer"
"""


def test_a_cart_goes_back_by_a_connection_that_sends_nothing() -> None:
    assert problems(workspace(ACME + PUNCHOUT, connections_buyer=BUYER)) == []
    made = load(workspace(ACME + PUNCHOUT, connections_buyer=BUYER))
    assert "buyer" not in made.outbound
    oci = PUNCHOUT.replace("cxml PunchOutSetupRequest", "oci call").replace("cxml PunchOutOrderMessage", "oci cart")
    assert problems(workspace(ACME + oci, connections_buyer=BUYER.replace(b"cxml", b"oci"))) == []
    by_folder = PUNCHOUT.replace('OrderMessage"\nvia = "buyer"', 'OrderMessage"\nvia = "outbox"')
    told_once(
        workspace(ACME + by_folder, connections_buyer=BUYER),
        "nothing can be given back to a user of outbox, of kind folder",
    )


def test_a_connection_of_one_partner_is_no_other_partners() -> None:
    own = {"connections/inbox.toml": b'kind = "folder"\npath = "inbox/acme"\npartner = "acme"\n'}
    assert problems(workspace() | own) == []
    other = b'name = "Other"\n[[agreement]]\nreceive = "edifact ORDERS D.96A"\nvia = "inbox"\n'
    told_once(workspace(partners_other=other) | own, "partners/other.toml:3:1: inbox belongs to acme alone")


@pytest.mark.parametrize(("document", "kind"), [("oci call", "cxml"), ("cxml PunchOutSetupRequest", "oci")])
def test_a_call_comes_by_a_connection_of_its_kind(document: str, kind: str) -> None:
    agreed = ACME + f'[[agreement]]\nreceive = "{document}"\nvia = "buyer"\n'
    files = workspace(agreed, connections_buyer=BUYER.replace(b"cxml", kind.encode()))
    told_once(files, f"{document} goes by no connection of kind {kind} (name one of kind {document.split()[0]})")


def test_a_document_of_procurement_that_nothing_takes_or_makes_is_told() -> None:
    wrong = PUNCHOUT.replace("PunchOutSetup", "PunchoutSetup").replace("PunchOutOrderMessage", "PunchoutOrderMessage")
    files = workspace(ACME + wrong, connections_buyer=BUYER + b'url = "https://buyer.example/cxml"\n')
    told_once(files, "nothing takes cxml PunchoutSetupRequest (taken are cxml OrderRequest, cxml PunchOutSetupRequest")
    [remark] = lint(files, [], {"edifact ORDERS D.96A"}.__contains__).remarks
    assert "nothing is sent as cxml PunchoutOrderMessage (sent are cxml ConfirmationRequest" in str(remark)


def test_that_nobody_takes_what_the_erp_confirms_is_remarked_of_orders_in_any_syntax() -> None:
    out = b'connection = "outbox"\nflows = { orders = "out" }\n'
    sides = {"csv/orders": Sides("csv orders", "order"), "json/order": Sides("sales_order", "json order")}
    reads = ("edifact ORDERS D.96A", "csv orders")
    found = lint(workspace(ACME + CSV, channels_erp=out), list(sides), reads.__contains__, sides.get)
    told = [str(each) for each in found.remarks if "no channel takes its confirmations" in each.text]
    assert [each.split(":")[1] for each in told] == ["8", "17"]


def test_a_partner_sends_orders_only() -> None:
    files = workspace(ACME + CSV + 'mapping = "acme/stock"\n')
    told_once(files, "makes stock, which partners do not send", acme_stock=Sides("csv stock", "stock"))
    shipped = workspace(ACME + CSV.replace("csv orders", "csv stock"))
    told_once(shipped, "the published mapping of csv stock makes stock", stock_in=Sides("csv stock", "stock"))


def test_a_syntax_that_no_mapping_reads_is_a_problem() -> None:
    told_once(workspace(ACME + CSV.replace("csv", "json")), "no published mapping reads json orders")
    told_once(workspace(channels_stock=IN.replace(b"stock", b"products")), "reads csv products or json products")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (b'mapping = { prices = "a/b" }\n', "mapping names prices, which does not flow here"),
        (b'files = { stok = "*.csv" }\n', "files names stok, which does not flow here"),
        (b'syntax = { stock = "edifact" }\n', "no flow is written in 'edifact'"),
        (b'mapping = { stock = "a/b" }\n', "unknown mapping a/b"),
    ],
)
def test_what_is_wrong_with_a_flow_is_told(more: bytes, problem: str) -> None:
    assert any(problem in each for each in problems(workspace(channels_erp=IN + more)))


def test_what_flows_in_is_polled_and_what_flows_out_is_sent() -> None:
    made = load(workspace(channels_stock=IN, channels_erp=b'connection = "outbox"\nflows = { orders = "out" }\n'))
    assert [each.name for each in made.inbound] == ["inbox"]
    assert "outbox" in made.outbound


def test_a_channel_takes_from_no_place_that_is_given_to() -> None:
    circle = b'connection = "inbox"\nflows = { stock = "in", prices = "out" }\n'
    assert any("would put what we send where inbox takes messages" in each for each in problems(
        workspace(channels_erp=circle)
    ))  # fmt: skip


def test_a_list_of_a_system_has_a_connection_that_is_polled_and_that_nothing_else_comes_by() -> None:
    listed = IN + b'snapshot = { stock = "list" }\n'
    own = b'kind = "folder"\npath = "inbox/list"\n'
    assert problems(workspace(channels_erp=listed, connections_list=own)) == []
    made = load(workspace(channels_erp=listed, connections_list=own))
    assert "list" not in {each.name for each in made.inbound}
    told_once(workspace(channels_erp=listed), "channels/erp.toml:3:1: unknown connection list")
    told_once(workspace(channels_erp=listed, connections_list=b'kind = "http"\n'), "no list can be asked of list")
    shared = "more comes where the list of list does"
    same_folder = own.replace(b"list", b"acme")
    told_once(workspace(channels_erp=listed, connections_list=same_folder), shared)
    twice = b'connection = "inbox"\nflows = { prices = "in" }\nsnapshot = { prices = "list" }\n'
    found = problems(workspace(channels_erp=listed, channels_pim=twice, connections_list=own))
    assert [shared in each for each in found if "list of" in each] == [True, True]
    given = b'connection = "list"\nflows = { prices = "out" }\n'
    told = problems(workspace(channels_erp=listed, channels_shop=given, connections_list=own))
    assert any("would put what we send where list takes messages" in each for each in told)


def test_a_list_is_of_a_flow_that_is_compared() -> None:
    own = {"connections_list": b'kind = "folder"\npath = "inbox/list"\n'}
    told_once(workspace(channels_erp=IN + b'snapshot = { prices = "list" }\n', **own), "which does not flow here")
    usage = b'connection = "inbox"\nflows = { usage = "in" }\nsnapshot = { usage = "list" }\n'
    assert any("usage, which is not compared" in each for each in problems(workspace(channels_erp=usage, **own)))


def test_what_flows_out_of_orders_is_written_by_some_mapping() -> None:
    made = {"json_order": Sides("sales_order", "json order")}
    out = b'connection = "outbox"\nflows = { orders = "out" }\n'
    assert problems(workspace(channels_erp=out), {"json/order": made["json_order"]}) == []
    told_once(
        workspace(channels_erp=out + b'syntax = { orders = "xml" }\n'), "no published mapping makes xml order", **made
    )
    named = out + b'mapping = { orders = "idoc/ordrsp" }\n'
    other = Sides("order_response", "xml ORDRSP")
    told_once(workspace(channels_erp=named), "idoc/ordrsp reads order_response, not sales_order", idoc_ordrsp=other)


def test_trade_data_that_flow_out_are_written_by_some_mapping_or_as_the_import_has_them() -> None:
    out = b'connection = "outbox"\nflows = { stock = "out", content = "out" }\n'
    other = Sides("sales_order", "json order")
    assert problems(workspace(channels_shop=out + b'syntax = { stock = "json" }\n'), {"a/a": other}) == []
    told_once(
        workspace(channels_shop=out + b'syntax = { stock = "xml" }\n'),
        "no published mapping makes xml stock",
        a_a=other,
    )
    made = {"a/a": Sides("stock", "xml stock")}
    assert problems(workspace(channels_shop=out + b'syntax = { stock = "xml" }\n'), made) == []
    told_once(
        workspace(channels_shop=out + b'mapping = { stock = "a/a" }\n'), "a/a reads sales_order, not stock", a_a=other
    )


def test_an_erp_that_confirms_and_of_which_nothing_is_taken_is_remarked() -> None:
    def remarks(**more: bytes) -> list[str]:
        return [str(each) for each in lint(workspace(**more), [], lambda _: True).remarks]

    out = b'connection = "outbox"\nflows = { orders = "out" }\n'
    [remark] = remarks(channels_erp=out)
    assert "the ERP confirms, and no channel takes its confirmations" in remark
    back = b'connection = "inbox"\nflows = { confirmations = "in" }\n'
    assert remarks(channels_erp=out, channels_back=back) == []
    assert remarks() == []


def test_an_answer_in_a_file_is_written_by_some_mapping() -> None:
    sends = ACME + '\n[[agreement]]\nsend = "xml ORDRSP"\nvia = "outbox"\n'
    told_once(workspace(sends), "no published mapping makes xml ORDRSP", x=Sides("order_response", "csv ORDRSP"))
    assert problems(workspace(sends), {"x": Sides("order_response", "xml ORDRSP")}) == []
