"""Trade data through a whole gateway: in from one system, out to the others, one that is broken stopping none."""

from __future__ import annotations

import csv
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest

from gateway.health import Health
from gateway.pipeline.receive import receive
from gateway.queue.dispatch import work_off
from gateway.queue.holding import Hold, Holding
from gateway.queue.leases import Leases
from gateway.serving.channels import Channels
from gateway.serving.in_force import InForce
from gateway.wiring import Gateway
from tests.outbound.servers import Other, answered, other_side
from tests.processes import eventually, serving
from tests.workspaces import Place

FILES = {
    "connections/erp_in.toml": 'kind = "folder"\npath = "inbox/erp"\n',
    "connections/shop_out.toml": 'kind = "folder"\npath = "outbox/shop"\n',
    "connections/app_out.toml": 'kind = "folder"\npath = "outbox/app"\n',
    "connections/lost_out.toml": 'kind = "folder"\npath = "outbox/lost"\n',
    "channels/erp.toml": 'connection = "erp_in"\nflows = { stock = "in", usage = "in" }\nowner = { stock = "erp" }\n'
    'files = { stock = "stock*", usage = "usage*" }\n',
    "connections/orders_out.toml": 'kind = "folder"\npath = "outbox/orders"\n',
    "channels/erp_orders.toml": 'connection = "orders_out"\nsystem = "erp"\nflows = { orders = "out" }\n',
    "channels/pim.toml": 'connection = "erp_in"\nflows = { products = "in" }\nfiles = { products = "products*" }\n',
    "channels/pim_out.toml": 'connection = "app_out"\nsystem = "pim"\nflows = { products = "out" }\n',
    "channels/shop.toml": 'connection = "shop_out"\nflows = { stock = "out" }\nfeeds = { "10001" = "prices" }\n',
    "channels/app.toml": 'connection = "app_out"\nflows = { stock = "out" }\nsyntax = { stock = "json" }\n',
    "channels/lost.toml": 'connection = "lost_out"\nfeeds = { "GHOST" = "prices" }\n',
}


@dataclass
class InStep:
    """A gateway whose channels are looked at when the test says so."""

    place: Place
    gateway: Gateway
    health: Health
    leases: Leases

    def round(self) -> None:
        """What changed is given to the channels and delivered."""
        line, waked = self.gateway.line, []
        Channels(cast("InForce", _Served(line)), self.health, self.leases, lambda: waked.append(1)).round()
        work_off(line, self.gateway.senders())

    def comes(self, name: str, text: str) -> None:
        """A file of the ERP's is taken in."""
        receive(self.gateway.line, name, iter([text.encode()]), "erp_in")
        work_off(self.gateway.line, {})

    def rows(self, folder: str, beginning: str) -> list[dict[str, str]]:
        """The rows of the last file in an outbox whose name begins so."""
        file = [each for each in self.place.outbox(folder) if each.name.startswith(beginning)][-1]
        with file.open(newline="") as opened:
            return list(csv.DictReader(opened))


@dataclass
class _Served:
    line: object

    def renewed(self) -> object:
        return self.line


@pytest.fixture
def step(demo: Place) -> Iterator[InStep]:
    """The demo with an ERP, a shop, an app, and a channel whose files nobody can write."""
    for path, text in FILES.items():
        demo.write(path, text)
    with demo.opened() as gateway:
        yield InStep(demo, gateway, Health(gateway.store, gateway.clock), Leases())


@pytest.mark.both_stores
def test_stock_of_the_erp_reaches_every_channel_and_a_broken_one_stops_none(step: InStep) -> None:
    step.round()
    everything = step.rows("shop", "stock_")
    first = everything[0]["sku"]
    step.comes("stock-1.csv", f"sku,quantity\n{first},4711\nGHOST,1\n")
    step.round()
    assert step.rows("shop", "stock_") == [{"sku": first, "quantity": "4711"}]
    assert len([each for each in step.place.outbox("app") if each.name.startswith("stock_")]) == 2
    assert step.place.outbox("lost") == []
    failing = step.health.failing()
    assert [name for name in failing if name.startswith("channel ")] == ["channel lost prices:GHOST"]
    shown = step.place.run("sync", "status", "--json")
    assert shown.status == 1
    of_stock = {each["channel"]: each for each in shown.lines if each["flow"] == "stock"}
    assert (of_stock["shop"]["behind"], of_stock["shop"]["files"], of_stock["shop"]["reason"]) == (0, 2, None)
    [lost] = [each for each in shown.lines if each["channel"] == "lost"]
    assert "GHOST" in lost["reason"]
    assert lost["behind"] > 0
    [message] = step.place.run("messages", "list", "--type", "stock", "--json").lines
    assert [(each["code"], each["field"]) for each in message["issues"]] == [("import.product.unknown", "rows[1]")]


