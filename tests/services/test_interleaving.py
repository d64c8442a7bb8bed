"""Each step of a license while another one is taken: between reading and writing, every other step
that is possible then goes through, and nothing is written down that was not allowed any more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from sosie.core.life import Standing, Step, objections
from sosie.core.ports import Outside
from sosie.core.values import Refusal
from sosie.services import contract, life, party
from sosie.services import license as licenses
from sosie.store.models import License
from tests.services.conftest import (
    NOW,
    SECRETS,
    draft,
    granted,
    on_the_table,
    take,
    talked_over,
    terms,
)

Taken = Callable[[Outside, str], Any]


def step(step: Step, by: str, **changes: object) -> Taken:
    """Return how a party takes a step, with other terms where some are named."""

    def do(outside: Outside, license: str) -> Any:
        return life.take(
            outside,
            license=license,
            step=step,
            by=by,
            passphrase=SECRETS[by],
            now=NOW,
            terms=terms(**changes) if changes else None,
            seen=on_the_table(license) if step is Step.AGREED else "",
        )

    return do


def sign(role: str, by: str) -> Taken:
    def do(outside: Outside, license: str) -> Any:
        return contract.sign(
            outside, license=license, role=role, by=by, passphrase=SECRETS[by], now=NOW
        )

    return do


def revoke(outside: Outside, license: str) -> Any:
    return licenses.revoke(outside, license=license, by="ines", passphrase=SECRETS["ines"], now=NOW)


def make(outside: Outside, license: str) -> Any:
    return contract.make(outside, license=license, now=NOW)


def deliver(outside: Outside, license: str) -> Any:
    return life.deliver_memo(outside, license=license, now=NOW)


def accept(outside: Outside, license: str) -> Any:
    return life.accept_memo(
        outside, license=license, by="ines", passphrase=SECRETS["ines"], now=NOW
    )


STEPS: Mapping[str, Taken] = {
    "the brand asks": step(Step.ASKED, "nord"),
    "the brand counters": step(Step.COUNTERED, "nord", pictures=40),
    "the model counters": step(Step.COUNTERED, "ines", pictures=1),
    "the agency proposes": step(Step.PROPOSED, "atlas", pictures=3),
    "the agency advises": step(Step.ADVISED, "atlas"),
    "the model agrees": step(Step.AGREED, "ines"),
    "the model declines": step(Step.DECLINED, "ines"),
    "the brand declines": step(Step.DECLINED, "nord"),
    "the memo is delivered": deliver,
    "she accepts the memo": accept,
    "the contract is made": make,
    "the model signs": sign("model", "ines"),
    "the brand signs": sign("brand", "nord"),
    "the model lets it rest": step(Step.SUSPENDED, "ines"),
    "the model lets it go on": step(Step.RESUMED, "ines"),
    "the model revokes": revoke,
}


def drafted(outside: Outside) -> str:
    return str(draft(outside, terms()).id)


def asked(outside: Outside) -> str:
    license = drafted(outside)
    take(outside, license, Step.ASKED, "nord")
    return license


def agreed(outside: Outside) -> str:
    license = drafted(outside)
    talked_over(outside, license)
    return license


def put_forward(outside: Outside) -> str:
    license = agreed(outside)
    granted(deliver(outside, license))
    granted(make(outside, license))
    return license


def half_signed(outside: Outside) -> str:
    license = put_forward(outside)
    granted(STEPS["the model signs"](outside, license))
    return license


def in_force(outside: Outside) -> str:
    license = half_signed(outside)
    granted(STEPS["the brand signs"](outside, license))
    return license


def resting(outside: Outside) -> str:
    license = in_force(outside)
    take(outside, license, Step.SUSPENDED, "ines")
    return license


FROM: Mapping[str, Callable[[Outside], str]] = {
    "draft": drafted,
    "asked": asked,
    "agreed": agreed,
    "put forward": put_forward,
    "half signed": half_signed,
    "in force": in_force,
    "resting": resting,
}


@dataclass
class Meanwhile:
    """Something that happens once, when a step has read and has not yet written."""

    happen: Callable[[], Any] | None = None
    result: Any = None

    def now(self) -> None:
        happen, self.happen = self.happen, None
        if happen is not None:
            self.result = happen()


class Through:
    """A port that lets something happen after each call."""

    def __init__(self, port: Any, meanwhile: Meanwhile) -> None:
        self._port, self._meanwhile = port, meanwhile

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in {"sign", "contract", "deal_memo"}:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            made = found(*arguments, **named)
            self._meanwhile.now()
            return made

        return call


def through(port: Any, meanwhile: Meanwhile) -> Any:
    return Through(port, meanwhile)


@contextmanager
def interrupted(
    outside: Outside, patch: pytest.MonkeyPatch, happen: Callable[[], Any]
) -> Iterator[tuple[Outside, Meanwhile]]:
    """Give ports under which something happens between reading and writing."""
    meanwhile = Meanwhile(happen)
    real = party.sign

    def signs(*arguments: Any, **named: Any) -> Any:
        made = real(*arguments, **named)
        meanwhile.now()
        return made

    ports = replace(
        outside,
        contracts=through(outside.contracts, meanwhile),
        typesetter=through(outside.typesetter, meanwhile),
    )
    with patch.context() as patched:
        patched.setattr(party, "sign", signs)
        yield ports, meanwhile


def wrong_steps(license: str) -> list[str]:
    """Return the steps of a license that its history until then did not allow, and those whose
    signer signed other terms than the step is about."""
    row = granted(licenses.find(license))
    events, found = life.history(row), []
    offers = dict(row.offers.values_list("number", "terms_digest"))
    for number, each in enumerate(row.steps.order_by("id")):
        event = events[number]
        before = events[:number]
        if number and objections(
            event.step, event.role, before, life.period(row), on=event.at.date()
        ):
            found.append(each.step)
        if each.statement is not None:
            said = json.loads(bytes(each.statement.body))
            if said.get("terms", offers[each.offer]) != offers[each.offer]:
                found.append(f"{each.step} of other terms")
    return found


class Again:
    """A workspace that can be set back to how it was, its keys left as they are."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._kept = folder, folder.with_name("kept")
        connections["default"].close()
        shutil.copytree(folder, self._kept, ignore=_KEYS)

    def set_back(self) -> None:
        connections["default"].close()
        for path in self._kept.iterdir():
            if path.is_dir():
                shutil.rmtree(self._folder / path.name)
        shutil.copytree(self._kept, self._folder, dirs_exist_ok=True)


