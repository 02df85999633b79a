"""`gateway secret`, and what a workspace that names secrets does without them."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from gateway.health import Health
from gateway.serving.in_force import InForce
from gateway.store.webhooks import StoredWebhook, add_webhook
from gateway.wiring import open_gateway, open_store_of
from tests.workspaces import Place, Ran, run

KEY = "k" * 44
SIGNED = 'kind = "webhook"\nurl = "https://shop.example/hooks"\nsecret = "secret:hook"\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A workspace as init makes it, with a master key, and a connection that names a secret."""
    monkeypatch.setenv("GATEWAY_MASTER_KEY", KEY)
    assert run("init", tmp_path / "ws").status == 0
    made = Place(tmp_path / "ws")
    (made.root / "connections" / "shop.toml").write_text(SIGNED, encoding="utf-8")
    return made


def set_secret(place: Place, name: str, value: bytes) -> Ran:
    """`secret set` with the value on standard input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(value)))
        return place.run("secret", "set", name)


def test_a_secret_is_listed_with_where_it_is_named_and_never_with_its_value(place: Place) -> None:
    assert set_secret(place, "hook", b"hunter2hunter2\n").status == 0
    assert set_secret(place, "idle", b"hunter2hunter2\n").status == 0
    hook, idle = place.run("secret", "list", "--json").lines
    assert (hook["name"], hook["version"], hook["used_by"]) == ("hook", 1, ["connections/shop.toml:3"])
    assert idle["used_by"] == []
    shown = place.run("secret", "list")
    assert "hunter2" not in shown.out + shown.err
    assert "shop.toml:3" in shown.out


def test_a_version_that_names_a_secret_nobody_has_set_is_not_published(place: Place) -> None:
    refused = place.run("publish")
    assert refused.status == 2
    assert "connections/shop.toml:3:10: secret:hook is not set (gateway secret set hook)" in refused.err
    set_secret(place, "hook", b"hunter2hunter2")
    assert place.run("publish").status == 0


def test_a_rollback_to_a_version_that_is_not_there_is_refused(place: Place) -> None:
    assert place.run("rollback", "7").status == 2


def test_what_is_missing_is_told_by_check_and_doctor(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.root / "connections" / "shop.toml").write_text(SIGNED.replace("secret:hook", "env:GATEWAY_HOOK_TEST"))
    told = place.run("check")
    assert (told.status, "env:GATEWAY_HOOK_TEST is not set here" in told.err) == (0, True)
    states = {row["what"]: row["state"] for row in place.run("doctor", "--json").lines if "what" in row}
    assert states["environment"] == "connections/shop.toml:3: env:GATEWAY_HOOK_TEST is not set here"
    monkeypatch.setenv("GATEWAY_HOOK_TEST", "x")
    assert "GATEWAY_HOOK_TEST" not in place.run("check").err


def test_doctor_tells_a_secret_that_is_not_set_and_a_master_key_that_opens_none(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secret(place, "idle", b"hunter2hunter2")
    monkeypatch.delenv("GATEWAY_MASTER_KEY")
    states = {row["what"]: row["state"] for row in place.run("doctor", "--json").lines if "what" in row}
    assert states["secrets"] == "connections/shop.toml:3: secret:hook is not set"
    assert states["master key"].startswith("The secret idle is sealed by the master key, and none is set.")


def test_serving_is_refused_without_the_master_key_where_there_are_secrets(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secret(place, "hook", b"hunter2hunter2")
    assert place.run("publish").status == 0
    monkeypatch.delenv("GATEWAY_MASTER_KEY")
    refused = place.run("serve", "--port", "0")
    assert refused.status == 2
    assert "GATEWAY_MASTER_KEY" in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.both_stores
def test_a_running_node_works_with_a_secret_that_is_set_anew(demo: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MASTER_KEY", KEY)
    (demo.root / "connections" / "shop.toml").write_text(SIGNED, encoding="utf-8")
    set_secret(demo, "hook", b"first-first-first")
    with open_gateway(demo.root) as gateway:
        served = InForce(gateway, Health(gateway.store, gateway.clock))
        opened = dict(served.senders)
        served.renewed()
        assert opened
        assert served.senders == opened
        set_secret(demo, "hook", b"second-second-second")
        served.renewed()
        assert served.senders.keys() == opened.keys()
        assert all(served.senders[name] is not opened[name] for name in opened)
        served.close()


def test_a_secret_that_is_named_nowhere_is_removed(place: Place) -> None:
    set_secret(place, "hook", b"hunter2hunter2")
    set_secret(place, "idle", b"hunter2hunter2")
    assert place.run("secret", "remove", "idle").status == 0
    assert [row["name"] for row in place.run("secret", "list", "--json").lines] == ["hook"]
    again = place.run("secret", "remove", "idle")
    assert (again.status, again.err.startswith("There is no secret idle.")) == (2, True)


def test_a_secret_that_the_workspace_or_the_version_in_force_names_is_not_removed(place: Place) -> None:
    set_secret(place, "hook", b"hunter2hunter2")
    assert place.run("publish").status == 0
    refused = place.run("secret", "remove", "hook")
    assert (refused.status, "connections/shop.toml:3:10: secret:hook is named here (" in refused.err) == (2, True)
    (place.root / "connections" / "shop.toml").unlink()
    refused = place.run("secret", "remove", "hook")
    assert refused.status == 2
    assert "shop.toml:3:10: secret:hook is named here by the version in force" in refused.err
    assert place.run("publish").status == 0
    assert place.run("secret", "remove", "hook").status == 0
    assert place.run("rollback", "1").status == 2


def test_a_secret_that_a_webhook_signs_with_is_not_removed(place: Place) -> None:
    set_secret(place, "webhook-1", b"hunter2hunter2")
    made = StoredWebhook(
        id="W1", url="https://shop.example", events="[]", account=None, secrets='["webhook-1"]', made_by="",
        created_at="", changed_at="",
    )  # fmt: skip
    with open_store_of(place.root) as store, store.write() as db:
        add_webhook(db, made)
    [listed] = place.run("secret", "list", "--json").lines
    assert listed["used_by"] == ["webhook W1"]
    refused = place.run("secret", "remove", "webhook-1")
    assert (refused.status, "the webhook W1 signs with it" in refused.err) == (2, True)
    assert place.run("secret", "list", "--json").lines == [listed]


@pytest.mark.parametrize(("name", "value"), [("a b", b"x"), ("hook", b""), ("hook", b"\xff\xfe"), ("hook", b"\n")])
def test_what_cannot_be_a_secret_is_refused_in_a_sentence(place: Place, name: str, value: bytes) -> None:
    refused = set_secret(place, name, value)
    assert refused.status == 2
    assert "Traceback" not in refused.err
    assert place.run("secret", "list", "--json").lines == []
