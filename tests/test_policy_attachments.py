"""Managed policies attached to users and groups."""

import json

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT, keystead
from harness.errors import (
    client_refusal,
    no_such_group,
    no_such_policy,
    no_such_user,
    not_attachable,
    quota_exceeded,
    refusal,
)
from harness.holder import Holder

AWS = "arn:aws:iam::aws:policy/"
READ_ONLY = AWS + "ReadOnlyAccess"
VIEW_ONLY = AWS + "job-function/ViewOnlyAccess"
# Eleven of them, by name; one is under a path.
MANY = [
    AWS + "AdministratorAccess",
    AWS + "AWSAccountActivityAccess",
    AWS + "AWSAccountManagementFullAccess",
    AWS + "IAMFullAccess",
    AWS + "IAMReadOnlyAccess",
    AWS + "IAMUserChangePassword",
    AWS + "IAMUserSSHKeys",
    AWS + "PowerUserAccess",
    READ_ONLY,
    AWS + "SecurityAudit",
    VIEW_ONLY,
]
NO_SUCH = {"User": no_such_user, "Group": no_such_group}


class Attached(Holder):
    """A user or group, and the operations on its attached policies by the raw signer."""

    def attach(self, arn):
        return self.server.call(f"Attach{self.kind}Policy", self.named | {"PolicyArn": arn})

    def detach(self, arn):
        return self.server.call(f"Detach{self.kind}Policy", self.named | {"PolicyArn": arn})

    def list(self, **parameters):
        return self.server.call(f"ListAttached{self.kind}Policies", self.named | parameters)

    def arns(self, **parameters):
        answer = self.list(**parameters)
        assert answer.status == 200, answer.body
        return answer.texts("PolicyArn")

    def pages(self, size):
        iam = self.server.client("iam")
        paginator = iam.get_paginator(f"list_attached_{self.kind.lower()}_policies")
        for page in paginator.paginate(**self.named, PaginationConfig={"PageSize": size}):
            assert len(page["AttachedPolicies"]) <= size
            yield [policy["PolicyArn"] for policy in page["AttachedPolicies"]]


@pytest.fixture(params=["User", "Group"])
def holder(request, server):
    return Attached(server, request.param, "alice")


def test_attached_and_detached(holder):
    assert holder.arns() == []
    for _ in range(2):
        assert holder.attach(READ_ONLY).status == 200
        assert holder.arns() == [READ_ONLY]
    assert holder.list().texts("PolicyName") == ["ReadOnlyAccess"]
    assert holder.detach(READ_ONLY).status == 200
    assert holder.arns() == []
    assert refusal(holder.detach(READ_ONLY)) == no_such_policy(READ_ONLY)


@pytest.mark.parametrize("arn", ["longpolicynamebutnoarn", "arn:aws:iam::aws:policy/", "arn:aws:s3:::bucket/key-name"])
def test_no_arn_of_a_policy(holder, arn):
    expected = (400, "ValidationError", f"ARN {arn} is not valid.")
    for answer in (holder.attach(arn), holder.detach(arn)):
        assert refusal(answer) == expected


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:policy/nonexistent",
        "arn:aws:iam::210987654321:policy/anothers",
        AWS + "Nonexistent",
        AWS + "readonlyaccess",
        AWS + "ViewOnlyAccess",
        AWS + "job-function/ReadOnlyAccess",
    ],
)
def test_no_such_policy(holder, arn):
    assert refusal(holder.attach(arn)) == not_attachable(arn)
    assert refusal(holder.detach(arn)) == no_such_policy(arn)
    assert holder.arns() == []


def test_an_unknown_holder(holder):
    holder.name = "nonexistent"
    for answer in (holder.attach(READ_ONLY), holder.detach(READ_ONLY), holder.list()):
        assert refusal(answer) == NO_SUCH[holder.kind]("nonexistent")


def test_ten_at_most(holder):
    for arn in MANY[:10]:
        assert holder.attach(arn).status == 200
    assert refusal(holder.attach(MANY[10])) == quota_exceeded(f"PoliciesPer{holder.kind}", 10)
    assert holder.attach(MANY[0]).status == 200
    assert len(holder.arns()) == 10
    assert holder.detach(MANY[0]).status == 200
    assert holder.attach(MANY[10]).status == 200


