"""Users: created, found, renamed, moved, tagged, deleted, and counted."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT, keystead
from harness.errors import client_refusal, delete_conflict, no_such_user, refusal, user_exists

DUPLICATE_TAGS = (400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
TOO_MANY_TAGS = (409, "LimitExceeded", "The number of tags has reached the maximum limit.")


def tags_of(iam, name):
    return {tag["Key"]: tag["Value"] for tag in iam.list_user_tags(UserName=name)["Tags"]}


def as_tags(values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


class TestLife:
    def test_a_created_user_is_found_as_created(self, iam):
        before = datetime.now(UTC) - timedelta(seconds=1)
        created = iam.create_user(UserName="alice")["User"]
        assert created.keys() == {"UserName", "UserId", "Path", "Arn", "CreateDate"}
        assert (created["UserName"], created["Path"]) == ("alice", "/")
        assert created["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"
        assert re.fullmatch("AIDA[A-Z2-7]{17}", created["UserId"])
        assert before <= created["CreateDate"] <= datetime.now(UTC)
        assert iam.get_user(UserName="alice")["User"] == created
        assert created in iam.list_users()["Users"]

    def test_dates_are_whole_seconds(self, server):
        answer = server.create_user("alice")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.text("CreateDate"))

    def test_the_path_stands_in_the_arn(self, iam):
        user = iam.create_user(UserName="alice", Path="/ops/eu/")["User"]
        assert user["Path"] == "/ops/eu/"
        assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ops/eu/alice"

    @pytest.mark.parametrize(
        "path", ["/a&b/", "/<i>'\"]]>/", "/%41/", "/a//b/", "/~!#$()*;:?[]^`{|}/", "/" + "p" * 510 + "/"]
    )
    def test_every_character_of_a_path(self, iam, path):
        iam.create_user(UserName="alice", Path=path)
        user = iam.get_user(UserName="alice")["User"]
        assert (user["Path"], user["Arn"]) == (path, f"arn:aws:iam::{ACCOUNT}:user{path}alice")
        assert iam.list_users(PathPrefix=path)["Users"] == [user]

    @pytest.mark.parametrize("name", ["a", "A_1+=,.@-", "n" * 64])
    def test_every_legal_name(self, iam, name):
        iam.create_user(UserName=name)
        assert iam.get_user(UserName=name)["User"]["UserName"] == name

    @pytest.mark.parametrize("taken", ["alice", "ALICE", "Alice"])
    def test_names_are_unique_without_regard_to_case(self, iam, taken):
        iam.create_user(UserName="Alice")
        with pytest.raises(ClientError) as caught:
            iam.create_user(UserName=taken)
        assert client_refusal(caught) == user_exists(taken)

    def test_a_name_is_looked_up_exactly(self, iam):
        iam.create_user(UserName="Alice")
        with pytest.raises(ClientError) as caught:
            iam.get_user(UserName="alice")
        assert client_refusal(caught) == no_such_user("alice")

    def test_a_deleted_user_is_gone_and_its_name_free(self, iam):
        first = iam.create_user(UserName="alice", Tags=as_tags({"a": "b"}))["User"]
        iam.delete_user(UserName="alice")
        with pytest.raises(ClientError) as caught:
            iam.get_user(UserName="alice")
        assert client_refusal(caught) == no_such_user("alice")
        second = iam.create_user(UserName="alice")["User"]
        assert second["UserId"] != first["UserId"]
        assert tags_of(iam, "alice") == {}

    def test_what_has_to_go_before_a_user(self, iam):
        """One after another, in this order."""
        iam.create_user(UserName="alice", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess")
        key_id = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
        iam.create_group(GroupName="ops")
        iam.add_user_to_group(GroupName="ops", UserName="alice")
        document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
        iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
        policy = {"UserName": "alice", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}
        iam.attach_user_policy(**policy)
        rows = [
            ("detach all policies", lambda: iam.detach_user_policy(**policy)),
            ("delete policies", lambda: iam.delete_user_policy(UserName="alice", PolicyName="p")),
            ("remove users from group", lambda: iam.remove_user_from_group(GroupName="ops", UserName="alice")),
            ("delete access keys", lambda: iam.delete_access_key(UserName="alice", AccessKeyId=key_id)),
        ]
        for text, remove in rows:
            with pytest.raises(ClientError) as caught:
                iam.delete_user(UserName="alice")
            assert client_refusal(caught) == delete_conflict(text)
            remove()
        iam.delete_user(UserName="alice")

    @pytest.mark.parametrize("status", ["Active", "Inactive"])
    def test_a_user_with_keys_is_not_deleted(self, iam, status):
        iam.create_user(UserName="alice")
        key_id = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
        iam.update_access_key(UserName="alice", AccessKeyId=key_id, Status=status)
        with pytest.raises(ClientError) as caught:
            iam.delete_user(UserName="alice")
        assert client_refusal(caught) == delete_conflict("delete access keys")
        iam.delete_access_key(UserName="alice", AccessKeyId=key_id)
        iam.delete_user(UserName="alice")

    @pytest.mark.parametrize(
        ("operation", "parameters"),
        [
            ("get_user", {}),
            ("delete_user", {}),
            ("update_user", {"NewUserName": "new-name"}),
            ("tag_user", {"Tags": [{"Key": "key", "Value": "value"}]}),
            ("untag_user", {"TagKeys": ["key"]}),
            ("list_user_tags", {}),
            ("create_access_key", {}),
            ("list_access_keys", {}),
        ],
    )
    def test_an_unknown_user(self, iam, operation, parameters):
        with pytest.raises(ClientError) as caught:
            getattr(iam, operation)(UserName="nonexistent-user", **parameters)
        assert client_refusal(caught) == no_such_user("nonexistent-user")


class TestRename:
    def test_a_renamed_user_keeps_id_keys_and_tags(self, server, iam):
        before = iam.create_user(UserName="alice", Path="/a/", Tags=as_tags({"team": "x"}))["User"]
        key = server.create_key("alice")
        sts = server.client("sts", key)
        assert sts.get_caller_identity()["Arn"] == before["Arn"]

        iam.update_user(UserName="alice", NewUserName="alicia")
        after = iam.get_user(UserName="alicia")["User"]
        assert after["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/a/alicia"
        assert {**after, "UserName": "alice", "Arn": before["Arn"]} == before
        assert server.key_ids("alicia") == [key.access_key_id]
        assert tags_of(iam, "alicia") == {"team": "x"}
        assert iam.list_access_keys(UserName="alicia")["AccessKeyMetadata"][0]["UserName"] == "alicia"
        assert iam.get_access_key_last_used(AccessKeyId=key.access_key_id)["UserName"] == "alicia"
        caller = sts.get_caller_identity()
        assert (caller["Arn"], caller["UserId"]) == (after["Arn"], before["UserId"])
        with pytest.raises(iam.exceptions.NoSuchEntityException):
            iam.get_user(UserName="alice")
        iam.create_user(UserName="alice")

    def test_move_and_rename_at_once(self, iam):
        iam.create_user(UserName="alice", Path="/a/")
        iam.update_user(UserName="alice", NewPath="/b/c/", NewUserName="bob")
        assert iam.get_user(UserName="bob")["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/b/c/bob"

    def test_move_alone(self, server, iam):
        key = server.create_user_with_key("alice")
        iam.update_user(UserName="alice", NewPath="/b/")
        caller = server.client("sts", key).get_caller_identity()
        assert caller["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/b/alice"

    def test_nothing_to_change(self, iam):
        before = iam.create_user(UserName="alice", Path="/a/")["User"]
        iam.update_user(UserName="alice")
        iam.update_user(UserName="alice", NewUserName="alice", NewPath="/a/")
        assert iam.get_user(UserName="alice")["User"] == before

    def test_the_case_of_a_name_can_be_changed(self, iam):
        iam.create_user(UserName="alice")
        iam.update_user(UserName="alice", NewUserName="Alice")
        assert iam.get_user(UserName="Alice")["User"]["UserName"] == "Alice"

    @pytest.mark.parametrize("taken", ["bob", "BOB"])
    def test_a_taken_name(self, iam, taken):
        iam.create_user(UserName="alice")
        iam.create_user(UserName="bob")
        with pytest.raises(ClientError) as caught:
            iam.update_user(UserName="alice", NewUserName=taken)
        assert client_refusal(caught) == user_exists(taken)
        assert iam.get_user(UserName="alice")["User"]["UserName"] == "alice"


class TestList:
    NAMES = ["Amy", "ben", "Carl", "dora", "eve", "fay", "Gus"]

    @pytest.fixture
    def staff(self, iam):
        for name in reversed(self.NAMES):
            iam.create_user(UserName=name, Path="/staff/", Tags=as_tags({"a": "b"}))
        iam.create_user(UserName="x", Path="/staff-external/")
        return iam

    @pytest.mark.parametrize("size", range(1, 9))
    def test_pages_of_every_size(self, staff, size):
        pages = staff.get_paginator("list_users").paginate(PathPrefix="/staff/", PaginationConfig={"PageSize": size})
        listed = []
        for page in pages:
            assert len(page["Users"]) <= size
            assert ("Marker" in page) == page["IsTruncated"]
            listed += [user["UserName"] for user in page["Users"]]
        assert listed == self.NAMES

    def test_the_prefix_is_a_plain_one(self, staff):
        for prefix, count in [
            ("/staff/", 7),
            ("/staff", 8),
            ("/st", 8),
            ("/staff-external/", 1),
            ("/", 9),
            ("/no/", 0),
        ]:
            assert len(staff.list_users(PathPrefix=prefix)["Users"]) == count, prefix

    def test_a_listed_user_has_no_tags(self, staff):
        for user in staff.list_users()["Users"]:
            assert user.keys() == {"UserName", "UserId", "Path", "Arn", "CreateDate"}

    def test_users_that_come_and_go_between_pages(self, staff):
        first = staff.list_users(MaxItems=3, PathPrefix="/staff/")
        staff.delete_user(UserName="dora")
        staff.create_user(UserName="aaa", Path="/staff/")
        staff.create_user(UserName="zoe", Path="/staff/")
        rest = staff.list_users(Marker=first["Marker"], PathPrefix="/staff/")["Users"]
        assert [user["UserName"] for user in rest] == ["eve", "fay", "Gus", "zoe"]

    def test_a_hundred_is_the_default_page(self, server, iam):
        for number in range(101):
            server.create_user(f"u{number:03}")
        page = iam.list_users()
        assert (len(page["Users"]), page["IsTruncated"]) == (100, True)


class TestTags:
    def test_given_at_creation(self, iam):
        tags = as_tags({"team": "ops", "key with spaces": "", "é_.:/=+-@": "Ünïcode 名 + /"})
        created = iam.create_user(UserName="alice", Tags=tags)["User"]
        assert created["Tags"] == tags
        assert sorted(iam.get_user(UserName="alice")["User"]["Tags"], key=str) == sorted(tags, key=str)

    def test_added_replaced_and_taken_away(self, iam):
        iam.create_user(UserName="alice")
        iam.tag_user(UserName="alice", Tags=as_tags({"a": "1", "b": "2"}))
        iam.tag_user(UserName="alice", Tags=as_tags({"b": "3", "c": ""}))
        assert tags_of(iam, "alice") == {"a": "1", "b": "3", "c": ""}
        iam.untag_user(UserName="alice", TagKeys=["a", "absent"])
        assert tags_of(iam, "alice") == {"b": "3", "c": ""}

    def test_a_user_without_tags_shows_none(self, iam):
        iam.create_user(UserName="alice")
        iam.tag_user(UserName="alice", Tags=as_tags({"a": "1"}))
        iam.untag_user(UserName="alice", TagKeys=["a"])
        assert "Tags" not in iam.get_user(UserName="alice")["User"]

    def test_the_description_that_the_console_keeps_for_a_key(self, server, iam):
        key = server.create_user_with_key("alice")
        iam.tag_user(UserName="alice", Tags=as_tags({key.access_key_id: "build server"}))
        assert tags_of(iam, "alice") == {key.access_key_id: "build server"}

    def test_keys_that_differ_in_case_only(self, iam):
        with pytest.raises(ClientError) as caught:
            iam.create_user(UserName="alice", Tags=as_tags({"Team": "a", "team": "b"}))
        assert client_refusal(caught) == DUPLICATE_TAGS
        iam.create_user(UserName="alice", Tags=as_tags({"Team": "a"}))
        with pytest.raises(ClientError) as caught:
            iam.tag_user(UserName="alice", Tags=as_tags({"Other": "a", "oTHER": "b"}))
        assert client_refusal(caught) == DUPLICATE_TAGS
        iam.tag_user(UserName="alice", Tags=as_tags({"TEAM": "c"}))
        assert list(tags_of(iam, "alice").values()) == ["c"]

    def test_fifty_at_most(self, server, iam):
        fifty = {f"key{number}": "value" for number in range(50)}
        iam.create_user(UserName="alice", Tags=as_tags(fifty))
        with pytest.raises(ClientError) as caught:
            iam.tag_user(UserName="alice", Tags=as_tags({"one-more": ""}))
        assert client_refusal(caught) == TOO_MANY_TAGS
        iam.tag_user(UserName="alice", Tags=as_tags({"key7": "replaced"}))
        assert tags_of(iam, "alice") == fifty | {"key7": "replaced"}
        tags = as_tags(fifty | {"one-more": ""})
        assert refusal(server.call("CreateUser", {"UserName": "bob", "Tags": tags}))[:2] == (400, "ValidationError")

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
    def test_pages(self, iam, size):
        tags = {f"k{number}": str(number) for number in range(4)}
        iam.create_user(UserName="alice", Tags=as_tags(tags))
        pages = iam.get_paginator("list_user_tags").paginate(UserName="alice", PaginationConfig={"PageSize": size})
        listed = [tag for page in pages for tag in page["Tags"]]
        assert {tag["Key"]: tag["Value"] for tag in listed} == tags
        assert len(listed) == 4


def test_the_quota_of_users(launch, tmp_path):
    data = tmp_path / "data"
    server = launch(data=data)
    held = len(server.ok("ListUsers").texts("UserName"))
    keystead("account", "set", "--data", data, f"users={held + 1}", check=True)
    server.create_user("alice")
    refused = refusal(server.call("CreateUser", {"UserName": "bob"}))
    assert refused == (409, "LimitExceeded", f"Cannot exceed quota for UsersPerAccount: {held + 1}")
    server.ok("DeleteUser", {"UserName": "alice"})
    server.create_user("bob")
    assert server.client("iam").get_account_summary()["SummaryMap"]["UsersQuota"] == held + 1
