"""Who is let in and who is believed: keys of the server, keys of ours, and what is said where it fails."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncssh
import pytest

from gateway.connector import Delivery
from gateway.errors import PermanentError, TransientError
from gateway.testing.connector_suite import take
from gateway.testing.sftp_servers import SftpServer, asyncssh_server, has_sshd, openssh_server
from tests.connectors.sftp_places import SftpOutside
from tests.processes import eventually
from tests.workspace.test_configuration import told as lint_told
from tests.workspace.test_configuration import workspace

NO_KEYS = 1
"""What `ssh-add -l` ends with where the agent answers and holds no key, ssh-add(1)."""
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.fixture
def box(faulty: SftpServer) -> SftpOutside:
    return SftpOutside(faulty)


def said(box: SftpOutside, **changed: object) -> str:
    """What a test of the connection refuses with."""
    with pytest.raises((PermanentError, TransientError)) as refusal:
        box.open(**changed).test()
    return str(refusal.value)


def test_a_server_whose_key_is_not_pinned_is_told_with_the_line_that_would_pin_it(box: SftpOutside) -> None:
    text = said(box, host_keys=None)
    assert box.server.host_key in text
    assert "none is named in host_keys" in text
    assert box.open(host_keys=[box.server.host_key]).test()


def test_a_server_with_another_key_than_pinned_gets_nothing_of_us(box: SftpOutside) -> None:
    text = said(box, host_keys=[OTHER], key=None, password="env:password")
    assert "not among those pinned (ssh-ed25519 SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU)" in text
    assert box.server.host_key in text
    with box.sending(host_keys=[OTHER]) as sender, pytest.raises(PermanentError, match="nothing was sent to it"):
        sender.send(Delivery("a.csv", b"1", "key"))


def test_while_the_server_changes_its_key_either_is_believed(box: SftpOutside) -> None:
    assert box.open(host_keys=[OTHER, box.server.host_key]).test()


def test_a_line_that_is_no_key_is_told(box: SftpOutside) -> None:
    assert "'ssh-ed25519 nonsense' in host_keys is no public key" in said(box, host_keys=["ssh-ed25519 nonsense"])


@pytest.mark.parametrize("server_kind", ["asyncssh", "openssh"])
def test_a_password_lets_us_in_and_a_wrong_one_does_not(sftp_servers: dict[str, SftpServer], server_kind: str) -> None:
    server = sftp_servers[server_kind]
    if not server.password:
        pytest.skip("only root can make a user with a password")
    box = SftpOutside(server)
    assert box.open(key=None, password="env:password").test()
    assert "refuses the password; see that `user` and the secret are right" in said(box, key=None, password="env:wrong")


@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"])
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
def test_a_key_of_any_kind_and_form_is_read_encrypted_or_not(box: SftpOutside, kind: str, form: str) -> None:
    key = asyncssh.generate_private_key(kind)
    box.server.trust(key)
    for password in (None, "open sesame"):
        box.known |= {
            "env:key": key.export_private_key(form, password, rounds=1, ignore_few_rounds=True).decode(),
            "env:secret": password or "",
        }
        assert box.open(key_password="env:secret" if password else None).test()
        if password:
            assert "Our private key cannot be read" in said(box, key_password="env:wrong")
            assert "name key_password where it is encrypted" in said(box)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("PuTTY-User-Key-File-3: ssh-ed25519", "convert it by `puttygen"), ("/etc/key.pem", "the text of the whole file")],
)
def test_a_key_that_cannot_be_read_says_why(box: SftpOutside, text: str, advice: str) -> None:
    box.known["env:key"] = text
    assert advice in said(box)


@contextmanager
def agent_with(place: Path, *keys: str) -> Iterator[None]:
    """An agent that holds the keys listens at `agent` in the place while the block runs."""
    address = place / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(address)], stdout=subprocess.DEVNULL) as process:
        known = os.environ | {"SSH_AUTH_SOCK": str(address)}

        def answers() -> bool:
            asked = subprocess.run(["ssh-add", "-l"], env=known, check=False, capture_output=True)
            return asked.returncode == NO_KEYS

        try:
            eventually(answers)
            for key in keys:
                add = ["ssh-add", "-q", "-"]
                subprocess.run(add, input=key.encode(), env=known, check=True, stderr=subprocess.DEVNULL)
            yield
        finally:
            process.terminate()


needs_agent = pytest.mark.skipif(not shutil.which("ssh-agent"), reason="no SSH agent is installed")


@needs_agent
def test_the_key_of_the_agent_lets_us_in_and_another_does_not(
    sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, other = SftpOutside(sftp, agent=True, key=None), asyncssh.generate_private_key("ssh-ed25519")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with agent_with(tmp_path, sftp.key):
        assert box.open().test()
    with agent_with(tmp_path, other.export_private_key().decode()):
        assert f"refuses the key ssh-ed25519 {other.get_fingerprint()}; see" in said(box)
    with agent_with(tmp_path):
        assert "load a key into the agent" in said(box)


@needs_agent
@pytest.mark.parametrize("sftp", ["openssh"], indirect=True)
def test_each_key_of_the_agent_is_offered_until_one_lets_us_in(
    sftp: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [asyncssh.generate_private_key(kind).export_private_key().decode() for kind in ("ssh-rsa", "ssh-ed25519")]
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with agent_with(tmp_path, *others, sftp.key):
        assert SftpOutside(sftp, agent=True, key=None).open().test()


@needs_agent
def test_at_a_server_that_is_asked_once_each_key_and_then_the_password_is_offered_too(
    box: SftpOutside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode() for _ in range(2)]
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
    with agent_with(tmp_path, *others):
        assert box.open(agent=True, key=None, password="env:password").test()
        assert "and the password; see" in said(box, agent=True, key=None, password="env:wrong")
    assert box.server.faults.logins == 2


def test_a_server_that_asks_for_the_password_by_a_prompt_gets_it_once(tmp_path: Path) -> None:
    with asyncssh_server(tmp_path) as server:
        server.ways = ("keyboard-interactive",)
        box = SftpOutside(server, key=None, password="env:password")
        assert box.open().test()
        assert "refuses the password" in said(box, password="env:wrong")
        server.prompts = ("Password: ", "Code: ")
        assert "asks for more than a password (Password:, Code:); ask the partner" in said(box)


@pytest.mark.skipif(not has_sshd() or os.geteuid() != 0, reason="needs OpenSSH's server, and a user with a password")
def test_a_server_that_wants_the_password_first_and_then_the_key_gets_both() -> None:
    with openssh_server("AuthenticationMethods password,publickey", "KexAlgorithms curve25519-sha256") as server:
        box = SftpOutside(server, password="env:password")
        assert box.open().test()
        assert "wants more than the password: publickey. Name in the connection what is missing" in said(box, key=None)


@pytest.mark.skipif(not has_sshd() or os.geteuid() != 0, reason="needs OpenSSH's server, and a user with a password")
def test_a_server_that_ends_the_session_at_the_first_refusal_has_refused() -> None:
    with openssh_server("MaxAuthTries 1") as server:
        server.key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        assert "and the password; see that `user`" in said(SftpOutside(server, password="env:password"))


def test_a_line_that_breaks_while_we_log_in_is_no_refusal(tmp_path: Path) -> None:
    with asyncssh_server(tmp_path) as server:
        box = SftpOutside(server, password="env:password")
        server.drops = 2
        with box.sending() as sender:
            for _ in range(2):
                with pytest.raises(TransientError, match="the session ended while we logged in; it is tried again"):
                    sender.send(Delivery("a.csv", b"1", "key"))
            assert not sender.send(Delivery("a.csv", b"1", "key")).repeated


def test_a_password_that_has_to_be_changed_first_is_told_as_such_and_not_tried_again_soon(tmp_path: Path) -> None:
    with asyncssh_server(tmp_path) as server:
        server.is_expired = True
        with SftpOutside(server, key=None, password="env:password").polling() as poller:
            for _ in range(2):
                with pytest.raises(PermanentError, match="wants our password changed first; change it there"):
                    list(poller.poll())
        assert server.faults.logins == 1


def test_without_anything_to_log_in_with_that_is_told(box: SftpOutside) -> None:
    assert "name key or password, or set agent = true" in said(box, key=None)


def test_after_a_refusal_the_server_is_left_alone_for_a_while(box: SftpOutside) -> None:
    with box.polling(key=None, password="env:wrong") as poller:
        for _ in range(3):
            with pytest.raises(PermanentError, match="refuses the password"):
                list(poller.poll())
    assert box.server.faults.logins == 1


def test_a_server_that_knows_weak_algorithms_only_is_not_spoken_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("weak")
    for weak in (
        {"encryption_algs": ["aes128-cbc", "3des-cbc"]},
        {"mac_algs": ["hmac-md5", "hmac-sha1"], "encryption_algs": ["aes128-ctr"]},
        {"kex_algs": ["diffie-hellman-group14-sha1"]},
    ):
        with asyncssh_server(root, **weak) as server:
            assert "offers no algorithm that we know and that is safe today" in said(SftpOutside(server))


def test_no_secret_is_in_what_is_logged_or_raised(box: SftpOutside, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    box.known |= {"env:password": "canary-in-a-coalmine"}
    told = [said(box, key=None, password="env:password"), said(box, password="env:password", host_keys=[OTHER])]
    box.leave("a.csv", b"canary-in-a-coalmine")
    with box.polling() as poller:
        assert len(take(poller)) == 1
    secrets = ["canary-in-a-coalmine", box.server.key[60:100], box.server.password]
    assert not [secret for secret in secrets for text in (*told, caplog.text) if secret in text]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('host_keys = ["ssh-ed25519 AAAA..."]', "2:1: 'ssh-ed25519 AAAA...' in host_keys is no public key (write type"),
        ("port = 70000", "2:1: port 70000 is none (write at most 65535)"),
        ('receive = { folder = "/x/" }\nsend = { folder = "/x" }', "what we send would be put where /x/ is taken from"),
        ('send = { folder = "/x", name = "{number}.edi" }', "name knows no {number} (it knows {type}, {reference},"),
        ('send = { folder = "/x", name = "{order number}_{id}.edi" }', "name knows no {order number} (it knows"),
        ('send = { folder = "/x", name = "out.edi" }', "name is the same for every document (add {id} or {reference})"),
        (
            'receive = { folder = "/x", after = "burn" }',
            "after: 'burn' is not possible (one of archive, delete, leave)",
        ),
        ("", "nothing to log in with (name key or password, or set agent = true)"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place_before_anything_is_reached(said: str, told: str) -> None:
    login = 'password = "env:P"\n' if said else ""
    content = f'kind = "sftp"\n{said}\nhost = "h"\nuser = "u"\n{login}'
    problems = [
        problem for problem in lint_told(workspace(connections_more=content.encode())) if "more.toml" in problem
    ]
    assert [problem for problem in problems if told in problem], problems


def test_a_connection_that_only_sends_takes_nothing() -> None:
    content = b'kind = "sftp"\nhost = "h"\nuser = "u"\npassword = "env:P"\nreceive = { folder = "/x" }\n'
    assert [problem for problem in lint_told(workspace(connections_outbox=content)) if "names no send" in problem]
