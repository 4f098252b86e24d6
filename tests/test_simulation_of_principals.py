"""What users and groups may: simulated as it is then enforced; and the keys and services that their policies name."""

import pytest
from botocore.exceptions import ClientError
from harness import ACCOUNT
from harness.errors import client_refusal, no_such_user, refusal
from harness.policies import (
    aws_policy_arn,
    context_entry,
    denied,
    document,
    grant,
    invalid_input,
    policy_arn,
    sources,
    statement,
)

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def alice(server, iam):
    """A user with policies of every kind. Her key."""
    key = server.create_user_with_key("alice", Path="/staff/", Tags=[{"Key": "Team", "Value": "x"}])
    iam.create_group(GroupName="ops")
    iam.add_user_to_group(GroupName="ops", UserName="alice")
    managed = iam.create_policy(PolicyName="mine", Path="/p/", PolicyDocument=document(statement("s3:Managed")))
    for attach in [
        lambda arn: iam.attach_user_policy(UserName="alice", PolicyArn=arn),
        lambda arn: iam.attach_group_policy(GroupName="ops", PolicyArn=arn),
    ]:
        attach(managed["Policy"]["Arn"])
    iam.attach_group_policy(GroupName="ops", PolicyArn=aws_policy_arn("IAMReadOnlyAccess"))
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=document(statement("s3:Own")))
    iam.put_group_policy(GroupName="ops", PolicyName="shared", PolicyDocument=document(statement("s3:Shared")))
    return key


def simulate(iam, action, source=ALICE, **parameters):
    answer = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=[action], **parameters)
    [result] = answer["EvaluationResults"]
    return result