def test_a_changed_price_reaches_the_list_of_the_account(step: InStep) -> None:
    step.round()
    before = step.rows("shop", "prices-10001_")
    sku = "A-1008"
    file = step.place.root.parent / "prices.csv"
    file.write_text(f"subject,object,type,amount,currency\naccount:10001,product:{sku},PRICE,0.01,EUR\n")
    assert step.place.run("import", "prices", file).status == 0
    step.round()
    after = step.rows("shop", "prices-10001_")
    assert {row["product"] for row in after} == {row["product"] for row in before}
    assert "0.01" in {row["unit_price"] for row in after if row["product"] == sku}
    assert [row for row in after if row["product"] != sku] == [row for row in before if row["product"] != sku]


def test_a_list_that_says_what_it_said_is_sent_again_by_a_full_run_alone(step: InStep) -> None:
    step.round()
    of_account = ("sync", "run", "shop", "--flow", "prices:10001", "--json")
    assert [each["files"] for each in step.place.run(*of_account).lines] == [0]
    before = step.rows("shop", "prices-10001_")
    assert [(each["files"], each["rows"]) for each in step.place.run(*of_account, "--full").lines] == [(1, len(before))]
    work_off(step.gateway.line, step.gateway.senders())
    assert len([each for each in step.place.outbox("shop") if each.name.startswith("prices-10001_")]) == 2
    assert step.rows("shop", "prices-10001_") == before


def test_usage_that_comes_twice_in_a_file_counts_once(step: InStep) -> None:
    seen = "account,kind,at,id\n10001,view,2026-01-15T09:30:00Z,v1\n10001,view,2026-01-15T09:31:00Z,v2\n"
    for name in ("usage-1.csv", "usage-2.csv"):
        step.comes(name, seen)
    states = [each["state"] for each in step.place.run("messages", "list", "--type", "usage", "--json").lines]
    assert states == ["processed", "duplicate"]


def test_a_person_sends_compares_and_repairs_by_command(step: InStep) -> None:
    rehearsed = step.place.run("sync", "run", "shop", "--dry-run", "--json")
    assert (rehearsed.status, rehearsed.err) == (0, "")
    assert step.place.run("outbox", "list", "--json").lines == []
    assert step.place.run("sync", "run", "shop", "--json").lines == rehearsed.lines
    [stock] = [each for each in rehearsed.lines if each["flow"] == "stock"]
    work_off(step.gateway.line, step.gateway.senders())
    file = step.place.outbox("shop")[0]
    held = file.read_text().splitlines()
    theirs = step.place.root.parent / "theirs.csv"
    theirs.write_text("\n".join([held[0], *held[2:], "GHOST" + "," * held[0].count(",")]) + "\n")
    compared = step.place.run("sync", "reconcile", "shop", "--flow", "stock", "--against", theirs, "--json")
    assert compared.status == 1
    gone = held[1].split(",")[0]
    told = {(each["what"], each["key"].partition("|")[0], each["repair"]) for each in compared.lines[:-1]}
    assert told == {("missing-there", gone, "send"), ("missing-here", "GHOST", "none")}
    assert compared.lines[-1]["differences"] == 2
    assert stock["rows"] == len(held) - 1
    wrong = step.place.run("sync", "reconcile", "nobody")
    assert (wrong.status, wrong.err.splitlines()[0][:27]) == (2, "There is no channel nobody.")


