"""What only the pages did before: finding, the library, where she is, and the end of a twin."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from sosie.core.erasure import Erasure
from sosie.services import erasure, passkey, workspace
from sosie.store.models import SignedAct
from tests.services.conftest import SECRETS, terms
from tests.web.conftest import Out
from tests.web.programs import Program, problem, program


@pytest.fixture(scope="module")
def brand(out: Out) -> Program:
    return program(out.outside, "nord", secret=SECRETS["nord"])


@pytest.fixture(scope="module")
def model(out: Out) -> Program:
    return program(out.outside, "ines", secret=SECRETS["ines"])


def _names(by: Program, path: str) -> list[str]:
    got = by.ask("GET", path)
    assert got.status_code == 200, got.content
    return zipfile.ZipFile(io.BytesIO(got.content)).namelist()


def test_brands_find_what_she_shows_and_nothing_else(model: Program, brand: Program) -> None:
    assert brand.get("/listings")["items"] == []
    assert model.get("/twins/ines/listing")["found"] is False
    shows = {
        "found": True,
        "looks": ["brown hair", "freckles"],
        "photographs": ["front-full"],
        "measurements": ["height_cm"],
    }
    said = model.act("/twins/ines/listing", {"listing": shows})
    assert (said.status_code, said.json()["looks"]) == (201, shows["looks"]), said.content
    (seen,) = brand.get("/listings?looks=freckles&height_from=150")["items"]
    assert (seen["twin"], seen["fits"], set(seen["measurements"])) == ("ines", True, {"height_cm"})
    assert (seen["never"], seen["least"], seen["engaged"]) == (None, None, None)
    # What she does not show tells nothing, whatever is asked of it.
    for asked in ("waist_from=10", "waist_to=10", "rate=0", "channel=tiktok"):
        (told,) = brand.get(f"/listings?{asked}")["items"]
        assert told["fits"] is None, asked
    assert brand.get("/listings?height_to=50")["items"] == []
    photograph = brand.ask("GET", "/listings/ines/photographs/front-full")
    assert photograph.content[8:12] == b"WEBP"
    assert brand.ask("GET", "/listings/ines/photographs/walking").status_code == 404
    unknown = model.ask("POST", "/twins/ines/listing", {"listing": {**shows, "photographs": ["x"]}})
    assert (unknown.status_code, problem(unknown)) == (409, "listing.photograph")


def test_what_she_never_does_is_set_and_told_to_her_alone(model: Program, brand: Program) -> None:
    asked = terms(title="Windows").as_json()
    path = f"/licenses/{brand.act('/licenses', {'terms': asked}).json()['license']}"
    assert brand.act(f"{path}/steps", {"step": "asked"}).status_code == 201
    channel = asked["channels"][0]
    wanted = {"sosie": "preferences/1", "channels_never": [channel]}
    said = model.act("/preferences", {"preferences": wanted})
    assert (said.status_code, said.json()["channels_never"]) == (201, [channel]), said.content
    assert model.get("/preferences")["channels_never"] == [channel]
    assert "preference.channel" in {each["code"] for each in model.get(path)["unusual"]}
    assert brand.get(path)["unusual"] == []


def test_the_log_takes_no_page(brand: Program) -> None:
    assert brand.get("/log")["size"]
    for asked in ("limit=0", "cursor=zzz"):
        answer = brand.ask("GET", f"/log?{asked}")
        assert answer.status_code == 422
        assert asked.partition("=")[0] in answer.json()["detail"]


def test_the_library_pages_through_with_files(brand: Program, out: Out) -> None:
    items: list[dict[str, Any]] = []
    after = ""
    while after is not None:
        page = brand.get(f"/library?limit=1&cursor={after}")
        items += page["items"]
        after = page["next"]
    assert [each["picture"] for each in items] == [
        each["picture"] for each in brand.get("/library")["items"]
    ]
    (row,) = [each for each in items if each["picture"] == out.picture]
    assert out.number in {each["seal"] for each in row["renditions"]}
    assert row["state"] in {"in_force", "ends_soon"}
    assert brand.get("/library?search=nothing-like-it")["items"] == []
    assert brand.get("/library?state=revoked")["items"] == []
    bundle = zipfile.ZipFile(
        io.BytesIO(brand.ask("GET", f"/releases/{out.number}/package").content)
    )
    assert any(name.endswith(".sosie.json") for name in bundle.namelist())
    label = brand.ask("GET", f"/releases/{out.number}/label")
    assert label.content.startswith(b"%PDF-")
    assert "contract.pdf" in _names(brand, f"/licenses/{row['license']}/pack")


def test_where_she_is_comes_the_newest_first_and_is_summed_up(model: Program, out: Out) -> None:
    rows = model.get("/where")["items"]
    assert out.number in {row["seal"] for row in rows}
    assert [row["released"] for row in rows] == sorted(
        (row["released"] for row in rows), reverse=True
    )
    paged, after = [], ""
    while after is not None:
        page = model.get(f"/where?limit=1&cursor={after}")
        paged += page["items"]
        after = page["next"]
    assert paged == rows
    summary = model.get("/where/summary")
    assert summary["count"] == len(rows)
    assert sum(summary["months"].values()) == len(rows)
    assert model.get("/where?country=ZZ")["items"] == []
    assert "index.json" in _names(model, "/papers/archive")
    bad = model.ask("GET", "/where?cursor=W10")
    assert (bad.status_code, problem(bad)) == (422, "page.cursor")


def test_points_are_read_and_judged_where_she_moves_them(model: Program) -> None:
    path = "/twins/ines/photographs/front-half/landmarks"
    said = model.get(path)
    assert (said["version"], said["reasons"], said["command"]) == (1, [], "")
    assert {"waist_l", "crown"} <= set(said["needed"]) <= set(said["landmarks"])
    x, y = said["landmarks"]["waist_l"]
    moved = model.ask("POST", path, {"landmarks": {"waist_l": [x + 3, y - 2]}}).json()
    assert moved["landmarks"] == {**said["landmarks"], "waist_l": [x + 3, y - 2]}
    assert moved["command"].startswith("sosie twin landmarks front-half.jpg --set waist_l=")
    refused = model.ask("POST", path, {"landmarks": {"waist_l": [20, y]}}).json()
    assert "off the silhouette" in refused["reasons"][0]["text"]
    assert refused["command"] == ""
    for wrong, code in (
        ({"waist_l": [99_999, 3]}, "capture.landmark_outside"),
        ({"tail": [1, 1]}, "capture.unknown_landmark"),
        ({"waist_l": [1]}, "request.invalid"),
    ):
        got = model.ask("POST", path, {"landmarks": wrong})
        assert (got.status_code, problem(got)) == (422, code), got.content
    assert model.get(path) == said


def test_a_twin_is_retired_and_deleted_with_proof(model: Program, out: Out) -> None:
    plan = model.get("/twins/ines/retirement")
    assert plan["running"] != []
    got = model.act("/twins/ines/retirement", {})
    assert (got.status_code, got.json()) == (201, plan), got.content
    again = model.ask("POST", "/twins/ines/retirement", {})
    assert (again.status_code, problem(again)) == (409, "twin.retired")
    assert model.get("/twins/ines/deletion")["files"] != {}
    assert problem(model.ask("GET", "/twins/ines/erasure")) == "erasure.none"
    done = model.act("/twins/ines/deletion", {})
    assert done.status_code == 201, done.content
    assert model.get("/twins/ines/erasure") == done.json()
    repeated = model.ask("POST", "/twins/ines/deletion", {})
    assert (repeated.status_code, repeated.json()) == (201, done.json())
    proof = Erasure.parse(json.dumps(done.json()["proof"]).encode(), where="the answer")
    assert erasure.check(out.outside, proof) == ()
    assert model.get("/twins/ines/deletion")["files"] == {}
    for act in ("twin.retire", "consent.withdraw"):
        assert SignedAct.objects.filter(act=act, subject="ines").count() == 1
    assert passkey.faults(out.outside) == ()
    assert workspace.fsck(out.outside) == ()
