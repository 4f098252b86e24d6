"""Permissions boundaries of users: set, shown, replaced, taken away, and what they allow to be delegated."""

import json

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import client_refusal, no_such_user, refusal

AWS = "arn:aws:iam::aws:policy/"
READ_ONLY = AWS + "ReadOnlyAccess"
POWER_USER = AWS + "PowerUserAccess"
NOT_ARNS = ["longpolicynamebutnoarn", f"arn:aws:iam::{ACCOUNT}:not_a_policy/invalid", AWS]
UNKNOWN = [f"arn:aws:iam::{ACCOUNT}:policy/none", AWS + "Nonexistent", "arn:aws:iam::210987654321:policy/anothers"]


def shown(arn):
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def boundary(iam, name="alice"):
    return iam.get_user(UserName=name)["User"].get("PermissionsBoundary")


def invalid(arn):
    return 400, "InvalidInput", f"ARN {arn} is not valid."


def not_attachable(arn):
    return 404, "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable."


def test_set_replaced_and_taken_away(iam):
    iam.create_user(UserName="alice")
    assert boundary(iam) is None
    for arn in (READ_ONLY, READ_ONLY, POWER_USER):
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn)
        assert boundary(iam) == shown(arn)
    for _ in range(2):
        iam.delete_user_permissions_boundary(UserName="alice")
        assert boundary(iam) is None


def test_given_at_creation(iam):
    created = iam.create_user(
        UserName="alice", PermissionsBoundary=READ_ONLY, Tags=[{"Key": "a", "Value": "b"}], Path="/x/"
    )["User"]
    assert created["PermissionsBoundary"] == shown(READ_ONLY)
    assert iam.get_user(UserName="alice")["User"] == created


def test_no_list_shows_it(iam):
    iam.create_user(UserName="alice", PermissionsBoundary=READ_ONLY)
    iam.create_group(GroupName="ops")
    iam.add_user_to_group(GroupName="ops", UserName="alice")
    for user in iam.list_users()["Users"] + iam.get_group(GroupName="ops")["Users"]:
        assert "PermissionsBoundary" not in user


@pytest.mark.parametrize(("arns", "expected"), [(NOT_ARNS, invalid), (UNKNOWN, not_attachable)])
def test_one_that_is_none(server, iam, arns, expected):
    iam.create_user(UserName="alice", PermissionsBoundary=READ_ONLY)
    before = server.contents()
    for arn in arns:
        put = server.call("PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": arn})
        assert refusal(put) == expected(arn)
        create = server.call("CreateUser", {"UserName": "bob", "PermissionsBoundary": arn})
        assert refusal(create) == expected(arn)
    assert server.contents() == before
    assert boundary(iam) == shown(READ_ONLY)


def test_an_unknown_user(iam):
    with pytest.raises(ClientError) as caught:
        iam.put_user_permissions_boundary(UserName="nobody", PermissionsBoundary=READ_ONLY)
    assert client_refusal(caught) == no_such_user("nobody")
    with pytest.raises(ClientError) as caught:
        iam.delete_user_permissions_boundary(UserName="nobody")
    assert client_refusal(caught) == no_such_user("nobody")


def test_a_user_is_deleted_with_it(iam):
    iam.create_user(UserName="alice", PermissionsBoundary=READ_ONLY)
    iam.delete_user(UserName="alice")
    iam.create_user(UserName="alice")
    assert boundary(iam) is None


def test_a_renamed_user_keeps_it(iam):
    iam.create_user(UserName="alice", PermissionsBoundary=READ_ONLY)
    iam.update_user(UserName="alice", NewUserName="alicia")
    assert boundary(iam, "alicia") == shown(READ_ONLY)


def test_it_limits_from_the_very_next_request_on(server):
    key = server.create_user_with_key("alice")
    iam, admin = server.client("iam", key), server.client("iam")
    admin.attach_user_policy(UserName="alice", PolicyArn=AWS + "AdministratorAccess")
    iam.create_group(GroupName="a")
    admin.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=READ_ONLY)
    iam.list_groups()
    with pytest.raises(ClientError) as caught:
        iam.create_group(GroupName="b")
    status, code, message = client_refusal(caught)
    assert (status, code) == (403, "AccessDenied")
    assert message.endswith("because no permissions boundary allows the iam:CreateGroup action"), message
    # Nor can she take it away herself.
    with pytest.raises(ClientError) as caught:
        iam.delete_user_permissions_boundary(UserName="alice")
    assert client_refusal(caught)[:2] == (403, "AccessDenied")
    admin.delete_user_permissions_boundary(UserName="alice")
    iam.create_group(GroupName="b")


def test_who_may_make_only_bounded_users(server):
    """The condition key is the boundary that the request sets and, where it sets none, the one that the user has."""
    actions = ["iam:CreateUser", "iam:PutUserPermissionsBoundary", "iam:DeleteUserPermissionsBoundary"]
    statement = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    key = server.create_user_with_key("delegate", document)
    server.create_user("free")
    server.create_user("powerful", PermissionsBoundary=POWER_USER)
    rows = [
        ("CreateUser", {"UserName": "a"}, 403),
        ("CreateUser", {"UserName": "a", "PermissionsBoundary": POWER_USER}, 403),
        ("CreateUser", {"UserName": "a", "PermissionsBoundary": READ_ONLY}, 200),
        ("PutUserPermissionsBoundary", {"UserName": "a", "PermissionsBoundary": POWER_USER}, 403),
        ("PutUserPermissionsBoundary", {"UserName": "a", "PermissionsBoundary": READ_ONLY}, 200),
        ("PutUserPermissionsBoundary", {"UserName": "free", "PermissionsBoundary": READ_ONLY}, 200),
        ("DeleteUserPermissionsBoundary", {"UserName": "powerful"}, 403),
        ("DeleteUserPermissionsBoundary", {"UserName": "a"}, 200),
        ("DeleteUserPermissionsBoundary", {"UserName": "a"}, 403),
    ]
    for action, parameters, status in rows:
        answer = server.call(action, parameters, key=key)
        assert answer.status == status, (action, parameters, answer.body)