_KEYS = shutil.ignore_patterns("keys")


@pytest.mark.parametrize("begin", FROM)
def test_nothing_is_written_down_that_another_step_has_forbidden_meanwhile(
    captured: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: str
) -> None:
    license = FROM[begin](captured)
    again = Again(tmp_path / "workspace")
    possible = []
    for name, do in STEPS.items():
        if not isinstance(do(captured, license), Refusal):
            possible.append(name)
            again.set_back()
    assert len(possible) > 1
    refused = 0
    for first, other in product(possible, repeat=2):
        do = partial(STEPS[other], captured, license)
        with interrupted(captured, monkeypatch, do) as (ports, meanwhile):
            result = STEPS[first](ports, license)
        assert not isinstance(meanwhile.result, Refusal | None), (first, other)
        assert wrong_steps(license) == [], (first, other)
        refused += isinstance(result, Refusal)
        again.set_back()
    assert refused >= len(possible), "a step was taken twice"


def test_the_control_that_must_fail_is_seen(captured: Outside) -> None:
    license = asked(captured)
    row = granted(licenses.find(license))
    granted(STEPS["the model declines"](captured, license))
    life.record(captured, row, Step.AGREED, by="ines", now=NOW)
    assert wrong_steps(license) == ["agreed"]


def race(
    outside: Outside, patch: pytest.MonkeyPatch, license: str, first: str, other: str
) -> tuple[set[str], Standing]:
    """Return why the first step was refused, and how the license stands after both."""
    with interrupted(outside, patch, lambda: STEPS[other](outside, license)) as (ports, _):
        result = STEPS[first](ports, license)
    codes = {reason.code for reason in result.reasons} if isinstance(result, Refusal) else set()
    row = License.objects.get(pk=license)
    return codes, life.standing(row, now=NOW)


def test_her_yes_is_to_the_terms_that_she_read(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    license = asked(captured)
    was = race(captured, monkeypatch, license, "the model agrees", "the brand counters")
    assert was == ({"life.changed"}, Standing.COUNTERED)
    assert granted(licenses.find(license)).terms["pictures"] == 40


def test_what_she_declined_does_not_come_into_force(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    license = half_signed(captured)
    was = race(captured, monkeypatch, license, "the brand signs", "the model declines")
    assert was == ({"life.not_now"}, Standing.DECLINED)
    assert licenses.state(granted(licenses.find(license))).declined_on == NOW.date()
    assert granted(licenses.find(license)).signatures.count() == 1


def test_two_drafts_at_once_get_two_numbers(
    captured: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with interrupted(captured, monkeypatch, lambda: draft(captured, terms(pictures=9))) as (
        ports,
        meanwhile,
    ):
        row = draft(ports, terms())
    assert {row.id, meanwhile.result.id} == {"L-2026-0001", "L-2026-0002"}
    (said,) = [json.loads(bytes(s.statement.body)) for s in row.steps.all() if s.statement]
    assert said["on"] == row.id
