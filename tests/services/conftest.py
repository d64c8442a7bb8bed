"""A real workspace for each test: keys, PDF signatures, manifests, blobs, log and database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connections

from sosie import wiring
from sosie.adapters import pkcs8, terms_file
from sosie.adapters.keys import Keys
from sosie.core.life import Step
from sosie.core.ports import Outside
from sosie.core.studio import Backdrop, Order, ShootPlan
from sosie.core.terms import Channel, Purpose, Terms
from sosie.core.values import Refusal
from sosie.services import contract, life, party, picture, release, shoot, twin, workspace
from sosie.services import license as licenses
from sosie.store.models import License, Release, Shoot, SignedAct
from tests import postgres
from tests.services.people import drawn_card, drawn_photo

SECRETS = {
    "house": "the house keeps this",
    "ines": "only ines knows this",
    "atlas": "the agency knows this",
    "nord": "the brand knows this",
    "sud": "the other brand knows this",
}
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MEASURES = {"height_cm": 178, "chest_cm": 86, "waist_cm": 62, "hip_cm": 90, "inseam_cm": 82}
PLATES = ("front-half", "front-full", "three-quarter", "walking")
ON_POSTGRESQL = os.environ.get("SOSIE_TEST_POSTGRESQL") == "1"

T = TypeVar("T")


def granted(result: T | Refusal) -> T:
    """Return a result that must not be a refusal."""
    assert not isinstance(result, Refusal), result
    return result


def refused(result: object) -> set[str]:
    """Return the reason codes of a result that must be a refusal."""
    assert isinstance(result, Refusal), result
    return {reason.code for reason in result.reasons}


@pytest.fixture(scope="session")
def keys_made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys are slow to open on purpose; these are cheap."""
    folder = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pkcs8, "SCRYPT_N", 2**8)
        make_keys(folder)
    return folder


def make_keys(folder: Path) -> None:
    keys = Keys.found(folder / "keys", "test-house", SECRETS["house"], now=NOW)
    for name in ("ines", "atlas", "nord"):
        keys.create(name, name.title(), SECRETS[name], now=NOW)


@contextmanager
def database(folder: Path, blocker: Any) -> Iterator[None]:
    """Work on the SQLite file of a workspace, as in life: a shared test database could not be
    emptied between tests, since its tables refuse to forget. With `SOSIE_TEST_POSTGRESQL=1` its
    tables are in PostgreSQL instead."""
    if ON_POSTGRESQL:
        with blocker.unblock(), postgres.database_of(folder):
            yield
        return
    connection = connections["default"]
    with blocker.unblock():
        connection.close()
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = str(folder / "sosie.sqlite3")
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


def assembled(folder: Path) -> Outside:
    """Return everything outside on a folder."""
    return wiring.assembled(folder, "test-house", SECRETS["house"])


@pytest.fixture(scope="session")
def made_once(keys_made_once: Path, django_db_blocker: Any) -> Path:
    """A workspace in which the parties have joined and the twin stands, made once a session."""
    with database(keys_made_once, django_db_blocker):
        workspace.lay_tables()
        everybody_joins(assembled(keys_made_once))
        twin_captured(assembled(keys_made_once))
    return keys_made_once


@pytest.fixture
def captured(made_once: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Outside]:
    """A copy of that workspace for one test."""
    folder = tmp_path / "workspace"
    shutil.copytree(made_once, folder)
    with database(folder, django_db_blocker):
        yield assembled(folder)


def everybody_joins(outside: Outside) -> None:
    for kind, name, more in (
        ("agency", "atlas", {"registration": "26-00042-LSFW"}),
        ("brand", "nord", {}),
        ("model", "ines", {"born": date(1998, 5, 17)}),
    ):
        granted(
            party.join(
                outside,
                kind=kind,
                id=name,
                name=name.title(),
                place="US-NY",
                passphrase=SECRETS[name],
                now=NOW,
                **more,
            )
        )


def consented(outside: Outside, id: str) -> SignedAct | Refusal:
    """Have ines consent to the making of a twin."""
    return twin.consent(
        outside,
        twin=id,
        by="ines",
        passphrase=SECRETS["ines"],
        scope="a twin from this capture",
        purpose="pictures under licenses that I sign",
        pay="300.00 EUR",
        until=date(2028, 1, 1),
        now=NOW,
    )


def twin_captured(outside: Outside) -> None:
    granted(consented(outside, "ines"))
    photos = [twin.Photo(f"{view}.jpg", drawn_photo(view), drawn_card(view)) for view in PLATES]
    capture = granted(
        twin.capture(
            outside,
            twin="ines",
            shown_as="Ines M.",
            photos=photos,
            measurements=MEASURES,
            now=NOW,
        )
    )
    assert capture.twin is not None, capture


def terms(**changes: object) -> Terms:
    """Return complete terms between these parties, with some fields changed."""
    text = """
sosie: terms/1
title: Capsule
parties: {model: ines, brand: nord, agency: atlas}
twin: ines
scope: still pictures of the spring capsule
purposes: [organic_social, campaign]
territories: {include: [EU]}
channels: [instagram, out_of_home]
period: {from: 2026-11-01, until: 2027-04-30}
pictures: 2
alterations: [garment_colour, backdrop, crop]
pay: {currency: EUR, per_picture: 180.00, per_release: 60.00, payment_term_days: 30}
commission: 0.20
incurred_expenses: []
expectations: one capture session
credit: Digital twin of Ines M.
governing_law: Law of the State of New York
"""
    read = terms_file.read(text, where="test").as_json()
    return Terms.model_validate({**read, **changes})


