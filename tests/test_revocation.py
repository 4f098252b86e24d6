"""What a change of permissions takes or gives, it takes or gives for every request that comes after its answer."""

import threading
from collections import Counter

import pytest

from harness import form
from harness.concurrency import together
from harness.errors import refusal
from harness.load import under_load
from harness.policies import allow, aws_policy_arn, document, policy_arn, statement

ADMINISTRATOR = aws_policy_arn("AdministratorAccess")
CONNECTIONS = 8
# A read, which is decided on a snapshot, and a change, which is decided in its own transaction.
READ = ("GetUser", {"UserName": "bob"})
CHANGE = ("TagUser", {"UserName": "bob", "Tags": [{"Key": "same", "Value": "always"}]})
GRANT = allow("iam:GetUser", "iam:TagUser")
NOTHING = allow("s3:GetObject")
DENY = document(statement("iam:*", effect="Deny"))
MANAGED, WIDE, ALICE, OPS = (
    {"PolicyArn": policy_arn("managed")},
    {"PolicyArn": ADMINISTRATOR},
    {"UserName": "alice"},
    {"GroupName": "ops"},
)
MEMBER = ALICE | OPS
BOUNDARY = ALICE | {"PermissionsBoundary": policy_arn("managed")}


def managed(text):
    return ("CreatePolicy", {"PolicyName": "managed", "PolicyDocument": text})


def own(text, name="given"):
    return ("PutUserPolicy", ALICE | {"PolicyName": name, "PolicyDocument": text})


def shared(text, name="given"):
    return ("PutGroupPolicy", OPS | {"PolicyName": name, "PolicyDocument": text})


def version(text, default="false"):
    return ("CreatePolicyVersion", MANAGED | {"PolicyDocument": text, "SetAsDefault": default})


def only_if(key, value):
    return own(document(statement(["iam:GetUser", "iam:TagUser"], Condition={"StringEquals": {key: value}})))


def tag(value):
    return ("TagUser", ALICE | {"Tags": [{"Key": "team", "Value": value}]})


GIVEN, SHARED = ALICE | {"PolicyName": "given"}, OPS | {"PolicyName": "given"}
JOINED = ("AddUserToGroup", MEMBER)
# What is so at first, the change, and whether alice may after it.
CHANGES = {
    "DetachUserPolicy": (
        [managed(GRANT), ("AttachUserPolicy", ALICE | MANAGED)],
        ("DetachUserPolicy", ALICE | MANAGED),
        False,
    ),
    "AttachUserPolicy": ([], ("AttachUserPolicy", ALICE | WIDE), True),
    "DeleteUserPolicy": ([own(GRANT)], ("DeleteUserPolicy", GIVEN), False),
    "DeleteUserPolicy that denies": (
        [own(GRANT), own(DENY, "deny")],
        ("DeleteUserPolicy", ALICE | {"PolicyName": "deny"}),
        True,
    ),
    "PutUserPolicy in another's place": ([own(GRANT)], own(NOTHING), False),
    "PutUserPolicy that denies": ([own(GRANT)], own(DENY, "deny"), False),
    "RemoveUserFromGroup": ([shared(GRANT), JOINED], ("RemoveUserFromGroup", MEMBER), False),
    "AddUserToGroup that denies": ([own(GRANT), shared(DENY)], JOINED, False),
    "DetachGroupPolicy": ([("AttachGroupPolicy", OPS | WIDE), JOINED], ("DetachGroupPolicy", OPS | WIDE), False),
    "AttachGroupPolicy": ([JOINED], ("AttachGroupPolicy", OPS | WIDE), True),
    "DeleteGroupPolicy": ([shared(GRANT), JOINED], ("DeleteGroupPolicy", SHARED), False),
    "PutGroupPolicy": ([shared(GRANT), JOINED], shared(NOTHING), False),
    "CreatePolicyVersion": ([managed(GRANT), ("AttachUserPolicy", ALICE | MANAGED)], version(NOTHING, "true"), False),
    "CreatePolicyVersion of a group's": (
        [managed(GRANT), ("AttachGroupPolicy", OPS | MANAGED), JOINED],
        version(NOTHING, "true"),
        False,
    ),
    "SetDefaultPolicyVersion": (
        [managed(NOTHING), version(GRANT, "true"), ("AttachUserPolicy", ALICE | MANAGED)],
        ("SetDefaultPolicyVersion", MANAGED | {"VersionId": "v1"}),
        False,
    ),
    "PutUserPermissionsBoundary": ([own(GRANT), managed(NOTHING)], ("PutUserPermissionsBoundary", BOUNDARY), False),
    "DeleteUserPermissionsBoundary": (
        [own(GRANT), managed(NOTHING), ("PutUserPermissionsBoundary", BOUNDARY)],
        ("DeleteUserPermissionsBoundary", ALICE),
        True,
    ),
    "CreatePolicyVersion of the boundary": (
        [own(GRANT), managed(GRANT), ("PutUserPermissionsBoundary", BOUNDARY)],
        version(NOTHING, "true"),
        False,
    ),
    "UntagUser": (
        [only_if("aws:PrincipalTag/team", "red"), tag("red")],
        ("UntagUser", ALICE | {"TagKeys": ["team"]}),
        False,
    ),
    "TagUser": ([only_if("aws:PrincipalTag/team", "red"), tag("red")], tag("blue"), False),
    "UpdateUser that renames": (
        [only_if("aws:username", "alice")],
        ("UpdateUser", ALICE | {"NewUserName": "alicia"}),
        False,
    ),
    "UpdateUser that moves": (
        [only_if("aws:PrincipalArn", "arn:aws:iam::123456789012:user/alice")],
        ("UpdateUser", ALICE | {"NewPath": "/elsewhere/"}),
        False,
    ),
    "TagUser of the resource": (
        [own(document(statement("iam:*User", Condition={"Null": {"aws:ResourceTag/closed": "true"}})))],
        ("TagUser", {"UserName": "bob", "Tags": [{"Key": "closed", "Value": ""}]}),
        False,
    ),
}


