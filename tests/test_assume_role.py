"""Roles at work: sessions from the CLI and the SDKs, what they may do, and what ends them."""

import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT, ROOT, KeyPair, aws, client_environment
from harness.errors import client_refusal, refusal
from harness.store import rows

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
INVALID_KEY = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions):
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def trust(principal, *actions, **more):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions) or "sts:AssumeRole"}
    return document(statement | more)


@pytest.fixture
def key(server):
    """alice's, who may do nothing by herself."""
    return server.create_user_with_key("alice")


@pytest.fixture
def role(iam, key):
    """A role that trusts alice and may look at users."""
    policy = trust(ALICE, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
    created = iam.create_role(RoleName="viewer", Path="/ops/", AssumeRolePolicyDocument=policy)["Role"]
    policy = document(allow("iam:GetUser", "iam:ListUsers"))
    iam.put_role_policy(RoleName="viewer", PolicyName="view", PolicyDocument=policy)
    return created


def assume(server, key, role, session="ci", **parameters):
    sts = server.client("sts", key)
    return sts.assume_role(RoleArn=role["Arn"], RoleSessionName=session, **parameters)


def session_of(*arguments, **parameters):
    return KeyPair.of(assume(*arguments, **parameters)["Credentials"])


def test_who_a_session_is(server, key, role):
    answer = assume(server, key, role)
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/viewer/ci"
    assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role['RoleId']}:ci", "Arn": arn}
    assert "PackedPolicySize" not in answer
    session = KeyPair.of(answer["Credentials"])
    caller = server.client("sts", session).get_caller_identity()
    assert (caller["Arn"], caller["UserId"]) == (arn, f"{role['RoleId']}:ci")
    assert server.client("iam", session).get_user(UserName="alice")["User"]["Arn"] == ALICE


def test_what_it_may_do(server, key, role):
    session = session_of(server, key, role)
    answer = server.call("CreateUser", {"UserName": "bob"}, key=session)
    assert refusal(answer) == (
        403,
        "AccessDenied",
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/viewer/ci is not authorized to perform: iam:CreateUser on resource:"
        f" arn:aws:iam::{ACCOUNT}:user/bob because no identity-based policy allows the iam:CreateUser action",
    )
    answer = server.call("GetUser", key=session)
    assert refusal(answer)[:2] == (400, "ValidationError")
    answer = server.call("GetSessionToken", key=session, service="sts")
    assert refusal(answer) == (403, "AccessDenied", "Cannot call GetSessionToken with session credentials")


def test_a_session_policy(server, key, role):
    only_list = document(allow("iam:ListUsers", "iam:CreateUser"))
    answer = assume(server, key, role, Policy=only_list)
    assert answer["PackedPolicySize"] > 0
    session = KeyPair.of(answer["Credentials"])
    assert server.call("ListUsers", key=session).status == 200
    for action, parameters, why in [
        ("GetUser", {"UserName": "alice"}, "no session policy"),
        ("CreateUser", {"UserName": "bob"}, "no identity-based policy"),
    ]:
        assert why in refusal(server.call(action, parameters, key=session))[2]


def test_a_managed_session_policy_is_looked_at_live(server, iam, key, role):
    policy = iam.create_policy(PolicyName="p", PolicyDocument=document(allow("iam:ListUsers")))["Policy"]
    session = session_of(server, key, role, PolicyArns=[{"arn": policy["Arn"]}])
    assert server.call("ListUsers", key=session).status == 200
    version = {"PolicyArn": policy["Arn"], "PolicyDocument": document(allow("iam:GetUser")), "SetAsDefault": True}
    iam.create_policy_version(**version)
    assert server.call("ListUsers", key=session).status == 403
    assert server.call("GetUser", {"UserName": "alice"}, key=session).status == 200


class TestWhatEndsIt:
    def test_the_end_of_the_role(self, server, iam, key, role):
        session = session_of(server, key, role)
        assert server.works(session)
        iam.delete_role_policy(RoleName="viewer", PolicyName="view")
        assert server.call("ListUsers", key=session).status == 403
        iam.delete_role(RoleName="viewer")
        assert refusal(server.call("GetCallerIdentity", key=session, service="sts")) == INVALID_KEY

    def test_the_end_of_its_maker(self, server, iam, key, role):
        session = session_of(server, key, role)
        iam.delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)
        assert server.works(session)
        iam.delete_user(UserName="alice")
        assert not server.works(session)

    def test_as_the_console_revokes_sessions(self, server, iam, key, role):
        session = session_of(server, key, role)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.999Z")
        older = {"DateLessThan": {"aws:TokenIssueTime": now}}
        policy = document({"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": older})
        iam.put_role_policy(RoleName="viewer", PolicyName="AWSRevokeOlderSessions", PolicyDocument=policy)
        answer = server.call("ListUsers", key=session)
        assert "with an explicit deny in an identity-based policy" in refusal(answer)[2]

    def test_trust_is_asked_for_once(self, server, iam, key, role):
        session = session_of(server, key, role)
        iam.update_assume_role_policy(RoleName="viewer", PolicyDocument=trust(ACCOUNT))
        assert server.call("ListUsers", key=session).status == 200
        with pytest.raises(ClientError) as caught:
            assume(server, key, role)
        assert client_refusal(caught)[1] == "AccessDenied"


