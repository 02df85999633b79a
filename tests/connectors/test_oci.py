"""The OCI connector: a buyer calls, and nothing is fetched or sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.oci import CONNECTOR
from gateway.connector import ConnectionConfig
from gateway.errors import PermanentError
from gateway.testing.memory import Notes
from gateway.workspace.configuration import load
from tests.workspace.test_configuration import told


def test_it_is_called_and_neither_fetches_nor_sends() -> None:
    values = load({"connections/srm.toml": b'kind = "oci"\n'}).connections["srm"].values
    connection = CONNECTOR.open(ConnectionConfig("srm", Path(), values, str, Notes()))
    with pytest.raises(PermanentError, match="its buyer calls /oci/srm"):
        connection.poller()
    with pytest.raises(PermanentError, match="sends nothing"):
        connection.sender()
    assert connection.test() == ["its buyer calls /oci/srm with the user and password of its partner"]
    assert (values.text("user_field"), values.text("password_field")) == ("USERNAME", "PASSWORD")


def test_the_browser_of_sap_gui_may_be_returned_to_but_is_no_frame() -> None:
    both = b'return_origins = ["https://srm.example:8443", "SAPEVENT:POST"]\nframe_origins = "SAPEVENT:POST"\n'
    [only] = told({"connections/srm.toml": b'kind = "oci"\n' + both})
    assert "frame_origins: 'SAPEVENT:POST' is no origin" in only
