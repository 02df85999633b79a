"""Inbound mappings compiled, each by the compiler of the syntax it reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from gateway.errors import ConfigError
from gateway.mapping.document import EffectiveDocument
from gateway.mapping.edifact_compiler import compile_edifact
from gateway.mapping.inbound import InboundMapping
from gateway.mapping.row_compiler import TABLES, compile_rows
from gateway.mapping.steps import FindCodes
from gateway.mapping.targets import DOCUMENTS
from gateway.mapping.tree_compiler import TREES, compile_tree
from gateway.mapping.tree_mapping import TreeMapping

Compile: TypeAlias = Callable[[EffectiveDocument, type[msgspec.Struct], FindCodes], InboundMapping | TreeMapping]

_COMPILERS: dict[str, Compile] = {
    "edifact": compile_edifact,
    **dict.fromkeys(TREES, compile_tree),
    **dict.fromkeys(TABLES, compile_rows),
}


def compile_inbound(document: EffectiveDocument, find_codes: FindCodes) -> InboundMapping | TreeMapping:
    """The mapping as closures. Raises ConfigError with every problem of the document."""
    base = document.sources[0]
    owner = DOCUMENTS.get(document.makes)
    if owner is None:
        fault = f"no mapping makes {document.makes!r}" if document.makes else "makes is missing"
        raise ConfigError(problems=[base.problem(("makes",), fault, "it makes " + " or ".join(DOCUMENTS))])
    syntax = document.reads.split()[0]
    compile_syntax = _COMPILERS.get(syntax)
    if compile_syntax is None:
        advice = 'as in reads = "edifact ORDERS D.96A" or "csv orders"; syntaxes are ' + ", ".join(_COMPILERS)
        raise ConfigError(problems=[base.problem(("reads",), f"there is no syntax {syntax!r}", advice)])
    return compile_syntax(document, owner, find_codes)
