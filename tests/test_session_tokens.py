"""Session tokens: what they are good for, what ends them, and what is refused and how."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT, ROOT, KeyPair, form, sign_query
from harness.errors import client_refusal, refusal

INVALID = (403, "InvalidClientTokenId", "The security token included in the request is invalid")
INVALID_KEY = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
ALL = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def token_of(server, key=None, **parameters):
    return KeyPair.of(server.client("sts", key).get_session_token(**parameters)["Credentials"])


def identity(server, key):
    return server.call("GetCallerIdentity", key=key, service="sts")


def test_a_users_own(server):
    key = server.create_user_with_key("alice", Path="/ops/")
    user = server.client("iam").get_user(UserName="alice")["User"]
    before = datetime.now(UTC)
    credentials = server.client("sts", key).get_session_token()["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert timedelta(hours=12) - (credentials["Expiration"] - before) < timedelta(seconds=30)
    caller = server.client("sts", KeyPair.of(credentials)).get_caller_identity()
    del caller["ResponseMetadata"]
    assert caller == {"UserId": user["UserId"], "Account": ACCOUNT, "Arn": user["Arn"]}


@pytest.mark.parametrize("seconds", [900, 129600])
def test_its_duration(server, seconds):
    before = datetime.now(UTC)
    credentials = server.client("sts").get_session_token(DurationSeconds=seconds)["Credentials"]
    assert abs((credentials["Expiration"] - before).total_seconds() - seconds) < 30
    for wrong in (899, 129601):
        answer = server.call("GetSessionToken", {"DurationSeconds": str(wrong)}, service="sts")
        assert refusal(answer)[:2] == (400, "ValidationError")


def test_roots_ends_within_the_hour(server):
    before = datetime.now(UTC)
    credentials = server.client("sts", ROOT).get_session_token(DurationSeconds=129600)["Credentials"]
    assert abs((credentials["Expiration"] - before).total_seconds() - 3600) < 30
    assert identity(server, KeyPair.of(credentials)).text("Arn") == f"arn:aws:iam::{ACCOUNT}:root"


def test_what_it_may_not_call_without_a_one_time_code(server):
    session = token_of(server)
    assert refusal(server.call("ListUsers", key=session)) == INVALID
    for action, parameters in [
        ("GetSessionToken", {}),
        ("GetFederationToken", {"Name": "bobby"}),
        ("GetAccessKeyInfo", {"AccessKeyId": server.key.access_key_id}),
    ]:
        answer = server.call(action, parameters, key=session, service="sts")
        assert refusal(answer) == (403, "AccessDenied", f"Cannot call {action} with session credentials")


@pytest.mark.parametrize("parameters", [{"SerialNumber": "GAHT12345678"}, {"TokenCode": "123456"}])
def test_half_of_a_one_time_code(server, parameters):
    with pytest.raises(ClientError) as caught:
        server.client("sts").get_session_token(**parameters)
    assert client_refusal(caught)[:2] == (403, "AccessDenied")


def test_a_code_of_no_device(server):
    with pytest.raises(ClientError) as caught:
        server.client("sts").get_session_token(SerialNumber="GAHT12345678", TokenCode="123456")
    assert client_refusal(caught) == (
        403,
        "AccessDenied",
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is"
        " valid and associated with this user.",
    )


def test_it_outlives_the_key_and_not_the_user(server, iam):
    key = server.create_user_with_key("alice")
    session = token_of(server, key)
    iam.delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)
    assert identity(server, session).status == 200
    iam.delete_user(UserName="alice")
    assert refusal(identity(server, session)) == INVALID_KEY
    # A namesake is somebody else.
    server.create_user("alice")
    assert refusal(identity(server, session)) == INVALID_KEY


class TestHostile:
    @pytest.fixture
    def session(self, server):
        return token_of(server)

    def test_without_the_token(self, server, session):
        assert refusal(identity(server, replace(session, session_token=None))) == INVALID_KEY

    def test_with_a_long_term_key(self, server, session):
        key = replace(server.key, session_token=session.session_token)
        assert refusal(identity(server, key)) == INVALID

    def test_with_anothers_id(self, server, session):
        other = token_of(server)
        assert refusal(identity(server, replace(session, session_token=other.session_token))) == INVALID
        assert refusal(identity(server, replace(session, access_key_id=other.access_key_id))) == INVALID

    def test_with_another_secret(self, server, session):
        answer = identity(server, replace(session, secret_access_key=server.key.secret_access_key))
        assert refusal(answer)[:2] == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize("held", [False, True])
    def test_touched(self, server, session, held):
        if held:
            assert identity(server, session).status == 200
        token = session.session_token
        padded = token + "=" * (-len(token) % 4)
        raw = base64.urlsafe_b64decode(padded)
        touched = [token[:-1], token[1:], token + "A", token[: len(token) // 2], "A", "A" * 8000, "\u00e4" * 10]
        for place in (0, 1, 5, 20, len(raw) // 2, len(raw) - 1):
            flipped = bytearray(raw)
            flipped[place] ^= 1
            touched.append(base64.urlsafe_b64encode(bytes(flipped)).decode().rstrip("="))
        for text in touched:
            answer = identity(server, replace(session, session_token=text.encode().decode("latin-1")))
            assert answer.status == 403, text
            assert answer.error.code in ("InvalidClientTokenId", "SignatureDoesNotMatch"), answer.body
        assert identity(server, session).status == 200

    def test_of_another_server(self, server, session, launch):
        other = launch(root=True)
        assert refusal(identity(other, session)) == INVALID

    def test_beyond_the_limit_of_headers(self, server, session):
        answer = identity(server, replace(session, session_token="A" * 40_000))
        assert answer.status == 431


def test_in_a_query(server):
    session = token_of(server)
    request = form("GetCallerIdentity", {}, "sts")
    signed = sign_query(request, session, host=server.host, service="sts")
    assert server.send(signed).text("Account") == ACCOUNT
    url = server.client("sts", session).generate_presigned_url("get_caller_identity", HttpMethod="GET")
    assert server.get(url.removeprefix(server.url)).text("Account") == ACCOUNT


def test_after_a_restart(launch, tmp_path):
    server = launch(data=tmp_path / "data")
    session = token_of(server)
    assert server.stop() == 0
    again = launch(data=tmp_path / "data")
    assert identity(again, session).status == 200
    for part in (session.session_token, session.secret_access_key):
        assert part not in again.output


class TestFederatedUsers:
    def federated(self, server, key=None, **parameters):
        answer = server.client("sts", key).get_federation_token(Name="bobby", **parameters)
        return answer, KeyPair.of(answer["Credentials"])

    def test_who_it_is(self, server):
        key = server.create_user_with_key("alice", ALL)
        answer, session = self.federated(server, key)
        arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bobby"
        assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:bobby", "Arn": arn}
        assert answer["PackedPolicySize"] == 0
        caller = server.client("sts", session).get_caller_identity()
        assert (caller["Arn"], caller["UserId"]) == (arn, f"{ACCOUNT}:bobby")

    def test_what_it_may_not_call(self, server):
        _, session = self.federated(server, Policy=ALL)
        assert refusal(server.call("ListUsers", key=session)) == INVALID
        answer = server.call("GetSessionToken", key=session, service="sts")
        assert refusal(answer)[:2] == (403, "AccessDenied")

    def test_it_takes_a_permission(self, server):
        key = server.create_user_with_key("alice")
        with pytest.raises(ClientError) as caught:
            self.federated(server, key)
        assert client_refusal(caught) == (
            403,
            "AccessDenied",
            f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: sts:GetFederationToken on resource:"
            f" arn:aws:sts::{ACCOUNT}:federated-user/bobby because no identity-based policy allows the"
            " sts:GetFederationToken action",
        )

    def test_a_policy_that_is_too_long(self, server):
        with pytest.raises(ClientError) as caught:
            self.federated(server, Policy=ALL + " " * 2048)
        status, code, message = client_refusal(caught)
        assert (status, code) == (400, "ValidationError")
        assert message.endswith("Member must have length less than or equal to 2048")