def other_brand(outside: Outside) -> dict[str, str]:
    """Have another brand join; returns the parties of a license that it asks for."""
    granted(
        party.join(
            outside,
            kind="brand",
            id="sud",
            name="Sud",
            place="FR",
            passphrase=SECRETS["sud"],
            now=NOW,
        )
    )
    return {"model": "ines", "brand": "sud", "agency": "atlas"}


def draft(
    outside: Outside, terms: Terms, by: str = "nord", supersedes: str | None = None
) -> License:
    """Draft a license that must not be refused."""
    return granted(
        licenses.draft(
            outside,
            terms=terms,
            by=by,
            passphrase=SECRETS[by],
            now=NOW,
            supersedes=supersedes,
        )
    )


def on_the_table(license: str) -> str:
    """Return the digest of the terms on the table, as somebody who agrees has read it."""
    return str(granted(licenses.find(license)).terms_digest)


def said(license: str) -> dict[str, Any]:
    """Return the columns that the database keeps equal to what the terms of a license say, each
    once as it is kept and once as the terms say it."""
    row = granted(licenses.find(license))
    read = licenses.terms_of(row)
    days, end, back = read.period, read.after_end, read.withdrawal
    return {
        "title": (row.title, read.title),
        "first_day": (row.first_day, days and days.first.isoformat()),
        "last_day": (row.last_day, days and days.last.isoformat()),
        "time_zone": (row.time_zone, days and days.time_zone),
        "sell_off_days": (row.sell_off_days, end and end.sell_off_days),
        "take_down_days": (row.take_down_days, back and back.take_down_days),
    }


def talked_over(outside: Outside, license: str) -> None:
    """Have the brand ask and the model agree."""
    take(outside, license, Step.ASKED, "nord")
    take(outside, license, Step.AGREED, "ines")


def memo_accepted(outside: Outside, license: str) -> None:
    """Deliver the deal memo and have the model accept it."""
    granted(life.deliver_memo(outside, license=license, now=NOW))
    granted(
        life.accept_memo(outside, license=license, by="ines", passphrase=SECRETS["ines"], now=NOW)
    )


def take(
    outside: Outside, license: str, step: Step, by: str, terms: Terms | None = None
) -> License:
    """Take a step in the life of a license that must not be refused."""
    return granted(
        life.take(
            outside,
            license=license,
            step=step,
            by=by,
            passphrase=SECRETS[by],
            now=NOW,
            terms=terms,
            seen=on_the_table(license) if step is Step.AGREED else "",
        )
    )


def signed(outside: Outside, **changes: object) -> str:
    """Sign a license of some terms by both and return its id."""
    row = draft(outside, terms(**changes))
    talked_over(outside, row.id)
    granted(contract.make(outside, license=row.id, now=NOW))
    for role, by in (("model", "ines"), ("brand", "nord")):
        granted(
            contract.sign(
                outside, license=row.id, role=role, by=by, passphrase=SECRETS[by], now=NOW
            )
        )
    memo_accepted(outside, row.id)
    return str(row.id)


@pytest.fixture
def agreed(captured: Outside) -> Callable[..., str]:
    """Return a function that signs a license of some terms and returns its id."""
    return partial(signed, captured)


def plan(*plates: str, territories: tuple[str, ...] = ("FR",)) -> ShootPlan:
    """Return a plan with one order for each plate."""
    orders = tuple(
        Order(plate=p, garment_colour="#7a1f2b", backdrop=Backdrop(scene="plain"), seed=i)
        for i, p in enumerate(plates)
    )
    return ShootPlan(
        sosie="shoot/1",
        purpose=Purpose.ORGANIC_SOCIAL,
        channel=Channel.INSTAGRAM,
        territories=territories,
        pictures=orders,
    )


def ordered(outside: Outside, license: str, *plates: str, now: datetime = LATER) -> Shoot | Refusal:
    """Order a shoot as the brand."""
    return shoot.order(
        outside,
        license=license,
        plan=plan(*plates),
        by="nord",
        passphrase=SECRETS["nord"],
        now=now,
    )


def made(outside: Outside, license: str, *plates: str) -> list[str]:
    """Order and make pictures; returns their ids."""
    row = granted(ordered(outside, license, *plates))
    ids = picture.pending(row.pk)
    for each in ids:
        granted(
            picture.make(
                outside,
                picture=each,
                progress=lambda share, what: None,
                cancelled=lambda: False,
                now=LATER,
            )
        )
    return ids


def answer(outside: Outside, id: str, *, yes: bool = True) -> object:
    """Answer for a picture as the model."""
    return picture.answer(
        outside, picture=id, yes=yes, by="ines", passphrase=SECRETS["ines"], now=LATER
    )


def released_on_instagram(outside: Outside, picture: str) -> Release:
    """Release a sealed picture in France, as the brand."""
    return granted(
        release.release(
            outside,
            picture=picture,
            channel=Channel.INSTAGRAM,
            purpose=Purpose.ORGANIC_SOCIAL,
            territories=("FR",),
            by="nord",
            passphrase=SECRETS["nord"],
            now=LATER,
        )
    )
