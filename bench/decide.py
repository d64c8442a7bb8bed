"""Deciding: decisions per CPU-second, ours against Cedar, Rego and casbin on the same license and
requests; and the daily check of a million placements against ten thousand licenses.

    python -m bench.decide [--quick] [--json]

Peers: cedarpy with its policies and entities parsed once. Its license holds the same ten
constraints (licensee, twin, act, first and last day, territory, purpose, channel, alterations,
approval) and two of the state (signed, revoked); it is asked in two forms, one policy that only
says yes or no, and one policy a constraint, so that it too can name all reasons. regopy with its
query compiled once names all reasons; casbin says yes or no. Floor: calling a Python function that
returns a constant; for the daily check, looping over the placements.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench import _decide_peers
from sosie.adapters.terms_file import read
from sosie.core.daily import Held, Placement, answers, rejudge
from sosie.core.license import decide, judge
from sosie.core.terms import Alteration, Channel, Purpose, Terms
from sosie.core.territories import expand
from sosie.core.use import Act, State, Use
from sosie.core.values import Outcome

SAMPLE = Path(__file__).parent.parent / "src/sosie/samples/licenses/capsule.yaml"
REQUESTS_ASKED = 2000
Request = tuple[Use, State, date]
_FLOOR = "a Python call"
PEERS = ("cedarpy", "regopy, all reasons", "casbin")


def requests() -> list[Request]:
    """Return different requests: about half allowed, the others refused for one to five reasons."""
    rng = Random(1)  # noqa: S311 (requests, not keys)

    def mostly(usual: list[Any], *others: Any) -> Any:
        return rng.choice(usual) if rng.random() < 0.9 else rng.choice(others)

    countries = sorted(expand(("EU", "US")))
    found: list[Request] = []
    for number in range(REQUESTS_ASKED):
        picture = f"p{number}"
        use = Use(
            Act.RELEASE,
            licensee=mostly(["maison-nord"], "maison-sud"),
            twin="ines",
            purpose=mostly([Purpose.CAMPAIGN, Purpose.PAID_SOCIAL], Purpose.EDITORIAL),
            channel=mostly([Channel.INSTAGRAM, Channel.OUT_OF_HOME], Channel.TIKTOK),
            territories=(mostly(countries, "GB", "JP", "NO"), "FR"),
            alterations=(mostly([Alteration.CROP, Alteration.BACKDROP], Alteration.AGE),),
            picture=picture,
        )
        state = State(
            signed_by=frozenset({"ines", "maison-nord"}),
            signed_on=date(2026, 10, 20),
            revoked_on=mostly([None], date(2026, 11, 2)),
            consent_live=True,
            pictures_made=rng.randint(0, 11),
            approvals={picture: mostly([True], False)},
        )
        day = mostly([date(2026, 11, 1) + timedelta(days=rng.randint(0, 180))], date(2027, 6, 1))
        found.append((use, state, day))
    return found


def conditions(terms: Terms) -> list[str]:
    """Return what the license demands, one Cedar condition a constraint."""
    if terms.territories is None or terms.period is None:
        raise SystemExit("the sample license states its territories and period")
    period = terms.period
    return [
        f"context.day >= {period.first.toordinal()}",
        f"context.day <= {period.last.toordinal()}",
        f"{_set(terms.territories.countries())}.containsAll(context.territories)",
        f"{_set(terms.purposes)}.contains(context.purpose)",
        f"{_set(terms.channels)}.contains(context.channel)",
        f"{_set(terms.alterations)}.containsAll(context.alterations)",
        "context.approved",
        f'context.signed_by.containsAll(["{terms.parties.model}", "{terms.parties.brand}"])',
        "context.signed_on <= context.day",
        "context.consent_live",
        "!context.revoked",
    ]


def _set(words: Any) -> str:
    return json.dumps(sorted(words))


def cedar_request(use: Use, state: State, on: date) -> dict[str, Any]:
    """Return one use as Cedar takes it."""
    signed = state.signed_on or date.max
    return {
        "principal": f'Brand::"{use.licensee}"',
        "action": f'Action::"{use.act}"',
        "resource": f'Twin::"{use.twin}"',
        "context": {
            "day": on.toordinal(),
            "territories": list(use.territories or ()),
            "purpose": str(use.purpose),
            "channel": str(use.channel),
            "alterations": [str(alteration) for alteration in use.alterations or ()],
            "approved": (state.approvals or {}).get(use.picture or "", False),
            "signed_by": sorted(state.signed_by),
            "signed_on": signed.toordinal(),
            "consent_live": state.consent_live,
            "revoked": state.revoked_on is not None,
        },
    }


def cedar(terms: Terms) -> dict[str, Callable[[Request], tuple[bool, int | None]]]:
    """Return Cedar's two forms; empty if cedarpy is not installed."""
    try:
        import cedarpy  # noqa: PLC0415 (a peer may be absent)
    except ImportError:
        return {}
    head = (
        f'principal == Brand::"{terms.parties.brand}", action == Action::"release",'
        f' resource == Twin::"{terms.twin}"'
    )
    demands = conditions(terms)
    single = f"permit({head}) when {{ {' && '.join(demands)} }};"
    split = "\n".join(
        [
            f"permit({head});",
            *(f"forbid(principal, action, resource) unless {{ {d} }};" for d in demands),
        ]
    )
    entities = cedarpy.Entities.from_json_str("[]")

    def form(policies: str, *, reasons: bool) -> Callable[[Request], tuple[bool, int | None]]:
        parsed = cedarpy.PolicySet.from_str(policies)

        def ask(request: Request) -> tuple[bool, int | None]:
            answer = cedarpy.is_authorized(cedar_request(*request), parsed, entities)
            if not reasons:
                return answer.allowed, None
            found = len(answer.diagnostics.reasons)
            if answer.allowed:
                return True, 0
            # Without the permit (another licensee) Cedar names the forbids alone.
            return False, found + (request[0].licensee != terms.parties.brand)

        return ask

    return {
        "cedarpy": form(single, reasons=False),
        "cedarpy, all reasons": form(split, reasons=True),
    }


