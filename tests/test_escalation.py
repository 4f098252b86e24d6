"""Nobody comes by more than was given: a case for each known way to try."""

import pytest

from harness import ACCOUNT, KeyPair, start
from harness.concurrency import together
from harness.errors import refusal
from harness.matrix import BOUNDARY, BOUNDARY_DOCUMENT
from harness.policies import EVERYTHING, SELF_SERVICE, allow, aws_policy_arn, document, policy_arn, statement

ADMINISTRATOR = aws_policy_arn("AdministratorAccess")
IAM = f"arn:aws:iam::{ACCOUNT}:"
USERS = {"mallory": "/", "bob": "/", "bobby": "/", "al": "/", "tess": "/team/", "alba": "/al/x/", "untagged": "/"}


@pytest.fixture(scope="module")
def world():
    """An account with something to gain, and mallory in it."""
    server = start(root=True)
    for name, path in USERS.items():
        server.create_user(name, Path=path)
        if name not in ("untagged", "mallory"):
            server.ok("TagUser", {"UserName": name, "Tags": [{"Key": "team", "Value": "red"}]})
    for group, path in {"admins": "/", "dev": "/", "crew": "/team/"}.items():
        server.ok("CreateGroup", {"GroupName": group, "Path": path})
    server.ok("AttachGroupPolicy", {"GroupName": "admins", "PolicyArn": ADMINISTRATOR})
    server.ok("AddUserToGroup", {"GroupName": "dev", "UserName": "mallory"})
    for name, path in {"boundary": "/", "own": "/", "tool": "/team/"}.items():
        text = BOUNDARY_DOCUMENT if name == "boundary" else allow("s3:GetObject")
        server.ok("CreatePolicy", {"PolicyName": name, "Path": path, "PolicyDocument": text})
        # A default that allows more, at hand.
        server.ok("CreatePolicyVersion", {"PolicyArn": policy_arn(name, path), "PolicyDocument": EVERYTHING})
    server.ok("AttachUserPolicy", {"UserName": "mallory", "PolicyArn": policy_arn("own")})
    server.key_of_mallory = server.create_key("mallory")
    yield server
    server.stop()


def denied(server, key, action, parameters):
    """That a call is denied, and that nothing came of it."""
    before = server.contents()
    answer = server.call(action, parameters, key=key)
    assert answer.status == 403, (action, parameters, answer.body)
    assert refusal(answer)[1] == "AccessDenied"
    assert server.contents() == before


def tried(world, statements, call, expected):
    """Whether mallory, who has exactly these statements, is allowed a call."""
    world.put_policy("mallory", document(*statements))
    if not expected:
        denied(world, world.key_of_mallory, *call)
        return
    answer = world.call(*call, key=world.key_of_mallory)
    assert answer.status in (200, 404, 409), (call, answer.body)


def rows(*table):
    """Rows of (what is tried, statements, call, whether it is allowed)."""
    names = [name for name, *_ in table]
    return pytest.mark.parametrize(("statements", "call", "expected"), [row for _, *row in table], ids=names)


def on(actions, *resources, effect="Allow", **condition):
    return [statement(actions, list(resources) or "*", effect, **({"Condition": condition} if condition else {}))]


# Rights that look as if they led to more.
HARMLESS = on(["iam:Get*", "iam:List*", "iam:Simulate*", "iam:CreateGroup", "iam:CreatePolicy", "s3:*"])
TO_ONESELF = [
    ("PutUserPolicy", {"UserName": "mallory", "PolicyName": "more", "PolicyDocument": EVERYTHING}),
    ("PutUserPolicy", {"UserName": "mallory", "PolicyName": "given", "PolicyDocument": EVERYTHING}),
    ("PutGroupPolicy", {"GroupName": "dev", "PolicyName": "more", "PolicyDocument": EVERYTHING}),
    ("AttachUserPolicy", {"UserName": "mallory", "PolicyArn": ADMINISTRATOR}),
    ("AttachGroupPolicy", {"GroupName": "dev", "PolicyArn": ADMINISTRATOR}),
    ("AddUserToGroup", {"GroupName": "admins", "UserName": "mallory"}),
    ("CreatePolicyVersion", {"PolicyArn": policy_arn("own"), "PolicyDocument": EVERYTHING, "SetAsDefault": "true"}),
    ("SetDefaultPolicyVersion", {"PolicyArn": policy_arn("own"), "VersionId": "v2"}),
    ("UpdateUser", {"UserName": "mallory", "NewPath": "/team/"}),
    ("UpdateUser", {"UserName": "mallory", "NewUserName": "admin2"}),
    ("TagUser", {"UserName": "mallory", "Tags": [{"Key": "team", "Value": "red"}]}),
    ("CreateAccessKey", {}),
    ("CreateAccessKey", {"UserName": "mallory"}),
    ("CreateAccessKey", {"UserName": "administrator"}),
    ("CreateAccessKey", {"UserName": "root"}),
    ("CreateUser", {"UserName": "puppet"}),
    ("DeleteUser", {"UserName": "bob"}),
]


