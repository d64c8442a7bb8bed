"""Compliance packs: contract, decisions, seals and log proofs of a license as one signed archive,
for somebody who knows nobody here."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from sosie.core.life import Step
from sosie.core.pack import (
    CONTRACT,
    DECISIONS,
    INDEX,
    LEAVES,
    SEALS,
    STATEMENTS,
    TRUST,
    Statement,
    bound,
)
from sosie.core.pack_page import Told, page
from sosie.core.ports import Outside
from sosie.core.term_names import CHANNELS
from sosie.core.terms import Channel
from sosie.core.values import Digest, Outcome, Refusal, SignedStatement
from sosie.services import license as licenses
from sosie.services import life, log, offer, passkey, sequence, verification
from sosie.services import release as releases
from sosie.store.models import (
    DecisionRecord,
    License,
    Opening,
    Picture,
    Seal,
    SignedAct,
)

_ADVISED = f"license.{Step.ADVISED}"
"""What her agency advises is for her alone."""
_WHAT = {
    INDEX: "this page",
    CONTRACT: "the contract, signed by both parties; the terms are attached to it",
    "deal-memo.pdf": "the deal memo that was put before the model",
    "terms.json": "the terms as programs read them",
    "history.json": "each step in the life of the license",
    STATEMENTS: "what each party signed, with the signatures",
    DECISIONS: "each decision: what was asked, the answer, every reason",
    "releases.json": "each file that went out: where, when, and whether it was taken down",
    LEAVES: "the entries of the public log about all of this, with their proofs",
    TRUST: "the keys of the house; take them from elsewhere to check the pack",
}


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a pack is about."""

    row: License
    pictures: Sequence[Picture]
    seals: Sequence[Seal]
    only: str
    """The one picture; empty for all."""


