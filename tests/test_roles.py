"""Roles: created, found, changed, tagged, listed, deleted, and counted; and those of services."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import (
    client_refusal,
    delete_conflict,
    no_such_role,
    quota_exceeded,
    refusal,
    role_exists,
    role_protected,
    unsatisfied,
)
from harness.policies import EC2, arn_not_valid, denied, document, grant, policy_arn, role_arn, statement, trust

BASIC = {"RoleName", "RoleId", "Path", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
TOO_MANY_TAGS = (409, "LimitExceeded", "The number of tags has reached the maximum limit.")
DUPLICATE = (400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def create(iam, name="r", **parameters):
    return iam.create_role(RoleName=name, **{"AssumeRolePolicyDocument": EC2} | parameters)["Role"]


def get(iam, name="r"):
    return iam.get_role(RoleName=name)["Role"]


def names(iam, **parameters):
    return [role["RoleName"] for role in iam.list_roles(**parameters)["Roles"]]


def as_tags(values):
    return [{"Key": key, "Value": value} for key, value in values.items()]



class TestLife:
    def test_what_each_answer_shows(self, iam):
        """As AWS was seen to: each leaves out something else."""
        boundary = iam.create_policy(PolicyName="b", PolicyDocument=document())["Policy"]["Arn"]
        before = datetime.now(UTC) - timedelta(seconds=1)
        tags = as_tags({"a": "1"})
        created = create(
            iam, Path="/eu/", Description="what for", MaxSessionDuration=7200, Tags=tags, PermissionsBoundary=boundary
        )
        assert created.keys() == BASIC | {"Tags", "PermissionsBoundary"}
        assert (created["RoleName"], created["Path"]) == ("r", "/eu/")
        assert created["Arn"] == role_arn("r", "/eu/")
        assert re.fullmatch("AROA[A-Z2-7]{17}", created["RoleId"])
        assert before <= created["CreateDate"] <= datetime.now(UTC)
        assert created["AssumeRolePolicyDocument"] == json.loads(EC2)
        listed = {key: created[key] for key in BASIC} | {"Description": "what for", "MaxSessionDuration": 7200}
        assert iam.list_roles()["Roles"] == [listed]
        attached = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
        assert get(iam) == listed | {"Tags": tags, "PermissionsBoundary": attached, "RoleLastUsed": {}}

    def test_what_nobody_says(self, iam):
        assert create(iam).keys() == BASIC
        assert get(iam).keys() == BASIC | {"MaxSessionDuration", "RoleLastUsed"}
        assert get(iam)["MaxSessionDuration"] == 3600

    @pytest.mark.parametrize("name", ["a", "A_1+=,.@-", "r" * 64])
    def test_every_legal_name(self, iam, name):
        create(iam, name)
        assert get(iam, name)["RoleName"] == name

    @pytest.mark.parametrize("taken", ["ops", "OPS", "Ops"])
    def test_names_are_unique_without_regard_to_case(self, iam, taken):
        create(iam, "Ops", Path="/elsewhere/")
        with pytest.raises(ClientError) as caught:
            create(iam, taken)
        assert client_refusal(caught) == role_exists(taken)

    def test_a_name_is_looked_up_exactly(self, iam):
        create(iam, "Ops")
        with pytest.raises(ClientError) as caught:
            get(iam, "ops")
        assert client_refusal(caught) == no_such_role("ops")

    def test_a_deleted_role_is_gone_and_its_name_free(self, iam):
        first = create(iam, Tags=as_tags({"a": "1"}))
        iam.delete_role(RoleName="r")
        with pytest.raises(ClientError) as caught:
            get(iam)
        assert client_refusal(caught) == no_such_role("r")
        second = create(iam)
        assert second["RoleId"] != first["RoleId"]
        assert iam.list_role_tags(RoleName="r")["Tags"] == []

    def test_what_has_to_go_first(self, iam):
        """One after another, in this order."""
        create(iam)
        attached = {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}
        inside = {"RoleName": "r", "InstanceProfileName": "p"}
        iam.attach_role_policy(**attached)
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document())
        iam.create_instance_profile(InstanceProfileName="p")
        iam.add_role_to_instance_profile(**inside)
        rows = [
            ("detach all policies", lambda: iam.detach_role_policy(**attached)),
            ("delete policies", lambda: iam.delete_role_policy(RoleName="r", PolicyName="p")),
            ("remove roles from instance profile", lambda: iam.remove_role_from_instance_profile(**inside)),
        ]
        for text, remove in rows:
            with pytest.raises(ClientError) as caught:
                iam.delete_role(RoleName="r")
            assert client_refusal(caught) == delete_conflict(text)
            remove()
        iam.delete_role(RoleName="r")
        assert names(iam) == []

    @pytest.mark.parametrize(
        ("operation", "parameters"),
        [
            ("get_role", {}),
            ("delete_role", {}),
            ("update_role", {"Description": "test"}),
            ("update_role_description", {"Description": "test"}),
            ("update_assume_role_policy", {"PolicyDocument": EC2}),
            ("tag_role", {"Tags": [{"Key": "k", "Value": "v"}]}),
            ("untag_role", {"TagKeys": ["k"]}),
            ("list_role_tags", {}),
            ("list_role_policies", {}),
            ("list_attached_role_policies", {}),
            ("list_instance_profiles_for_role", {}),
            ("get_role_policy", {"PolicyName": "p"}),
            ("delete_role_policy", {"PolicyName": "p"}),
            ("put_role_policy", {"PolicyName": "p", "PolicyDocument": document()}),
            ("attach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}),
            ("detach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}),
            ("put_role_permissions_boundary", {"PermissionsBoundary": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}),
            ("delete_role_permissions_boundary", {}),
            ("delete_service_linked_role", {}),
        ],
    )
    def test_an_unknown_role(self, iam, operation, parameters):
        with pytest.raises(ClientError) as caught:
            getattr(iam, operation)(RoleName="test-nonexistent-role", **parameters)
        assert client_refusal(caught) == no_such_role("test-nonexistent-role")


class TestUpdate:
    def test_what_is_left_out_stays(self, iam):
        create(iam, Description="old", MaxSessionDuration=7200)
        iam.update_role(RoleName="r")
        assert (get(iam)["Description"], get(iam)["MaxSessionDuration"]) == ("old", 7200)
        iam.update_role(RoleName="r", Description="new")
        assert (get(iam)["Description"], get(iam)["MaxSessionDuration"]) == ("new", 7200)
        iam.update_role(RoleName="r", MaxSessionDuration=43200)
        assert (get(iam)["Description"], get(iam)["MaxSessionDuration"]) == ("new", 43200)
        iam.update_role(RoleName="r", Description="")
        assert "Description" not in get(iam)

    def test_the_older_operation_answers_with_the_role(self, iam):
        created = create(iam, MaxSessionDuration=7200)
        answer = iam.update_role_description(RoleName="r", Description="new")["Role"]
        assert answer == created | {"Description": "new"}
        assert get(iam)["MaxSessionDuration"] == 7200

    @pytest.mark.parametrize(
        ("seconds", "what"),
        [(3599, "have value greater than or equal to 3600"), (43201, "have value less than or equal to 43200")],
    )
    def test_how_long_sessions_may_be(self, server, seconds, what):
        parameters = {"RoleName": "r", "MaxSessionDuration": seconds}
        for action, more in [("CreateRole", {"AssumeRolePolicyDocument": EC2}), ("UpdateRole", {})]:
            answer = server.call(action, parameters | more)
            assert refusal(answer) == unsatisfied(("maxSessionDuration", what))


class TestTags:
    def test_tags_are_added_replaced_and_removed(self, iam):
        create(iam)
        iam.tag_role(RoleName="r", Tags=as_tags({"a": "1", "b": ""}))
        iam.tag_role(RoleName="r", Tags=as_tags({"A": "2", "c": "3"}))
        assert iam.list_role_tags(RoleName="r")["Tags"] == as_tags({"A": "2", "b": "", "c": "3"})
        iam.untag_role(RoleName="r", TagKeys=["B", "not there"])
        assert get(iam)["Tags"] == as_tags({"A": "2", "c": "3"})

    def test_the_same_key_twice(self, iam):
        tags = [{"Key": "dupkey", "Value": "1"}, {"Key": "DUPKEY", "Value": "2"}]
        with pytest.raises(ClientError) as caught:
            create(iam, Tags=tags)
        assert client_refusal(caught) == DUPLICATE
        create(iam)
        with pytest.raises(ClientError) as caught:
            iam.tag_role(RoleName="r", Tags=tags)
        assert client_refusal(caught) == DUPLICATE

    def test_fifty_tags(self, iam):
        create(iam, Tags=as_tags({f"k{number:02}": "" for number in range(50)}))
        with pytest.raises(ClientError) as caught:
            iam.tag_role(RoleName="r", Tags=as_tags({"one more": ""}))
        assert client_refusal(caught) == TOO_MANY_TAGS
        pages = iam.get_paginator("list_role_tags").paginate(RoleName="r", PaginationConfig={"PageSize": 7})
        listed = [tag["Key"] for page in pages for tag in page["Tags"]]
        assert listed == [f"k{number:02}" for number in range(50)]

    def test_tags_at_creation_are_a_right_of_their_own(self, server):
        key = server.create_user_with_key("maker")
        grant(server, "maker", statement("iam:CreateRole"))
        iam = server.client("iam", key)
        with pytest.raises(ClientError) as caught:
            create(iam, Tags=as_tags({"a": "1"}))
        assert client_refusal(caught) == denied(f"arn:aws:iam::{ACCOUNT}:user/maker", "iam:TagRole", role_arn("r"))
        create(iam)

    def test_conditions_ask_for_a_roles_tags(self, server, iam):
        key = server.create_user_with_key("tagged")
        mine = {"StringEquals": {f"{service}:ResourceTag/team": "a" for service in ("aws", "iam")}}
        grant(server, "tagged", statement("iam:GetRole", Condition=mine))
        create(iam, "own", Tags=as_tags({"team": "a"}))
        create(iam, "other", Tags=as_tags({"team": "b"}))
        theirs = server.client("iam", key)
        assert get(theirs, "own")["RoleName"] == "own"
        with pytest.raises(ClientError) as caught:
            get(theirs, "other")
        assert client_refusal(caught)[:2] == (403, "AccessDenied")


class TestLists:
    def test_pages_and_path_prefixes(self, iam):
        for number in range(40):
            create(iam, f"r{number:02}", Path="/a/" if number % 2 else "/ab/")
        everything = [f"r{number:02}" for number in range(40)]
        for size in (1, 16, 17, 39, 40):
            pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": size})
            listed = [[role["RoleName"] for role in page["Roles"]] for page in pages]
            assert [name for page in listed for name in page] == everything
            assert all(len(page) == size for page in listed[:-1])
        assert names(iam, PathPrefix="/a/") == everything[1::2]
        assert names(iam, PathPrefix="/a") == everything
        assert names(iam, PathPrefix="/none/") == []

    def test_long_trust_policies_end_a_page_early(self, server, iam):
        """White space counts for no quota, but for a page."""
        spacious = EC2 + " " * (130_000 - len(EC2))
        for number in range(20):
            create(iam, f"r{number:02}", AssumeRolePolicyDocument=spacious)
        first = server.ok("ListRoles")
        assert first.texts("RoleName") == [f"r{number:02}" for number in range(16)]
        rest = server.ok("ListRoles", {"Marker": first.text("Marker")})
        assert rest.texts("RoleName") == [f"r{number:02}" for number in range(16, 20)]
        assert rest.text("IsTruncated") == "false"

    def test_counted(self, iam):
        before = iam.get_account_summary()["SummaryMap"]
        create(iam)
        iam.create_instance_profile(InstanceProfileName="p")
        after = iam.get_account_summary()["SummaryMap"]
        changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
        assert changed == {"Roles": (0, 1), "InstanceProfiles": (0, 1)}
        quotas = {name: value for name, value in after.items() if "Role" in name and name.endswith("Quota")}
        assert quotas == {
            "AssumeRolePolicySizeQuota": 2048,
            "AttachedPoliciesPerRoleQuota": 10,
            "RolePolicySizeQuota": 10240,
            "RolesQuota": 1000,
        }


class TestServiceLinkedRoles:
    BATCH = "AWSServiceRoleForBatch"

    def test_created_and_deleted(self, iam):
        made = iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com", Description="d")["Role"]
        assert made.keys() == BASIC
        assert made["Arn"] == role_arn(self.BATCH, "/aws-service-role/batch.amazonaws.com/")
        [trusting] = made["AssumeRolePolicyDocument"]["Statement"]
        assert trusting["Principal"] == {"Service": ["batch.amazonaws.com"]}
        with pytest.raises(ClientError) as caught:
            iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")
        text = f"Service role name {self.BATCH} has been taken in this account, please try a different suffix."
        assert client_refusal(caught) == (400, "InvalidInput", text)
        task = iam.delete_service_linked_role(RoleName=self.BATCH)["DeletionTaskId"]
        assert task.startswith(f"task/aws-service-role/batch.amazonaws.com/{self.BATCH}/")
        assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
        iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")
        assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"

    def test_suffixes(self, iam):
        made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="blue")["Role"]
        assert made["RoleName"] == "AWSServiceRoleForAutoScaling_blue"
        with pytest.raises(ClientError) as caught:
            iam.create_service_linked_role(AWSServiceName="appmesh.amazonaws.com", CustomSuffix="testsuffix")
        assert client_refusal(caught) == (400, "InvalidInput", "Custom suffix is not allowed for appmesh.amazonaws.com")

    @pytest.mark.parametrize("service", ["nothing.amazonaws.com", "batch", "batch.example.org"])
    def test_a_service_without(self, iam, service):
        with pytest.raises(ClientError) as caught:
            iam.create_service_linked_role(AWSServiceName=service)
        assert client_refusal(caught) == (400, "InvalidInput", f"Service {service} has no service-linked role.")

    def test_the_ordinary_operations_leave_them_alone(self, iam):
        iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")
        iam.create_instance_profile(InstanceProfileName="p")
        aws = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
        rows = [
            ("delete_role", {}),
            ("update_role", {"MaxSessionDuration": 7200}),
            ("update_assume_role_policy", {"PolicyDocument": EC2}),
            ("put_role_policy", {"PolicyName": "p", "PolicyDocument": document()}),
            ("delete_role_policy", {"PolicyName": "p"}),
            ("attach_role_policy", {"PolicyArn": aws}),
            ("detach_role_policy", {"PolicyArn": aws}),
            ("put_role_permissions_boundary", {"PermissionsBoundary": aws}),
            ("delete_role_permissions_boundary", {}),
            ("add_role_to_instance_profile", {"InstanceProfileName": "p"}),
            ("remove_role_from_instance_profile", {"InstanceProfileName": "p"}),
        ]
        before = get(iam, self.BATCH)
        for operation, parameters in rows:
            with pytest.raises(ClientError) as caught:
                getattr(iam, operation)(RoleName=self.BATCH, **parameters)
            assert client_refusal(caught) == role_protected(self.BATCH), operation
        assert get(iam, self.BATCH) == before
        iam.update_role(RoleName=self.BATCH, Description="it can be described")
        iam.tag_role(RoleName=self.BATCH, Tags=as_tags({"a": "1"}))
        assert get(iam, self.BATCH)["Description"] == "it can be described"
        iam.delete_service_linked_role(RoleName=self.BATCH)

    def test_nobody_else_makes_or_deletes_one(self, iam):
        with pytest.raises(ClientError) as caught:
            create(iam, Path="/aws-service-role/batch.amazonaws.com/")
        text = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"
        assert client_refusal(caught) == (400, "InvalidInput", text)
        create(iam)
        with pytest.raises(ClientError) as caught:
            iam.delete_service_linked_role(RoleName="r")
        assert client_refusal(caught) == no_such_role("r")

    def test_tasks_that_never_were(self, iam):
        role = iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")["Role"]
        task = f"task/aws-service-role/batch.amazonaws.com/{self.BATCH}/{role['RoleId']}"
        with pytest.raises(ClientError) as caught:
            iam.get_service_linked_role_deletion_status(DeletionTaskId=task)
        assert client_refusal(caught) == (404, "NoSuchEntity", f"Deletion task {task} cannot be found.")
        for unfit in ("x", "task", "task/r/AROA", task.replace("aws-service-role", "other"), f"{task}/"):
            with pytest.raises(ClientError) as caught:
                iam.get_service_linked_role_deletion_status(DeletionTaskId=unfit)
            assert client_refusal(caught) == (400, "InvalidInput", f"Deletion task id {unfit} is not valid.")

    def test_a_right_for_one_service(self, server):
        key = server.create_user_with_key("maker")
        batch = {"StringLike": {"iam:AWSServiceName": "batch.amazonaws.com"}}
        grant(server, "maker", statement("iam:CreateServiceLinkedRole", Condition=batch))
        iam = server.client("iam", key)
        iam.create_service_linked_role(AWSServiceName="batch.amazonaws.com")
        with pytest.raises(ClientError) as caught:
            iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
        assert client_refusal(caught)[:2] == (403, "AccessDenied")


class TestBoundaries:
    def test_at_creation(self, iam):
        for arn, expected in [
            (f"arn:aws:iam::{ACCOUNT}:not_a_policy/invalid", arn_not_valid),
            (
                policy_arn("absent"),
                lambda arn: (404, "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable."),
            ),
        ]:
            with pytest.raises(ClientError) as caught:
                create(iam, PermissionsBoundary=arn)
            assert client_refusal(caught) == expected(arn)
        assert names(iam) == []

    def test_who_may_only_make_bounded_roles(self, server, iam):
        """The key has the boundary that the request sets or, for what is done later, the one that the role has."""
        boundary = iam.create_policy(PolicyName="b", PolicyDocument=document())["Policy"]["Arn"]
        key = server.create_user_with_key("maker")
        bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
        rights = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]
        grant(server, "maker", statement(rights, Condition=bounded))
        theirs = server.client("iam", key)
        create(theirs, "bounded", PermissionsBoundary=boundary)
        create(iam, "free")
        with pytest.raises(ClientError) as caught:
            create(theirs, "other")
        assert client_refusal(caught)[:2] == (403, "AccessDenied")
        theirs.put_role_policy(RoleName="bounded", PolicyName="p", PolicyDocument=document())
        theirs.update_assume_role_policy(RoleName="bounded", PolicyDocument=trust(ACCOUNT))
        for change in (
            lambda: theirs.put_role_policy(RoleName="free", PolicyName="p", PolicyDocument=document()),
            lambda: theirs.update_assume_role_policy(RoleName="free", PolicyDocument=trust(ACCOUNT)),
        ):
            with pytest.raises(ClientError) as caught:
                change()
            assert client_refusal(caught)[:2] == (403, "AccessDenied")


def test_the_quota_of_roles(launch):
    server = launch("--test-reset")
    iam = server.client("iam")
    for number in range(1000):
        server.ok("CreateRole", {"RoleName": f"r{number}", "AssumeRolePolicyDocument": EC2})
    with pytest.raises(ClientError) as caught:
        create(iam, "one-more")
    assert client_refusal(caught) == quota_exceeded("RolesPerAccount", 1000)
    iam.delete_role(RoleName="r0")
    create(iam, "one-more")
