"""Profiles of procurement systems: shipped, overlaid by a workspace, and overridden by a connection."""

from __future__ import annotations

import pytest

from gateway.bundle import bundled, read_tree
from gateway.errors import ConfigError
from gateway.fields import described
from gateway.mapping.codes import code_list
from gateway.model.cart import CartLine
from gateway.model.profile import Profile
from gateway.oci.form import LENGTHS
from gateway.toml_source import parse_bytes
from gateway.workspace.configuration import Configuration, load
from gateway.workspace.lint import lint
from gateway.workspace.profiles import FIELDS, LIMITED, profile, profile_of

SHIPPED = sorted(path.removesuffix(".toml") for path in read_tree(bundled("mappings") / "profiles"))
OCI_FIELDS = {
    "text": "DESCRIPTION", "sku": "VENDORMAT", "auxiliary_id": "EXT_PRODUCT_ID", "buyer_sku": "MATNR",
    "unit_as_sent": "UNIT", "manufacturer": "MANUFACTCODE", "manufacturer_sku": "MANUFACTMAT",
    "material_group": "MATGROUP", "contract": "CONTRACT", "contract_line": "CONTRACT_ITEM",
    "quote": "EXT_QUOTE_ID", "unspsc": "EXT_CATEGORY_ID",
    "eclass": "EXT_CATEGORY_ID", "documents": "ATTACHMENT", "custom": "CUST_FIELD5",
}  # fmt: skip


def workspace(connection: str = "", **profiles: str) -> dict[str, bytes]:
    files = {f"mappings/profiles/{name}.toml": text.encode() for name, text in profiles.items()}
    head = 'kind = "cxml"\nreturn_origins = ["https://buy.nordwerk.example"]\n'
    return {**files, "connections/nordwerk.toml": f"{head}{connection}".encode()}


def problems(files: dict[str, bytes]) -> list[str]:
    return [str(problem) for problem in lint(files, [], lambda _: True).problems]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_profile_can_be_used(name):
    found = profile(Configuration(), name)
    assert found.title
    assert found.protocol == "oci" or found.dtd_of("PunchOutOrderMessage").startswith("1.2.")
    assert found.unit_sent("C62")
    assert found.unit_sent("not a unit") is None


def test_there_is_a_profile_for_each_suite():
    assert set(SHIPPED) >= {
        "ariba", "coupa", "jaggaer", "sap_srm", "sap_s4", "oracle", "workday", "ivalua", "onventis", "cxml", "oci",
    }  # fmt: skip


def test_lengths_of_oci_are_those_the_form_is_held_to():
    limits = profile(Configuration(), "oci").limits
    assert {name: limits[name].most for name in OCI_FIELDS} == {
        name: LENGTHS[field] for name, field in OCI_FIELDS.items()
    }


def test_a_workspace_changes_a_profile_key_by_key():
    files = workspace(mine='extends = "jaggaer"\n[limits]\ntext = { most = 100 }\n[units]\nBX = "CTN"\n')
    found, base = profile(Configuration(files), "mine"), profile(Configuration(), "jaggaer")
    assert (found.limits["text"].most, found.limits["sku"]) == (100, base.limits["sku"])
    assert (found.unit_sent("BX"), found.unit_sent("PCE"), found.title) == ("CTN", "EA", "Jaggaer")


def test_a_workspace_puts_its_own_file_in_the_place_of_a_shipped_one():
    files = workspace(ariba='extends = "cxml"\ntitle = "Ours"\nprice_decimals = 2\n')
    found = profile(Configuration(files), "ariba")
    assert (found.title, found.price_decimals) == ("Ours", 2)


def test_a_connection_states_single_keys_for_itself():
    files = workspace('profile = "ariba"\nfield_name = "cxml-base64"\ndtd = { default = "1.2.014" }\n')
    configuration = load(files)
    found = profile_of(configuration, configuration.connections["nordwerk"])
    assert (found.title, found.field_name) == ("SAP Ariba", "cxml-base64")
    assert found.dtd_of("PunchOutOrderMessage") == "1.2.014"
    assert found.dtd_of("ConfirmationRequest") == "1.2.050"


def test_a_connection_without_a_profile_has_that_of_its_kind():
    configuration = load(workspace())
    assert profile_of(configuration, configuration.connections["nordwerk"]).name == "cxml"


def test_units_are_the_buyers_both_ways_and_nobody_guesses():
    files = workspace(mine='extends = "cxml"\n[units]\nBX = "CTN"\n[units_read]\nKT = "BX"\n')
    found = profile(Configuration(files), "mine")
    assert (found.unit_sent("BX"), found.unit_read("CTN"), found.unit_read("KT")) == ("CTN", "BX", "BX")
    assert (found.unit_read("XPK"), found.unit_read("EACH"), found.unit_read("XYZ")) == ("PK", "EA", None)
    assert found.unit_read("X") is None


