"""What a user who is no administrator may do, until there are policies: her own keys, and to ask who she is."""

import pytest

from harness import ACCOUNT
from harness.errors import refusal

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"


@pytest.fixture
def alice(server):
    server.create_user("bob")
    return server.create_user_with_key("alice", Path="/staff/")


@pytest.mark.parametrize("named", [{}, {"UserName": "alice"}], ids=["implicit", "by name"])
def test_what_she_may(server, alice, named):
    server.ok("GetCallerIdentity", key=alice, service="sts")
    server.ok("GetUser", named, key=alice)
    second = server.ok("CreateAccessKey", named, key=alice).text("AccessKeyId")
    assert len(server.ok("ListAccessKeys", named, key=alice).texts("AccessKeyId")) == 2
    server.ok("GetAccessKeyLastUsed", {"AccessKeyId": second}, key=alice)
    server.ok("UpdateAccessKey", {**named, "AccessKeyId": second, "Status": "Inactive"}, key=alice)
    server.ok("DeleteAccessKey", {**named, "AccessKeyId": second}, key=alice)


TAG = {"Tags": [{"Key": "a", "Value": "b"}]}
KEY = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}
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


def test_the_resource_is_named(server, alice):
    rows = [
        ("ListUsers", {}, f"arn:aws:iam::{ACCOUNT}:user/"),
        ("GetAccountSummary", {}, "*"),
        ("CreateUser", {"UserName": "carol", "Path": "/x/"}, f"arn:aws:iam::{ACCOUNT}:user/x/carol"),
        ("ListAccessKeys", {"UserName": "bob"}, "user bob"),
    ]
    for action, parameters, resource in rows:
        message = server.call(action, parameters, key=alice).error.message
        assert f" on resource: {resource} because" in message, message


def test_anothers_key_tells_no_more_than_an_unknown_one(server, alice):
    bobs = server.create_key("bob")
    for key_id in (bobs.access_key_id, "AKIAIOSFODNN7EXAMPLE"):
        answer = server.call("GetAccessKeyLastUsed", {"AccessKeyId": key_id}, key=alice)
        text = f"User: {ALICE} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {key_id}"
        assert refusal(answer) == (403, "AccessDenied", text)


def test_a_denied_caller_is_denied_before_the_parameters_are_judged_by_content(server, alice):
    """Whether a name is taken is nothing that she may learn."""
    taken = server.call("CreateUser", {"UserName": "bob"}, key=alice)
    assert taken.error.code == "AccessDenied"


def test_renaming_does_not_make_an_administrator(server, alice):
    administrator = server.ok("GetUser").text("UserName")
    server.ok("UpdateUser", {"UserName": administrator, "NewUserName": "formerly"})
    server.ok("UpdateUser", {"UserName": "alice", "NewUserName": administrator})
    assert server.call("ListUsers", key=alice).error.code == "AccessDenied"
    server.ok("ListUsers")
