"""The life of a license: which step may follow which, by whom, and how it stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sosie.core.life import (
    Event,
    Role,
    Standing,
    Step,
    may_sign_from,
    objections,
    offer_of,
    standing,
)
from sosie.core.terms import Duration

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
PERIOD = Duration.model_validate({"from": "2026-12-01", "until": "2027-02-28"})
BEFORE, DURING, AFTER = date(2026, 11, 10), date(2026, 12, 1), date(2027, 3, 1)
OFFERS = {Step.DRAFTED, Step.COUNTERED, Step.PROPOSED}


def told(*steps: tuple[Step, Role | None]) -> tuple[Event, ...]:
    """Return a history, an hour between steps, offers numbered."""
    events, offer = [], 0
    for number, (step, role) in enumerate(steps):
        offer += step in OFFERS
        events.append(Event(step, role, START + timedelta(hours=number), offer))
    return tuple(events)


M, B, A = Role.MODEL, Role.BRAND, Role.AGENCY
DRAFT = ((Step.DRAFTED, B),)
ASKED = (*DRAFT, (Step.ASKED, B))
AGREED = (*ASKED, (Step.AGREED, M))
SIGNED = (*AGREED, (Step.CONTRACT_MADE, None), (Step.SIGNED, M), (Step.SIGNED, B))


@pytest.mark.parametrize(
    ("steps", "on", "stands"),
    [
        (DRAFT, BEFORE, Standing.DRAFT),
        (ASKED, BEFORE, Standing.ASKED),
        ((*ASKED, (Step.COUNTERED, M)), BEFORE, Standing.COUNTERED),
        ((*ASKED, (Step.COUNTERED, M), (Step.AGREED, B)), BEFORE, Standing.AGREED),
        ((*ASKED, (Step.COUNTERED, M), (Step.AGREED, M)), BEFORE, Standing.COUNTERED),
        ((*ASKED, (Step.PROPOSED, A), (Step.AGREED, M)), BEFORE, Standing.COUNTERED),
        ((*ASKED, (Step.PROPOSED, A), (Step.AGREED, M), (Step.AGREED, B)), BEFORE, Standing.AGREED),
        (AGREED, BEFORE, Standing.AGREED),
        ((*AGREED, (Step.SIGNED, M)), BEFORE, Standing.AGREED),
        (SIGNED, date(2026, 11, 30), Standing.SIGNED),
        (SIGNED, DURING, Standing.IN_FORCE),
        (SIGNED, date(2027, 2, 28), Standing.IN_FORCE),
        (SIGNED, AFTER, Standing.EXPIRED),
        ((*SIGNED, (Step.SUSPENDED, M)), DURING, Standing.SUSPENDED),
        ((*SIGNED, (Step.SUSPENDED, M)), AFTER, Standing.EXPIRED),
        ((*SIGNED, (Step.SUSPENDED, M), (Step.RESUMED, M)), DURING, Standing.IN_FORCE),
        ((*SIGNED, (Step.REVOKED, M)), DURING, Standing.REVOKED),
        ((*SIGNED, (Step.REVOKED, M)), AFTER, Standing.REVOKED),
        ((*SIGNED, (Step.SUPERSEDED, None)), DURING, Standing.SUPERSEDED),
        ((*ASKED, (Step.DECLINED, M)), DURING, Standing.DECLINED),
        (
            (*AGREED, (Step.SIGNED, M), (Step.DECLINED, M), (Step.SIGNED, B)),
            DURING,
            Standing.DECLINED,
        ),
        ((*SIGNED, (Step.REVOKED, M), (Step.RESUMED, M)), DURING, Standing.REVOKED),
        ((*SIGNED, (Step.SUPERSEDED, None), (Step.REVOKED, M)), DURING, Standing.SUPERSEDED),
        ((*SIGNED, (Step.REVOKED, M), (Step.SUPERSEDED, None)), DURING, Standing.REVOKED),
    ],
)
def test_how_it_stands(
    steps: tuple[tuple[Step, Role | None], ...], on: date, stands: Standing
) -> None:
    assert standing(told(*steps), PERIOD, on=on) is stands


@given(st.lists(st.tuples(st.sampled_from(list(Step)), st.sampled_from([M, B, A, None]))))
def test_an_end_is_an_end_whatever_the_history_holds_after(
    more: list[tuple[Step, Role | None]],
) -> None:
    for steps, stands in (
        ((*ASKED, (Step.DECLINED, B)), Standing.DECLINED),
        ((*SIGNED, (Step.REVOKED, M)), Standing.REVOKED),
        ((*SIGNED, (Step.SUPERSEDED, None)), Standing.SUPERSEDED),
    ):
        for on in (BEFORE, DURING, AFTER):
            assert standing(told(*steps, *more), PERIOD, on=on) is stands


def codes(step: Step, role: Role | None, *steps: tuple[Step, Role | None]) -> list[str]:
    on = BEFORE if step is Step.SIGNED else DURING
    return [reason.code for reason in objections(step, role, told(*steps), PERIOD, on=on)]


def test_an_agency_advises_and_proposes_and_decides_nothing() -> None:
    assert codes(Step.ADVISED, A, *ASKED) == []
    assert codes(Step.PROPOSED, A, *ASKED) == []
    for step in (Step.COUNTERED, Step.AGREED, Step.DECLINED):
        assert codes(step, A, *ASKED) == ["life.agency_cannot"]
    assert codes(Step.SIGNED, A, *AGREED) == ["life.agency_cannot"]
    assert codes(Step.REVOKED, A, *SIGNED) == ["life.agency_cannot"]
    assert codes(Step.MEMO_ACCEPTED, A, *AGREED) == ["life.agency_cannot"]


def test_only_the_model_suspends_resumes_and_revokes() -> None:
    for step, before in (
        (Step.SUSPENDED, SIGNED),
        (Step.RESUMED, (*SIGNED, (Step.SUSPENDED, M))),
        (Step.REVOKED, SIGNED),
    ):
        assert codes(step, M, *before) == []
        assert codes(step, B, *before) == ["life.not_yours"]
        assert codes(step, None, *before) == ["life.not_yours"]


def test_what_comes_too_early_or_too_late_is_refused() -> None:
    assert codes(Step.AGREED, M, *DRAFT) == ["life.not_now"]
    assert codes(Step.CONTRACT_MADE, None, *ASKED) == ["life.not_now"]
    assert codes(Step.CONTRACT_MADE, None, *AGREED) == []
    assert codes(Step.COUNTERED, M, *AGREED) == ["life.not_now"]
    assert codes(Step.SUSPENDED, M, *AGREED) == ["life.not_now"]
    assert codes(Step.RESUMED, M, *SIGNED) == ["life.not_now"]
    assert codes(Step.DECLINED, M, *SIGNED) == ["life.not_now"]
    assert codes(Step.REVOKED, M, *SIGNED, (Step.REVOKED, M)) == ["life.not_now"]


def test_nobody_agrees_twice_nor_to_her_own_offer() -> None:
    assert codes(Step.AGREED, B, *ASKED) == ["life.done"]
    assert codes(Step.AGREED, M, *ASKED) == []
    assert codes(Step.AGREED, M, *ASKED, (Step.COUNTERED, M)) == ["life.done"]
    assert codes(Step.AGREED, M, *ASKED, (Step.PROPOSED, A), (Step.AGREED, M)) == ["life.done"]
    assert codes(Step.SIGNED, M, *AGREED, (Step.SIGNED, M)) == ["life.done"]
    assert codes(Step.SIGNED, B, *AGREED, (Step.SIGNED, M)) == []


def test_a_memo_is_accepted_after_it_was_delivered() -> None:
    assert codes(Step.MEMO_ACCEPTED, M, *AGREED) == ["life.no_memo"]
    assert codes(Step.MEMO_ACCEPTED, M, *AGREED, (Step.MEMO_DELIVERED, None)) == []


def test_a_contract_is_signed_within_fourteen_days_or_put_forward_anew() -> None:
    made = told(*AGREED, (Step.CONTRACT_MADE, None))
    last = START.date() + timedelta(days=14)
    assert objections(Step.SIGNED, M, made, PERIOD, on=last) == ()
    (late,) = objections(Step.SIGNED, M, made, PERIOD, on=last + timedelta(days=1))
    assert late.code == "life.offer_ended"
    again = Event(Step.CONTRACT_MADE, None, START + timedelta(days=15), 1)
    assert objections(Step.SIGNED, M, (*made, again), PERIOD, on=last + timedelta(days=1)) == ()


def test_the_notice_runs_from_the_last_terms_that_were_put_before_her() -> None:
    assert may_sign_from(told(*DRAFT), 48) is None
    assert may_sign_from(told(*AGREED), None) is None
    asked = START + timedelta(hours=1)
    assert may_sign_from(told(*AGREED), 48) == asked + timedelta(hours=48)
    countered = told(*ASKED, (Step.ADVISED, A), (Step.COUNTERED, B), (Step.AGREED, M))
    assert may_sign_from(countered, 1) == START + timedelta(hours=4)


_ACTORS = st.sampled_from([M, B, A, None])


@given(st.lists(st.tuples(st.sampled_from(list(Step)), _ACTORS), max_size=14))
def test_no_course_of_steps_binds_her_without_her_own_yes(
    tries: list[tuple[Step, Role | None]],
) -> None:
    history = told((Step.DRAFTED, B))
    for step, role in tries:
        on = BEFORE if step is Step.SIGNED else DURING
        if step is Step.DRAFTED or objections(step, role, history, PERIOD, on=on):
            continue
        offer = offer_of(history) + (step in OFFERS)
        history += (Event(step, role, START + timedelta(hours=len(history)), offer),)
    stands = standing(history, PERIOD, on=DURING)
    if stands in {Standing.AGREED, Standing.SIGNED, Standing.IN_FORCE, Standing.SUSPENDED}:
        offers = [number for number, event in enumerate(history) if event.step in OFFERS]
        since = history[offers[-1] :]
        assert any(
            event.role is M and event.step in {Step.AGREED, Step.COUNTERED} for event in since
        )
    if stands in {Standing.IN_FORCE, Standing.SUSPENDED}:
        assert sum(event.step is Step.SIGNED and event.role is M for event in history) == 1
