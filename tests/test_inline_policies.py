"""Inline policies of users and groups: kept as submitted, given back percent-encoded, bounded in size."""

import json
from urllib.parse import quote, unquote_plus

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import client_refusal, no_such_group, no_such_inline_policy, no_such_user, refusal
from harness.holder import Holder

ALLOW = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
SIZES = {"User": 2048, "Group": 5120}
NO_SUCH = {"User": no_such_user, "Group": no_such_group}


class Owner(Holder):
    """A user or group, and the operations on its inline policies by the raw signer."""

    def put(self, name, document):
        parameters = self.named | {"PolicyName": name, "PolicyDocument": document}
        return self.server.call(f"Put{self.kind}Policy", parameters)

    def get(self, name):
        return self.server.call(f"Get{self.kind}Policy", self.named | {"PolicyName": name})

    def delete(self, name):
        return self.server.call(f"Delete{self.kind}Policy", self.named | {"PolicyName": name})

    def names(self, **parameters):
        return self.server.ok(f"List{self.kind}Policies", self.named | parameters).texts("member")


@pytest.fixture(params=["User", "Group"])
def holder(request, server):
    return Owner(server, request.param, "alice")


def sized(characters):
    """A policy of so many characters."""
    return ALLOW.replace("Get*", "a" * (characters - len(ALLOW) + len("Get*")))


def too_large(holder):
    kind = holder.kind
    text = f"Maximum policy size of {SIZES[kind]} bytes exceeded for {kind.lower()} {holder.name}"
    return 409, "LimitExceeded", text


class TestLife:
    def test_put_found_replaced_and_deleted(self, holder):
        assert holder.names() == []
        assert holder.put("keys", ALLOW).status == 200
        found = holder.get("keys")
        assert (found.text(f"{holder.kind}Name"), found.text("PolicyName")) == ("alice", "keys")
        assert holder.names() == ["keys"]
        replaced = ALLOW.replace("Get", "Put")
        for _ in range(2):
            assert holder.put("keys", replaced).status == 200
        assert holder.get("keys").text("PolicyDocument") == quote(replaced, safe="")
        assert holder.names() == ["keys"]
        assert holder.delete("keys").status == 200
        assert holder.names() == []
        for answer in (holder.get("keys"), holder.delete("keys")):
            assert refusal(answer) == no_such_inline_policy(holder.kind.lower(), "keys")

    def test_what_is_missing(self, holder):
        for answer in (holder.get("none"), holder.delete("none")):
            assert refusal(answer) == no_such_inline_policy(holder.kind.lower(), "none")
        holder.name = "nonexistent"
        for answer in (holder.put("p", ALLOW), holder.get("p"), holder.delete("p")):
            assert refusal(answer) == NO_SUCH[holder.kind]("nonexistent")
        listing = holder.server.call(f"List{holder.kind}Policies", holder.named)
        assert refusal(listing) == NO_SUCH[holder.kind]("nonexistent")

    def test_names_differ_by_case(self, holder):
        for name in ("Keys", "keys"):
            assert holder.put(name, ALLOW).status == 200
        assert holder.names() == ["Keys", "keys"]
        assert holder.delete("keys").status == 200
        assert holder.names() == ["Keys"]

    @pytest.mark.parametrize("name", ["a", "A_1+=,.@-", "p" * 128])
    def test_every_legal_name(self, holder, name):
        assert holder.put(name, ALLOW).status == 200
        assert holder.get(name).text("PolicyName") == name
        assert holder.names(MaxItems=1) == [name]

    @pytest.mark.parametrize("size", range(1, 6))
    def test_pages_of_every_size(self, holder, size):
        names = ["a", "b" * 128, "c", "d" * 128]
        for name in reversed(names):
            assert holder.put(name, ALLOW).status == 200
        iam = holder.server.client("iam")
        pages = iam.get_paginator(f"list_{holder.kind.lower()}_policies").paginate(
            **holder.named, PaginationConfig={"PageSize": size}
        )
        pages = [page["PolicyNames"] for page in pages]
        assert [name for page in pages for name in page] == names
        assert all(len(page) <= size for page in pages)

    def test_a_renamed_holder_keeps_them(self, holder):
        holder.put("keys", ALLOW)
        kind = holder.kind
        holder.server.ok(f"Update{kind}", holder.named | {f"New{kind}Name": "alicia"})
        assert refusal(holder.get("keys")) == NO_SUCH[kind]("alice")
        holder.name = "alicia"
        assert holder.get("keys").text(f"{kind}Name") == "alicia"


