"""PHP's SoapServer as the other side: another implementation than the one the other tests are made with."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bundle import bundled
from gateway.connector import Delivery, Finder, Receipt
from gateway.errors import PermanentError, UnknownOutcomeError
from tests.connectors.test_soap import open_service
from tests.connectors.test_soap_faults import DELIVERY, ORDER, SEND_ORDERS

WSDL = bundled("sample_messages") / "with_erp/workspace/wsdl/erp.wsdl"


def has_php() -> bool:
    php = shutil.which("php")
    return bool(php) and "soap" in subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    if not has_php():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no PHP with SOAP: apt-get install php-cli php-soap")
    shutil.copy(WSDL, tmp_path / "erp.wsdl")
    command = ["php", "-S", "127.0.0.1:0", str(Path(__file__).with_name("soap_server.php"))]
    told = {**os.environ, "ERP_WSDL": str(WSDL), "ERP_BOOKS": str(tmp_path / "books.json")}
    with subprocess.Popen(command, env=told, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            started = next(line for line in process.stderr if "started" in line)
            yield started[started.index("(") + 1 : started.index(")")] + "/"
        finally:
            process.terminate()


def test_an_order_gets_the_number_of_a_service_in_php(endpoint: str, tmp_path: Path) -> None:
    sender = open_service(tmp_path, endpoint=endpoint, send=[SEND_ORDERS]).sender()
    assert isinstance(sender, Finder)
    assert sender.find(DELIVERY) is None
    assert sender.send(DELIVERY) == Receipt("PHP-1")
    assert sender.send(DELIVERY) == Receipt("PHP-1", repeated=True)
    assert sender.find(DELIVERY) == Receipt("PHP-1", repeated=True)
    for account, raised, text in (
        ("blocked", PermanentError, "the account is blocked"),
        ("broken", UnknownOutcomeError, "the database is away"),
    ):
        content = ORDER.replace(b"10001", account.encode())
        with pytest.raises(raised, match=text):
            sender.send(Delivery("order.xml", content, "x", "order"))
