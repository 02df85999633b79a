"""Canonical documents of ours written in a partner's syntax by the mapping that is agreed, else by the one shipped."""

from __future__ import annotations

from gateway.errors import PermanentError
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.text_mapping import Written
from gateway.model.value import Value
from gateway.pipeline.work import Line


def written(line: Line, document: str, value: Value, mapping: str | None = None) -> Written:
    """What `document` ("cxml ConfirmationRequest") is for the value, by the mapping of this id or the shipped one.

    Raises PermanentError where there is none, or it cannot write the value.
    """
    identity = mapping or line.library.standard(document, inbound=False)
    if identity is None:
        raise PermanentError(f"No mapping makes {document}. Add one below mappings/.")
    found = line.library.outbound(identity)
    if isinstance(found, OutboundMapping):
        raise PermanentError(f"{identity} makes EDIFACT. Name a mapping that makes {document}.")
    made = found.write(value)
    fault = next((issue for issue in made.issues if issue.is_error), None)
    if fault is not None:
        raise PermanentError(f"{identity} cannot write this {document}: {fault.text}")
    return made
