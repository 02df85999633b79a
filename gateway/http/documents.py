"""The OpenAPI document: what every route takes, answers and refuses, of the shapes and the register of problems."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from gateway import __version__
from gateway.http.problems import MEDIA_TYPE, PROBLEMS
from gateway.http.shapes import ProblemView

_PLACE = "#/components/schemas/{name}"
_ANSWER, _BODY, _CSV, _STATUSES, _PROBLEMS = "x-answer", "x-body", "x-csv", "x-statuses", "x-problems"
_ALWAYS = (
    "key-missing", "key-invalid", "scope-insufficient", "not-found", "method-not-allowed", "request-invalid",
    "rate-exceeded", "internal", "store-away", "busy",
)  # fmt: skip
_WITH_BODY = ("body-malformed", "body-too-slow", "body-too-large", "body-not-json", "number-too-large")
_FIELDS = {
    "RateLimit-Limit": "Requests the key may make at once after a pause.",
    "RateLimit-Remaining": "Requests it may make at once now.",
    "RateLimit-Reset": "Seconds until it may make all of them at once again.",
}


class Shapes:
    """The schemas that routes name; a route's words about itself are collected when it is made."""

    def __init__(self) -> None:
        self._answers: dict[str, type] = {ProblemView.__name__: ProblemView}
        self._bodies: dict[str, type] = {}
        self._examples: dict[str, object] = {}

    def told(
        self, answer: type, *problems: str, statuses: tuple[int, ...] = (200,), body: type | None = None,
        example: object = None, csv: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """What a route says of itself: its answer, its statuses, the problems beside the usual ones, and its body.

        `csv`: the answer is written as CSV too.
        """
        self._answers[answer.__name__] = answer
        extra: dict[str, Any] = {_ANSWER: answer.__name__, _STATUSES: list(statuses)}
        extra |= {_PROBLEMS: list(problems), _CSV: csv}
        if body is not None:
            self._bodies[body.__name__] = body
            extra[_BODY] = body.__name__
            extra[_PROBLEMS] += _WITH_BODY
        if example is not None and body is not None:
            self._examples[body.__name__] = example
        return {"openapi_extra": extra, "response_model": None}

    def document(self, app: FastAPI) -> dict[str, Any]:
        """The whole document of an application whose routes were told here."""
        document = get_openapi(
            title="EDI and procurement gateway", version=__version__, routes=app.routes, openapi_version="3.1.0",
            summary="Accounts, prices and orders of every channel, for shops, apps and ERPs.",
        )  # fmt: skip
        for operations in document["paths"].values():
            for operation in operations.values():
                self._finish(operation)
        words = {name: each for name, each in document["components"]["schemas"].items() if "enum" in each}
        document["components"] = {
            "schemas": {**words, **self._schemas(self._answers), **_taking_numbers(self._schemas(self._bodies))},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key of `gateway key`."}},
        }
        document["security"] = [{"key": []}]
        return document

    def _schemas(self, kinds: dict[str, type]) -> dict[str, Any]:
        _, schemas = msgspec.json.schema_components(list(kinds.values()), ref_template=_PLACE)
        for name, example in self._examples.items():
            if name in kinds:
                schemas[name]["examples"] = [example]
        return schemas

    def _finish(self, operation: dict[str, Any]) -> None:
        shape = {"$ref": _PLACE.format(name=operation.pop(_ANSWER))}
        answer: dict[str, Any] = {
            "description": "The answer.",
            "headers": _headers(),
            "content": {"application/json": {"schema": shape}},
        }
        if operation.pop(_CSV):
            answer["content"]["text/csv"] = {"schema": {"type": "string"}}
        operation["responses"] = {str(status): answer for status in operation.pop(_STATUSES)}
        codes = [*_ALWAYS, *operation.pop(_PROBLEMS)]
        for status in sorted({PROBLEMS[code].status for code in codes}):
            operation["responses"][str(status)] = _problem(status, codes)
        if _BODY in operation:
            body = {"$ref": _PLACE.format(name=operation.pop(_BODY))}
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}


def _headers() -> dict[str, Any]:
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in _FIELDS.items()}


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    """The answer of a status, with an example of each code that has it."""
    named = {code: PROBLEMS[code].title for code in dict.fromkeys(codes) if PROBLEMS[code].status == status}
    text = " ".join(f"`{code}`: {title}." for code, title in named.items())
    schema = {"$ref": _PLACE.format(name=ProblemView.__name__)}
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}


def _taking_numbers(schema: Any) -> Any:
    """The schema, where a number of trade may be stated as a text or as a number."""
    if isinstance(schema, list):
        return [_taking_numbers(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        text = {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$", "examples": ["12.5"]}
        return {**{name: value for name, value in schema.items() if name not in ("type", "format")},
                "anyOf": [text, {"type": "number", "exclusiveMaximum": 10**12}]}  # fmt: skip
    return {name: _taking_numbers(each) for name, each in schema.items()}