def test_stock_is_compared_with_the_last_message_and_what_a_person_changed_is_taken_back(step: InStep) -> None:
    step.comes("stock-1.csv", "sku,quantity\nA-1001,5\nA-1002,6\n")
    file = step.place.root.parent / "stock.csv"
    file.write_text("sku,quantity\nA-1001,7\n")
    assert step.place.run("import", "stock", file).status == 0
    repaired = step.place.run("sync", "reconcile", "erp", "--flow", "stock", "--repair", "--json").lines
    assert {"what": "differs", "key": "A-1001|", "ours": "7", "theirs": "5", "repair": "take"}.items() <= next(
        each for each in repaired if each.get("what") == "differs"
    ).items()
    exported = step.place.run("export", "stock").out.splitlines()
    assert "A-1001,5," in exported
    more = FILES["channels/erp.toml"].replace("flows = {", 'flows = { prices = "in",')
    step.place.write("channels/erp.toml", more.replace("files = {", 'files = { prices = "prices*",'))
    both = step.place.run("sync", "reconcile", "erp", "--json")
    assert (both.status, both.err.splitlines()[0][:31]) == (1, "prices: No prices came by erp y")
    assert both.lines[-1]["differences"] == both.lines[-1]["missing-there"] == len(both.lines) - 1


@pytest.mark.both_stores
def test_the_list_that_lies_with_the_erp_is_compared_and_put_away_once_it_is_repaired_by(demo: Place) -> None:
    demo.write("connections/erp_list.toml", 'kind = "folder"\npath = "inbox/list"\npattern = "stock*"\npoll = "1s"\n')
    for path in ("connections/erp_in.toml", "channels/erp.toml"):
        demo.write(path, FILES[path] + ('snapshot = { stock = "erp_list" }\n' if "channels" in path else ""))
    compare = ("sync", "reconcile", "erp", "--flow", "stock", "--json")
    refused = demo.run(*compare)
    assert (refused.status, refused.err.splitlines()[0][:26]) == (2, "erp_list has no list yet. ")
    held = demo.run("export", "stock").out.splitlines()
    first = held[1].split(",")[0]
    demo.write("inbox/list/stock-1.csv", "\n".join([held[0], f"{first},4711,", *held[2:]]) + "\n")
    demo.write("inbox/list/other.csv", "nothing of ours")
    looked = demo.run(*compare)
    assert (looked.status, looked.err) == (1, "stock: compared with stock-1.csv of erp_list.\n")
    assert [(each["key"], each["theirs"], each["repair"]) for each in looked.lines[:-1]] == [
        (f"{first}|", "4711", "take")
    ]  # fmt: skip
    assert demo.run(*compare, "--repair").lines[-1]["repaired"] == 1
    assert f"{first},4711," in demo.run("export", "stock").out.splitlines()
    folder = demo.root / "inbox" / "list"
    assert [each.name for each in folder.iterdir() if each.is_file()] == ["other.csv"]
    assert [each.name for each in folder.glob("archive/*/*")] == ["stock-1.csv"]


def test_a_service_is_asked_for_its_list_each_time_and_every_page_of_it_counts(demo: Place) -> None:
    rows = list(csv.DictReader(demo.run("export", "stock").out.splitlines()))

    def respond(side: Other, line: socket.socket) -> None:
        is_first = side.taken[-1].line.startswith("GET /stock ")
        page = {"rows": rows[:2], "next": "/more"} if is_first else {"rows": rows[2:]}
        answered(200, json.dumps(page).encode(), "application/json", {"ETag": '"same"'})(side, line)

    with other_side() as side:
        side.respond = respond
        receive = 'path = "/stock"\nname = "stock"\neach = "rows"\nnext_in = "next"\n'
        service = f'kind = "soap"\nmode = "json"\nprivate = true\nendpoint = "{side.url("")}"\n[[receive]]\n{receive}'
        demo.write("connections/erp_list.toml", service)
        demo.write("connections/erp_in.toml", FILES["connections/erp_in.toml"])
        demo.write("channels/erp.toml", FILES["channels/erp.toml"] + 'snapshot = { stock = "erp_list" }\n')
        compare = ("sync", "reconcile", "erp", "--flow", "stock", "--json")
        for _ in range(2):
            same = demo.run(*compare, "--repair")
            assert (same.status, same.lines[:-1]) == (0, []), same.err
        rows[0]["quantity"] = "4711"
        changed = demo.run(*compare)
    assert [(each["key"].partition("|")[0], each["theirs"]) for each in changed.lines[:-1]] == [
        (rows[0]["sku"], "4711")
    ]  # fmt: skip


