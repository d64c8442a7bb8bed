"""A capture on the pages: photographs kept for her alone and judged at once, until she signs for a
version of her twin or throws them away."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from allauth.core import ratelimit
from allauth.core.internal import ratelimit as real_ratelimit
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageFilter

from sosie.adapters.isolated_pictures import IsolatedPictures
from sosie.adapters.protocol_file import full
from sosie.core.roles import Role
from sosie.core.twin import LANDMARKS
from sosie.services import capture as captures
from sosie.services import twin as twins
from sosie.store.capture import CaptureDraft, DraftPhoto
from sosie.store.models import Plate, SignedAct, TwinMark, TwinVersion
from sosie.web import capture, consent, signing, workspace
from sosie.web import twins as twin_pages
from tests.core import figures, worse
from tests.services.conftest import SECRETS, granted
from tests.services.people import drawn_photo
from tests.web.conftest import OTHER, OWN, Person, Shown

VIEWS = ("front-half", "front-full", "three-quarter", "walking")


@pytest.fixture(scope="module")
def her(shown: Shown) -> Person:
    person = Person(Role.MODEL, OWN)
    said = {"passphrase": SECRETS["ines"]}
    assert person.client.post("/account/signature/ines", said).status_code == 302
    return person


@pytest.fixture(autouse=True)
def begun(shown: Shown, her: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[CaptureDraft]:
    there = replace(shown.outside, pictures=IsolatedPictures())
    monkeypatch.setattr(capture, "outside", lambda: there)
    answer = her.client.post("/capture", {"twin": "ines"})
    row = CaptureDraft.objects.get(twin="ines")
    assert answer["Location"] == f"/capture/{row.pk}"
    yield row
    captures.discard(there, draft=row)


def sent(her: Person, draft: CaptureDraft, *files: tuple[str, bytes], **more: str) -> Any:
    fields = {"photograph": [SimpleUploadedFile(*file) for file in files], **more}
    return her.client.post(f"/capture/{draft.pk}?protocol=basic", fields, follow=True)


def words(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def blurred(data: bytes) -> bytes:
    out = io.BytesIO()
    image = Image.open(io.BytesIO(data)).filter(ImageFilter.GaussianBlur(6))
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def signs(her: Person, address: str, fields: dict[str, str] | None = None) -> Any:
    """Read what a page asks her to sign, and sign it."""
    answer = her.client.post(address, fields) if fields else her.client.get(address)
    text = answer.content.decode()
    options = json.loads(unescape(text.split('data-options="')[1].split('"')[0]))
    nonce = re.search(r'name="nonce" value="(\w+)"', text)
    assert nonce
    said = {"credential": her.signed(options), "nonce": nonce[1]}
    return her.client.post(address, {**(fields or {}), **said}, follow=True)


def test_a_version_is_made_over_several_visits(
    shown: Shown, her: Person, begun: CaptureDraft
) -> None:
    first = sent(her, begun, ("front-half.jpg", blurred(drawn_photo("front-half"))))
    assert "0 of 4 are there" in words(first)
    assert "The sharpest edges are" in words(first)
    assert "kept out" in words(first)
    assert "Make the version" not in words(first)
    rest = [(f"{view}.jpg", drawn_photo(view)) for view in VIEWS]
    assert "4 of 4 are there" in words(sent(her, begun, *rest))
    sent(her, begun, ("spare.jpg", blurred(drawn_photo("front-full"))))
    again = her.browser().get(f"/capture/{begun.pk}?protocol=basic")  # on another day
    assert "4 of 4 are there" in words(again)
    assert "This is enough for the protocol “basic”" in words(again)
    asked = her.client.get(f"/capture/{begun.pk}/make")
    assert "Photographs of the version: 4" in words(asked)
    assert "Kept out: spare, since" in words(asked)
    assert "I make version 2 of my twin ines, of these photographs" in words(asked)
    done = signs(her, f"/capture/{begun.pk}/make")
    assert "Version 2 of your twin stands" in words(done)
    assert TwinVersion.objects.get(twin="ines", number=2).protocol == "basic"
    assert SignedAct.objects.get(act="twin.version", subject="ines/2").certificate == ""
    for gone in ("", "/make"):  # in another tab, or a page back
        back = her.client.get(f"/capture/{begun.pk}{gone}", follow=True)
        assert back.redirect_chain == [("/twins/ines", 302)]
        assert "Version 2 of your twin stands" in words(back)
    assert her.browser().get(f"/capture/{begun.pk}").status_code == 404


def as_asked(seed: int, name: str) -> Any:
    """Draw what a place of the full protocol asks for, as far as its pixels are judged."""
    rng, face = np.random.default_rng(seed), name.startswith("face")
    half = face or name in ("front", "half", "three-quarter")
    drawn = figures.draw(rng, full=not half, tone=1, size=(1800, 2400) if face else (900, 1200))
    pixels, (crown, chin) = drawn.pixels, (drawn.card.landmarks[n] for n in ("crown", "chin"))
    if face:
        return np.ascontiguousarray(pixels[:1150])
    if name == "side":
        slim = np.array(Image.fromarray(pixels).resize((540, 1200)))
        return np.pad(slim, ((0, 0), (180, 180), (0, 0)), mode="edge")
    if name == "back" and crown and chin:
        middle, high = (crown[0], (crown[1] + chin[1]) // 2), chin[1] - crown[1]
        hair = tuple(int(v) for v in pixels[crown[1] + high // 12, crown[0]])
        cv2.ellipse(pixels, middle, (high * 2 // 5, high // 2), 0, 0, 360, hair, -1)
    return pixels


def as_png(pixels: Any) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("slot", "other", "why"),
    [
        ("back", "half", "Her face is seen where “seen from behind” is asked"),
        ("full", "half", "Her feet are not in the picture"),
        ("half", "full", "She is seen from head to feet"),
        ("side", "half", "heads wide where “turned by 90 degrees” is asked"),
        ("face-left-90-soft", "full", "She is seen from head to feet"),
        ("face-left-90-soft", "half", "More than head and shoulders is seen"),
    ],
)
def test_a_photograph_of_another_view_fills_no_slot(
    her: Person, begun: CaptureDraft, slot: str, other: str, why: str
) -> None:
    page = f"/capture/{begun.pk}?protocol=full"
    sent(her, begun, ("a.png", as_png(as_asked(2, other))), slot=slot)
    answer = her.client.get(page)
    assert why in words(answer)
    told = words(answer)
    assert "0 of 30 are there" in told
    assert "Plates 0 there, 6 needed Faces 0 there, 10 needed Free poses 0 there, 8" in told
    assert "are there, take" not in told  # no group is one long sentence
    assert "kept out" in words(answer)
    assert "<polygon" in answer.content.decode()  # it is drawn
    sent(her, begun, ("b.png", as_png(as_asked(2, slot))), slot=slot)
    assert "1 of 30 are there" in words(her.client.get(page))


def test_what_the_pixels_do_not_tell_is_said(her: Person, begun: CaptureDraft) -> None:
    answer = sent(her, begun, ("three-quarter.jpg", drawn_photo("three-quarter")))
    assert "Not judged: you named it" not in words(answer)  # it is seen to be this
    answer = sent(her, begun, ("a.jpg", drawn_photo("walking")), slot="moving")
    assert "Not judged: you named it" in words(answer)


def test_the_full_protocol_is_walked_to_its_signature(
    shown: Shown, her: Person, begun: CaptureDraft
) -> None:
    """Twenty-four photographs of drawn people, each named after its place in the protocol."""
    wanted = [slot.id for group in full().groups for slot in group.slots]
    spared = {"face-left-90-hard", "face-right-90-hard", *wanted[-4:]}
    names = [name for name in wanted if name not in spared]
    assert len(names) == full().least == 24
    files = []
    for seed, name in enumerate(names):
        pixels = as_asked(seed, name)
        pixels = worse.carded(pixels) if name == "front" else pixels
        files.append((f"{name}.png", as_png(pixels)))
    page, short = f"/capture/{begun.pk}?protocol=full", "This is enough for the protocol “full”"
    for at in range(0, 24, 6):
        assert short not in words(her.client.get(page))
        sent(her, begun, *files[at : at + 6])
    done = words(her.client.get(page))
    assert "24 of 30 are there" in done
    assert "Plates 6 there, 6 needed Faces 10 there, 10 needed Free poses 8 there" in done
    assert short in done
    assert "Photographs of the version: 24" in words(her.client.get(f"/capture/{begun.pk}/make"))
    number = TwinVersion.objects.filter(twin="ines").count() + 1
    assert f"Version {number} of your twin stands" in words(signs(her, f"/capture/{begun.pk}/make"))
    assert TwinVersion.objects.get(twin="ines", number=number).protocol == "full"
    assert SignedAct.objects.filter(act="twin.version", subject=f"ines/{number}").exists()
    assert Plate.objects.filter(twin="ines", version=number).count() == 24


def test_today_leads_to_a_capture_that_goes_on(her: Person, begun: CaptureDraft) -> None:
    told = []
    for view in ("", *VIEWS):
        if view:
            sent(her, begun, (f"{view}.jpg", drawn_photo(view)))
        answer = her.client.get("/")
        assert f'href="/capture/{begun.pk}"' in answer.content.decode()
        told.append(words(answer))
    assert "4 photographs of your capture are missing" in told[0]
    assert "1 photograph of your capture is missing" in told[3]
    assert "capture that is ready for a version" in told[4]
    assert "ready for a version" not in told[3]


def test_after_the_last_day_of_her_consent_she_reads_why_nothing_is_added(
    her: Person, shown: Shown
) -> None:
    then = timezone.now().replace(microsecond=0) - timedelta(days=9)
    said: dict[str, Any] = {"scope": "a twin", "purpose": "pictures", "pay": "80 EUR", "now": then}
    said |= {"twin": "ines-past", "by": "ines", "passphrase": SECRETS["ines"]}
    granted(twins.consent(shown.outside, until=then.date(), **said))
    draft = granted(captures.begin(twin="ines-past", by="ines", now=then))
    why = f"consent for ines-past ended on {then.day} {then:%B %Y}, its last day"
    for answer in (
        her.client.get(f"/capture/{draft.pk}"),
        sent(her, draft, ("a.jpg", drawn_photo("walking"))),
        her.client.get(f"/capture/{draft.pk}/make"),
        her.client.post("/capture", {"twin": "ines-past"}),
    ):
        assert why in words(answer), words(answer)
    assert not draft.photos.exists()
    assert f"/capture/{draft.pk}" not in her.client.get("/").content.decode()
    captures.discard(shown.outside, draft=draft)


def test_where_a_fault_is_seen_is_drawn(her: Person, begun: CaptureDraft) -> None:
    cut = Image.open(io.BytesIO(drawn_photo("front-half"))).crop((300, 0, 900, 800))
    data = io.BytesIO()
    cut.resize((900, 1200)).save(data, "PNG")
    answer = sent(her, begun, ("a.png", data.getvalue()), slot="half")
    drawn = re.findall(r'<polygon points="([^"]+)"', answer.content.decode())
    assert drawn, words(answer)
    for polygon in drawn:
        spots = [tuple(map(float, spot.split(","))) for spot in polygon.split(" ")]
        assert all(-9 <= x <= 909 and -9 <= y <= 1209 for x, y in spots)


def test_a_photograph_is_replaced_renamed_moved_and_removed(
    shown: Shown, her: Person, begun: CaptureDraft
) -> None:
    sent(her, begun, ("image.jpg", blurred(drawn_photo("front-half"))))
    row = begun.photos.get()
    page = f"/capture/photo/{row.pk}"
    assert "It is kept out" in words(her.client.get(page))
    assert her.client.get(f"{page}/image?small")["Content-Type"] == "image/webp"
    sent(her, begun, ("other.jpg", drawn_photo("front-half")), instead="image")
    row = begun.photos.get()
    page = f"/capture/photo/{row.pk}"
    assert row.name == "image"
    assert "It is good" in words(her.client.get(page))
    assert her.client.post(page, {"slot": "front-half"}).status_code == 302
    row.refresh_from_db()
    assert row.name == "front-half"
    card = captures.judgment(row).card
    assert card
    fields = {
        f"{name}.{axis}": "" if (spot := card.landmarks.get(name)) is None else str(spot[at])
        for name in LANDMARKS
        for at, axis in enumerate("xy")
    }
    moved = her.client.post(page, {**fields, "waist_l.x": "20"}, follow=True)
    assert "It is kept out" in words(moved)
    assert "off the silhouette" in words(moved)
    for wrong in ("99999", "left", "-1", ""):
        assert her.client.post(page, {**fields, "waist_l.x": wrong}).status_code == 400, wrong
    assert "It is good" in words(her.client.post(page, fields, follow=True))
    assert "Removed." in words(her.client.post(f"{page}/remove", follow=True))
    assert not begun.photos.exists()


def test_measurements_are_taken_over_and_changed(her: Person, begun: CaptureDraft) -> None:
    page = her.client.get(f"/capture/{begun.pk}").content.decode()
    assert 'id="height_cm"' in page
    told = {**{key: str(value) for key, value in begun.measurements.items()}, "waist_cm": "63,5"}
    address = f"/capture/{begun.pk}/measures"
    assert her.client.post(address, told).status_code == 302
    begun.refresh_from_db()
    assert begun.measurements["waist_cm"] == 63.5
    before = begun.measurements
    assert her.client.post(address, {"waist_cm": "64"}).status_code == 302  # a part of the form
    begun.refresh_from_db()
    assert begun.measurements == before | {"waist_cm": 64}
    answer = her.client.post(address, {"waist_cm": "tall"})
    assert f'value="{before["height_cm"]:g}"' in answer.content.decode()
    assert her.client.post(address, {"waist_cm": " "}).status_code == 302  # taken away
    begun.refresh_from_db()
    assert begun.measurements.keys() == before.keys() - {"waist_cm"}
    for wrong in ("1.75", "nan", "tall", "1e400"):
        answer = her.client.post(address, {**told, "height_cm": wrong, "hip_cm": "91,7"})
        assert answer.status_code == 400, wrong
        assert "Height (cm) : Write centimeters: a number from 60 to 250." in words(answer)
        page = answer.content.decode()
        assert re.findall(r'aria-invalid="true" aria-describedby="(\w+)"', page) == [
            "height_cm_wrong"
        ]
        assert 'id="height_cm_wrong"' in page
        assert f'value="{wrong}"' in page
        assert 'value="91,7"' in page
    begun.refresh_from_db()
    assert begun.measurements["height_cm"] > 100


def test_what_is_no_photograph_is_told_and_not_kept(
    shown: Shown, her: Person, begun: CaptureDraft
) -> None:
    kept = set(shown.outside.blobs.all())
    answer = sent(her, begun, ("notes.txt", Path(__file__).read_bytes()))
    assert "notes.txt:" in words(answer)
    assert her.client.post(f"/capture/{begun.pk}", {}).status_code == 400
    assert set(shown.outside.blobs.all()) == kept
    assert not begun.photos.exists()


def test_she_consents_and_captures_a_first_twin(her: Person, shown: Shown) -> None:
    said = {
        "scope": "A twin from this capture",
        "purpose": "Pictures under licenses I sign",
        "pay": "300.00 EUR",
        "until": "2030-01-01",
        "on_retirement": "end",
    }
    for language, example in (("en", "As: €80.00 an hour"), ("ru", "Например: 80,00 € в час")):
        page = her.client.get("/capture/consent", headers={"accept-language": language})
        assert example in words(page).replace("\xa0", " ")
    past = her.client.post("/capture/consent", {**said, "until": "2020-01-01"})
    assert "This day is past: name a later one." in words(past)
    assert 'value="300.00 EUR"' in past.content.decode()
    asked = her.client.post("/capture/consent", said)
    assert "I consent that a twin of me, ines-2, is made" in words(asked)
    assert "I am paid: €300.00. The consent holds until 1 January 2030" in words(asked)
    assert "300.00 EUR" in words(asked)  # as it is signed
    russian = words(her.client.post("/capture/consent", said, headers={"accept-language": "ru"}))
    assert "до 1 января 2030" in russian
    done = signs(her, "/capture/consent", said)
    assert "the first version" in words(done)
    assert SignedAct.objects.filter(act="consent.create", subject="ines-2", party="ines").exists()
    started = her.client.post("/capture", {"twin": "ines-2"}, follow=True)
    assert "The name under which you appear" in words(started)
    assert her.client.post("/capture", {"twin": "zoe"}).status_code == 409


def test_a_consent_that_ended_is_signed_anew_on_the_pages(
    her: Person, begun: CaptureDraft, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"scope": "Another year", "purpose": "Pictures", "pay": "90.00 EUR"}
    said |= {"until": "2090-01-01", "on_retirement": "run_on"}
    anew = "/capture/consent?twin=ines"
    assert her.client.get(anew).status_code == 404  # it holds still
    newest = twins.newest_consent("ines")
    assert newest
    over = timezone.now().replace(year=twins.last_day(newest).year + 1, microsecond=0)
    for module in (capture, consent, signing, twin_pages):
        monkeypatch.setattr(module, "now", lambda: over)
    for page in ("/twins/ines", "/capture", f"/capture/{begun.pk}"):
        assert f'href="{anew}"' in her.client.get(page).content.decode(), page
    assert "your consent ended on" in words(her.client.get("/capture"))
    was = str(twins.says(newest)["scope"])  # what she said then stands there to be changed
    assert f'value="{was}"' in her.client.get(anew).content.decode()
    assert Person(Role.MODEL, OTHER).client.get(anew).status_code == 404
    assert "I consent that a twin of me, ines, is made: Another year" in words(
        her.client.post(anew, said)
    )
    signs(her, anew, said)
    renewed = twins.newest_consent("ines")
    assert renewed
    assert (renewed.subject, str(twins.last_day(renewed))) == ("ines/2", "2090-01-01")
    assert her.client.get(anew).status_code == 404
    assert "Sign a new consent" not in words(her.client.get(f"/capture/{begun.pk}"))


def test_she_names_a_mark(her: Person, shown: Shown) -> None:
    said = {"place": "left cheek", "words": "a mole", "plate": "front-half"}
    done = signs(her, "/twins/ines/marks", said)
    assert "Left cheek" in words(done)
    row = TwinMark.objects.get(twin="ines")
    assert (row.words, row.region) == ("a mole", None)


def test_she_says_where_on_a_photograph_a_mark_is(her: Person, shown: Shown) -> None:
    page = "/twins/ines/marks"
    assert "Front half (900 × 1200)" in words(her.client.get(page))
    box = {"left": "340", "right": "300", "top": "450", "bottom": "480"}  # drawn to the left
    said = {"place": "left arm", "words": "a scar", "plate": "front-half", **box}
    for changed, why in (
        ({"bottom": ""}, "all four numbers"),
        ({"plate": ""}, "on which photograph"),
        ({"right": "9000"}, "lies outside plate front-half"),
        ({"plate": "profile"}, "has no plate profile"),
        ({"top": "-1"}, "greater than or equal to 0"),
        ({"top": "high"}, "whole number"),
    ):
        assert why in words(her.client.post(page, {**said, **changed})), changed
    asked = words(her.client.post(page, said))
    assert "photograph front-half: 300 to 340 pixels from the left, 450 to 480" in asked
    signs(her, page, said)
    row = TwinMark.objects.get(twin="ines", words="a scar")
    assert (row.plate, row.region) == ("front-half", [300, 450, 340, 480])


class Removing(IsolatedPictures):
    """Decodes as ever, while she removes the photograph in another tab."""

    def decode(self, data: bytes, *, where: str = "") -> Any:
        DraftPhoto.objects.all().delete()
        return super().decode(data, where=where)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "front-half is there already: remove or rename that one first",
                "This photograph was removed meanwhile",
            ),
        ),
        (
            "fr",
            (
                "front-half est déjà là\xa0: retirez ou renommez d’abord celle-là",
                "Cette photographie a été retirée entre-temps",
            ),
        ),
        (
            "ru",
            (
                "front-half уже есть: сначала уберите или переименуйте ту",
                "Эта фотография тем временем убрана",
            ),
        ),
    ],
)
def test_what_changed_meanwhile_is_said_in_her_language(
    her: Person,
    begun: CaptureDraft,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    said: tuple[str, str],
) -> None:
    taken, gone = said
    files = ((f"{view}.jpg", drawn_photo(view)) for view in VIEWS[:2])
    sent(her, begun, *files)
    front, walking = begun.photos.order_by("pk")
    asks = partial(her.client.post, headers={"accept-language": language})
    answer = asks(f"/capture/photo/{walking.pk}", {"slot": front.name})
    assert (answer.status_code, problem(answer)) == (409, taken)
    there = replace(workspace.outside(), pictures=Removing())
    monkeypatch.setattr(capture, "outside", lambda: there)
    answer = asks(f"/capture/photo/{front.pk}", {"waist_l.x": "330", "waist_l.y": "500"})
    assert (answer.status_code, problem(answer)) == (409, gone)


def problem(answer: Any) -> str:
    """Return what a page says is wrong, without its marks."""
    (said,) = re.findall(r'role="alert">(.*?)</p>', answer.content.decode())
    return unescape(re.sub(r"<[^>]+>", "", said))


def test_nobody_else_sees_or_sends(her: Person, begun: CaptureDraft, shown: Shown) -> None:
    sent(her, begun, ("a.jpg", drawn_photo("front-half")))
    row, zoe = begun.photos.get(), Person(Role.MODEL, OTHER)
    for address in (f"/capture/{begun.pk}", f"/capture/photo/{row.pk}/image"):
        assert zoe.client.get(address).status_code == 404
    assert sent(zoe, begun, ("b.jpg", drawn_photo("walking"))).status_code == 404
    assert begun.photos.count() == 1


def test_thrown_away_its_files_are_gone(her: Person, begun: CaptureDraft, shown: Shown) -> None:
    sent(her, begun, ("a.jpg", blurred(drawn_photo("three-quarter"))))
    file = begun.photos.get().digest
    assert file in set(shown.outside.blobs.all())
    assert her.client.post(f"/capture/{begun.pk}/discard").status_code == 302
    assert file not in set(shown.outside.blobs.all())


def test_too_much_at_a_time_is_not_read(her: Person, begun: CaptureDraft) -> None:
    answer = her.client.post(
        f"/capture/{begun.pk}",
        b"x",
        content_type="image/jpeg",
        headers={"content-length": "99999999"},
    )
    assert answer.status_code == 413
    assert "send fewer at a time" in words(answer)


def test_who_sends_too_many_waits_and_nobody_else(
    her: Person, begun: CaptureDraft, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = partial(real_ratelimit.consume_or_429, app="allauth.account")
    monkeypatch.setattr(ratelimit, "consume_or_429", real)
    page = f"/capture/{begun.pk}"
    assert [her.client.post(page, {}).status_code for _ in range(61)] == [400] * 60 + [429]
    assert her.client.get(page).status_code == 200
