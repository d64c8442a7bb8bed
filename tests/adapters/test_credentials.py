"""Content credentials: what is signed is read back; nothing that a stranger makes is trusted."""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from c2pa import Builder, C2paSigningAlg, Context, Reader, Signer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sosie.adapters import credentials as module
from sosie.adapters.credentials import C2pa
from sosie.adapters.pictures import PillowPictures
from sosie.core.seal import Credential, CredentialState, Ingredient, Metadata
from sosie.core.values import BadInput
from tests.adapters.houses import House, claim, house
from tests.core.plates import plate

NOTHING = Credential(CredentialState.ABSENT)
JPEG = PillowPictures().encode(
    plate(1, height=300), Metadata("http://cv.iptc.org/newscodes/digitalsourcetype/composite", "N")
)
PLATE = PillowPictures().encode(plate(2, height=300))


@pytest.fixture(scope="module")
def strangers() -> House:
    return house("Maison Test")


@pytest.fixture(scope="module")
def sealed(ours: House) -> bytes:
    return ours.credentials.sign(JPEG, claim(ingredients=(Ingredient("plate front", PLATE),)))


def manifest(data: bytes, house_: House) -> dict[str, Any]:
    """The active manifest as the library reads it."""
    with (
        Context.from_dict(module._settings(house_.root_pem)) as context,
        Reader("image/jpeg", io.BytesIO(data), context=context) as reader,
    ):
        return dict(reader.get_active_manifest() or {})


def signed_by(house_: House, said: dict[str, Any], data: bytes = JPEG, **also: str) -> bytes:
    """Sign any manifest at all, as a stranger with a certificate of her own could."""
    adapter = house_.credentials
    sign = adapter._sign
    assert sign is not None
    target = io.BytesIO()
    with (
        Signer.from_callback(sign, C2paSigningAlg.ES256, adapter._chain) as signer,
        Context.from_dict(module._settings("")) as context,
        Builder(json.dumps(said), context=context) as builder,
    ):
        if "remote" in also:
            builder.set_no_embed()
            builder.set_remote_url(also["remote"])
        builder.sign(signer, "image/jpeg", io.BytesIO(data), target)
    return target.getvalue()


def test_what_is_signed_is_read_back(ours: House, sealed: bytes) -> None:
    made = claim()
    found = ours.credentials.read(sealed)
    assert replace(found, label=None) == Credential(
        CredentialState.TRUSTED,
        made.number,
        made.license,
        made.fingerprint,
        made.source_type,
        "Maison Test claims",
    )
    assert len(sealed) - len(JPEG) < 20_000


def test_the_pixels_and_the_fields_are_left_alone(sealed: bytes) -> None:
    read = PillowPictures().decode
    assert np.array_equal(read(sealed, where="x"), read(JPEG, where="x"))
    with Image.open(io.BytesIO(sealed)) as image:
        assert b"<photoshop:Credit>N<" in image.info["xmp"]


def test_the_manifest_says_all_that_the_specification_asks(ours: House, sealed: bytes) -> None:
    said = manifest(sealed, ours)
    assert said["claim_generator_info"][0]["specVersion"] == "2.4.0"
    assert "thumbnail" not in said
    assert all("thumbnail" not in item for item in said["ingredients"])
    assert all(item["created"] for item in said["assertions"])
    data = {item["label"]: item["data"] for item in said["assertions"]}
    assert set(data) == {
        "c2pa.actions.v2",
        "c2pa.soft-binding",
        "cawg.training-mining",
        "org.sosie.license",
    }
    actions = data["c2pa.actions.v2"]
    assert actions["allActionsIncluded"] is True
    first = actions["actions"][0]
    assert first["action"] == "c2pa.created"
    assert first["digitalSourceType"].endswith("/composite")
    assert len(first["parameters"]["ingredients"]) == 1
    uses = {entry["use"] for entry in data["cawg.training-mining"]["entries"].values()}
    assert len(data["cawg.training-mining"]["entries"]) == 4
    assert uses == {"notAllowed"}


def test_a_rendition_opens_its_master_and_keeps_its_manifest(ours: House, sealed: bytes) -> None:
    small = PillowPictures().encode(plate(1, height=200))
    master = Ingredient("master", sealed, "parentOf")
    rendition = ours.credentials.sign(small, claim(77, ingredients=(master,)))
    found = ours.credentials.read(rendition)
    assert (found.state, found.number) == (CredentialState.TRUSTED, 77)
    said = manifest(rendition, ours)
    opened = said["assertions"][0]["data"]["actions"][0]
    assert opened["action"] == "c2pa.opened"
    assert said["ingredients"][0]["relationship"] == "parentOf"
    assert said["ingredients"][0]["active_manifest"] == manifest(sealed, ours)["label"]


