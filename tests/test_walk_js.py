"""The walk with the JavaScript SDK: `tests/js/walk.mjs`, run by Node's own test runner."""

import subprocess
from pathlib import Path

import pytest

from harness import client_environment

SCRIPTS = Path(__file__).parent / "js"


def test_the_walk(server):
    if not (SCRIPTS / "node_modules").is_dir():
        pytest.fail("the JavaScript SDK is not installed: run `npm ci` in tests/js")
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap", "walk.mjs"],
        cwd=SCRIPTS,
        env=client_environment(
            AWS_ENDPOINT_URL=server.url,
            AWS_ACCESS_KEY_ID=server.key.access_key_id,
            AWS_SECRET_ACCESS_KEY=server.key.secret_access_key,
            AWS_REGION="us-east-1",
        ),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n# fail 0\n" in done.stdout
