"""Each connector is what its manifest says."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module, resources
from pathlib import Path

import msgspec
import pytest

import connectors as connectors_package
from gateway.errors import ConfigError
from gateway.registry import Installed, connectors, read_manifest
from gateway.testing.connector_suite import RepeatableSuite
from gateway.testing.manifests import manifest_faults

FOLDERS = sorted(path.parent for path in Path(connectors_package.__file__).parent.glob("*/__init__.py"))
REPEATABLE = [folder.name for folder in FOLDERS if connectors()[folder.name].manifest.repeatable]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_connector_is_what_it_says_of_itself(folder: Path) -> None:
    assert manifest_faults(folder.name) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"can": ("poll",)}, "it can ['poll'], and has modules for ['poll', 'send']"),
        ({"name": "other"}, "it is called differently by entry point, CONNECTOR, connector.toml and folder"),
        ({"level": "wood"}, "its level wood is none of"),
    ],
)
def test_a_manifest_that_says_something_else_is_told(
    wrong: dict[str, object], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = connectors()["folder"]
    other = Installed(installed.connector, msgspec.structs.replace(installed.manifest, **wrong))
    monkeypatch.setitem(connectors(), "folder", other)
    assert [fault for fault in manifest_faults("folder") if fault.startswith(told)]


@pytest.mark.parametrize("needs", [{"listen": "path"}, {"poll": "paths"}])
def test_a_need_of_what_is_not_there_is_told(needs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    installed = connectors()["folder"]
    other = Installed(replace(installed.connector, needs=needs), installed.manifest)
    monkeypatch.setitem(connectors(), "folder", other)
    assert [fault for fault in manifest_faults("folder") if fault.startswith("needs names")]


@pytest.mark.parametrize("name", REPEATABLE)
def test_a_connector_that_is_sent_to_again_without_asking_is_tested_for_it(name: str) -> None:
    tests = vars(import_module(f"tests.connectors.test_{name}")).values()
    assert any(isinstance(each, type) and RepeatableSuite in each.__mro__[1:] for each in tests)


def test_a_package_without_a_manifest_is_a_configuration_error() -> None:
    assert not resources.files("gateway.testing").joinpath("connector.toml").is_file()
    with pytest.raises(ConfigError, match=r"connector\.toml"):
        read_manifest("gateway.testing")
