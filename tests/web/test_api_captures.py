"""A twin is captured by a program: sent, judged, corrected, and made as its model signs it."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sosie.services import capture as captures
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft
from sosie.store.models import TwinMark, TwinVersion
from tests.services.conftest import MEASURES, SECRETS, granted
from tests.services.people import captured_photo
from tests.web.conftest import Shown
from tests.web.programs import Program, problem, program

VIEWS = ("front-half", "front-full", "three-quarter", "walking")


@pytest.fixture(scope="module")
def her(shown: Shown) -> Program:
    return program(shown.outside, "ines", secret=SECRETS["ines"])


def sent(her: Program, path: str, view: str, **more: str) -> Any:
    body = {"name": f"{view}.jpg", "file": b64encode(captured_photo(view)).decode(), **more}
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
    assert her.ask("GET", one).content == captured_photo("front-half")
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
