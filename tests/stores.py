"""A store that speaks S3, as a process of its own on this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest

KEY, SECRET = "AKIAOFNOBODYATALL000", "a-secret-that-no-error-says"


@contextmanager
def s3_server() -> Iterator[str]:
    """Start a store; yields its address."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    clean = {name: said for name, said in os.environ.items() if not name.startswith("AWS_")}
    env = {**clean, "PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryFile("w+") as told:
        server = subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT, env=env)
        try:
            for _ in range(600):
                told.seek(0)
                said = told.read()
                if found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", said):
                    break
                time.sleep(0.1)
            assert found, f"it does not serve: {said}"
            yield found[1]
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def with_credentials(address: str) -> Iterator[None]:
    """Work with the credentials and the endpoint of a store, as every AWS tool takes them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_ENDPOINT_URL_S3", address)
        patch.delenv("AWS_PROFILE", raising=False)
        yield


def bucket(name: str, *, versions: bool = False) -> str:
    """Make a bucket; returns its name."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=name)
    if versions:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
