"""GetAccountAuthorizationDetails: the account as backups and scanners read it."""

import json
from urllib.parse import unquote

import pytest
from harness import ACCOUNT
from harness.errors import refusal
from harness.policies import aws_policy_arn, denied, document, policy_arn, statement

LISTS = {
    "User": ("UserDetailList", "UserName"),
    "Group": ("GroupDetailList", "GroupName"),
    "LocalManagedPolicy": ("Policies", "PolicyName"),
    "AWSManagedPolicy": ("Policies", "PolicyName"),
}


@pytest.fixture
def account(iam):
    iam.create_group(GroupName="ops", Path="/g/")
    iam.create_group(GroupName="empty")
    iam.create_user(UserName="alice", Path="/u/", Tags=[{"Key": "team", "Value": "x"}])
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="ops", UserName="alice")
    iam.create_policy(PolicyName="mine", Path="/p/", PolicyDocument=document(statement("s3:v1")), Description="ours")
    iam.create_policy_version(
        PolicyArn=policy_arn("mine", "/p/"), PolicyDocument=document(statement("s3:v2")), SetAsDefault=True
    )
    iam.create_policy(PolicyName="bound", PolicyDocument=document())
    iam.attach_user_policy(UserName="alice", PolicyArn=policy_arn("mine", "/p/"))
    iam.attach_group_policy(GroupName="ops", PolicyArn=aws_policy_arn("IAMReadOnlyAccess"))
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy_arn("bound"))
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=document(statement("s3:Own")))
    iam.put_group_policy(GroupName="ops", PolicyName="shared", PolicyDocument=document(statement("s3:Shared")))
    return iam


def details(iam, size=None, **parameters):
    """All pages together, each list by name."""
    config = {"PageSize": size} if size else {}
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig=config, **parameters))
    for page in pages:
        assert page["RoleDetailList"] == []
        entries = [entry for key in ("UserDetailList", "GroupDetailList", "Policies") for entry in page[key]]
        assert size is None or len(entries) <= size
    found = {}
    for key, name in set(LISTS.values()):
        listed = [entry for page in pages for entry in page[key]]
        found[key] = {entry[name]: entry for entry in listed}
        assert len(found[key]) == len(listed), "listed twice"
    return found


def test_a_user(account):
    users = details(account)["UserDetailList"]
    alice = users["alice"]
    stored = account.get_user(UserName="alice")["User"]
    assert alice == {
        "UserName": "alice",
        "UserId": stored["UserId"],
        "Path": "/u/",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/u/alice",
        "CreateDate": stored["CreateDate"],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": json.loads(document(statement("s3:Own")))}],
        "GroupList": ["ops"],
        "AttachedManagedPolicies": [{"PolicyName": "mine", "PolicyArn": policy_arn("mine", "/p/")}],
        "PermissionsBoundary": {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": policy_arn("bound"),
        },
        "Tags": [{"Key": "team", "Value": "x"}],
    }
    bob = users["bob"]
    assert (bob["GroupList"], bob["AttachedManagedPolicies"], bob["Tags"]) == ([], [], [])
    assert not bob.keys() & {"UserPolicyList", "PermissionsBoundary"}


def test_a_group(account):
    groups = details(account)["GroupDetailList"]
    ops = groups["ops"]
    assert ops["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/g/ops"
    assert ops["GroupPolicyList"] == [
        {"PolicyName": "shared", "PolicyDocument": json.loads(document(statement("s3:Shared")))}
    ]
    attached = {"PolicyName": "IAMReadOnlyAccess", "PolicyArn": aws_policy_arn("IAMReadOnlyAccess")}
    assert ops["AttachedManagedPolicies"] == [attached]
    assert (groups["empty"]["GroupPolicyList"], groups["empty"]["AttachedManagedPolicies"]) == ([], [])


def test_policies_with_their_versions(account):
    policies = details(account)["Policies"]
    # AWS's own are there if they are used.
    assert policies.keys() == {"mine", "bound", "AdministratorAccess", "IAMReadOnlyAccess"}
    mine = policies["mine"]
    versions = mine.pop("PolicyVersionList")
    stored = account.get_policy(PolicyArn=policy_arn("mine", "/p/"))["Policy"]
    assert {**mine, "Tags": []} == stored
    assert [(version["VersionId"], version["IsDefaultVersion"]) for version in versions] == [
        ("v2", True),
        ("v1", False),
    ]
    for version in versions:
        [only] = version["Document"]["Statement"]
        assert only["Action"] == f"s3:{version['VersionId']}"
    assert policies["bound"]["PermissionsBoundaryUsageCount"] == 1
    assert policies["IAMReadOnlyAccess"]["AttachmentCount"] == 1


@pytest.mark.parametrize("chosen", [["User"], ["Group"], ["LocalManagedPolicy"], ["AWSManagedPolicy"], ["Role"]])
def test_filters(account, chosen):
    found = details(account, Filter=chosen)
    expected = {
        "User": {"UserDetailList": {"alice", "bob"}},
        "Group": {"GroupDetailList": {"ops", "empty"}},
        "LocalManagedPolicy": {"Policies": {"mine", "bound"}},
        "AWSManagedPolicy": {"Policies": {"AdministratorAccess", "IAMReadOnlyAccess"}},
        "Role": {},
    }[chosen[0]]
    for key, names in expected.items():
        assert found[key].keys() >= names
    assert {key for key, entries in found.items() if entries} == set(expected)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_pages(account, size):
    whole = details(account)
    assert details(account, size) == whole
    both = ["LocalManagedPolicy", "Group"]
    found = details(account, size, Filter=both)
    assert found["UserDetailList"] == {}
    assert found["GroupDetailList"] == whole["GroupDetailList"]
    assert found["Policies"].keys() == {"mine", "bound"}


def test_a_page_ends_early_when_documents_are_large(server, iam):
    """White space is not counted by the quota, so that twenty policies can have many megabytes."""
    padded = document() + " " * 130_000
    for number in range(20):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=padded)
    answer = server.ok("GetAccountAuthorizationDetails", {"Filter": ["LocalManagedPolicy"], "MaxItems": 1000})
    assert answer.text("IsTruncated") == "true"
    assert len(answer.body) < 5_000_000
    found = details(iam, Filter=["LocalManagedPolicy"])["Policies"]
    assert found.keys() == {f"p{number}" for number in range(20)}


def test_documents_are_percent_encoded(server, account):
    answer = server.ok("GetAccountAuthorizationDetails")
    for encoded in answer.texts("PolicyDocument") + answer.texts("Document"):
        assert not set(encoded) & set(' +*"{}[]:,/\n')
        assert json.loads(unquote(encoded))["Version"] == "2012-10-17"


def test_a_marker_is_for_its_filter_alone(server, account):
    first = server.ok("GetAccountAuthorizationDetails", {"Filter": ["User"], "MaxItems": 1})
    answer = server.call("GetAccountAuthorizationDetails", {"Filter": ["Group"], "Marker": first.text("Marker")})
    assert refusal(answer) == (400, "ValidationError", "Invalid Marker.")


def test_who_may_not(server):
    key = server.create_user_with_key("mallory")
    answer = server.call("GetAccountAuthorizationDetails", key=key)
    caller = f"arn:aws:iam::{ACCOUNT}:user/mallory"
    assert refusal(answer) == denied(caller, "iam:GetAccountAuthorizationDetails", "*")
