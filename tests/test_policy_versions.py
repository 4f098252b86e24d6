"""Versions of managed policies: five at most, one in force, and no number twice."""

from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError
from harness.errors import client_refusal, refusal, unsatisfied
from harness.policies import document, grant, no_version, policy_arn, statement

TOO_MANY = (
    409,
    "LimitExceeded",
    "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
)
IS_DEFAULT = (409, "DeleteConflict", "Cannot delete the default version of a policy.")


@pytest.fixture
def arn(iam):
    return iam.create_policy(PolicyName="p", PolicyDocument=document(statement("s3:v1")))["Policy"]["Arn"]


def versions(iam, arn):
    """Version ids, newest first, and the one that is in force."""
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    [default] = [version["VersionId"] for version in listed if version["IsDefaultVersion"]]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == default
    return [version["VersionId"] for version in listed], default


def add(iam, arn, number, **parameters):
    text = document(statement(f"s3:v{number}"))
    return iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, **parameters)["PolicyVersion"]


def test_a_new_version_and_its_document(iam, arn):
    created = add(iam, arn, 2)
    assert created.keys() == {"VersionId", "IsDefaultVersion", "CreateDate"}
    assert (created["VersionId"], created["IsDefaultVersion"]) == ("v2", False)
    assert versions(iam, arn) == (["v2", "v1"], "v1")
    for version in ["v1", "v2"]:
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        assert found["Document"]["Statement"][0]["Action"] == f"s3:{version}"
        assert (found["VersionId"], found["IsDefaultVersion"]) == (version, version == "v1")
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert all(version.keys() == {"VersionId", "IsDefaultVersion", "CreateDate"} for version in listed)
    assert add(iam, arn, 3, SetAsDefault=True)["IsDefaultVersion"] is True
    assert versions(iam, arn) == (["v3", "v2", "v1"], "v3")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["UpdateDate"] >= created["CreateDate"]


@pytest.mark.parametrize(
    "text",
    [
        document(),
        '{ "Version" : "2012-10-17",\n\t"Statement":\r\n[{"Effect":"Allow","Action":"*","Resource":"*"}] }\n',
        document(statement("s3:*", "arn:aws:s3:::a+b/c~d*e%41?x=ü ÿ&y")),
    ],
)
def test_a_document_comes_back_as_it_was_sent_percent_encoded(server, text):
    """A decoder that takes `+` for a space must get it right too."""
    server.ok("CreatePolicy", {"PolicyName": "p", "PolicyDocument": text})
    answer = server.ok("GetPolicyVersion", {"PolicyArn": policy_arn("p"), "VersionId": "v1"})
    encoded = answer.text("Document")
    assert not set(encoded) & set(" +*\"{}[]:,/\n\t\r&?=!'()")
    assert unquote(encoded) == unquote(encoded.replace("+", " ")) == text


def test_five_versions_and_no_number_twice(iam, arn):
    for number in range(2, 6):
        assert add(iam, arn, number)["VersionId"] == f"v{number}"
    with pytest.raises(ClientError) as caught:
        add(iam, arn, 6)
    assert client_refusal(caught) == TOO_MANY
    assert versions(iam, arn) == (["v5", "v4", "v3", "v2", "v1"], "v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    assert add(iam, arn, 6)["VersionId"] == "v6"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v6")
    for version in ["v1", "v2", "v3", "v4"]:
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    assert add(iam, arn, 7)["VersionId"] == "v7"
    assert versions(iam, arn) == (["v7", "v6"], "v6")


def test_pages(iam, arn):
    for number in range(2, 6):
        add(iam, arn, number)
    for size in [1, 2, 3, 5]:
        pages = iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn, PaginationConfig={"PageSize": size})
        listed = [[version["VersionId"] for version in page["Versions"]] for page in pages]
        assert all(len(page) <= size for page in listed)
        assert [version for page in listed for version in page] == ["v5", "v4", "v3", "v2", "v1"]


def test_the_default_version_is_set_and_not_deleted(iam, arn):
    add(iam, arn, 2)
    with pytest.raises(ClientError) as caught:
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert client_refusal(caught) == IS_DEFAULT
    for _ in range(2):
        iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert versions(iam, arn) == (["v2", "v1"], "v2")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert versions(iam, arn) == (["v2"], "v2")


OPERATIONS = ["GetPolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion"]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("version", ["v9", "v2", "v1.a", "v99999999999"])
def test_an_unknown_version(server, arn, operation, version):
    answer = server.call(operation, {"PolicyArn": arn, "VersionId": version})
    assert refusal(answer) == no_version(arn, version)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_version_of_an_unknown_policy(server, operation):
    arn = policy_arn("nonexistent")
    answer = server.call(operation, {"PolicyArn": arn, "VersionId": "v1"})
    assert refusal(answer) == no_version(arn, "v1")


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("version", ["1", "v0", "v01", "wrong_version_id", "v2-does-not-exist"])
def test_what_is_no_version(server, arn, operation, version):
    answer = server.call(operation, {"PolicyArn": arn, "VersionId": version})
    pattern = r"satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"
    assert refusal(answer) == unsatisfied(("versionId", pattern))


def test_the_version_in_force_decides_at_the_next_request(server, iam):
    key = server.create_user_with_key("alice")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=document(statement("iam:ListUsers")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    server.ok("ListUsers", key=key)
    denying = document(statement("*"), statement("iam:ListUsers", effect="Deny"))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=denying)
    server.ok("ListUsers", key=key)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    status, code, text = refusal(server.call("ListUsers", key=key))
    assert (status, code) == (403, "AccessDenied")
    assert text.endswith(f"with an explicit deny in an identity-based policy: {arn}")
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(statement("*")), SetAsDefault=True)
    server.ok("ListUsers", key=key)


def test_a_permission_on_one_policy_is_none_on_another(server, iam):
    key = server.create_user_with_key("alice")
    for name in ["hers", "other"]:
        iam.create_policy(PolicyName=name, PolicyDocument=document())
    grant(server, "alice", statement("iam:CreatePolicyVersion", policy_arn("hers")))
    parameters = {"PolicyDocument": document(), "SetAsDefault": "true"}
    server.ok("CreatePolicyVersion", {"PolicyArn": policy_arn("hers"), **parameters}, key=key)
    answer = server.call("CreatePolicyVersion", {"PolicyArn": policy_arn("other"), **parameters}, key=key)
    assert refusal(answer)[:2] == (403, "AccessDenied")
