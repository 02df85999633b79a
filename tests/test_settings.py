"""Settings: the environment over gateway.toml over the defaults."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.edifact.syntax import Limits
from gateway.errors import ConfigError
from gateway.settings import effective, load_settings, workspace_named


@pytest.fixture(autouse=True)
def _no_settings_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WORKSPACE", "DATABASE_URL", "LOG_LEVEL", "MASTER_KEY", "LIMITS__MAX_SEGMENT_BYTES"):
        monkeypatch.delenv(f"GATEWAY_{name}", raising=False)


def test_left_out_the_store_is_sqlite_in_the_workspace(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings.url == f"sqlite:///{tmp_path}/var/gateway.db"
    assert settings.reuse_after == timedelta(days=400)
    assert not settings.auto_publish


def test_the_environment_goes_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gateway.toml").write_text('log_level = "info"\nlog_format = "json"\n[limits]\nmax_segment_bytes = 9\n')
    assert load_settings(tmp_path).log_level == "info"
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "debug")
    settings = load_settings(tmp_path)
    assert (settings.log_level, settings.log_format, settings.limits.max_segment_bytes) == ("debug", "json", 9)
    monkeypatch.setenv("GATEWAY_LIMITS__MAX_SEGMENT_BYTES", "11")
    limits = load_settings(tmp_path).limits
    assert (limits.max_segment_bytes, limits.max_segments_per_message) == (11, 200_000)


def test_the_limits_are_those_of_the_reader(tmp_path: Path) -> None:
    assert Limits(**load_settings(tmp_path).limits.model_dump()) == Limits()


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "loud")
    with pytest.raises(ConfigError, match="GATEWAY_LOG_LEVEL") as raised:
        load_settings(tmp_path)
    assert len(raised.value.problems) == 1


def test_a_wrong_file_is_named_with_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('log_level = "info"\nlog_fromat = "json"\n')
    with pytest.raises(ConfigError, match=r"gateway\.toml:2:1: unknown key log_fromat"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("accent", "told"), [("red", "'red' is no colour"), ("#7b7b7b", "nothing can be read on #7b7b7b")]
)
def test_a_colour_on_which_nothing_can_be_read_is_refused(tmp_path: Path, accent: str, told: str) -> None:
    (tmp_path / "gateway.toml").write_text(f'[shop]\naccent = "{accent}"\n')
    with pytest.raises(ConfigError, match=rf"gateway\.toml:2:1: .*{told}"):
        load_settings(tmp_path)


@pytest.mark.parametrize("given", ["[api]\nwebhook_networks = ", "[receive]\nproxies = "])
def test_networks_that_are_none_are_named(tmp_path: Path, given: str) -> None:
    (tmp_path / "gateway.toml").write_text(f'{given}["10.1.0.0/99"]\n')
    with pytest.raises(ConfigError, match=r"gateway\.toml:2:\d+: .*10\.1\.0\.0/99"):
        load_settings(tmp_path)


def test_each_setting_tells_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gateway.toml").write_text('log_format = "json"\n[limits]\nmax_segment_bytes = 9\n')
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "debug")
    origins = {each.name: each.origin for each in effective(load_settings(tmp_path))}
    assert origins["log_format"] == "gateway.toml:1:1"
    assert origins["limits.max_segment_bytes"] == "gateway.toml:3:1"
    assert origins["log_level"] == "GATEWAY_LOG_LEVEL"
    assert origins["auto_publish"] == "default"


def test_the_settings_of_each_table_are_told_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('[shop]\nname = "Bolts and more"\n')
    told = {each.name: each for each in effective(load_settings(tmp_path))}
    assert (told["shop.name"].value, told["shop.name"].origin) == ("Bolts and more", "gateway.toml:2:1")
    assert not {"shop", "limits", "workspace"} & told.keys()


def test_each_setting_is_told_as_a_file_states_it(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text(
        'lease = "90s"\nauto_publish = true\n[receive]\nproxies = ["10.0.0.0/8", "::1"]\n'
    )
    told = {each.name: each.value for each in effective(load_settings(tmp_path))}
    names = ("lease", "auto_publish", "receive.proxies", "reuse_after", "retention.raw", "master_key")
    assert [told[name] for name in names] == ["90s", "true", "10.0.0.0/8, ::1", "400d", "", ""]


def test_no_secret_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_MASTER_KEY", "hunter2")
    monkeypatch.setenv("GATEWAY_DATABASE_URL", "postgresql+psycopg://me:hunter2@db/edi")
    shown = " ".join(each.value for each in effective(load_settings(tmp_path)))
    assert "hunter2" not in shown
    assert "postgresql+psycopg://me:***@db/edi" in shown


def test_the_workspace_is_the_one_given_or_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workspace_named() == Path()
    monkeypatch.setenv("GATEWAY_WORKSPACE", "elsewhere")
    assert workspace_named() == Path("elsewhere")
    assert workspace_named(Path("here")) == Path("here")
