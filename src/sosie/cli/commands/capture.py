"""`sosie twin protocol | coverage | day`: what a capture is taken by, and the day it is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table

from sosie.cli.terminal import (
    As,
    AsJson,
    Exit,
    Workspace,
    accept,
    answer,
    bar,
    console,
    now,
    opened,
    passphrase,
    table,
)
from sosie.core.capture import Coverage
from sosie.core.capture_day import Shift, hours
from sosie.core.values import BadInput, Money

PROTOCOL = Annotated[str, typer.Option(help="`full`, `basic`, `single`, or a file")]
_MOST_MONEY = 10**9
"""In minor units, a day."""
_EVERY = 1.0
"""Seconds between two looks at a folder."""


def protocol(name: Annotated[str, typer.Argument()] = "full", as_json: AsJson = False) -> None:
    """Print what a capture holds: each photograph that is to be taken, by its name."""
    from sosie.adapters.protocol_file import named

    said = named(name)
    rows = [
        (group.name, slot.id, slot.words, f"{group.least} of {len(group.slots)}")
        for group in said.groups
        for slot in group.slots
    ]
    title = f"{said.name}: {said.words} ({said.least} photographs at least, of {said.most})"
    shown = table(title, ["group", "name", "what", "needed"], rows)
    answer(as_json, said.model_dump(mode="json", by_alias=True), shown)


def coverage(
    folder: Path,
    protocol: PROTOCOL = "full",
    watch: Annotated[
        bool, typer.Option("--watch", help="go on as photographs come in, until it is complete")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="folder for a page, a sheet, each fault drawn; with --watch anew"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show what of a capture is there, what is missing, and what failed and why.

    It only reads: no workspace, twin or consent is needed, and no card (points are proposed)."""
    from sosie.adapters.protocol_file import named
    from sosie.cli.capture_report import Follower

    if report and report.resolve() == folder.resolve():
        remedy = "name another folder, or one in it"
        what = "the report would lie among the photographs"
        raise BadInput(what, where=str(report), remedy=remedy)
    follower = Follower(folder, named(protocol))
    with bar() as progress:
        task = progress.add_task(f"Reading {folder.name}", total=1.0)
        found = follower.now(lambda share, what: progress.update(task, completed=share))
    if watch:

        def show(newest: Coverage) -> None:
            if report:
                follower.report(report, newest, live=True)

        found = _watched(follower.now, found, show)
    written = follower.report(report, found) if report else []
    said = {**found.as_dict(), "files": [str(path) for path in written]}
    if as_json or not watch:
        answer(as_json, said, _rows(found))
    if written and not as_json:
        typer.echo(f"wrote {len(written)} files to {report}; open {report}/index.html")
    return Exit.DONE if found.complete else Exit.REFUSED


def _watched(
    look: Callable[[], Coverage], found: Coverage, show: Callable[[Coverage], None]
) -> Coverage:
    """Show a table that refreshes until the protocol is met or the user stops; what is new is
    handed to ``show``."""
    show(found)
    with Live(_screen(found), console=console, auto_refresh=False) as live:
        try:
            while not found.complete:
                time.sleep(_EVERY)
                before, found = found, look()
                if found != before:
                    show(found)
                    live.update(_screen(found), refresh=True)
        except KeyboardInterrupt:
            pass
    return found


def _screen(found: Coverage) -> Group:
    state = "complete" if found.complete else "; ".join(r.text for r in found.missing)
    return Group(_rows(found), f"\n{state}\n(stop with Ctrl-C)")


def _rows(found: Coverage) -> Table:
    rows = [
        (row.group, row.slot, row.state, row.photo or "", "; ".join(row.why) or row.words)
        for row in found.rows
    ]
    rows += [
        (
            "beside",
            "",
            "again" if judged.marks else "",
            judged.name,
            "; ".join(_texts(judged.marks)),
        )
        for judged in found.beside
    ]
    there = sum(row.state == "there" for row in found.rows)
    title = f"{found.protocol.name}: {there} of {len(found.rows)} are there"
    return table(title, ["group", "name", "", "photograph", "why"], rows)


def _texts(marks: tuple[tuple[str, Any], ...]) -> list[str]:
    return [text for text, _ in marks]


