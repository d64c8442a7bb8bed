"""Today, and what each sees of pictures, licenses and shoots."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sosie.core import ledger
from sosie.core.roles import Role
from sosie.core.values import Digest, Money
from sosie.services import ledger as ledgers
from sosie.services import picture as pictures
from sosie.services import seal
from sosie.store.models import License, Picture, Shoot
from sosie.web.views import LARGE, SMALL
from tests.services.conftest import LATER, SECRETS, granted
from tests.web.conftest import OTHER, OWN, Person, Shown


@pytest.fixture(scope="module")
def people(shown: Shown) -> dict[tuple[Role, bool], Person]:
    return {(r, side is OWN): Person(r, side) for r in Role for side in (OWN, OTHER)}


def text(person: Person, page: str = "/") -> str:
    answer = person.client.get(page)
    assert answer.status_code == 200, page
    return " ".join(answer.content.decode().split())


def test_today_tells_each_what_waits(shown: Shown, people: dict[tuple[Role, bool], Person]) -> None:
    assert "picture to answer" in text(people[Role.MODEL, True])
    assert "picture awaits her answer" in text(people[Role.PRODUCER, True])
    for role in Role:
        assert "nothing waits for you" in text(people[role, False]), role
    assert shown.picture not in text(people[Role.MODEL, False], "/pictures")
    assert shown.picture in text(people[Role.MODEL, True], "/pictures")
    assert "L-2026-0001" in text(people[Role.BOOKER, True], "/licenses")
    assert "L-2026-0001" not in text(people[Role.BOOKER, False], "/licenses")
    board = text(people[Role.PRODUCER, True], f"/shoots/{shown.shoot}")
    assert shown.picture in board
    assert "Ask for another" in board
    members = text(people[Role.OPERATOR, True])
    assert "Who may sign in" in members
    assert "Who may sign in" not in text(people[Role.MODEL, True])


def test_what_she_answered_waits_no_more_and_what_it_earned_is_shown(
    shown: Shown, people: dict[tuple[Role, bool], Person]
) -> None:
    her, accountant = people[Role.MODEL, True], people[Role.ACCOUNTANT, True]
    assert "Nothing yet" in text(her)
    granted(
        pictures.answer(
            shown.outside,
            picture=shown.picture,
            yes=True,
            by="ines",
            passphrase=SECRETS["ines"],
            now=LATER,
        )
    )
    granted(seal.seal(shown.outside, picture=shown.picture, now=LATER))
    assert "nothing waits for you" in text(her)
    assert "€144.00" in text(her)  # 180.00 less her agency's fifth
    assert "€36.00" in text(accountant)
    assert "€144.00" not in text(accountant)
    assert "€36.00 in commission;" in said(text(accountant))
    assert f"/picture/{shown.picture}/image" in text(her)
    for role in (Role.OFFICER, Role.OPERATOR, Role.PRODUCER, Role.BOOKER):
        assert "€" not in text(people[role, True]), role
    paid = ledger.paid(
        Money(10_000, "EUR"),
        entry_id="paid:1",
        on=LATER.date(),
        party="ines",
        account=ledger.Account.PAYABLE_MODEL,
        house="nord",
        text="bank transfer",
    )
    with transaction.atomic():
        ledgers.post(shown.outside, paid, now=LATER)
    assert "€144.00 after commission; €44.00 of it still to be paid" in said(text(her))


def said(page: str) -> str:
    """Return the words of a page."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_pages_ask_no_more_where_there_is_more(
    shown: Shown, people: dict[tuple[Role, bool], Person]
) -> None:
    her, brand = people[Role.MODEL, True], people[Role.PRODUCER, True]
    pages = [
        (her, "/"),
        (her, "/licenses"),
        (her, "/requests"),
        (her, "/pictures"),
        (brand, "/"),
        (brand, "/shoots"),
    ]

    def asked() -> list[int]:
        counts = []
        for person, page in pages:
            with CaptureQueriesContext(connection) as queries:
                text(person, page)
            counts.append(len(queries))
        return counts

    more(0)
    before = asked()
    for number in range(1, 20):
        more(number)
    assert asked() == before
    # The control: they were all found.
    assert text(her).count("request to read") == 20
    assert text(her, "/requests").count("asked</span>") == 20
    assert all(f"S-9{number:03}-01" in text(her, "/pictures") for number in range(20))
    assert text(brand).count("picture to make") == 20
    assert text(brand, "/shoots").count("1 ordered") == 20


def more(number: int) -> None:
    """Put one more license on the table, with a shoot of one picture under it."""
    license = _copy(License.objects.order_by("id")[0], id=f"L-2026-9{number:03}", contract="")
    for step in ("drafted", "asked"):
        license.steps.create(step=step, role="brand", offer=1, at=LATER, party_id="nord")
    shoot = _copy(Shoot.objects.order_by("id")[0], id=f"S-9{number:03}", license_id=license.pk)
    first = Picture.objects.order_by("id")[0]
    facts = {"id": f"{shoot.pk}-01", "shoot_id": shoot.pk, "license_id": license.pk, "digest": ""}
    _copy(first, **facts, status="ordered", made_at=None, answer_id=None, grade="")


def _copy(row: Any, **changes: Any) -> Any:
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row).objects.create(**kept | changes)


def test_pages_show_derivatives_that_the_browser_keeps_and_she_keeps_the_file(
    shown: Shown, people: dict[tuple[Role, bool], Person]
) -> None:
    her = people[Role.MODEL, True].client
    page = f"/picture/{shown.picture}/image"
    addresses = {None: f"{page}?file", SMALL: f"{page}?small", LARGE: page}
    given = {wide: her.get(address) for wide, address in addresses.items()}
    kept = shown.outside.blobs.get(Digest(Picture.objects.get(pk=shown.picture).digest))
    assert given[None].content == kept
    assert given[None]["Content-Type"] == "image/png"
    named = f'attachment; filename="{shown.picture}.png"'
    assert given[None]["Content-Disposition"] == named
    own = shown.outside.pictures.decode(kept, where="kept").shape[1]
    for wide in (SMALL, LARGE):
        assert given[wide]["Content-Type"] == "image/webp"
        pixels = shown.outside.pictures.decode(given[wide].content, where="shown")
        assert pixels.shape[1] == min(wide, own)
        assert len(given[wide].content) * 5 < len(kept)
    assert len({answer["ETag"] for answer in given.values()}) == 3
    for asked, address in addresses.items():
        again = her.get(address, headers={"if-none-match": given[asked]["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "private, no-cache"
    assert "?file" in text(people[Role.MODEL, True], f"/picture/{shown.picture}")
    for address in addresses.values():
        other = people[Role.MODEL, False].client.get(address)
        assert other.status_code == 404


def test_others_than_the_model_are_given_small_pictures_whatever_they_ask(
    shown: Shown, people: dict[tuple[Role, bool], Person]
) -> None:
    for what in ("image", "plate"):
        page = f"/picture/{shown.picture}/{what}?file"
        whole = people[Role.MODEL, True].client.get(page)
        assert whole["Content-Type"] != "image/webp"  # the control
        for role in (Role.PRODUCER, Role.BOOKER):
            given = people[role, True].client.get(page)
            assert (given.status_code, given["Content-Type"]) == (200, "image/webp"), (what, role)
            decoded = shown.outside.pictures.decode(given.content, where="small")
            assert decoded.shape[1] == SMALL
            assert given["ETag"] != whole["ETag"]
