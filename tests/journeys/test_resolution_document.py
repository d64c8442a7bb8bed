"""The OpenAPI document of the resolution API says what the server answers: each method of each
route, and those that a route has not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.journeys.afar import API, get
from tests.journeys.conftest import serving

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "docs/formats/resolution.openapi.yaml").read_text(encoding="utf-8")
)
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}
ROUTES = sorted(DOCUMENT["paths"])


@pytest.fixture(scope="module")
def address(told: tuple[Path, dict[str, Any]]) -> Iterator[str]:
    with serving(told[0]) as found:
        yield found


def _at(route: str) -> str:
    base = "" if DOCUMENT["paths"][route].get("servers") else API
    return base + route.replace("{label}", "urn:c2pa:none")


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _schema_faults(said: Any, schema: dict[str, Any]) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(said)]


def _header_faults(headers: dict[str, str], answer: dict[str, Any]) -> list[str]:
    faults = []
    for name, header in answer.get("headers", {}).items():
        schema = _resolved(header)["schema"]
        said = headers.get(name)
        faults += [f"{name}: {fault}" for fault in _schema_faults(said, schema)]
    return faults


@pytest.mark.parametrize("route", ROUTES)
def test_each_method_of_a_route_is_answered_as_the_document_says(address: str, route: str) -> None:
    described = {name for name in DOCUMENT["paths"][route] if name in METHODS}
    assert described > {"options"}
    for method in sorted(METHODS):
        code, headers, body = get(address, _at(route), method.upper())
        if method not in described:
            operation = next(iter(sorted(described & {"get", "post"})))
            assert code == 405, method
        else:
            operation = method
            assert code != 405, method
        answers = DOCUMENT["paths"][route][operation]["responses"]
        assert str(code) in answers, (method, code)
        answer = _resolved(answers[str(code)])
        assert _header_faults(headers, answer) == [], method
        if code in (204, 405):
            allowed = {name.strip().lower() for name in headers["Allow"].split(",")}
            assert allowed == described, method
        kind = headers.get("Content-Type", "").split(";")[0]
        content = answer.get("content", {})
        assert bool(body) is (bool(content) and method != "head"), method
        if body:
            schema = content[kind].get("schema", {})
            assert kind == "application/c2pa" or _schema_faults(json.loads(body), schema) == []


def test_the_checks_above_can_fail() -> None:
    problem = DOCUMENT["components"]["schemas"]["Problem"]
    assert _schema_faults({"title": "Not Found", "status": "404"}, problem) != []
    preflight = DOCUMENT["components"]["responses"]["Preflight"]
    good = {
        "Allow": "GET, OPTIONS",
        "Access-Control-Allow-Methods": "GET, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Max-Age": "86400",
    }
    assert _header_faults(good, preflight) == []
    for name in good:
        assert _header_faults({**good, name: None}, preflight) != [], name  # type: ignore[dict-item]
    assert len(ROUTES) == 7
