"""Every call leaves a record in CloudTrail's shape: changes with the change, reads and refusals beside it."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from harness import ACCOUNT, ROOT, KeyPair, form, keystead
from harness.concurrency import together
from harness.errors import UNKNOWN_KEY
from harness.store import rows


class Records:
    """The audit records that a stopped server left, by where they stand."""

    def __init__(self, data):
        statement = "SELECT record FROM audit_event ORDER BY time, sequence"
        self.changes = [json.loads(record) for (record,) in rows(data, "keystead.db", statement)]
        self.others = [json.loads(record) for (record,) in rows(data, "audit.db", statement)]

    def of(self, request_id):
        """The one record of a request, and whether it stands beside the change."""
        found = [record for record in self.changes + self.others if record["requestID"] == request_id]
        assert len(found) == 1, (request_id, found)
        return found[0], found[0] in self.changes


@pytest.fixture
def server(launch, tmp_path):
    return launch(data=tmp_path / "data")


def records(server):
    assert server.stop() == 0
    return Records(server.data)


def test_a_change(server):
    before = datetime.now(UTC) - timedelta(seconds=1)
    request = form("CreateUser", {"UserName": "alice", "Path": "/ops/"}).having(("user-agent", "made-up/1.0"))
    answer = server.send(server.sign(request, region="eu-central-1"))
    administrator = server.client("iam").get_user()["User"]
    record, with_the_change = records(server).of(answer.request_id)
    assert with_the_change
    assert before <= datetime.fromisoformat(record["eventTime"]) <= datetime.now(UTC)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", record["eventID"])
    assert (
        record["userIdentity"].items()
        >= {
            "type": "IAMUser",
            "principalId": administrator["UserId"],
            "arn": administrator["Arn"],
            "accountId": ACCOUNT,
            "accessKeyId": server.key.access_key_id,
            "userName": administrator["UserName"],
        }.items()
    )
    assert (
        record.items()
        >= {
            "eventSource": "iam.amazonaws.com",
            "eventName": "CreateUser",
            "eventType": "AwsApiCall",
            "awsRegion": "eu-central-1",
            "sourceIPAddress": "127.0.0.1",
            "userAgent": "made-up/1.0",
            "readOnly": False,
            "recipientAccountId": ACCOUNT,
            "requestParameters": {"userName": "alice", "path": "/ops/"},
        }.items()
    )
    assert record["responseElements"]["user"]["userName"] == "alice"
    assert "errorCode" not in record


def test_a_new_key_without_its_secret(server):
    server.create_user("alice")
    answer = server.ok("CreateAccessKey", {"UserName": "alice"})
    record, with_the_change = records(server).of(answer.request_id)
    assert with_the_change
    created = record["responseElements"]["accessKey"]
    assert created["accessKeyId"] == answer.text("AccessKeyId")
    assert (created["userName"], created["status"]) == ("alice", "Active")
    assert "secretAccessKey" not in created
    assert answer.text("SecretAccessKey") not in json.dumps(record)


def test_every_change_has_its_record(server):
    server.create_user("alice")
    key = server.create_key("alice")
    change = {"UserName": "alice", "AccessKeyId": key.access_key_id}
    tags = [{"Key": "a", "Value": "b"}]
    answers = {
        "UpdateAccessKey": server.ok("UpdateAccessKey", change | {"Status": "Inactive"}),
        "DeleteAccessKey": server.ok("DeleteAccessKey", change),
        "TagUser": server.ok("TagUser", {"UserName": "alice", "Tags": tags}),
        "UntagUser": server.ok("UntagUser", {"UserName": "alice", "TagKeys": ["a"]}),
        "UpdateUser": server.ok("UpdateUser", {"UserName": "alice", "NewUserName": "alicia"}),
        "DeleteUser": server.ok("DeleteUser", {"UserName": "alicia"}),
        "CreateAccountAlias": server.ok("CreateAccountAlias", {"AccountAlias": "example"}),
        "DeleteAccountAlias": server.ok("DeleteAccountAlias", {"AccountAlias": "example"}),
    }
    found = records(server)
    for name, answer in answers.items():
        record, with_the_change = found.of(answer.request_id)
        assert (record["eventName"], record["readOnly"], with_the_change) == (name, False, True)


def test_changes_of_groups_and_policies(server):
    """With all that was asked for, documents as they were submitted."""
    server.create_user("alice")
    policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    document = '{"Version":"2012-10-17", "Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    inline = {"PolicyName": "p", "PolicyDocument": document}
    user, group, attached = {"UserName": "alice"}, {"GroupName": "ops"}, {"PolicyArn": policy_arn}
    calls = [
        ("CreateGroup", group | {"Path": "/eu/"}),
        ("UpdateGroup", group | {"NewPath": "/"}),
        ("AddUserToGroup", user | group),
        ("RemoveUserFromGroup", user | group),
        ("AttachGroupPolicy", group | attached),
        ("DetachGroupPolicy", group | attached),
        ("AttachUserPolicy", user | attached),
        ("DetachUserPolicy", user | attached),
        ("PutGroupPolicy", group | inline),
        ("DeleteGroupPolicy", group | {"PolicyName": "p"}),
        ("PutUserPolicy", user | inline),
        ("DeleteUserPolicy", user | {"PolicyName": "p"}),
        ("PutUserPermissionsBoundary", user | {"PermissionsBoundary": policy_arn}),
        ("DeleteUserPermissionsBoundary", user),
        ("DeleteGroup", group),
    ]
    answers = [server.ok(action, parameters) for action, parameters in calls]
    found = records(server)
    for (action, parameters), answer in zip(calls, answers, strict=True):
        record, with_the_change = found.of(answer.request_id)
        assert (record["eventName"], record["readOnly"], with_the_change) == (action, False, True)
        asked = {name[0].lower() + name[1:]: value for name, value in parameters.items()}
        assert record["requestParameters"] == asked
    created = found.of(answers[0].request_id)[0]["responseElements"]["group"]
    assert (created["groupName"], created["groupId"]) == ("ops", answers[0].text("GroupId"))


def test_reads(server):
    answers = {
        "ListUsers": server.ok("ListUsers"),
        "GetUser": server.ok("GetUser"),
        "GetCallerIdentity": server.ok("GetCallerIdentity", service="sts"),
    }
    found = records(server)
    for name, answer in answers.items():
        record, with_a_change = found.of(answer.request_id)
        assert (record["eventName"], record["readOnly"], with_a_change) == (name, True, False)
    sts, _ = found.of(answers["GetCallerIdentity"].request_id)
    assert sts["eventSource"] == "sts.amazonaws.com"


def test_refusals(server):
    alice = server.create_user_with_key("alice")
    refused = {
        "AccessDenied": server.call("CreateUser", {"UserName": "x"}, key=alice),
        "EntityAlreadyExists": server.call("CreateUser", {"UserName": "alice"}),
        "NoSuchEntity": server.call("DeleteUser", {"UserName": "nobody"}),
        "ValidationError": server.call("CreateUser", {"UserName": "a/b"}),
    }
    found = records(server)
    for code, answer in refused.items():
        record, with_a_change = found.of(answer.request_id)
        assert not with_a_change
        assert record["errorCode"].startswith(code)
        assert record["errorMessage"] == answer.error.message
        assert record.get("responseElements") is None
    denied, _ = found.of(refused["AccessDenied"].request_id)
    assert denied["userIdentity"]["userName"] == "alice"


def test_requests_that_prove_nobody(server):
    unsigned = server.send(form("ListUsers").having(("host", server.host)))
    unknown = server.call("ListUsers", key=KeyPair("AKIARZPUZDIKAAAAAAAA", "x" * 40))
    forged = server.call("ListUsers", key=KeyPair(server.key.access_key_id, "x" * 40))
    found = records(server)
    for answer in (unsigned, unknown, forged):
        record, _ = found.of(answer.request_id)
        assert record["errorMessage"] == answer.error.message
        # Nothing was proven, so nobody may be named as the caller.
        assert "arn" not in record["userIdentity"]
        assert "userName" not in record["userIdentity"]
    assert found.of(unknown.request_id)[0]["errorMessage"] == UNKNOWN_KEY


def test_root(server, launch, tmp_path):
    server = launch(data=tmp_path / "other", root=True)
    answer = server.ok("CreateUser", {"UserName": "alice"}, key=ROOT)
    record, _ = records(server).of(answer.request_id)
    identity = record["userIdentity"]
    assert (identity["type"], identity["arn"]) == ("Root", f"arn:aws:iam::{ACCOUNT}:root")
    assert identity["principalId"] == ACCOUNT


def test_what_an_operator_did(server, tmp_path):
    data = ("--data", server.data)
    for command in (
        ("backup", tmp_path / "backup"),
        ("master-key", "rotate"),
        ("account", "set", "users=10"),
        ("root-key", "create"),
        ("admin", "recover"),
    ):
        assert keystead(*command, *data).returncode == 0
    done = {record["eventName"]: record for record in records(server).changes if record["eventSource"] == "keystead"}
    assert list(done) == [
        "FirstStart",
        "Backup",
        "RotateMasterKey",
        "SetAccountSettings",
        "CreateRootKey",
        "RecoverAdministrator",
    ]
    assert done["Backup"]["requestParameters"] == {"file": str(tmp_path / "backup")}
    assert done["SetAccountSettings"]["requestParameters"] == {"settings": ["users=10"]}
    assert done["CreateRootKey"]["responseElements"]["accessKeyId"].startswith("AKIA")
    assert done["RecoverAdministrator"]["requestParameters"] == {"userName": "administrator"}


def test_a_changes_record_outlives_a_kill(server):
    """It stands in the change's own transaction."""
    answers = [server.create_user(f"user{number}") for number in range(20)]
    server.kill()
    found = Records(server.data)
    for answer in answers:
        assert found.of(answer.request_id)[1]


def test_repeats_beyond_a_thousand_a_second_are_merged(server):
    """All of them are accounted for: singly, merged into counts, or counted as dropped."""

    def read(_):
        for _ in range(150):
            server.ok("GetCallerIdentity", service="sts")

    together(read, 16)
    dropped = server.metric("keystead_audit_dropped_total")
    found = records(server)
    reads = [record for record in found.others if record["eventName"] == "GetCallerIdentity"]
    assert sum(record.get("count", 1) for record in reads) + dropped == 2400
