"""The public log: its pages, its proofs, and the files by which anyone keeps a copy of it."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from sosie.core.seal import parse, spell
from sosie.core.values import BadInput, Refusal
from sosie.services import log as logs
from sosie.services import publication, release
from sosie.store.models import LogEntry, Seal
from sosie.web.rights import public
from sosie.web.workspace import outside, site

ON_A_PAGE = 25
MOST = 5000
"""Entries in one export."""
_COLUMNS = ("index", "at", "act", "object", "commitment")
_FOREVER = "public, max-age=31536000, immutable"
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


@public
@require_safe
def log(request: HttpRequest) -> HttpResponseBase:
    """Show the checkpoint and the newest entries, or lead to the entry that is looked for."""
    asked = request.GET.get("q", "").strip()
    found = _sought(asked) if asked else None
    if found is not None:
        return redirect("log-entry", found)
    before = _number(request, "before", None)
    published = logs.published(outside())
    size = published.size if published else 0
    leaves = logs.newest(ON_A_PAGE, before=size if before is None else min(before, size))
    context = {
        "size": size,
        "checkpoint": logs.checkpoint_text(outside()),
        "verifier": outside().log_key.verifier,
        "leaves": leaves,
        "older": leaves[-1]["index"] if leaves and leaves[-1]["index"] else None,
        "newest": before is None,
        "asked": asked[:100],
        "site": site(request),
        "most": MOST,
    }
    return render(request, "sosie/log.html", context)


def _sought(asked: str) -> int | None:
    """Return the entry that a text names: its own number, the SHA-256 of a sealed file, or the
    number of a seal that anyone may be told of."""
    if asked.isdecimal() and len(asked) < 12:
        row = LogEntry.objects.filter(index=int(asked)).first()
        return row.index if row else None
    if digest := _DIGEST.fullmatch(asked.lower()):
        seal = Seal.objects.filter(file=f"sha256:{digest[1]}").first()
        return seal.entry_id if seal else None
    try:
        found = publication.find(spell(parse(asked)))
    except BadInput:
        return None
    return found.entry_id if found else None


@public
@require_safe
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """Show one entry, and the proof that it is in the log."""
    row = _row(index)
    proof = logs.prove(outside(), row)
    context = {
        "leaf": logs.leaf_of(row),
        "bytes": bytes(row.leaf).decode(),
        "proof": proof,
        "hashes": proof.as_dict()["hashes"] if proof else [],
        "verifier": outside().log_key.verifier,
        "site": site(request),
    }
    return render(request, "sosie/log_entry.html", context)


@public
@require_safe
def proof(request: HttpRequest, index: int) -> HttpResponse:
    """Return the proof that an entry is in the log (`proof/1`)."""
    del request
    found = logs.prove(outside(), _row(index))
    if found is None:
        raise Http404("not published yet")
    return _file(found.as_dict(), f"entry-{index}.json")


@public
@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """Return the proof that the log has only grown since it had some size (`consistency/1`)."""
    old = _number(request, "from", 0)
    found = logs.consistency(outside(), old=old or 0)
    if isinstance(found, Refusal):
        (reason,) = found.reasons
        said = {"title": "Not Found", "status": 404, "detail": reason.text, "code": reason.code}
        return JsonResponse(said, status=404, content_type="application/problem+json")
    return _file(found.as_dict(), f"consistency-{old}.json")


@public
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """Return entries in their order, as JSON or CSV: those from an index on."""
    start = _number(request, "from", 0) or 0
    count = min(_number(request, "count", MOST) or MOST, MOST)
    leaves = logs.listed(start, count)
    if form == "json":
        following = leaves[-1]["index"] + 1 if len(leaves) == count else None
        return _open(JsonResponse({"entries": leaves, "next": following}))
    text = io.StringIO()
    rows = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    rows.writeheader()
    rows.writerows(leaves)
    return _open(HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8"))


@public
@require_safe
def file(request: HttpRequest, path: str) -> HttpResponse:
    """Return a file of the log as C2SP tlog-tiles names it: a checkpoint, tile or bundle."""
    del request
    try:
        data = outside().log_files.read(path)
    except (LookupError, BadInput):
        raise Http404("no such file") from None
    changes = path == logs.CHECKPOINT
    kind = "text/plain; charset=utf-8" if changes else "application/octet-stream"
    response = _open(HttpResponse(data, content_type=kind))
    response.headers["Cache-Control"] = "no-cache" if changes else _FOREVER
    return response


@public
@require_safe
def trust(request: HttpRequest) -> HttpResponse:
    """Return the trust file: the root, the log's key, and the key that marks are read with."""
    del request
    data = release.trust(outside()).dump()
    return _open(HttpResponse(data, content_type="application/json"))


def _row(index: int) -> LogEntry:
    row = LogEntry.objects.filter(index=index).first()
    if row is None:
        raise Http404("no such entry")
    return row


def _number(request: HttpRequest, name: str, otherwise: int | None) -> int | None:
    """Return a number in the query; what is none counts as not said."""
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else otherwise


def _file(said: dict[str, Any], name: str) -> HttpResponse:
    """Return plain values as a JSON file to keep."""
    text = json.dumps(said, indent=2) + "\n"
    response = _open(HttpResponse(text, content_type="application/json"))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _open(response: HttpResponse) -> HttpResponse:
    """Let pages of other places read it, as it depends on nobody who asks."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
