"""OCI: a buyer's system calls the gateway's own door with a form, and gets a form back."""

from __future__ import annotations

from connectors.oci.config import FIELDS
from gateway.connector import ConnectionConfig, Connector, Poller, Sender
from gateway.errors import PermanentError
from gateway.punchout_fields import origin_problems

__all__ = ["CONNECTOR"]


class OciConnection:
    """A buyer's system that calls /oci/NAME."""

    def __init__(self, config: ConnectionConfig) -> None:
        self._config = config

    def poller(self) -> Poller:
        """Raises PermanentError: nothing is fetched."""
        raise PermanentError(f"{self._config.name} fetches nothing: its buyer calls /oci/{self._config.name}.")

    def sender(self) -> Sender:
        """Raises PermanentError: a cart goes back through the buyer's browser."""
        raise PermanentError(f"{self._config.name} sends nothing. Name another connection.")

    def test(self) -> list[str]:
        """Where it is called."""
        return [f"its buyer calls /oci/{self._config.name} with the user and password of its partner"]


CONNECTOR = Connector("oci", FIELDS, OciConnection, check=origin_problems)
