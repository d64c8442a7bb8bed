"""The API as a whole: its routes, and the OpenAPI document that says what they take and answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from sosie.core.api import Asked, Problem, Said
from sosie.web.api import (
    captures,
    hers,
    house,
    landmarks,
    library,
    licenses,
    listings,
    own,
    pictures,
    places,
    problems,
    shoots,
)
from sosie.web.api.reading import Reader
from sosie.web.rights import PUBLIC

ROOT = "/api/v1"
_REF = "#/components/"
_RIGHT = "api"
"""The right of its routes: each asks for a token (`access.Bearer`), and what it is about."""
_ABOUT = """\
Everything that the pages do, for programs that hold a token of a party, or of the house: `sosie
token create`.

Whatever binds a party is signed by a passkey of hers, never by the server: such a request is
answered with 202 and what is to be signed, and done when it comes again with the `signature`.
Every write has an `Idempotency-Key`; errors are problems (RFC 9457) with reason codes; lists come
in pages by cursor.

The C2PA Soft Binding Resolution API is at the same address, for anyone, and is found by what
`externalDocs` names: `/matches/byBinding`, `/matches/byContent`, `/manifests/{label}`,
`/manifests/{label}/evidence`, `/services/supportedAlgorithms`, `/services/capabilities`. Its own
document is docs/formats/resolution.openapi.yaml.
"""
_FILES = {
    "image": ["image/webp"],
    "release_file": ["image/jpeg", "image/png", "image/webp", "image/avif", "image/tiff"],
    "license_paper": ["application/pdf"],
    "paper_file": ["application/pdf"],
    "papers_archive": ["application/zip"],
    "listed_photograph": ["image/webp"],
    "capture_photograph": ["application/octet-stream"],
    "package": ["application/zip"],
    "label": ["application/pdf"],
    "pack": ["application/zip"],
}
"""What operations answer that answer with a file."""


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=f"{ROOT}/")
        parts = document["components"]
        for form in (Said, Problem, Asked):
            schema = form.model_json_schema(ref_template=_REF + "schemas/{model}")
            schema.pop("$defs", None)
            parts["schemas"][form.__name__] = schema
        parts["responses"] = {"Problem": _PROBLEM}
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for router in self._get_bound_routers():
            for path, view in router.path_operations.items():
                for operation in view.operations:
                    for method in operation.methods:
                        said = document["paths"][ROOT + path][method.lower()]
                        _complete(said, path, method, operation)
        return document


def _complete(said: dict[str, Any], path: str, method: str, operation: Any) -> None:
    """Add to an operation what all of its kind answer."""
    scope = operation.auth_callbacks[0].scope
    said["security"] = [{"token": [scope] if scope else []}]
    answers, statuses = said["responses"], [401, 403, 409, 422, 429, 503]
    statuses += [404] if "{" in path else []
    if method == "POST":
        statuses += [400, 404, 413]
    if 201 in answers:
        asked = {"schema": {"$ref": _REF + "schemas/Asked"}}
        what = "What a passkey of the party is to sign: send it again with its `signature`"
        answers[202] = {"description": what, "content": {"application/json": asked}}
    if kinds := _FILES.get(said["operationId"]):
        file = {"schema": {"type": "string", "format": "binary"}}
        answers[200] = {"description": "The file", "content": dict.fromkeys(kinds, file)}
    for status in statuses:
        answers[status] = {"$ref": _REF + "responses/Problem"}
    said["responses"] = {str(code): answers[code] for code in sorted(answers)}


_PROBLEM = {
    "description": "Why nothing was done",
    "content": {problems.KIND: {"schema": {"$ref": _REF + "schemas/Problem"}}},
}
api = _Api(
    parser=Reader(),
    title="Sosie",
    version=version("sosie"),
    description=_ABOUT,
    docs_url=None,
    urls_namespace="api",
    openapi_extra={
        "externalDocs": {
            "description": "The C2PA Soft Binding Resolution API",
            "url": "/.well-known/c2pa-soft-binding-resolution",
        },
        "info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
    },
)
ROUTERS = (
    *(hers, captures, landmarks, own, listings, licenses, shoots, pictures, library, places),
    house,
)
for each in ROUTERS:
    api.add_router("", each.router)
problems.handle(api)


def _declared(pattern: URLPattern) -> URLPattern:
    """Return a route that declares its right, and answers a method that it has not with a
    problem."""
    view: Callable[..., HttpResponseBase] = pattern.callback

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **named)
        except Exception as error:  # what is wrong cannot even be told: no page of Django's is
            response = problems.fault(request, error)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        allowed = response.headers["Allow"]
        said = [Said(code="api.method", text=f"this route is asked by {allowed}")]
        told: HttpResponse = problems.problem(said)
        told.headers["Allow"] = allowed
        return told

    answer.csrf_exempt = True  # type: ignore[attr-defined]
    answer.right = PUBLIC if pattern.name == "openapi-json" else _RIGHT  # type: ignore[attr-defined]
    return URLPattern(pattern.pattern, answer, pattern.default_args, pattern.name)


urlpatterns = [
    _declared(each)
    for each in api.urls[0]
    if isinstance(each, URLPattern) and each.name != "api-root"
]
"""The routes of the API under `/api/v1/`."""
