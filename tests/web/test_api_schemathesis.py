"""Schemathesis over the whole document, in process: no fault, no breach of what is described."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sosie.core.roles import HOUSE, roles_of
from sosie.store.models import Paper
from sosie.web.api.document import ROOT, api
from tests.services.conftest import SECRETS, terms
from tests.web.conftest import OWN, Out, Person, Shown
from tests.web.programs import Program, of_the_house, program
from tests.web.test_api_rights import capture, errand, of_the_parties, place

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    allow_header_conformance,
]
CASES = 25
"""Of each operation."""
FEWEST = 800
"""Cases that reach the code at least, so that a run of nothing is no success."""
Answered = Counter[tuple[str, int]]


@pytest.fixture(scope="module")
def quiet_server(django_db_blocker: Any) -> Iterator[WSGIHandler]:
    """The application, on the connection of the test as Django's own client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def programs(out: Out) -> list[Program]:
    house = [Person(role, OWN) for role in roles_of(HOUSE)]
    return [
        *(program(out.outside, id, secret=SECRETS[id]) for id in OWN.values() if id),
        *(of_the_house(out.outside, person) for person in house),
    ]


@pytest.fixture
def real(shown: Shown, out: Out) -> dict[str, str]:
    """What is there, by the name of the parameter that says it."""
    return {
        "twin": "ines",
        "license": shown.license,
        "picture": shown.picture,
        "shoot": shown.shoot,
        "seal": out.number,
        "name": "front-full",
        "place": place(),
        "errand": str(errand(out)),
        "party": "ines",
        **of_the_parties(out),
        "capture": str(capture(out)),
        "paper": str(Paper.objects.filter(party="ines").latest("pk").pk),
    }


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema()))
    return found


def run(
    app: WSGIHandler,
    said: dict[str, Any],
    wanted: Callable[[str], bool],
    programs: list[Program],
    real: dict[str, str],
) -> tuple[Answered, list[str]]:
    """Ask every wanted operation of a document; return how it was answered, and what is wrong."""
    schema = schemathesis.openapi.from_dict(said)
    schema.app = app
    answered: Answered = Counter()
    faults: list[str] = []
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if wanted(name):
            faults += _tried(operation, name, programs, real, answered)
    return answered, faults


def _tried(
    operation: Any, name: str, programs: list[Program], real: dict[str, str], answered: Answered
) -> list[str]:
    faults: list[str] = []
    cases = operation.as_strategy()
    if operation.body or operation.query:
        cases |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=CASES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=cases,
        asks=st.sampled_from([*programs, *programs, None]),
        there=st.booleans(),
        valid=st.booleans(),
    )
    def one(case: Any, asks: Program | None, there: bool, valid: bool) -> None:
        if there and case.path_parameters:
            case.path_parameters = {
                key: real.get(key, value) for key, value in case.path_parameters.items()
            }
        if valid and isinstance(case.body, dict) and "terms" in case.body:
            case.body = {**case.body, "terms": terms().as_json()}
        headers = {"Authorization": f"Bearer {asks.text}"} if asks else {}
        response = case.call(headers=headers)
        answered[name, response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as error:
            faults.extend(f"{name}: {each.title}: {each.message}" for each in error.exceptions)

    one()
    return faults


def test_every_operation_answers_as_the_document_says(
    quiet_server: WSGIHandler,
    programs: list[Program],
    real: dict[str, str],
    settings: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.API_REQUESTS_A_MINUTE = 1_000_000
    answered, faults = run(quiet_server, document(), lambda name: True, programs, real)
    assert faults == [], "\n".join(faults[:5])
    by_status = Counter({status: 0 for _, status in answered})
    for (_, status), count in answered.items():
        by_status[status] += count
    operations = {name for name, _ in answered}
    with capsys.disabled():
        told = ", ".join(f"{count} × {status}" for status, count in sorted(by_status.items()))
        cases = f"{sum(answered.values()):,} cases of {len(operations)} operations"
        print(f"\nschemathesis: {cases}, {len(faults)} failures: {told}")  # noqa: T201 - the sum of the run, for people
    assert operations == {said["operationId"] for said in _operations()}
    assert sum(answered.values()) >= FEWEST
    assert {200, 202, 401, 403, 404, 409, 422} <= set(by_status)
    assert not any(status >= 500 for status in by_status)


def _operations() -> Iterator[dict[str, Any]]:
    for methods in document()["paths"].values():
        yield from methods.values()


def test_the_run_above_can_fail(
    quiet_server: WSGIHandler,
    programs: list[Program],
    real: dict[str, str],
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.API_REQUESTS_A_MINUTE = 1_000_000

    def of_me(said: dict[str, Any]) -> list[str]:
        return run(quiet_server, said, lambda name: name == "me", programs, real)[1]

    assert of_me(document()) == []
    breach, undescribed = document(), document()
    breach["components"]["schemas"]["Me"]["properties"]["party"] = {"type": "integer"}
    assert any("schema" in fault.lower() for fault in of_me(breach))
    del undescribed["paths"][f"{ROOT}/me"]["get"]["responses"]["401"]
    assert any("status code" in fault.lower() for fault in of_me(undescribed))

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr("sosie.web.api.own.holder", breaks)
    assert any("server error" in fault.lower() for fault in of_me(document()))
