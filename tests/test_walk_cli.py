"""The first session of the README, typed into a shell with the ordinary AWS CLI."""

import json
import re
import shlex
import subprocess

import pytest

from harness import REPOSITORY, client_environment


README = (REPOSITORY / "README.md").read_text()
# As the README has it, so that what people paste works.
OWN_KEYS = README.split("own-keys.json <<'END'\n")[1].split("END\n")[0]


class Shell:
    """A shell that has sourced `admin.env`; each command is one line of it."""

    def __init__(self, data):
        self.sourced = f"source {shlex.quote(str(data / 'admin.env'))}"

    def run(self, command, **variables):
        script = f"{self.sourced} && {command}"
        return subprocess.run(
            ["bash", "-c", script],
            env=client_environment(**variables),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def __call__(self, command, **variables):
        done = self.run(command, **variables)
        assert done.returncode == 0, (command, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture
def shell(launch, tmp_path):
    launch(data=tmp_path / "keystead-data", fixed=False)
    return Shell(tmp_path / "keystead-data")


def test_the_first_session(shell):
    user = shell("aws iam create-user --user-name alice")["User"]
    account = re.fullmatch(r"arn:aws:iam::(\d{12}):user/alice", user["Arn"])[1]

    first = shell("aws iam create-access-key --user-name alice")["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", first["AccessKeyId"])
    assert re.fullmatch("[A-Za-z0-9]{40}", first["SecretAccessKey"])
    assert (first["UserName"], first["Status"]) == ("alice", "Active")

    second = shell("aws iam create-access-key --user-name alice")["AccessKey"]
    third = shell.run("aws iam create-access-key --user-name alice")
    assert third.returncode == 255
    assert third.stderr.strip().endswith(
        "An error occurred (LimitExceeded) when calling the CreateAccessKey operation: "
        "Cannot exceed quota for AccessKeysPerUser: 2"
    )

    listed = shell("aws iam list-access-keys --user-name alice")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [first["AccessKeyId"], second["AccessKeyId"]]
    assert all("SecretAccessKey" not in key for key in listed)

    last_used = shell(f"aws iam get-access-key-last-used --access-key-id {first['AccessKeyId']}")
    assert last_used == {"UserName": "alice", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}

    change = f"--access-key-id {first['AccessKeyId']} --user-name alice"
    assert shell(f"aws iam update-access-key {change} --status Inactive") is None
    listed = shell("aws iam list-access-keys --user-name alice")["AccessKeyMetadata"]
    assert [key["Status"] for key in listed] == ["Inactive", "Active"]

    assert shell(f"aws iam delete-access-key {change}") is None
    listed = shell("aws iam list-access-keys --user-name alice")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in listed] == [second["AccessKeyId"]]

    caller = shell("aws sts get-caller-identity")
    assert caller["Account"] == account
    assert re.fullmatch("AIDA[A-Z2-7]{17}", caller["UserId"])
    assert caller["Arn"].startswith(f"arn:aws:iam::{account}:user/")


def test_a_rotation_with_the_users_own_key(shell, tmp_path):
    shell("aws iam create-user --user-name alice")
    (tmp_path / "own-keys.json").write_text(OWN_KEYS)
    shell("aws iam create-group --group-name staff")
    shell(
        "aws iam put-group-policy --group-name staff --policy-name own-keys "
        f"--policy-document file://{tmp_path}/own-keys.json"
    )
    shell("aws iam add-user-to-group --group-name staff --user-name alice")
    old = shell("aws iam create-access-key --user-name alice")["AccessKey"]

    def as_alice(key, command):
        exports = f"export AWS_ACCESS_KEY_ID={key['AccessKeyId']} AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}"
        return shell(f"{exports} && {command}")

    new = as_alice(old, "aws iam create-access-key")["AccessKey"]
    assert as_alice(new, "aws sts get-caller-identity")["Arn"].endswith(":user/alice")
    used = as_alice(new, f"aws iam get-access-key-last-used --access-key-id {old['AccessKeyId']}")
    assert used["AccessKeyLastUsed"]["ServiceName"] == "iam"
    as_alice(new, f"aws iam update-access-key --access-key-id {old['AccessKeyId']} --status Inactive")
    as_alice(new, f"aws iam delete-access-key --access-key-id {old['AccessKeyId']}")
    remaining = as_alice(new, "aws iam list-access-keys")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in remaining] == [new["AccessKeyId"]]


def test_a_profile_with_an_endpoint(shell, tmp_path):
    """The other way of the README to point the CLI here."""
    settings = dict(line.split("=", 1) for line in shell.run("env").stdout.splitlines() if line.startswith("AWS_"))
    config = tmp_path / "config"
    config.write_text(
        "[profile home]\n"
        "region = eu-central-1\n"
        f"endpoint_url = {settings['AWS_ENDPOINT_URL']}\n"
        f"aws_access_key_id = {settings['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {settings['AWS_SECRET_ACCESS_KEY']}\n"
    )
    done = subprocess.run(
        ["aws", "--profile", "home", "iam", "list-users", "--max-items", "1"],
        env=client_environment(AWS_CONFIG_FILE=str(config)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["Users"]) == 1