def test_a_users_quota_can_be_raised(launch, tmp_path):
    data = tmp_path / "data"
    server = launch(data=data)
    alice, ops = Attached(server, "User", "alice"), Attached(server, "Group", "ops")
    keystead("account", "set", "--data", data, "attached-policies-per-user=11", check=True)
    for arn in MANY:
        assert alice.attach(arn).status == 200
    assert [ops.attach(arn).status for arn in MANY] == [200] * 10 + [409]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9, 10, 11])
def test_pages_of_every_size(holder, size):
    for arn in reversed(MANY[1:]):
        assert holder.attach(arn).status == 200
    pages = list(holder.pages(size))
    assert [arn for page in pages for arn in page] == MANY[1:]
    assert len(pages) == -(-10 // size)


def test_detaching_what_each_page_shows(holder):
    """As tools do that delete users."""
    for arn in MANY[:10]:
        holder.attach(arn)
    for page in holder.pages(3):
        for arn in page:
            assert holder.detach(arn).status == 200
    assert holder.server.call(f"Delete{holder.kind}", holder.named).status == 200


def test_the_prefix_of_paths(holder):
    for arn in (READ_ONLY, VIEW_ONLY):
        holder.attach(arn)
    for prefix, expected in [("/", [READ_ONLY, VIEW_ONLY]), ("/job-function/", [VIEW_ONLY]), ("/no/", [])]:
        assert holder.arns(PathPrefix=prefix) == expected
    first = holder.list(MaxItems=1)
    assert (first.texts("PolicyArn"), first.text("IsTruncated")) == ([READ_ONLY], "true")
    marker = first.text("Marker")
    assert holder.arns(Marker=marker) == [VIEW_ONLY]
    assert refusal(holder.list(Marker=marker, PathPrefix="/job-function/"))[2] == "Invalid Marker."


def test_a_policy_can_be_attached_to_several(server):
    holders = [Attached(server, kind, name) for kind, name in [("User", "a"), ("User", "b"), ("Group", "a")]]
    for holder in holders:
        assert holder.attach(READ_ONLY).status == 200
    assert holders[0].detach(READ_ONLY).status == 200
    assert [holder.arns() for holder in holders] == [[], [READ_ONLY], [READ_ONLY]]


class TestDecisions:
    def delegate(self, server, action, condition):
        """The key of a user who may do this on one condition."""
        statement = {"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        return server.create_user_with_key("delegate", document)

    @pytest.mark.parametrize("kind", ["User", "Group"])
    def test_which_policy_may_be_attached(self, server, kind):
        holder = Attached(server, kind, "bob")
        actions = [f"iam:Attach{kind}Policy", f"iam:Detach{kind}Policy"]
        key = self.delegate(server, actions, {"ArnEquals": {"iam:PolicyARN": READ_ONLY}})
        for arn, status in [(READ_ONLY, 200), (AWS + "AdministratorAccess", 403), ("no-arn-of-any-kind-at-all", 403)]:
            for action in (f"Attach{kind}Policy", f"Detach{kind}Policy"):
                answer = server.call(action, holder.named | {"PolicyArn": arn}, key=key)
                assert answer.status == status, (action, arn, answer.body)

    def test_to_whom_by_the_boundary(self, server):
        condition = {"StringEquals": {"iam:PermissionsBoundary": VIEW_ONLY}}
        key = self.delegate(server, ["iam:AttachUserPolicy", "iam:DetachUserPolicy"], condition)
        server.create_user("bounded", PermissionsBoundary=VIEW_ONLY)
        server.create_user("free")
        for name, status in [("bounded", 200), ("free", 403)]:
            for action in ("AttachUserPolicy", "DetachUserPolicy"):
                answer = server.call(action, {"UserName": name, "PolicyArn": READ_ONLY}, key=key)
                assert answer.status == status, (action, name, answer.body)

    def test_the_very_next_request_is_decided_by_it(self, server):
        key = server.create_user_with_key("alice")
        server.ok("CreateGroup", {"GroupName": "ops"})
        iam, admin = server.client("iam", key), server.client("iam")
        member = {"GroupName": "ops", "UserName": "alice"}
        admin.attach_group_policy(GroupName="ops", PolicyArn=READ_ONLY)
        ways = [
            (
                lambda: admin.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY),
                lambda: admin.detach_user_policy(UserName="alice", PolicyArn=READ_ONLY),
            ),
            (lambda: admin.add_user_to_group(**member), lambda: admin.remove_user_from_group(**member)),
        ]
        for grant, revoke in ways * 2:
            with pytest.raises(ClientError) as caught:
                iam.list_users()
            assert client_refusal(caught)[:2] == (403, "AccessDenied")
            grant()
            iam.list_users()
            revoke()