class TestPrincipal:
    @pytest.mark.parametrize(
        ("action", "matched"),
        [
            ("s3:Own", ["user_alice_own"]),
            ("s3:Shared", ["group_ops_shared"]),
            # It comes twice and counts once.
            ("s3:Managed", ["mine"]),
            ("iam:ListUsers", ["IAMReadOnlyAccess"]),
            ("s3:Given", ["PolicyInputList.1"]),
            ("s3:Nothing", []),
        ],
    )
    def test_which_policy_decides(self, iam, alice, action, matched):
        result = simulate(iam, action, PolicyInputList=[document(statement("s3:Given"))])
        assert result["EvalDecision"] == ("allowed" if matched else "implicitDeny")
        assert sources(result) == matched

    @pytest.mark.parametrize(
        ("action", "matched"),
        [("s3:Own", []), ("s3:Shared", ["group_ops_shared"]), ("s3:Managed", ["mine"])],
    )
    def test_a_group_has_its_own_policies_alone(self, iam, alice, action, matched):
        result = simulate(iam, action, source=f"arn:aws:iam::{ACCOUNT}:group/ops")
        assert sources(result) == matched

    def test_the_boundary(self, iam, alice):
        iam.create_policy(
            PolicyName="bound", PolicyDocument=document(statement("s3:Own"), statement("s3:Shared", effect="Deny"))
        )
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy_arn("bound"))
        rows = [
            ("s3:Own", "allowed", ["user_alice_own"]),
            ("s3:Managed", "implicitDeny", []),
            ("s3:Shared", "explicitDeny", ["bound"]),
        ]
        for action, decision, matched in rows:
            result = simulate(iam, action)
            assert (result["EvalDecision"], sources(result)) == (decision, matched)
            detail = {"AllowedByPermissionsBoundary": decision == "allowed"}
            assert result["PermissionsBoundaryDecisionDetail"] == detail
        assert simulate(iam, "s3:Shared")["MatchedStatements"][0]["SourcePolicyType"] == "Permissions Boundary Policy"
        # One that is given takes its place.
        given = [document(statement("s3:Managed"))]
        assert simulate(iam, "s3:Managed", PermissionsBoundaryPolicyInputList=given)["EvalDecision"] == "allowed"
        assert simulate(iam, "s3:Own", PermissionsBoundaryPolicyInputList=given)["EvalDecision"] == "implicitDeny"
        excluded = [{"PolicyType": "permission-boundary"}]
        result = simulate(iam, "s3:Managed", PolicyExclusionList=excluded)
        assert result["EvalDecision"] == "allowed"
        assert "PermissionsBoundaryDecisionDetail" not in result

    @pytest.mark.parametrize(
        ("excluded", "left"),
        [
            ({"PolicyType": "inline"}, {"s3:Managed", "iam:ListUsers"}),
            ({"PolicyType": "user-managed"}, {"s3:Own", "s3:Shared", "iam:ListUsers"}),
            ({"PolicyType": "aws-managed"}, {"s3:Own", "s3:Shared", "s3:Managed"}),
            ({"PolicyType": "scp"}, {"s3:Own", "s3:Shared", "s3:Managed", "iam:ListUsers"}),
            ({"PolicyArn": policy_arn("mine", "/p/")}, {"s3:Own", "s3:Shared", "iam:ListUsers"}),
            (
                {
                    "InlinePolicyIdentifier": {
                        "PolicyName": "shared",
                        "AttachmentType": "group",
                        "AttachmentName": "ops",
                    }
                },
                {"s3:Own", "s3:Managed", "iam:ListUsers"},
            ),
        ],
        ids=lambda given: str(given) if isinstance(given, dict) else "",
    )
    def test_policies_that_are_left_out(self, iam, alice, excluded, left):
        actions = ["s3:Own", "s3:Shared", "s3:Managed", "iam:ListUsers"]
        answer = iam.simulate_principal_policy(
            PolicySourceArn=ALICE, ActionNames=actions, PolicyExclusionList=[excluded]
        )
        allowed = {
            found["EvalActionName"] for found in answer["EvaluationResults"] if found["EvalDecision"] == "allowed"
        }
        assert allowed == left

    def test_an_exclusion_of_two_things(self, server, alice):
        excluded = [{"PolicyType": "inline", "PolicyArn": policy_arn("mine", "/p/")}]
        asked = {"PolicySourceArn": ALICE, "ActionNames": ["s3:Own"], "PolicyExclusionList": excluded}
        text = "A policy identifier must specify exactly one of PolicyType, PolicyArn, or InlinePolicyIdentifier."
        assert refusal(server.call("SimulatePrincipalPolicy", asked)) == invalid_input(text)

    def test_what_is_known_of_the_principal(self, iam, alice):
        user_id = iam.get_user(UserName="alice")["User"]["UserId"]
        for key, value in {
            "aws:username": "alice",
            "aws:userid": user_id,
            "aws:PrincipalArn": ALICE,
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "User",
            "aws:PrincipalTag/team": "x",
        }.items():
            given = [document(statement("s3:Given", Condition={"StringEquals": {key: value}}))]
            assert simulate(iam, "s3:Given", PolicyInputList=given)["EvalDecision"] == "allowed", key
            other = [context_entry(key, "string", "something else")]
            result = simulate(iam, "s3:Given", PolicyInputList=given, ContextEntries=other)
            assert result["EvalDecision"] == "implicitDeny", key

    def test_another_caller_has_none_of_the_principals_facts(self, iam, alice):
        """Her policies, as bob would have them."""
        bob = f"arn:aws:iam::{ACCOUNT}:user/bob"
        given = [document(statement("s3:Given", "arn:aws:s3:::home/${aws:username}"))]
        home = ["arn:aws:s3:::home/bob"]
        result = simulate(iam, "s3:Given", PolicyInputList=given, ResourceArns=home, CallerArn=bob)
        assert result["EvalDecision"] == "allowed"
        given = [document(statement("s3:Given", Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}))]
        result = simulate(iam, "s3:Given", PolicyInputList=given, CallerArn=bob)
        assert (result["EvalDecision"], result["MissingContextValues"]) == ("implicitDeny", ["aws:PrincipalTag/team"])

    @pytest.mark.parametrize(
        ("arn", "expected"),
        [
            (f"arn:aws:iam::{ACCOUNT}:user/nobody", no_such_user("nobody")),
            (
                f"arn:aws:iam::{ACCOUNT}:group/nobody",
                (404, "NoSuchEntity", "The group with name nobody cannot be found."),
            ),
            (f"arn:aws:iam::{ACCOUNT}:role/r", (404, "NoSuchEntity", "The role with name r cannot be found.")),
            *(
                (arn, invalid_input(f"Invalid Entity Arn: {arn} does not clearly define entity type and name."))
                for arn in [
                    f"arn:aws:iam::{ACCOUNT}:root",
                    f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s",
                    f"arn:aws:iam::{ACCOUNT}:policy/p",
                    f"arn:aws:iam::{ACCOUNT}:user/",
                    "alice-is-a-name-not-an-arn",
                ]
            ),
        ],
    )
    @pytest.mark.parametrize(
        ("operation", "parameters"),
        [
            ("SimulatePrincipalPolicy", {"ActionNames": ["s3:GetObject"]}),
            ("GetContextKeysForPrincipalPolicy", {}),
            ("ListPoliciesGrantingServiceAccess", {"ServiceNamespaces": ["s3"]}),
        ],
    )
    def test_sources_that_there_are_not(self, shared_server, operation, parameters, arn, expected):
        name = "Arn" if operation.startswith("List") else "PolicySourceArn"
        assert refusal(shared_server.call(operation, {name: arn, **parameters})) == expected

    def test_who_may(self, server, iam, alice):
        """She may look into herself by her policies, not into others."""
        asked = {"ActionNames": ["s3:Own"]}
        server.create_user("bob")
        grant(server, "alice", statement("iam:SimulatePrincipalPolicy", ALICE))
        iam.detach_group_policy(GroupName="ops", PolicyArn=aws_policy_arn("IAMReadOnlyAccess"))
        server.ok("SimulatePrincipalPolicy", {"PolicySourceArn": ALICE, **asked}, key=alice)
        for name in ["bob", "nobody"]:
            arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
            answer = server.call("SimulatePrincipalPolicy", {"PolicySourceArn": arn, **asked}, key=alice)
            assert refusal(answer) == denied(ALICE, "iam:SimulatePrincipalPolicy", f"user {name}")
        # A path that is not hers does not make her another.
        moved = f"arn:aws:iam::{ACCOUNT}:user/elsewhere/alice"
        server.ok("SimulatePrincipalPolicy", {"PolicySourceArn": moved, **asked}, key=alice)

    def test_a_principal_of_another_account(self, server):
        arn = f"arn:aws:iam::{OTHER_ACCOUNT}:user/alice"
        answer = server.call("SimulatePrincipalPolicy", {"PolicySourceArn": arn, "ActionNames": ["s3:Own"]})
        assert refusal(answer)[:2] == (403, "AccessDenied")


