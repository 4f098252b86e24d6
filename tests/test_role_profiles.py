"""Roles as clients are configured for them: profiles of the AWS CLI, and boto3 sessions that renew themselves."""

import json
import subprocess
import sys

import pytest

from harness import ACCOUNT, client_environment
from harness.policies import allow, document, statement
from harness.totp import Device

ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/"
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
ONLY_WITH_MFA = TRUST | {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


@pytest.fixture
def alice(server):
    """A user who may assume the role and nothing else."""
    key = server.create_user_with_key("alice", allow("sts:AssumeRole", resources=ROLE))
    server.ok("CreateRole", {"RoleName": "deploy", "AssumeRolePolicyDocument": document(TRUST)})
    reads = document(statement("iam:ListUsers"))
    server.ok("PutRolePolicy", {"RoleName": "deploy", "PolicyName": "reads", "PolicyDocument": reads})
    return key


@pytest.fixture
def run(server, alice, tmp_path):
    """Runs a command with a profile for alice's key, and one for the role by way of it."""

    def run(*command, input=None, **settings):
        lines = [f"{name} = {value}" for name, value in settings.items()]
        (tmp_path / "config").write_text(
            "[profile alice]\n"
            f"aws_access_key_id = {alice.access_key_id}\naws_secret_access_key = {alice.secret_access_key}\n"
            f"[profile deploy]\nrole_arn = {ROLE}\nsource_profile = alice\n" + "\n".join(lines) + "\n"
        )
        environment = client_environment(
            AWS_CONFIG_FILE=str(tmp_path / "config"),
            AWS_ENDPOINT_URL=server.url,
            AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1",
            HOME=str(tmp_path),
        )
        return subprocess.run(command, env=environment, input=input, capture_output=True, text=True, timeout=120)

    return run


def answer(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_profile_of_a_role(run):
    arn = answer(run("aws", "--profile", "deploy", "sts", "get-caller-identity"))["Arn"]
    assert arn.startswith(SESSION)
    assert answer(run("aws", "--profile", "deploy", "iam", "list-users"))["Users"]
    denied = run("aws", "--profile", "alice", "iam", "list-users")
    assert "AccessDenied" in denied.stderr


def test_a_profile_with_an_external_id_and_a_name(run, server):
    trust = TRUST | {"Condition": {"StringEquals": {"sts:ExternalId": "for-us"}}}
    server.ok("UpdateAssumeRolePolicy", {"RoleName": "deploy", "PolicyDocument": document(trust)})
    who = ("aws", "--profile", "deploy", "sts", "get-caller-identity")
    assert "AccessDenied" in run(*who).stderr
    assert "AccessDenied" in run(*who, external_id="for-them").stderr
    assert answer(run(*who, external_id="for-us", role_session_name="build"))["Arn"] == SESSION + "build"


def test_a_profile_with_mfa(run, server):
    server.ok("UpdateAssumeRolePolicy", {"RoleName": "deploy", "PolicyDocument": document(ONLY_WITH_MFA)})
    iam = server.client("iam")
    device = Device(iam).enable(iam, "alice")
    who = ("aws", "--profile", "deploy", "sts", "get-caller-identity")
    assert "AccessDenied" in run(*who).stderr
    wrong = run(*who, mfa_serial=device.serial, input=device.wrong() + "\n")
    assert "invalid MFA one time pass code" in wrong.stderr, wrong.stderr
    code = device.code()
    assert answer(run(*who, mfa_serial=device.serial, input=code + "\n"))["Arn"].startswith(SESSION)


# Sessions of a quarter of an hour that are renewed when less than an hour is left: before every use.
RENEWED = """
import sys
import boto3, botocore.session
from botocore.credentials import RefreshableCredentials, create_assume_role_refresher
alice = boto3.Session(profile_name="alice").client("sts")
wanted = {"RoleArn": sys.argv[1], "RoleSessionName": "renewed", "DurationSeconds": 900}
renew = create_assume_role_refresher(alice, wanted)
credentials = RefreshableCredentials.create_from_metadata(
    renew(), renew, "sts-assume-role", advisory_timeout=3600, mandatory_timeout=3600
)
session = botocore.session.get_session()
session._credentials = credentials
seen = []
for _ in range(3):
    seen.append(credentials.get_frozen_credentials().access_key)
    assert session.create_client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/deploy/renewed")
assert len(set(seen)) == 3 and all(key.startswith("ASIA") for key in seen), seen
"""


def test_boto3_renews_a_session_of_a_role(run):
    done = run(sys.executable, "-c", RENEWED, ROLE)
    assert done.returncode == 0, done.stderr