def make(outside: Outside, *, license: str, now: datetime, picture: str = "") -> bytes | Refusal:
    """Return the compliance pack of a license, or of one picture under it: a ZIP file. Pay beyond
    the terms, photographs of her, and what her agency advised are not in it."""
    row = licenses.known(license)
    if row is None:
        return life.unknown(license)
    pictures = list(row.pictures.select_related("answer").order_by(*sequence.pictures()))
    if picture:
        pictures = [each for each in pictures if each.pk == picture]
        if not pictures:
            text = f"no picture `{picture}` under `{license}`"
            return Refusal.because("picture.unknown", text)
    seals = Seal.objects.select_related("entry", "release", "picture__license")
    found = list(seals.filter(picture__in=pictures).order_by("at", "number"))
    log.publish(outside)
    scope = _Scope(row, pictures, found, picture)
    files = _files(outside, scope)
    what = {name: _WHAT.get(name, f"the seal {name[6:-5]}, with its proof") for name in files}
    what[INDEX] = _WHAT[INDEX]
    told = life.told(row, now=now)
    files[INDEX] = page(_told(outside, scope, what, told, now)).encode()
    contents: dict[str, Any] = {
        "workspace": outside.workspace,
        "license": row.pk,
        "picture": picture or None,
        "made_at": now.isoformat(),
        "standing": told,
    }
    key = outside.log_key
    whole = bound(contents, files, what, verifier=key.verifier, sign=key.sign)
    data, at = io.BytesIO(), (now.year, now.month, now.day, now.hour, now.minute, now.second)
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name in (INDEX, *sorted(set(whole) - {INDEX})):
            entry = zipfile.ZipInfo(name, at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(entry, whole[name])
    return data.getvalue()


def _files(outside: Outside, scope: _Scope) -> dict[str, bytes]:
    row = scope.row
    memo = row.steps.filter(step=Step.MEMO_DELIVERED).last()
    signed = row.contract if row.signatures.exists() else ""
    papers = {CONTRACT: signed, "deal-memo.pdf": memo.file if memo else ""}
    leaves, decisions = _leaves(outside, scope)
    return {
        **{name: outside.blobs.get(Digest(file)) for name, file in papers.items() if file},
        "terms.json": _json(row.terms),
        "history.json": _json(_history(row)),
        STATEMENTS: _json([each.as_dict() for each in _statements(scope)]),
        DECISIONS: _json(decisions),
        "releases.json": _json(_out(scope)),
        LEAVES: _json(leaves),
        TRUST: releases.trust(outside).dump(),
        **{
            f"{SEALS}{seal.pk}.json": package.dump()
            for seal in scope.seals
            if (package := verification.package_of(outside, seal))
        },
    }


def _leaves(outside: Outside, scope: _Scope) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the entries of the log about all of this, and the decisions among them with what was
    asked, in the same order."""
    ids, numbers = {each.pk for each in scope.pictures}, {each.pk for each in scope.seals}
    about = Q(record__license=scope.row.pk) | Q(record__picture__in=ids)
    rows = Opening.objects.select_related("entry").filter(about | Q(record__seal__in=numbers))
    asked = _asked(scope)
    leaves: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for opening in rows.order_by("entry_id"):
        record = opening.record
        elsewhere = record.get("picture") and record["picture"] not in ids
        elsewhere = elsewhere or ("number" in record and record["number"] not in numbers)
        proof = log.prove(outside, opening.entry)
        if record.get("step") == Step.ADVISED or elsewhere or proof is None:
            continue
        said = {"record": record, "salt": bytes(opening.salt).hex(), "proof": proof.as_dict()}
        leaves.append(said)
        if "outcome" in record:
            more = asked[_key(record)].pop(0) if asked.get(_key(record)) else {}
            decisions.append({**record, **more})
    return leaves, decisions


def _key(said: Mapping[str, Any]) -> tuple[str, ...]:
    return said["picture"], said["act"], said["outcome"], said["inputs"]


def _asked(scope: _Scope) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Return what was asked in each decision, by what the log says of it."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in DecisionRecord.objects.filter(license=scope.row).order_by("id"):
        key = (row.picture_id or "", row.act, row.outcome, row.inputs)
        more = {"asked": row.use, "on": row.on.isoformat(), "at": row.at.isoformat()}
        found.setdefault(key, []).append(more)
    return found


def _statements(scope: _Scope) -> list[Statement]:
    """Return what the parties signed about all of this, and the registrations of the passkeys that
    signed any of it, in the order of time."""
    row, ids = scope.row, {each.pk for each in scope.pictures}
    shoots = {each.shoot_id for each in scope.pictures}
    numbers = {each.pk for each in scope.seals}
    own = Q(subject=row.pk) | Q(subject__startswith=f"{row.pk}/")
    acts = SignedAct.objects.exclude(act=_ADVISED).select_related("evidence__passkey")
    acts = acts.filter(party__in={row.model_id, row.brand_id})
    found = list(acts.filter(own | Q(subject__in=ids | shoots | numbers)))
    released = acts.filter(act=releases.RELEASE, party=row.brand_id)
    found += [each for each in released if each.subject.partition(" ")[0] in ids]
    keys = {each.evidence.passkey_id for each in found if hasattr(each, "evidence")}
    found += list(SignedAct.objects.filter(act=passkey.ADD, passkey__in=keys))
    return [
        Statement(
            SignedStatement(bytes(each.body), bytes(each.signature), each.certificate), each.at
        )
        for each in sorted({each.pk: each for each in found}.values(), key=lambda each: each.pk)
    ]


def _history(row: License) -> list[dict[str, Any]]:
    steps = row.steps.exclude(step=Step.ADVISED).select_related("party").order_by("id")
    return [
        {
            "at": step.at.isoformat(),
            "by": step.party.name if step.party else life.WORKSPACE,
            "step": step.step,
            "offer": step.offer,
            "note": step.note,
            "file": step.file,
        }
        for step in steps
    ]


def _out(scope: _Scope) -> list[dict[str, Any]]:
    numbers = {each.pk for each in scope.seals}
    return [
        {**each, "at": each["at"].isoformat()}
        for each in licenses.releases(scope.row)
        if each["seal"] in numbers
    ]


def _told(
    outside: Outside, scope: _Scope, what: Mapping[str, str], standing: str, now: datetime
) -> Told:
    row = scope.row
    return Told(
        workspace=outside.workspace,
        license=row.pk,
        title=row.terms["title"],
        model=row.model.name,
        brand=row.brand.name,
        standing=standing,
        made_at=now,
        terms=[each[:2] for each in offer.first_page(outside, row, now=now)],
        history=[
            (each["at"][:16].replace("T", " "), each["by"], each["step"].replace("_", " "))
            for each in _history(row)
        ],
        pictures=_pictures(scope),
        refused=_refused(scope),
        files=sorted(
            ((name, text) for name, text in what.items() if name != INDEX),
            key=lambda each: (each[0].startswith(SEALS), each[0]),
        ),
        log=outside.log_key.verifier,
        picture=scope.only,
    )


def _pictures(scope: _Scope) -> list[tuple[str, ...]]:
    decided = Counter(
        DecisionRecord.objects.filter(picture__in=scope.pictures).values_list("picture", flat=True)
    )
    down = {each["seal"]: each["down"] for each in _out(scope)}
    return [
        (
            each.pk,
            _answer(each),
            str(decided[each.pk]),
            ", ".join(s.pk for s in scope.seals if s.picture_id == each.pk and not s.channel),
            "; ".join(_went(s, down) for s in scope.seals if s.picture_id == each.pk and s.channel),
        )
        for each in scope.pictures
    ]


def _refused(scope: _Scope) -> list[tuple[str, ...]]:
    """Return what was not allowed under the license, or of the one picture."""
    rows = DecisionRecord.objects.filter(license=scope.row).exclude(outcome=Outcome.ALLOWED)
    if scope.only:
        rows = rows.filter(picture=scope.only)
    return [
        (
            row.on.isoformat(),
            f"to {row.act} {row.picture_id or ''}".strip(),
            "; ".join(reason["text"] for reason in row.reasons),
        )
        for row in rows.order_by("id")
    ]


def _answer(row: Picture) -> str:
    if row.answer is None:
        return "none yet: it goes nowhere"
    said = "no" if row.status == Picture.Status.REFUSED else "yes"
    return f"{said}, {row.answer.at:%Y-%m-%d}"


def _went(seal: Seal, down: Mapping[str, bool]) -> str:
    out = seal.release
    gone = ", taken down" if down[seal.pk] else ""
    where = ", ".join(out.territories)
    return f"{CHANNELS[Channel(seal.channel)]} in {where} on {out.at:%Y-%m-%d} ({seal.pk}{gone})"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
