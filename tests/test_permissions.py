"""What a user may who manages her own keys by the self-service policy that AWS documents: that, and nothing else."""

import pytest

from harness import ACCOUNT
from harness.errors import refusal
from harness.policies import EVERYTHING, SELF_SERVICE, aws_policy_arn

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"


@pytest.fixture
def alice(server):
    server.create_user("bob")
    server.ok("CreateGroup", {"GroupName": "ops"})
    return server.create_user_with_key("alice", SELF_SERVICE, Path="/staff/")


@pytest.mark.parametrize("path", ["/", "/staff/", "/a/b/"])
@pytest.mark.parametrize("named", [{}, {"UserName": "alice"}], ids=["implicit", "by name"])
def test_what_she_may(server, named, path):
    alice = server.create_user_with_key("alice", SELF_SERVICE, Path=path)
    server.ok("GetCallerIdentity", key=alice, service="sts")
    server.ok("GetUser", named, key=alice)
    second = server.ok("CreateAccessKey", named, key=alice).text("AccessKeyId")
    assert len(server.ok("ListAccessKeys", named, key=alice).texts("AccessKeyId")) == 2
    server.ok("GetAccessKeyLastUsed", {"AccessKeyId": second}, key=alice)
    server.ok("UpdateAccessKey", {**named, "AccessKeyId": second, "Status": "Inactive"}, key=alice)
    server.ok("DeleteAccessKey", {**named, "AccessKeyId": second}, key=alice)


@pytest.mark.parametrize("named", [{}, {"UserName": "alice"}], ids=["implicit", "by name"])
def test_without_a_policy_she_may_only_ask_who_she_is(server, named):
    alice = server.create_user_with_key("alice")
    server.ok("GetCallerIdentity", key=alice, service="sts")
    own = {"AccessKeyId": alice.access_key_id}
    before = server.contents()
    for action, parameters in [
        ("GetUser", named),
        ("CreateAccessKey", named),
        ("ListAccessKeys", named),
        ("GetAccessKeyLastUsed", own),
        ("UpdateAccessKey", named | own | {"Status": "Inactive"}),
        ("DeleteAccessKey", named | own),
    ]:
        assert refusal(server.call(action, parameters, key=alice))[:2] == (403, "AccessDenied")
    assert server.contents() == before


def test_whoever_asks_is_told_who_it_is(server, alice):
    """An explicit deny does not change it."""
    server.put_policy("alice", EVERYTHING.replace("Allow", "Deny"))
    assert server.ok("GetCallerIdentity", key=alice, service="sts").text("Arn") == ALICE
    assert server.call("GetUser", key=alice).error.code == "AccessDenied"


