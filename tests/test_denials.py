"""What a denied caller is told, and what an operator can find out about it afterwards."""

import json
import re

import pytest

from harness import ACCOUNT, ROOT, Request
from harness.errors import refusal
from harness.policies import aws_policy_arn, document, policy_arn, statement

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
BY_NO_POLICY = "because no identity-based policy allows the {} action"
BY_NO_BOUNDARY = "because no permissions boundary allows the {} action"
EXPLAIN = statement("keystead:Explain")


@pytest.fixture
def alice(server):
    return server.create_user_with_key("alice", Path="/staff/")


def managed(server, *statements, name="p"):
    server.ok("CreatePolicy", {"PolicyName": name, "PolicyDocument": document(*statements)})
    return policy_arn(name)


def denial(server, key, action="GetUser", parameters=None, service="iam"):
    parameters = {"UserName": "bob"} if parameters is None else parameters
    status, code, message = refusal(server.call(action, parameters, key=key, service=service))
    assert (status, code) == (403, "AccessDenied")
    return message


class TestTexts:
    @pytest.mark.parametrize(
        ("action", "parameters", "resource"),
        [
            ("GetUser", {"UserName": "bob"}, "user bob"),
            ("CreateAccessKey", {}, "user alice"),
            ("UpdateUser", {"UserName": "bob", "NewPath": "/staff/"}, "user bob"),
            ("CreateUser", {"UserName": "c", "Path": "/x/"}, f"arn:aws:iam::{ACCOUNT}:user/x/c"),
            ("CreateGroup", {"GroupName": "c", "Path": "/x/"}, f"arn:aws:iam::{ACCOUNT}:group/x/c"),
            ("GetGroup", {"GroupName": "ops"}, "group ops"),
            ("ListUsers", {}, f"arn:aws:iam::{ACCOUNT}:user/"),
            ("ListGroups", {}, f"arn:aws:iam::{ACCOUNT}:group/"),
            ("GetAccountSummary", {}, "*"),
            ("SimulatePrincipalPolicy", {"PolicySourceArn": ALICE, "ActionNames": ["s3:GetObject"]}, "user alice"),
            ("GetPolicy", {"PolicyArn": policy_arn("p", "/x/")}, f"policy {policy_arn('p', '/x/')}"),
            ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": document()}, policy_arn("p")),
        ],
        ids=lambda value: value if isinstance(value, str) and " " not in value else "",
    )
    def test_the_resource(self, server, alice, action, parameters, resource):
        text = f"User: {ALICE} is not authorized to perform: iam:{action} on resource: {resource} "
        assert denial(server, alice, action, parameters) == text + BY_NO_POLICY.format(f"iam:{action}")

    def test_of_sts(self, server, alice):
        message = denial(server, alice, "GetAccessKeyInfo", {"AccessKeyId": ROOT.access_key_id}, "sts")
        assert message.endswith(f"sts:GetAccessKeyInfo on resource: * {BY_NO_POLICY.format('sts:GetAccessKeyInfo')}")

    def test_a_key_is_not_explained(self, server, alice):
        """Whose it is, or whether it is anybody's."""
        for key in (ROOT.access_key_id, server.create_key("administrator").access_key_id, "AKIAIOSFODNN7EXAMPLE"):
            message = denial(server, alice, "GetAccessKeyLastUsed", {"AccessKeyId": key})
            told = f"User: {ALICE} is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key {key}"
            assert message == told

    @pytest.mark.parametrize("given", ["inline", "inline of a group", "managed", "managed of a group"])
    def test_an_explicit_deny_names_the_managed_policy(self, server, alice, given):
        deny, arn = document(statement("iam:GetUser", effect="Deny"), statement("*")), None
        server.ok("CreateGroup", {"GroupName": "ops"})
        server.ok("AddUserToGroup", {"GroupName": "ops", "UserName": "alice"})
        if given.startswith("managed"):
            arn = managed(server, statement("iam:GetUser", effect="Deny"))
        match given:
            case "inline":
                server.put_policy("alice", deny)
            case "inline of a group":
                server.ok("PutGroupPolicy", {"GroupName": "ops", "PolicyName": "x", "PolicyDocument": deny})
            case "managed":
                server.ok("AttachUserPolicy", {"UserName": "alice", "PolicyArn": arn})
            case "managed of a group":
                server.ok("AttachGroupPolicy", {"GroupName": "ops", "PolicyArn": arn})
        tail = f": {arn}" if arn else ""
        assert denial(server, alice).endswith(f"user bob with an explicit deny in an identity-based policy{tail}")

    def test_a_boundary(self, server, alice):
        arn = managed(server, statement("s3:*"))
        server.put_policy("alice", document(statement("iam:*")))
        server.ok("PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": arn})
        assert denial(server, alice).endswith(f"user bob {BY_NO_BOUNDARY.format('iam:GetUser')}")
        # Where neither allows it, the identity's policies are named first.
        server.ok("DeleteUserPolicy", {"UserName": "alice", "PolicyName": "given"})
        assert denial(server, alice).endswith(f"user bob {BY_NO_POLICY.format('iam:GetUser')}")

    def test_a_boundary_that_denies(self, server, alice):
        arn = managed(server, statement("iam:*", effect="Deny"), statement("*"))
        server.ok("PutUserPermissionsBoundary", {"UserName": "alice", "PermissionsBoundary": arn})
        # An explicit deny is told first, whatever else does not allow it.
        assert denial(server, alice).endswith(f"user bob with an explicit deny in a permissions boundary: {arn}")

    def test_the_action_that_was_missing_is_named(self, server, alice):
        server.put_policy("alice", document(statement("iam:CreateUser")))
        tagged = {"UserName": "carol", "Tags": [{"Key": "a", "Value": "b"}]}
        message = denial(server, alice, "CreateUser", tagged)
        assert "perform: iam:TagUser on resource: " in message and message.endswith(BY_NO_POLICY.format("iam:TagUser"))

    def test_what_is_there_tells_no_more_than_what_is_not(self, server, alice):
        server.create_user("bob")
        for action in ("GetUser", "ListAccessKeys", "DeleteUser", "ListUserPolicies"):
            there, absent = (denial(server, alice, action, {"UserName": name}) for name in ("bob", "eve"))
            assert there == absent.replace("eve", "bob")

    def test_a_denied_call_is_not_judged_by_its_content(self, server, alice):
        calls = [
            ("CreateUser", {"UserName": "administrator"}),
            ("PutUserPolicy", {"UserName": "alice", "PolicyName": "x", "PolicyDocument": "no document"}),
            ("CreatePolicy", {"PolicyName": "x", "PolicyDocument": "no document"}),
            ("AttachUserPolicy", {"UserName": "alice", "PolicyArn": policy_arn("absent")}),
        ]
        for call in calls:
            denial(server, alice, *call)


