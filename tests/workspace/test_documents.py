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


def test_an_answer_in_a_file_is_written_by_some_mapping() -> None:
    sends = ACME + '\n[[agreement]]\nsend = "xml ORDRSP"\nvia = "outbox"\n'
    told_once(workspace(sends), "no published mapping makes xml ORDRSP", x=Sides("order_response", "csv ORDRSP"))
    assert problems(workspace(sends), {"x": Sides("order_response", "xml ORDRSP")}) == []
