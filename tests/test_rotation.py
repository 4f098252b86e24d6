"""The five steps of a rotation, done by a user with the keys that are rotated."""

from harness import KeyPair
from harness.policies import SELF_SERVICE


def new_key(iam):
    created = iam.create_access_key()["AccessKey"]
    assert created["UserName"] == "alice"
    return KeyPair(created["AccessKeyId"], created["SecretAccessKey"])


def test_five_steps(server):
    old = server.create_user_with_key("alice", SELF_SERVICE)
    # 1. Create the second key, with the first.
    new = new_key(server.client("iam", old))
    # 2. Switch.
    iam, sts = server.client("iam", new), server.client("sts", new)
    # 3. Test, and see that nobody needs the old one.
    assert sts.get_caller_identity()["Arn"].endswith(":user/alice")
    used = iam.get_access_key_last_used(AccessKeyId=old.access_key_id)
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("alice", "iam")
    # 4. Deactivate the old one.
    iam.update_access_key(AccessKeyId=old.access_key_id, Status="Inactive")
    assert not server.works(old)
    assert server.works(new)
    # 5. Delete it.
    iam.delete_access_key(AccessKeyId=old.access_key_id)
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [new.access_key_id]


def test_an_early_deactivation_can_be_undone(server):
    old = server.create_user_with_key("alice", SELF_SERVICE)
    iam = server.client("iam", new_key(server.client("iam", old)))
    iam.update_access_key(AccessKeyId=old.access_key_id, Status="Inactive")
    assert not server.works(old)
    iam.update_access_key(AccessKeyId=old.access_key_id, Status="Active")
    assert server.works(old)


def test_rotation_again_and_again(server):
    key = server.create_user_with_key("alice", SELF_SERVICE)
    seen = {key.access_key_id}
    for _ in range(10):
        new = new_key(server.client("iam", key))
        server.client("iam", new).delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)
        assert not server.works(key)
        key = new
        seen.add(key.access_key_id)
    assert len(seen) == 11


def test_a_key_deactivates_itself(server):
    key = server.create_user_with_key("alice", SELF_SERVICE)
    server.client("iam", key).update_access_key(AccessKeyId=key.access_key_id, Status="Inactive")
    assert not server.works(key)


def test_a_key_deletes_itself(server):
    key = server.create_user_with_key("alice", SELF_SERVICE)
    server.client("iam", key).delete_access_key(AccessKeyId=key.access_key_id)
    assert not server.works(key)
    assert server.key_ids("alice") == []
