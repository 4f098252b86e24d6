"""Values that do not satisfy AWS's model: IAM's texts of 2026, which no longer repeat the value.

The requests are raw, since boto3 and the CLI would stop some of them themselves.
"""

import pytest

from harness.errors import INVALID_NAME, INVALID_PATH, refusal, unsatisfied

AT_LEAST = "have length greater than or equal to {}"
AT_MOST = "have length less than or equal to {}"
PATTERN = "satisfy regular expression pattern: {}"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
POLICY_ARN = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def validation(message):
    return 400, "ValidationError", message


def one_tag(key, value):
    return {"UserName": "alice", "Tags": [{"Key": key, "Value": value}]}


INVALID_NAMES = ["", " ", "a b", "a/b", "ä", "a\tb", "a\nb", "a*", "名", "a\u202e", "a:b", "a\x7f"]
NAME_PARAMETERS = {
    "CreateUser": ("UserName", {}),
    "GetUser": ("UserName", {}),
    "DeleteUser": ("UserName", {}),
    "ListUserTags": ("UserName", {}),
    "CreateAccessKey": ("UserName", {}),
    "ListAccessKeys": ("UserName", {}),
    "UpdateAccessKey": ("UserName", {"AccessKeyId": KEY_ID, "Status": "Active"}),
    "DeleteAccessKey": ("UserName", {"AccessKeyId": KEY_ID}),
    "UpdateUser": ("NewUserName", {"UserName": "alice"}),
    "CreateGroup": ("GroupName", {}),
    "GetGroup": ("GroupName", {}),
    "UpdateGroup": ("NewGroupName", {"GroupName": "ops"}),
    "AddUserToGroup": ("UserName", {"GroupName": "ops"}),
    "ListGroupsForUser": ("UserName", {}),
    "PutUserPolicy": ("PolicyName", {"UserName": "alice", "PolicyDocument": "{}"}),
    "GetUserPolicy": ("PolicyName", {"UserName": "alice"}),
    "DeleteGroupPolicy": ("PolicyName", {"GroupName": "ops"}),
    "AttachUserPolicy": ("UserName", {"PolicyArn": POLICY_ARN}),
    "DeleteUserPermissionsBoundary": ("UserName", {}),
}


@pytest.fixture
def nothing_written(server):
    server.create_user("alice")
    server.ok("CreateGroup", {"GroupName": "ops"})
    before = server.contents()
    yield server
    assert server.contents() == before


@pytest.mark.parametrize("action", NAME_PARAMETERS)
def test_names(nothing_written, action):
    parameter, others = NAME_PARAMETERS[action]
    field = parameter[0].lower() + parameter[1:]
    for name in INVALID_NAMES:
        answer = nothing_written.call(action, others | {parameter: name})
        assert refusal(answer) == validation(INVALID_NAME.format(field)), repr(name)


LONGEST_NAMES = [
    ("CreateUser", 64),
    ("UpdateUser", 64),
    ("GetUser", 128),
    ("CreateGroup", 128),
    ("GetUserPolicy", 128),
    ("DeleteUserPermissionsBoundary", 64),
]


@pytest.mark.parametrize(("action", "longest"), LONGEST_NAMES)
def test_the_longest_name(nothing_written, action, longest):
    parameter, others = NAME_PARAMETERS.get(action)
    field = parameter[0].lower() + parameter[1:]
    answer = nothing_written.call(action, others | {parameter: "n" * (longest + 1)})
    assert refusal(answer) == unsatisfied((field, AT_MOST.format(longest)))


@pytest.mark.parametrize("action", ["CreateAccessKey", "ListAccessKeys", "GetUser", "DeleteUser"])
def test_a_name_that_could_not_be_is_unknown(nothing_written, action):
    """Existing names may have up to 128 characters in the model, and none that long exists."""
    name = "n" * 128
    expected = (404, "NoSuchEntity", f"The user with name {name} cannot be found.")
    assert refusal(nothing_written.call(action, {"UserName": name})) == expected


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("CreateUser", {"UserName": "bob"}),
        ("UpdateUser", {"UserName": "alice"}),
        ("CreateGroup", {"GroupName": "dev"}),
        ("UpdateGroup", {"GroupName": "ops"}),
    ],
)
def test_paths(nothing_written, action, name):
    parameter = "Path" if action.startswith("Create") else "NewPath"
    field = parameter[0].lower() + parameter[1:]
    for path in ["", "a", "/a", "a/", "//a", "/a b/", "/ä/", "/a\n/", "/\x7f", " /", "/a/\x00/"]:
        status, code, message = refusal(nothing_written.call(action, name | {parameter: path}))
        assert (status, code) == (400, "ValidationError"), repr(path)
        assert message == INVALID_PATH.replace("for path", f"for {field}"), (path, message)
    answer = nothing_written.call(action, name | {parameter: "/" + "p" * 511 + "/"})
    assert refusal(answer) == unsatisfied((field, AT_MOST.format(512)))