@pytest.mark.both_stores
def test_an_order_that_the_erp_lacks_is_sent_again_under_its_key(step: InStep) -> None:
    [order] = [each["order"] for each in step.place.sample(1) if each["order"]]
    work_off(step.gateway.line, step.gateway.senders())
    [first] = [each.name for each in step.place.outbox("orders")]
    theirs = step.place.root.parent / "open-orders.csv"
    shown = step.place.order(order)
    theirs.write_text(f"order,state,total\n{order},open,{shown['total']}\n")
    compare = ("sync", "reconcile", "erp_orders", "--flow", "orders", "--against", theirs, "--json")
    assert step.place.run(*compare).lines[-1]["differences"] == 0
    theirs.write_text("order,state\nO-UNKNOWN,open\n")
    told = {(each["what"], each["key"], each["repair"]) for each in step.place.run(*compare).lines[:-1]}
    assert told == {("missing-there", order, "send"), ("missing-here", "O-UNKNOWN", "none")}
    (step.place.root / "outbox" / "orders" / first).unlink()
    assert step.place.run(*compare, "--repair").lines[-1]["repaired"] == 1
    work_off(step.gateway.line, step.gateway.senders())
    assert [each.name for each in step.place.outbox("orders")] == [first]


def test_a_person_settles_what_both_sides_say_otherwise(step: InStep) -> None:
    step.round()
    mine = step.place.root.parent / "mine.csv"
    mine.write_text("sku,name,base_unit\nNEW,Ours,PCE\n")
    assert step.place.run("import", "products", mine).status == 0
    step.round()
    step.comes("products-1.csv", "sku,name\nNEW,Theirs\n")
    mine.write_text("sku,name,base_unit\nNEW,Ours again,PCE\n")
    assert step.place.run("import", "products", mine).status == 0
    step.comes("products-2.csv", "sku,name\nNEW,Theirs again\n")
    [found] = step.place.run("sync", "conflicts", "list", "--state", "open", "--json").lines
    assert (found["key"], found["field"], found["ours"], found["theirs"]) == (
        "NEW",
        "name",
        "Ours again",
        "Theirs again",
    )
    before = len(step.place.outbox("app"))
    settled = step.place.run("sync", "conflicts", "settle", found["id"], "--as", "ours", "--note", "by phone")
    assert (settled.status, settled.out) == (0, "name of products NEW is ours now.\n")
    assert step.place.run("sync", "conflicts", "list", "--state", "open", "--json").lines == []
    step.round()
    assert len(step.place.outbox("app")) == before + 1
    assert [(row["sku"], row["name"]) for row in step.rows("app", "products_")] == [("NEW", "Ours again")]
    unknown = step.place.run("sync", "conflicts", "settle", "nothing", "--as", "ours", "--note", "-")
    assert (unknown.status, unknown.err) == (
        2, "There is no conflict nothing. `gateway sync conflicts list` shows all.\n"
    )  # fmt: skip


def test_what_another_node_sends_or_a_person_paused_is_left_alone(step: InStep) -> None:
    other = Holding(Leases())
    for name in ("shop", "app", "lost", "pim_out"):
        assert other.hold(step.gateway.line, f"{name}/sync") is Hold.BEGUN
    step.round()
    assert step.place.run("outbox", "list", "--json").lines == []
    other.end(step.gateway.line)
    assert step.place.run("lane", "pause", "app/sync").status == 0
    step.round()
    assert {each["partner"] for each in step.place.run("outbox", "list", "--json").lines} == {"shop", "pim_out"}


