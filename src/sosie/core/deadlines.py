"""What must happen by when: reminders and deadlines of a license as data, with their ground.

Withdrawal takes effect at once for anything new; notice periods govern only what is out already.
That a model may take a live consent back at all is GDPR article 7(3) where it applies and the
policy of this house everywhere; the Fashion Workers Act does not say it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

from sosie.core.life import (
    OFFER_DAYS,
    REMIND_DAYS,
    Event,
    Role,
    Standing,
    Step,
    last_to_sign,
    standing,
    unsigned,
)
from sosie.core.terms import Channel, Terms

FINAL_COPY_DAYS = 7
"""Days to hand her the final agreement (guidance on New York Labor Law § 1034(5)(b), R33)."""
ERASURE_DAYS = 30
"""Days to delete what nothing else allows to keep: the month of GDPR article 12(3), at its
shortest (R58)."""
REMINDERS = (30, 7)
"""Days before the last one on which the end is announced."""
WITHDRAWAL = "GDPR art. 7(3) where it applies, platform policy everywhere"
_REPORT_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing to be done: by whom, until when (the day is inside), on what ground."""

    code: str
    """Published; its meaning never changes."""
    text: str
    due: date
    owed_by: str
    owed_to: str
    ground: str
    """A section of law, a clause of the terms, or a norm named as one."""
    rule: str | None = None
    done_on: date | None = None
    release: Out | None = None
    """What it is about, where that is one release."""

    def state(self, on: date) -> str:
        """Return `done`, `open` or `overdue`."""
        if self.done_on is not None:
            return "done"
        return "overdue" if on > self.due else "open"


