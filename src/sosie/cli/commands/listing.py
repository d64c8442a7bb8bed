"""What brands see of a twin, on the command line: `sosie twin listing`, `sosie twin find`."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from sosie.cli.listing import AsCsv, Search, print_rows
from sosie.cli.terminal import (
    AsJson,
    Workspace,
    accept,
    answer,
    file_text,
    now,
    opened,
    passphrase,
    table,
)
from sosie.core.listing import MEASURES, Listing, Wanted
from sosie.core.terms import Channel, Purpose
from sosie.core.values import BadInput


def listing(
    twin: str,
    file: Annotated[
        Path | None, typer.Argument(help="what brands are to see; shows it if absent")
    ] = None,
    by: Annotated[str, typer.Option("--as", help="the model herself, to set it")] = "",
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """Show or set what brands see of a twin: nothing that its model did not choose."""
    from sosie.adapters import terms_file

    wanted = None
    if file is not None:
        text = file_text(file, "name a listing file (YAML)")
        wanted = terms_file.read_model(text, Listing, where=str(file))
    outside = opened(workspace)
    from sosie.services import listing as service
    from sosie.services import twin as twins

    accept(twins.find(twin))
    if wanted is not None:
        secret, at = passphrase(by), now()
        accept(service.put(outside, twin=twin, by=by, listing=wanted, passphrase=secret, now=at))
    said = service.of(twin).as_json()
    rows = [
        (name, ", ".join(value) if isinstance(value, list) else "yes" if value is True else value)
        for name, value in said.items()
        if value and name != "sosie"
    ]
    shown = table(f"What brands see of {twin}", ["", ""], rows)
    nothing = f"brands do not find `{twin}`"
    answer(as_json, {"twin": twin, "listing": said}, shown if said["found"] else nothing)


def find(
    brand: Annotated[str, typer.Option(help="the brand that looks")],
    looks: Annotated[str, typer.Option(help="words that are seen of her")] = "",
    height: Annotated[str, typer.Option(help="in cm, as 172-180")] = "",
    waist: Annotated[str, typer.Option(help="in cm, as 60-70")] = "",
    purpose: Annotated[Purpose | None, typer.Option(help="she is open to")] = None,
    channel: Annotated[Channel | None, typer.Option(help="she appears on")] = None,
    where: Annotated[str, typer.Option(help="country or group that she appears in")] = "",
    category: Annotated[str, typer.Option(help="in which no other holds her")] = "",
    rate: Annotated[str, typer.Option(help="for a picture at most, as `180 EUR`")] = "",
    search: Search = "",
    csv: AsCsv = None,
    workspace: Workspace = None,
    as_json: AsJson = False,
) -> None:
    """List the twins that a brand finds, by what their models show; who does not show what is
    asked is not listed."""
    amount, currency = _rate(rate)
    wanted = Wanted(
        looks=looks,
        height=_span(height),
        waist=_span(waist),
        purpose=purpose,
        channel=channel,
        territory=_territory(where),
        category=category,
        rate=amount,
        currency=currency,
    )
    opened(workspace)
    from sosie.services import listing as service

    found, unsaid = service.search({brand}, wanted, now=now())
    rows: list[dict[str, Any]] = [
        {
            "twin": each.twin,
            "name": each.name,
            "looks": list(each.looks),
            **{name: each.measurements.get(name) for name in MEASURES},
            "per_picture": f"{each.least.per_picture} {each.least.currency}" if each.least else "",
        }
        for each in found
    ]
    print_rows(
        "Twins",
        ["twin", "name", "looks", "height_cm", "per_picture"],
        rows,
        name="twins",
        search=search,
        csv=csv,
        as_json=as_json,
        also={"unsaid": [each.twin for each in unsaid]},
    )


def _span(text: str) -> tuple[int | None, int | None]:
    least, dash, most = text.partition("-")
    try:
        return (int(least) if least else None, int(most if dash else least) if text else None)
    except ValueError:
        raise BadInput("this is no span", where=text, remedy="write it as 172-180") from None


def _territory(code: str) -> str:
    from sosie.core.territories import expand

    try:
        expand((code,) if code else ())
    except ValueError as error:
        raise BadInput(str(error), where=code, remedy="take FR, EU, WORLD …") from None
    return code


def _rate(text: str) -> tuple[Decimal | None, str]:
    amount, _, currency = text.partition(" ")
    try:
        return (Decimal(amount) if amount else None), currency.strip() or "EUR"
    except InvalidOperation:
        raise BadInput("this is no amount", where=text, remedy="write it as `180 EUR`") from None


COMMANDS = ((listing, "listing"), (find, "find"))
