"""Tokens of programs: shown once, kept as a hash, with scopes, ended at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q

from sosie.account_store.models import KeptAnswer, Token
from sosie.core.ports import Outside
from sosie.core.scopes import Scope, scopes_of
from sosie.services import erasure, kept_answer, token
from tests.services.conftest import LATER, NOW, SECRETS, granted, refused


def made(outside: Outside, party: str = "nord", **more: Any) -> token.Made:
    scopes = [Scope.ORDER, Scope.READ]
    return granted(
        token.create(outside, party=party, scopes=scopes, name="a shop", now=NOW, **more)
    )


def test_a_token_is_known_by_its_text_and_kept_as_a_hash(captured: Outside) -> None:
    row, text = made(captured)
    held = token.holder(text, now=LATER)
    assert held is not None
    assert (held.pk, held.party_id, held.scopes) == (row.pk, "nord", ["read", "order"])
    kept = Token.objects.filter(pk=row.pk).values().get()
    assert text.rpartition("_")[2] not in str(kept)
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    for other in (wrong, text.upper(), text[:20], "", f"sosie_{row.pk}_", row.hash):
        assert token.holder(other, now=LATER) is None, other


def test_it_ends_by_its_day_or_at_once(captured: Outside) -> None:
    _, short = made(captured, days=1)
    row, long = made(captured)
    tomorrow = NOW + timedelta(days=1)
    assert token.holder(short, now=tomorrow) is None
    assert token.holder(long, now=tomorrow) is not None
    granted(token.end(row.pk, now=tomorrow))
    assert token.holder(long, now=tomorrow) is None
    assert refused(token.end(row.pk, now=tomorrow)) == {"token.ended"}
    assert refused(token.end("nothing", now=tomorrow)) == {"token.unknown"}
    listed = token.listed(now=tomorrow, among=Q(party="nord"))
    assert [each["stands"] for each in listed] == [False, False]
    assert {each["used"] for each in listed} == {date(2026, 11, 25), None}
    assert token.listed(now=tomorrow, among=Q(party="ines")) == []


def test_scopes_are_those_of_the_kind_of_party(captured: Outside) -> None:
    def asked(party: str, *scopes: Scope, days: int = 9) -> token.Made:
        return granted(
            token.create(captured, party=party, scopes=scopes, name="x", now=NOW, days=days)
        )

    for party, kind in (("ines", "model"), ("atlas", "agency"), ("nord", "brand")):
        had = scopes_of(kind)
        assert asked(party, *had).row.scopes == [str(scope) for scope in had]
        for scope in set(Scope) - set(had):
            said = token.create(captured, party=party, scopes=[scope], name="x", now=NOW)
            assert refused(said) == {"token.scope"}
    none = token.create(captured, party="nord", scopes=[], name="x", now=NOW)
    stranger = token.create(captured, party="no", scopes=[Scope.READ], name="x", now=NOW)
    ever = token.create(captured, party="nord", scopes=[Scope.READ], name="x", now=NOW, days=400)
    assert refused(none) == {"token.scope"}
    assert refused(stranger) == {"party.unknown"}
    assert refused(ever) == {"token.days"}


def test_an_answer_is_kept_under_its_key(captured: Outside) -> None:
    row, _ = made(captured)
    first = granted(kept_answer.begin(row, key="k", request="a" * 64, now=NOW))
    busy = kept_answer.begin(row, key="k", request="a" * 64, now=NOW)
    assert refused(busy) == {"idempotency.in_progress"}
    kept_answer.finish(first, status=201, kind="application/json", body=b"{}")
    again = granted(kept_answer.begin(row, key="k", request="a" * 64, now=NOW))
    assert (again.pk, again.status, bytes(again.body)) == (first.pk, 201, b"{}")
    other = kept_answer.begin(row, key="k", request="b" * 64, now=NOW)
    assert refused(other) == {"idempotency.other_request"}
    another, _ = made(captured)
    assert granted(kept_answer.begin(another, key="k", request="b" * 64, now=NOW)).status is None
    later = NOW + kept_answer.KEPT + timedelta(minutes=1)
    assert granted(kept_answer.begin(row, key="k", request="b" * 64, now=later)).status is None


def test_what_was_broken_off_can_be_asked_for_again(captured: Outside) -> None:
    row, _ = made(captured)
    granted(kept_answer.begin(row, key="k", request="a" * 64, now=NOW))
    later = NOW + timedelta(minutes=11)
    assert granted(kept_answer.begin(row, key="k", request="a" * 64, now=later)).status is None
    assert KeptAnswer.objects.count() == 1


def test_the_database_refuses_what_no_token_is(captured: Outside) -> None:
    row, _ = made(captured)
    changes: list[dict[str, Any]] = [{"hash": "the secret"}, {"scopes": []}, {"expires_at": NOW}]
    for wrong in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            Token.objects.filter(pk=row.pk).update(**wrong)
    kept = granted(kept_answer.begin(row, key="k", request="a" * 64, now=NOW))
    with pytest.raises(IntegrityError), transaction.atomic():
        kept_answer.finish(kept, status=500, kind="", body=b"")


def test_what_programs_were_told_of_a_twin_goes_with_it(captured: Outside) -> None:
    told = {}
    for party in ("ines", "nord"):
        row, _ = granted(
            token.create(captured, party=party, scopes=[Scope.READ], name="x", now=NOW)
        )
        told[party] = granted(kept_answer.begin(row, key="k", request="a" * 64, now=NOW))
        kept_answer.finish(told[party], status=201, kind="application/json", body=b"crown")
    row = told["ines"].token
    doing = granted(kept_answer.begin(row, key="the deletion", request="b" * 64, now=NOW))
    by = {"by": "ines", "passphrase": SECRETS["ines"]}
    granted(erasure.delete(captured, twin="ines", **by, now=NOW))
    left = set(KeptAnswer.objects.values_list("pk", flat=True))
    assert left == {told["nord"].pk, doing.pk}
    # A token that nobody uses any more keeps nothing beyond its day either.
    later = NOW + kept_answer.KEPT + timedelta(minutes=1)
    granted(kept_answer.begin(row, key="k", request="c" * 64, now=later))
    assert not KeptAnswer.objects.filter(pk=told["nord"].pk).exists()
