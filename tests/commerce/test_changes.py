"""Order changes: applied line by line to the order they name."""

from __future__ import annotations

from datetime import date

import msgspec

from gateway.commerce.changes import apply
from gateway.model.order import Line, LineAction, OrderChange, Price, Purpose, Schedule, Stated

from .goods import TODAY, D, line, order

STORED = order(line(), line("20", position=2, schedule=(Schedule(quantity=D(20), on=TODAY),)), note="call first")


def change(*lines: Line, **fields: object) -> OrderChange:
    values: dict[str, object] = {"purpose": Purpose.CHANGE, **fields}
    return OrderChange(number="CH-1", order_number="PO-1", ordered_on=date(2026, 6, 2), lines=lines, **values)  # type: ignore[arg-type]


def test_a_changed_line_keeps_what_the_change_leaves_out():
    applied = apply(STORED, change(Line(position=2, action=LineAction.CHANGE, quantity=D(30))))
    changed = applied.order.lines[1]
    assert (changed.quantity, changed.supplier_sku, changed.price, changed.action) == (
        30,
        "P1",
        Price(amount=D("2.00")),
        None,
    )
    assert (applied.changed, applied.issues) == ((2,), ())


def test_a_new_quantity_makes_the_old_schedule_void():
    applied = apply(STORED, change(Line(position=2, quantity=D(30))))
    assert applied.order.lines[1].schedule == ()


def test_a_new_date_keeps_quantity_and_schedule():
    applied = apply(STORED, change(Line(position=2, deliver_on=TODAY)))
    assert (applied.order.lines[1].quantity, len(applied.order.lines[1].schedule)) == (20, 1)


def test_lines_are_added_and_deleted_by_position():
    new = line("5", position=3, action=LineAction.ADD)
    applied = apply(STORED, change(Line(position=1, action=LineAction.DELETE), new))
    assert [each.position for each in applied.order.lines] == [2, 3]
    assert applied.order.lines[1].action is None
    assert applied.changed == (1, 3)


def test_a_line_left_as_it_was_is_not_touched():
    applied = apply(STORED, change(Line(position=1, action=LineAction.UNCHANGED, quantity=D(99))))
    assert (applied.order.lines, applied.changed) == (STORED.lines, ())


def test_a_line_nobody_knows_changes_nothing():
    applied = apply(STORED, change(Line(position=9, action=LineAction.DELETE), Line(position=1, quantity=D(1))))
    assert [(issue.code, issue.field) for issue in applied.issues] == [("order-change.line-unknown", "lines[0]")]
    assert [each.quantity for each in applied.order.lines] == [1, 20]


def test_a_line_that_is_there_can_not_be_added():
    applied = apply(STORED, change(line(position=1, action=LineAction.ADD)))
    assert [issue.code for issue in applied.issues] == ["order-change.line-exists"]


def test_header_fields_stated_replace_the_orders():
    applied = apply(STORED, change(deliver_on=date(2026, 7, 1)))
    assert (applied.order.deliver_on, applied.order.note, applied.order.number) == (
        date(2026, 7, 1),
        "call first",
        "PO-1",
    )
    assert applied.order.ordered_on == TODAY


def test_a_cancellation_names_every_line_and_leaves_the_order_as_it_was():
    applied = apply(STORED, change(purpose=Purpose.CANCEL))
    assert (applied.cancelled, applied.changed, applied.order) == (True, (1, 2), STORED)


def test_a_replacement_puts_its_lines_in_place_of_all():
    applied = apply(STORED, change(line("7", position=4), purpose=Purpose.REPLACE))
    assert [each.position for each in applied.order.lines] == [4]
    assert applied.changed == (1, 2, 4)


def test_a_line_that_a_replacement_takes_away_is_not_in_it():
    gone = line("5", position=2, action=LineAction.DELETE)
    applied = apply(STORED, change(line("7"), gone, purpose=Purpose.REPLACE))
    assert [each.position for each in applied.order.lines] == [1]
    assert applied.changed == (1, 2)


def test_a_replacement_without_texts_by_name_leaves_those_that_were_there():
    named = msgspec.structs.replace(STORED, extras={"Plant": "2"})
    assert apply(named, change(line("7"), purpose=Purpose.REPLACE)).order.extras == {"Plant": "2"}


def test_a_change_that_counts_other_lines_is_an_issue():
    applied = apply(STORED, change(Line(position=1), stated=Stated(line_count=2)))
    assert [issue.code for issue in applied.issues] == ["order.line-count.differs"]
    assert apply(STORED, change(Line(position=1), stated=Stated(line_count=1))).order.stated is None
