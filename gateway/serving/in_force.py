"""The gateway on the version in force: what the server's parts work with, opened anew after each publishing."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gateway.connector import Arrival, Listener, Poller
from gateway.health import Health
from gateway.pipeline.deliver import Outlets
from gateway.pipeline.work import Line
from gateway.serving.made_webhooks import MadeWebhooks
from gateway.serving.rounds import attempt
from gateway.store.configurations import active
from gateway.store.sealed_secrets import secret_revision
from gateway.wiring import Gateway


@dataclass(slots=True)
class Watch:
    """A connection that is looked at from time to time; what a crashed run had claimed there is given back first.

    Of what is stored, `told` has the keys of what the other side knows to be done, `undone` what it could not be told,
    and `left` the keys of runs before, of which one look shows what is not done.
    """

    name: str
    poller: Poller
    every: timedelta
    due: float = 0.0
    recovered: bool = False
    dropped: bool = False
    told: set[str] = field(default_factory=set)
    undone: dict[str, Arrival] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)


class InForce:
    """Safe to ask from every part; where a new version cannot be opened, the one before it holds on."""

    def __init__(self, gateway: Gateway, health: Health) -> None:
        self._health = health
        self._changing = threading.Lock()
        self._senders: Outlets = {}
        self._made = MadeWebhooks(gateway.workspace, gateway.settings.api.webhook_networks, gateway.vault.secret)
        # Asked for before anything is opened by them: one that is set meanwhile is another then.
        with gateway.store.read() as db:
            self._secrets = secret_revision(db)
        self._open(gateway)

    def renewed(self) -> Line:
        """The line on the version in force now."""
        with self._changing:
            attempt(self._health, "configuration", self._renew)
            return self._gateway.line

    @property
    def line(self) -> Line:
        """The line as it was last opened, without a look at the store."""
        return self._gateway.line

    @property
    def watches(self) -> list[Watch]:
        """The connections that are polled."""
        return self._watches

    @property
    def listeners(self) -> Mapping[str, Listener]:
        """What each connection that listens lets in, by name."""
        return self._listeners

    @property
    def senders(self) -> Outlets:
        """What gives to each connection, by name."""
        return self._senders

    def outlets(self) -> Outlets:
        """The same, and what gives to the webhooks that were made over the API."""
        return {**self._senders, **self._made.outlets(self.line)}

    def close(self) -> None:
        """Nothing is sent any more."""
        self._made.close()
        for outlet in self._senders.values():
            outlet.drop()

    def _renew(self) -> None:
        with self._gateway.store.read() as db:
            current, secrets = active(db), secret_revision(db)
        if current is not None and current.number != self._gateway.line.version:
            self._open(replace(self._gateway, line=self._gateway.line_as_of(current.number)))
            self._health.forget()
        elif secrets != self._secrets:
            self._open(self._gateway)
        self._secrets = secrets

    def _open(self, gateway: Gateway) -> None:
        kept = gateway.line.configuration.connections
        watches = [Watch(name, poller, kept[name].poll) for name, poller in gateway.pollers().items()]
        self._listeners = gateway.listeners()
        before, self._senders = self._senders, gateway.senders()
        self._watches = watches
        self._gateway = gateway
        for outlet in before.values():
            outlet.drop()
