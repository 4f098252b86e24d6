"""The policy simulator answers what the engine would, says why, and agrees with what is then enforced."""

import pytest
from botocore.exceptions import ClientError

from harness import ACCOUNT
from harness.errors import client_refusal, no_such_user, refusal, unsatisfied
from harness.policies import aws_policy_arn, denied, document, grant, policy_arn, statement

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
BUCKET = "arn:aws:s3:::bucket"
OTHER_ACCOUNT = "210987654321"


def invalid(text):
    return 400, "InvalidInput", text


def entry(name, kind, *values):
    return {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": list(values)}


@pytest.fixture
def custom(shared_server):
    """SimulateCustomPolicy of one policy and one action; the result."""
    iam = shared_server.client("iam")

    def simulate(*statements, action="s3:GetObject", **parameters):
        answer = iam.simulate_custom_policy(
            PolicyInputList=[document(*statements)], ActionNames=[action], **parameters
        )
        [result] = answer["EvaluationResults"]
        return result

    return simulate


def sources(result):
    return [found["SourcePolicyId"] for found in result["MatchedStatements"]]


class TestDecisions:
    @pytest.mark.parametrize(
        ("statements", "decision"),
        [
            ([statement()], "allowed"),
            ([statement("s3:*")], "allowed"),
            ([statement("S3:getobject")], "allowed"),
            ([statement("s3:PutObject")], "implicitDeny"),
            ([statement(resources="arn:aws:s3:::bucket")], "implicitDeny"),
            ([statement(), statement(effect="Deny")], "explicitDeny"),
            ([statement(effect="Deny")], "explicitDeny"),
            ([statement(), statement("s3:Put*", effect="Deny")], "allowed"),
        ],
        ids=str,
    )
    def test_of_one_action(self, custom, statements, decision):
        result = custom(*statements)
        assert (result["EvalActionName"], result["EvalResourceName"]) == ("s3:GetObject", "*")
        assert result["EvalDecision"] == decision
        assert bool(result["MatchedStatements"]) == (decision != "implicitDeny")
        # No resource was named, and nothing else takes part.
        assert not result.keys() & {
            "ResourceSpecificResults",
            "EvalDecisionDetails",
            "PermissionsBoundaryDecisionDetail",
            "OrganizationsDecisionDetail",
        }

    def test_the_statements_and_where_they_stand(self, shared_server):
        iam = shared_server.client("iam")
        first = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        second = (
            '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},\n'
            '    {\n      "Effect": "Allow",\n      "Action": "s3:Get*",\n      "Resource": "*"\n    }\n  ]\n}'
        )
        answer = iam.simulate_custom_policy(PolicyInputList=[first, second], ActionNames=["s3:GetObject"])
        [result] = answer["EvaluationResults"]
        assert result["MatchedStatements"] == [
            {
                "SourcePolicyId": "PolicyInputList.1",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 41},
                "EndPosition": {"Line": 1, "Column": len(first) - 1},
            },
            {
                "SourcePolicyId": "PolicyInputList.2",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 5, "Column": 5},
                "EndPosition": {"Line": 9, "Column": 6},
            },
        ]

    def test_only_the_statements_that_decide(self, custom):
        result = custom(statement(), statement("s3:Get*", effect="Deny"))
        [found] = result["MatchedStatements"]
        assert found["StartPosition"]["Column"] > 41

    def test_each_resource(self, shared_server):
        iam = shared_server.client("iam")
        text = document(
            statement("s3:*", [BUCKET, "arn:aws:s3:::closed"]), statement("s3:*", "arn:aws:s3:::closed", effect="Deny")
        )
        resources = [BUCKET, "arn:aws:s3:::closed", "arn:aws:s3:::other"]
        [one] = iam.simulate_custom_policy(
            PolicyInputList=[text], ActionNames=["s3:ListBucket"], ResourceArns=resources[:1]
        )["EvaluationResults"]
        assert (one["EvalResourceName"], one["EvalDecision"], one["EvalDecisionDetails"]) == (BUCKET, "allowed", {})
        [specific] = one["ResourceSpecificResults"]
        assert specific["MatchedStatements"] == one["MatchedStatements"]
        assert (specific["EvalResourceName"], specific["EvalResourceDecision"]) == (BUCKET, "allowed")

        [all_of_them] = iam.simulate_custom_policy(
            PolicyInputList=[text], ActionNames=["s3:ListBucket"], ResourceArns=resources
        )["EvaluationResults"]
        assert (all_of_them["EvalResourceName"], all_of_them["EvalDecision"]) == ("*", "explicitDeny")
        assert len(all_of_them["MatchedStatements"]) == 1
        found = all_of_them["ResourceSpecificResults"]
        assert [result["EvalResourceName"] for result in found] == resources
        assert [result["EvalResourceDecision"] for result in found] == ["allowed", "explicitDeny", "implicitDeny"]

    @pytest.mark.parametrize(
        ("boundary", "decision", "allowed", "matched"),
        [
            (statement("s3:*"), "allowed", True, ["PolicyInputList.1"]),
            (statement("ec2:*"), "implicitDeny", False, []),
            (statement("s3:Get*", effect="Deny"), "explicitDeny", False, ["PermissionsBoundaryPolicyInputList.1"]),
        ],
        ids=["allows", "does not allow", "denies"],
    )
    def test_a_boundary(self, custom, boundary, decision, allowed, matched):
        result = custom(
            statement(), PermissionsBoundaryPolicyInputList=[document(boundary)], ResourceArns=[f"{BUCKET}/a"]
        )
        assert (result["EvalDecision"], sources(result)) == (decision, matched)
        for found in [result, *result["ResourceSpecificResults"]]:
            assert found["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": allowed}

    @pytest.mark.parametrize(
        ("levels", "decision", "allowed"),
        [
            ([[statement("*")]], "allowed", True),
            ([[statement("ec2:*"), statement("s3:*")], [statement("*")]], "allowed", True),
            ([[statement("*")], [statement("ec2:*")]], "implicitDeny", False),
            ([[statement("*"), statement("s3:*", effect="Deny")]], "explicitDeny", False),
        ],
        ids=["one level", "two levels", "a level that does not allow", "a level that denies"],
    )
    def test_an_organization(self, custom, levels, decision, allowed):
        given = [{"ServiceControlPolicyInputList": [document(*level)]} for level in levels]
        result = custom(statement(), OrderedOrganizationPolicyInputList=given)
        assert result["EvalDecision"] == decision
        assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": allowed}