def test_a_watermark_has_its_room(ours: House) -> None:
    from dataclasses import replace

    data = ours.credentials.sign(JPEG, replace(claim(), watermark="0123456789abcdef"))
    found = ours.credentials.read(data)
    assert found.state is CredentialState.TRUSTED
    assert found.fingerprint == claim().fingerprint


def test_only_the_chosen_root_makes_trust(ours: House, strangers: House, sealed: bytes) -> None:
    assert strangers.credentials.read(sealed).state is CredentialState.VALID
    assert ours.credentials.read(sealed, anchors=strangers.root_pem).state is CredentialState.VALID
    assert ours.credentials.read(sealed, anchors="").state is CredentialState.VALID
    both = strangers.root_pem + ours.root_pem
    assert ours.credentials.read(sealed, anchors=both).state is CredentialState.TRUSTED
    # A stranger may call herself what she likes and state what she likes.
    forged = strangers.credentials.sign(JPEG, claim())
    assert ours.credentials.read(forged).state is CredentialState.VALID


def test_bad_anchors_trust_nobody(ours: House, sealed: bytes) -> None:
    for anchors in ("nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        found = ours.credentials.read(sealed, anchors=anchors)
        assert found.state is not CredentialState.TRUSTED


def test_changed_pixels_are_invalid_and_say_whose_seal_it_was(ours: House, sealed: bytes) -> None:
    changed = bytearray(sealed)
    changed[-500] ^= 1
    found = ours.credentials.read(bytes(changed))
    assert found.state is CredentialState.INVALID
    assert found.bytes_differ
    assert found.number == claim().number
    # The same under another root: the signer is nobody, and nothing is told of what she states.
    told = ours.credentials.read(bytes(changed), anchors="")
    assert told.state is CredentialState.INVALID
    assert told.number is None
    assert told.license is None


def test_an_appended_archive_is_a_change(ours: House, sealed: bytes) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("evil.txt", "x")
    found = ours.credentials.read(sealed + archive.getvalue())
    assert found.state is CredentialState.INVALID
    assert found.bytes_differ


def test_a_manifest_moved_to_another_picture_is_invalid(ours: House, sealed: bytes) -> None:
    segments = _jumbf(sealed)
    assert segments
    replayed = PLATE[:2] + segments + PLATE[2:]
    assert ours.credentials.read(replayed).state is not CredentialState.TRUSTED


def test_two_manifests_are_not_trusted(ours: House, strangers: House, sealed: bytes) -> None:
    other = _jumbf(strangers.credentials.sign(JPEG, claim(8)))
    for data in (
        sealed[:2] + other + sealed[2:],
        sealed[:2] + _jumbf(sealed) + sealed[2:],
    ):
        assert ours.credentials.read(data).state is not CredentialState.TRUSTED


def test_a_resigned_seal_is_the_last_signers(ours: House, strangers: House, sealed: bytes) -> None:
    taken = Ingredient("found", sealed, "parentOf")
    found = ours.credentials.read(strangers.credentials.sign(JPEG, claim(8, ingredients=(taken,))))
    assert (found.state, found.number) == (CredentialState.VALID, 8)


def _jumbf(data: bytes) -> bytes:
    """The APP11 segments of a JPEG."""
    found, at = b"", 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        if data[at + 1] == 0xEB:
            found += data[at : at + 2 + length]
        at += 2 + length
    return found


def test_a_remote_manifest_is_never_fetched(
    ours: House, strangers: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1.0)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
        data = signed_by(strangers, {"assertions": []}, remote=url)
        assert url.encode() in data
        assert ours.credentials.read(data) == NOTHING
        with pytest.raises(TimeoutError):
            server.accept()
        # The control: a reader that may fetch comes to this server.
        asked = {**module._settings(""), "core": {}}
        asked["verify"] = {"remote_manifest_fetch": True}
        code = (
            "import io,json,sys; from c2pa import Reader, Context\n"
            "try: Reader('image/jpeg', io.BytesIO(sys.stdin.buffer.read()),"
            f" context=Context.from_dict(json.loads({json.dumps(json.dumps(asked))})))\n"
            "except Exception: pass"
        )
        with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as reader:
            assert reader.stdin is not None
            reader.stdin.write(data)
            reader.stdin.close()
            server.settimeout(20.0)
            connection, _ = server.accept()
            connection.close()
            reader.wait(timeout=30)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "N\u202eoidua", "\x1b[31mred", "Nоra (Cyrillic o)", "x" * 900],
)
def test_text_in_fields_changes_nothing(ours: House, text: str) -> None:
    data = ours.credentials.sign(JPEG, claim(twin_name=text, title=text))
    found = ours.credentials.read(data)
    assert found.state is CredentialState.TRUSTED
    assert found.license is not None
    assert found.license.twin_name == text[:200]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"version": 2, "number": "0000-0000-00007"},
        {"version": 1, "number": "not a number"},
        {"version": 1, "number": 7, "terms": []},
        {"version": 1, "number": "0000-0000-00007", "terms": {"sosie": "terms/1"}},
        ["a", "list"],
        "text",
    ],
)
def test_a_license_assertion_that_is_none_states_nothing(strangers: House, said: Any) -> None:
    assertions = [{"label": "org.sosie.license", "data": said, "created": True}]
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalArt"
    created = {"action": "c2pa.created", "digitalSourceType": source}
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}, "created": True}
    data = signed_by(strangers, {"assertions": [actions, *assertions]})
    found = strangers.credentials.read(data)
    assert found.state is CredentialState.TRUSTED
    assert (found.number, found.license) == (None, None)