@pytest.mark.parametrize("prefix", ["", "a", "a/", "/a b", "/ä", "\u0000"])
def test_path_prefixes(nothing_written, prefix):
    rows = [("ListUsers", {}), ("ListGroups", {}), ("ListAttachedUserPolicies", {"UserName": "alice"})]
    for action, parameters in rows:
        status, code, message = refusal(nothing_written.call(action, parameters | {"PathPrefix": prefix}))
        assert (status, code) == (400, "ValidationError"), action
        assert "pathPrefix" in message


def test_policy_documents(nothing_written):
    """The characters and the length that the model allows; what the document says is another matter."""
    pattern = PATTERN.format(r"[\u0009\u000A\u000D\u0020-\u00FF]+")
    rows = [
        ("", [AT_LEAST.format(1), pattern]),
        ("x" * 131_073, [AT_MOST.format(131_072)]),
        ('{"a": "名"}', [pattern]),
        ("{}\x00", [pattern]),
    ]
    for action, holder in [("PutUserPolicy", {"UserName": "alice"}), ("PutGroupPolicy", {"GroupName": "ops"})]:
        for document, rules in rows:
            answer = nothing_written.call(action, holder | {"PolicyName": "p", "PolicyDocument": document})
            status, code, message = refusal(answer)
            assert (status, code) == (400, "ValidationError")
            for rule in rules:
                assert f"Value at 'policyDocument' failed to satisfy constraint: Member must {rule}" in message
        missing = nothing_written.call(action, holder | {"PolicyName": "p"})
        assert refusal(missing) == unsatisfied(("policyDocument", "not be null"))


def test_policy_arns(nothing_written):
    rows = [("a" * 19, AT_LEAST.format(20)), ("a" * 2049, AT_MOST.format(2048))]
    for arn, rule in rows:
        attached = nothing_written.call("AttachUserPolicy", {"UserName": "alice", "PolicyArn": arn})
        assert refusal(attached) == unsatisfied(("policyArn", rule))
        bounded = nothing_written.call("CreateUser", {"UserName": "bob", "PermissionsBoundary": arn})
        assert refusal(bounded) == unsatisfied(("permissionsBoundary", rule))


ACCESS_KEY_ACTIONS = {
    "UpdateAccessKey": {"UserName": "alice", "Status": "Active"},
    "DeleteAccessKey": {"UserName": "alice"},
    "GetAccessKeyLastUsed": {},
}


@pytest.mark.parametrize("action", ACCESS_KEY_ACTIONS)
def test_access_key_ids(nothing_written, action):
    rows = [
        ("A" * 15, [AT_LEAST.format(16)]),
        ("A" * 129, [AT_MOST.format(128)]),
        ("AKIA-IOSFODNN7EXAMPL", [PATTERN.format(r"[\w]+")]),
        ("AKIAIOSFODNN7EXÄMPLE", [PATTERN.format(r"[\w]+")]),
        ("AKIA IOSFODNN7EXAMPL", [PATTERN.format(r"[\w]+")]),
    ]
    for key_id, rules in rows:
        answer = nothing_written.call(action, ACCESS_KEY_ACTIONS[action] | {"AccessKeyId": key_id})
        assert refusal(answer) == unsatisfied(*(("accessKeyId", rule) for rule in rules)), key_id
    missing = nothing_written.call(action, ACCESS_KEY_ACTIONS[action])
    assert refusal(missing) == unsatisfied(("accessKeyId", "not be null"))


def test_an_id_longer_than_any_key_is_unknown(nothing_written):
    parameters = {"UserName": "alice", "AccessKeyId": "A" * 128}
    expected = (404, "NoSuchEntity", f"The Access Key with id {'A' * 128} cannot be found.")
    assert refusal(nothing_written.call("DeleteAccessKey", parameters)) == expected


def test_an_empty_access_key_id_fails_two_constraints(nothing_written):
    answer = nothing_written.call("GetAccessKeyLastUsed", {"AccessKeyId": ""})
    status, code, message = refusal(answer)
    assert (status, code) == (400, "ValidationError")
    assert AT_LEAST.format(16) in message


