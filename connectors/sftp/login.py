"""Logging in: what we have is offered in turn, until the server lets us in or has refused it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from threading import Event

import paramiko
from paramiko.auth_handler import AuthHandler

from connectors.sftp.config import Login, shown
from connectors.sftp.keys import HostKey, own_key
from connectors.sftp.transport import TOO_MANY_CONNECTIONS, Transport
from gateway.errors import PermanentError

_SERVICE = "ssh-userauth"
_PASSWORD, _INTERACTIVE, _KEY = "password", "keyboard-interactive", "publickey"
_MOST_TOLD = 100


def log_in(transport: Transport, login: Login) -> None:
    """We are in; raises PermanentError where the server refuses all that we have."""
    own = [own_key(login.key, login.key_password)] if login.key else []
    if not login.agent:
        _offer(_Offering(transport), login, own)
        return
    with closing(paramiko.Agent()) as agent:
        _offer(_Offering(transport), login, [*own, *agent.get_keys()])


class _Offering(AuthHandler):
    """One log-in. The server is asked once whether it may begin: the library asks each time, which ends it at some.

    Each method returns what the server wants besides, nothing where we are in, and raises AuthenticationException where
    it refuses, SSHException where the session ended before it did.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self._line = transport
        self._has_begun = False
        self._is_refused = False
        self._answer: str | None = None
        transport.auth_handler = self

    def offer_key(self, user: str, key: paramiko.PKey) -> list[str]:
        """By a key."""
        return self._asked(partial(self.auth_publickey, user, key))

    def offer_password(self, user: str, password: str) -> list[str]:
        """By the password, in whichever of the two ways the server takes it: RFC 4252 section 8, RFC 4256."""
        try:
            return self._asked(partial(self.auth_password, user, password))
        except paramiko.BadAuthenticationType as refusal:
            if _INTERACTIVE not in refusal.allowed_types:
                raise
        self._answer = password
        return self._asked(partial(self.auth_interactive, user, self._answered))

    def _asked(self, ask: Callable[[Event], None]) -> list[str]:
        event = Event()
        try:
            ask(event)
            return self.wait_for_response(event)
        except (paramiko.AuthenticationException, EOFError) as error:
            if not self._is_refused and self._line.farewell in (None, TOO_MANY_CONNECTIONS):
                # The library takes a line that broke for a refusal, after which nobody would try again.
                raise paramiko.SSHException("the session ended while we logged in") from error
            if isinstance(error, EOFError):
                raise paramiko.AuthenticationException("the session was ended by the refusal before") from error
            raise

    def _answered(self, title: str, instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:  # noqa: ARG002 - as the library calls it
        if not prompts:
            return []
        if len(prompts) > 1 or self._answer is None:
            asked = ", ".join(shown(text.strip().encode()) for text, _ in prompts)[:_MOST_TOLD]
            raise _UnansweredError(f"asks for more than a password ({asked}); ask the partner to let us in by a key")
        answer, self._answer = self._answer, None
        return [answer]

    def _request_auth(self) -> None:
        if not self._has_begun:
            self._has_begun = True
            super()._request_auth()  # type: ignore[misc]
            return
        accepted = paramiko.Message()
        accepted.add_string(_SERVICE)
        accepted.rewind()
        self._parse_service_accept(accepted)  # type: ignore[attr-defined]

    def _parse_userauth_failure(self, message: paramiko.Message) -> None:
        self._is_refused = True
        super()._parse_userauth_failure(message)  # type: ignore[misc]

    def _parse_userauth_info_request(self, message: paramiko.Message) -> None:
        if self.auth_method == _PASSWORD:  # this number is SSH_MSG_USERAUTH_PASSWD_CHANGEREQ then, RFC 4252 section 8
            raise _UnansweredError("wants our password changed first; change it there, then set the secret anew")
        super()._parse_userauth_info_request(message)  # type: ignore[misc]


class _UnansweredError(paramiko.SSHException):
    """The server wants something that only a person can do."""


def _offer(offering: _Offering, login: Login, keys: Sequence[paramiko.PKey]) -> None:
    if not keys and not login.password:
        advice = "name key or password, or set agent = true and load a key into the agent"
        raise PermanentError(f"There is nothing to log in to {login.label} with; {advice}.")
    offered = [f"the key {HostKey(key.get_name(), key.asbytes()).fingerprint}" for key in keys]
    wanted = _offer_keys(offering, login, keys)
    if not offering.is_authenticated() and login.password:
        offered.append("the password")
        try:
            wanted = offering.offer_password(login.user, login.password)
        except paramiko.AuthenticationException as error:
            raise _refused(login, offered) from error
        except _UnansweredError as error:
            raise PermanentError(f"{login.label} {error}.") from error
        if _KEY in wanted:  # some want the password first
            wanted = _offer_keys(offering, login, keys) or wanted
    if not offering.is_authenticated():
        raise _refused(login, offered, wanted)


def _offer_keys(offering: _Offering, login: Login, keys: Sequence[paramiko.PKey]) -> list[str]:
    """What the server wants besides the key it took; nothing where it took none, or nothing else is wanted."""
    wanted: list[str] = []
    for key in keys:
        try:
            wanted = offering.offer_key(login.user, key)
        except paramiko.AuthenticationException:
            continue
        if _KEY not in wanted:
            break
    return wanted


def _refused(login: Login, offered: list[str], wanted: Sequence[str] = ()) -> PermanentError:
    given = " and ".join(offered)
    if wanted:
        text = f"{login.label} wants more than {given}: {' or '.join(wanted)}"
        return PermanentError(f"{text}. Name in the connection what is missing, or ask the partner to do without.")
    text = f"{login.label} refuses {given}; see that `user` and the secret are right"
    return PermanentError(f"{text} and that the partner has taken up our public key.")
