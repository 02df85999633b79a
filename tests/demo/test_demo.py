"""The demo: every sample in the table, run again from the start; and the wheel, which brings it along."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import venv
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.model.return_form import ReturnForm
from gateway.punchout.carts import Done, put
from gateway.punchout.filling import Item
from gateway.punchout.sessions import redeem, session_of
from gateway.punchout.transfer import transfer
from gateway.wiring import open_gateway
from tests.processes import ROOT, call, environment
from tests.workspaces import SAMPLES, Ran, answer_in, run


def test_the_demo_shows_every_sample_and_starts_afresh_each_time(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    answers = []
    for _ in range(2):
        ran = run("demo", root)
        assert (ran.status, ran.err) == (0, "")
        for sample in SAMPLES.glob("*.edi"):
            assert sample.name in ran.out
        assert str(root / "outbox") in ran.out.replace("\n", "")
        answers.append(sorted(file.name[:-30] for file in (root / "outbox").rglob("*.*")))
        for file in (root / "outbox").rglob("*.edi"):
            answer_in(file)
    assert answers[0] == answers[1]
    assert len(answers[0]) > 60


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """A demo's workspace, and what it said."""
    root = tmp_path_factory.mktemp("shown") / "demo"
    return root, run("demo", root)


def test_what_the_demo_ends_with_can_be_looked_at(shown: tuple[Path, Ran]) -> None:
    root, ran = shown
    assert f"gateway --workspace {root} orders show" in ran.out.replace("\n", " ")
    assert run("--workspace", root, "orders", "show", "4500017803").status == 0
    states = {line["state"] for line in run("--workspace", root, "messages", "list", "--json").lines}
    assert states == {"processed", "rejected", "held", "duplicate"}


def test_the_demo_shows_an_assortment_a_segments_price_and_freight_by_terms(shown: tuple[Path, Ran]) -> None:
    root, _ = shown
    [order] = run("--workspace", root, "orders", "show", "4500017831", "--trace", "--json").lines
    glove, wire, bolt = order["lines"]
    assert (glove["decision"], wire["decision"], bolt["reasons"]) == (
        "accepted", "accepted", ["order.line.product.not-in-assortment"],
    )  # fmt: skip
    assert wire["trace"]["winner"]["access"][1] == "segment trade"
    assert [(each["kind"], each["amount"]) for each in order["charges"]] == [("freight", "9.9")]
    assert order["total"] == "145.4"  # 20 x 3.40, 25 x 2.70, and the freight
    assert "charges            freight: 9.9 EUR" in run("--workspace", root, "orders", "show", "4500017831").out


def test_the_demo_shows_the_life_of_an_order_that_the_erp_confirms(shown: tuple[Path, Ran]) -> None:
    root, ran = shown
    assert [word for word in ("ERP-70001", "confirmations processed", "status processed") if word not in ran.out] == []
    [order] = run("--workspace", root, "orders", "show", "B26-0950", "--json").lines
    assert (order["state"], order["decision"]) == ("shipped", "changed")
    assert [line["confirmed"]["quantity"] for line in order["lines"]] == ["1500", "48", "6"]
    answers = [answer_in(file) for file in (root / "outbox" / "nordwind").glob("ORDRSP_B26-0950_*")]
    assert len(answers) == 1
    states = [json.loads(file.read_text())["state"] for file in sorted((root / "outbox" / "shop").glob("status_*"))]
    assert states == ["open", "confirmed", "shipped"]
    assert not (root / "connections" / "erp_service.toml").exists()
    assert run("--workspace", root, "doctor").status == 0


def test_the_demo_ends_with_a_link_into_the_shop(shown: tuple[Path, Ran]) -> None:
    root, ran = shown
    token = re.findall("http://127.0.0.1:8080/shop/open/(\\S+)", ran.out)[0]
    with open_gateway(root) as gateway:
        key = redeem(gateway.line, token)
        with gateway.store.read() as db:
            session = session_of(gateway.line, db, key)
        assert (session.account, session.test) == ("10012", True)
        assert isinstance(put(gateway.line, session, Item("A-1001", Decimal(200))), Done)
        assert isinstance(transfer(gateway.line, session), ReturnForm)
    [link] = run("--workspace", root, "punchout", "open", "nordwind_yard", "--json").lines
    assert link["account"] == "10002"


def test_the_demo_shows_a_cart_that_was_ordered_and_confirmed(shown: tuple[Path, Ran]) -> None:
    root, ran = shown
    assert "a cart of acme_bremen" in ran.out
    [order] = run("--workspace", root, "orders", "show", "4500017851", "--json").lines
    assert (order["account"], order["channel"], order["decision"]) == ("10012", "cxml", "accepted")
    assert order["total"] == "127.6"  # 2 boxes at 31.00, 10 x 3.40, 40 x 0.79
    [answer] = (root / "outbox" / "acme_bremen").glob("ConfirmationRequest_4500017851_*.xml")
    assert answer.read_text("utf-8").count("<ConfirmationItem ") == 3


def test_the_demos_secrets_are_its_own_and_only_its_owner_reads_their_key(shown: tuple[Path, Ran]) -> None:
    root, _ = shown
    assert (root / "var" / "master.key").stat().st_mode & 0o777 == 0o600
    names = {each["name"] for each in run("--workspace", root, "secret", "list", "--json").lines}
    assert names == {"acme_bremen_cxml", "nordwind_yard_oci"}


def test_the_demo_destroys_nothing_of_anybody(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    ran = run("demo", tmp_path)
    assert (ran.status, (tmp_path / "precious").read_text()) == (2, "mine")


def test_the_demo_as_a_process_exits_with_0(tmp_path: Path) -> None:
    ran = call("demo", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / ".demo" / "gateway.toml").exists()


@pytest.mark.timeout(900)  # all that the gateway needs is fetched and installed
def test_a_wheel_in_an_empty_environment_runs_the_demo(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    kept = ("gateway", "connectors", "mappings", "schedules", "sample_messages")
    for name in kept:
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout / name)
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", checkout)
    (wheel,) = (tmp_path / "dist").glob("edi_procurement_gateway-*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    shutil.rmtree(checkout)
    outside = tmp_path / "outside"
    outside.mkdir()
    ran = _run(python.with_name("gateway"), "demo", cwd=outside)
    assert "01_acme_order.edi" in ran.stdout
    assert "played by spyne, which is not installed" in ran.stdout
    assert len(list((outside / ".demo" / "outbox").rglob("*.edi"))) > 40
    place = _run(python, "-c", "import gateway; print(gateway.__file__)", cwd=outside).stdout
    assert place.startswith(str(tmp_path / "empty"))
    assert _run(python.with_name("gateway"), "--workspace", ".demo", "doctor", cwd=outside).returncode == 0


def _run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    outside = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, cwd=cwd, env=outside, timeout=600, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran
