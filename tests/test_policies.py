"""Managed policies of the account: made, found, listed, used and deleted."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from harness import ACCOUNT
from harness.errors import INVALID_NAME, client_refusal, refusal, unsatisfied
from harness.policies import (
    arn_not_valid,
    aws_policy_arn,
    denied,
    document,
    grant,
    not_attachable,
    not_found,
    policy_arn,
    statement,
)

DOCUMENTS = Path(__file__).resolve().parents[1] / "crates" / "policy" / "corpus" / "documents"
OTHER_ACCOUNT = "210987654321"
TAGS = [{"Key": "team", "Value": "x"}]
DOCUMENT_PATTERN = r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"


def names(answer):
    return [policy["PolicyName"] for policy in answer["Policies"]]


class TestLife:
    def test_a_created_policy_is_found_as_created(self, iam):
        before = datetime.now(UTC) - timedelta(seconds=1)
        created = iam.create_policy(PolicyName="keys", PolicyDocument=document(), Description="for keys")["Policy"]
        assert re.fullmatch("ANPA[A-Z2-7]{17}", created["PolicyId"])
        assert before <= created["CreateDate"] <= datetime.now(UTC)
        assert created == {
            "PolicyName": "keys",
            "PolicyId": created["PolicyId"],
            "Arn": policy_arn("keys"),
            "Path": "/",
            "DefaultVersionId": "v1",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "CreateDate": created["CreateDate"],
            "UpdateDate": created["CreateDate"],
        }
        found = iam.get_policy(PolicyArn=created["Arn"])["Policy"]
        assert found == {**created, "Description": "for keys", "Tags": []}
        # A list shows neither description nor tags.
        assert iam.list_policies(Scope="Local")["Policies"] == [created]

    def test_path_and_tags(self, iam):
        created = iam.create_policy(PolicyName="keys", Path="/ops/eu/", PolicyDocument=document(), Tags=TAGS)["Policy"]
        assert (created["Arn"], created["Path"]) == (policy_arn("keys", "/ops/eu/"), "/ops/eu/")
        assert created["Tags"] == TAGS
        assert iam.get_policy(PolicyArn=created["Arn"])["Policy"]["Tags"] == TAGS

    def test_the_arn_must_be_exact(self, iam):
        iam.create_policy(PolicyName="Keys", Path="/ops/", PolicyDocument=document())
        for arn in [policy_arn("Keys"), policy_arn("keys", "/ops/"), policy_arn("Keys", "/OPS/")]:
            with pytest.raises(ClientError) as caught:
                iam.get_policy(PolicyArn=arn)
            assert client_refusal(caught) == not_found(arn)

    @pytest.mark.parametrize(("name", "path"), [("keys", "/"), ("KEYS", "/"), ("keys", "/other/")])
    def test_names_are_unique_without_regard_to_case_and_path(self, iam, name, path):
        iam.create_policy(PolicyName="keys", PolicyDocument=document())
        with pytest.raises(ClientError) as caught:
            iam.create_policy(PolicyName=name, Path=path, PolicyDocument=document())
        text = f"A policy called {name} already exists. Duplicate names are not allowed."
        assert client_refusal(caught) == (409, "EntityAlreadyExists", text)
        # AWS's names are free.
        iam.create_policy(PolicyName="AdministratorAccess", PolicyDocument=document())

    def test_a_deleted_policy_is_gone_and_its_name_free(self, iam):
        first = iam.create_policy(PolicyName="keys", PolicyDocument=document(), Tags=TAGS)["Policy"]
        iam.delete_policy(PolicyArn=first["Arn"])
        with pytest.raises(ClientError) as caught:
            iam.get_policy(PolicyArn=first["Arn"])
        assert client_refusal(caught) == not_found(first["Arn"])
        second = iam.create_policy(PolicyName="keys", PolicyDocument=document())["Policy"]
        assert second["PolicyId"] != first["PolicyId"]
        assert iam.get_policy(PolicyArn=second["Arn"])["Policy"]["Tags"] == []

    def test_a_policy_in_use_is_not_deleted(self, iam):
        arn = iam.create_policy(PolicyName="keys", PolicyDocument=document())["Policy"]["Arn"]
        iam.create_user(UserName="alice")
        iam.create_group(GroupName="ops")
        uses = [
            (
                lambda: iam.attach_user_policy(UserName="alice", PolicyArn=arn),
                lambda: iam.detach_user_policy(UserName="alice", PolicyArn=arn),
                (1, 0),
            ),
            (
                lambda: iam.attach_group_policy(GroupName="ops", PolicyArn=arn),
                lambda: iam.detach_group_policy(GroupName="ops", PolicyArn=arn),
                (1, 0),
            ),
            (
                lambda: iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=arn),
                lambda: iam.delete_user_permissions_boundary(UserName="alice"),
                (0, 1),
            ),
        ]
        for use, stop, counts in uses:
            use()
            found = iam.get_policy(PolicyArn=arn)["Policy"]
            assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == counts
            with pytest.raises(ClientError) as caught:
                iam.delete_policy(PolicyArn=arn)
            text = "Cannot delete a policy attached to entities."
            assert client_refusal(caught) == (409, "DeleteConflict", text)
            stop()
        iam.delete_policy(PolicyArn=arn)

    def test_a_policy_with_versions_is_not_deleted(self, iam):
        arn = iam.create_policy(PolicyName="keys", PolicyDocument=document())["Policy"]["Arn"]
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document())
        with pytest.raises(ClientError) as caught:
            iam.delete_policy(PolicyArn=arn)
        text = (
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
        assert client_refusal(caught) == (409, "DeleteConflict", text)
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
        iam.delete_policy(PolicyArn=arn)


OPERATIONS = [
    ("GetPolicy", {}, not_found),
    ("DeletePolicy", {}, not_found),
    ("CreatePolicyVersion", {"PolicyDocument": document()}, not_found),
    ("ListPolicyVersions", {}, not_found),
    ("TagPolicy", {"Tags": TAGS}, not_found),
    ("UntagPolicy", {"TagKeys": ["team"]}, not_found),
    ("ListPolicyTags", {}, not_found),
    ("ListEntitiesForPolicy", {}, not_attachable),
]
VERSIONED = ["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"]


class TestRefusals:
    @pytest.mark.parametrize(("operation", "parameters", "text"), OPERATIONS, ids=lambda value: str(value)[:20])
    def test_an_unknown_policy(self, server, operation, parameters, text):
        arn = policy_arn("nonexistent", "/a/")
        assert refusal(server.call(operation, {"PolicyArn": arn, **parameters})) == text(arn)

    @pytest.mark.parametrize("operation", [*(row[0] for row in OPERATIONS), *VERSIONED])
    @pytest.mark.parametrize(
        "arn",
        [
            "not-an-arn-but-long-enough",
            f"arn:aws:iam::{ACCOUNT}:user/alice",
            f"arn:aws:iam::{ACCOUNT}:policy/",
            f"arn:aws:iam::{ACCOUNT}:policy//p",
            f"arn:aws:s3::{ACCOUNT}:policy/p",
            "arn:aws:iam::1234567890:policy/p",
        ],
    )
    def test_a_malformed_arn(self, server, operation, arn):
        parameters = {"PolicyDocument": document(), "VersionId": "v1", "Tags": TAGS, "TagKeys": ["team"]}
        assert refusal(server.call(operation, {"PolicyArn": arn, **parameters})) == arn_not_valid(arn)

    @pytest.mark.parametrize("operation", [*(row[0] for row in OPERATIONS), *VERSIONED])
    def test_a_policy_of_another_account(self, server, operation):
        """Not even an administrator learns whether there is one."""
        arn = policy_arn("keys", account=OTHER_ACCOUNT)
        parameters = {"PolicyDocument": document(), "VersionId": "v1", "Tags": TAGS, "TagKeys": ["team"]}
        answer = server.call(operation, {"PolicyArn": arn, **parameters})
        status, code, text = refusal(answer)
        assert (status, code) == (403, "AccessDenied")
        assert (
            f"is not authorized to perform: iam:{operation} on resource: policy {arn} because no resource-based" in text
        )

    @pytest.mark.parametrize("operation", [*(row[0] for row in OPERATIONS), *VERSIONED])
    @pytest.mark.parametrize("name", ["keys", "nonexistent"])
    def test_who_may_not_learns_nothing(self, server, operation, name):
        server.ok("CreatePolicy", {"PolicyName": "keys", "PolicyDocument": document()})
        key = server.create_user_with_key("mallory")
        arn = policy_arn(name)
        parameters = {"PolicyDocument": document(), "VersionId": "v1", "Tags": TAGS, "TagKeys": ["team"]}
        answer = server.call(operation, {"PolicyArn": arn, **parameters}, key=key)
        caller = f"arn:aws:iam::{ACCOUNT}:user/mallory"
        assert refusal(answer) == denied(caller, f"iam:{operation}", f"policy {arn}")

    def test_who_may_not_create_or_list(self, server):
        key = server.create_user_with_key("mallory")
        caller = f"arn:aws:iam::{ACCOUNT}:user/mallory"
        answer = server.call("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "{", "Path": "/a/"}, key=key)
        assert refusal(answer) == denied(caller, "iam:CreatePolicy", policy_arn("p", "/a/"))
        answer = server.call("ListPolicies", key=key)
        assert refusal(answer) == denied(caller, "iam:ListPolicies", policy_arn(""))

    def test_a_policy_with_tags_needs_the_permission_to_tag(self, server):
        key = server.create_user_with_key("mallory")
        grant(server, "mallory", statement("iam:CreatePolicy", policy_arn("*")))
        parameters = {"PolicyName": "p", "PolicyDocument": document()}
        caller = f"arn:aws:iam::{ACCOUNT}:user/mallory"
        answer = server.call("CreatePolicy", {**parameters, "Tags": TAGS}, key=key)
        assert refusal(answer) == denied(caller, "iam:TagPolicy", policy_arn("p"))
        server.ok("CreatePolicy", parameters, key=key)

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({"PolicyName": "a b"}, (400, "ValidationError", INVALID_NAME.format("policyName"))),
            ({"PolicyName": "n" * 129}, unsatisfied(("policyName", "have length less than or equal to 128"))),
            (
                {"Path": "no-slashes"},
                unsatisfied(("path", r"satisfy regular expression pattern: ((/[A-Za-z0-9\.,\+@=_-]+)*)/")),
            ),
            ({"Description": "d" * 1001}, unsatisfied(("description", "have length less than or equal to 1000"))),
            ({"PolicyDocument": "\u0100"}, unsatisfied(("policyDocument", DOCUMENT_PATTERN))),
            ({"Tags": [*TAGS, *TAGS]}, (400, "InvalidInput", "Duplicate tag keys found.")),
            (
                {"Tags": [{"Key": str(number), "Value": ""} for number in range(51)]},
                unsatisfied(("tags", "have length less than or equal to 50")),
            ),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_unfit_parameters(self, server, parameters, expected):
        answer = server.call("CreatePolicy", {"PolicyName": "p", "PolicyDocument": document(), **parameters})
        assert refusal(answer) == expected
        assert server.ok("ListPolicies", {"Scope": "Local"}).texts("PolicyName") == []

    def test_a_document_of_the_largest_size(self, server):
        """White space is not counted."""
        padding = 6144 - len(document(statement(Sid="")).replace(" ", ""))
        largest = document(statement(Sid="s" * padding))
        assert len(largest.replace(" ", "")) == 6144
        server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": largest + " \n\t" * 1000})
        too_large = document(statement(Sid="s" * (padding + 1)))
        expected = (409, "LimitExceeded", "Cannot exceed quota for PolicySize: 6144")
        for action, parameters in [
            ("CreatePolicy", {"PolicyName": "q"}),
            ("CreatePolicyVersion", {"PolicyArn": policy_arn("p")}),
        ]:
            assert refusal(server.call(action, {**parameters, "PolicyDocument": too_large})) == expected


def documents():
    """Documents of the corpus that CreatePolicy was, or would be, given."""
    for file in sorted(DOCUMENTS.glob("managed-*.json")):
        for case in json.loads(file.read_text())["documents"]:
            text = case.get("text")
            if "document" in case:
                text = json.dumps(case["document"])
            elif "statement" in case:
                text = json.dumps({"Version": "2012-10-17", "Statement": [case["statement"]]})
            # An empty text breaks a constraint of the model first.
            if text and len(text) <= 131072:
                yield pytest.param(text, case["answer"], id=f"{file.stem}: {case['name']}")


class TestDocuments:
    @pytest.mark.parametrize(("text", "answer"), list(documents()))
    def test_each_document_of_the_corpus(self, shared_server, text, answer):
        made = shared_server.call("CreatePolicy", {"PolicyName": "corpus", "PolicyDocument": text})
        if answer != "accepted":
            assert refusal(made) == (400, "MalformedPolicyDocument", answer)
            return
        assert made.status == 200, made.body
        arn = made.text("Arn")
        assert refusal(shared_server.call("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": "{"})) == (
            400,
            "MalformedPolicyDocument",
            "Syntax errors in policy.",
        )
        shared_server.ok("DeletePolicy", {"PolicyArn": arn})


@pytest.fixture
def library(iam):
    """Five policies; `attached` has a user and a group, `bounding` bounds a user, `both` does both."""
    for name, path in [("attached", "/a/"), ("both", "/a/b/"), ("bounding", "/b/"), ("idle", "/"), ("Zz", "/a/")]:
        iam.create_policy(PolicyName=name, Path=path, PolicyDocument=document())
    iam.create_group(GroupName="ops", Path="/g/")
    for user in ["alice", "bob"]:
        iam.create_user(UserName=user, Path="/u/")
    iam.attach_user_policy(UserName="alice", PolicyArn=policy_arn("attached", "/a/"))
    iam.attach_group_policy(GroupName="ops", PolicyArn=policy_arn("attached", "/a/"))
    iam.attach_user_policy(UserName="bob", PolicyArn=policy_arn("both", "/a/b/"))
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=policy_arn("both", "/a/b/"))
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy_arn("bounding", "/b/"))
    return iam


class TestList:
    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({}, ["attached", "both", "bounding", "idle", "Zz"]),
            ({"PathPrefix": "/a/"}, ["attached", "both", "Zz"]),
            ({"PathPrefix": "/none/"}, []),
            ({"OnlyAttached": True}, ["attached", "both"]),
            ({"OnlyAttached": False}, ["attached", "both", "bounding", "idle", "Zz"]),
            ({"PolicyUsageFilter": "PermissionsPolicy"}, ["attached", "both"]),
            ({"PolicyUsageFilter": "PermissionsBoundary"}, ["both", "bounding"]),
            ({"OnlyAttached": True, "PathPrefix": "/a/b/"}, ["both"]),
        ],
        ids=str,
    )
    def test_filters(self, library, parameters, expected):
        assert names(library.list_policies(Scope="Local", **parameters)) == expected
        pages = library.get_paginator("list_policies").paginate(
            Scope="Local", PaginationConfig={"PageSize": 1}, **parameters
        )
        assert [name for page in pages for name in names(page)] == expected

    def test_scopes(self, library):
        aws = names(library.list_policies(Scope="AWS"))
        local = names(library.list_policies(Scope="Local"))
        assert "AdministratorAccess" in aws
        assert "idle" in local
        assert names(library.list_policies(Scope="All")) == names(library.list_policies()) == local + aws
        pages = library.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 4})
        assert [name for page in pages for name in names(page)] == local + aws
        # The administrator has it.
        assert names(library.list_policies(Scope="AWS", OnlyAttached=True)) == ["AdministratorAccess"]

    @pytest.mark.parametrize(
        ("policy", "parameters", "groups", "users"),
        [
            (("attached", "/a/"), {}, ["ops"], ["alice"]),
            (("attached", "/a/"), {"EntityFilter": "User"}, [], ["alice"]),
            (("attached", "/a/"), {"EntityFilter": "Group"}, ["ops"], []),
            (("attached", "/a/"), {"EntityFilter": "Role"}, [], []),
            (("attached", "/a/"), {"PathPrefix": "/g/"}, ["ops"], []),
            (("attached", "/a/"), {"PathPrefix": "/"}, ["ops"], ["alice"]),
            (("attached", "/a/"), {"PolicyUsageFilter": "PermissionsBoundary"}, [], []),
            (("both", "/a/b/"), {}, [], ["bob"]),
            (("bounding", "/b/"), {}, [], ["alice"]),
            (("bounding", "/b/"), {"PolicyUsageFilter": "PermissionsBoundary"}, [], ["alice"]),
            (("bounding", "/b/"), {"PolicyUsageFilter": "PermissionsPolicy"}, [], []),
            (("idle", "/"), {}, [], []),
        ],
        ids=str,
    )
    def test_entities(self, library, policy, parameters, groups, users):
        answer = library.list_entities_for_policy(PolicyArn=policy_arn(*policy), **parameters)
        assert [group["GroupName"] for group in answer["PolicyGroups"]] == groups
        assert [user["UserName"] for user in answer["PolicyUsers"]] == users
        assert answer["PolicyRoles"] == []
        assert answer["IsTruncated"] is False
        for user in answer["PolicyUsers"]:
            assert user["UserId"] == library.get_user(UserName=user["UserName"])["User"]["UserId"]

    def test_entities_in_pages(self, iam):
        arn = iam.create_policy(PolicyName="p", PolicyDocument=document())["Policy"]["Arn"]
        for number in range(3):
            iam.create_user(UserName=f"user{number}")
            iam.create_group(GroupName=f"group{number}")
            iam.attach_user_policy(UserName=f"user{number}", PolicyArn=arn)
            iam.attach_group_policy(GroupName=f"group{number}", PolicyArn=arn)
        for size in [1, 2, 4, 6]:
            paginator = iam.get_paginator("list_entities_for_policy")
            pages = list(paginator.paginate(PolicyArn=arn, PaginationConfig={"PageSize": size}))
            assert all(len(page["PolicyGroups"]) + len(page["PolicyUsers"]) <= size for page in pages)
            listed = [entity["GroupName"] for page in pages for entity in page["PolicyGroups"]]
            assert sorted(listed) == ["group0", "group1", "group2"]
            listed = [entity["UserName"] for page in pages for entity in page["PolicyUsers"]]
            assert sorted(listed) == ["user0", "user1", "user2"]

    def test_the_users_of_an_aws_policy(self, server, iam):
        answer = iam.list_entities_for_policy(PolicyArn=aws_policy_arn("AdministratorAccess"))
        administrator = server.client("sts").get_caller_identity()["Arn"].rpartition("/")[2]
        assert [user["UserName"] for user in answer["PolicyUsers"]] == [administrator]


class TestConditions:
    def test_tags_of_the_policy_decide(self, server, iam):
        key = server.create_user_with_key("alice")
        grant(
            server,
            "alice",
            statement("iam:GetPolicy", "*", Condition={"StringEquals": {"aws:ResourceTag/Team": "x"}}),
        )
        iam.create_policy(PolicyName="ours", PolicyDocument=document(), Tags=TAGS)
        iam.create_policy(PolicyName="theirs", PolicyDocument=document(), Tags=[{"Key": "team", "Value": "y"}])
        iam.create_policy(PolicyName="bare", PolicyDocument=document())
        server.ok("GetPolicy", {"PolicyArn": policy_arn("ours")}, key=key)
        for name in ["theirs", "bare", "nonexistent"]:
            answer = server.call("GetPolicy", {"PolicyArn": policy_arn(name)}, key=key)
            assert refusal(answer)[:2] == (403, "AccessDenied")

    def test_the_older_name_of_tags_is_for_users_alone(self, server, iam):
        key = server.create_user_with_key("alice", Tags=TAGS)
        condition = {"StringEquals": {"iam:ResourceTag/team": "x"}}
        grant(server, "alice", statement(["iam:GetPolicy", "iam:GetUser"], "*", Condition=condition))
        iam.create_policy(PolicyName="ours", PolicyDocument=document(), Tags=TAGS)
        server.ok("GetUser", {"UserName": "alice"}, key=key)
        answer = server.call("GetPolicy", {"PolicyArn": policy_arn("ours")}, key=key)
        assert refusal(answer)[:2] == (403, "AccessDenied")

    def test_tags_of_the_request_decide(self, server):
        key = server.create_user_with_key("alice")
        condition = {
            "StringEquals": {"aws:RequestTag/team": "x"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
        }
        grant(server, "alice", statement(["iam:CreatePolicy", "iam:TagPolicy"], "*", Condition=condition))
        parameters = {"PolicyName": "p", "PolicyDocument": document()}
        for tags in [[], [{"Key": "team", "Value": "y"}], [*TAGS, {"Key": "more", "Value": ""}]]:
            answer = server.call("CreatePolicy", {**parameters, "Tags": tags}, key=key)
            assert refusal(answer)[:2] == (403, "AccessDenied"), tags
        server.ok("CreatePolicy", {**parameters, "Tags": TAGS}, key=key)
