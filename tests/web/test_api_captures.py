"""A twin is captured by a program: sent, judged, corrected, and made as its model signs it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

import sosie.samples
from sosie.services import capture as captures
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft
from sosie.store.models import TwinMark, TwinVersion
from tests.services.conftest import MEASURES, SECRETS, granted
from tests.services.people import drawn_photo
from tests.web.conftest import Shown
from tests.web.programs import Program, problem, program

SHOOT = Path(sosie.samples.__path__[0]) / "shoot"
VIEWS = ("front-half", "front-full", "three-quarter", "walking")


@pytest.fixture(scope="module")
def her(shown: Shown) -> Program:
    return program(shown.outside, "ines", secret=SECRETS["ines"])


def sent(her: Program, path: str, view: str, **more: str) -> Any:
    body = {"name": f"{view}.jpg", "file": b64encode(drawn_photo(view)).decode(), **more}
    return her.ask("POST", f"{path}/photographs", body)


def test_a_version_is_made_of_what_was_sent(her: Program, shown: Shown) -> None:
    begun = her.ask("POST", "/captures", {"twin": "ines"}).json()
    path = f"/captures/{begun['capture']}"
    assert her.get("/captures") == [begun]
    refused = her.ask("POST", f"{path}/version", {})
    assert (refused.status_code, problem(refused)) == (409, "capture.view_missing")
    for view in VIEWS:
        got = sent(her, path, view)
        assert (got.status_code, got.json()["reasons"]) == (200, []), got.content
    said = her.get(f"{path}?protocol=basic")
    assert [slot["state"] for slot in said["slots"]] == ["there"] * 4
    assert (said["meets"], said["missing"], said["measurements"]) == ("basic", [], MEASURES)
    one = f"{path}/photographs/front-half"
    assert her.ask("GET", one).content == drawn_photo("front-half")
    off = her.ask("POST", one, {"landmarks": {"waist_l": [20, 500]}}).json()
    assert [each["code"] for each in off["reasons"]] == ["capture.landmark_outside"]
    assert her.get(f"{path}?protocol=basic")["meets"] is None
    assert her.ask("POST", f"{one}/removal", {}).json()["photographs"] == 3
    assert sent(her, path, "front-half").status_code == 200
    wrong = her.ask("POST", f"{path}/measurements", {"measurements": {"height_cm": 1.7}})
    assert problem(wrong) == "capture.measurement_range"
    made = her.act(f"{path}/version", {})
    assert made.status_code == 201, made.content
    assert (made.json()["version"], made.json()["protocol"]) == (2, "basic")
    assert made.json()["lacks"]
    assert TwinVersion.objects.filter(twin="ines", number=2).exists()
    assert her.ask("GET", path).status_code == 404


def test_a_photograph_of_another_view_covers_no_slot(her: Program, shown: Shown) -> None:
    begun = her.ask("POST", "/captures", {"twin": "ines"}).json()
    path = f"/captures/{begun['capture']}"
    file = (SHOOT / "ines" / "front-half.jpg").read_bytes()
    body = {"name": "a.jpg", "file": b64encode(file).decode()}
    got = her.ask("POST", f"{path}/photographs", {**body, "slot": "back"}).json()
    assert [each["code"] for each in got["reasons"]] == ["capture.other_view"]
    assert state(her, path, "back") == ("again", [got["reasons"][0]["text"]])
    moved = her.ask("POST", f"{path}/photographs/back", {"slot": "half"}).json()
    assert moved["reasons"] == []
    assert state(her, path, "half") == ("there", [])
    assert state(her, path, "back") == ("missing", [])


def state(her: Program, path: str, slot: str) -> tuple[str, list[str]]:
    rows = her.get(f"{path}?protocol=full")["slots"]
    (row,) = (row for row in rows if row["slot"] == slot)
    return row["state"], row["why"]


def test_what_is_thrown_away_is_gone(her: Program, shown: Shown) -> None:
    begun = her.ask("POST", "/captures", {"twin": "ines"}).json()
    path = f"/captures/{begun['capture']}"
    assert problem(her.ask("POST", f"{path}/photographs", {"name": "a", "file": "?"})) == (
        "file.base64"
    )
    assert her.ask("POST", f"{path}/discard").status_code == 200
    assert not CaptureDraft.objects.exists()


def test_she_consents_to_a_twin_and_names_a_mark(her: Program, shown: Shown) -> None:
    said = {"scope": "a twin", "purpose": "pictures", "pay": "80 EUR", "until": "2030-01-01"}
    assert problem(her.ask("POST", "/captures", {"twin": "second"})) == "consent.missing"
    assert her.act("/consents", {"twin": "second", **said}).json()["by"] == "ines"
    assert her.ask("POST", "/captures", {"twin": "second"}).json()["photographs"] == 0
    mark = her.act("/twins/ines/marks", {"place": "left cheek", "words": "a mole"})
    assert TwinMark.objects.get(twin="ines").number == mark.json()["mark"]


def test_after_the_last_day_of_her_consent_nothing_is_added(her: Program, shown: Shown) -> None:
    then = timezone.now().replace(microsecond=0) - timedelta(days=9)
    said: dict[str, Any] = {"scope": "a twin", "purpose": "pictures", "pay": "80 EUR", "now": then}
    said |= {"twin": "past", "by": "ines", "passphrase": SECRETS["ines"], "until": then.date()}
    granted(twins.consent(shown.outside, **said))
    path = f"/captures/{granted(captures.begin(twin='past', by='ines', now=then)).pk}"
    added, made = sent(her, path, "walking"), her.ask("POST", f"{path}/version", {})
    again = her.ask("POST", "/captures", {"twin": "past"})
    for answer in (added, made, again):
        assert (answer.status_code, problem(answer)) == (409, "consent.ended")


@pytest.fixture
def path(her: Program) -> Iterator[str]:
    """A capture that was begun, and is thrown away after."""
    begun = her.ask("POST", "/captures", {"twin": "ines"}).json()
    yield f"/captures/{begun['capture']}"
    her.ask("POST", f"/captures/{begun['capture']}/discard")


@pytest.mark.parametrize("bad", ["\ud800", "a\0"])
def test_what_no_database_keeps_is_refused_wherever_it_stands(
    her: Program, path: str, bad: str
) -> None:
    sent(her, path, "walking")
    twins = "/twins/ines/photographs/front-half/landmarks"
    for where, body in (
        (f"{path}/measurements", {"measurements": {bad: 1}}),
        (f"{path}/measurements", {"measurements": {}, "shown_as": bad}),
        (f"{path}/photographs/walking", {"landmarks": {bad: [1, 1]}}),
        (twins, {"landmarks": {bad: [1, 1]}}),
        ("/captures", [[{"twin": [bad]}]]),
    ):
        said = her.ask("POST", where, body)
        assert (said.status_code, problem(said)) == (422, "request.invalid"), where
        assert "surrogate" in said.json()["detail"]
    assert her.ask("POST", "/captures", {"twin": "\U0001f600"}).status_code == 409


def test_a_cursor_that_holds_half_a_pair_is_none(her: Program, shown: Shown) -> None:
    brand = program(shown.outside, "nord")
    asked = {"/licenses": her, "/pictures": her, "/where": her, "/today": her, "/shoots": brand}
    for path, by in asked.items():
        of = hashlib.sha256(f"/api/v1{path}?".encode()).hexdigest()[:12]
        for bad in ("\ud800", "\0"):
            cursor = urlsafe_b64encode(json.dumps([of, bad, bad]).encode()).decode()
            said = by.ask("GET", f"{path}?cursor={cursor}")
            assert (said.status_code, problem(said)) == (422, "page.cursor"), path


def test_what_is_over_is_answered_again_under_its_key(her: Program, path: str) -> None:
    def twice(path: str, body: dict[str, Any]) -> None:
        one, again = (her.ask("POST", path, body, key=f"again-{path}") for _ in range(2))
        assert (one.status_code, again.status_code) == (200, 200), again.content
        assert (again.content, again["Idempotency-Replayed"]) == (one.content, "true")

    for view in VIEWS:
        sent(her, path, view)
    asked = her.asked(f"{path}/version", {})
    body = {"signature": her.signed(asked)}
    one, again = (her.ask("POST", f"{path}/version", body, key="version-1") for _ in range(2))
    assert (one.status_code, again.status_code) == (201, 201), again.content
    assert (again.content, again["Idempotency-Replayed"]) == (one.content, "true")
    assert one.json()["twin"] == "ines"
    begun = her.ask("POST", "/captures", {"twin": "ines"}).json()
    path = f"/captures/{begun['capture']}"
    sent(her, path, "walking")
    twice(f"{path}/photographs/walking/removal", {})
    twice(f"{path}/discard", {})


def test_a_refusal_changes_nothing(her: Program, path: str) -> None:
    sent(her, path, "walking")
    one, off = f"{path}/photographs/walking", {"waist_l": [99999, 1]}
    said = her.ask("POST", one, {"slot": "back", "landmarks": off})
    assert (said.status_code, problem(said)) == (422, "capture.landmark_outside")
    assert [each["name"] for each in her.get(path)["photos"]] == ["walking"]
    said = sent(her, path, "front-half", slot="nonslot")
    assert (said.status_code, problem(said)) == (409, "capture.slot")
    assert her.get(path)["photographs"] == 1
    both = her.ask("POST", one, {"slot": "back", "landmarks": {"waist_l": [300, 300]}}).json()
    assert (both["name"], both["landmarks"]["waist_l"]) == ("back", [300, 300])


def test_what_is_not_named_stays_and_a_name_is_all_that_is_read(her: Program, path: str) -> None:
    def kept(**said: Any) -> Any:
        return her.ask("POST", f"{path}/measurements", said).json()

    said = kept(measurements={}, shown_as="Ines II")
    assert (said["shown_as"], said["measurements"]) == ("Ines II", MEASURES)
    turned = kept(measurements={}, shown_as="In\u202ees")
    assert (turned["code"], turned["reasons"][0]["clause"]) == ("text.unseen", "shown_as")
    key = next(iter(MEASURES))
    assert kept(measurements={key: MEASURES[key] + 1})["measurements"] == {
        **MEASURES,
        key: MEASURES[key] + 1,
    }
    assert key not in kept(measurements={key: None})["measurements"]
    mark = {"place": "left cheek", "words": "a\x1b mole"}
    said = her.ask("POST", "/twins/ines/marks", mark)
    assert (said.status_code, problem(said)) == (422, "text.unseen")


def test_a_capture_waits_first_of_all(her: Program, path: str) -> None:
    whole = her.get("/today")["items"]
    first = [int(each["about"]) for each in whole if each["what"] in ("capture", "version")]
    assert first == sorted(first)
    assert int(path.rpartition("/")[2]) in first
    assert [each["about"] for each in whole[: len(first)]] == list(map(str, first))
    assert len(whole) > len(first)
    found: list[Any] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        page = her.get(f"/today?limit=1&cursor={page['next']}")
        found += page["items"]
    assert found == whole