# Calls with the resource that each is decided on.
CALLS = [
    ("GetUser", {"UserName": "alice"}, ALICE),
    ("GetUser", {"UserName": "bob"}, f"arn:aws:iam::{ACCOUNT}:user/bob"),
    ("ListUsers", {}, f"arn:aws:iam::{ACCOUNT}:user/"),
    ("ListAccessKeys", {"UserName": "alice"}, ALICE),
    ("CreateAccessKey", {"UserName": "bob"}, f"arn:aws:iam::{ACCOUNT}:user/bob"),
    ("TagUser", {"UserName": "alice", "Tags": [{"Key": "Team", "Value": "x"}]}, ALICE),
    ("GetPolicy", {"PolicyArn": policy_arn("p")}, policy_arn("p")),
    ("GetPolicy", {"PolicyArn": aws_policy_arn("ReadOnlyAccess")}, aws_policy_arn("ReadOnlyAccess")),
    ("GetPolicy", {"PolicyArn": policy_arn("p", account=OTHER_ACCOUNT)}, policy_arn("p", account=OTHER_ACCOUNT)),
    ("ListPolicies", {}, policy_arn("")),
    ("GetAccountSummary", {}, "*"),
    ("GetAccountAuthorizationDetails", {}, "*"),
]
POLICIES = [
    [statement("*")],
    [statement("*"), statement("iam:Get*", effect="Deny")],
    [statement("iam:*", ALICE)],
    [statement("iam:*", f"arn:aws:iam::{ACCOUNT}:user/*")],
    [statement("iam:*", f"arn:aws:iam::{ACCOUNT}:user/staff/${{aws:username}}")],
    [statement("iam:Get*", f"arn:aws:iam::{ACCOUNT}:policy/*"), statement("iam:List*")],
    [statement("iam:*", Condition={"StringEquals": {"aws:PrincipalTag/Team": "x"}})],
    [statement("iam:*", Condition={"StringEquals": {"aws:PrincipalTag/Team": "y"}})],
    [statement("iam:*", Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})],
    [
        statement(
            "iam:*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:ResourceAccount": ACCOUNT}}
        )
    ],
    [
        statement(
            "iam:*", Condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "127.0.0.1"}}
        )
    ],
    [statement("iam:*", Condition={"Null": {"aws:MultiFactorAuthPresent": "true"}})],
]
CIRCUMSTANCES = [
    context_entry("aws:SecureTransport", "boolean", "false"),
    context_entry("aws:SourceIp", "ip", "127.0.0.1"),
]


@pytest.mark.parametrize("bounded", [False, True], ids=["", "bounded"])
@pytest.mark.parametrize("policies", POLICIES, ids=str)
def test_what_is_simulated_is_what_is_enforced(server, iam, policies, bounded):
    key = server.create_user_with_key("alice", Path="/staff/", Tags=[{"Key": "Team", "Value": "x"}])
    server.create_user("bob")
    iam.create_policy(PolicyName="p", PolicyDocument=document())
    grant(server, "alice", *policies)
    if bounded:
        iam.create_policy(PolicyName="bound", PolicyDocument=document(statement(["iam:Get*", "iam:Tag*"])))
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy_arn("bound"))
    for operation, parameters, resource in CALLS:
        result = simulate(iam, f"iam:{operation}", ResourceArns=[resource], ContextEntries=CIRCUMSTANCES)
        answer = server.call(operation, parameters, key=key)
        denied = answer.status == 403 and answer.error.code == "AccessDenied"
        assert denied == (result["EvalDecision"] != "allowed"), (operation, resource, result, answer.body)


