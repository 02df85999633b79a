"""Outbound mappings compiled by the syntax they make: EDIFACT messages, CSV, fixed columns, JSON, XML and forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from gateway.errors import ConfigError
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.form_compiler import compile_form
from gateway.mapping.json_compiler import compile_json
from gateway.mapping.outbound import OutboundMapping
from gateway.mapping.outbound_compiler import compile_outbound
from gateway.mapping.placeholders import Watch, unwatched
from gateway.mapping.steps import FindCodes
from gateway.mapping.tabular_compiler import compile_tabular
from gateway.mapping.text_mapping import TextMapping
from gateway.mapping.xml_compiler import compile_xml

Compile: TypeAlias = Callable[[EffectiveDocument, FindCodes, Watch], OutboundMapping | TextMapping]

COMPILERS: Mapping[str, Compile] = {
    "edifact": compile_outbound,
    "csv": compile_tabular,
    "fixed": compile_tabular,
    "json": compile_json,
    "xml": compile_xml,
    "cxml": compile_xml,
    "oci": compile_form,
}


def compile_writer(
    document: EffectiveDocument, find_codes: FindCodes, watch: Watch = unwatched
) -> OutboundMapping | TextMapping:
    """The mapping compiled. Raises ConfigError with every problem of it."""
    compiler = COMPILERS.get(document.makes.partition(" ")[0])
    if compiler is None:
        fault, advice = f"nothing writes {document.makes!r}", "it makes " + ", ".join(COMPILERS)
        raise ConfigError(problems=[document.chain[0].source.problem(("makes",), fault, advice)])
    return compiler(document, find_codes, watch)
