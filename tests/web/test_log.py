"""The public log: its pages, and that what they hand out can be checked without them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from django.test import Client

from sosie import verifying
from sosie.core.package import TrustFile
from sosie.core.transparency import (
    Proof,
    fsck,
    layout,
    open_checkpoint,
    read_entries,
    verify_proof,
)
from sosie.services import log as logs
from sosie.store.models import Seal
from sosie.web import log
from tests.web.conftest import Out
from tests.web.test_verify import words


@pytest.fixture
def anyone() -> Client:
    return Client(headers={"host": "localhost:8000"})


def test_an_entry_is_found_by_what_somebody_holds(out: Out, anyone: Client) -> None:
    released = Seal.objects.get(pk=out.number)
    there = f"/log/{released.entry_id}"
    for asked in (
        out.number,
        out.number.lower().replace("-", ""),
        released.file,
        released.file.removeprefix("sha256:").upper(),
        str(released.entry_id),
    ):
        answer = anyone.get("/log", {"q": asked})
        assert (answer.status_code, answer["Location"]) == (302, there), asked
    for nothing in (out.kept, "0000-0000-00000", "9999", "f" * 64, "<b>x</b>", "9" * 40):
        answer = anyone.get("/log", {"q": nothing})
        assert answer.status_code == 200, nothing
        assert "The log has nothing to tell about" in words(answer)
        assert "<b>x" not in answer.content.decode()


def test_what_happened_is_said_in_words_beside_its_code(out: Out, anyone: Client) -> None:
    entry = Seal.objects.get(pk=out.number).entry_id
    for page in ("/log", f"/log/{entry}"):
        told = words(anyone.get(page, headers={"accept-language": "fr"}))
        assert "Image scellée picture.sealed" in told or "Image diffusée picture.released" in told
        assert " picture.sealed" in words(anyone.get(page))


def test_no_page_leads_from_an_entry_to_a_seal(out: Out, anyone: Client) -> None:
    """Nothing is listed: a number is known to who holds the picture."""
    size = logs.size()
    pages = ["/log", "/log?before=30", "/log/entries.csv", "/log/entries.json"]
    pages += [f"/log/{index}" for index in range(size)]
    for page in pages:
        text = anyone.get(page).content.decode()
        for private in (out.number, out.master, out.kept, "ines", "Ines", "nord", "L-2026"):
            assert private not in text, (page, private)
    assert size > 30
    assert out.number in anyone.get(f"/p/{out.number}").content.decode()  # the control


def test_the_pages_go_back_to_the_first_entry(out: Out, anyone: Client) -> None:
    seen: list[int] = []
    page: str | None = "/log"
    while page:
        text = anyone.get(page).content.decode()
        seen += [int(index) for index in re.findall(r'href="/log/(\d+)"', text)]
        older = re.search(r'href="(/log\?before=\d+)"', text)
        page = older[1] if older else None
    assert seen == list(reversed(range(logs.size())))
    assert len(seen) > log.ON_A_PAGE


def test_a_proof_holds_without_us(out: Out, anyone: Client) -> None:
    key = out.outside.log_key.verifier
    index = Seal.objects.get(pk=out.number).entry_id
    page = words(anyone.get(f"/log/{index}"))
    assert "picture.sealed" in page
    answer = anyone.get(f"/log/{index}/proof")
    assert answer["Content-Disposition"] == f'attachment; filename="entry-{index}.json"'
    proof = Proof.from_dict(json.loads(answer.content))
    assert verify_proof(proof, key) == ()
    assert proof.index == index
    forged = Proof.from_dict({**proof.as_dict(), "index": index - 1})
    assert verify_proof(forged, key) != ()  # the control
    for absent in ("/log/99999", "/log/99999/proof", f"/log/{10**30}", "/log/-1"):
        assert anyone.get(absent).status_code == 404, absent


def test_it_is_shown_to_have_only_grown(out: Out, anyone: Client, tmp_path: Path) -> None:
    key = out.outside.log_key.verifier
    seen, grown = tmp_path / "seen", tmp_path / "grown.json"
    seen.write_bytes(anyone.get("/log/checkpoint").content)
    size = open_checkpoint(seen.read_bytes(), key).size
    for old in (1, 7, size):
        answer = anyone.get("/log/consistency", {"from": old})
        assert json.loads(answer.content)["sosie"] == "consistency/1"
    grown.write_bytes(answer.content)
    assert verifying.logged(grown, key=key, seen=seen)[1] == ()
    grown.write_bytes(anyone.get("/log/consistency", {"from": 7}).content)
    (reason,) = verifying.logged(grown, key=key, seen=seen)[1]
    assert reason.code == "proof.size"  # the control: another size than that of what was seen
    for wrong in ("0", str(size + 1), "x", ""):
        answer = anyone.get("/log/consistency", {"from": wrong})
        assert (answer.status_code, answer.json()["code"]) == (404, "log.size"), wrong


def test_the_whole_log_can_be_fetched_and_checked(out: Out, anyone: Client) -> None:
    fetched: list[str] = []

    def read(path: str) -> bytes:
        answer = anyone.get(f"/log/{path}")
        if answer.status_code != 200:
            raise LookupError(path)
        fetched.append(path)
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert ("immutable" in answer["Cache-Control"]) == (path != "checkpoint")
        return answer.content

    checkpoint = open_checkpoint(read("checkpoint"), out.outside.log_key.verifier)
    entries = list(read_entries(checkpoint.size, read))
    assert fsck(entries, checkpoint, read) == ()
    assert set(layout(checkpoint.size)) <= set(fetched)
    assert len(entries) == logs.size()
    changed = [entries[0].replace(b"party", b"Party"), *entries[1:]]
    assert fsck(changed, checkpoint, read) != ()  # the control
    for none in ("tile/../checkpoint", "tile/0/999", "tile/9", "tile/0/%2e%2e/x", ".lock"):
        assert anyone.get(f"/log/{none}").status_code == 404, none


def test_entries_are_exported(out: Out, anyone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    size = logs.size()
    rows = list(csv.DictReader(io.StringIO(anyone.get("/log/entries.csv").content.decode())))
    assert [int(row["index"]) for row in rows] == list(range(size))
    monkeypatch.setattr(log, "MOST", 10)
    found, start = [], 0
    while start is not None:
        said = anyone.get("/log/entries.json", {"from": start, "count": 500}).json()
        assert len(said["entries"]) <= 10
        found += said["entries"]
        start = said["next"]
    assert [row["commitment"] for row in found] == [row["commitment"] for row in rows]


def test_the_trust_file_is_that_of_the_releases(out: Out, anyone: Client) -> None:
    trust = TrustFile.parse(anyone.get("/trust.json").content, where="trust")
    assert trust.log == out.outside.log_key.verifier
    assert trust.workspace == "test-house"
    assert b"PRIVATE" not in anyone.get("/trust.json").content