@pytest.mark.parametrize("call", TO_ONESELF, ids=lambda call: f"{call[0]} {list(call[1].values())[:2]}")
def test_without_the_permission_nobody_gives_itself_more(world, call):
    tried(world, HARMLESS, call, False)


def attach(arn):
    return ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": arn})


def join(group, user):
    return ("AddUserToGroup", {"GroupName": group, "UserName": user})


def key_of(name):
    return ("CreateAccessKey", {"UserName": name})


TOOL = policy_arn("tool", "/team/")
ATTACH = on("iam:AttachUserPolicy", ArnLike={"iam:PolicyARN": policy_arn("*", "/team/")})
KEYS_OF_TEAM = on("iam:*AccessKey*", f"{IAM}user/team/*")


@rows(
    ("a policy that may be attached", ATTACH, attach(TOOL), True),
    ("another one", ATTACH, attach(policy_arn("own")), False),
    ("AWS's", ATTACH, attach(ADMINISTRATOR), False),
    ("AWS's under such a path", ATTACH, attach(policy_arn("tool", "/team/", "aws")), False),
    ("the path in other case", ATTACH, attach(policy_arn("tool", "/TEAM/")), False),
    ("no ARN at all", ATTACH, attach("x" * 20), False),
    ("to a group, with the permission for users", ATTACH,
     ("AttachGroupPolicy", {"GroupName": "dev", "PolicyArn": TOOL}), False),
    ("a group that one may fill", on("iam:AddUserToGroup", f"{IAM}group/dev"), join("dev", "bob"), True),
    ("another group", on("iam:AddUserToGroup", f"{IAM}group/dev"), join("admins", "mallory"), False),
    ("a group, by the permission on a user",
     on("iam:AddUserToGroup", f"{IAM}user/*"), join("admins", "mallory"), False),
    ("a key of a user in the path", KEYS_OF_TEAM, key_of("tess"), True),
    ("a key of a user elsewhere", KEYS_OF_TEAM, key_of("bob"), False),
    ("a key of the administrator", KEYS_OF_TEAM, key_of("administrator"), False),
    ("a key of root, by its name", KEYS_OF_TEAM, key_of("root"), False),
    ("a key of one's own, not in the path", KEYS_OF_TEAM, ("CreateAccessKey", {}), False),
)
def test_a_permission_reaches_as_far_as_its_resources(world, statements, call, expected):
    tried(world, statements, call, expected)


def test_the_self_service_holds_for_oneself_alone(world):
    world.put_policy("mallory", SELF_SERVICE)
    for name in ("bob", "bobby", "tess", "administrator", "root", "MALLORY", "nobody"):
        denied(world, world.key_of_mallory, "CreateAccessKey", {"UserName": name})
    # A key of bob's is bob's, whoever says otherwise.
    bobs = world.create_key("bob").access_key_id
    for named in ({}, {"UserName": "mallory"}):
        answer = world.call("DeleteAccessKey", named | {"AccessKeyId": bobs}, key=world.key_of_mallory)
        assert refusal(answer)[:2] == (404, "NoSuchEntity")
    denied(world, world.key_of_mallory, "DeleteAccessKey", {"UserName": "bob", "AccessKeyId": bobs})
    assert bobs in world.key_ids("bob")


def test_nobody_but_root_makes_a_key_of_roots(world):
    assert refusal(world.call(*key_of("root")))[:2] == (404, "NoSuchEntity")
    world.create_user("root")
    named = world.create_key("root")
    caller = world.ok("GetCallerIdentity", key=named, service="sts").text("Arn")
    assert caller == f"{IAM}user/root"
    denied(world, named, "ListUsers", {})


def update(name, **new):
    return ("UpdateUser", {"UserName": name, **new})


UPDATE_TEAM = on("iam:UpdateUser", f"{IAM}user/team/*")
UPDATE_CREW = on("iam:UpdateGroup", f"{IAM}group/team/*")


