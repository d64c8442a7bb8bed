"""Checking a picture, as anyone does: what is told, what is not, and what is never kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from allauth.core import ratelimit
from allauth.core.internal import ratelimit as real_ratelimit
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import timezone
from PIL import Image

from sosie.adapters.isolated_pictures import IsolatedPictures
from sosie.core.limits import LIMITS
from sosie.core.roles import Role
from sosie.core.values import Refusal, digest
from sosie.services import finding, license
from sosie.web import strangers, verify
from tests.services.conftest import LATER, SECRETS, granted
from tests.web.conftest import OTHER, OWN, Out, Person

TODAY = LATER + timedelta(days=2)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


@pytest.fixture
def anyone() -> Client:
    return Client(headers={"host": "localhost:8000"})


def resized(file: bytes, change: Callable[[Image.Image], None] = lambda image: None) -> bytes:
    """Return a picture smaller, as a JPEG without a credential, perhaps changed."""
    image = Image.open(BytesIO(file)).convert("RGB")
    image = image.resize((image.width * 3 // 4, image.height * 3 // 4))
    change(image)
    data = BytesIO()
    image.save(data, "JPEG", quality=88)
    return data.getvalue()


def sticker(image: Image.Image) -> None:
    image.paste((20, 60, 200), (200, 250, 330, 380))


def checked(client: Client, file: bytes, name: str = "holiday.jpg", **fields: str) -> Any:
    return client.post("/verify", {"picture": SimpleUploadedFile(name, file), **fields})


def words(answer: Any) -> str:
    """Return the words of a page, without its marks."""
    text = re.sub(r"<style.*?</style>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(text).split())


def link_in(answer: Any) -> str:
    found = re.search(r'id="link"[^>]*value="https?://[^/]+([^"]+)"', answer.content.decode())
    assert found
    return found[1]


def test_a_copy_is_known_and_may_be_used_or_not(out: Out, anyone: Client) -> None:
    copy = resized(out.file)
    plain = words(checked(anyone, copy))
    assert "Made under license here " in plain
    assert f"A copy of seal {out.number}, made under license here: the twin of Ines M." in plain
    assert "seal.copy.matches" in plain
    assert digest(copy).removeprefix("sha256:") in plain
    for fields, said in (
        ({"where": "FR", "channel": "instagram"}, "and may be used there"),
        ({"where": "US", "channel": "instagram"}, "and may not be used there"),
        ({"where": "FR"}, "whether it may be used there is open"),
        ({"where": "FR", "channel": "instagram", "on": "2030-01-01"}, "which has ended"),
    ):
        assert said in words(checked(anyone, copy, **fields)), fields
    exact = words(checked(anyone, out.file))
    assert "The log holds this file" in exact
    assert f"/p/{out.number}" in checked(anyone, out.file).content.decode()


def test_in_another_language_the_answer_is_said_in_it(out: Out, anyone: Client) -> None:
    form = {"picture": SimpleUploadedFile("a.jpg", resized(out.file)), "where": "JP"}
    answer = anyone.post("/verify", form, headers={"Accept-Language": "ru"})
    page = answer.content.decode()
    assert '<html lang="ru"' in page
    assert f"Копия изображения с печатью {out.number}, сделано здесь по лицензии" in page
    assert 'lang="en"' not in page.split("<footer")[0]
    assert "Credential" not in page
    # What the link holds stays as it is recorded; it is said when it is read.
    said = finding.read(link_in(answer).rpartition("/")[2], now=TODAY)
    assert not isinstance(said, Refusal)
    assert said["sentence"].startswith(f"a copy of seal {out.number}, made under license here")
    shared = anyone.get(link_in(answer), headers={"Accept-Language": "ru"}).content.decode()
    assert f"Копия изображения с печатью {out.number}, сделано здесь по лицензии" in shared


def test_what_is_no_picture_is_refused_in_the_readers_language(anyone: Client) -> None:
    form = {"picture": SimpleUploadedFile("a.jpg", b"not a picture at all, only words")}
    page = anyone.post("/verify", form, headers={"Accept-Language": "fr"}).content.decode()
    alert = page.split('role="alert">')[1].split("</p>")[0]
    assert alert.startswith("C’est du texte, pas une image.")
    assert "<span" not in alert
    form = {"picture": SimpleUploadedFile("a.jpg", b"not a picture at all, only words")}
    page = anyone.post("/verify", form, headers={"Accept-Language": "zh-hans"}).content.decode()
    alert = page.split('role="alert">')[1].split("</p>")[0]
    assert alert.endswith("。")
    assert "." not in alert


def test_what_was_changed_is_said_and_a_stranger_is_unknown(out: Out, anyone: Client) -> None:
    changed = checked(anyone, resized(out.file, sticker))
    assert "Altered, or contradicting itself" in words(changed)
    assert "Changed places" in words(changed)
    assert re.search(r'data-boxes="[\d. ]+;', changed.content.decode())
    noise = np.random.default_rng(1).integers(0, 255, (400, 300, 3), np.uint8)
    stranger = words(checked(anyone, out.outside.pictures.encode(noise)))
    assert "Unknown here" in stranger
    assert "no sign of fake" in stranger


def test_of_what_was_not_released_a_stranger_learns_nothing(out: Out, anyone: Client) -> None:
    for file in (out.kept_file, resized(out.kept_file)):
        told = checked(anyone, file)
        assert "Unknown here" in words(told)
        said = told.content.decode().split("</article>")[0]
        for private in ("Ines", "L-2026", "Nord", "180.00", "/p/"):
            assert private not in said, private
    # The control: she whom it shows is told, and sees what it was laid on.
    her = Person(Role.MODEL, OWN).client
    copy = checked(her, resized(out.kept_file))
    assert "Made under license here" in words(copy)
    assert copy.content.decode().count("data:image/webp;base64,") == 2
    assert "img-src 'self' data:" in copy["Content-Security-Policy"]
    assert 'id="link"' not in copy.content.decode()
    another = Person(Role.MODEL, OTHER).client
    assert "Unknown here" in words(checked(another, resized(out.kept_file)))
    assert "data:" not in checked(anyone, resized(out.file)).content.decode()
    assert "data:" not in checked(anyone, out.file)["Content-Security-Policy"]


def test_the_link_holds_the_answer_and_not_the_picture(
    out: Out, anyone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = link_in(checked(anyone, resized(out.file), name="my-secret-name.jpg"))
    assert len(link) < 1500
    page = anyone.get(link)
    told = words(page)
    assert "Made under license here" in told
    assert "Somebody checked a picture on 26 November 2026" in told
    assert "6. Fingerprint" in told
    assert digest(resized(out.file)).removeprefix("sha256:") in told
    assert "secret" not in told
    assert "<img" not in page.content.decode()
    for wrong in (link[:-1] + ("A" if link[-1] != "A" else "B"), "/verify/x", link + "x" * 9000):
        answer = anyone.get(wrong)
        assert (answer.status_code, "This link says nothing" in words(answer)) == (404, True)
    monkeypatch.setattr(timezone, "now", lambda: TODAY + timedelta(days=finding.DAYS))
    assert anyone.get(link).status_code == 404


def test_a_link_tells_nothing_that_is_public_no_more(out: Out) -> None:
    about = {"at": TODAY.isoformat(), "number": out.number}
    assert not isinstance(finding.read(finding.link(about), now=TODAY), Refusal)
    kept = finding.read(finding.link({**about, "number": out.kept}), now=TODAY)
    assert isinstance(kept, Refusal)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"GIF89a" + b"\0" * 40, "GIF"),
        (b"<html>", "text, not a picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG"),
        (b"", "The file is empty"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(
    out: Out, anyone: Client, file: bytes, said: str
) -> None:
    answer = checked(anyone, file)
    assert answer.status_code == 400
    message = re.search(r'role="alert">(.*?)</p>', answer.content.decode())
    assert message
    assert said in message[1]
    assert message[1].count(".") >= 2  # what was wrong, and what to do
    nothing = anyone.post("/verify", {})
    assert (nothing.status_code, "No picture was chosen" in words(nothing)) == (400, True)
    wrong = checked(anyone, out.file, where="XX")
    assert (wrong.status_code, "Made under license" in words(wrong)) == (400, False)


def test_files_are_decoded_by_a_child_with_limits(
    out: Out, anyone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = IsolatedPictures(megabytes=8)
    there = type(out.outside)(**{**_fields(out.outside), "pictures": pictures})
    monkeypatch.setattr(verify, "outside", lambda: there)
    noise = np.random.default_rng(1).integers(0, 255, (3000, 3000, 3), np.uint8)
    answer = checked(anyone, out.outside.pictures.encode(noise))
    pictures.close()
    assert answer.status_code == 400
    assert re.search("more memory than there is|costs more to decode", words(answer))


def _fields(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


def test_what_is_too_large_is_not_read(anyone: Client) -> None:
    body = BytesIO(b"x" * 100)
    answer = anyone.generic(
        "POST",
        "/verify",
        body,
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH=str(LIMITS.bytes + verify.BESIDE + 1),
    )
    assert answer.status_code == 413
    assert f"more than {LIMITS.megabytes} MB" in words(answer)
    said = words(anyone.get("/verify"))
    assert f"up to {LIMITS.megabytes} MB and {LIMITS.megapixels} megapixels" in said
    assert all(name in said for name in LIMITS.formats)


def test_what_comes_in_chunks_is_asked_for_with_its_length(anyone: Client) -> None:
    form = "multipart/form-data; boundary=b"
    answer = anyone.generic("POST", "/verify", b"x", content_type=form, CONTENT_LENGTH="")
    assert answer.status_code == 411
    assert "does not say how long it is" in words(answer)
    assert "Content-Length" in words(answer)
    assert "more than" not in words(answer).partition("how long it is")[0]


def test_no_upload_touches_the_disk(
    out: Out, anyone: Client, settings: Any, tmp_path: Path, rf: RequestFactory
) -> None:
    """Django lays uploads of more than 2.5 MB on the disk; here none is."""
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    image = Image.open(BytesIO(out.file)).convert("RGB").resize((1800, 2250))
    data = BytesIO()
    image.save(data, "PNG", compress_level=0)
    large = data.getvalue()
    assert len(large) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    before = tmp_path.stat().st_mtime_ns
    assert "Made under license here" in words(checked(anyone, large))
    assert tmp_path.stat().st_mtime_ns == before
    control = rf.post("/", {"picture": SimpleUploadedFile("x.png", large)})
    assert "picture" in control.FILES
    assert tmp_path.stat().st_mtime_ns > before


def test_a_form_of_another_place_is_not_answered(out: Out) -> None:
    wary = Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})
    refused = checked(wary, out.file)
    assert (refused.status_code, "Once more, please" in words(refused)) == (403, True)
    page = wary.get("/verify").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    assert checked(wary, out.file, csrfmiddlewaretoken=token[1]).status_code == 200


def test_who_asks_too_often_waits(anyone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    real = partial(real_ratelimit.consume_or_429, app="allauth.account")
    monkeypatch.setattr(ratelimit, "consume_or_429", real)
    got = [anyone.post("/verify", {}).status_code for _ in range(21)]
    assert got == [400] * 20 + [429]
    assert anyone.get("/verify").status_code == 200


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every place in which a picture is looked at is taken."""
    monkeypatch.setattr(verify, "PATIENCE", 0.05)
    places = [strangers.place(strangers.LOOKING) for _ in range(2)]
    for each in places:
        each.__enter__()
    yield
    for each in places:
        each.__exit__(None, None, None)


@pytest.mark.usefixtures("taken")
def test_a_busy_house_says_so(out: Out, anyone: Client) -> None:
    answer = checked(anyone, out.file)
    assert (answer.status_code, "Other pictures are being checked" in words(answer)) == (503, True)


def test_a_revocation_is_seen(out: Out, anyone: Client) -> None:
    """The last test of this file: the workspace is the same for all."""
    id = "L-2026-0001"
    when: datetime = TODAY - timedelta(hours=1)
    granted(
        license.revoke(out.outside, license=id, by="ines", passphrase=SECRETS["ines"], now=when)
    )
    assert "Made under license here, which was revoked" in words(checked(anyone, out.file))
