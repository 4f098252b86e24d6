"""Trust policies: which there can be, whom they name, and that a namesake of somebody deleted is nobody they know."""

import json
import urllib.parse

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import client_refusal, quota_exceeded, unknown_principal
from harness.policies import EC2, document, grant, role_arn, statement, trust
from harness.sigv4 import KeyPair

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
NO_PRINCIPALS = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: "
    "The passed in policy has a statement with no principals!"
)
ONLY_STS = "AssumeRole policy may only specify STS AssumeRole actions."


def create(iam, policy, name="r", **parameters):
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy, **parameters)["Role"]


def named(iam, role="r"):
    """Whom a role's trust policy names now."""
    [found] = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    return found["Principal"]["AWS"]


def assume(server, key, role="r", session="session", account=ACCOUNT):
    """Credentials of a session, or `None` where they are refused."""
    parameters = {"RoleArn": role_arn(role, account=account), "RoleSessionName": session}
    answer = server.call("AssumeRole", parameters, key=key, service="sts")
    if answer.status == 200:
        parts = (answer.text(name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        return dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), parts, strict=True))
    assert (answer.status, answer.error.code) == (403, "AccessDenied"), answer.body
    return None


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("policy", "text"),
        [
            ("{", "This policy contains invalid Json"),
            ("invalid", "This policy contains invalid Json"),
            (json.dumps({"Version": "2012-10-17"}), "Syntax errors in policy."),
            (trust({"Service": "ec2.amazonaws.com"}, Resource="*"), "Has prohibited field Resource"),
            (trust({"Service": "ec2.amazonaws.com"}, actions="s3:GetObject"), ONLY_STS),
            (trust({"Service": "ec2.amazonaws.com"}, actions=["sts:AssumeRole", "sts:GetCallerIdentity"]), ONLY_STS),
            (trust({"Service": "ec2.amazonaws.com"}, actions="*"), ONLY_STS),
            (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), NO_PRINCIPALS),
            (trust({"AWS": []}), NO_PRINCIPALS),
            (trust({"Service": "ec2.amazonaws.com"}, actions=[]), "Policy statement must contain actions."),
        ],
    )
    def test_documents(self, iam, policy, text):
        with pytest.raises(ClientError) as caught:
            create(iam, policy)
        assert client_refusal(caught) == (400, "MalformedPolicyDocument", text)
        create(iam, EC2)
        with pytest.raises(ClientError) as caught:
            iam.update_assume_role_policy(RoleName="r", PolicyDocument=policy)
        assert client_refusal(caught) == (400, "MalformedPolicyDocument", text)
        assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(EC2)

    @pytest.mark.parametrize(
        "principal",
        [
            f"arn:aws:iam::{ACCOUNT}:user/absent",
            f"arn:aws:iam::{ACCOUNT}:user/elsewhere/bob",
            f"arn:aws:iam::{ACCOUNT}:user/BOB",
            f"arn:aws:iam::{ACCOUNT}:role/absent",
            f"arn:aws:sts::{ACCOUNT}:assumed-role/absent/session",
            "arn:aws:iam::999999999999:user/bob",
            "arn:aws:iam::999999999999:role/r",
            f"arn:aws:iam::{ACCOUNT}:group/staff",
            f"arn:aws:iam::{ACCOUNT}:policy/p",
            f"arn:aws:iam::{ACCOUNT}:user/*",
            f"arn:aws-cn:iam::{ACCOUNT}:user/bob",
            "AIDACKCEVSQ6C2EXAMPLE",
            "AROARZPUZDIKKVM7ASIMW",
            "AROARZPUZDIKKVM7ASIMW:session",
            "bob",
            "12345",
            "",
        ],
    )
    def test_principals_that_are_nobody(self, iam, principal):
        iam.create_user(UserName="bob")
        iam.create_group(GroupName="staff")
        with pytest.raises(ClientError) as caught:
            create(iam, trust(principal))
        assert client_refusal(caught) == unknown_principal(principal)
        with pytest.raises(ClientError) as caught:
            create(iam, trust({"Service": "ec2.amazonaws.com"}, [f"arn:aws:iam::{ACCOUNT}:user/bob", principal]))
        assert client_refusal(caught) == unknown_principal(principal)

    def test_the_quota_counts_no_white_space(self, iam):
        def long(characters, space=0):
            policy = json.dumps(json.loads(EC2), separators=(",", ":"))
            return policy.replace('{"Version"', '{"Id":"ID","Version"').replace(
                "ID", "x" * (characters - len(policy) - len('"Id":"",'))
            ) + " " * space

        quota = quota_exceeded("ACLSizePerRole", 2048)
        with pytest.raises(ClientError) as caught:
            create(iam, long(2049))
        assert client_refusal(caught) == quota
        create(iam, long(2048, space=500))
        with pytest.raises(ClientError) as caught:
            iam.update_assume_role_policy(RoleName="r", PolicyDocument=long(2049))
        assert client_refusal(caught) == quota


