"""Rules that must hold whoever else is writing."""

import threading
from collections import Counter

import pytest

from harness import keystead
from harness.concurrency import THREADS, together
from harness.errors import refusal, two_keys


@pytest.fixture(params=["memory", "directory"])
def server(request, launch, tmp_path):
    return launch(data=tmp_path / "data" if request.param == "directory" else None)


def test_two_keys_and_never_more(server):
    for number in range(5):
        name = f"user{number}"
        server.create_user(name)
        answers = together(lambda _, name=name: server.call("CreateAccessKey", {"UserName": name}))
        assert Counter(answer.status for answer in answers) == {200: 2, 409: THREADS - 2}
        assert {refusal(answer) for answer in answers if answer.status == 409} == {two_keys()}
        made = {answer.text("AccessKeyId") for answer in answers if answer.status == 200}
        assert set(server.key_ids(name)) == made


def test_never_more_while_keys_come_and_go(server):
    server.create_user("alice")

    def churn(number):
        most = 0
        for _ in range(10):
            created = server.call("CreateAccessKey", {"UserName": "alice"})
            assert created.status in (200, 409)
            most = max(most, len(server.key_ids("alice")))
            if created.status == 200:
                key = {"UserName": "alice", "AccessKeyId": created.text("AccessKeyId")}
                server.ok("DeleteAccessKey", key)
        return most

    assert max(together(churn, 8)) <= 2
    assert server.key_ids("alice") == []


def test_reactivating_does_not_pass_the_quota_by(launch, tmp_path):
    """Where active keys alone are counted."""
    data = tmp_path / "data"
    server = launch(data=data)
    assert keystead("account", "set", "--data", data, "access-keys-counted=active").returncode == 0
    server.create_user("alice")
    keys = []
    for _ in range(8):
        keys.append({"UserName": "alice", "AccessKeyId": server.create_key("alice").access_key_id})
        server.ok("UpdateAccessKey", keys[-1] | {"Status": "Inactive"})
    together(lambda number: server.call("UpdateAccessKey", keys[number % 8] | {"Status": "Active"}))
    statuses = server.ok("ListAccessKeys", {"UserName": "alice"}).texts("Status")
    assert Counter(statuses) == {"Active": 2, "Inactive": 6}


def test_one_user_of_a_name(server):
    names = ["alice", "ALICE", "Alice", "aLICE"]
    answers = together(lambda number: server.call("CreateUser", {"UserName": names[number % 4]}))
    assert Counter(answer.status for answer in answers) == {200: 1, 409: THREADS - 1}


def test_one_key_deleted_once(server):
    key = server.create_user_with_key("alice")
    change = {"UserName": "alice", "AccessKeyId": key.access_key_id}
    answers = together(lambda _: server.call("DeleteAccessKey", change))
    assert Counter(answer.status for answer in answers) == {200: 1, 404: THREADS - 1}
    assert len({server.create_key("alice").access_key_id for _ in range(2)}) == 2


def test_a_user_is_not_deleted_under_a_key_that_is_being_made(server):
    for _ in range(5):
        server.create_user("alice")
        created, deleted = together(
            lambda number: server.call(("CreateAccessKey", "DeleteUser")[number], {"UserName": "alice"}), 2
        )
        # One of the two came first, and the other was refused because of it.
        assert {created.status, deleted.status} in ({200, 409}, {404, 200})
        if created.status == 200:
            key = {"UserName": "alice", "AccessKeyId": created.text("AccessKeyId")}
            server.ok("DeleteAccessKey", key)
            server.ok("DeleteUser", {"UserName": "alice"})


def test_fifty_tags_and_never_more(server):
    server.create_user("alice")
    answers = together(
        lambda number: server.call(
            "TagUser",
            {"UserName": "alice", "Tags": [{"Key": f"{number}-{index}", "Value": ""} for index in range(4)]},
        )
    )
    accepted = sum(answer.status == 200 for answer in answers)
    assert accepted == 12
    assert len(server.ok("ListUserTags", {"UserName": "alice"}).texts("Key")) == 48


def test_a_deactivated_key_is_refused_on_every_connection(server):
    """Readers hammer a key; from the answer of the deactivation on, every new request is refused."""
    key = server.create_user_with_key("alice")
    deactivated = threading.Event()

    def use(number):
        if number == 0:
            server.ok("UpdateAccessKey", {"UserName": "alice", "AccessKeyId": key.access_key_id, "Status": "Inactive"})
            deactivated.set()
            return []
        seen = []
        for _ in range(100):
            was_deactivated = deactivated.is_set()
            seen.append((was_deactivated, server.works(key)))
        return seen

    outcomes = [outcome for seen in together(use, 8) for outcome in seen]
    assert (True, True) not in outcomes
    assert not server.works(key)


def test_ten_groups_and_never_more(server):
    server.create_user("alice")
    names = [f"g{number}" for number in range(THREADS + 8)]
    for name in names:
        server.ok("CreateGroup", {"GroupName": name})
    answers = together(
        lambda number: server.call("AddUserToGroup", {"GroupName": names[number], "UserName": "alice"}), len(names)
    )
    assert Counter(answer.status for answer in answers) == {200: 10, 409: len(names) - 10}
    assert len(server.ok("ListGroupsForUser", {"UserName": "alice"}).texts("GroupName")) == 10


def test_a_group_is_deleted_or_filled_but_not_both(server):
    server.create_user("alice")
    for number in range(10):
        group = {"GroupName": f"g{number}"}
        server.ok("CreateGroup", group)
        calls = [("DeleteGroup", group), ("AddUserToGroup", group | {"UserName": "alice"})]
        deleted, added = together(lambda index, calls=calls: server.call(*calls[index]), 2)
        assert (deleted.status, added.status) in [(200, 404), (409, 200)]
        listed = server.ok("ListGroupsForUser", {"UserName": "alice"}).texts("GroupName")
        assert listed == ([group["GroupName"]] if added.status == 200 else [])
        if added.status == 200:
            server.ok("RemoveUserFromGroup", group | {"UserName": "alice"})


def test_inline_policies_never_outgrow_their_user(server):
    server.create_user("alice")
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:%s","Resource":"*"}}' % ("a" * 427)
    assert len(document) == 512

    def put(number):
        policy = {"UserName": "alice", "PolicyName": f"p{number}", "PolicyDocument": document}
        return server.call("PutUserPolicy", policy).status

    assert Counter(together(put)) == {200: 4, 409: THREADS - 4}
    assert len(server.ok("ListUserPolicies", {"UserName": "alice"}).texts("member")) == 4