@rows(
    ("a user into the path", UPDATE_TEAM, update("bob", NewPath="/team/"), False),
    ("oneself into the path", UPDATE_TEAM, update("mallory", NewPath="/team/"), False),
    ("a user out of the path", UPDATE_TEAM, update("tess", NewPath="/"), False),
    ("a user to a path that begins alike", UPDATE_TEAM, update("tess", NewPath="/teams/"), False),
    ("a user deeper into the path", UPDATE_TEAM, update("tess", NewPath="/team/"), True),
    ("a user to a name that is permitted",
     on("iam:UpdateUser", f"{IAM}user/free*"), update("bob", NewUserName="freed"), False),
    ("a user to a name that is taken", UPDATE_TEAM, update("bob", NewUserName="tess"), False),
    ("a user away from a permitted name",
     on("iam:UpdateUser", f"{IAM}user/bob"), update("bob", NewUserName="robert"), False),
    ("a group into the path", UPDATE_CREW, ("UpdateGroup", {"GroupName": "admins", "NewPath": "/team/"}), False),
    ("a group out of the path", UPDATE_CREW, ("UpdateGroup", {"GroupName": "crew", "NewPath": "/"}), False),
    ("a group within the path", UPDATE_CREW, ("UpdateGroup", {"GroupName": "crew", "NewPath": "/team/"}), True),
    ("both are denied where one is", on("iam:UpdateUser") + on("iam:UpdateUser", f"{IAM}user/team/*", effect="Deny"),
     update("bob", NewPath="/team/"), False),
)
def test_who_renames_or_moves_needs_the_permission_on_both(world, statements, call, expected):
    tried(world, statements, call, expected)