class TestDocument:
    ODD = [
        ALLOW,
        '\n\t{"Statement" : [ {"Resource":"*", "Action":["s3:*"],\r\n "Effect":"Allow"} ],\r\n"Version":"2012-10-17" }  ',
        ALLOW.replace('"*"', '"arn:aws:s3:::b/%20+a~b-c_d.e!\'()\\u00e9/${aws:username}"'),
        ALLOW.replace('"*"', '"arn:aws:s3:::caf\u00e9\u00ff/*"'),
        ALLOW.replace('"*"', '"arn:aws:s3:::a&b<c>;#d=?@:,$|^`"'),
    ]

    @pytest.mark.parametrize("document", ODD)
    def test_kept_as_submitted_and_percent_encoded(self, holder, document):
        assert holder.put("p", document).status == 200
        encoded = holder.get("p").text("PolicyDocument")
        # Python leaves alone what RFC 3986 calls unreserved, and so must we.
        assert encoded == quote(document, safe="")
        # A form decoder, which Terraform uses, gives back the same.
        assert unquote_plus(encoded) == document

    def test_boto3_reads_it_as_json(self, server, iam):
        Owner(server, "User", "alice").put("p", ALLOW)
        found = iam.get_user_policy(UserName="alice", PolicyName="p")
        assert found["PolicyDocument"] == json.loads(ALLOW)

    @pytest.mark.parametrize("version", ['"Version":"2008-10-17",', ""])
    def test_old_versions_are_taken(self, holder, version):
        document = ALLOW.replace('"Version":"2012-10-17",', version)
        assert holder.put("p", document).status == 200
        assert holder.get("p").text("PolicyDocument") == quote(document, safe="")

    STATEMENT = '"Effect":"Allow","Action":"s3:*","Resource":"*"'
    MALFORMED = [
        ("{", "Syntax errors in policy."),
        ("null", "Syntax errors in policy."),
        ("[]", "Syntax errors in policy."),
        (ALLOW + ALLOW, "Syntax errors in policy."),
        ('{"Version":"2012-10-17"}', "Syntax errors in policy."),
        (ALLOW.replace('"Allow"', '"Perhaps"'), "Syntax errors in policy."),
        (ALLOW.replace('"Effect"', '"Effects"'), "Syntax errors in policy."),
        (ALLOW.replace('"Effect":"Allow"', '"Effect":"Deny","Effect":"Allow"'), "Syntax errors in policy."),
        (ALLOW.replace("2012-10-17", "2013-10-17"), "Syntax errors in policy."),
        ("[" * 60_000, "Syntax errors in policy."),
        (ALLOW.replace('"Allow"', '"allow"'), "The policy failed legacy parsing"),
        (ALLOW.replace('"Action":"s3:Get*",', ""), "Policy statement must contain actions."),
        (ALLOW.replace(',"Resource":"*"', ""), "Policy statement must contain resources."),
        (ALLOW.replace('"*"', '"bucket"'), 'Resource bucket must be in ARN format or "*".'),
        (
            ALLOW.replace("s3:Get*", "Get"),
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (ALLOW.replace("s3:Get*", "s3:Get:It"), "Actions/Condition can contain only one colon."),
        (
            f'{{"Version":"2012-10-17","Statement":[{{"Sid":"a",{STATEMENT}}},{{"Sid":"a",{STATEMENT}}}]}}',
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (ALLOW.replace('"Effect"', '"Principal":"*","Effect"'), "Policy document should not specify a principal."),
    ]

    def test_a_malformed_one_stores_nothing(self, holder):
        holder.put("p", ALLOW)
        before = holder.server.contents()
        for document, text in self.MALFORMED:
            for name in ("p", "new"):
                answer = holder.put(name, document)
                size = len("".join(document.split()))
                if size > SIZES[holder.kind]:
                    assert refusal(answer) == too_large(holder), document[:80]
                else:
                    assert refusal(answer) == (400, "MalformedPolicyDocument", text), document
        assert holder.get("p").text("PolicyDocument") == quote(ALLOW, safe="")
        assert holder.server.contents() == before

    def test_the_operator_is_told_which_rule_and_where(self, server):
        answer = Owner(server, "User", "alice").put("p", ALLOW.replace('"Allow"', '\n  "allow"'))
        assert answer.status == 400
        server.wait_for_log(rf"{answer.request_id}.*EffectCase at line 2, column 3")


class TestSize:
    def test_all_but_white_space_counts(self, holder):
        largest = sized(SIZES[holder.kind])
        spaced = largest.replace(",", " ,\n\t" + " " * 2000)
        assert refusal(holder.put("p", sized(SIZES[holder.kind] + 1))) == too_large(holder)
        assert holder.names() == []
        assert holder.put("p", spaced).status == 200
        assert holder.put("p", largest).status == 200
        assert refusal(holder.put("p", sized(SIZES[holder.kind] + 1))) == too_large(holder)
        assert holder.get("p").text("PolicyDocument") == quote(largest, safe="")

    def test_the_sum_is_bounded(self, holder):
        size = SIZES[holder.kind]
        assert holder.put("a", sized(size - 1000)).status == 200
        assert holder.put("b", sized(900)).status == 200
        assert refusal(holder.put("c", sized(101))) == too_large(holder)
        assert refusal(holder.put("b", sized(1001))) == too_large(holder)
        assert holder.put("b", sized(1000)).status == 200
        assert refusal(holder.put("c", ALLOW)) == too_large(holder)
        assert holder.names() == ["a", "b"]
        assert holder.delete("a").status == 200
        assert holder.put("c", sized(size - 1000)).status == 200

    def test_each_holder_has_its_own(self, holder):
        size = SIZES[holder.kind]
        other = Owner(holder.server, holder.kind, "bob")
        assert holder.put("a", sized(size)).status == 200
        assert other.put("a", sized(size)).status == 200


class TestBoundaryOfTheDecision:
    """`iam:PermissionsBoundary` of PutUserPolicy and DeleteUserPolicy: the boundary that the user has."""

    def test_only_users_with_the_boundary_may_be_given_policies(self, server):
        boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
        document = json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Action": ["iam:PutUserPolicy", "iam:DeleteUserPolicy"],
                    "Resource": f"arn:aws:iam::{ACCOUNT}:user/*",
                    "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}},
                },
            }
        )
        key = server.create_user_with_key("delegate", document)
        server.create_user("free")
        server.create_user("bounded", PermissionsBoundary=boundary)
        server.create_user("otherwise", PermissionsBoundary="arn:aws:iam::aws:policy/SecurityAudit")
        for name, status in [("bounded", 200), ("free", 403), ("otherwise", 403), ("nobody", 403)]:
            policy = {"UserName": name, "PolicyName": "p"}
            put = server.call("PutUserPolicy", policy | {"PolicyDocument": ALLOW}, key=key)
            delete = server.call("DeleteUserPolicy", policy, key=key)
            assert (put.status, delete.status) == (status, status), name


def test_the_very_next_request_is_decided_by_it(server):
    key = server.create_user_with_key("alice")
    iam = server.client("iam", key)
    admin = server.client("iam")
    document = ALLOW.replace("s3:Get*", "iam:ListUsers")
    for _ in range(3):
        with pytest.raises(ClientError) as caught:
            iam.list_users()
        assert client_refusal(caught)[:2] == (403, "AccessDenied")
        admin.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
        iam.list_users()
        admin.delete_user_policy(UserName="alice", PolicyName="p")
