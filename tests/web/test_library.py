"""The library of a brand: how each license stands, and what is given out."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sosie.core.roles import Role
from sosie.services import library
from sosie.services import license as licenses
from sosie.store.models import License, LogEntry, Picture, Seal
from sosie.web import library as pages
from tests.services.conftest import LATER, SECRETS, granted, refused
from tests.web.conftest import OTHER, OWN, Out, Person, Shown


@pytest.fixture(scope="module")
def brand(shown: Shown) -> Person:
    return Person(Role.PRODUCER, OWN)


def words(person: Person, page: str) -> str:
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


@pytest.mark.parametrize(
    ("day", "said", "state"),
    [
        (datetime(2026, 12, 1, tzinfo=UTC), "In force until 30 April 2027", "in_force"),
        (datetime(2027, 4, 19, tzinfo=UTC), "Ends in 12 days", "ends_soon"),
        (datetime(2027, 4, 30, tzinfo=UTC), "Ends today", "ends_soon"),
        (datetime(2027, 5, 1, tzinfo=UTC), "Over: take down as agreed", "ended"),
        (datetime(2026, 10, 1, tzinfo=UTC), "Not in force yet", "not_yet"),
    ],
)
@pytest.mark.usefixtures("out")
def test_how_a_license_stands_is_seen_at_a_glance(
    brand: Person, monkeypatch: pytest.MonkeyPatch, day: datetime, said: str, state: str
) -> None:
    monkeypatch.setattr(pages, "now", lambda: day)
    assert said in words(brand, "/library")
    assert "2 pictures" in words(brand, f"/library?state={state}")
    other = "revoked"
    assert "No picture is all of this" in words(brand, f"/library?state={other}")


def test_what_is_looked_for_is_found_and_exported(out: Out, brand: Person) -> None:
    for sought in (out.picture, out.number[:9], "capsule", "ines m", "L-2026"):
        assert out.picture in words(brand, f"/library?search={sought}"), sought
    assert "No picture is all of this" in words(brand, "/library?search=winter")
    told = json.loads(brand.client.get(f"/library/pictures.json?search={out.picture}").getvalue())
    (row,) = told["pictures"]
    assert (row["seal"], row["state"]) == (out.master, "in_force")
    assert row["renditions"] == [f"{out.number} instagram"]
    lines = brand.client.get("/library/pictures.csv").getvalue().decode().splitlines()
    assert len(lines) == 3
    other = Person(Role.LEGAL, OTHER)
    assert "Nothing is sealed yet" in words(other, "/library")
    assert other.client.get(f"/library/{out.number}/package").status_code == 404


def test_what_went_out_is_given_out_again_whole(out: Out, brand: Person) -> None:
    answer = brand.client.get(f"/library/{out.number}/package")
    assert answer["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert {"delivery.json", "disclosure.txt", "trust.json"} <= set(names)
    assert any(name.endswith(".sosie.json") for name in names)
    assert brand.client.get(f"/library/{out.number}/package").content == answer.content
    assert brand.client.get(f"/library/{out.master}/package").status_code == 404  # went nowhere


def test_it_asks_no_more_where_there_is_more(out: Out, brand: Person) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            words(brand, "/library")
        return len(queries)

    before = asked()
    for number in range(15):
        sealed_more(out, number)
    assert asked() == before
    assert "17 pictures" in words(brand, "/library")  # the control


def sealed_more(out: Out, number: int) -> None:
    """Put one more sealed picture on the shelf, as a row alone."""
    first, one = Picture.objects.get(pk=out.picture), Seal.objects.get(pk=out.master)
    act = first.answer
    assert act is not None
    entry = LogEntry.objects.create(index=1000 + number, leaf=b"", at=LATER)
    row = _copy(
        first,
        id=f"S-8{number:03}-01",
        number=100 + number,
        answer_id=_copy(act, id=None, subject=f"S-8{number:03}").pk,
    )
    _copy(
        one,
        number=f"more{number}",
        picture_id=row.pk,
        file=f"sha256:{number:064}",
        entry_id=entry.pk,
        decision_id=_copy(one.decision, id=None).pk,
    )


def _copy(row: Any, **changes: Any) -> Any:
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row).objects.create(**kept | changes)


def test_a_license_that_was_taken_back_gives_nothing_out(out: Out, brand: Person) -> None:
    license = Picture.objects.get(pk=out.picture).license_id
    row = Seal.objects.select_related("picture__license").get(pk=out.number)
    over = datetime(2027, 5, 1, tzinfo=UTC)
    assert refused(library.package(out.outside, row, now=over)) == {"license.not_in_force"}
    granted(
        licenses.revoke(
            out.outside, license=license, by="ines", passphrase=SECRETS["ines"], now=LATER
        )
    )
    page = words(brand, "/library?state=revoked")
    assert "Revoked: take down" in page
    assert "It is taken down" in page
    assert "Download" not in page
    assert brand.client.get(f"/library/{out.number}/package").status_code == 409
    assert License.objects.get(pk=license).revocation is not None
