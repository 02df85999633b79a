"""Several commands on one workspace at the same time."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests import sent
from tests.processes import GATEWAY, PATIENCE_S, environment
from tests.workspaces import SAMPLES, Place

pytestmark = pytest.mark.both_stores


def test_files_ingested_at_the_same_time_are_each_an_order_and_numbered_without_gaps(demo: Place) -> None:
    started = []
    for number in range(1, 5):
        file = demo.root / f"{number}.edi"
        orders = [
            sent.order(f"PO-{number}{place}", sent.line(1, sent.SEALANT, "12"), reference=str(place))
            for place in range(5)
        ]
        file.write_bytes(sent.interchange(f"IC{number}", *orders))
        command = [*GATEWAY, "--workspace", str(demo.root), "ingest", str(file), "--json"]
        started.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        )
    for process in started:
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, err) == (0, "")
        assert [json.loads(line)["state"] for line in out.splitlines()] == ["processed"] * 5
    assert sorted(order["order"] for order in demo.orders()) == [f"SO{n:08d}" for n in range(1, 21)]
    controls = sorted(answer.control for answer in demo.answers("acme"))
    assert controls == [f"{n:08d}" for n in range(1, 25)]


def test_the_same_file_ingested_at_the_same_time_is_one_order(demo: Place) -> None:
    command = [*GATEWAY, "--workspace", str(demo.root), "ingest", str(SAMPLES / "01_acme_order.edi"), "--json"]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) for _ in range(3)]
    states = [json.loads(process.communicate(timeout=PATIENCE_S)[0])["state"] for process in started]
    assert sorted(states) == ["duplicate", "duplicate", "processed"]
    assert len(demo.orders()) == 1
    assert len({answer.raw for answer in demo.answers("acme")}) == 2


def test_business_data_is_imported_while_orders_are_taken(demo: Place) -> None:
    prices = "list,subject,object,type,amount,currency\n" + "".join(
        f"bulk,all,product:A-100{n % 8 + 1},PRICE,{n}.5,EUR\n" for n in range(1, 400)
    )
    demo.write("bulk.csv", prices)
    command = [*GATEWAY, "--workspace", str(demo.root), "import", "prices", str(demo.root / "bulk.csv"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as importing:
        lines = [line for number in (1, 4, 6, 23) for line in demo.sample(number)]
        out, _ = importing.communicate(timeout=PATIENCE_S)
    assert importing.returncode in (0, 1)
    assert json.loads(out.splitlines()[-1])["rows"] == 399
    assert {line["state"] for line in lines} == {"processed"}
