"""Deadlines and what follows a withdrawal, as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sosie.core.deadlines import Course, Deadline, Out, Waiting, clear_by, deadlines
from sosie.core.life import Role, Step
from sosie.core.terms import Channel
from tests.core.test_license import terms
from tests.core.test_life import AGREED, ASKED, SIGNED, told

OUT = Out("SOSIE-1", Channel.INSTAGRAM, "instagram, FR")
DAYS = {"from": "2026-12-01", "until": "2027-02-28"}


def course(*steps: tuple[Step, Role | None], **changes: Any) -> Course:
    return Course(terms(**{"period": DAYS, **changes}), told(*steps), (OUT,))


def due(course: Course, code: str, on: date = date(2026, 12, 1)) -> list[date]:
    return [each.due for each in deadlines(course, on=on) if each.code == code]


def one(course: Course, code: str) -> Deadline:
    (found,) = (each for each in deadlines(course, on=date(2026, 12, 1)) if each.code == code)
    return found


def test_before_anything_is_agreed_nothing_is_due() -> None:
    assert deadlines(Course(terms(), told(*ASKED)), on=date(2026, 11, 2)) == ()


def test_the_memo_is_due_before_work_and_done_when_she_accepts_it() -> None:
    open_memo = one(course(*AGREED), "memo")
    assert (open_memo.due, open_memo.rule) == (date(2026, 12, 1), "R32")
    assert open_memo.state(date(2026, 12, 1)) == "open"
    assert open_memo.state(date(2026, 12, 2)) == "overdue"
    steps = (*AGREED, (Step.MEMO_DELIVERED, None), (Step.MEMO_ACCEPTED, Role.MODEL))
    assert one(course(*steps), "memo").state(date(2027, 1, 1)) == "done"


def test_the_final_copy_is_due_within_seven_days_of_both_signatures() -> None:
    assert one(course(*SIGNED), "final_copy").due == date(2026, 11, 8)
    assert one(course(*SIGNED, (Step.COPY_DELIVERED, None)), "final_copy").done_on is not None


def test_pictures_that_wait_for_her_name_the_day_of_her_answer() -> None:
    waiting = replace(course(*SIGNED), waiting=(Waiting("S-0001-01", date(2026, 12, 3)),))
    days = waiting.terms.approvals.answer_days
    assert one(waiting, "answer").due == date(2026, 12, 3 + days)


def test_reports_follow_the_calendar_and_end_with_the_license() -> None:
    monthly = course(*SIGNED, usage_reports="monthly", period={**DAYS, "from": "2026-10-31"})
    found = due(monthly, "usage_report", on=date(2027, 3, 1))
    assert found == [
        date(2026, 11, 30),
        date(2026, 12, 31),
        date(2027, 1, 31),
        date(2027, 2, 28),
    ]
    assert due(monthly, "usage_report", on=date(2026, 11, 1)) == [date(2026, 11, 30)]
    assert due(course(*SIGNED), "usage_report") == []


def test_the_end_is_announced_and_what_is_out_comes_down_after_it() -> None:
    found = course(*SIGNED, after_end={"sell_off_days": 14, "archive": "posts_stay"})
    assert due(found, "ends_soon") == [date(2027, 1, 29), date(2027, 2, 21)]
    assert due(found, "take_down") == [date(2027, 3, 14)]
    assert "unpaid post" in one(found, "take_down").text
    assert due(found, "delete") == [date(2027, 4, 13)]
    assert due(course(*SIGNED), "take_down") == [date(2027, 2, 28)]
    assert "unpaid post" not in one(course(*SIGNED), "take_down").text


def test_withdrawal_stops_at_once_and_gives_days_only_to_take_down() -> None:
    revoked = course(
        *SIGNED,
        (Step.REVOKED, Role.MODEL),
        withdrawal={"take_down_days": 5},
        storage={"countries": {"include": ["EU"]}, "delete_within_days": 10},
    )
    day = date(2026, 11, 1)
    stop = one(revoked, "stop")
    assert (stop.due, stop.state(day), stop.rule) == (day, "done", "R57")
    assert "GDPR" in stop.ground
    assert "Fashion Workers" not in stop.ground
    assert due(revoked, "take_down") == [date(2026, 11, 6)]
    assert due(revoked, "delete") == [date(2026, 11, 11)]
    assert due(revoked, "tell_recipients") == [date(2026, 12, 1)]
    assert due(revoked, "ends_soon") == []


def test_without_a_word_about_it_withdrawal_takes_down_the_same_day() -> None:
    revoked = course(*SIGNED, (Step.REVOKED, Role.MODEL))
    assert due(revoked, "take_down") == [date(2026, 11, 1)]
    assert due(revoked, "delete") == [date(2026, 12, 1)]


def test_what_was_taken_down_is_done() -> None:
    down = replace(OUT, taken_down_on=date(2026, 11, 2))
    revoked = replace(course(*SIGNED, (Step.REVOKED, Role.MODEL)), out=(down,))
    assert one(revoked, "take_down").state(date(2027, 1, 1)) == "done"


def test_a_request_taken_back_before_signing_leaves_nothing_to_delete() -> None:
    found = deadlines(
        Course(terms(), told(*ASKED, (Step.REVOKED, Role.MODEL))), on=date(2026, 12, 1)
    )
    assert [each.code for each in found] == ["stop"]


def test_who_has_not_signed_is_reminded_and_has_fourteen_days() -> None:
    made = (*AGREED, (Step.CONTRACT_MADE, None))
    assert due(course(*made), "sign") == [date(2026, 11, 15)] * 2
    assert due(course(*made), "sign_reminder") == [date(2026, 11, 8)] * 2
    half = course(*made, (Step.SIGNED, Role.BRAND))
    assert one(half, "sign").owed_by == half.terms.parties.model
    assert due(course(*SIGNED), "sign") == []
    assert due(course(*made, (Step.DECLINED, Role.MODEL)), "sign") == []
    assert due(course(*AGREED), "sign") == []


REVOKED = (*SIGNED, (Step.REVOKED, Role.MODEL))
SUPERSEDED = (*SIGNED, (Step.SUPERSEDED, None))


@pytest.mark.parametrize("steps", [SIGNED, REVOKED, SUPERSEDED])
@pytest.mark.parametrize("last", [None, "2026-10-31", "2026-11-02", "2027-02-28"])
@pytest.mark.parametrize("sell_off", [None, 0, 40])
@pytest.mark.parametrize("take_down", [None, 0, 14])
def test_the_day_on_which_all_is_down_is_the_first_that_says_so(
    steps: tuple[tuple[Step, Role | None], ...],
    last: str | None,
    sell_off: int | None,
    take_down: int | None,
) -> None:
    said = course(
        *steps,
        period={"from": "2026-10-01", "until": last} if last else None,
        after_end=None if sell_off is None else {"sell_off_days": sell_off},
        withdrawal=None if take_down is None else {"take_down_days": take_down},
        exclusivity=None,
    )
    found = clear_by(
        said.terms.period.last if said.terms.period else None,
        said.day_of(Step.REVOKED),
        sell_off_days=sell_off or 0,
        take_down_days=take_down or 0,
    )
    assert found == min(due(said, "take_down", on=date(2027, 6, 1)), default=None)
