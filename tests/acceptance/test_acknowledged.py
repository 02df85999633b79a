"""What a partner's CONTRL and APERAK say of what we sent: settled by our own references only."""

from __future__ import annotations

import pytest

from tests import sent
from tests.workspaces import Place

pytestmark = pytest.mark.both_stores

ONE = sent.line(1, sent.SEALANT, "12")


def states(place: Place) -> dict[str, str]:
    """State of each output by its type."""
    return {row["type"]: row["state"] for row in place.run("outbox", "list", "--json").lines}


def aperak(*references: str, response: str = "") -> bytes:
    message = sent.message(
        "1", "APERAK", f"BGM+{response or '312'}+A-1", f"DTM+137:{sent.TODAY:%Y%m%d}:102", *references
    )
    return sent.interchange("AP1", message)


@pytest.fixture
def answered(demo: Place) -> Place:
    """A workspace in which an order was answered by ORDRSP OR00000001."""
    demo.ingest(sent.interchange("IC1", sent.order("C-1", ONE)), status=0)
    assert states(demo) == {"CONTRL": "sent", "ORDRSP": "sent", "order": "sent"}
    return demo


def test_an_aperak_settles_the_answer_whose_number_it_names(answered: Place) -> None:
    answered.ingest(aperak("RFF+ACW:OR00000001"), status=0)
    assert states(answered) == {"CONTRL": "sent", "ORDRSP": "acknowledged", "order": "sent"}


def test_an_aperak_that_names_the_order_settles_its_answer(answered: Place) -> None:
    answered.ingest(aperak("RFF+ON:C-1"), status=0)
    assert states(answered)["ORDRSP"] == "acknowledged"


def test_an_aperak_with_an_error_refuses_it(answered: Place) -> None:
    answered.ingest(aperak("RFF+ACW:OR00000001", "ERC+12::92", response="313"), status=0)
    assert states(answered)["ORDRSP"] == "refused"


def test_an_aperak_about_something_else_settles_nothing(answered: Place) -> None:
    answered.ingest(aperak("RFF+ACW:OR00000009"), status=0)
    assert states(answered)["ORDRSP"] == "sent"


def test_references_in_small_letters_come_back_as_they_came_though_he_names_unoa(demo: Place) -> None:
    content = sent.interchange("ic-1", sent.order("order-1", ONE)).replace(b"UNOC:3", b"UNOA:3")
    demo.ingest(content)
    contrl, ordrsp = demo.answers("acme", "CONTRL")[0], demo.answers("acme", "ORDRSP")[0]
    assert contrl.having("UCI")[0].split("+")[1] == "ic-1"
    assert ordrsp.having("RFF+ON") == ["RFF+ON:order-1"]
    capitals = sent.interchange("IC-2", sent.order("ORDER-2", ONE)).replace(b"UNOC:3", b"UNOA:3")
    demo.ingest(capitals)
    assert demo.answers("acme", "ORDRSP")[-1].raw.startswith(b"UNB+UNOA:3")
