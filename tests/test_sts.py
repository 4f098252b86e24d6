"""STS: who calls, and whose key an id is."""

import json

import pytest

from harness import ACCOUNT, form, sign_query
from harness.errors import refusal
from harness.sigv4 import presignable


def test_a_users_identity(server):
    key = server.create_user_with_key("alice", Path="/ops/")
    user = server.client("iam").get_user(UserName="alice")["User"]
    caller = server.client("sts", key).get_caller_identity()
    del caller["ResponseMetadata"]
    assert caller == {"UserId": user["UserId"], "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/ops/alice"}


def test_the_envelope(server):
    answer = server.ok("GetCallerIdentity", service="sts")
    assert answer.namespace == "https://sts.amazonaws.com/doc/2011-06-15/"
    assert answer.xml.tag == "GetCallerIdentityResponse"
    assert [child.tag for child in answer.xml] == ["GetCallerIdentityResult", "ResponseMetadata"]
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.request_id == answer.text("RequestId")


def test_iams_envelope(server):
    created = server.create_user("alice")
    assert created.namespace == "https://iam.amazonaws.com/doc/2010-05-08/"
    assert [child.tag for child in created.xml] == ["CreateUserResult", "ResponseMetadata"]
    deleted = server.ok("DeleteUser", {"UserName": "alice"})
    assert [child.tag for child in deleted.xml] == ["ResponseMetadata"]
    assert deleted.request_id != created.request_id


@pytest.mark.parametrize("method", ["header", "query"])
def test_as_a_get(server, method):
    request = presignable("GetCallerIdentity", service="sts")
    if method == "header":
        signed = server.sign(request, service="sts")
    else:
        signed = sign_query(request, server.key, host=server.host, service="sts")
    assert server.send(signed).text("Account") == ACCOUNT


def test_as_botocore_presigns_it(server):
    """What `aws eks get-token` and its like hand to a verifier."""
    url = server.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    assert server.get(url.removeprefix(server.url)).text("Account") == ACCOUNT


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "home", "cn-north-1", "us-gov-west-1"])
def test_every_region(server, region):
    assert server.client("sts", region=region).get_caller_identity()["Account"] == ACCOUNT
    assert server.client("iam", region=region).get_user()["User"]["UserName"]


class TestGetAccessKeyInfo:
    @pytest.mark.parametrize(
        ("key_id", "account"),
        [
            ("ASIAY34FZKBOKMUTVV7A", "609629065308"),
            ("AKIAXYAFLIG2DFBKVWHJ", "532587168180"),
        ],
    )
    def test_an_account_is_read_out_of_any_id(self, server, key_id, account):
        answer = server.client("sts").get_access_key_info(AccessKeyId=key_id)
        assert answer["Account"] == account

    def test_our_own_key_of_any_status(self, server, iam):
        key = server.create_user_with_key("alice")
        sts = server.client("sts")
        assert sts.get_access_key_info(AccessKeyId=key.access_key_id)["Account"] == ACCOUNT
        iam.update_access_key(UserName="alice", AccessKeyId=key.access_key_id, Status="Inactive")
        assert sts.get_access_key_info(AccessKeyId=key.access_key_id)["Account"] == ACCOUNT

    def test_an_id_that_carries_none(self, server):
        answer = server.call("GetAccessKeyInfo", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, service="sts")
        assert refusal(answer)[0] in (400, 403)


def test_validation_repeats_the_value(server):
    """Unlike IAM's, STS's messages still name the value."""
    answer = server.call("GetAccessKeyInfo", {"AccessKeyId": "short"}, service="sts")
    text = (
        "1 validation error detected: Value 'short' at 'accessKeyId' failed to satisfy constraint: "
        "Member must have length greater than or equal to 16"
    )
    assert refusal(answer) == (400, "ValidationError", text)


class TestDecodeAuthorizationMessage:
    HEADER = "x-keystead-authorization-message"

    def denied(self, server, key):
        answer = server.call("CreateUser", {"UserName": "bob"}, key=key)
        assert answer.status == 403
        return answer.headers[self.HEADER]

    def test_the_reasons(self, server):
        deny = {"Sid": "No", "Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}
        key = server.create_user_with_key("alice", json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
        message = self.denied(server, key)
        decoded = json.loads(server.client("sts").decode_authorization_message(EncodedMessage=message)["DecodedMessage"])
        assert (decoded["allowed"], decoded["explicitDeny"]) == (False, True)
        assert decoded["matchedStatements"]["items"][0]["statementId"] == "No"
        context = decoded["context"]
        assert context["principal"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/alice"
        assert (context["action"], context["resource"]) == ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/bob")
        # Whoever was denied may not know by that.
        answer = server.call("DecodeAuthorizationMessage", {"EncodedMessage": message}, key=key, service="sts")
        assert refusal(answer)[:2] == (403, "AccessDenied")

    def test_what_is_none(self, server):
        key = server.create_user_with_key("alice")
        message = self.denied(server, key)
        for text in ("nothing", message[:-1], message[:-2] + "AA", "A" * 10240):
            answer = server.call("DecodeAuthorizationMessage", {"EncodedMessage": text}, service="sts")
            assert refusal(answer)[:2] == (400, "InvalidAuthorizationMessageException"), text


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("AssumeRoleWithWebIdentity", {"WebIdentityToken": "token"}),
        ("AssumeRoleWithSAML", {"SAMLAssertion": "assertion", "PrincipalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/p"}),
    ],
)
def test_outside_identity_providers_are_not_there_yet(server, action, parameters):
    """Signed or not, as SDKs send it: the refusal says what it is."""
    asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r", "RoleSessionName": "ci"} | parameters
    request = form(action, asked, "sts").having(("host", server.host))
    for answer in (server.send(request), server.call(action, asked, service="sts")):
        assert refusal(answer) == (
            400,
            "InvalidAction",
            f"Could not find operation {action} for version 2011-06-15. Keystead does not implement it yet.",
        )
