"""Policies of roles: inline, attached, boundaries, and what asks about them."""

import urllib.parse

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import client_refusal, no_such_inline_policy, quota_exceeded
from harness.policies import (
    EC2,
    arn_not_valid,
    context_entry,
    document,
    grant,
    not_attachable,
    not_found,
    policy_arn,
    role_arn,
    sources,
    statement,
)

AWS = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def role(iam):
    return iam.create_role(RoleName="r", Path="/eu/", AssumeRolePolicyDocument=EC2)["Role"]


@pytest.fixture
def policy(iam):
    return iam.create_policy(PolicyName="p", PolicyDocument=document())["Policy"]["Arn"]


def attached(iam, **parameters):
    return [found["PolicyName"] for found in iam.list_attached_role_policies(RoleName="r", **parameters)["AttachedPolicies"]]


class TestInline:
    def test_put_got_replaced_and_deleted(self, server, iam, role):
        text = '{"Version":"2012-10-17",\n"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::a b/+"}}'
        iam.put_role_policy(RoleName="r", PolicyName="one", PolicyDocument=document())
        iam.put_role_policy(RoleName="r", PolicyName="one", PolicyDocument=text)
        answer = server.ok("GetRolePolicy", {"RoleName": "r", "PolicyName": "one"})
        assert (answer.text("RoleName"), answer.text("PolicyName")) == ("r", "one")
        assert answer.text("PolicyDocument") == urllib.parse.quote(text, safe="-._~")
        iam.put_role_policy(RoleName="r", PolicyName="two", PolicyDocument=document())
        pages = iam.get_paginator("list_role_policies").paginate(RoleName="r", PaginationConfig={"PageSize": 1})
        assert [page["PolicyNames"] for page in pages] == [["one"], ["two"]]
        iam.delete_role_policy(RoleName="r", PolicyName="one")
        for operation in (iam.get_role_policy, iam.delete_role_policy):
            with pytest.raises(ClientError) as caught:
                operation(RoleName="r", PolicyName="one")
            assert client_refusal(caught) == no_such_inline_policy("role", "one")

    def test_no_principal(self, iam, role):
        with pytest.raises(ClientError) as caught:
            iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(statement(Principal="*")))
        text = "Policy document should not specify a principal."
        assert client_refusal(caught) == (400, "MalformedPolicyDocument", text)

    def test_their_sum_has_a_quota(self, iam, role):
        def sized(characters):
            text = document(statement(resources="R")).replace(" ", "")
            return text.replace('"R"', '"' + "arn:aws:s3:::".ljust(characters - len(text) + 1, "x") + '"')

        iam.put_role_policy(RoleName="r", PolicyName="a", PolicyDocument=sized(6000))
        iam.put_role_policy(RoleName="r", PolicyName="b", PolicyDocument=sized(4240))
        for name in ("b", "c"):
            with pytest.raises(ClientError) as caught:
                iam.put_role_policy(RoleName="r", PolicyName=name, PolicyDocument=sized(4241))
            text = "Maximum policy size of 10240 bytes exceeded for role r"
            assert client_refusal(caught) == (409, "LimitExceeded", text)


class TestAttached:
    def test_attached_listed_and_detached(self, iam, role, policy):
        for _ in range(2):
            iam.attach_role_policy(RoleName="r", PolicyArn=policy)
        iam.attach_role_policy(RoleName="r", PolicyArn=AWS)
        assert attached(iam) == ["IAMReadOnlyAccess", "p"]
        assert attached(iam, PathPrefix="/none/") == []
        pages = iam.get_paginator("list_attached_role_policies")
        pages = pages.paginate(RoleName="r", PaginationConfig={"PageSize": 1})
        assert [found["PolicyArn"] for page in pages for found in page["AttachedPolicies"]] == [AWS, policy]
        assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 1
        with pytest.raises(ClientError) as caught:
            iam.delete_policy(PolicyArn=policy)
        assert client_refusal(caught) == (409, "DeleteConflict", "Cannot delete a policy attached to entities.")
        iam.detach_role_policy(RoleName="r", PolicyArn=policy)
        with pytest.raises(ClientError) as caught:
            iam.detach_role_policy(RoleName="r", PolicyArn=policy)
        assert client_refusal(caught) == not_found(policy)
        iam.delete_policy(PolicyArn=policy)

    def test_what_is_refused(self, iam, role):
        absent = policy_arn("nonexistent")
        text = "ARN longpolicynamebutnoarn is not valid."
        for operation, arn, expected in [
            (iam.attach_role_policy, absent, not_attachable(absent)),
            (iam.detach_role_policy, absent, not_found(absent)),
            (iam.attach_role_policy, "longpolicynamebutnoarn", (400, "ValidationError", text)),
            (iam.detach_role_policy, "longpolicynamebutnoarn", (400, "ValidationError", text)),
        ]:
            with pytest.raises(ClientError) as caught:
                operation(RoleName="r", PolicyArn=arn)
            assert client_refusal(caught) == expected

    def test_the_quota(self, iam, role):
        for number in range(11):
            made = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document())["Policy"]["Arn"]
            if number < 10:
                iam.attach_role_policy(RoleName="r", PolicyArn=made)
        with pytest.raises(ClientError) as caught:
            iam.attach_role_policy(RoleName="r", PolicyArn=made)
        assert client_refusal(caught) == quota_exceeded("PoliciesPerRole", 10)

    def test_conditions_ask_which_policy(self, server, iam, role, policy):
        key = server.create_user_with_key("attacher")
        only = {"ArnEquals": {"iam:PolicyARN": policy}}
        grant(server, "attacher", statement(["iam:AttachRolePolicy", "iam:DetachRolePolicy"], Condition=only))
        theirs = server.client("iam", key)
        theirs.attach_role_policy(RoleName="r", PolicyArn=policy)
        theirs.detach_role_policy(RoleName="r", PolicyArn=policy)
        with pytest.raises(ClientError) as caught:
            theirs.attach_role_policy(RoleName="r", PolicyArn=AWS)
        assert client_refusal(caught)[:2] == (403, "AccessDenied")


