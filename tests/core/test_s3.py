"""Requests to S3 are signed as AWS says: its own example, and botocore beside ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from sosie.core.s3 import Store, place, signed
from sosie.core.values import BadInput

KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = datetime(2013, 5, 24, tzinfo=UTC)


def test_the_example_of_the_documents() -> None:
    """GET Object, from "Signature Calculations for the Authorization Header"."""
    said = signed(
        "GET",
        "https://examplebucket.s3.amazonaws.com/test.txt",
        b"",
        {"Range": "bytes=0-9"},
        region="us-east-1",
        key_id=KEY,
        secret=SECRET,
        now=NOW,
    )
    assert said["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1), st.binary())
def test_botocore_signs_the_same(name: str, body: bytes) -> None:
    name = name.strip("/") or "a"
    store = Store("bucket", "prefix", "https://s3.example:9000", "eu-west-3", KEY, SECRET)
    ours = store.put(name, body, now=NOW)
    theirs = AWSRequest("PUT", ours.url, data=body)
    for header in ("x-amz-checksum-sha256", "x-amz-content-sha256"):
        theirs.headers[header] = ours.headers[header]
    theirs.context["timestamp"] = ours.headers["x-amz-date"]
    auth = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "eu-west-3")
    theirs.headers["X-Amz-Date"] = ours.headers["x-amz-date"]
    text = auth.canonical_request(theirs)
    mac = auth.signature(auth.string_to_sign(theirs, text), theirs)
    assert ours.headers["Authorization"].endswith(f"Signature={mac}")
    assert SECRET not in repr(store)


@pytest.mark.parametrize(
    ("address", "found"), [("s3://ab-c/x/y/", ("ab-c", "x/y")), ("s3://abc", ("abc", ""))]
)
def test_a_place_in_a_bucket(address: str, found: tuple[str, str]) -> None:
    assert place(address) == found


@pytest.mark.parametrize(
    "address", ["", "s3://", "s3://B/x", "https://bucket.example/x", "s3://bucket/a b"]
)
def test_what_is_no_place_is_not_taken(address: str) -> None:
    with pytest.raises(BadInput) as error:
        place(address)
    assert error.value.code == "s3.address"