@pytest.mark.parametrize(("first", "change", "may"), CHANGES.values(), ids=CHANGES.keys())
def test_every_connection_sees_the_change_once_it_is_answered(server, first, change, may):
    server.create_user("bob")
    server.ok("CreateGroup", OPS)
    key = server.create_user_with_key("alice")
    for call in first:
        server.ok(*call)
    requests = [server.sign(form(*call), key) for call in (READ, CHANGE) for _ in range(CONNECTIONS)]
    _, answers = under_load(server.address, requests, lambda: server.ok(*change))
    for before, after in answers:
        assert {is_allowed(answer) for answer in before} == {not may}
        assert {is_allowed(answer) for answer in after} == {may}


def is_allowed(answer):
    assert answer.status == 200 or answer.error.code == "AccessDenied", answer.body
    return answer.status == 200


def revision(answer):
    return int(answer.headers["x-keystead-revision"])


@pytest.mark.parametrize("directory", [False, True], ids=["memory", "directory"])
def test_nothing_is_written_by_a_right_that_was_lost_before(launch, tmp_path, directory):
    """In the order of the feed, and so within one batch of the writer too: changes that were under way when the
    right was taken away came before it or not at all."""
    server = launch(data=tmp_path / "data" if directory else None)
    key = server.create_user_with_key("mallory")
    server.ok("AttachUserPolicy", {"UserName": "mallory", "PolicyArn": ADMINISTRATOR})
    writing = threading.Semaphore(0)

    def write(number):
        if number == 0:
            for _ in range(64):
                writing.acquire()
            return server.ok("DetachUserPolicy", {"UserName": "mallory", "PolicyArn": ADMINISTRATOR})
        made = []
        while True:
            answer = server.call("CreateUser", {"UserName": f"made-{number}-{len(made)}"}, key=key)
            if answer.status != 200:
                assert refusal(answer)[1] == "AccessDenied"
                return made
            made.append(revision(answer))
            writing.release()

    detached, *made = together(write, 17)
    written = [written for numbers in made for written in numbers]
    assert len(set(written)) == len(written) >= 64
    assert max(written) < revision(detached)
    assert len(server.ok("ListUsers", {"MaxItems": 1000}).texts("UserName")) == len(written) + 2


def test_of_two_who_take_each_others_rights_one_keeps_its_own(server):
    for number in range(20):
        names = [f"one-{number}", f"two-{number}"]
        keys = [server.create_user_with_key(name) for name in names]
        for name in names:
            server.ok("AttachUserPolicy", {"UserName": name, "PolicyArn": ADMINISTRATOR})

        def take(who, names=names, keys=keys):
            other = {"UserName": names[1 - who], "PolicyArn": ADMINISTRATOR}
            return server.call("DetachUserPolicy", other, key=keys[who])

        assert Counter(answer.status for answer in together(take, 2)) == {200: 1, 403: 1}


def test_in_a_ring_nobody_takes_who_was_taken_from_before(server):
    count = 24
    keys = [server.create_user_with_key(f"user{number}") for number in range(count)]
    for number in range(count):
        server.ok("AttachUserPolicy", {"UserName": f"user{number}", "PolicyArn": ADMINISTRATOR})

    def take(number):
        next_name = f"user{(number + 1) % count}"
        return server.call("DetachUserPolicy", {"UserName": next_name, "PolicyArn": ADMINISTRATOR}, key=keys[number])

    answers = together(take, count)
    taken = {(number + 1) % count: revision(answer) for number, answer in enumerate(answers) if answer.status == 200}
    assert taken
    for number, answer in enumerate(answers):
        if answer.status == 200:
            assert number not in taken or revision(answer) < taken[number]
        else:
            assert refusal(answer)[1] == "AccessDenied"
            assert number in taken, "who still has the right is not denied"


def test_who_loses_a_right_cannot_give_it_back_to_itself(server):
    attached = {"UserName": "mallory", "PolicyArn": ADMINISTRATOR}
    key = server.create_user_with_key("mallory")
    for _ in range(5):
        server.ok("AttachUserPolicy", attached)
        requests = [server.sign(form("AttachUserPolicy", attached), key) for _ in range(CONNECTIONS)]
        _, answers = under_load(server.address, requests, lambda: server.ok("DetachUserPolicy", attached))
        assert {answer.error.code for _, after in answers for answer in after} == {"AccessDenied"}
        assert server.ok("ListAttachedUserPolicies", {"UserName": "mallory"}).texts("PolicyArn") == []
