"""A full disk: changes are refused with 503, reads go on, and it recovers by itself."""

import os
import subprocess
import time

import pytest

from harness.errors import refusal

MEBIBYTE = 1024 * 1024
RECOVERY_SECONDS = 30


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", tmp_path], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a tmpfs here: {mounted.stderr.strip()}")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def fill(ballast):
    """Writes until there is no room for one more byte."""
    with open(ballast, "ab", buffering=0) as file:
        for size in (MEBIBYTE, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                pass


def test_full_and_roomy_again(launch, small_disk):
    server = launch(data=small_disk / "data")
    key = server.create_user_with_key("alice")
    ballast = small_disk / "ballast"
    fill(ballast)

    # There may be some room left in files that the store has already grown.
    acknowledged, refused = [], None
    for number in range(20_000):
        answer = server.call("CreateUser", {"UserName": f"user{number}", "Path": "/" + "p" * 500 + "/"})
        if answer.status != 200:
            refused = refusal(answer)
            break
        acknowledged.append(f"user{number}")
        fill(ballast)
    assert refused is not None and refused[:2] == (503, "ServiceFailure"), refused

    for _ in range(20):
        assert server.works(key)
        assert server.key_ids("alice") == [key.access_key_id]
        assert refusal(server.call("CreateAccessKey", {"UserName": "alice"}))[:2] == (503, "ServiceFailure")
    assert server.get("/-/health").status == 200

    ballast.unlink()
    deadline = time.monotonic() + RECOVERY_SECONDS
    while (answer := server.call("CreateAccessKey", {"UserName": "alice"})).status != 200:
        assert time.monotonic() < deadline, answer.body
    assert len(server.key_ids("alice")) == 2

    def names():
        return set(server.client("iam").get_paginator("list_users").paginate().search("Users[].UserName"))

    assert set(acknowledged) <= names()
    assert server.stop() == 0
    server = launch(data=small_disk / "data")
    assert set(acknowledged) <= names()
    assert server.works(key)
    assert server.get("/-/ready").status == 200
