"""Condition keys have the values of the real request, and nothing that a client writes passes for another."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from harness import ACCOUNT, form, start
from harness.http import connect, encode, read
from harness.policies import aws_policy_arn, document, policy_arn, statement

LIST = ("ListUsers", {})
USER = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"


@pytest.fixture(scope="module")
def world():
    server = start()
    yield arrange(server)
    server.stop()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory):
    """A server that takes this machine for its proxy."""
    settings = tmp_path_factory.mktemp("settings") / "keystead.toml"
    settings.write_text('trusted_proxies = ["127.0.0.1"]\n')
    server = start("--config", settings)
    yield arrange(server)
    server.stop()


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory):
    """A server that speaks TLS, reached as clients do."""
    directory = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(directory / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(directory / "certificate.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    server = start("--tls-cert", directory / "certificate.pem", "--tls-key", directory / "key.pem")
    server.send = lambda request: over_tls(server, context, request)
    yield arrange(server)
    server.stop()


def over_tls(server, context, request):
    with context.wrap_socket(connect(server.address), server_hostname="127.0.0.1") as connection:
        connection.sendall(encode(request))
        return read(connection)


def arrange(server):
    """Alice, whom the tests give a policy at a time, and others to ask about."""
    tags = [{"Key": "Team", "Value": "red"}]
    server.alice = server.create_user_with_key("alice", Path="/staff/", Tags=tags)
    server.create_user("bob", Tags=[{"Key": "team", "Value": "blue"}])
    server.ok("CreateGroup", {"GroupName": "ops"})
    server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": document(), "Tags": tags})
    for name in ("bound", "bound-too"):
        server.create_user(name, PermissionsBoundary=policy_arn("p"))
    return server


def may(server, condition, call=LIST, headers=(), effect="Allow", **signing):
    """Whether alice may do something where one statement with this condition decides."""
    statements = [statement("*", Condition=condition, effect=effect)]
    if effect == "Deny":
        statements.append(statement("*"))
    server.put_policy("alice", document(*statements))
    request = form(*call, signing.get("service", "iam")).having(*headers)
    answer = server.send(server.sign(request, server.alice, **signing))
    code = None if answer.status == 200 else answer.error.code
    assert code in (None, "AccessDenied", "NoSuchEntity", "EntityAlreadyExists"), answer.body
    return code != "AccessDenied"


def source(address):
    return {"IpAddress": {"aws:SourceIp": address}}


FORGED = [("x-forwarded-for", "203.0.113.9")]


@pytest.mark.parametrize(
    ("condition", "headers", "expected"),
    [
        (source("127.0.0.1"), [], True),
        (source("127.0.0.0/8"), [], True),
        (source("203.0.113.0/24"), [], False),
        (source("203.0.113.9"), FORGED, False),
        (source("127.0.0.1"), FORGED, True),
        (source("203.0.113.9"), [("forwarded", "for=203.0.113.9")], False),
        (source("203.0.113.9"), [("x-real-ip", "203.0.113.9")], False),
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.1"}}, FORGED, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, [], True),
        ({"Bool": {"aws:SecureTransport": "true"}}, [*FORGED, ("x-forwarded-proto", "https")], False),
    ],
    ids=str,
)
def test_the_connection_is_what_it_is(world, condition, headers, expected):
    assert may(world, condition, headers=headers) == expected


@pytest.mark.parametrize(
    ("condition", "headers", "expected"),
    [
        (source("203.0.113.9"), FORGED, True),
        (source("127.0.0.1"), FORGED, False),
        (source("127.0.0.1"), [], True),
        # What the client wrote stands left of what the proxy wrote.
        (source("10.0.0.1"), [("x-forwarded-for", "10.0.0.1, 203.0.113.9")], False),
        (source("203.0.113.9"), [("x-forwarded-for", "10.0.0.1, 203.0.113.9")], True),
        (source("10.0.0.1"), [("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "203.0.113.9")], False),
        (source("203.0.113.9"), [("forwarded", "for=203.0.113.9")], False),
        (source("2001:db8::/32"), [("x-forwarded-for", "2001:db8::7")], True),
        (source("203.0.113.9"), [("x-forwarded-for", "::ffff:203.0.113.9")], True),
        ({"Bool": {"aws:SecureTransport": "true"}}, [*FORGED, ("x-forwarded-proto", "https")], True),
        ({"Bool": {"aws:SecureTransport": "true"}}, [*FORGED, ("x-forwarded-proto", "http")], False),
        ({"Bool": {"aws:SecureTransport": "true"}}, [*FORGED, ("x-forwarded-proto", "https, http")], False),
        ({"Bool": {"aws:SecureTransport": "true"}}, FORGED, False),
    ],
    ids=str,
)
def test_behind_a_trusted_proxy_the_connection_is_the_clients(proxied, condition, headers, expected):
    assert may(proxied, condition, headers=headers) == expected


@pytest.mark.parametrize(
    ("secure", "headers", "expected"),
    [("true", [], True), ("false", [], False), ("true", [*FORGED, ("x-forwarded-proto", "http")], True)],
)
def test_over_tls_the_transport_is_secure(encrypted, secure, headers, expected):
    assert may(encrypted, {"Bool": {"aws:SecureTransport": secure}}, headers=headers) == expected


def moment(**ahead):
    return (datetime.now(UTC) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M:%SZ")


AGENT, REFERER = [("user-agent", "aws-cli/2 x")], [("referer", "https://example.org/a")]


def only(operator, **keys):
    """A condition of one operator; `aws_` and `iam_` stand for the prefixes."""
    return {operator: {name.replace("_", ":", 1): value for name, value in keys.items()}}


@pytest.mark.parametrize(
    ("condition", "headers", "expected"),
    [
        (only("StringLike", aws_UserAgent="aws-cli/*"), AGENT, True),
        (only("StringLike", aws_UserAgent="aws-cli/*"), [("user-agent", "curl")], False),
        (only("StringEquals", aws_UserAgent=""), [], True),
        (only("StringLike", aws_Referer="https://example.org/*"), REFERER, True),
        (only("StringLike", aws_Referer="https://example.org/*"), [], False),
        (only("Null", aws_Referer="true"), [], True),
        (only("StringEquals", aws_RequestedRegion="us-east-1"), [], True),
        (only("StringEquals", aws_username="alice"), [], True),
        (only("StringEquals", aws_PrincipalArn=USER), [], True),
        (only("ArnLike", aws_PrincipalArn=f"arn:aws:iam::{ACCOUNT}:user/staff/*"), [], True),
        (only("StringEquals", aws_PrincipalAccount=ACCOUNT), [], True),
        (only("StringEquals", aws_ResourceAccount=ACCOUNT), [], True),
        (only("StringEquals", aws_PrincipalType="User"), [], True),
        (only("StringLike", aws_userid="AIDA*"), [], True),
        (only("Bool", aws_ViaAWSService="false"), [], True),
        (only("Bool", aws_PrincipalIsAWSService="true"), [], False),
        # Tags are found whatever the case of their keys, and are compared as they are.
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, [], True),
        ({"StringEquals": {"aws:PrincipalTag/TEAM": "RED"}}, [], False),
        ({"StringEquals": {"aws:PrincipalTag/none": ""}}, [], False),
        # An access key has no session: not false, but absent.
        (only("Bool", aws_MultiFactorAuthPresent="false"), [], False),
        (only("Bool", aws_MultiFactorAuthPresent="true"), [], False),
        (only("BoolIfExists", aws_MultiFactorAuthPresent="false"), [], True),
        (only("BoolIfExists", aws_MultiFactorAuthPresent="true"), [], True),
        (only("Null", aws_MultiFactorAuthPresent="true"), [], True),
        (only("Null", aws_MultiFactorAuthAge="true"), [], True),
        (only("Null", aws_TokenIssueTime="true"), [], True),
    ],
    ids=str,
)
def test_the_request_and_the_caller(world, condition, headers, expected):
    assert may(world, condition, headers=headers) == expected


@pytest.mark.parametrize(("header", "key"), [("user-agent", "aws:UserAgent"), ("referer", "aws:Referer")])
def test_of_a_header_its_beginning_is_seen(world, header, key):
    """2048 bytes: a decision takes time in patterns times texts, and a client may write both."""
    for length, expected in {2048: True, 2049: False}.items():
        value = "x" * (length - 3) + "end"
        assert may(world, {"StringLike": {key: "*end"}}, headers=[(header, value)]) == expected


def test_a_deny_without_second_factor_is_as_on_aws(world):
    """`Bool` does not catch an access key; people use `BoolIfExists`."""
    for operator, expected in {"Bool": True, "BoolIfExists": False}.items():
        assert may(world, {operator: {"aws:MultiFactorAuthPresent": "false"}}, effect="Deny") == expected


def test_the_time(world):
    for operator, value, expected in [
        ("DateGreaterThan", moment(hours=-1), True),
        ("DateGreaterThan", moment(hours=1), False),
        ("DateLessThan", moment(hours=1), True),
        ("DateLessThan", moment(hours=-1), False),
    ]:
        assert may(world, {operator: {"aws:CurrentTime": value}}) == expected
        seconds = str(int(datetime.fromisoformat(value).timestamp()))
        assert may(world, {operator.replace("Date", "Numeric"): {"aws:EpochTime": seconds}}) == expected
    # The server's time, not the one that the client signs.
    early = (datetime.now(UTC) - timedelta(minutes=10)).strftime("%Y%m%dT%H%M%SZ")
    assert not may(world, {"DateLessThan": {"aws:CurrentTime": moment(minutes=-5)}}, date=early)


def test_the_region_of_iam_is_fixed_and_that_of_sts_is_the_clients(world):
    for region, expected in {"us-east-1": True, "eu-west-1": False}.items():
        condition = {"StringEquals": {"aws:RequestedRegion": region}}
        assert may(world, condition, region="eu-west-1") == expected
        info = ("GetAccessKeyInfo", {"AccessKeyId": world.alice.access_key_id})
        assert may(world, condition, info, service="sts", region="eu-west-1") != expected


def tag_bob(**tags):
    return ("TagUser", {"UserName": "bob", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


CREATE = ("CreateUser", {"UserName": "bob", "PermissionsBoundary": policy_arn("p")})
AWS = aws_policy_arn("IAMFullAccess")
BOB, BOUND, POLICY = {"UserName": "bob"}, {"UserName": "bound"}, {"PolicyArn": policy_arn("p")}
ATTACH = ("AttachUserPolicy", BOB | POLICY)
BY_POLICY = {"ArnEquals": {"iam:PolicyARN": policy_arn("p")}}
BY_BOUNDARY = {"StringEquals": {"iam:PermissionsBoundary": policy_arn("p")}}
ALL_TAGS = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:TagKeys": "false"}}


@pytest.mark.parametrize(
    ("condition", "call", "expected"),
    [
        ({"StringEquals": {"aws:RequestTag/a": "x"}}, tag_bob(a="x"), True),
        ({"StringEquals": {"aws:RequestTag/A": "x"}}, tag_bob(a="x"), True),
        ({"StringEquals": {"aws:RequestTag/a": "x"}}, tag_bob(a="y"), False),
        ({"StringEquals": {"aws:RequestTag/a": "x"}}, tag_bob(b="x"), False),
        ({"StringEquals": {"aws:RequestTag/team": "blue"}}, ("UntagUser", BOB | {"TagKeys": ["a"]}), False),
        (ALL_TAGS, tag_bob(a="x", b="y"), True),
        (ALL_TAGS, tag_bob(a="x", c="y"), False),
        (ALL_TAGS, ("UntagUser", BOB | {"TagKeys": ["a"]}), True),
        (ALL_TAGS, ("UntagUser", BOB | {"TagKeys": ["team"]}), False),
        (ALL_TAGS, ("GetUser", BOB), False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "c"}}, tag_bob(a="x", c="y"), True),
        ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, ("GetUser", BOB), True),
        ({"StringEquals": {"iam:ResourceTag/team": "blue"}}, ("GetUser", BOB), True),
        ({"StringEquals": {"aws:ResourceTag/team": "blue"}}, ("GetUser", {}), False),
        ({"StringEquals": {"aws:ResourceTag/team": "red"}}, ("GetPolicy", POLICY), True),
        ({"StringEquals": {"aws:ResourceTag/team": "red"}}, ("GetPolicy", {"PolicyArn": AWS}), False),
        ({"Null": {"aws:ResourceTag/team": "true"}}, ("GetGroup", {"GroupName": "ops"}), True),
        (BY_POLICY, ATTACH, True),
        (BY_POLICY, ("DetachUserPolicy", BOB | POLICY), True),
        (BY_POLICY, ("AttachGroupPolicy", {"GroupName": "ops"} | POLICY), True),
        (BY_POLICY, ("AttachUserPolicy", BOB | {"PolicyArn": AWS}), False),
        # The key belongs to attaching and detaching alone, whatever else names a policy.
        (BY_POLICY, ("GetPolicy", POLICY), False),
        (BY_POLICY, ("PutUserPermissionsBoundary", BOB | {"PermissionsBoundary": policy_arn("p")}), False),
        (BY_BOUNDARY, CREATE, True),
        (BY_BOUNDARY, ("CreateUser", {"UserName": "carol"}), False),
        (BY_BOUNDARY, ("CreateUser", {"UserName": "carol", "PermissionsBoundary": policy_arn("q")}), False),
        (BY_BOUNDARY, ("PutUserPolicy", BOB | {"PolicyName": "x", "PolicyDocument": document()}), False),
        (BY_BOUNDARY, ("PutUserPermissionsBoundary", BOUND | {"PermissionsBoundary": policy_arn("p")}), True),
        # The boundary that the user has.
        (BY_BOUNDARY, ("PutUserPolicy", BOUND | {"PolicyName": "x", "PolicyDocument": document()}), True),
        (BY_BOUNDARY, ("GetUser", BOUND), False),
        (BY_BOUNDARY, ("DeleteUserPermissionsBoundary", {"UserName": "bound-too"}), True),
    ],
    ids=str,
)
def test_the_keys_of_the_operations(world, condition, call, expected):
    assert may(world, condition, call) == expected


NOT_OF_THE_CLIENT = [
    "aws:username",
    "aws:userid",
    "aws:PrincipalArn",
    "aws:PrincipalTag/x",
    "aws:PrincipalType",
    "aws:MultiFactorAuthPresent",
    "aws:SourceIdentity",
    "aws:FederatedProvider",
    "aws:PrincipalOrgID",
    "aws:CalledVia",
    "aws:SourceArn",
    "aws:ResourceTag/x",
    "iam:PolicyARN",
    "iam:PermissionsBoundary",
    "keystead:own",
]


@pytest.mark.parametrize("key", NOT_OF_THE_CLIENT)
def test_nothing_that_a_client_writes_passes_for_a_key(world, key):
    """Not a tag, a parameter or a header of that name, in any spelling."""
    condition = {"StringEquals": {key: "admin"}}
    names = [key, key.partition(":")[2]]
    spelled = [name.replace(":", "-").replace("/", "-") for name in names]
    headers = [(prefix + name, "admin") for name in spelled for prefix in ("", "x-amz-")]
    entry = {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": ["admin"]}
    written = {"ContextEntries": [entry], **{name: "admin" for name in [*names, f"Context.{key}"]}}
    tagging = ("TagUser", {"UserName": "bob", "Tags": [{"Key": name, "Value": "admin"} for name in names]})
    for action, parameters in [tagging, LIST, ("GetUser", {"UserName": "bob"})]:
        assert not may(world, condition, (action, parameters | written), headers)
    # Nor do tags that the user who is asked about really has.
    world.ok(*tagging)
    assert not may(world, condition, ("GetUser", {"UserName": "bob"}))


def test_a_tag_called_like_a_key_is_a_tag_alone(world):
    world.ok("TagUser", {"UserName": "alice", "Tags": [{"Key": "username", "Value": "admin"}]})
    assert not may(world, {"StringEquals": {"aws:username": "admin"}})
    assert may(world, {"StringEquals": {"aws:PrincipalTag/username": "admin"}})