TAG = {"Tags": [{"Key": "a", "Value": "b"}]}
KEY = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}
ADMINISTRATOR = aws_policy_arn("AdministratorAccess")
DENIED = [
    ("iam", "ListUsers", {}),
    ("iam", "CreateUser", {"UserName": "carol"}),
    ("iam", "CreateUser", {"UserName": "carol", **TAG}),
    ("iam", "GetAccountSummary", {}),
    ("iam", "ListAccountAliases", {}),
    ("iam", "CreateAccountAlias", {"AccountAlias": "mine"}),
    ("iam", "DeleteAccountAlias", {"AccountAlias": "mine"}),
    ("sts", "GetAccessKeyInfo", KEY),
    # On herself:
    ("iam", "UpdateUser", {"UserName": "alice", "NewUserName": "admin2"}),
    ("iam", "DeleteUser", {"UserName": "alice"}),
    ("iam", "TagUser", {"UserName": "alice", **TAG}),
    ("iam", "UntagUser", {"UserName": "alice", "TagKeys": ["a"]}),
    ("iam", "ListUserTags", {"UserName": "alice"}),
    ("iam", "PutUserPolicy", {"UserName": "alice", "PolicyName": "more", "PolicyDocument": EVERYTHING}),
    ("iam", "DeleteUserPolicy", {"UserName": "alice", "PolicyName": "given"}),
    ("iam", "GetUserPolicy", {"UserName": "alice", "PolicyName": "given"}),
    ("iam", "AttachUserPolicy", {"UserName": "alice", "PolicyArn": ADMINISTRATOR}),
    ("iam", "AddUserToGroup", {"UserName": "alice", "GroupName": "ops"}),
    # Groups and policies:
    ("iam", "CreateGroup", {"GroupName": "mine"}),
    ("iam", "GetGroup", {"GroupName": "ops"}),
    ("iam", "DeleteGroup", {"GroupName": "ops"}),
    ("iam", "PutGroupPolicy", {"GroupName": "ops", "PolicyName": "more", "PolicyDocument": EVERYTHING}),
    ("iam", "CreatePolicy", {"PolicyName": "mine", "PolicyDocument": EVERYTHING}),
    ("iam", "GetPolicy", {"PolicyArn": ADMINISTRATOR}),
    ("iam", "GetAccountAuthorizationDetails", {}),
    # On another, whether or not there is one:
    *[
        ("iam", action, {"UserName": name, **parameters})
        for name in ("bob", "nobody", "ALICE")
        for action, parameters in [
            ("GetUser", {}),
            ("UpdateUser", {"NewPath": "/mine/"}),
            ("DeleteUser", {}),
            ("TagUser", TAG),
            ("UntagUser", {"TagKeys": ["a"]}),
            ("ListUserTags", {}),
            ("CreateAccessKey", {}),
            ("ListAccessKeys", {}),
            ("UpdateAccessKey", {**KEY, "Status": "Inactive"}),
            ("DeleteAccessKey", KEY),
        ]
    ],
]


def test_what_she_may_not(server, alice):
    before = server.contents()
    for service, action, parameters in DENIED:
        status, code, message = refusal(server.call(action, parameters, key=alice, service=service))
        assert (status, code) == (403, "AccessDenied"), (action, parameters, message)
        start = f"User: {ALICE} is not authorized to perform: {service}:{action} on resource: "
        end = f" because no identity-based policy allows the {service}:{action} action"
        assert message.startswith(start) and message.endswith(end), message
        assert len(message) > len(start) + len(end), message
    assert server.contents() == before


def test_anothers_key_tells_no_more_than_an_unknown_one(server, alice):
    bobs = server.create_key("bob")
    for key_id in (bobs.access_key_id, "AKIAIOSFODNN7EXAMPLE"):
        answer = server.call("GetAccessKeyLastUsed", {"AccessKeyId": key_id}, key=alice)
        text = f"User: {ALICE} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {key_id}"
        assert refusal(answer) == (403, "AccessDenied", text)


def test_the_name_does_not_make_an_administrator(server, alice):
    administrator = server.ok("GetUser").text("UserName")
    server.ok("UpdateUser", {"UserName": administrator, "NewUserName": "formerly"})
    server.ok("UpdateUser", {"UserName": "alice", "NewUserName": administrator})
    assert server.call("ListUsers", key=alice).error.code == "AccessDenied"
    server.ok("ListUsers")


def test_permissions_outlive_a_restart(launch, tmp_path):
    server = launch(data=tmp_path / "data")
    alice = server.create_user_with_key("alice", SELF_SERVICE)
    server.ok("CreateGroup", {"GroupName": "ops"})
    server.ok("AttachGroupPolicy", {"GroupName": "ops", "PolicyArn": ADMINISTRATOR})
    server.ok("AddUserToGroup", {"GroupName": "ops", "UserName": "alice"})
    server.ok("ListUsers", key=alice)
    server.ok("RemoveUserFromGroup", {"GroupName": "ops", "UserName": "alice"})
    before = server.contents()
    server.kill()
    server = launch(data=tmp_path / "data")
    assert server.contents() == before
    assert server.call("ListUsers", key=alice).error.code == "AccessDenied"
    server.ok("GetUser", key=alice)