class TestWhatIsKept:
    @pytest.mark.parametrize(
        "principal",
        [
            "*",
            ACCOUNT,
            f"arn:aws:iam::{ACCOUNT}:root",
            "arn:aws:iam::999999999999:root",
            f"arn:aws:sts::{ACCOUNT}:federated-user/carol",
            {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
            {"Federated": "accounts.google.com"},
        ],
    )
    def test_principals_without_a_record(self, iam, principal):
        policy = trust(principal)
        create(iam, policy)
        assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(policy)

    def test_the_text_stays_as_it_was_submitted(self, server, iam):
        iam.create_user(UserName="alice")
        policy = (
            '{ "Statement":[\n\t{"Action" : "sts:AssumeRole", "Principal":{"AWS":["'
            + ALICE
            + '" ,"*"]},"Effect":"Allow","Condition":{"StringEquals":{"aws:SourceArn":"a%3Ab + é/~*"}}}],\n'
            '"Version":"2012-10-17" }'
        )
        create(iam, policy)
        for action, parameters in [("GetRole", {"RoleName": "r"}), ("ListRoles", {})]:
            shown = server.ok(action, parameters).text("AssumeRolePolicyDocument")
            assert shown == urllib.parse.quote(policy, safe="-._~")

    def test_a_renamed_user_is_shown_by_its_new_name_and_still_trusted(self, server, iam):
        key = server.create_user_with_key("alice")
        create(iam, trust(ALICE))
        iam.update_user(UserName="alice", NewUserName="alicia", NewPath="/eu/")
        assert named(iam) == f"arn:aws:iam::{ACCOUNT}:user/eu/alicia"
        assert assume(server, key)

    def test_an_id_stands_for_who_is_there(self, server, iam):
        key = server.create_user_with_key("alice")
        user = iam.get_user(UserName="alice")["User"]
        create(iam, trust(user["UserId"]))
        assert named(iam) == ALICE
        assert assume(server, key)


class TestNamesakes:
    def test_of_a_user(self, server, iam):
        key = server.create_user_with_key("alice")
        user = iam.get_user(UserName="alice")["User"]
        create(iam, trust(ALICE))
        assert named(iam) == ALICE
        assert assume(server, key)
        iam.delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)
        iam.delete_user(UserName="alice")
        assert named(iam) == user["UserId"]
        namesake = server.create_user_with_key("alice")
        assert named(iam) == user["UserId"]
        assert assume(server, namesake) is None
        # What is shown cannot be submitted again; the name can, and then means the new one.
        with pytest.raises(ClientError) as caught:
            iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(user["UserId"]))
        assert client_refusal(caught) == unknown_principal(user["UserId"])
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(ALICE))
        assert named(iam) == ALICE
        assert assume(server, namesake)

    @pytest.mark.parametrize(
        "principal", [role_arn("middle"), f"arn:aws:sts::{ACCOUNT}:assumed-role/middle/session"], ids=["role", "session"]
    )
    def test_of_a_role_and_of_its_session(self, server, iam, principal):
        key = server.create_user_with_key("alice")

        def middle():
            made = create(iam, trust(ALICE), "middle")
            iam.put_role_policy(RoleName="middle", PolicyName="p", PolicyDocument=document(statement("sts:*")))
            return made["RoleId"]

        def chained():
            credentials = assume(server, key, "middle")
            assert credentials
            sts = server.client("sts", KeyPair("", ""), **credentials)
            try:
                sts.assume_role(RoleArn=role_arn("r"), RoleSessionName="next")
            except ClientError as error:
                assert error.response["Error"]["Code"] == "AccessDenied"
                return False
            return True

        first = middle()
        create(iam, trust(principal))
        assert named(iam) == principal
        assert chained()
        iam.delete_role_policy(RoleName="middle", PolicyName="p")
        iam.delete_role(RoleName="middle")
        gone = principal if principal.startswith("AROA") else first + (":session" if "sts" in principal else "")
        assert named(iam) == gone
        middle()
        assert named(iam) == gone
        assert not chained()
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(principal))
        assert chained()

    def test_only_that_session_is_trusted(self, server, iam):
        key = server.create_user_with_key("alice")
        create(iam, trust(ALICE), "middle")
        create(iam, trust(f"arn:aws:sts::{ACCOUNT}:assumed-role/middle/one"))
        for session, trusted in [("one", True), ("two", False), ("One", False)]:
            credentials = assume(server, key, "middle", session)
            sts = server.client("sts", KeyPair("", ""), **credentials)
            if trusted:
                sts.assume_role(RoleArn=role_arn("r"), RoleSessionName="next")
            else:
                with pytest.raises(ClientError):
                    sts.assume_role(RoleArn=role_arn("r"), RoleSessionName="next")


def test_a_role_can_trust_itself_once_it_is_there(iam):
    with pytest.raises(ClientError) as caught:
        create(iam, trust(role_arn("r")))
    assert client_refusal(caught) == unknown_principal(role_arn("r"))
    create(iam, EC2)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(role_arn("r")))
    assert named(iam) == role_arn("r")


def test_updates_count_at_the_next_request(server, iam):
    key = server.create_user_with_key("alice")
    create(iam, EC2)
    assert assume(server, key) is None
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(ALICE))
    assert assume(server, key)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust(ACCOUNT))
    assert assume(server, key) is None
    grant(server, "alice", statement("sts:AssumeRole", role_arn("r")))
    assert assume(server, key)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=EC2)
    assert assume(server, key) is None
