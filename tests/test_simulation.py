"""The policy simulator answers for given policies what the engine would, and says why."""

import pytest
from harness import ACCOUNT
from harness.errors import refusal, unsatisfied
from harness.policies import context_entry, document, invalid_input, sources, statement

ALICE = f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
BUCKET = "arn:aws:s3:::bucket"
OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def custom(shared_server):
    """SimulateCustomPolicy of one policy and one action; the result."""
    iam = shared_server.client("iam")

    def simulate(*statements, action="s3:GetObject", **parameters):
        answer = iam.simulate_custom_policy(PolicyInputList=[document(*statements)], ActionNames=[action], **parameters)
        [result] = answer["EvaluationResults"]
        return result

    return simulate


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
            '{\n  "Version": "2012-10-17",\n  "Statement": [\n'
            '    {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},\n'
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
            ("StringEquals", "my:Text", "a", context_entry("my:text", "string", "a"), "allowed"),
            ("StringEquals", "my:Text", "a", context_entry("my:text", "string", "b"), "implicitDeny"),
            ("StringEquals", "my:Text", "", context_entry("my:text", "string", ""), "allowed"),
            (
                "ForAllValues:StringEquals",
                "my:Texts",
                ["a", "b"],
                context_entry("my:Texts", "stringList", "a", "b"),
                "allowed",
            ),
            (
                "ForAnyValue:StringEquals",
                "my:Texts",
                ["b"],
                context_entry("my:Texts", "stringList", "a"),
                "implicitDeny",
            ),
            ("StringEquals", "my:Texts", ["a"], context_entry("my:Texts", "stringList", "a"), "implicitDeny"),
            ("NumericLessThan", "my:Number", "10", context_entry("my:Number", "numeric", "9.5"), "allowed"),
            ("NumericLessThan", "my:Number", "10", context_entry("my:Number", "numeric", "10"), "implicitDeny"),
            (
                "ForAnyValue:NumericEquals",
                "my:Numbers",
                "2",
                context_entry("my:Numbers", "numericList", "1", "2"),
                "allowed",
            ),
            ("Bool", "aws:SecureTransport", "true", context_entry("aws:SecureTransport", "boolean", "TRUE"), "allowed"),
            (
                "Bool",
                "aws:SecureTransport",
                "true",
                context_entry("aws:SecureTransport", "boolean", "false"),
                "implicitDeny",
            ),
            (
                "ForAnyValue:Bool",
                "my:Truths",
                "true",
                context_entry("my:Truths", "booleanList", "false", "true"),
                "allowed",
            ),
            (
                "IpAddress",
                "aws:SourceIp",
                "203.0.113.0/24",
                context_entry("aws:SourceIp", "ip", "203.0.113.7"),
                "allowed",
            ),
            (
                "IpAddress",
                "aws:SourceIp",
                "203.0.113.0/24",
                context_entry("aws:SourceIp", "ip", "192.0.2.1"),
                "implicitDeny",
            ),
            ("ForAllValues:IpAddress", "my:Ips", "::/0", context_entry("my:Ips", "ipList", "::1", "::2"), "allowed"),
            ("BinaryEquals", "my:Bytes", "QQ==", context_entry("my:Bytes", "binary", "QQ=="), "allowed"),
            (
                "ForAnyValue:BinaryEquals",
                "my:Bytes",
                "QQ==",
                context_entry("my:Bytes", "binaryList", "AA==", "QQ=="),
                "allowed",
            ),
            (
                "DateLessThan",
                "aws:CurrentTime",
                "2020-01-01T00:00:00Z",
                context_entry("aws:CurrentTime", "date", "2019-12-31T23:59:59Z"),
                "allowed",
            ),
            (
                "ForAnyValue:DateEquals",
                "my:Dates",
                "1577836800",
                context_entry("my:Dates", "dateList", "2020-01-01T00:00:00Z"),
                "allowed",
            ),
            ("Null", "my:Text", "true", context_entry("my:Text", "string", "a"), "implicitDeny"),
            ("Null", "my:Text", "false", context_entry("my:Text", "string", "a"), "allowed"),
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
        given = [context_entry("MY:KEY", "string", "a"), context_entry("aws:principaltag/team", "string", "x")]
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
        given = [context_entry(key, "string", "something else")]
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
        assert (
            custom(statement(Condition={"NumericGreaterThan": {"aws:EpochTime": "1767225600"}}))["EvalDecision"]
            == "allowed"
        )
        given = [context_entry("aws:CurrentTime", "date", "2025-12-31T00:00:00Z")]
        assert custom(since, ContextEntries=given)["EvalDecision"] == "implicitDeny"

    def test_the_region_of_iam(self, custom):
        here = statement("*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}})
        assert custom(here, action="iam:CreateUser")["EvalDecision"] == "allowed"
        assert custom(here)["MissingContextValues"] == ["aws:RequestedRegion"]


UNFIT = [
    ({"ResourceArns": ["bucket"]}, invalid_input("ResourceNames are not in a valid ARN format: bucket.")),
    ({"ResourceArns": ["arn:aws:s3"]}, invalid_input("ResourceNames are not in a valid ARN format: arn:aws:s3.")),
    ({"ResourceArns": [BUCKET, "*"]}, invalid_input("ResourceNames are not in a valid ARN format: *.")),
    ({"ActionNames": ["GetObject"]}, invalid_input("The action is invalid since it is missing names")),
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
    ({"PolicyInputList": ["{"]}, invalid_input("PolicyInputList.1: Syntax errors in policy.")),
    (
        {"PermissionsBoundaryPolicyInputList": [document(), document()]},
        invalid_input("The list of Permissions Boundary policies cannot exceed 1 items."),
    ),
    (
        {"PermissionsBoundaryPolicyInputList": ["{"]},
        invalid_input("PermissionsBoundaryPolicyInputList.1: Syntax errors in policy."),
    ),
    (
        {"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"},
        invalid_input("Invalid caller - Caller must be an IAM user, role or group in this context."),
    ),
    ({"ResourcePolicy": document()}, invalid_input("Invalid caller - Caller cannot be null or empty.")),
    (
        {"ResourcePolicy": document(), "CallerArn": ALICE},
        invalid_input("Invalid Entity Arn: * does not clearly define entity type and name."),
    ),
    ({"ResourceOwner": OTHER_ACCOUNT}, invalid_input("Invalid Resource Owner.")),
    ({"ContextEntries": [context_entry("", "string", "a")]}, None),
    (
        {"ContextEntries": [{"ContextKeyType": "string", "ContextKeyValues": ["a"]}]},
        invalid_input("ContextKeyName cannot be null or empty."),
    ),
    (
        {"ContextEntries": [{"ContextKeyName": "my:Key", "ContextKeyValues": ["a"]}]},
        invalid_input("Context key my:Key has invalid type null."),
    ),
    (
        {"ContextEntries": [{"ContextKeyName": "my:Key", "ContextKeyType": "string"}]},
        invalid_input("Context values for context key my:Key cannot be null or empty."),
    ),
    (
        {"ContextEntries": [context_entry("my:Key", "string", "a", "b")]},
        invalid_input("Context key string expected a single value, but received 2."),
    ),
    (
        {"ContextEntries": [context_entry("my:Key", "string", "a"), context_entry("MY:key", "string", "b")]},
        invalid_input("Duplicate context key: MY:key."),
    ),
    ({"ContextEntries": [context_entry("my:Key", "text", "a")]}, None),
    *(
        (
            {"ContextEntries": [context_entry("my:Key", kind, value)]},
            invalid_input(f"Invalid context value for key my:Key: expected {expected}."),
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
        assert refusal(answer) == invalid_input(text)

    @pytest.mark.parametrize("pattern", ["*?ab*", "*${aws:Referer}b*", "*\\u0024{aws:Referer}b*"])
    def test_values_cost_as_resources_do(self, shared_server, pattern):
        """Patterns held against a value of a condition key, or made long by one."""
        hostile = document(statement(Condition={"StringLike": {"aws:UserAgent": ["PATTERN"] * 500}}))
        asked = {"PolicyInputList": [hostile.replace("PATTERN", pattern)], "ActionNames": ["s3:GetObject"]}

        def simulated(length):
            entries = [
                context_entry("aws:UserAgent", "string", "a" * length),
                context_entry("aws:Referer", "string", "a" * (length // 2)),
            ]
            return shared_server.call("SimulateCustomPolicy", {**asked, "ContextEntries": entries})

        assert simulated(200).status == 200
        text = "The simulation is too large: give fewer or shorter policies, or fewer resources."
        assert refusal(simulated(300_000)) == invalid_input(text)

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