def per_second(
    engines: Mapping[str, Callable[[Request], Any]], asked: list[Request], seconds: float
) -> dict[str, int]:
    """Return calls per CPU-second of each engine over all requests: the best of eight rounds, in
    which they take turns, so that a noisy moment meets all of them."""
    best = dict.fromkeys(engines, 0.0)
    for _ in range(8):
        for name, ask in engines.items():
            done, start = 0, time.process_time()
            while (spent := time.process_time() - start) < seconds / 8:
                for request in asked:
                    ask(request)
                done += len(asked)
            best[name] = max(best[name], done / spent)
    return {name: round(value) for name, value in best.items()}


def checked_overnight(*, quick: bool) -> dict[str, Any]:
    """Return how long the daily check of placements takes on one core, and what it found.

    A tenth of the licenses end on the day, some are revoked, some have one placement too many.
    """
    count = 100_000 if quick else 1_000_000
    rng = Random(2)  # noqa: S311 (placements, not keys)
    sample = read(SAMPLE.read_text(encoding="utf-8"), where=SAMPLE.name)
    on = date(2026, 12, 1)
    before, after = {}, {}
    for number in range(count // 100):
        name = f"L-{number}"
        last = on - timedelta(days=1) if number % 10 == 0 else on + timedelta(days=number % 300)
        period = sample.period.model_copy(update={"last": last}) if sample.period else None
        terms = sample.model_copy(update={"period": period, "placements": 100})
        state = State(
            signed_by=frozenset({"ines", "maison-nord"}),
            signed_on=date(2026, 10, 20),
            consent_live=True,
            placements_out=100,
            approvals={f"p{n}": True for n in range(20)},
        )
        before[name] = Held(terms, state)
        revoked = replace(state, revoked_on=on - timedelta(days=1))
        over = replace(state, placements_out=101)
        now = {1: revoked, 2: over}.get(number % 50, state)
        after[name] = Held(terms, now)
    channels, places = list(sample.channels), [("FR",), ("US",), ("DE", "SE")]
    placements = [
        Placement(
            license=f"L-{number // 100}",
            picture=f"p{rng.randrange(20)}",
            channel=rng.choice(channels),
            territories=rng.choice(places),
            purpose=Purpose.CAMPAIGN,
        )
        for number in range(count)
    ]
    start = time.process_time()
    changes = rejudge(placements, after, on=on, before=before)
    spent = time.process_time() - start
    start = time.process_time()
    for placement in placements:
        after.get(placement.license)
    looping = time.process_time() - start
    _agrees_with_judge(placements[:2000], after, on)
    return {
        "placements": count,
        "licenses": count // 100,
        "changed": len(changes),
        "seconds": round(spent, 2),
        "looping": round(looping, 4),
    }


def _agrees_with_judge(some: list[Placement], after: Mapping[str, Held], on: date) -> None:
    """Stop unless each placement is answered as if it were judged by itself."""
    one_by_one = [
        judge(
            Use(
                Act.SHOW,
                licensee="maison-nord",
                twin="ines",
                purpose=p.purpose,
                channel=p.channel,
                territories=p.territories,
                picture=p.picture,
            ),
            after[p.license].terms,
            after[p.license].state,
            on=on,
        )[0]
        for p in some
    ]
    assert one_by_one == [outcome for outcome, _ in answers(some, after, on=on)]


def measured(seconds: float) -> dict[str, Any]:
    """Return all figures, once every engine was seen to answer alike."""
    terms = read(SAMPLE.read_text(encoding="utf-8"), where=SAMPLE.name)

    def with_reasons(request: Request) -> tuple[bool, int]:
        use, state, on = request
        outcome, reasons = judge(use, terms, state, on=on)
        return outcome is Outcome.ALLOWED, len(reasons)

    def with_record(request: Request) -> tuple[bool, int]:
        use, state, on = request
        decision = decide(use, terms, state, on=on)
        return decision.outcome is Outcome.ALLOWED, len(decision.reasons)

    asked = requests()
    peers = {**cedar(terms), **_decide_peers.rego(terms), **_decide_peers.casbin(terms)}
    engines: dict[str, Callable[[Request], tuple[bool, int | None]]] = {
        "all reasons": with_reasons,
        "all reasons and input hash": with_record,
        **peers,
    }
    expected = [with_reasons(request) for request in asked]
    for name, ask in engines.items():
        for (allowed, reasons), request in zip(expected, asked, strict=True):
            answer = ask(request)
            assert answer in ((allowed, reasons), (allowed, None)), (name, request, answer)
    speed = per_second({**engines, _FLOOR: lambda _request: True}, asked, seconds)
    floor = speed.pop(_FLOOR)
    daily = checked_overnight(quick=seconds < 1)
    passed = sum(allowed for allowed, _ in expected)
    base = speed.get("cedarpy")
    ours = {name: value for name, value in speed.items() if name not in peers}
    return {
        "name": "decide",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "input": f"one license, {len(asked)} different requests, {passed} of them allowed",
        "ours": ours,
        "peers": {name: speed.get(name) for name in (*PEERS, *peers)},
        "floor": {_FLOOR: floor},
        "daily": daily,
        "ratios": {
            **{
                f"all reasons / {name}": round(speed["all reasons"] / speed[name], 1)
                for name in peers
                if name != "cedarpy"
            },
            "daily check / looping": round(daily["seconds"] / daily["looping"], 1),
            **{f"{name} / cedarpy": round(v / base, 1) for name, v in ours.items() if base},
            **{f"floor / {name}": round(floor / v, 1) for name, v in ours.items()},
        },
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.decide")
    parser.add_argument("--quick", action="store_true", help="a tenth of the time")
    parser.add_argument("--json", action="store_true", help="one object on standard output")
    options = parser.parse_args()
    found = measured(0.3 if options.quick else 3.0)
    if options.json:
        print(json.dumps(found))
        return 0
    print(f"{found['input']}; decisions per CPU-second; {found['machine']}")
    for part in ("ours", "peers", "floor", "daily", "ratios"):
        for name, value in found[part].items():
            print(f"  {part:7}{name:45}{'absent' if value is None else f'{value:>14,}'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
