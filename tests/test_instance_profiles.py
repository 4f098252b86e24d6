"""Instance profiles: created, filled with one role, found, tagged, listed, deleted."""

import re

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import client_refusal, delete_conflict, no_such_instance_profile, no_such_role, quota_exceeded
from harness.policies import EC2

BASIC = {"InstanceProfileName", "InstanceProfileId", "Path", "Arn", "CreateDate", "Roles"}
ROLE = {"RoleName", "RoleId", "Path", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
AWS = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def filled(iam):
    """A profile with a role in it, and another role."""
    iam.create_instance_profile(InstanceProfileName="p", Path="/eu/")
    for role in ("r", "other"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=EC2, Description="not shown")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    return iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]


def names(answer):
    return [profile["InstanceProfileName"] for profile in answer["InstanceProfiles"]]


def as_tags(values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_a_created_profile_is_found_as_created(iam):
    created = iam.create_instance_profile(InstanceProfileName="p", Path="/eu/")["InstanceProfile"]
    assert created.keys() == BASIC
    assert created["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/eu/p"
    assert re.fullmatch("AIPA[A-Z2-7]{17}", created["InstanceProfileId"])
    assert created["Roles"] == []
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"] == created
    assert iam.list_instance_profiles()["InstanceProfiles"] == [created]


def test_it_shows_its_role(iam, filled):
    [role] = filled["Roles"]
    assert role.keys() == ROLE
    assert role["RoleName"] == "r"
    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"] == [filled]
    assert iam.list_instance_profiles_for_role(RoleName="other")["InstanceProfiles"] == []
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Roles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="other")


@pytest.mark.parametrize("role", ["r", "other"])
def test_one_role_at_most(iam, filled, role):
    with pytest.raises(ClientError) as caught:
        iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName=role)
    assert client_refusal(caught) == quota_exceeded("InstanceSessionsPerInstanceProfile", 1)


def test_what_is_refused(iam, filled):
    missing, nobody = no_such_instance_profile("absent"), no_such_role("nobody")
    in_it = "Role other in Instance Profile p cannot be found."
    rows = [
        ("create_instance_profile", {"InstanceProfileName": "P"}, (409, "EntityAlreadyExists", "Instance Profile P already exists.")),
        ("get_instance_profile", {"InstanceProfileName": "absent"}, missing),
        ("get_instance_profile", {"InstanceProfileName": "P"}, no_such_instance_profile("P")),
        ("delete_instance_profile", {"InstanceProfileName": "absent"}, missing),
        ("delete_instance_profile", {"InstanceProfileName": "p"}, delete_conflict("remove roles from instance profile")),
        ("add_role_to_instance_profile", {"InstanceProfileName": "absent", "RoleName": "r"}, missing),
        ("add_role_to_instance_profile", {"InstanceProfileName": "p", "RoleName": "nobody"}, nobody),
        ("remove_role_from_instance_profile", {"InstanceProfileName": "absent", "RoleName": "r"}, missing),
        ("remove_role_from_instance_profile", {"InstanceProfileName": "p", "RoleName": "nobody"}, nobody),
        ("remove_role_from_instance_profile", {"InstanceProfileName": "p", "RoleName": "other"}, (404, "NoSuchEntity", in_it)),
        ("list_instance_profiles_for_role", {"RoleName": "nobody"}, nobody),
        ("list_instance_profile_tags", {"InstanceProfileName": "absent"}, missing),
        ("tag_instance_profile", {"InstanceProfileName": "absent", "Tags": as_tags({"Key": "Value"})}, missing),
        ("untag_instance_profile", {"InstanceProfileName": "absent", "TagKeys": ["Key"]}, missing),
    ]
    for operation, parameters, expected in rows:
        with pytest.raises(ClientError) as caught:
            getattr(iam, operation)(**parameters)
        assert client_refusal(caught) == expected, (operation, parameters)
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"] == filled


def test_a_deleted_profile_is_gone_and_its_name_free(iam, filled):
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="p")
    with pytest.raises(ClientError) as caught:
        iam.get_instance_profile(InstanceProfileName="p")
    assert client_refusal(caught) == no_such_instance_profile("p")
    again = iam.create_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    assert again["InstanceProfileId"] != filled["InstanceProfileId"]


def test_pages_and_path_prefixes(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    everything = [f"p{number:02}" for number in range(20)]
    for number, name in enumerate(everything):
        iam.create_instance_profile(InstanceProfileName=name, Path="/a/" if number % 2 else "/ab/")
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="r")
    for size in (1, 7, 16, 17, 20):
        for listing, parameters in [("list_instance_profiles", {}), ("list_instance_profiles_for_role", {"RoleName": "r"})]:
            pages = iam.get_paginator(listing).paginate(PaginationConfig={"PageSize": size}, **parameters)
            listed = [names(page) for page in pages]
            assert [name for page in listed for name in page] == everything
            assert all(len(page) == size for page in listed[:-1])
    assert names(iam.list_instance_profiles(PathPrefix="/a/")) == everything[1::2]
    assert names(iam.list_instance_profiles(PathPrefix="/none/")) == []


class TestTags:
    def test_their_keys_are_told_apart_by_case(self, iam):
        created = iam.create_instance_profile(InstanceProfileName="p", Tags=as_tags({"team": "1"}))["InstanceProfile"]
        assert created["Tags"] == as_tags({"team": "1"})
        iam.tag_instance_profile(InstanceProfileName="p", Tags=as_tags({"Team": "2", "team": "3"}))
        found = iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in found} == {"Team": "2", "team": "3"}
        iam.untag_instance_profile(InstanceProfileName="p", TagKeys=["team", "not there"])
        assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Tags"] == as_tags({"Team": "2"})

    def test_the_same_key_twice(self, iam):
        with pytest.raises(ClientError) as caught:
            iam.create_instance_profile(InstanceProfileName="p", Tags=[*as_tags({"a": "1"}), *as_tags({"a": "2"})])
        assert client_refusal(caught) == (400, "InvalidInput", "Duplicate tag keys found.")

    def test_fifty_tags(self, iam):
        tags = as_tags({f"k{number:02}": "" for number in range(50)})
        iam.create_instance_profile(InstanceProfileName="p", Tags=tags)
        with pytest.raises(ClientError) as caught:
            iam.tag_instance_profile(InstanceProfileName="p", Tags=as_tags({"one more": ""}))
        text = "The number of tags has reached the maximum limit."
        assert client_refusal(caught) == (409, "LimitExceeded", text)
        pages = iam.get_paginator("list_instance_profile_tags")
        pages = pages.paginate(InstanceProfileName="p", PaginationConfig={"PageSize": 7})
        assert len([tag for page in pages for tag in page["Tags"]]) == 50