def tag_user(name, **tags):
    return ("TagUser", {"UserName": name, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def create(name, **tags):
    return ("CreateUser", {"UserName": name} | (tag_user(name, **tags)[1] if tags else {}))


OF_RED = on("iam:GetUser", StringEquals={"iam:ResourceTag/team": "red"})
OWN_TEAM = on("iam:GetUser", StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team}"})
COLOUR = {"ForAllValues:StringEquals": {"aws:TagKeys": ["colour"]}}
TAG_COLOUR = on("iam:TagUser", **COLOUR, Null={"aws:TagKeys": "false"})
BOB, UNTAGGED = ("GetUser", {"UserName": "bob"}), ("GetUser", {"UserName": "untagged"})


@rows(
    ("a user with the tag", OF_RED, BOB, True),
    ("a user without it", OF_RED, UNTAGGED, False),
    ("who is not there has no tags", OF_RED, ("GetUser", {"UserName": "nobody"}), False),
    ("the tag cannot be given by who may not", OF_RED, tag_user("untagged", team="red"), False),
    ("another tag may be given", TAG_COLOUR, tag_user("untagged", colour="blue"), True),
    ("the tag itself may not", TAG_COLOUR, tag_user("untagged", team="red"), False),
    ("in other case neither", TAG_COLOUR, tag_user("untagged", TEAM="red"), False),
    ("both together neither", TAG_COLOUR, tag_user("untagged", colour="blue", team="red"), False),
    ("a tag that the request brings is not the user's",
     on("iam:TagUser", StringEquals={"aws:ResourceTag/team": "red"}), tag_user("untagged", team="red"), False),
    ("a tag of the user's is not the request's",
     on("iam:TagUser", StringEquals={"aws:RequestTag/team": "red"}), tag_user("bob", colour="blue"), False),
    ("the caller has no tag, the user has", OWN_TEAM, BOB, False),
    ("neither has the tag", OWN_TEAM, UNTAGGED, False),
    ("neither has the tag, and a default",
     on("iam:GetUser", StringEquals={"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'blue'}"}), BOB, False),
    # Documented: what is missing differs from everything.
    ("a missing tag differs", on("iam:GetUser", StringNotEquals={"aws:ResourceTag/team": "red"}), UNTAGGED, True),
    ("an existing one does not", on("iam:GetUser", StringNotEquals={"aws:ResourceTag/team": "red"}), BOB, False),
    ("a deny by a tag that is missing",
     on("iam:GetUser") + on("iam:GetUser", effect="Deny", StringNotEquals={"aws:ResourceTag/team": "red"}),
     UNTAGGED, False),
    # Documented: true when the key is missing, and so never enough alone.
    ("ForAllValues without tags", on("iam:CreateUser", **COLOUR), create("made"), True),
    ("ForAllValues with another tag",
     on(["iam:CreateUser", "iam:TagUser"], **COLOUR), create("other", team="red"), False),
    ("ForAllValues with Null, without tags",
     on("iam:CreateUser", **COLOUR, Null={"aws:TagKeys": "false"}), create("other"), False),
    ("ForAnyValue without tags",
     on("iam:CreateUser", **{"ForAnyValue:StringEquals": {"aws:TagKeys": ["colour"]}}), create("other"), False),
    ("tags at the creation want TagUser too", on("iam:CreateUser"), create("other", team="red"), False),
    ("TagUser on others does not do",
     on("iam:CreateUser") + on("iam:TagUser", f"{IAM}user/bob"), create("other", team="red"), False),
    ("tags on a policy want TagPolicy too",
     on("iam:CreatePolicy"),
     ("CreatePolicy", {"PolicyName": "p", "PolicyDocument": EVERYTHING, "Tags": [{"Key": "a", "Value": "b"}]}), False),
)
def test_tags_decide_as_they_are(world, statements, call, expected):
    tried(world, statements, call, expected)


def get(name):
    return ("GetUser", {"UserName": name})


@rows(
    ("al* and al", on("iam:GetUser", f"{IAM}user/al*"), get("al"), True),
    ("al* crosses the path", on("iam:GetUser", f"{IAM}user/al*"), get("alba"), True),
    ("al* is not everybody", on("iam:GetUser", f"{IAM}user/al*"), get("bob"), False),
    ("bob is not bobby", on("iam:GetUser", f"{IAM}user/bob"), get("bobby"), False),
    ("bobby is not bob", on("iam:GetUser", f"{IAM}user/bobby"), get("bob"), False),
    ("bob is not /team/tess", on("iam:GetUser", f"{IAM}user/tess"), get("tess"), False),
    ("bo? is one character", on("iam:GetUser", f"{IAM}user/bo?"), get("bobby"), False),
    ("*tess in a path", on("iam:GetUser", f"{IAM}user/*tess"), get("tess"), True),
    ("no name in other case", on("iam:GetUser", f"{IAM}user/BOB"), get("bob"), False),
    ("another account", on("iam:GetUser", "arn:aws:iam::210987654321:user/*"), get("bob"), False),
    ("any account", on("iam:GetUser", "arn:aws:iam::*:user/bob"), get("bob"), True),
    ("a group is no user", on("iam:*", f"{IAM}group/*"), get("bob"), False),
    ("all users are not one", on("iam:ListUsers", f"{IAM}user/bob"), ("ListUsers", {}), False),
    ("the action in other case", on("IAM:gETuSER"), get("bob"), True),
    ("a deny of the action in other case", on("iam:*") + on("IAM:GETUSER", effect="Deny"), get("bob"), False),
    ("a key in other case", on("iam:GetUser", StringEquals={"AWS:UserName": "mallory"}), get("bob"), True),
    ("a deny by a key in other case",
     on("iam:*") + on("iam:*", effect="Deny", StringEquals={"AWS:RESOURCETAG/TEAM": "red"}), get("bob"), False),
    ("a value in other case", on("iam:GetUser", StringEquals={"aws:username": "Mallory"}), get("bob"), False),
    ("an action that begins alike", on("iam:GetUserPolicy"), get("bob"), False),
    ("an action with a space", on("iam: GetUser"), get("bob"), False),
    ("NotAction denies what it does not name",
     on("*") + [{"Effect": "Deny", "NotAction": "iam:ListUsers", "Resource": "*"}], get("bob"), False),
    ("NotResource leaves out whom it names",
     [{"Effect": "Allow", "Action": "iam:GetUser", "NotResource": f"{IAM}user/bob"}], get("bob"), False),
    # A variable without a value matches nothing, and its negation does not match everything.
    ("a variable without a value", on("iam:GetUser", f"{IAM}user/${{aws:PrincipalTag/none}}"), get("bob"), False),
    ("a variable without a value, and a wildcard",
     on("iam:GetUser", f"{IAM}user/${{aws:PrincipalTag/none}}*"), get("bob"), False),
    ("a name is no pattern", on("iam:GetUser", f"{IAM}user/${{*}}"), get("bob"), False),
    ("nor is a question mark", on("iam:GetUser", f"{IAM}user/bo${{?}}"), get("bob"), False),
    ("a variable that the request would give", on("iam:GetUser", f"{IAM}user/${{iam:UserName}}"), get("bob"), False),
)
def test_patterns_match_what_they_say(world, statements, call, expected):
    tried(world, statements, call, expected)


@pytest.mark.parametrize("name", ["*", "?", "al*", "${*}", "${aws:username}", "team/bob", f"{IAM}root", "a\nb"])
def test_no_name_can_be_a_pattern_or_a_path(world, name):
    before = world.contents()
    for call in [create(name), update("bob", NewUserName=name), key_of(name)]:
        assert refusal(world.call(*call))[:2] == (400, "ValidationError")
    for value in ("*", "${aws:username}"):
        assert refusal(world.call(*tag_user("mallory", team=value)))[:2] == (400, "ValidationError")
    assert world.contents() == before


@pytest.fixture(scope="module")
def deputy(world):
    """The key of one who administers within a boundary, whatever is granted."""
    for name in ("deputy", "bound"):
        world.create_user(name, PermissionsBoundary=BOUNDARY)
    world.ok("AttachUserPolicy", {"UserName": "deputy", "PolicyArn": ADMINISTRATOR})
    world.put_policy("deputy", EVERYTHING)
    return world.create_key("deputy")


class TestBoundary:
    CHILD = {"UserName": "child", "PermissionsBoundary": BOUNDARY}
    ATTEMPTS = [
        ("DeleteUserPermissionsBoundary", {"UserName": "deputy"}),
        ("PutUserPermissionsBoundary", {"UserName": "deputy", "PermissionsBoundary": ADMINISTRATOR}),
        ("PutUserPermissionsBoundary", {"UserName": "deputy", "PermissionsBoundary": policy_arn("own")}),
        ("PutUserPermissionsBoundary", {"UserName": "deputy", "PermissionsBoundary": policy_arn("boundary", "/team/")}),
        ("DeleteUserPermissionsBoundary", {"UserName": "bound"}),
        ("CreateUser", {"UserName": "child"}),
        ("CreateUser", {"UserName": "child", "PermissionsBoundary": ADMINISTRATOR}),
        ("CreateUser", {"UserName": "child", "PermissionsBoundary": BOUNDARY.replace("boundary", "BOUNDARY")}),
        ("CreateUser", {"UserName": "child", "PermissionsBoundary": f"{BOUNDARY}*"}),
        ("CreateUser", {"UserName": "child", "Tags": [{"Key": "iam:PermissionsBoundary", "Value": BOUNDARY}]}),
        ("CreatePolicyVersion", {"PolicyArn": BOUNDARY, "PolicyDocument": EVERYTHING, "SetAsDefault": "true"}),
        ("SetDefaultPolicyVersion", {"PolicyArn": BOUNDARY, "VersionId": "v2"}),
        ("DeletePolicyVersion", {"PolicyArn": BOUNDARY, "VersionId": "v2"}),
        ("DeletePolicy", {"PolicyArn": BOUNDARY}),
        ("PutUserPolicy", {"UserName": "bob", "PolicyName": "more", "PolicyDocument": EVERYTHING}),
        ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": ADMINISTRATOR}),
        ("AddUserToGroup", {"GroupName": "admins", "UserName": "deputy"}),
        ("PutGroupPolicy", {"GroupName": "dev", "PolicyName": "more", "PolicyDocument": EVERYTHING}),
        ("CreateAccountAlias", {"AccountAlias": "deputys"}),
    ]

    @pytest.mark.parametrize("call", ATTEMPTS, ids=lambda call: f"{call[0]} {list(call[1].values())[:2]}")
    def test_cannot_be_shed_nor_passed_by(self, world, deputy, call):
        denied(world, deputy, *call)

    def test_binds_whom_the_bound_make(self, world, deputy):
        world.ok("CreateUser", self.CHILD, key=deputy)
        world.ok("AttachUserPolicy", {"UserName": "child", "PolicyArn": ADMINISTRATOR}, key=deputy)
        world.ok("PutUserPolicy", {"UserName": "child", "PolicyName": "all", "PolicyDocument": EVERYTHING}, key=deputy)
        made = world.ok("CreateAccessKey", {"UserName": "child"}, key=deputy)
        child = KeyPair(made.text("AccessKeyId"), made.text("SecretAccessKey"))
        for action, parameters in self.ATTEMPTS:
            denied(world, child, action, parameters | ({"UserName": "grandchild"} if action == "CreateUser" else {}))
        for who in ("child", "deputy"):
            denied(world, deputy, "DeleteUserPermissionsBoundary", {"UserName": who})
        world.ok("CreateUser", {"UserName": "grandchild", "PermissionsBoundary": BOUNDARY}, key=child)

    def test_a_key_never_exceeds_its_maker(self, world, deputy):
        made = world.ok("CreateAccessKey", key=deputy)
        second = KeyPair(made.text("AccessKeyId"), made.text("SecretAccessKey"))
        for action, parameters in self.ATTEMPTS:
            if parameters.get("UserName") != "child":
                denied(world, second, action, parameters)
        world.ok("DeleteAccessKey", {"AccessKeyId": second.access_key_id}, key=deputy)

    def test_cannot_be_deleted_under_whom_it_binds(self, server):
        """Nor by an administrator, nor while users are made within it."""
        boundary = policy_arn("within")
        server.ok("CreatePolicy", {"PolicyName": "within", "PolicyDocument": allow("iam:GetUser")})

        def race(number):
            if number % 4 == 0:
                return server.call("DeletePolicy", {"PolicyArn": boundary})
            return server.call("CreateUser", {"UserName": f"user{number}", "PermissionsBoundary": boundary})

        answers = together(race)
        made = [f"user{number}" for number, answer in enumerate(answers) if number % 4 and answer.status == 200]
        deleted = any(answer.status == 200 for answer in answers[::4])
        assert deleted == (not made)
        for name in made:
            server.put_policy(name, EVERYTHING)
            denied(server, server.create_key(name), "ListUsers", {})
            assert refusal(server.call("DeletePolicy", {"PolicyArn": boundary}))[:2] == (409, "DeleteConflict")

    def test_a_boundary_alone_allows_nothing(self, world, deputy):
        key = world.create_key("bound")
        bound = {"UserName": "x", "PermissionsBoundary": BOUNDARY}
        for call in [("ListUsers", {}), ("GetUser", {}), ("CreateUser", bound)]:
            denied(world, key, *call)


class TestNamesakes:
    """What was granted to an entity is not granted to another that has its name."""

    def test_a_user(self, server):
        key = server.create_user_with_key("alice", EVERYTHING)
        server.ok("CreateGroup", {"GroupName": "admins"})
        server.ok("AttachGroupPolicy", {"GroupName": "admins", "PolicyArn": ADMINISTRATOR})
        server.ok("AddUserToGroup", {"GroupName": "admins", "UserName": "alice"})
        server.ok("ListUsers", key=key)
        server.ok("DeleteUserPolicy", {"UserName": "alice", "PolicyName": "given"})
        server.ok("RemoveUserFromGroup", {"GroupName": "admins", "UserName": "alice"})
        server.ok("DeleteAccessKey", {"UserName": "alice", "AccessKeyId": key.access_key_id})
        server.ok("DeleteUser", {"UserName": "alice"})
        namesake = server.create_user_with_key("alice")
        denied(server, namesake, "ListUsers", {})
        assert not server.works(key)

    def test_a_user_who_takes_anothers_name(self, server):
        key = server.create_user_with_key("admin2", EVERYTHING)
        other = server.create_user_with_key("mallory")
        server.ok("UpdateUser", {"UserName": "admin2", "NewUserName": "former"})
        server.ok("UpdateUser", {"UserName": "mallory", "NewUserName": "admin2"})
        denied(server, other, "ListUsers", {})
        server.ok("ListUsers", key=key)

    def test_a_group(self, server):
        server.ok("CreateGroup", {"GroupName": "ops"})
        key = server.create_user_with_key("alice")
        server.ok("AddUserToGroup", {"GroupName": "ops", "UserName": "alice"})
        server.ok("RemoveUserFromGroup", {"GroupName": "ops", "UserName": "alice"})
        server.ok("DeleteGroup", {"GroupName": "ops"})
        server.ok("CreateGroup", {"GroupName": "ops"})
        server.ok("AttachGroupPolicy", {"GroupName": "ops", "PolicyArn": ADMINISTRATOR})
        denied(server, key, "ListUsers", {})

    def test_a_policy(self, server):
        arn = policy_arn("p")
        server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": allow("s3:GetObject")})
        key = server.create_user_with_key("alice")
        server.ok("AttachUserPolicy", {"UserName": "alice", "PolicyArn": arn})
        assert refusal(server.call("DeletePolicy", {"PolicyArn": arn}))[:2] == (409, "DeleteConflict")
        server.ok("DetachUserPolicy", {"UserName": "alice", "PolicyArn": arn})
        server.ok("DeletePolicy", {"PolicyArn": arn})
        server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": EVERYTHING})
        denied(server, key, "ListUsers", {})
