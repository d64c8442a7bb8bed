"""The one suite that every keeper of files must pass: a folder, and a bucket of an S3 store."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from sosie import wiring
from sosie.adapters.blobs import FolderBlobs
from sosie.adapters.s3 import Bucket, S3Blobs
from sosie.core.ports import Blobs, Outside
from sosie.core.values import BadInput, Digest, digest
from sosie.services import erasure, workspace
from sosie.store.models import TwinFile
from tests.services.conftest import (
    LATER,
    SECRETS,
    captured,
    granted,
    keys_made_once,
    made_once,
)
from tests.stores import KEY, SECRET, bucket, s3_server, with_credentials

__all__ = ["captured", "keys_made_once", "made_once"]
ABSENT = digest(b"nobody kept this")


@dataclass(frozen=True)
class Kept:
    """A keeper, and how a test reaches what it keeps from behind."""

    blobs: Blobs
    change: Callable[[str, bytes], None]
    """Write other bytes under the name of one, `sha256/ab/…`, or a file that is no blob."""


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with s3_server() as address, with_credentials(address):
        yield address


def _in_bucket(name: str, prefix: str) -> Kept:
    client = boto3.client("s3")

    def change(key: str, data: bytes) -> None:
        client.put_object(Bucket=name, Key=f"{prefix}/{key}".lstrip("/"), Body=data)

    return Kept(S3Blobs(Bucket(f"s3://{name}/{prefix}")), change)


@pytest.fixture(params=["folder", "bucket", "prefix"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "folder":
        folder = tmp_path / "blobs"

        def change(key: str, data: bytes) -> None:
            (folder / key).parent.mkdir(parents=True, exist_ok=True)
            (folder / key).write_bytes(data)

        return Kept(FolderBlobs(folder), change)
    request.getfixturevalue("store")
    name = bucket(tmp_path.name.replace("_", "-").strip("-"))
    return _in_bucket(name, "" if request.param == "bucket" else "maison/sosie")


def test_what_is_kept_is_returned_by_its_digest(kept: Kept) -> None:
    one, other = kept.blobs.put(b"one"), kept.blobs.put(b"")
    assert (one, other) == (digest(b"one"), digest(b""))
    assert kept.blobs.put(b"one") == one
    assert (kept.blobs.get(one), kept.blobs.get(other)) == (b"one", b"")
    assert sorted(kept.blobs.all()) == sorted((one, other))


def test_the_digest_is_checked_on_reading(kept: Kept) -> None:
    one = kept.blobs.put(b"one")
    kept.change(_key(one), b"two")
    with pytest.raises(BadInput) as error:
        kept.blobs.get(one)
    assert error.value.code == "file.changed"
    assert _key(one) in str(error.value)


def test_what_is_absent_is_absent(kept: Kept) -> None:
    assert list(kept.blobs.all()) == []
    kept.blobs.delete(ABSENT)
    for odd in (ABSENT, "sha256:../../../etc/passwd", "md5:" + "0" * 64, "", "sha256:" + "A" * 64):
        with pytest.raises(LookupError):
            kept.blobs.get(Digest(odd))


def test_what_is_erased_is_gone(kept: Kept) -> None:
    one, other = kept.blobs.put(b"one"), kept.blobs.put(b"other")
    kept.blobs.delete(one)
    kept.blobs.delete(one)
    with pytest.raises(LookupError):
        kept.blobs.get(one)
    assert list(kept.blobs.all()) == [other]
    assert kept.blobs.put(b"one") == one  # and may come again
    assert kept.blobs.get(one) == b"one"


def test_what_else_lies_there_is_no_blob(kept: Kept) -> None:
    one = kept.blobs.put(b"one")
    for stray in ("sha256/ab/README", "other/file"):
        kept.change(stray, b"stray")
    assert list(kept.blobs.all()) == [one]


def _key(digest_: Digest) -> str:
    digits = digest_.partition(":")[2]
    return f"sha256/{digits[:2]}/{digits}"


def test_many_are_listed_over_many_pages(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _in_bucket(bucket("many"), "m")
    names = sorted(made.blobs.put(f"{n}".encode()) for n in range(23))
    paginator = type(boto3.client("s3").get_paginator("list_objects_v2"))
    asked = paginator.paginate
    small = {"PaginationConfig": {"PageSize": 10}}
    monkeypatch.setattr(paginator, "paginate", lambda self, **said: asked(self, **said, **small))
    assert list(made.blobs.all()) == names


def test_a_bucket_that_keeps_versions_takes_nothing_and_erases_nothing(store: str) -> None:
    made = _in_bucket(bucket("versioned", versions=True), "v")
    made.change(_key(ABSENT), b"nobody kept this")
    for act in (lambda: made.blobs.put(b"one"), lambda: made.blobs.delete(ABSENT)):
        with pytest.raises(BadInput) as error:
            act()
        assert error.value.code == "s3.versioned"
    assert made.blobs.get(ABSENT) == b"nobody kept this"  # what is there is read
    # One that is switched on later is noticed before the next erasure.
    late = _in_bucket(bucket("late"), "v")
    one = late.blobs.put(b"one")
    on = {"Status": "Suspended"}
    boto3.client("s3").put_bucket_versioning(Bucket="late", VersioningConfiguration=on)
    with pytest.raises(BadInput) as error:
        late.blobs.delete(one)
    assert error.value.code == "s3.versioned"


def test_what_goes_wrong_is_said_without_a_secret(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "sosie")
    said = []
    with pytest.raises(BadInput) as error:
        Bucket("s3://no-such-bucket/x").put("a", b"b")
    said.append(error.value)
    for name, value in (
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9"),
        ("AWS_ENDPOINT_URL_S3", "no address"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with pytest.raises(BadInput) as error:
                Bucket("s3://some-bucket/x").get("a")
            said.append(error.value)
    assert [each.code for each in said] == ["s3.refused", "s3.unreachable", "s3.unreachable"]
    assert "NoSuchBucket" in str(said[0])
    for each in (*map(str, said), caplog.text):
        assert SECRET not in each
        assert KEY not in each


@pytest.mark.parametrize(
    "address",
    ["", "bucket", "s3://", "s3://B/x", "s3://ab", "https://b.example/x", "s3://bucket/a b"],
)
def test_what_is_no_place_in_a_bucket_is_not_taken(address: str) -> None:
    with pytest.raises(BadInput) as error:
        Bucket(address)
    assert error.value.code == "s3.address"


@pytest.fixture
def stored(captured: Outside, store: str, tmp_path: Path) -> Outside:
    """The workspace with the twin, its files moved into a bucket."""
    name = bucket(f"of-{tmp_path.name}".replace("_", "-").strip("-"))
    moved = S3Blobs(Bucket(f"s3://{name}/sosie"))
    for each in captured.blobs.all():
        moved.put(captured.blobs.get(each))
    return replace(captured, blobs=moved)


def test_fsck_says_what_is_absent_or_changed_in_the_bucket(
    stored: Outside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace.fsck(stored) == ()
    one, other = sorted(workspace.files())[:2]
    client = boto3.client("s3")
    name = f"of-{tmp_path.name}".replace("_", "-").strip("-")
    client.delete_object(Bucket=name, Key=f"sosie/{_key(one)}")
    client.put_object(Bucket=name, Key=f"sosie/{_key(other)}", Body=b"other")
    assert [each.code for each in workspace.fsck(stored)] == ["file.absent", "file.changed"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    silent = replace(stored, blobs=S3Blobs(Bucket(f"s3://{name}/sosie")))
    with pytest.raises(BadInput) as error:  # nothing is said of files that nobody could read
        workspace.fsck(silent)
    assert error.value.code == "s3.unreachable"


def test_a_twin_is_erased_from_the_bucket(stored: Outside, tmp_path: Path) -> None:
    hers = {Digest(each.digest) for each in TwinFile.objects.all()}
    assert hers <= set(stored.blobs.all())
    name = f"of-{tmp_path.name}".replace("_", "-").strip("-")
    client = boto3.client("s3")
    by: dict[str, Any] = {"twin": "ines", "by": "ines", "passphrase": SECRETS["ines"], "now": LATER}
    on = {"Status": "Enabled"}
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=on)
    with pytest.raises(BadInput) as error:  # never said to be done when it is not
        erasure.delete(stored, **by)
    assert error.value.code == "s3.versioned"
    again = f"{name}-2"
    copied = replace(stored, blobs=S3Blobs(Bucket(f"s3://{bucket(again)}/sosie")))
    for each in stored.blobs.all():
        copied.blobs.put(stored.blobs.get(each))
    proof = granted(erasure.delete(copied, **by))
    assert {Digest(each.digest) for each in proof.record.erased} == hers
    assert not hers & set(copied.blobs.all())
    assert erasure.check(copied, proof) == ()
    versions = client.list_object_versions(Bucket=again).get("Versions", ())
    assert not {each["Key"] for each in versions} & {f"sosie/{_key(each)}" for each in hers}


def test_the_setting_names_the_bucket(
    store: str, tmp_path: Path, keys_made_once: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOSIE_BLOBS", f"s3://{bucket('named')}/maison")
    one = wiring.assembled(keys_made_once, "test-house", SECRETS["house"]).blobs.put(b"one")
    listed = boto3.client("s3").list_objects_v2(Bucket="named")["Contents"]
    assert [each["Key"] for each in listed] == [f"maison/{_key(one)}"]
    assert not (keys_made_once / "blobs" / _key(one)).exists()