@dataclass(frozen=True, slots=True)
class Out:
    """One release that is out in the world."""

    seal: str
    channel: Channel
    account: str = ""
    territories: tuple[str, ...] = ()
    taken_down_on: date | None = None

    @property
    def place(self) -> str:
        """Where it is shown, in codes: channel, account, countries."""
        return ", ".join(filter(None, (self.channel, self.account, *self.territories)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture that waits for her answer."""

    picture: str
    made_on: date


@dataclass(frozen=True, slots=True)
class Course:
    """A license in its course: what deadlines are computed from."""

    terms: Terms
    history: tuple[Event, ...]
    out: tuple[Out, ...] = ()
    waiting: tuple[Waiting, ...] = ()

    def day_of(self, step: Step) -> date | None:
        """Return the last day on which a step was taken."""
        days = [event.at.date() for event in self.history if event.step is step]
        return max(days, default=None)


def deadlines(course: Course, *, on: date) -> tuple[Deadline, ...]:
    """This function will return all that is or was to be done by a day, the earliest first."""
    stands = standing(course.history, course.terms.period, on=on)
    found = [
        *_papers(course, stands),
        *_signing(course),
        *_answers(course),
        *_reports(course, on),
        *_end(course),
        *(withdrawal(course) if stands is Standing.REVOKED else ()),
    ]
    return tuple(sorted(found, key=lambda deadline: (deadline.due, deadline.code)))


def withdrawal(course: Course) -> tuple[Deadline, ...]:
    """This function will list what must happen once she has taken the license back."""
    revoked = course.day_of(Step.REVOKED)
    if revoked is None:
        return ()
    parties, terms = course.terms.parties, course.terms
    days = terms.withdrawal.take_down_days if terms.withdrawal else 0
    by, to = parties.brand, parties.model
    stop = "nothing more is made, sealed or released"
    found = [
        Deadline("stop", stop, revoked, by, to, WITHDRAWAL, rule="R57", done_on=revoked),
        *_taken_down(course, revoked + timedelta(days=days), "withdrawal.take_down_days"),
    ]
    if course.day_of(Step.SIGNED) is not None:
        delete = terms.storage.delete_within_days if terms.storage else ERASURE_DAYS
        due = revoked + timedelta(days=min(delete, ERASURE_DAYS))
        text = "every copy of pictures and plates is deleted, with proof"
        found.append(Deadline("delete", text, due, by, to, "GDPR art. 17", rule="R58"))
        due = revoked + timedelta(days=ERASURE_DAYS)
        text = "everybody who received pictures is told of the withdrawal"
        found.append(Deadline("tell_recipients", text, due, by, to, "GDPR art. 19", rule="R58"))
    return tuple(found)


def clear_by(
    last: date | None, revoked: date | None, *, sell_off_days: int, take_down_days: int
) -> date | None:
    """This function will return the day until which what is out under a signed license comes down:
    the earliest on which `deadlines` has it taken down; nothing where it has no such day."""
    days = [revoked + timedelta(days=take_down_days)] if revoked else []
    if last and not (revoked and revoked <= last):
        days.append(last + timedelta(days=sell_off_days))
    return min(days, default=None)


def _signing(course: Course) -> Iterator[Deadline]:
    """Return until when whoever has not signed can, with a reminder before."""
    last, parties = last_to_sign(course.history), course.terms.parties
    if last is None or course.day_of(Step.DECLINED) or course.day_of(Step.REVOKED):
        return
    remind = last - timedelta(days=OFFER_DAYS - REMIND_DAYS)
    for role in sorted(unsigned(course.history)):
        by, to = parties.model, parties.brand
        if role is Role.BRAND:
            by, to = to, by
        text = f"the contract waits for the {role}; no signature is never a yes"
        yield Deadline("sign_reminder", text, remind, by, to, "offer to sign")
        yield Deadline("sign", f"the {role} signs, or says no", last, by, to, "offer to sign")


def _papers(course: Course, stands: Standing) -> Iterator[Deadline]:
    terms, parties = course.terms, course.terms.parties
    agreed, signed = course.day_of(Step.AGREED), course.day_of(Step.SIGNED)
    giver = parties.agency or parties.brand
    if agreed is not None and terms.period is not None and stands is not Standing.DECLINED:
        text = "the deal memo is delivered and accepted before any work"
        accepted = course.day_of(Step.MEMO_ACCEPTED)
        ground = "N.Y. Labor Law § 1034(5)(a)"
        due = max(terms.period.first, agreed)
        yield Deadline("memo", text, due, giver, parties.model, ground, "R32", accepted)
    if signed is not None and stands not in {Standing.AGREED, Standing.DECLINED}:
        text = "the final copy, signed by both, is in her hands"
        ground = "guidance on N.Y. Labor Law § 1034(5)(b)"
        due = signed + timedelta(days=FINAL_COPY_DAYS)
        done = course.day_of(Step.COPY_DELIVERED)
        yield Deadline("final_copy", text, due, giver, parties.model, ground, "R33", done)


def _answers(course: Course) -> Iterator[Deadline]:
    parties, days = course.terms.parties, course.terms.approvals.answer_days
    for picture in course.waiting:
        text = f"an answer to picture `{picture.picture}`; silence is never yes"
        due = picture.made_on + timedelta(days=days)
        yield Deadline("answer", text, due, parties.model, parties.brand, "approvals.answer_days")


def _reports(course: Course, on: date) -> Iterator[Deadline]:
    terms, signed = course.terms, course.day_of(Step.SIGNED)
    if terms.usage_reports is None or terms.period is None or signed is None:
        return
    months = _REPORT_MONTHS[terms.usage_reports]
    by, to = terms.parties.brand, terms.parties.model
    for number in count(1):
        due = _months_after(terms.period.first, months * number)
        if due > min(terms.period.last, _months_after(on, months)):
            return
        text = f"the {terms.usage_reports} report of every use up to {due}"
        yield Deadline("usage_report", text, due, by, to, "usage_reports", "R69")


def _end(course: Course) -> Iterator[Deadline]:
    terms, parties = course.terms, course.terms.parties
    if terms.period is None or course.day_of(Step.SIGNED) is None:
        return
    last, revoked = terms.period.last, course.day_of(Step.REVOKED)
    if revoked is not None and revoked <= last:
        return
    for days in REMINDERS:
        text = f"the license ends on {last}, in {days} days: nothing new after it"
        due = last - timedelta(days=days)
        yield Deadline("ends_soon", text, due, parties.brand, parties.model, "period.until", "R21")
    after = terms.after_end
    clear = last + timedelta(days=after.sell_off_days if after else 0)
    kept = after is not None and after.archive == "posts_stay"
    yield from _taken_down(course, clear, "after_end", unpaid_posts_stay=kept)
    delete = terms.storage.delete_within_days if terms.storage else ERASURE_DAYS
    text = "the licensee's copies are deleted, with proof"
    due = clear + timedelta(days=delete)
    yield Deadline("delete", text, due, parties.brand, parties.model, "storage", "R58")


_POSTS = frozenset({Channel.INSTAGRAM, Channel.TIKTOK})


def _taken_down(
    course: Course, due: date, ground: str, *, unpaid_posts_stay: bool = False
) -> Iterator[Deadline]:
    parties = course.terms.parties
    for release in course.out:
        tail = ""
        if unpaid_posts_stay and release.channel in _POSTS:
            tail = ", unless it is an unpaid post that stays where it is"
        yield Deadline(
            "take_down",
            f"`{release.seal}` is taken down ({release.place}){tail}",
            due,
            parties.brand,
            parties.model,
            ground,
            done_on=release.taken_down_on,
            release=release,
        )


def _months_after(day: date, months: int) -> date:
    """Return the same day some months later, or the last day of that month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