@pytest.mark.parametrize("status", ["", "active", "Activ", "ACTIVE", "Deleted"])
def test_statuses(nothing_written, status):
    parameters = {"UserName": "alice", "AccessKeyId": KEY_ID, "Status": status}
    assert refusal(nothing_written.call("UpdateAccessKey", parameters)) == unsatisfied(
        ("status", "satisfy enum value set")
    )


PAGED = {
    "ListUsers": {},
    "ListAccessKeys": {"UserName": "alice"},
    "ListUserTags": {"UserName": "alice"},
    "ListAccountAliases": {},
    "ListGroups": {},
    "GetGroup": {"GroupName": "ops"},
    "ListGroupsForUser": {"UserName": "alice"},
    "ListUserPolicies": {"UserName": "alice"},
    "ListGroupPolicies": {"GroupName": "ops"},
    "ListAttachedUserPolicies": {"UserName": "alice"},
    "ListAttachedGroupPolicies": {"GroupName": "ops"},
}


@pytest.mark.parametrize("action", PAGED)
@pytest.mark.parametrize(
    ("parameter", "value", "rule"),
    [
        ("MaxItems", 0, "have value greater than or equal to 1"),
        ("MaxItems", -1, "have value greater than or equal to 1"),
        ("MaxItems", 1001, "have value less than or equal to 1000"),
        ("Marker", "m" * 321, AT_MOST.format(320)),
        ("Marker", "", AT_LEAST.format(1)),
    ],
)
def test_pages(nothing_written, action, parameter, value, rule):
    field = parameter[0].lower() + parameter[1:]
    status, code, message = refusal(nothing_written.call(action, PAGED[action] | {parameter: value}))
    assert (status, code) == (400, "ValidationError")
    # An empty marker fails the pattern too, which AWS names beside the length.
    assert f"Value at '{field}' failed to satisfy constraint: Member must {rule}" in message


@pytest.mark.parametrize(
    ("key", "value", "field", "rule"),
    [
        ("", "v", "key", AT_LEAST.format(1)),
        ("k" * 129, "v", "key", AT_MOST.format(128)),
        ("a&b", "v", "key", PATTERN.format(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")),
        ("k", "v" * 257, "value", AT_MOST.format(256)),
        ("k", "a&b", "value", PATTERN.format(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")),
    ],
)
def test_tags(nothing_written, key, value, field, rule):
    for action in ("TagUser", "CreateUser"):
        status, code, message = refusal(nothing_written.call(action, one_tag(key, value) | {"UserName": "alice"}))
        assert (status, code) == (400, "ValidationError")
        assert f"Value at 'tags.1.member.{field}' failed to satisfy constraint: Member must {rule}" in message


def test_a_tag_without_a_value(nothing_written):
    answer = nothing_written.call("TagUser", {"UserName": "alice", "Tags": [{"Key": "k"}]})
    assert refusal(answer) == unsatisfied(("tags.1.member.value", "not be null"))


def test_more_tags_than_fifty(nothing_written):
    tags = [{"Key": f"k{number}", "Value": ""} for number in range(51)]
    answer = nothing_written.call("TagUser", {"UserName": "alice", "Tags": tags})
    assert refusal(answer) == unsatisfied(("tags", AT_MOST.format(50)))


def test_tag_keys(nothing_written):
    status, code, message = refusal(nothing_written.call("UntagUser", {"UserName": "alice", "TagKeys": ["k" * 129]}))
    assert (status, code) == (400, "ValidationError")
    assert message.startswith(
        "1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1, "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"
    )


@pytest.mark.parametrize("alias", ["ab", "a" * 64, "Upper", "-a-", "a--b", "a_b", "ä-lias", "a-"])
def test_account_aliases(nothing_written, alias):
    status, code, message = refusal(nothing_written.call("CreateAccountAlias", {"AccountAlias": alias}))
    assert (status, code) == (400, "ValidationError")
    assert "accountAlias" in message


def test_several_failures_in_one_answer(nothing_written):
    answer = nothing_written.call("UpdateAccessKey", {"UserName": "alice", "AccessKeyId": "short", "Status": "no"})
    assert refusal(answer) == unsatisfied(("accessKeyId", AT_LEAST.format(16)), ("status", "satisfy enum value set"))


def test_the_command_line_shows_the_message(server):
    """What a person sees: the CLI does not check patterns itself."""
    answer = server.call("CreateUser", {"UserName": "not/a/name"})
    assert answer.error.message == INVALID_NAME.format("userName")
