"""Permissions as people set them up, with the ordinary AWS CLI."""

import json
import subprocess

import pytest

from harness import ACCOUNT, client_environment
from harness.policies import KEY_ACTIONS, SELF_SERVICE, aws_policy_arn, document, policy_arn, statement

USERS = f"arn:aws:iam::{ACCOUNT}:user"


class Cli:
    """`aws iam …` with somebody's key."""

    def __init__(self, server, key):
        self.environment = client_environment(
            AWS_ENDPOINT_URL=server.url,
            AWS_ACCESS_KEY_ID=key.access_key_id,
            AWS_SECRET_ACCESS_KEY=key.secret_access_key,
            AWS_DEFAULT_REGION="us-east-1",
            AWS_MAX_ATTEMPTS="1",
        )

    def run(self, command, *texts):
        arguments = ["aws", "iam", *command.split(), *texts]
        return subprocess.run(arguments, env=self.environment, capture_output=True, text=True, timeout=120)

    def __call__(self, command, *texts):
        done = self.run(command, *texts)
        assert done.returncode == 0, (command, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def denied(self, command, *texts):
        """The reason of a denial."""
        done = self.run(command, *texts)
        assert done.returncode != 0 and "(AccessDenied)" in done.stderr, (command, done)
        return done.stderr.strip()


@pytest.fixture
def admin(server):
    return Cli(server, server.key)


@pytest.fixture
def person(server):
    """Makes a user with a key, and gives the CLI of that user."""
    return lambda name, path="/": Cli(server, server.create_user_with_key(name, Path=path))


def test_who_manages_her_own_keys(admin, person):
    alice = person("alice", "/staff/")
    alice.denied("create-access-key")
    admin("put-user-policy --user-name alice --policy-name own-keys --policy-document", SELF_SERVICE)
    made = alice("create-access-key")["AccessKey"]["AccessKeyId"]
    assert made in [key["AccessKeyId"] for key in alice("list-access-keys")["AccessKeyMetadata"]]
    alice(f"get-access-key-last-used --access-key-id {made}")
    alice(f"update-access-key --access-key-id {made} --status Inactive")
    alice(f"delete-access-key --access-key-id {made}")
    reason = alice.denied("create-access-key --user-name bob")
    assert reason.endswith(
        f"User: {USERS}/staff/alice is not authorized to perform: iam:CreateAccessKey on resource: user bob "
        "because no identity-based policy allows the iam:CreateAccessKey action"
    )


def test_operators_who_manage_keys_under_a_path(server, admin, person):
    operator = person("olga")
    for name, path in {"tess": "/team/", "deep": "/team/a/", "bob": "/", "imitator": "/teams/"}.items():
        server.create_user(name, Path=path)
    admin("create-group --group-name operators")
    text = document(statement(KEY_ACTIONS, f"{USERS}/team/*"))
    admin("create-policy --policy-name team-keys --policy-document", text)
    admin(f"attach-group-policy --group-name operators --policy-arn {policy_arn('team-keys')}")
    operator.denied("create-access-key --user-name tess")
    admin("add-user-to-group --group-name operators --user-name olga")
    operator("create-access-key --user-name deep")
    made = operator("create-access-key --user-name tess")["AccessKey"]["AccessKeyId"]
    operator(f"update-access-key --user-name tess --access-key-id {made} --status Inactive")
    operator(f"delete-access-key --user-name tess --access-key-id {made}")
    for name in ("bob", "imitator", "olga"):
        operator.denied(f"create-access-key --user-name {name}")
    for command in [
        "update-user --user-name bob --new-path /team/",
        "add-user-to-group --group-name operators --user-name bob",
        "delete-user --user-name tess",
    ]:
        operator.denied(command)
    admin("remove-user-from-group --group-name operators --user-name olga")
    operator.denied("create-access-key --user-name tess")


def test_an_auditor_who_only_reads(server, admin, person):
    auditor = person("audrey")
    admin(f"attach-user-policy --user-name audrey --policy-arn {aws_policy_arn('SecurityAudit')}")
    before = server.contents()
    assert [user["UserName"] for user in auditor("list-users")["Users"]] == ["administrator", "audrey"]
    details = auditor("get-account-authorization-details")
    assert {user["UserName"] for user in details["UserDetailList"]} == {"administrator", "audrey"}
    auditor("list-access-keys --user-name administrator")
    auditor(f"get-policy-version --policy-arn {aws_policy_arn('SecurityAudit')} --version-id v1")
    for command in [
        "create-user --user-name eve",
        "create-access-key",
        f"attach-user-policy --user-name audrey --policy-arn {aws_policy_arn('AdministratorAccess')}",
        f"detach-user-policy --user-name administrator --policy-arn {aws_policy_arn('AdministratorAccess')}",
    ]:
        auditor.denied(command)
    assert server.contents() == before


def test_a_boundary(admin, person):
    deputy = person("dora")
    boundary = policy_arn("only-users")
    text = document(statement(["iam:GetUser", "iam:ListUsers"]))
    admin("create-policy --policy-name only-users --policy-document", text)
    admin(f"attach-user-policy --user-name dora --policy-arn {aws_policy_arn('AdministratorAccess')}")
    deputy("list-groups")
    admin(f"put-user-permissions-boundary --user-name dora --permissions-boundary {boundary}")
    assert admin("get-user --user-name dora")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    deputy("list-users")
    assert deputy.denied("list-groups").endswith("because no permissions boundary allows the iam:ListGroups action")
    deputy.denied("delete-user-permissions-boundary --user-name dora")
    admin("delete-user-permissions-boundary --user-name dora")
    deputy("list-groups")


def test_a_simulation_says_what_is_then_enforced(admin, person):
    operator = person("olga")
    person("tess", "/team/")
    person("bob")
    text = document(statement("iam:*AccessKeys", f"{USERS}/team/*"), statement("iam:ListUsers", effect="Deny"))
    admin("put-user-policy --user-name olga --policy-name team --policy-document", text)
    results = admin(
        f"simulate-principal-policy --policy-source-arn {USERS}/olga --action-names iam:ListAccessKeys iam:ListUsers "
        f"--resource-arns {USERS}/team/tess {USERS}/bob"
    )["EvaluationResults"]
    found = {
        (result["EvalActionName"], specific["EvalResourceName"]): specific["EvalResourceDecision"]
        for result in results
        for specific in result["ResourceSpecificResults"]
    }
    assert found[("iam:ListAccessKeys", f"{USERS}/team/tess")] == "allowed"
    operator("list-access-keys --user-name tess")
    assert found[("iam:ListAccessKeys", f"{USERS}/bob")] == "implicitDeny"
    assert "because no identity-based policy" in operator.denied("list-access-keys --user-name bob")
    assert {found[("iam:ListUsers", f"{USERS}{name}")] for name in ("/team/tess", "/bob")} == {"explicitDeny"}
    assert operator.denied("list-users").endswith("with an explicit deny in an identity-based policy")