def test_tags_and_the_source_identity_are_seen_by_policies(server, iam, key, role):
    condition = {"StringEquals": {"aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "ann"}}
    policy = document(allow("iam:CreateUser") | {"Condition": condition})
    iam.put_role_policy(RoleName="viewer", PolicyName="make", PolicyDocument=policy)
    tags = {"Tags": [{"Key": "Team", "Value": "blue"}], "SourceIdentity": "ann"}
    answer = assume(server, key, role, **tags)
    assert answer["SourceIdentity"] == "ann"
    assert server.call("CreateUser", {"UserName": "bob"}, key=KeyPair.of(answer["Credentials"])).status == 200
    plain = session_of(server, key, role)
    assert server.call("CreateUser", {"UserName": "carol"}, key=plain).status == 403


def test_root_assumes_no_role(server, iam, role):
    with pytest.raises(ClientError) as caught:
        assume(server, ROOT, role)
    assert client_refusal(caught) == (403, "AccessDenied", "Roles may not be assumed by root accounts.")


def test_the_record_of_a_session(launch, tmp_path):
    server = launch(data=tmp_path / "data")
    key = server.create_user_with_key("alice")
    iam = server.client("iam")
    role = iam.create_role(RoleName="viewer", AssumeRolePolicyDocument=trust(ALICE))["Role"]
    answer = assume(server, key, role)
    session = KeyPair.of(answer["Credentials"])
    refused = server.call("ListUsers", key=session)
    assert refused.status == 403
    assert server.stop() == 0
    records = [json.loads(record) for (record,) in rows(server.data, "audit.db", "SELECT record FROM audit_event")]
    by_request = {record["requestID"]: record for record in records}
    made = by_request[answer["ResponseMetadata"]["RequestId"]]
    assert made["userIdentity"]["arn"] == ALICE
    assert made["responseElements"]["credentials"]["accessKeyId"] == session.access_key_id
    used = by_request[refused.request_id]["userIdentity"]
    context = used.pop("sessionContext")
    assert used == {
        "type": "AssumedRole",
        "principalId": f"{role['RoleId']}:ci",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/viewer/ci",
        "accountId": ACCOUNT,
        "accessKeyId": session.access_key_id,
    }
    assert context["sessionIssuer"] == {
        "type": "Role",
        "principalId": role["RoleId"],
        "arn": role["Arn"],
        "accountId": ACCOUNT,
        "userName": "viewer",
    }
    assert context["attributes"]["mfaAuthenticated"] == "false"
    everything = json.dumps(records)
    assert session.secret_access_key not in everything and session.session_token not in everything


class TestClients:
    @pytest.fixture
    def profiles(self, server, key, role, tmp_path):
        config = tmp_path / "config"
        config.write_text(
            f"[profile alice]\nregion = us-east-1\naws_access_key_id = {key.access_key_id}\n"
            f"aws_secret_access_key = {key.secret_access_key}\n"
            f"[profile viewer]\nregion = us-east-1\nrole_arn = {role['Arn']}\nsource_profile = alice\n"
            "role_session_name = cli\nduration_seconds = 900\n"
        )
        return {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": server.url, "HOME": str(tmp_path)}

    def test_the_cli(self, role, profiles):
        environment = client_environment(**profiles)
        code, answer, error = aws(
            f"sts assume-role --role-arn {role['Arn']} --role-session-name cli --profile alice", environment
        )
        assert code == 0, error
        assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")

    def test_a_profile_of_a_role(self, profiles):
        environment = client_environment(**profiles)
        code, answer, error = aws("sts get-caller-identity --profile viewer", environment)
        assert code == 0, error
        assert answer["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/viewer/cli"
        assert aws("iam list-users --profile viewer", environment)[0] == 0

    def test_boto3_refreshes_by_itself(self, profiles, monkeypatch):
        for name in ("AWS_CONFIG_FILE", "AWS_ENDPOINT_URL"):
            monkeypatch.setenv(name, profiles[name])
        session = boto3.Session(profile_name="viewer")
        iam = session.client("iam")
        assert iam.get_user(UserName="alice")["User"]["Arn"] == ALICE
        first = session.get_credentials().get_frozen_credentials().access_key
        # Within the time before the end in which botocore must have new ones.
        session.get_credentials()._expiry_time = datetime.now(UTC)
        assert session.get_credentials().get_frozen_credentials().access_key != first
        assert iam.get_user(UserName="alice")["User"]["Arn"] == ALICE