def day(
    twin: str,
    by: As,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day it began")],
    start: Annotated[str, typer.Option("--from", help="as 09:00")],
    end: Annotated[str, typer.Option("--to", help="as 18:30; before the start: the next day")],
    breaks: Annotated[list[int] | None, typer.Option("--break", help="minutes; repeat it")] = None,
    zone: Annotated[str, typer.Option(help="time zone, as Europe/Paris")] = "UTC",
    license: Annotated[str, typer.Option(help="whose `pay.session` pays it")] = "",
    brand: Annotated[str, typer.Option(help="who pays, where no license does")] = "",
    per_hour: Annotated[str, typer.Option(help="hourly fee, as `80.00 EUR`")] = "",
    fee: Annotated[str, typer.Option(help="a fee agreed for the whole, as `900.00 EUR`")] = "",
    policy_given: Annotated[
        bool, typer.Option("--policy-given", help="she has the written policy (R43)")
    ] = False,
    companion_allowed: Annotated[
        bool, typer.Option("--companion-allowed", help="she may bring somebody (R44)")
    ] = False,
    insured: Annotated[bool, typer.Option("--insured", help="the client is insured (R44)")] = False,
    place: Annotated[str, typer.Option(help="where, as US-NY")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="compute, record nothing")] = False,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Record a day of capture as its model signs it: hours, overtime, and the fee, paid once."""
    outside = opened(workspace)
    from sosie.core.terms import SessionFee
    from sosie.services import capture_day as days

    shift = _shift(on, start, end, breaks or [], zone)
    if license:
        payer = accept(days.by_license(license))
    else:
        rate = _money(per_hour, "--per-hour")
        if not brand:
            raise BadInput("nobody pays", where="--brand", remedy="name `--license` or `--brand`")
        # Nothing is booked: what was worked is paid.
        session = SessionFee(per_hour=Decimal(rate.decimal()), hours=Decimal("0.01"))
        payer = days.Payer(brand, session, rate.currency)
    asked: dict[str, Any] = {
        "twin": twin,
        "shift": shift,
        "payer": payer,
        "conditions": days.Conditions(policy_given, companion_allowed, insured, place or None),
        "flat": _money(fee, "--fee") if fee else None,
    }
    planned = accept(days.plan(**asked, now=now()))
    said = {
        "twin": twin,
        "hours": str(hours(planned.owed.minutes)),
        "overtime_hours": str(hours(planned.owed.overtime)),
        "owed": str(planned.owed.money),
        "paid": str(planned.paid),
        "entry": None,
    }
    text = f"{planned.owed.text}: {planned.owed.money} owed, {planned.paid} paid"
    if not dry_run:
        row = accept(days.record(outside, **asked, by=by, passphrase=passphrase(by), now=now()))
        said["entry"] = row.entry_id
        text += f"; posted as `{row.entry_id}`"
    answer(as_json, said, text)


def _shift(on: datetime, start: str, end: str, breaks: list[int], zone: str) -> Shift:
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(
            "this is no time zone", where=zone, remedy="name it as `America/New_York`"
        ) from None
    moments = []
    for word in (start, end):
        try:
            clock = datetime.strptime(word, "%H:%M").time()  # noqa: DTZ007
        except ValueError:
            raise BadInput("this is no time", where=word, remedy="write it as `09:00`") from None
        moments.append(datetime.combine(on.date(), clock, place))
    if moments[1] <= moments[0]:
        moments[1] += timedelta(days=1)
    first, last = (moment.astimezone(UTC) for moment in moments)
    try:
        return Shift(first, last, tuple(breaks))
    except ValueError as error:
        raise BadInput(
            str(error), where="--break", remedy="give minutes within the hours"
        ) from None


def _money(text: str, where: str) -> Money:
    amount, _, currency = text.strip().partition(" ")
    try:
        money = Money.parse(amount, currency.strip())
    except (ValueError, InvalidOperation):
        money = None
    if money is None or not 0 <= money.minor < _MOST_MONEY:
        remedy = "write an amount and a currency, as `80.00 EUR`"
        raise BadInput("this is no amount of money", where=where, remedy=remedy)
    return money


COMMANDS = ((protocol, "protocol"), (coverage, "coverage"), (day, "day"))