def test_a_code_that_two_units_share_is_read_as_neither():
    found = Profile(name="mine", dtd={"default": "1.2.050"}, units={"CT": "BOX", "BX": "BOX"}, only_units=True)
    assert (found.unit_sent("CT"), found.unit_read("BOX"), found.unit_read("CT")) == ("BOX", None, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("titel = 'x'\n", "mappings/profiles/mine.toml:1:1: unknown key titel (did you mean title?)"),
        ('extends = "nobody"\n', "there is no profile 'nobody'"),
        ('extends = "mine"\n', "this extends more than 2 profiles"),
        ("title = 'x'\n", "the profile names no DTD"),
        ('extends = "cxml"\n[dtd]\ndefault = "newest"\n', "default is pinned at 'newest', which is no version"),
        ('extends = "cxml"\nencoding = "UTF-16"\n', "encoding: nothing is written in 'UTF-16'"),
        ("title = \n", "mappings/profiles/mine.toml:1"),
        ('extends = "cxml"\n[limits]\ntext = { most = 0 }\n', "most: 0 is too small"),
        ('extends = "cxml"\nrequired = ["colour"]\n', "'colour' is not possible"),
    ],
)
def test_a_profile_that_cannot_be_used_is_told_by_check_at_its_place(text, problem):
    files = workspace(mine=text)
    assert problem in "\n".join(problems(files))
    with pytest.raises(ConfigError):
        profile(Configuration(files), "mine")


def test_a_connection_with_a_profile_that_there_is_not_is_told_at_its_place():
    assert "connections/nordwerk.toml:3:1: there is no profile 'nobody'" in "\n".join(
        problems(workspace('profile = "nobody"\n'))
    )


def test_a_connection_with_a_profile_of_the_other_protocol_is_told_at_its_place():
    assert "connections/nordwerk.toml:3:1: the profile sap_srm is of oci (name one of cxml)" in "\n".join(
        problems(workspace('profile = "sap_srm"\n'))
    )


def test_a_connection_pinned_at_what_is_no_version_is_told_at_its_place():
    assert "connections/nordwerk.toml:3:1: dtd: default is pinned at '1.2'" in "\n".join(
        problems(workspace('dtd = { default = "1.2" }\n'))
    )


def test_a_connection_in_an_encoding_that_nothing_is_written_in_is_told_at_its_place():
    assert "connections/nordwerk.toml:3:1: encoding: nothing is written in 'utf-eight'" in "\n".join(
        problems(workspace('encoding = "utf-eight"\n'))
    )


def test_every_limit_is_of_a_field_of_a_line():
    assert set(LIMITED) <= set(CartLine.__struct_fields__)
    assert "limits" in [field.name for field in FIELDS]


def test_the_reference_page_names_every_profile_and_every_key_with_its_default():
    page = (bundled("mappings").parent / "docs" / "reference" / "profiles.md").read_text("utf-8")
    assert [name for name in SHIPPED if f"| `{name}` |" not in page] == []
    for row in described([field for field in FIELDS if field.name != "limits"]):
        default = f"`{row['default']}`" if row["default"] else ""
        told = f"| `{row['key']}` | {row['type'].replace(' | ', ' or ')} | {default} | {row['help']} |"
        assert told.replace("|  |", "| |") in page
    assert [name for name in LIMITED if f"`{name}`" not in page] == []


def test_units_of_rec_20_are_those_of_the_code_list():
    content = (bundled("mappings") / "codes" / "unit_rec20.toml").read_bytes()
    listed = code_list("unit_rec20", parse_bytes(content, "codes/unit_rec20.toml"))
    assert profile(Configuration(), "cxml").standard_units == set(listed.values)


def test_codes_of_ansi_x12_are_read_and_sent_where_a_buyer_writes_them():
    files = workspace(acme_us='extends = "coupa"\nunit_codes = "x12"\nunits = { BX = "BOX" }\n')
    assert problems(files) == []
    american, european = profile(load(files), "acme_us"), profile(load(files), "coupa")
    for theirs, ours in {"CA": "CS", "CN": "CA", "RL": "RO", "RE": "RL", "DZ": "DZN", "ST": "SET", "TH": "MIL"}.items():
        assert (american.unit_read(theirs), american.unit_sent(ours)) == (ours, theirs)
    assert (european.unit_read("CA"), european.unit_sent("CS")) == ("CA", "CS")
    assert (american.unit_sent("BX"), american.unit_read("BOX"), american.unit_sent("PCE")) == ("BOX", "BX", "EA")
    assert (american.unit_read("MTR"), american.unit_read("QQ")) == ("MTR", None)


def test_every_code_of_ansi_x12_is_a_unit_of_ours_and_back():
    folder = bundled("mappings") / "codes"
    listed = parse_bytes((folder / "unit_x12.toml").read_bytes(), "unit_x12.toml").data
    standard = parse_bytes((folder / "unit_rec20.toml").read_bytes(), "unit_rec20.toml").data["values"]
    assert {ours: theirs for theirs, ours in listed["values"].items()} == listed["preferred"]
    assert set(listed["preferred"]) <= set(standard)