class TestContextKeys:
    def test_of_given_policies(self, iam):
        texts = [
            document(
                statement(resources="arn:aws:s3:::${aws:username}", Condition={"Bool": {"aws:SecureTransport": "true"}})
            ),
            document(
                statement(
                    Condition={"StringLike": {"AWS:securetransport": "*", "s3:prefix": "${aws:PrincipalTag/Team}"}}
                )
            ),
        ]
        answer = iam.get_context_keys_for_custom_policy(PolicyInputList=texts)
        assert answer["ContextKeyNames"] == [
            "aws:PrincipalTag/Team",
            "aws:SecureTransport",
            "aws:username",
            "s3:prefix",
        ]
        assert iam.get_context_keys_for_custom_policy(PolicyInputList=[document()])["ContextKeyNames"] == []
        with pytest.raises(ClientError) as caught:
            iam.get_context_keys_for_custom_policy(PolicyInputList=[document(), "{"])
        assert client_refusal(caught) == invalid_input("PolicyInputList.2: Syntax errors in policy.")

    def test_of_a_principal(self, iam, alice):
        def asking(key):
            return document(statement("s3:Own", Condition={"StringEquals": {key: "a"}}))

        iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=asking("my:Own"))
        iam.put_group_policy(GroupName="ops", PolicyName="shared", PolicyDocument=asking("my:Shared"))
        iam.create_policy(PolicyName="bound", PolicyDocument=asking("my:Bound"))
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy_arn("bound"))
        answer = iam.get_context_keys_for_principal_policy(PolicySourceArn=ALICE, PolicyInputList=[asking("my:Given")])
        assert answer["ContextKeyNames"] == ["my:Bound", "my:Given", "my:Own", "my:Shared"]
        group = f"arn:aws:iam::{ACCOUNT}:group/ops"
        assert iam.get_context_keys_for_principal_policy(PolicySourceArn=group)["ContextKeyNames"] == ["my:Shared"]


class TestGrantingServiceAccess:
    def test_which_policies_grant(self, iam, alice):
        answer = iam.list_policies_granting_service_access(Arn=ALICE, ServiceNamespaces=["s3", "iam", "ec2"])
        assert answer["IsTruncated"] is False
        found = {entry["ServiceNamespace"]: entry["Policies"] for entry in answer["PoliciesGrantingServiceAccess"]}
        inline = {"PolicyType": "INLINE"}
        assert found["s3"] == [
            {**inline, "PolicyName": "own", "EntityType": "USER", "EntityName": "alice"},
            {"PolicyName": "mine", "PolicyType": "MANAGED", "PolicyArn": policy_arn("mine", "/p/")},
            {**inline, "PolicyName": "shared", "EntityType": "GROUP", "EntityName": "ops"},
        ]
        assert [policy["PolicyName"] for policy in found["iam"]] == ["IAMReadOnlyAccess"]
        assert found["ec2"] == []

    def test_a_group_and_denies(self, iam, alice):
        denying = document(statement("s3:*", effect="Deny"))
        iam.put_group_policy(GroupName="ops", PolicyName="shared", PolicyDocument=denying)
        group = f"arn:aws:iam::{ACCOUNT}:group/ops"
        answer = iam.list_policies_granting_service_access(Arn=group, ServiceNamespaces=["s3"])
        [entry] = answer["PoliciesGrantingServiceAccess"]
        assert [policy["PolicyName"] for policy in entry["Policies"]] == ["mine"]

    def test_pages(self, server, iam):
        """It has no MaxItems; a page has a thousand policies and the rest of the last service's."""
        server.create_user("alice")
        for number in range(10):
            text = document(statement("*"))
            iam.create_policy(PolicyName=f"p{number}", PolicyDocument=text)
            iam.attach_user_policy(UserName="alice", PolicyArn=policy_arn(f"p{number}"))
        arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
        services = [f"service{number}" for number in range(150)]
        first = iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=services)
        assert (len(first["PoliciesGrantingServiceAccess"]), first["IsTruncated"]) == (100, True)
        rest = iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=services, Marker=first["Marker"])
        assert rest["IsTruncated"] is False
        listed = first["PoliciesGrantingServiceAccess"] + rest["PoliciesGrantingServiceAccess"]
        assert [entry["ServiceNamespace"] for entry in listed] == services
