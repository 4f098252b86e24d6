"""Access keys: what each operation answers, and from when a change counts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT, KeyPair, form
from harness.errors import SIGNATURE_DIFFERS, UNKNOWN_KEY, client_refusal, no_such_key, refusal, two_keys, unsatisfied
from harness.policies import SELF_SERVICE
from harness.store import rows

NOBODYS = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture
def alice(server, iam):
    """A user without keys."""
    iam.create_user(UserName="alice")
    return iam


def last_used(iam, key):
    return iam.get_access_key_last_used(AccessKeyId=key.access_key_id)["AccessKeyLastUsed"]


class TestCreate:
    def test_what_it_gives(self, alice):
        key = alice.create_access_key(UserName="alice")["AccessKey"]
        assert key.keys() == {"UserName", "AccessKeyId", "Status", "SecretAccessKey", "CreateDate"}
        assert (key["UserName"], key["Status"]) == ("alice", "Active")
        assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
        assert re.fullmatch("[A-Za-z0-9]{40}", key["SecretAccessKey"])
        assert abs(key["CreateDate"] - datetime.now(UTC)) < timedelta(minutes=1)

    def test_two_keys_of_any_status(self, server, alice):
        first = server.create_key("alice")
        server.create_key("alice")
        for status in ("Active", "Inactive"):
            alice.update_access_key(UserName="alice", AccessKeyId=first.access_key_id, Status=status)
            with pytest.raises(ClientError) as caught:
                alice.create_access_key(UserName="alice")
            assert client_refusal(caught) == two_keys()
        alice.delete_access_key(UserName="alice", AccessKeyId=first.access_key_id)
        assert server.works(server.create_key("alice"))

    def test_two_keys_each(self, server, alice):
        alice.create_user(UserName="bob")
        for name in ("alice", "bob", "alice", "bob"):
            server.create_key(name)
        assert len(server.key_ids("alice")) == len(server.key_ids("bob")) == 2


class TestList:
    def test_none(self, alice):
        answer = alice.list_access_keys(UserName="alice")
        assert (answer["AccessKeyMetadata"], answer["IsTruncated"]) == ([], False)
        assert "Marker" not in answer

    def test_in_order_of_creation_without_secrets(self, server, alice):
        made = [server.create_key("alice").access_key_id for _ in range(2)]
        listed = alice.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        assert [key["AccessKeyId"] for key in listed] == made
        for key in listed:
            assert key.keys() == {"UserName", "AccessKeyId", "Status", "CreateDate"}

    def test_pages(self, server, alice):
        made = [server.create_key("alice").access_key_id for _ in range(2)]
        for size in (1, 2, 3):
            pages = alice.get_paginator("list_access_keys").paginate(
                UserName="alice", PaginationConfig={"PageSize": size}
            )
            assert [key["AccessKeyId"] for page in pages for key in page["AccessKeyMetadata"]] == made


class TestImplicitUser:
    """§2.8 of AWS's rules: without a user name, the caller's own keys are meant."""

    def test_every_operation(self, server, alice):
        server.put_policy("alice", SELF_SERVICE)
        key = server.create_key("alice")
        own = server.client("iam", key)
        second = own.create_access_key()["AccessKey"]
        assert second["UserName"] == "alice"
        assert {key["UserName"] for key in own.list_access_keys()["AccessKeyMetadata"]} == {"alice"}
        own.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
        own.delete_access_key(AccessKeyId=second["AccessKeyId"])
        assert server.key_ids("alice") == [key.access_key_id]
        assert own.get_user()["User"]["UserName"] == "alice"

    def test_the_administrators_own(self, server, iam):
        assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [server.key.access_key_id]

    def test_anothers_key_is_not_among_ones_own(self, server, alice):
        key = server.create_key("alice")
        answer = server.call("UpdateAccessKey", {"AccessKeyId": key.access_key_id, "Status": "Inactive"})
        assert refusal(answer) == no_such_key(key.access_key_id)
        assert server.works(key)


class TestUpdateAndDelete:
    @pytest.mark.parametrize("operation", ["UpdateAccessKey", "DeleteAccessKey"])
    @pytest.mark.parametrize("whose", ["nobody", "bob"])
    def test_a_key_that_is_not_the_named_users(self, server, alice, operation, whose):
        alice.create_user(UserName="bob")
        bobs = server.create_key("bob")
        wanted = NOBODYS if whose == "nobody" else bobs.access_key_id
        status = {"Status": "Inactive"} if operation == "UpdateAccessKey" else {}
        answer = server.call(operation, {"UserName": "alice", "AccessKeyId": wanted, **status})
        assert refusal(answer) == no_such_key(wanted)
        assert server.works(bobs)

    def test_the_present_status_again(self, server, alice):
        key = server.create_key("alice")
        for status in ("Active", "Inactive", "Inactive", "Active"):
            alice.update_access_key(UserName="alice", AccessKeyId=key.access_key_id, Status=status)
            listed = alice.list_access_keys(UserName="alice")["AccessKeyMetadata"]
            assert [key["Status"] for key in listed] == [status]
        assert server.works(key)

    def test_expired_cannot_be_set(self, server, alice):
        key = server.create_key("alice")
        change = {"UserName": "alice", "AccessKeyId": key.access_key_id}
        assert refusal(server.call("UpdateAccessKey", change | {"Status": "Expired"}))[:2] == (400, "InvalidInput")
        wrong = server.call("UpdateAccessKey", change | {"Status": "active"})
        assert refusal(wrong) == unsatisfied(("status", "satisfy enum value set"))
        assert server.works(key)

    def test_an_active_key_is_deleted_without_complaint(self, server, alice):
        key = server.create_key("alice")
        alice.delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)
        answer = server.call("DeleteAccessKey", {"UserName": "alice", "AccessKeyId": key.access_key_id})
        assert refusal(answer) == no_such_key(key.access_key_id)


class TestFromWhenItCounts:
    """A change counts from the first request after its answer."""

    def test_many_times_over(self, server, alice):
        for _ in range(25):
            key = server.create_key("alice")
            change = {"UserName": "alice", "AccessKeyId": key.access_key_id}
            assert server.works(key)
            for status, works in [("Inactive", False), ("Active", True), ("Inactive", False), ("Active", True)]:
                alice.update_access_key(**change, Status=status)
                assert server.works(key) is works
            alice.delete_access_key(**change)
            assert not server.works(key)

    def test_in_every_scope_that_was_used(self, server, alice):
        server.put_policy("alice", SELF_SERVICE)
        key = server.create_key("alice")

        def outcomes():
            """Status by scope, for scopes whose signing keys the server keeps apart."""
            found = set()
            for region in ("us-east-1", "eu-central-1", "home"):
                found.add(server.call("GetCallerIdentity", key=key, service="sts", region=region).status)
                found.add(server.call("GetUser", key=key, region=region).status)
            return found

        assert outcomes() == {200}
        alice.update_access_key(UserName="alice", AccessKeyId=key.access_key_id, Status="Inactive")
        assert outcomes() == {403}

    def test_a_refused_key_does_not_tell_why(self, server, alice):
        inactive, deleted = server.create_key("alice"), server.create_key("alice")
        alice.update_access_key(UserName="alice", AccessKeyId=inactive.access_key_id, Status="Inactive")
        alice.delete_access_key(UserName="alice", AccessKeyId=deleted.access_key_id)
        unknown = KeyPair("AKIARZPUZDIKAAAAAAAA", "0" * 40)
        answers = {
            refusal(server.call("GetCallerIdentity", key=KeyPair(key.access_key_id, secret), service="sts"))
            for key in (inactive, deleted, unknown)
            for secret in (key.secret_access_key, "x" * 40)
        }
        assert answers == {(403, "InvalidClientTokenId", UNKNOWN_KEY)}

    def test_a_deleted_user_takes_nothing_along(self, server, alice):
        key = server.create_key("alice")
        assert server.works(key)
        alice.delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)
        alice.delete_user(UserName="alice")
        alice.create_user(UserName="alice")
        assert not server.works(key)
        assert server.key_ids("alice") == []


class TestLastUsed:
    def test_never(self, server, alice):
        key = server.create_key("alice")
        answer = alice.get_access_key_last_used(AccessKeyId=key.access_key_id)
        assert answer["UserName"] == "alice"
        assert answer["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}

    def test_the_latest_use_is_seen_at_once(self, server, alice):
        server.put_policy("alice", SELF_SERVICE)
        key = server.create_key("alice")
        for service, action, region in [
            ("sts", "GetCallerIdentity", "eu-central-1"),
            ("iam", "GetUser", "us-east-1"),
            ("sts", "GetCallerIdentity", "home"),
        ]:
            server.ok(action, key=key, service=service, region=region)
            used = last_used(alice, key)
            assert (used["ServiceName"], used["Region"]) == (service, region)
            assert abs(used["LastUsedDate"] - datetime.now(UTC)) < timedelta(minutes=1)

    def test_ones_own_call_counts(self, server, alice):
        server.put_policy("alice", SELF_SERVICE)
        key = server.create_key("alice")
        used = last_used(server.client("iam", key, region="ap-south-1"), key)
        assert (used["ServiceName"], used["Region"]) == ("iam", "ap-south-1")

    def test_the_date_is_in_whole_seconds(self, server, alice):
        key = server.create_key("alice")
        server.works(key)
        answer = server.ok("GetAccessKeyLastUsed", {"AccessKeyId": key.access_key_id})
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.text("LastUsedDate"))

    def test_a_denied_request_counts(self, server, alice):
        key = server.create_key("alice")
        assert server.call("ListUsers", key=key).error.code == "AccessDenied"
        assert last_used(alice, key)["ServiceName"] == "iam"

    def test_a_wrong_signature_does_not(self, server, alice):
        key = server.create_key("alice")
        forged = KeyPair(key.access_key_id, "x" * 40)
        answer = server.call("GetCallerIdentity", key=forged, service="sts")
        assert refusal(answer) == (403, "SignatureDoesNotMatch", SIGNATURE_DIFFERS)
        assert last_used(alice, key)["ServiceName"] == "N/A"

    def test_a_deactivated_key_keeps_its_last_use(self, server, alice):
        key = server.create_key("alice")
        server.works(key)
        alice.update_access_key(UserName="alice", AccessKeyId=key.access_key_id, Status="Inactive")
        assert not server.works(key)
        assert last_used(alice, key)["ServiceName"] == "sts"

    def test_an_unknown_key(self, server, iam):
        caller = server.client("sts").get_caller_identity()["Arn"]
        answer = server.call("GetAccessKeyLastUsed", {"AccessKeyId": NOBODYS})
        text = f"User: {caller} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {NOBODYS}"
        assert refusal(answer) == (403, "AccessDenied", text)
        assert f"arn:aws:iam::{ACCOUNT}:user/" in caller

    def test_it_outlives_a_restart(self, launch, tmp_path):
        server = launch(data=tmp_path / "data")
        key = server.create_user_with_key("alice")
        server.ok("GetCallerIdentity", key=key, service="sts", region="eu-west-3")
        before = last_used(server.client("iam"), key)
        assert server.stop() == 0
        server = launch(data=tmp_path / "data")
        assert last_used(server.client("iam"), key) == before

    def test_operators_see_who_still_uses_a_key(self, launch, tmp_path):
        """Requests by day, and the last twenty distinct users of it: bounded, whoever sends what."""
        server = launch(data=tmp_path / "data")
        key = server.create_user_with_key("alice")
        for number in range(25):
            request = form("GetCallerIdentity", service="sts").having(("user-agent", f"agent/{number}"))
            for _ in range(2):
                assert server.send(server.sign(request, key, service="sts")).status == 200
        assert server.stop() == 0
        where = f"WHERE access_key = '{key.access_key_id}'"
        days = rows(server.data, "keystead.db", f"SELECT requests FROM iam_access_key_usage_day {where}")
        assert sum(requests for (requests,) in days) == 50
        statement = f"SELECT user_agent, service, region, source_address FROM iam_access_key_usage_source {where}"
        sources = set(rows(server.data, "keystead.db", statement))
        # Times are whole seconds, so which twenty of one second are the last cannot be told.
        assert len(sources) == 20
        assert sources <= {(f"agent/{number}", "sts", "us-east-1", "127.0.0.1") for number in range(25)}
