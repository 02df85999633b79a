"""Rules of segments: the language of rules over the columns and the metrics of an account."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.commerce import rule_grammar
from gateway.commerce.metrics import DAYS_SINCE_ORDER, METRICS
from gateway.commerce.rule_grammar import FieldType, Language, Part, fields_of
from gateway.model.account import Account

FIELDS: Mapping[str, FieldType] = {**fields_of(Account), **METRICS, DAYS_SINCE_ORDER: FieldType.NUMBER}
"""What a rule can name: the columns of accounts, and the metrics."""
_ACCOUNTS = Language(FIELDS, "name a column of accounts or a metric", "make two segments of it")


def parse(text: str) -> Part:
    """What the rule says; raises RuleError for anything that is no rule."""
    return rule_grammar.parse(text, _ACCOUNTS)