def test_what_was_only_gathered_or_said_twice_is_not_believed(strangers: House) -> None:
    data = module._license(claim())
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalArt"
    created = {"action": "c2pa.created", "digitalSourceType": source}
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [created]}, "created": True}
    once = {"label": "org.sosie.license", "data": data, "created": True}
    for extra, number in (
        ([once], claim().number),
        ([{**once, "created": False}], None),
        ([once, {**once, "data": {**data, "number": "0000-0000-00008"}}], None),
    ):
        signed = signed_by(strangers, {"assertions": [actions, *extra]})
        assert strangers.credentials.read(signed).number == number


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=8),
    st.one_of(st.none(), st.integers(0, 10**6)),
)
def test_no_change_outside_the_signature_is_trusted(
    ours: House, sealed: bytes, changes: list[tuple[int, int]], cut: int | None
) -> None:
    data = bytearray(sealed)
    for at, by in changes:
        data[at % len(data)] ^= by
    whole = bytes(data if cut is None else data[: cut % len(data)])
    found = ours.credentials.read(whole)
    if found.state is CredentialState.TRUSTED:
        # Unsigned padding inside the manifest may change; what is stated may not.
        assert found == ours.credentials.read(sealed)
        inside = len(_jumbf(sealed))
        moved = [i for i, (a, b) in enumerate(zip(whole, sealed, strict=True)) if a != b]
        assert all(i < 20 + inside + 64 for i in moved)


@settings(max_examples=200)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_random_bytes_have_no_credential(data: bytes, start: bytes) -> None:
    found = C2pa("", None, "").read(start + data)
    assert found.state in (CredentialState.ABSENT, CredentialState.UNREADABLE)


def test_a_plain_picture_has_none(ours: House) -> None:
    assert ours.credentials.read(JPEG) == NOTHING
    for format_ in ("PNG", "WEBP", "AVIF"):
        target = io.BytesIO()
        Image.fromarray(plate(1, height=200)).save(target, format_)
        assert ours.credentials.read(target.getvalue()) == NOTHING


def test_what_cannot_be_signed_says_so(ours: House) -> None:
    with pytest.raises(BadInput, match="no signing key"):
        C2pa("", None, ours.root_pem).sign(JPEG, claim())
    with pytest.raises(BadInput, match="cannot be signed"):
        ours.credentials.sign(b"no picture", claim())


def test_what_the_signing_key_raises_comes_through(ours: House) -> None:
    def locked(data: bytes) -> bytes:
        raise BadInput("the passphrase is wrong", where="key", remedy="try again")

    with pytest.raises(BadInput, match="passphrase is wrong"):
        C2pa(ours.credentials._chain, locked, ours.root_pem).sign(JPEG, claim())


def test_an_adapter_made_before_a_fork_works_after_it(ours: House, sealed: bytes) -> None:
    assert ours.credentials.read(sealed).state is CredentialState.TRUSTED
    child = os.fork()
    if child == 0:
        good = ours.credentials.read(sealed).state is CredentialState.TRUSTED
        os._exit(0 if good else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
