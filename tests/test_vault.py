"""The vault: secrets sealed in the store, named by connections and partners."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from gateway.errors import ConfigError, UsageError
from gateway.settings import Settings
from gateway.store.engine import Store
from gateway.store.sealed_secrets import all_secrets, drop_secret, secret_revision
from gateway.vault import Vault, environment_secret
from gateway.workspace.secret_references import secret_references

OLD, NEW = "k" * 44, "n" * 44
AT = "2026-11-25T12:00:00.000000+00:00"
LATER = "2026-11-25T12:00:01.000000+00:00"
SSH_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nw7ZzdGUg\n-----END OPENSSH PRIVATE KEY-----"


def vault(store: Store, *keys: str, file: Path | None = None) -> Vault:
    """The vault under these master keys, which stand in a file where one is given."""
    if file is not None:
        file.write_text("\n".join(keys), encoding="ascii")
        return Vault(Settings(workspace=file.parent, master_key_file=Path(file.name)), store)
    return Vault(Settings(workspace=Path(), master_key=SecretStr(" ".join(keys)) if keys else None), store)


def kept(store: Store) -> bytes:
    """Everything the table of secrets holds."""
    with store.read() as db:
        rows = db.execute(text("SELECT name, key_id, sealed, version, set_at FROM secret")).all()
    return b"|".join(
        bytes(each) if not isinstance(each, str | int) else str(each).encode() for row in rows for each in row
    )


@pytest.mark.parametrize("value", ["hunter2", SSH_KEY, "päßwörd\n", " blank "])
def test_a_secret_comes_out_as_it_went_in_and_lies_sealed_in_the_store(store: Store, value: str) -> None:
    vault(store, OLD).put("acme_key", value, AT)
    assert vault(store, OLD).secret("secret:acme_key") == value
    assert value.strip().encode() not in kept(store)
    assert OLD.encode() not in kept(store)


def test_a_secret_that_is_set_again_is_another_at_once_and_is_seen_by_who_watches(store: Store) -> None:
    held = vault(store, OLD)
    held.put("acme_key", "one", AT)
    with store.read() as db:
        before = secret_revision(db)
    vault(store, OLD).put("acme_key", "two", AT)
    with store.read() as db:
        after, version = secret_revision(db), all_secrets(db)[0].version
    assert (held.secret("secret:acme_key"), version) == ("two", 2)
    assert before != after


def test_a_secret_that_is_removed_and_set_again_is_seen_by_who_did_not_look_in_between(store: Store) -> None:
    vault(store, OLD).put("acme_key", "one", AT)
    with store.read() as db:
        before = secret_revision(db)
    with store.write() as db:
        drop_secret(db, "acme_key")
    with store.read() as db:
        between = secret_revision(db)
    vault(store, OLD).put("acme_key", "two", LATER)
    with store.read() as db:
        assert len({before, between, secret_revision(db)}) == 3


def test_rotation_seals_every_secret_by_the_first_key_and_the_old_one_may_go(store: Store) -> None:
    vault(store, OLD).put("a", "1", AT)
    vault(store, OLD).put("b", "2", AT)
    with store.read() as db:
        before = secret_revision(db)
    assert vault(store, NEW, OLD).rotate() == 2
    assert vault(store, NEW, OLD).rotate() == 0
    assert [vault(store, NEW).secret(f"secret:{name}") for name in "ab"] == ["1", "2"]
    with store.read() as db:
        assert secret_revision(db) == before  # no node opens its connections anew for it
    with pytest.raises(ConfigError, match="sealed by another master key"):
        vault(store, OLD).secret("secret:a")


def test_a_rotation_that_cannot_open_one_secret_changes_none(store: Store) -> None:
    vault(store, OLD).put("a", "1", AT)
    vault(store, "x" * 40).put("b", "2", AT)
    with pytest.raises(ConfigError, match="The secret b was sealed by another master key"):
        vault(store, NEW, OLD).rotate()
    assert vault(store, OLD).secret("secret:a") == "1"


def test_a_sealed_value_opens_under_its_own_name_only_and_not_when_it_was_changed(store: Store) -> None:
    vault(store, OLD).put("a", "1", AT)
    vault(store, OLD).put("b", "2", AT)
    with store.write() as db:
        db.execute(text("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name = 'b') WHERE name = 'a'"))
    with pytest.raises(ConfigError, match="does not open: its row was changed"):
        vault(store, OLD).secret("secret:a")


def test_without_the_master_key_a_store_that_has_secrets_is_refused_and_one_that_has_none_is_not(store: Store) -> None:
    vault(store).check()
    vault(store, OLD).put("a", "hunter2", AT)
    vault(store, OLD).check()
    for keys in ([], [NEW]):
        with pytest.raises(ConfigError) as error:
            vault(store, *keys).check()
        assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("a b", "x"), ("n" * 101, "x"), ("a", ""), ("a", "x" * 65_537)])
def test_what_is_no_name_or_no_value_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError):
        Vault(Settings(workspace=Path(), master_key=SecretStr(OLD)), None).put(name, value, AT)  # type: ignore[arg-type] # it is refused before


@pytest.mark.parametrize("keys", ["short", f"{OLD} short", ""])
def test_a_master_key_that_can_be_guessed_is_refused(store: Store, keys: str) -> None:
    with pytest.raises(ConfigError, match="openssl rand"):
        Vault(Settings(workspace=Path(), master_key=SecretStr(keys)), store).put("a", "1", AT)


def test_a_file_of_keys_is_read_anew_so_that_a_new_key_needs_no_restart(store: Store, tmp_path: Path) -> None:
    held = vault(store, OLD, file=tmp_path / "master.key")
    held.put("a", "1", AT)
    vault(store, NEW, OLD, file=tmp_path / "master.key").rotate()
    assert held.secret("secret:a") == "1"
    (tmp_path / "master.key").unlink()
    with pytest.raises(ConfigError, match=r"cannot be read from .*master\.key: No such file"):
        held.secret("secret:a")


def test_a_reference_is_found_wherever_a_file_names_one_with_its_place() -> None:
    files = {
        "connections/a.toml": b'kind = "sftp"\npassword = "secret:sftp"\n',
        "partners/b.toml": b'[identifiers]\ncxml = [{ secrets = ["secret:one", "env:TWO"] }]\n',
        "gateway.toml": b'[alarms]\nwebhook_secret = "env:HOOK"\n',
        "mappings/c/mapping.toml": b'note = "secret:none"\n',
        "partners/broken.toml": b"name = \n",
    }
    assert [f"{each.place}: {each.text}" for each in secret_references(files)] == [
        "connections/a.toml:2:12: secret:sftp",
        "gateway.toml:2:18: env:HOOK",
        "partners/b.toml:2:22: secret:one",
        "partners/b.toml:2:36: env:TWO",
    ]


def test_an_empty_variable_of_the_environment_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "")
    with pytest.raises(ConfigError, match=r"env:HOOK is not set, or empty\. Set the environment variable"):
        environment_secret("env:HOOK")
