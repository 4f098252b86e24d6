"""Fixtures and flags of the black-box tests. How they are run: `cargo xtask test`."""

import os
import random
from pathlib import Path

import pytest

from harness import BINARY, aws, client_environment, start
from harness.browser import CHROMIUM, Pages, chromium

# The clients in this process must see nothing of the machine's own settings either.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
}


def pytest_addoption(parser):
    parser.addoption("--durability-rounds", type=int, default=20, help="kills in test_durability.py")
    parser.addoption("--accept-access-matrix", metavar="NUMBER", help="a difference that test_access_matrix.py showed")
    parser.addoption("--seed", type=int, default=None, help="seed of the random choices; printed when a test fails")


def pytest_configure():
    if not Path(BINARY).exists():
        raise pytest.UsageError(f"{BINARY} is missing: run `cargo build`, or name the binary in KEYSTEAD_BIN")


@pytest.fixture(scope="module")
def shared_server():
    """One server in memory for all the cases of a file."""
    server = start("--test-reset", root=True)
    yield server
    server.stop()


@pytest.fixture
def server(shared_server):
    """A server at its first start: account, administrator and root key, and nothing else."""
    shared_server.reset()
    return shared_server


@pytest.fixture
def iam(server):
    """The administrator's boto3 client."""
    return server.client("iam")


@pytest.fixture
def cli(server):
    """Runs `aws COMMAND` with somebody's key pair; gives the answer, or what it complained of."""

    def run(command, key):
        token = {"AWS_SESSION_TOKEN": key.session_token} if key.session_token else {}
        environment = client_environment(
            AWS_ENDPOINT_URL=server.url,
            AWS_ACCESS_KEY_ID=key.access_key_id,
            AWS_SECRET_ACCESS_KEY=key.secret_access_key,
            AWS_DEFAULT_REGION="us-east-1",
            **token,
        )
        code, output, complaint = aws(command, environment)
        return output if code == 0 else complaint

    return run


@pytest.fixture
def launch():
    """Starts servers of a case's own, and kills what still runs when the case ends."""
    servers = []

    def begin(*arguments, **options):
        servers.append(start(*arguments, **options))
        return servers[-1]

    yield begin
    for server in servers:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all the tests of a worker."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: `cargo xtask test` says how it is installed")
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser):
    """Opens pages, `open_page(server.url, "/console/", size=PHONE, scheme="dark")`: see `harness.browser.Pages.open`.

    The test fails on a console error, an uncaught exception, a violation of the content security policy and a request
    to another origin."""
    pages = Pages(browser)
    yield pages.open
    pages.close()


@pytest.fixture
def seeded(request):
    """A random source whose seed is printed, so that a failure can be run again with `--seed`."""
    seed = request.config.getoption("--seed")
    seed = random.SystemRandom().getrandbits(32) if seed is None else seed
    print(f"seed {seed}")
    return random.Random(seed)
