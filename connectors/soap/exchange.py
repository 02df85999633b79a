"""One call over HTTP with all that the connection says of it: address, who we are, TLS, limits."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from connectors.soap.bodies import as_xml
from connectors.soap.config import JSON, SoapConfig
from gateway.connector import ConnectionConfig
from gateway.errors import ConfigError, PermanentError, TransientError
from gateway.outbound import Answer, Limits, target_of
from gateway.outbound.connections import credentials_of, door_of


class Exchange:
    """Calls the service of one connection; may be used by several threads."""

    def __init__(self, config: SoapConfig, given: ConnectionConfig) -> None:
        self.endpoint = config.endpoint
        self.where = target_of(config.endpoint).where
        self._limits = Limits(timeout_s=config.timeout.total_seconds(), max_answer_bytes=config.max_bytes)
        self._headers = credentials_of(given)
        if given.values.text("wsse") != "none":
            self._headers.pop("Authorization", None)  # it is told in the envelope, and nowhere else
        self._door = door_of(given)
        self._is_xml = config.mode != JSON

    def ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        """The answer, whatever its status.

        Raises TransientError where nothing was sent, UnknownOutcomeError where the answer did not come whole.
        """
        try:
            answer = self._door.request(method, url, {**self._headers, **headers}, content, self._limits)
        except ConfigError as error:
            # Nothing was sent, and it goes on by itself once the file is there.
            raise TransientError(str(error)) from error
        kind = answer.headers.get("content-type", "")
        return answer._replace(body=as_xml(answer.body, kind)) if self._is_xml else answer

    def address(self, path: str) -> str:
        """The address of a path below the endpoint, or of one that an answer names.

        Raises PermanentError where that is at another server: who we are is told to nobody else.
        """
        base = self.endpoint.rstrip("/")
        if not path.startswith(("http://", "https://")):
            return base + path if path.startswith(("/", "?")) or not path else urljoin(f"{base}/", path)
        named, ours = target_of(path), target_of(self.endpoint)
        if (named.scheme, named.host, named.port) != (ours.scheme, ours.host, ours.port):
            text = f"{self.where} sends us on to {named.where}. Another server is not asked"
            raise PermanentError(f"{text}: ask for addresses of the endpoint, or for relative ones.")
        return path
