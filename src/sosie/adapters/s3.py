"""S3-compatible stores: a part of a bucket, and files by what is in them kept there.

Credentials and endpoint come as every AWS tool takes them (`AWS_ACCESS_KEY_ID`,
`AWS_ENDPOINT_URL_S3` …); no error says any of them.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sosie.core.s3 import place
from sosie.core.values import BadInput, Digest, digest

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ABSENT = ("NoSuchKey", "404")
_CONFIG = Config(
    connect_timeout=10,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 3},
    # What is written has a SHA-256 beside it; older stores know no other checksum.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class Bucket:
    """The objects of a bucket under a prefix, `s3://bucket/prefix`.

    Every method raises ``BadInput``: ``s3.unreachable`` where nobody answers, or there are no
    credentials, ``s3.refused`` where the store says no.
    """

    def __init__(self, address: str) -> None:
        """Name the place; raises ``BadInput`` (``s3.address``). Nothing is sent yet."""
        self.address = address
        self._bucket, self._prefix = place(address)
        with self._spoken("-"):
            self._client = boto3.session.Session().client("s3", config=_CONFIG)

    def put(self, name: str, data: bytes) -> None:
        """Write an object whole; it is stored when the call returns."""
        checksum = b64encode(bytes.fromhex(digest(data).partition(":")[2])).decode()
        self._call("put_object", name, Body=data, ChecksumSHA256=checksum)

    def get(self, name: str) -> bytes:
        """Return the bytes of an object; raises ``LookupError`` if it is absent."""
        with self._spoken(name):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(name))
            return bytes(answer["Body"].read())

    def has(self, name: str) -> bool:
        """Return whether an object is there."""
        try:
            self._call("head_object", name)
        except LookupError:
            return False
        return True

    def delete(self, name: str) -> None:
        """Delete an object; nothing happens if it is absent."""
        self._call("delete_object", name)

    def names(self, under: str) -> Iterator[str]:
        """Yield the names of all objects under a name, in order."""
        with self._spoken(under):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._key(under)):
                for each in page.get("Contents", ()):
                    yield str(each["Key"]).removeprefix(self._key(""))

    def refuse_versions(self) -> None:
        """Raise ``BadInput`` (``s3.versioned``) where the bucket keeps, or kept, versions: they
        would outlive an erasure, and so would what object lock and replication hold, which need
        them. A store that knows no versions has none."""
        try:
            with self._spoken("-"):
                answer = self._client.get_bucket_versioning(Bucket=self._bucket)
        except BadInput as error:
            if "NotImplemented" not in error.what:
                raise
            return
        if answer.get("Status"):
            raise BadInput(
                "the bucket keeps versions, and what is erased would stay in them",
                where=self.address,
                remedy="name a bucket that never kept versions",
                code="s3.versioned",
            )

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _call(self, act: str, name: str, **said: Any) -> None:
        with self._spoken(name):
            getattr(self._client, act)(Bucket=self._bucket, Key=self._key(name), **said)

    @contextmanager
    def _spoken(self, name: str) -> Iterator[None]:
        """Say what went wrong in our words; of an answer only its code, which holds no secret."""
        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "an error"))
            if code in _ABSENT:
                raise LookupError(f"no object `{name}` in {self.address}") from None
            raise BadInput(
                f"the store answers `{code}`",
                where=self.address,
                remedy="check the bucket and what these credentials may do there",
                code="s3.refused",
            ) from None
        except (BotoCoreError, ValueError) as error:
            raise BadInput(
                f"the store cannot be reached ({type(error).__name__})",
                where=self.address,
                remedy="check endpoint, region and credentials (`AWS_…`)",
                code="s3.unreachable",
            ) from None


class S3Blobs:
    """Keeps each blob as `sha256/ab/<64 hexadecimal digits>`, as a folder does: one may be copied
    into the other.

    An object is there whole or not at all, and is stored when the store has answered. Nothing goes
    in, and nothing is erased, while the bucket keeps versions: what is erased must be gone.
    """

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._unversioned = False

    def put(self, data: bytes) -> Digest:
        """Keep some bytes and return their digest; keeping them twice keeps them once."""
        if not self._unversioned:  # asked once a process; before each erasure again
            self._bucket.refuse_versions()
            self._unversioned = True
        name = digest(data)
        if not self._bucket.has(_name(name)):
            self._bucket.put(_name(name), data)
        return name

    def get(self, digest_: Digest) -> bytes:
        """Return the bytes; raises ``LookupError`` if absent, ``BadInput`` if they changed."""
        data = self._bucket.get(_name(digest_))
        if digest(data) != digest_:
            raise BadInput(
                "the bytes are not those that were kept",
                where=f"{self._bucket.address}: {_name(digest_)}",
                remedy="restore the object from a backup",
                code="file.changed",
            )
        return data

    def delete(self, digest_: Digest) -> None:
        """Erase the bytes; nothing happens if they are absent. Raises ``BadInput``
        (``s3.versioned``) rather than leave a version behind."""
        name = _name(digest_)
        self._bucket.refuse_versions()
        self._bucket.delete(name)

    def all(self) -> Iterator[Digest]:
        """Yield the digest of every blob that is kept."""
        for name in self._bucket.names("sha256/"):
            found = f"sha256:{name.rpartition('/')[2]}"
            if _DIGEST.fullmatch(found):
                yield Digest(found)


def _name(digest_: Digest) -> str:
    if not _DIGEST.fullmatch(digest_):
        raise LookupError(f"`{digest_}` is no SHA-256 digest")
    digits = digest_.partition(":")[2]
    return f"sha256/{digits[:2]}/{digits}"
