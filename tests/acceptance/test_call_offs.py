"""A price whose quantity is limited is given until that quantity is taken, however the orders come."""

from __future__ import annotations

from tests import sent
from tests.workspaces import Place

LIMITED = """list,subject,object,type,amount,currency,per,unit,call_off_max
K-CALL,account:10001,product:A-1006,PRICE,3.00,EUR,1,PCE,36
"""
LISTS = "list,kind,contract,priority\nK-CALL,contract,K-CALL,99\n"


def limit(place: Place) -> None:
    for kind, text in (("price-lists", LISTS), ("prices", LIMITED)):
        file = place.root / f"{kind}.csv"
        file.write_text(text)
        assert place.run("import", kind, file).status == 0


def an_order(number: str, quantity: str, **options: str) -> str:
    line = sent.line(1, sent.SEALANT, quantity, price="")
    return sent.order(number, line, **options)


def totals(place: Place) -> list[str]:
    return [order["total"] for order in place.orders()]


def test_orders_of_one_file_do_not_take_a_limited_price_twice(demo: Place) -> None:
    limit(demo)
    orders = [an_order(f"C{n}", "24", reference=str(n)) for n in (1, 2, 3)]
    demo.ingest(sent.interchange("CALL1", *orders), status=0)
    assert totals(demo) == ["72", "100.8", "100.8"]


def test_what_was_taken_yesterday_counts_and_what_is_left_is_given(demo: Place) -> None:
    limit(demo)
    for control, quantity in (("CALL1", "24"), ("CALL2", "12"), ("CALL3", "12")):
        demo.ingest(sent.interchange(control, an_order(control, quantity)), status=0)
    assert totals(demo) == ["72", "36", "50.4"]


def test_a_cancelled_order_gives_back_what_it_took(demo: Place) -> None:
    limit(demo)
    demo.ingest(sent.interchange("CALL1", an_order("C1", "36")), status=0)
    demo.ingest(sent.interchange("CALL2", an_order("C1", "36", purpose="1")), status=0)
    demo.ingest(sent.interchange("CALL3", an_order("C2", "36")), status=0)
    assert totals(demo)[-1] == "108"


def test_an_order_decided_again_does_not_compete_with_itself(demo: Place) -> None:
    limit(demo)
    [line] = demo.ingest(sent.interchange("CALL1", an_order("C1", "36")), status=0)
    demo.run("messages", "replay", line["message"], "--from", "enrich")
    assert totals(demo) == ["108"]