class TestBoundaries:
    def test_put_replaced_and_deleted(self, iam, role, policy):
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=AWS)
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=policy)
        shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}
        assert iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"] == shown
        assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
        for _ in range(2):
            iam.delete_role_permissions_boundary(RoleName="r")
        assert "PermissionsBoundary" not in iam.get_role(RoleName="r")["Role"]

    def test_what_is_refused(self, iam, role):
        absent, unfit = policy_arn("nonexistent-policy"), f"arn:aws:iam::{ACCOUNT}:not_a_policy/invalid"
        text = f"Scope ARN: {absent} does not exist or is not attachable."
        for arn, expected in [(absent, (404, "NoSuchEntity", text)), (unfit, arn_not_valid(unfit))]:
            with pytest.raises(ClientError) as caught:
                iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=arn)
            assert client_refusal(caught) == expected


class TestWhoAsks:
    def test_who_uses_a_policy(self, iam, role, policy):
        iam.attach_role_policy(RoleName="r", PolicyArn=policy)
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=policy)
        shown = [{"RoleName": "r", "RoleId": role["RoleId"]}]
        for filters, expected in [
            ({}, shown),
            ({"EntityFilter": "Role"}, shown),
            ({"EntityFilter": "User"}, []),
            ({"PathPrefix": "/eu/"}, shown),
            ({"PathPrefix": "/us/"}, []),
            ({"PolicyUsageFilter": "PermissionsBoundary"}, shown),
        ]:
            assert iam.list_entities_for_policy(PolicyArn=policy, **filters)["PolicyRoles"] == expected, filters

    def test_the_account_s_details(self, iam, role, policy):
        iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=document())
        iam.attach_role_policy(RoleName="r", PolicyArn=policy)
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=AWS)
        iam.tag_role(RoleName="r", Tags=[{"Key": "a", "Value": "b"}])
        iam.create_instance_profile(InstanceProfileName="i")
        iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
        [detail] = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
        shown = {key: role[key] for key in ("Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument")}
        assert detail.pop("InstanceProfileList") == iam.list_instance_profiles()["InstanceProfiles"]
        assert [found["PolicyName"] for found in detail.pop("RolePolicyList")] == ["inline"]
        assert detail == shown | {
            "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": policy}],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": AWS},
            "Tags": [{"Key": "a", "Value": "b"}],
            "RoleLastUsed": {},
        }
        for number in range(5):
            iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=EC2)
        pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2})
        listed = [detail["RoleName"] for page in pages for detail in page["RoleDetailList"]]
        assert listed == ["r", "r0", "r1", "r2", "r3", "r4"]

    def test_the_simulator(self, iam, role, policy):
        mine = {"StringEquals": {"aws:PrincipalTag/team": "a", "aws:PrincipalType": "AssumedRole"}}
        text = document(statement("s3:PutObject"), statement("s3:ListBucket", Condition=mine))
        iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=text)
        iam.attach_role_policy(RoleName="r", PolicyArn=policy)
        iam.tag_role(RoleName="r", Tags=[{"Key": "Team", "Value": "a"}])
        actions = ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject"]

        def simulated(**parameters):
            found = iam.simulate_principal_policy(PolicySourceArn=role["Arn"], ActionNames=actions, **parameters)
            return found["EvaluationResults"]

        results = simulated()
        assert [result["EvalDecision"] for result in results] == ["allowed"] * 3 + ["implicitDeny"]
        assert [sources(result) for result in results] == [["role_r_inline"], ["p"], ["role_r_inline"], []]
        other = context_entry("aws:PrincipalTag/team", "string", "b")
        assert simulated(ContextEntries=[other])[2]["EvalDecision"] == "implicitDeny"
        iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=policy)
        assert [result["EvalDecision"] for result in simulated()] == ["implicitDeny", "allowed"] + ["implicitDeny"] * 2

    def test_what_else_looks_into_a_role(self, iam, role):
        iam.put_role_policy(
            RoleName="r",
            PolicyName="inline",
            PolicyDocument=document(statement(Condition={"Bool": {"aws:SecureTransport": "true"}})),
        )
        keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=role["Arn"])["ContextKeyNames"]
        assert keys == ["aws:SecureTransport"]
        answer = iam.list_policies_granting_service_access(Arn=role["Arn"], ServiceNamespaces=["s3", "iam"])
        found = {entry["ServiceNamespace"]: entry["Policies"] for entry in answer["PoliciesGrantingServiceAccess"]}
        granting = {"PolicyName": "inline", "PolicyType": "INLINE", "EntityType": "ROLE", "EntityName": "r"}
        assert found == {"s3": [granting], "iam": []}
        with pytest.raises(ClientError) as caught:
            iam.simulate_principal_policy(PolicySourceArn=role_arn("absent"), ActionNames=["s3:GetObject"])
        assert client_refusal(caught)[:2] == (404, "NoSuchEntity")
