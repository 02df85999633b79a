"""What a buyer's system takes, by the connection that leads to it."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.model.profile import Profile
from gateway.pipeline.cxml_sender import CXML
from gateway.workspace.configuration import Configuration
from gateway.workspace.profiles import profile, profile_of


def profile_by(configuration: Configuration, connections: Iterable[str | None]) -> Profile:
    """The profile of the first of these connections that leads to a cXML system; that of any such system else."""
    known = (configuration.connections.get(each) for each in connections if each)
    found = next((each for each in known if each and each.kind == CXML), None)
    return profile(configuration, CXML) if found is None else profile_of(configuration, found)