@pytest.mark.both_stores
def test_a_file_of_a_crm_states_metrics_and_a_segment_has_its_members_at_once(demo: Place) -> None:
    demo.write("connections/crm.toml", 'kind = "folder"\npath = "inbox/crm"\npoll = "1s"\n')
    demo.write("channels/crm.toml", 'connection = "crm"\nflows = { metrics = "in" }\nowner = { metrics = "crm" }\n')
    demo.write("segments.csv", 'segment,rule\nhot,"score >= 80"\n')
    assert demo.run("import", "segments", demo.root / "segments.csv").status == 0

    def members() -> list[str]:
        return [each["account"] for each in demo.run("segment", "members", "hot", "--json").lines if not each["until"]]

    def stated(name: str, text: str) -> None:
        demo.write(f"inbox/crm/.{name}", f"account,metric,value\n{text}")
        (demo.root / f"inbox/crm/.{name}").rename(demo.root / f"inbox/crm/{name}")

    with serving(demo.root) as server:
        stated("first.csv", "10011,score,80.5\nGHOST,score,90\n10012,score,79\n")
        eventually(lambda: members() == ["10011"])
        stated("second.csv", "10011,score,20\n10012,score,80\n")
        eventually(lambda: members() == ["10012"])
        assert server.end() == 0
    rows = demo.run("export", "metrics", "--format", "json").lines
    assert {row["account"]: row["score"] for row in rows if row["score"] != "0"} == {"10011": "20", "10012": "80"}
    [first, second] = sorted(
        demo.run("messages", "list", "--type", "metrics", "--json").lines, key=lambda it: it["file"]
    )
    assert [(each["code"], each["field"]) for each in first["issues"]] == [("import.account.unknown", "rows[1]")]
    assert second["issues"] == []


KINDS = (
    "accounts", "parties", "contacts", "products", "part-numbers", "relations", "assortments", "tailoring",
    "price-lists", "prices", "stock", "terms",
)  # fmt: skip
MORE = {
    "relations": "product,related,kind\nA-1001,A-1006,accessory\n",
    "contacts": "account,name,role\n10001,Ute Meyer,buying\n",
    "tailoring": "subject,product,field,value\naccount:10001,A-1001,name:de,=Bolt\n",
    "assortments": "assortment,product,subject,effect\nfew,A-1006,,\nfew,,account:10012,allow\n",
    "terms": "subject,contract,field,value\nall,,payment_days,30\n",
}


@pytest.mark.parametrize("syntax", ["csv", "json"])
def test_what_a_system_gets_of_any_kind_it_can_give_back_and_both_sides_are_the_same(demo: Place, syntax: str) -> None:
    demo.write("connections/back.toml", 'kind = "folder"\npath = "inbox/back"\n')
    demo.write("connections/gone.toml", 'kind = "folder"\npath = "outbox/gone"\n')
    for name, way in (("back", "in"), ("gone", "out")):
        lines = [f'connection = "{name}"\nsystem = "s"\n[flows]', *(f'{kind} = "{way}"' for kind in KINDS)]
        further = {"back": ("files", "{}_*"), "gone": ("syntax", syntax)}[name]
        lines += [f"[{further[0]}]", *(f'{kind} = "{further[1].format(kind)}"' for kind in KINDS)]
        demo.write(f"channels/{name}.toml", "\n".join(lines))
    for kind, text in MORE.items():
        (demo.root / "more.csv").write_text(text)
        assert demo.run("import", kind, demo.root / "more.csv").status == 0
    demo.run("sync", "run", "gone")
    with demo.opened() as gateway:
        work_off(gateway.line, gateway.senders())
    gone = demo.outbox("gone")
    assert sorted(each.name.partition("_")[0] for each in gone) == sorted(KINDS)
    for file in gone:
        [told] = demo.ingest(file, status=0, options=("--connection", "back"))
        assert (told["state"], told["issues"]) == ("processed", []), file.name
        kind = file.name.partition("_")[0]
        compared = demo.run("sync", "reconcile", "gone", "--flow", kind, "--against", file, "--json")
        assert compared.lines[-1]["differences"] == 0, compared.out
    demo.run("sync", "run", "gone")
    with demo.opened() as gateway:
        work_off(gateway.line, gateway.senders())
    assert demo.outbox("gone") == gone
