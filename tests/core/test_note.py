"""Signed notes and checkpoints, beside a signature made the slow way."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from dataclasses import replace
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sosie.core import note
from sosie.core.transparency import (
    Checkpoint,
    Note,
    VerifierKey,
    open_checkpoint,
    sign_checkpoint,
)
from sosie.core.values import BadInput
from tests.core.logs import KEY, NAME, SEED, VERIFIER, refused, sha

EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
"""The root of the eight leaves of the Certificate Transparency code."""
TEXT = b"log.example/sosie\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"


def slow_ed25519(seed: bytes, message: bytes) -> tuple[bytes, bytes]:
    """RFC 8032, section 5.1, on Python integers: the public key and the signature."""
    p, order = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    d = -121665 * pow(121666, -1, p) % p
    y = 4 * pow(5, -1, p) % p
    x = pow((y * y - 1) * pow(d * y * y + 1, -1, p), (p + 3) // 8, p)
    if (x * x * (d * y * y + 1) - (y * y - 1)) % p:
        x = x * pow(2, (p - 1) // 4, p) % p
    base = (x if x % 2 == 0 else p - x, y)

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        t = d * a[0] * b[0] * a[1] * b[1]
        return (
            (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, p) % p,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, p) % p,
        )

    def times(k: int) -> bytes:
        point, power = (0, 1), base
        while k:
            if k & 1:
                point = add(point, power)
            power, k = add(power, power), k >> 1
        return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")

    half = hashlib.sha512(seed).digest()
    a = int.from_bytes(half[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    public = times(a)
    r = int.from_bytes(hashlib.sha512(half[32:] + message).digest(), "little") % order
    big_r = times(r)
    k = int.from_bytes(hashlib.sha512(big_r + public + message).digest(), "little")
    return public, big_r + ((r + k * a) % order).to_bytes(32, "little")


@cache
def signed(text: bytes = TEXT) -> bytes:
    """A signed note made by hand, without the code under test."""
    public, signature = slow_ed25519(SEED, text)
    key_id = sha(NAME.encode() + b"\n\x01" + public)[:4]
    line = "\u2014 " + NAME + " " + base64.b64encode(key_id + signature).decode() + "\n"
    return text + b"\n" + line.encode()


def test_a_checkpoint_is_signed_as_the_specification_says() -> None:
    checkpoint = Checkpoint(NAME, 8, bytes.fromhex(EIGHT))
    assert checkpoint.text.encode() == TEXT
    data = sign_checkpoint(checkpoint, str(VERIFIER), KEY.sign)
    assert data == signed()
    assert open_checkpoint(signed(), str(VERIFIER)) == checkpoint
    kind_and_key = b"\x01" + slow_ed25519(SEED, b"")[0]
    key_id = sha(NAME.encode() + b"\n" + kind_and_key)[:4].hex()
    assert str(VERIFIER) == f"{NAME}+{key_id}+{base64.b64encode(kind_and_key).decode()}"


def test_the_example_of_the_specification_is_read() -> None:
    """The published example of C2SP tlog-checkpoint: a log of 20,852,163 entries."""
    found = Note.parse(
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe"
        "4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n".encode()
    )
    checkpoint = Checkpoint.parse(found.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert found.signatures[0].key_id.hex() == "033de0ae"


def test_signatures_of_others_are_passed_over() -> None:
    stranger = "\u2014 witness.example AAAAAHNvbWVib2R5IGVsc2U=\n".encode()
    same_name = f"\u2014 {NAME} AAAAAHNvbWVib2R5IGVsc2U=\n".encode()
    many = stranger * 40 + same_name
    body, own = signed().split(b"\n\n")
    data = body + b"\n\n" + many + own
    assert open_checkpoint(data, str(VERIFIER)).size == 8
    assert len(Note.parse(data).signatures) == 42
    assert Note.parse(data).encode() == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (signed().replace(b"\n8\n", b"\n9\n"), "log.signature"),
        (signed().replace(b"\n", b"\r\n"), "log.note"),
        (signed().replace(b"\n8\n", b"\n8\r\n"), "log.note"),
        (signed()[:-1], "log.note"),
        (signed() + b"\n", "log.note"),
        (signed() + b"\n\n", "log.note"),
        (signed() + b"more\n", "log.note"),
        (signed() + b"\xe2\x80\x94 a+b AAAAAAAA\n", "log.note"),
        (signed() + b"\xe2\x80\x94 name AAAAAAA\n", "log.note"),
        (signed() + b"\xe2\x80\x94 name AAAA\n", "log.note"),
        (signed().replace("\u2014".encode(), b"-"), "log.note"),
        (TEXT, "log.note"),
        (TEXT + b"\n", "log.note"),
        (b"", "log.note"),
        (b"\xff" + signed(), "log.note"),
        (b"\x00" + signed(), "log.note"),
        (b"x" * 300_000 + signed(), "log.note"),
        (signed() + signed().split(b"\n\n")[1][:-8] + b"AAAA==\n", "log.note"),
        (signed(TEXT.replace(b"8", b"08")), "log.checkpoint"),
        (signed(TEXT.replace(b"8", b"-8")), "log.checkpoint"),
        (signed(TEXT.replace(b"8", b"9" * 5000)), "log.checkpoint"),
        (signed(TEXT.replace(b"8", "\u0668".encode())), "log.checkpoint"),
        (signed(TEXT.replace(b"8\n", b"0\n")), "log.checkpoint"),
        (signed(TEXT.replace(b"yg=", b"yh=")), "log.checkpoint"),
        (signed(TEXT.replace(b"Xcna", b"")), "log.checkpoint"),
        (signed(TEXT + b"\n"), "log.checkpoint"),
        (signed(b"log.example/sosie\n8\n"), "log.checkpoint"),
        (signed(b"log.example/other" + TEXT[17:]), "log.origin"),
    ],
)
def test_a_checkpoint_that_is_not_one_is_refused(data: bytes, code: str) -> None:
    assert open_checkpoint(signed(), str(VERIFIER))
    assert refused(open_checkpoint, data, str(VERIFIER)) == code


def test_another_key_and_a_false_signature_are_refused() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key()
    other = VerifierKey(NAME, stranger.public_bytes_raw())
    assert refused(open_checkpoint, signed(), str(other)) == "log.signature"
    renamed = VerifierKey("log.example/else", VERIFIER.public)
    assert refused(open_checkpoint, signed(), str(renamed)) == "log.signature"
    body, own = signed().split(b"\n\n")
    false = f"\u2014 {NAME} {base64.b64encode(VERIFIER.id + bytes(64)).decode()}\n".encode()
    for lines in (false, false + own, own + false):  # one false one spoils a good one
        assert refused(open_checkpoint, body + b"\n\n" + lines, str(VERIFIER)) == ("log.signature")


def test_a_line_separator_of_unicode_ends_no_line() -> None:
    text = TEXT + "an\u2028extension\u0085line\n".encode()
    found = open_checkpoint(signed(text), str(VERIFIER))
    assert found.extensions == ("an\u2028extension\u0085line",)


def test_verifier_keys_are_read_strictly() -> None:
    line = str(VERIFIER)
    assert VerifierKey.parse(line) == VERIFIER
    name, hashed, key = line.split("+", 2)
    ecdsa = base64.b64encode(b"\x02" + VERIFIER.public).decode()
    for bad in (
        "",
        name,
        f"{name}+{key}",
        f"{name}+00000000+{key}",
        f"{name}x+{hashed}+{key}",
        f"+{hashed}+{key}",
        f"a b+{hashed}+{key}",
        f"{name}+{hashed.upper()}+{key}",
        f"{name}+{hashed}+{key[:-4]}",
        f"{name}+{hashed}+{ecdsa}",
        f"{name}+{hashed}+{key}\n",
        line * 20,
    ):
        assert refused(VerifierKey.parse, bad) == "log.key", bad


def test_what_would_not_verify_is_not_signed() -> None:
    checkpoint = Checkpoint(NAME, 8, bytes.fromhex(EIGHT))
    with pytest.raises(ValueError, match="does not hold"):
        sign_checkpoint(checkpoint, str(VERIFIER), lambda _text: bytes(64))
    with pytest.raises(ValueError, match="does not sign for"):
        sign_checkpoint(replace(checkpoint, origin="x"), str(VERIFIER), KEY.sign)
    for bad in ({"origin": ""}, {"origin": "a\nb"}, {"size": -1}, {"size": 2**63}, {"size": 0}):
        with pytest.raises(ValueError, match=r"line|entries"):
            replace(checkpoint, **bad)
    with pytest.raises(ValueError, match="32 bytes"):
        replace(checkpoint, root=b"")


@settings(max_examples=300)
@given(st.binary(max_size=300))
def test_reading_any_bytes_ends_in_bad_input(data: bytes) -> None:
    for text in (data, signed()[: len(data)] + data, data + signed()):
        found = None
        with suppress(BadInput):  # and nothing else
            found = Note.parse(text)
        assert found is None or found.encode() == text


def test_the_size_limit_of_a_note_leaves_room_for_witnesses() -> None:
    line = f"\u2014 witness.example {base64.b64encode(bytes(5000)).decode()}\n".encode()
    body, own = signed().split(b"\n\n")
    assert open_checkpoint(body + b"\n\n" + line * 16 + own, str(VERIFIER)).size == 8
    assert note.MAX_NOTE_BYTES == 262_144