def own_path(server, path, key=None, headers=(), service="keystead"):
    """A request to one of Keystead's own paths, signed or not."""
    request = Request("GET", path, headers=(("host", server.host), *headers))
    return server.send(server.sign(request, key, service=service) if key else request)


def explain(server, request_id, key=None):
    return own_path(server, f"/-/explain/{request_id}", key or server.key)


class TestExplain:
    def test_an_allowed_request(self, server, alice):
        server.put_policy("alice", document(statement("s3:*"), statement("iam:Get*", Sid="Reading")))
        request_id = server.ok("GetUser", key=alice).request_id
        answer = explain(server, request_id)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        explained = json.loads(answer.body)
        [decision] = explained["decisions"]
        assert (explained["requestId"], explained["caller"]) == (request_id, ALICE)
        assert (decision["action"], decision["resource"]) == ("iam:GetUser", ALICE)
        assert (decision["decision"], decision["decidedBy"]) == ("allowed", "identity-based policy")
        assert decision["statement"] | {"policy": None} == {
            "policy": None, "index": 1, "sid": "Reading", "effect": "Allow", "line": 1,
        }
        assert "given" in decision["statement"]["policy"]
        assert decision["permissionsBoundary"] is None and decision["missingContextKeys"] == []

    def test_an_implicit_deny_and_the_key_that_was_missing(self, server, alice):
        condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        server.put_policy("alice", document(statement("iam:GetUser", Condition=condition)))
        answer = server.call("GetUser", key=alice)
        [decision] = json.loads(explain(server, answer.request_id).body)["decisions"]
        assert (decision["decision"], decision["statement"]) == ("implicitDeny", None)
        assert [key.lower() for key in decision["missingContextKeys"]] == ["aws:multifactorauthpresent"]
        assert len(decision["identityPolicies"]) == 1

    def test_no_more_of_a_missing_key_than_fits(self, server, alice):
        """Quotas do not count white space: a key's name may be as long as a document."""
        name = "x" + " " * 100_000
        server.put_policy("alice", document(statement("iam:GetUser", Condition={"StringEquals": {name: "1"}})))
        answer = server.call("GetUser", key=alice)
        [decision] = json.loads(explain(server, answer.request_id).body)["decisions"]
        assert decision["missingContextKeys"] == [name[:256]]

    def test_an_explicit_deny_by_policy_statement_and_line(self, server, alice):
        lines = [
            '{"Version": "2012-10-17", "Statement": [',
            '  {"Effect": "Allow", "Action": "*", "Resource": "*"},',
            '  {"Sid": "NoUsers", "Effect": "Deny",',
            '   "Action": "iam:*", "Resource": "*"}',
            "]}",
        ]
        server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "\n".join(lines)})
        server.ok("AttachUserPolicy", {"UserName": "alice", "PolicyArn": policy_arn("p")})
        answer = server.call("GetUser", key=alice)
        [decision] = json.loads(explain(server, answer.request_id).body)["decisions"]
        assert decision["decision"] == "explicitDeny"
        assert decision["statement"] == {
            "policy": f"{policy_arn('p')} v1", "index": 1, "sid": "NoUsers", "effect": "Deny", "line": 3,
        }

    def test_a_boundary(self, server, alice):
        server.put_policy("alice", document(statement("iam:*")))
        boundary = {"UserName": "alice", "PermissionsBoundary": managed(server, statement("s3:*"))}
        server.ok("PutUserPermissionsBoundary", boundary)
        answer = server.call("GetUser", key=alice)
        [decision] = json.loads(explain(server, answer.request_id).body)["decisions"]
        assert (decision["decision"], decision["decidedBy"]) == ("implicitDeny", "permissions boundary")
        assert decision["permissionsBoundary"] == f"{policy_arn('p')} v1"

    def test_every_decision_of_a_request(self, server):
        tagged = {"UserName": "carol", "Tags": [{"Key": "a", "Value": "b"}]}
        moved = {"UserName": "carol", "NewPath": "/x/"}
        carol = f"arn:aws:iam::{ACCOUNT}:user/carol"
        there = f"arn:aws:iam::{ACCOUNT}:user/x/carol"
        for call, expected in [
            (("CreateUser", tagged), [("iam:CreateUser", carol), ("iam:TagUser", carol)]),
            (("UpdateUser", moved), [("iam:UpdateUser", carol), ("iam:UpdateUser", there)]),
        ]:
            found = json.loads(explain(server, server.ok(*call).request_id).body)
            assert [(decision["action"], decision["resource"]) for decision in found["decisions"]] == expected

    def test_who_may(self, server, alice):
        request_id = server.ok("ListUsers").request_id
        answer = explain(server, request_id, alice)
        assert answer.status == 403
        text = json.loads(answer.body)
        assert text["code"] == "AccessDenied"
        assert text["message"].endswith(f"keystead:Explain on resource: * {BY_NO_POLICY.format('keystead:Explain')}")
        server.put_policy("alice", document(EXPLAIN))
        assert explain(server, request_id, alice).status == 200
        assert explain(server, request_id, ROOT).status == 200
        # And why alice was denied before.
        [decision] = json.loads(explain(server, text["requestId"]).body)["decisions"]
        assert (decision["action"], decision["decision"]) == ("keystead:Explain", "implicitDeny")

    def test_auditors_may_and_power_users_may_not(self, server):
        request_id = server.ok("ListUsers").request_id
        for name, status in {"SecurityAudit": 200, "AdministratorAccess": 200, "PowerUserAccess": 403}.items():
            key = server.create_user_with_key(name)
            server.ok("AttachUserPolicy", {"UserName": name, "PolicyArn": aws_policy_arn(name)})
            assert explain(server, request_id, key).status == status

    def test_what_is_not_known(self, server):
        known = server.ok("ListUsers").request_id
        for request_id in ("00000000-0000-0000-0000-000000000000", "x", "", known[:-1], f"{known}/x"):
            assert explain(server, request_id).status == 404

    def test_unsigned_or_signed_wrongly(self, server, alice):
        path = f"/-/explain/{server.ok('ListUsers').request_id}"
        server.put_policy("alice", document(EXPLAIN))
        assert own_path(server, path).status == 403
        # A signature for IAM is none for Keystead's own paths.
        assert own_path(server, path, server.key, service="iam").status >= 400
        server.ok("UpdateAccessKey", {"UserName": "alice", "AccessKeyId": alice.access_key_id, "Status": "Inactive"})
        assert own_path(server, path, alice).status == 403

    def test_the_latest_are_kept_and_no_more(self, server, alice):
        """4,096 of them; what is asked with an explanation is one itself."""
        first = server.call("GetUser", key=alice).request_id
        with_denials = [server.call("GetUser", key=alice).request_id for _ in range(4093)]
        assert explain(server, first).status == 200
        server.call("GetUser", key=alice)
        server.call("GetUser", key=alice)
        assert explain(server, first).status == 404
        assert explain(server, with_denials[-1]).status == 200


class TestMetrics:
    AFAR = [("x-forwarded-for", "203.0.113.9")]

    def test_from_afar_by_policy(self, server, alice):
        assert own_path(server, "/-/metrics").status == 200
        assert own_path(server, "/-/metrics", headers=self.AFAR).status == 403
        assert own_path(server, "/-/metrics", alice, self.AFAR).status == 403
        server.put_policy("alice", document(statement("keystead:ReadMetrics")))
        answer = own_path(server, "/-/metrics", alice, self.AFAR)
        assert answer.status == 200 and re.search(rb"^# EOF", answer.body, re.MULTILINE)
        server.put_policy("alice", document(statement("keystead:Read*"), statement("keystead:*", effect="Deny")))
        assert own_path(server, "/-/metrics", alice, self.AFAR).status == 403

    def test_of_aws_policies_the_administrators_alone(self, server):
        for name, status in {"AdministratorAccess": 200, "PowerUserAccess": 403, "IAMFullAccess": 403}.items():
            key = server.create_user_with_key(name)
            server.ok("AttachUserPolicy", {"UserName": name, "PolicyArn": aws_policy_arn(name)})
            assert own_path(server, "/-/metrics", key, self.AFAR).status == status