class TestResourcePolicies:
    @staticmethod
    def policy(principal, effect="Allow", resource=f"{BUCKET}/*"):
        return document({"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": resource})

    @pytest.mark.parametrize(
        ("identity", "policy", "decision", "matched"),
        [
            ("ec2:*", {"principal": {"AWS": ALICE}}, "allowed", ["ResourcePolicy"]),
            ("s3:*", {"principal": {"AWS": ALICE}}, "allowed", ["ResourcePolicy", "PolicyInputList.1"]),
            ("ec2:*", {"principal": {"AWS": ACCOUNT}}, "implicitDeny", []),
            ("s3:*", {"principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}}, "allowed", ["PolicyInputList.1"]),
            ("s3:*", {"principal": "*", "effect": "Deny"}, "explicitDeny", ["ResourcePolicy"]),
        ],
        ids=["named", "both", "delegated", "another", "denied"],
    )
    def test_of_the_same_account(self, custom, identity, policy, decision, matched):
        result = custom(
            statement(identity),
            CallerArn=ALICE,
            ResourceArns=[f"{BUCKET}/a"],
            ResourcePolicy=self.policy(**policy),
        )
        assert (result["EvalDecision"], sources(result)) == (decision, matched)
        assert result["EvalDecisionDetails"] == {}

    @pytest.mark.parametrize(
        ("identity", "principal", "decision", "details"),
        [
            ("s3:*", {"AWS": ALICE}, "allowed", ("allowed", "allowed")),
            ("ec2:*", {"AWS": ALICE}, "implicitDeny", ("implicitDeny", "allowed")),
            ("s3:*", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, "implicitDeny", ("allowed", "implicitDeny")),
        ],
        ids=["both", "resource alone", "identity alone"],
    )
    def test_of_another_account(self, custom, identity, principal, decision, details):
        result = custom(
            statement(identity),
            CallerArn=ALICE,
            ResourceArns=[f"{BUCKET}/a"],
            ResourceOwner=f"arn:aws:iam::{OTHER_ACCOUNT}:root",
            ResourcePolicy=self.policy(principal),
        )
        assert result["EvalDecision"] == decision
        expected = dict(zip(["IAM Policy", "Resource Policy"], details, strict=True))
        assert result["EvalDecisionDetails"] == expected
        assert result["ResourceSpecificResults"][0]["EvalDecisionDetails"] == expected

    def test_types_of_policies(self, custom):
        result = custom(
            statement(), CallerArn=ALICE, ResourceArns=[f"{BUCKET}/a"], ResourcePolicy=self.policy({"AWS": ALICE})
        )
        assert [found["SourcePolicyType"] for found in result["MatchedStatements"]] == ["Resource Policy", "IAM Policy"]


class TestContext:
    @pytest.mark.parametrize(
        ("operator", "key", "wanted", "given", "decision"),
        [
            ("StringEquals", "my:Text", "a", entry("my:text", "string", "a"), "allowed"),
            ("StringEquals", "my:Text", "a", entry("my:text", "string", "b"), "implicitDeny"),
            ("StringEquals", "my:Text", "", entry("my:text", "string", ""), "allowed"),
            ("ForAllValues:StringEquals", "my:Texts", ["a", "b"], entry("my:Texts", "stringList", "a", "b"), "allowed"),
            ("ForAnyValue:StringEquals", "my:Texts", ["b"], entry("my:Texts", "stringList", "a"), "implicitDeny"),
            ("StringEquals", "my:Texts", ["a"], entry("my:Texts", "stringList", "a"), "implicitDeny"),
            ("NumericLessThan", "my:Number", "10", entry("my:Number", "numeric", "9.5"), "allowed"),
            ("NumericLessThan", "my:Number", "10", entry("my:Number", "numeric", "10"), "implicitDeny"),
            ("ForAnyValue:NumericEquals", "my:Numbers", "2", entry("my:Numbers", "numericList", "1", "2"), "allowed"),
            ("Bool", "aws:SecureTransport", "true", entry("aws:SecureTransport", "boolean", "TRUE"), "allowed"),
            ("Bool", "aws:SecureTransport", "true", entry("aws:SecureTransport", "boolean", "false"), "implicitDeny"),
            ("ForAnyValue:Bool", "my:Truths", "true", entry("my:Truths", "booleanList", "false", "true"), "allowed"),
            ("IpAddress", "aws:SourceIp", "203.0.113.0/24", entry("aws:SourceIp", "ip", "203.0.113.7"), "allowed"),
            ("IpAddress", "aws:SourceIp", "203.0.113.0/24", entry("aws:SourceIp", "ip", "192.0.2.1"), "implicitDeny"),
            ("ForAllValues:IpAddress", "my:Ips", "::/0", entry("my:Ips", "ipList", "::1", "::2"), "allowed"),
            ("BinaryEquals", "my:Bytes", "QQ==", entry("my:Bytes", "binary", "QQ=="), "allowed"),
            ("ForAnyValue:BinaryEquals", "my:Bytes", "QQ==", entry("my:Bytes", "binaryList", "AA==", "QQ=="), "allowed"),
            (
                "DateLessThan",
                "aws:CurrentTime",
                "2020-01-01T00:00:00Z",
                entry("aws:CurrentTime", "date", "2019-12-31T23:59:59Z"),
                "allowed",
            ),
            ("ForAnyValue:DateEquals", "my:Dates", "1577836800", entry("my:Dates", "dateList", "2020-01-01T00:00:00Z"), "allowed"),
            ("Null", "my:Text", "true", entry("my:Text", "string", "a"), "implicitDeny"),
            ("Null", "my:Text", "false", entry("my:Text", "string", "a"), "allowed"),
        ],
        ids=str,
    )
    def test_each_type(self, custom, operator, key, wanted, given, decision):
        result = custom(statement(Condition={operator: {key: wanted}}), ContextEntries=[given])
        assert result["EvalDecision"] == decision
        assert result["MissingContextValues"] == []

    def test_missing_values(self, custom):
        conditional = statement(
            resources=f"{BUCKET}/${{aws:username}}/*",
            Condition={"StringEquals": {"my:Key": "a", "aws:PrincipalTag/team": "x"}},
        )
        result = custom(conditional, statement("ec2:*", Condition={"Bool": {"my:Other": "true"}}))
        assert result["EvalDecision"] == "implicitDeny"
        result = custom(conditional, ResourceArns=[f"{BUCKET}/alice/a"], CallerArn=ALICE)
        assert result["EvalDecision"] == "implicitDeny"
        assert result["MissingContextValues"] == ["aws:PrincipalTag/team", "my:Key"]
        assert result["ResourceSpecificResults"][0]["MissingContextValues"] == ["aws:PrincipalTag/team", "my:Key"]
        given = [entry("MY:KEY", "string", "a"), entry("aws:principaltag/team", "string", "x")]
        result = custom(conditional, ResourceArns=[f"{BUCKET}/alice/a"], CallerArn=ALICE, ContextEntries=given)
        assert (result["EvalDecision"], result["MissingContextValues"]) == ("allowed", [])

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("aws:username", "alice"),
            ("aws:PrincipalArn", ALICE),
            ("aws:PrincipalAccount", ACCOUNT),
            ("aws:PrincipalType", "User"),
            # Nothing more is known of a user that is named and not looked up.
            ("aws:userid", ALICE),
            ("aws:ResourceAccount", ACCOUNT),
            ("aws:ViaAWSService", "false"),
        ],
    )
    def test_what_a_callers_arn_says(self, custom, key, value):
        only_if = statement(Condition={"StringEquals": {key: value}})
        assert custom(only_if, CallerArn=ALICE)["EvalDecision"] == "allowed"
        # What is given wins.
        given = [entry(key, "string", "something else")]
        assert custom(only_if, CallerArn=ALICE, ContextEntries=given)["EvalDecision"] == "implicitDeny"

    def test_nobody_in_particular(self, custom):
        for key, value in [
            ("aws:userid", "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR"),
            ("aws:PrincipalAccount", ACCOUNT),
        ]:
            assert custom(statement(Condition={"StringEquals": {key: value}}))["EvalDecision"] == "allowed"
        for key in ["aws:username", "aws:PrincipalArn", "aws:SourceIp", "aws:SecureTransport", "aws:UserAgent"]:
            result = custom(statement(Condition={"Null": {key: "true"}}))
            assert result["EvalDecision"] == "allowed", key

    def test_the_time_is_now_unless_it_is_given(self, custom):
        since = statement(Condition={"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}})
        assert custom(since)["EvalDecision"] == "allowed"
        assert custom(statement(Condition={"NumericGreaterThan": {"aws:EpochTime": "1767225600"}}))["EvalDecision"] == "allowed"
        given = [entry("aws:CurrentTime", "date", "2025-12-31T00:00:00Z")]
        assert custom(since, ContextEntries=given)["EvalDecision"] == "implicitDeny"

    def test_the_region_of_iam(self, custom):
        here = statement("*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
        assert custom(here, action="iam:CreateUser")["EvalDecision"] == "allowed"
        assert custom(here)["MissingContextValues"] == ["aws:RequestedRegion"]


UNFIT = [
    ({"ResourceArns": ["bucket"]}, invalid("ResourceNames are not in a valid ARN format: bucket.")),
    ({"ResourceArns": ["arn:aws:s3"]}, invalid("ResourceNames are not in a valid ARN format: arn:aws:s3.")),
    ({"ResourceArns": [BUCKET, "*"]}, invalid("ResourceNames are not in a valid ARN format: *.")),
    ({"ActionNames": ["GetObject"]}, invalid("The action is invalid since it is missing names")),
    (
        {"ActionNames": ["ab"]},
        unsatisfied(
            (
                "actionNames",
                "satisfy constraint: [Member must have length less than or equal to 128, Member must have length "
                "greater than or equal to 3, Member must not be null]",
            )
        ),
    ),
    ({"PolicyInputList": ["{"]}, invalid("PolicyInputList.1: Syntax errors in policy.")),
    (
        {"PermissionsBoundaryPolicyInputList": [document(), document()]},
        invalid("The list of Permissions Boundary policies cannot exceed 1 items."),
    ),
    (
        {"PermissionsBoundaryPolicyInputList": ["{"]},
        invalid("PermissionsBoundaryPolicyInputList.1: Syntax errors in policy."),
    ),
    (
        {"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"},
        invalid("Invalid caller - Caller must be an IAM user, role or group in this context."),
    ),
    ({"ResourcePolicy": document()}, invalid("Invalid caller - Caller cannot be null or empty.")),
    (
        {"ResourcePolicy": document(), "CallerArn": ALICE},
        invalid("Invalid Entity Arn: * does not clearly define entity type and name."),
    ),
    ({"ResourceOwner": OTHER_ACCOUNT}, invalid("Invalid Resource Owner.")),
    ({"ContextEntries": [entry("", "string", "a")]}, None),
    (
        {"ContextEntries": [{"ContextKeyType": "string", "ContextKeyValues": ["a"]}]},
        invalid("ContextKeyName cannot be null or empty."),
    ),
    (
        {"ContextEntries": [{"ContextKeyName": "my:Key", "ContextKeyValues": ["a"]}]},
        invalid("Context key my:Key has invalid type null."),
    ),
    (
        {"ContextEntries": [{"ContextKeyName": "my:Key", "ContextKeyType": "string"}]},
        invalid("Context values for context key my:Key cannot be null or empty."),
    ),
    (
        {"ContextEntries": [entry("my:Key", "string", "a", "b")]},
        invalid("Context key string expected a single value, but received 2."),
    ),
    (
        {"ContextEntries": [entry("my:Key", "string", "a"), entry("MY:key", "string", "b")]},
        invalid("Duplicate context key: MY:key."),
    ),
    ({"ContextEntries": [entry("my:Key", "text", "a")]}, None),
    *(
        (
            {"ContextEntries": [entry("my:Key", kind, value)]},
            invalid(f"Invalid context value for key my:Key: expected {expected}."),
        )
        for kinds, value, expected in [
            (["numeric", "numericList"], "ten", "numeric format"),
            (["boolean", "booleanList"], "yes", "boolean format"),
            (["ip", "ipList"], "localhost", "IP address"),
            (["binary", "binaryList"], "?", "base-64 encoded binary format"),
            (["date", "dateList"], "yesterday", "DateTime format"),
        ]
        for kind in kinds
    ),
    (
        {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": [document()]}, {}]},
        None,
    ),
]


class TestBadInput:
    @pytest.mark.parametrize(("parameters", "expected"), UNFIT, ids=lambda value: str(value)[:60])
    def test_of_a_custom_policy(self, shared_server, parameters, expected):
        """`None`: a constraint of the model, or the form of the request, fails first."""
        asked = {"PolicyInputList": [document()], "ActionNames": ["s3:GetObject"], **parameters}
        answer = shared_server.call("SimulateCustomPolicy", asked)
        if expected is None:
            assert answer.status in (200, 400)
            assert answer.status == 200 or answer.error.code == "ValidationError"
        else:
            assert refusal(answer) == expected

    def test_too_much_work_is_refused_at_once(self, shared_server):
        """A pattern that takes long, held against as many resources as a request can name."""
        hostile = document(statement(resources="arn:aws:s3:::" + "a*" * 40_000 + "b"))
        resources = ["arn:aws:s3:::" + "a" * 500 + str(number) for number in range(400)]
        answer = shared_server.call(
            "SimulateCustomPolicy",
            {"PolicyInputList": [hostile] * 3, "ActionNames": ["s3:GetObject"], "ResourceArns": resources},
        )
        text = "The simulation is too large: give fewer or shorter policies, or fewer resources."
        assert refusal(answer) == invalid(text)

    def test_what_would_fill_too_many_pages_is_refused(self, shared_server):
        many = document(*[statement("*")] * 1500)
        resources = [f"arn:aws:s3:::bucket{number}" for number in range(250)]
        answer = shared_server.call(
            "SimulateCustomPolicy",
            {"PolicyInputList": [many], "ActionNames": ["s3:GetObject"], "ResourceArns": resources},
        )
        assert answer.status == 400 and answer.error.code == "InvalidInput"


class TestPages:
    def test_one_entry_for_each_action(self, shared_server):
        iam = shared_server.client("iam")
        actions = [f"s3:Action{number}" for number in range(7)]
        asked = {"PolicyInputList": [document(statement("s3:*"))], "ActionNames": actions}
        asked["ResourceArns"] = [BUCKET, f"{BUCKET}2"]
        for size in [1, 3, 7, 1000]:
            pages = list(
                iam.get_paginator("simulate_custom_policy").paginate(PaginationConfig={"PageSize": size}, **asked)
            )
            assert all(len(page["EvaluationResults"]) <= size for page in pages)
            results = [result for page in pages for result in page["EvaluationResults"]]
            assert [result["EvalActionName"] for result in results] == actions
            assert all(len(result["ResourceSpecificResults"]) == 2 for result in results)

    def test_a_hundred_without_a_number(self, shared_server):
        actions = [f"s3:Action{number}" for number in range(101)]
        answer = shared_server.ok("SimulateCustomPolicy", {"PolicyInputList": [document()], "ActionNames": actions})
        assert (len(answer.texts("EvalActionName")), answer.text("IsTruncated")) == (100, "true")

    def test_a_marker_is_for_its_actions_alone(self, shared_server):
        asked = {"PolicyInputList": [document()], "ActionNames": ["a:b", "a:c"], "MaxItems": 1}
        marker = shared_server.ok("SimulateCustomPolicy", asked).text("Marker")
        shared_server.ok("SimulateCustomPolicy", {**asked, "Marker": marker})
        answer = shared_server.call("SimulateCustomPolicy", {**asked, "ActionNames": ["a:b", "a:d"], "Marker": marker})
        assert refusal(answer) == (400, "ValidationError", "Invalid Marker.")

    def test_no_actions(self, shared_server):
        answer = shared_server.client("iam").simulate_custom_policy(PolicyInputList=[document()], ActionNames=[])
        assert (answer["EvaluationResults"], answer["IsTruncated"]) == ([], False)


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
        iam.create_policy(PolicyName="bound", PolicyDocument=document(statement("s3:Own"), statement("s3:Shared", effect="Deny")))
        iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy_arn("bound"))
        rows = [("s3:Own", "allowed", ["user_alice_own"]), ("s3:Managed", "implicitDeny", []), ("s3:Shared", "explicitDeny", ["bound"])]
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
        ids=str,
    )
    def test_policies_that_are_left_out(self, iam, alice, excluded, left):
        actions = ["s3:Own", "s3:Shared", "s3:Managed", "iam:ListUsers"]
        answer = iam.simulate_principal_policy(
            PolicySourceArn=ALICE, ActionNames=actions, PolicyExclusionList=[excluded]
        )
        allowed = {found["EvalActionName"] for found in answer["EvaluationResults"] if found["EvalDecision"] == "allowed"}
        assert allowed == left

    def test_an_exclusion_of_two_things(self, server, alice):
        excluded = [{"PolicyType": "inline", "PolicyArn": policy_arn("mine", "/p/")}]
        asked = {"PolicySourceArn": ALICE, "ActionNames": ["s3:Own"], "PolicyExclusionList": excluded}
        text = "A policy identifier must specify exactly one of PolicyType, PolicyArn, or InlinePolicyIdentifier."
        assert refusal(server.call("SimulatePrincipalPolicy", asked)) == invalid(text)

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
            other = [entry(key, "string", "something else")]
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
                (arn, invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name."))
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
    [statement("iam:*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:ResourceAccount": ACCOUNT}})],
    [statement("iam:*", Condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "127.0.0.1"}})],
    [statement("iam:*", Condition={"Null": {"aws:MultiFactorAuthPresent": "true"}})],
]
CIRCUMSTANCES = [entry("aws:SecureTransport", "boolean", "false"), entry("aws:SourceIp", "ip", "127.0.0.1")]


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
            document(statement(resources="arn:aws:s3:::${aws:username}", Condition={"Bool": {"aws:SecureTransport": "true"}})),
            document(statement(Condition={"StringLike": {"AWS:securetransport": "*", "s3:prefix": "${aws:PrincipalTag/Team}"}})),
        ]
        answer = iam.get_context_keys_for_custom_policy(PolicyInputList=texts)
        assert answer["ContextKeyNames"] == ["aws:PrincipalTag/Team", "aws:SecureTransport", "aws:username", "s3:prefix"]
        assert iam.get_context_keys_for_custom_policy(PolicyInputList=[document()])["ContextKeyNames"] == []
        with pytest.raises(ClientError) as caught:
            iam.get_context_keys_for_custom_policy(PolicyInputList=[document(), "{"])
        assert client_refusal(caught) == invalid("PolicyInputList.2: Syntax errors in policy.")

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
        rest = iam.list_policies_granting_service_access(
            Arn=arn, ServiceNamespaces=services, Marker=first["Marker"]
        )
        assert rest["IsTruncated"] is False
        listed = first["PoliciesGrantingServiceAccess"] + rest["PoliciesGrantingServiceAccess"]
        assert [entry["ServiceNamespace"] for entry in listed] == services
