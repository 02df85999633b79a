"""Each connector is what its manifest says."""

from __future__ import annotations

import tomllib
from importlib import import_module, resources
from pathlib import Path

import pytest

import connectors as connectors_package
from gateway.errors import ConfigError
from gateway.registry import Installed, connectors, read_manifest
from gateway.testing.connector_suite import RepeatableSuite

FOLDERS = sorted(path.parent for path in Path(connectors_package.__file__).parent.glob("*/__init__.py"))
REPEATABLE = [folder.name for folder in FOLDERS if connectors()[folder.name].manifest.repeatable]
METHODS = {"poll": "poll.py", "send": "send.py", "listen": "listen.py"}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_connector_is_registered_under_the_name_of_its_folder(folder: Path) -> None:
    installed = connectors()[folder.name]
    assert installed.connector.name == installed.manifest.name == folder.name


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_connector_has_a_module_for_what_it_can(folder: Path) -> None:
    manifest = tomllib.loads((folder / "connector.toml").read_text("utf-8"))
    assert manifest["can"]
    assert {method for method, module in METHODS.items() if (folder / module).exists()} == set(manifest["can"])
    assert manifest["level"] in ("bronze", "silver", "gold")


@pytest.mark.parametrize("name", REPEATABLE)
def test_a_connector_that_is_sent_to_again_without_asking_is_tested_for_it(name: str) -> None:
    tests = vars(import_module(f"tests.connectors.test_{name}")).values()
    assert any(isinstance(each, type) and RepeatableSuite in each.__mro__[1:] for each in tests)


@pytest.mark.parametrize("installed", connectors().values(), ids=connectors())
def test_every_field_says_in_a_sentence_what_it_is(installed: Installed) -> None:
    for field in installed.connector.fields:
        assert field.help.endswith("."), field.name
    assert set(installed.connector.one_way) <= {field.name for field in installed.connector.fields}


def test_a_package_without_a_manifest_is_a_configuration_error() -> None:
    assert not resources.files("gateway.testing").joinpath("connector.toml").is_file()
    with pytest.raises(ConfigError, match=r"connector\.toml"):
        read_manifest("gateway.testing")
