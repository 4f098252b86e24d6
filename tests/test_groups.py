"""Groups: created, found, renamed, moved, filled, emptied, deleted, and counted."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT, keystead
from harness.errors import (
    client_refusal,
    delete_conflict,
    group_exists,
    no_such_group,
    no_such_user,
    quota_exceeded,
    refusal,
)

LISTED = {"GroupName", "GroupId", "Path", "Arn", "CreateDate"}


def names(groups):
    return [group["GroupName"] for group in groups]


def members(iam, group):
    return [user["UserName"] for user in iam.get_group(GroupName=group)["Users"]]


class TestLife:
    def test_a_created_group_is_found_as_created(self, iam):
        before = datetime.now(UTC) - timedelta(seconds=1)
        created = iam.create_group(GroupName="ops", Path="/eu/")["Group"]
        assert created.keys() == LISTED
        assert (created["GroupName"], created["Path"]) == ("ops", "/eu/")
        assert created["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/eu/ops"
        assert re.fullmatch("AGPA[A-Z2-7]{17}", created["GroupId"])
        assert before <= created["CreateDate"] <= datetime.now(UTC)
        assert iam.list_groups()["Groups"] == [created]
        found = iam.get_group(GroupName="ops")
        assert (found["Group"], found["Users"], found["IsTruncated"]) == (created, [], False)
        assert "Marker" not in found

    @pytest.mark.parametrize("name", ["a", "A_1+=,.@-", "g" * 128])
    def test_every_legal_name(self, iam, name):
        iam.create_group(GroupName=name)
        assert iam.get_group(GroupName=name)["Group"]["GroupName"] == name

    @pytest.mark.parametrize("taken", ["ops", "OPS", "Ops"])
    def test_names_are_unique_without_regard_to_case(self, iam, taken):
        iam.create_group(GroupName="Ops")
        with pytest.raises(ClientError) as caught:
            iam.create_group(GroupName=taken)
        assert client_refusal(caught) == group_exists(taken)

    def test_a_user_may_be_called_like_a_group(self, iam):
        iam.create_user(UserName="ops")
        iam.create_group(GroupName="ops")
        iam.add_user_to_group(GroupName="ops", UserName="ops")
        assert members(iam, "ops") == ["ops"]

    def test_a_name_is_looked_up_exactly(self, iam):
        iam.create_group(GroupName="Ops")
        with pytest.raises(ClientError) as caught:
            iam.get_group(GroupName="ops")
        assert client_refusal(caught) == no_such_group("ops")

    def test_a_deleted_group_is_gone_and_its_name_free(self, iam):
        first = iam.create_group(GroupName="ops")["Group"]
        iam.delete_group(GroupName="ops")
        with pytest.raises(ClientError) as caught:
            iam.get_group(GroupName="ops")
        assert client_refusal(caught) == no_such_group("ops")
        assert iam.create_group(GroupName="ops")["Group"]["GroupId"] != first["GroupId"]

    def test_what_has_to_go_first(self, iam):
        """One after another, in this order."""
        iam.create_group(GroupName="ops")
        iam.create_user(UserName="alice")
        iam.add_user_to_group(GroupName="ops", UserName="alice")
        policy = {"GroupName": "ops", "PolicyArn": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}
        iam.attach_group_policy(**policy)
        document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
        iam.put_group_policy(GroupName="ops", PolicyName="p", PolicyDocument=document)
        rows = [
            ("remove users from group", lambda: iam.remove_user_from_group(GroupName="ops", UserName="alice")),
            ("detach all policies", lambda: iam.detach_group_policy(**policy)),
            ("delete policies", lambda: iam.delete_group_policy(GroupName="ops", PolicyName="p")),
        ]
        for text, remove in rows:
            with pytest.raises(ClientError) as caught:
                iam.delete_group(GroupName="ops")
            assert client_refusal(caught) == delete_conflict(text)
            remove()
        iam.delete_group(GroupName="ops")
        assert iam.list_groups()["Groups"] == []

    @pytest.mark.parametrize(
        ("operation", "parameters"),
        [("get_group", {}), ("delete_group", {}), ("update_group", {"NewGroupName": "new-name"})],
    )
    def test_an_unknown_group(self, iam, operation, parameters):
        with pytest.raises(ClientError) as caught:
            getattr(iam, operation)(GroupName="nonexisting", **parameters)
        assert client_refusal(caught) == no_such_group("nonexisting")


class TestRename:
    def test_a_renamed_and_moved_group_keeps_id_and_members(self, iam):
        before = iam.create_group(GroupName="ops", Path="/a/")["Group"]
        iam.create_user(UserName="alice")
        iam.add_user_to_group(GroupName="ops", UserName="alice")
        iam.update_group(GroupName="ops", NewGroupName="operators", NewPath="/b/c/")
        after = iam.get_group(GroupName="operators")["Group"]
        arn = f"arn:aws:iam::{ACCOUNT}:group/b/c/operators"
        assert after == {**before, "GroupName": "operators", "Path": "/b/c/", "Arn": arn}
        assert members(iam, "operators") == ["alice"]
        assert iam.list_groups_for_user(UserName="alice")["Groups"] == [after]
        with pytest.raises(ClientError) as caught:
            iam.get_group(GroupName="ops")
        assert client_refusal(caught) == no_such_group("ops")

    def test_nothing_to_change(self, iam):
        before = iam.create_group(GroupName="ops", Path="/a/")["Group"]
        iam.update_group(GroupName="ops")
        iam.update_group(GroupName="ops", NewGroupName="ops", NewPath="/a/")
        assert iam.get_group(GroupName="ops")["Group"] == before

    def test_the_case_of_a_name_can_be_changed(self, iam):
        iam.create_group(GroupName="ops")
        iam.update_group(GroupName="ops", NewGroupName="Ops")
        assert names(iam.list_groups()["Groups"]) == ["Ops"]

    @pytest.mark.parametrize("taken", ["dev", "DEV"])
    def test_a_taken_name(self, iam, taken):
        iam.create_group(GroupName="ops")
        iam.create_group(GroupName="dev")
        with pytest.raises(ClientError) as caught:
            iam.update_group(GroupName="ops", NewGroupName=taken)
        assert client_refusal(caught) == group_exists(taken)
        assert names(iam.list_groups()["Groups"]) == ["dev", "ops"]

    @pytest.mark.parametrize(("from_", "to"), [("/a/", "/b/"), ("/b/", "/a/")])
    def test_the_old_and_the_new_arn_must_both_be_allowed(self, server, from_, to):
        """Who may do everything under one path can move nothing into it, and nothing out of it."""
        server.ok("CreateGroup", {"GroupName": "ops", "Path": from_})
        document = (
            '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*",'
            f'"Resource":"arn:aws:iam::{ACCOUNT}:group/a/*"}}}}'
        )
        key = server.create_user_with_key("alice", document)
        moved = server.call("UpdateGroup", {"GroupName": "ops", "NewPath": to}, key=key)
        assert refusal(moved)[:2] == (403, "AccessDenied")
        assert server.ok("GetGroup", {"GroupName": "ops"}).text("Path") == from_
        inside = server.call("UpdateGroup", {"GroupName": "ops", "NewPath": f"{from_}x/"}, key=key)
        assert inside.status == (200 if from_ == "/a/" else 403)


class TestList:
    NAMES = ["Amber", "blue", "Cyan", "denim", "ebony"]

    @pytest.fixture
    def groups(self, iam):
        for name in reversed(self.NAMES):
            iam.create_group(GroupName=name, Path="/colours/")
        iam.create_group(GroupName="x", Path="/colours-of-others/")
        return iam

    @pytest.mark.parametrize("size", range(1, 7))
    def test_pages_of_every_size(self, groups, size):
        pages = groups.get_paginator("list_groups").paginate(
            PathPrefix="/colours/", PaginationConfig={"PageSize": size}
        )
        listed = []
        for page in pages:
            assert len(page["Groups"]) <= size
            assert ("Marker" in page) == page["IsTruncated"]
            listed += names(page["Groups"])
        assert listed == self.NAMES

    def test_the_prefix_is_a_plain_one(self, groups):
        for prefix, count in [("/colours/", 5), ("/colours", 6), ("/c", 6), ("/", 6), ("/no/", 0)]:
            assert len(groups.list_groups(PathPrefix=prefix)["Groups"]) == count, prefix

    def test_a_marker_is_good_for_its_own_listing_alone(self, server, groups):
        marker = groups.list_groups(MaxItems=1, PathPrefix="/colours/")["Marker"]
        for action, parameters in [("ListGroups", {}), ("ListUsers", {}), ("GetGroup", {"GroupName": "blue"})]:
            answer = server.call(action, parameters | {"Marker": marker})
            assert refusal(answer) == (400, "ValidationError", "Invalid Marker."), action


class TestMembers:
    @pytest.fixture
    def ops(self, iam):
        iam.create_group(GroupName="ops")
        return iam

    def test_added_and_removed(self, ops):
        user = ops.create_user(UserName="alice", Tags=[{"Key": "a", "Value": "b"}])["User"]
        ops.add_user_to_group(GroupName="ops", UserName="alice")
        listed = ops.get_group(GroupName="ops")["Users"]
        assert listed == [{name: value for name, value in user.items() if name != "Tags"}]
        assert names(ops.list_groups_for_user(UserName="alice")["Groups"]) == ["ops"]
        ops.remove_user_from_group(GroupName="ops", UserName="alice")
        assert members(ops, "ops") == []
        assert ops.list_groups_for_user(UserName="alice")["Groups"] == []

    def test_twice_is_as_good_as_once(self, ops):
        ops.create_user(UserName="alice")
        for _ in range(2):
            ops.add_user_to_group(GroupName="ops", UserName="alice")
            assert members(ops, "ops") == ["alice"]
        for _ in range(2):
            ops.remove_user_from_group(GroupName="ops", UserName="alice")
            assert members(ops, "ops") == []

    @pytest.mark.parametrize("operation", ["add_user_to_group", "remove_user_from_group"])
    def test_who_is_missing(self, ops, operation):
        ops.create_user(UserName="alice")
        rows = [
            ("ops", "nobody", no_such_user("nobody")),
            ("nothing", "alice", no_such_group("nothing")),
            ("nothing", "nobody", no_such_user("nobody")),
        ]
        for group, user, expected in rows:
            with pytest.raises(ClientError) as caught:
                getattr(ops, operation)(GroupName=group, UserName=user)
            assert client_refusal(caught) == expected

    def test_groups_of_an_unknown_user(self, iam):
        with pytest.raises(ClientError) as caught:
            iam.list_groups_for_user(UserName="nobody")
        assert client_refusal(caught) == no_such_user("nobody")

    @pytest.mark.parametrize("size", range(1, 7))
    def test_pages_of_members(self, ops, size):
        joined = ["eve", "Amy", "dora", "ben", "carl"]
        for name in joined:
            ops.create_user(UserName=name)
            ops.add_user_to_group(GroupName="ops", UserName=name)
        pages = list(ops.get_paginator("get_group").paginate(GroupName="ops", PaginationConfig={"PageSize": size}))
        assert [user["UserName"] for page in pages for user in page["Users"]] == joined
        assert all(len(page["Users"]) <= size and page["Group"]["GroupName"] == "ops" for page in pages)

    @pytest.mark.parametrize("size", range(1, 7))
    def test_pages_of_a_users_groups(self, iam, size):
        iam.create_user(UserName="alice")
        for name in ["eve", "Amy", "dora", "ben", "carl"]:
            iam.create_group(GroupName=name)
            iam.add_user_to_group(GroupName=name, UserName="alice")
        pages = list(
            iam.get_paginator("list_groups_for_user").paginate(
                UserName="alice", PaginationConfig={"PageSize": size}
            )
        )
        assert [name for page in pages for name in names(page["Groups"])] == ["Amy", "ben", "carl", "dora", "eve"]
        assert all(len(page["Groups"]) <= size for page in pages)

    def test_leaving_each_group_of_a_page_before_the_next(self, iam):
        """As tools do that delete users."""
        iam.create_user(UserName="alice")
        for name in "abcde":
            iam.create_group(GroupName=name)
            iam.add_user_to_group(GroupName=name, UserName="alice")
        for page in iam.get_paginator("list_groups_for_user").paginate(
            UserName="alice", PaginationConfig={"PageSize": 2}
        ):
            for name in names(page["Groups"]):
                iam.remove_user_from_group(GroupName=name, UserName="alice")
        iam.delete_user(UserName="alice")

    def test_a_renamed_user_stays(self, ops):
        ops.create_user(UserName="alice")
        ops.add_user_to_group(GroupName="ops", UserName="alice")
        ops.update_user(UserName="alice", NewUserName="alicia")
        assert members(ops, "ops") == ["alicia"]
        with pytest.raises(ClientError) as caught:
            ops.list_groups_for_user(UserName="alice")
        assert client_refusal(caught) == no_such_user("alice")

    def test_ten_groups_at_most(self, iam):
        iam.create_user(UserName="alice")
        for number in range(11):
            iam.create_group(GroupName=f"g{number:02}")
        for number in range(10):
            iam.add_user_to_group(GroupName=f"g{number:02}", UserName="alice")
        iam.add_user_to_group(GroupName="g00", UserName="alice")
        with pytest.raises(ClientError) as caught:
            iam.add_user_to_group(GroupName="g10", UserName="alice")
        assert client_refusal(caught) == quota_exceeded("GroupsPerUser", 10)
        assert members(iam, "g10") == []
        iam.remove_user_from_group(GroupName="g00", UserName="alice")
        iam.add_user_to_group(GroupName="g10", UserName="alice")


def test_the_quota_of_groups(launch, tmp_path):
    data = tmp_path / "data"
    server = launch(data=data)
    keystead("account", "set", "--data", data, "groups=1", check=True)
    server.ok("CreateGroup", {"GroupName": "ops"})
    refused = refusal(server.call("CreateGroup", {"GroupName": "dev"}))
    assert refused == quota_exceeded("GroupsPerAccount", 1)
    # A taken name is said first: it is what the caller can mend.
    assert refusal(server.call("CreateGroup", {"GroupName": "OPS"})) == group_exists("OPS")
    server.ok("DeleteGroup", {"GroupName": "ops"})
    server.ok("CreateGroup", {"GroupName": "dev"})


def test_denials_name_the_group_or_its_arn(server):
    """And not whether there is such a group, nor such a user."""
    server.ok("CreateGroup", {"GroupName": "ops"})
    key = server.create_user_with_key("alice")
    policy = {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    rows = [
        ("CreateGroup", {"GroupName": "ops", "Path": "/x/"}, f"arn:aws:iam::{ACCOUNT}:group/x/ops"),
        ("ListGroups", {}, f"arn:aws:iam::{ACCOUNT}:group/"),
        ("ListGroupsForUser", {"UserName": "alice"}, "user alice"),
        ("AttachUserPolicy", {"UserName": "alice", **policy}, "user alice"),
        ("PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": policy["PolicyArn"]}, "user alice"),
    ]
    for name in ("ops", "none"):
        group = {"GroupName": name}
        rows += [
            ("GetGroup", group, f"group {name}"),
            ("UpdateGroup", group | {"NewGroupName": "mine"}, f"group {name}"),
            ("DeleteGroup", group, f"group {name}"),
            ("AddUserToGroup", group | {"UserName": "alice"}, f"group {name}"),
            ("AddUserToGroup", group | {"UserName": "nobody"}, f"group {name}"),
            ("RemoveUserFromGroup", group | {"UserName": "nobody"}, f"group {name}"),
            ("AttachGroupPolicy", group | policy, f"group {name}"),
            ("GetGroupPolicy", group | {"PolicyName": "none"}, f"group {name}"),
        ]
    before = server.contents()
    for action, parameters, resource in rows:
        text = (
            f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: iam:{action} on resource: "
            f"{resource} because no identity-based policy allows the iam:{action} action"
        )
        assert refusal(server.call(action, parameters, key=key)) == (403, "AccessDenied", text)
    assert server.contents() == before
