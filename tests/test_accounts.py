"""Several accounts in one server: nothing of one shows in another."""

import re

import pytest

from harness import ACCOUNT, KeyPair, keystead
from harness.errors import refusal
from harness.policies import EVERYTHING, allow, document, statement

OTHER = "210987654321"


def command(data, *arguments, code=0):
    done = keystead(*arguments, "--data", data)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    return done.stdout + done.stderr


def create_account(data, *options):
    """The account's id, and its administrator's key."""
    text = command(data, "account", "create", *options)
    found = re.fullmatch(
        r"Account (\d{12}) with administrator\. The secret is shown this once\.\n"
        r"  Access key id      (AKIA[A-Z2-7]{16})\n  Secret access key  ([A-Za-z0-9]{40})\n",
        text,
    )
    assert found, text
    return found[1], KeyPair(found[2], found[3])


@pytest.fixture
def server(launch, tmp_path):
    return launch(data=tmp_path / "data")


@pytest.fixture
def other(server):
    """The administrator's key of a second account."""
    return create_account(server.data, "--account-id", OTHER, "--alias", "branch")[1]


def test_its_administrator_is_one(server, other):
    assert server.ok("GetCallerIdentity", key=other, service="sts").text("Account") == OTHER
    assert server.ok("ListAccountAliases", key=other).texts("member") == ["branch"]
    attached = server.ok("ListAttachedUserPolicies", {"UserName": "administrator"}, key=other)
    assert attached.texts("PolicyName") == ["AdministratorAccess"]
    assert server.ok("ListUsers", key=other).texts("UserName") == ["administrator"]


def test_nothing_of_one_shows_in_the_other(server, other):
    server.create_user_with_key("alice", EVERYTHING)
    alices = server.key_ids("alice")[0]
    server.ok("CreateGroup", {"GroupName": "staff"})
    arn = server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": EVERYTHING}).text("Arn")
    before = server.contents()

    assert refusal(server.call("GetUser", {"UserName": "alice"}, key=other))[1] == "NoSuchEntity"
    assert refusal(server.call("GetGroup", {"GroupName": "staff"}, key=other))[1] == "NoSuchEntity"
    for action, parameters in [
        ("GetPolicy", {"PolicyArn": arn}),
        ("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": EVERYTHING}),
        ("DeletePolicy", {"PolicyArn": arn}),
        ("GetAccessKeyLastUsed", {"AccessKeyId": alices}),
    ]:
        assert refusal(server.call(action, parameters, key=other))[:2] == (403, "AccessDenied"), action
    attached = server.call("AttachUserPolicy", {"UserName": "administrator", "PolicyArn": arn}, key=other)
    assert attached.error.code == "NoSuchEntity"
    deleted = server.call("DeleteAccessKey", {"UserName": "administrator", "AccessKeyId": alices}, key=other)
    assert deleted.error.code == "NoSuchEntity"
    assert "alice" not in server.ok("GetAccountAuthorizationDetails", key=other).body.decode()
    assert server.contents() == before

    # The same names are free there.
    server.ok("CreateUser", {"UserName": "alice"}, key=other)
    server.ok("CreateGroup", {"GroupName": "staff"}, key=other)
    assert server.contents() == before


def test_a_marker_of_one_is_none_in_the_other(server, other):
    for name in ("alice", "bob"):
        server.create_user(name)
        server.ok("CreateUser", {"UserName": name}, key=other)
    marker = server.ok("ListUsers", {"MaxItems": 1}).text("Marker")
    answer = server.call("ListUsers", {"MaxItems": 1, "Marker": marker}, key=other)
    assert refusal(answer) == (400, "ValidationError", "Invalid Marker.")


def test_a_role_is_assumed_from_the_other_where_both_sides_allow_it(server, other, cli):
    """With the AWS CLI: across accounts the trust and the caller's own policies are both needed."""
    role = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    server.ok("CreateRole", {"RoleName": "deploy", "AssumeRolePolicyDocument": document(trust)})
    reads = document(statement("iam:ListUsers"))
    server.ok("PutRolePolicy", {"RoleName": "deploy", "PolicyName": "reads", "PolicyDocument": reads})
    server.create_user("alice")
    server.ok("CreateUser", {"UserName": "visitor"}, key=other)
    made = server.ok("CreateAccessKey", {"UserName": "visitor"}, key=other)
    visitor = KeyPair(made.text("AccessKeyId"), made.text("SecretAccessKey"))

    def trusts(principal):
        changed = document(trust | {"Principal": {"AWS": principal}})
        server.ok("UpdateAssumeRolePolicy", {"RoleName": "deploy", "PolicyDocument": changed})

    def may(action):
        given = {"UserName": "visitor", "PolicyName": "given", "PolicyDocument": allow(action, resources=role)}
        server.ok("PutUserPolicy", given, key=other)

    def assume():
        return cli(f"sts assume-role --role-arn {role} --role-session-name visit", visitor)

    may("sts:AssumeRole")
    assert "AccessDenied" in assume(), "allowed there, not trusted here"
    trusts(f"arn:aws:iam::{OTHER}:user/visitor")
    may("sts:TagSession")
    assert "AccessDenied" in assume(), "trusted here, not allowed there"

    may("sts:AssumeRole")
    session = KeyPair.of(assume()["Credentials"])
    users = [user["UserName"] for user in cli("iam list-users", session)["Users"]]
    assert "alice" in users and "visitor" not in users, "the session acts in the role's account"
    trusts(ACCOUNT)
    assert "AccessDenied" in assume()


@pytest.mark.parametrize("running", [True, False], ids=["beside a server", "alone"])
def test_list(server, other, running):
    if not running:
        server.stop()
    lines = command(server.data, "account", "list").splitlines()
    assert len(lines) == 2
    assert re.fullmatch(rf"{OTHER}  \S+Z  1 users  branch", next(line for line in lines if line.startswith(OTHER)))


def test_commands_want_to_know_which(server, other):
    several = "there are several accounts: say with --account which one"
    for arguments in (["account", "show"], ["account", "set", "users=7"], ["root-key", "list"], ["admin", "recover"]):
        assert several in command(server.data, *arguments, code=1)
    assert f"account={OTHER}" in command(server.data, "account", "show", "--account", OTHER)
    command(server.data, "account", "set", "users=1", "--account", OTHER)
    assert server.call("CreateUser", {"UserName": "alice"}, key=other).error.code == "LimitExceeded"
    server.create_user("alice")
    assert "no account 000000000001" in command(server.data, "account", "show", "--account", "000000000001", code=1)
    assert "twelve digits" in command(server.data, "account", "show", "--account", "1", code=1)


def test_an_id_or_alias_that_is_taken(server, other):
    assert "exists already" in command(server.data, "account", "create", "--account-id", OTHER, code=1)
    assert "another account's" in command(server.data, "account", "create", "--alias", "branch", code=1)
    assert len(command(server.data, "account", "list").splitlines()) == 2


def test_it_leaves_an_audit_event(server, other):
    from harness.store import rows

    assert server.stop() == 0
    records = rows(server.data, "keystead.db", "SELECT record FROM audit_event WHERE operation = 'CreateAccount'")
    assert len(records) == 1
    assert other.access_key_id in records[0][0] and other.secret_access_key not in records[0][0]
