"""AWS's managed policies: everybody may be let read them, and nobody changes them."""

import pytest
from botocore.exceptions import ClientError
from harness import ROOT
from harness.errors import client_refusal, refusal
from harness.policies import aws_policy_arn, document, grant, no_version, not_attachable, not_found, statement

ADMINISTRATOR = aws_policy_arn("AdministratorAccess")
CANNOT_UPDATE = (403, "AccessDenied", "Cannot update policies outside your own account.")
CANNOT_DELETE = (403, "AccessDenied", "Cannot delete policies outside your own account.")
CANNOT_DELETE_VERSION = (403, "AccessDenied", "Cannot delete policy versions for policies outside your own account.")
NAMES = {
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
    "IAMUserChangePassword",
    "IAMUserSSHKeys",
    "SecurityAudit",
    "ViewOnlyAccess",
}


def test_each_of_them_can_be_read(iam):
    policies = iam.list_policies(Scope="AWS")["Policies"]
    assert {policy["PolicyName"] for policy in policies} >= NAMES
    for policy in policies:
        arn = policy["Arn"]
        assert arn == f"arn:aws:iam::aws:policy{policy['Path']}{policy['PolicyName']}"
        assert policy["PolicyId"].startswith("ANPA")
        found = iam.get_policy(PolicyArn=arn)["Policy"]
        assert found.pop("Description")
        assert found.pop("Tags") == []
        assert found == policy
        [version] = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        assert version["VersionId"] == policy["DefaultVersionId"]
        assert version["IsDefaultVersion"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])["PolicyVersion"]["Document"]
        assert document["Version"] == "2012-10-17"
        assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == []


def test_what_administrators_may(iam):
    found = iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v1")["PolicyVersion"]["Document"]
    [only] = found["Statement"]
    assert (only["Effect"], only["Action"], only["Resource"]) == ("Allow", "*", "*")


@pytest.mark.parametrize("name", ["AdministratorAccess", "Nonexistent"])
@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("DeletePolicy", {}, CANNOT_DELETE),
        ("DeletePolicyVersion", {"VersionId": "v2"}, CANNOT_DELETE_VERSION),
        ("CreatePolicyVersion", {"PolicyDocument": document()}, CANNOT_UPDATE),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}, CANNOT_UPDATE),
        ("TagPolicy", {"Tags": [{"Key": "k", "Value": ""}]}, CANNOT_UPDATE),
        ("UntagPolicy", {"TagKeys": ["k"]}, CANNOT_UPDATE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("who", ["administrator", "root"])
def test_nobody_changes_them(server, who, operation, parameters, expected, name):
    key = ROOT if who == "root" else None
    answer = server.call(operation, {"PolicyArn": aws_policy_arn(name), **parameters}, key=key)
    assert refusal(answer) == expected


def test_one_that_there_is_not(iam):
    arn = aws_policy_arn("Nonexistent")
    rows = [
        (lambda: iam.get_policy(PolicyArn=arn), not_found(arn)),
        (lambda: iam.list_policy_versions(PolicyArn=arn), not_found(arn)),
        (lambda: iam.get_policy_version(PolicyArn=arn, VersionId="v1"), no_version(arn, "v1")),
        (lambda: iam.get_policy_version(PolicyArn=ADMINISTRATOR, VersionId="v2"), no_version(ADMINISTRATOR, "v2")),
        (lambda: iam.list_entities_for_policy(PolicyArn=arn), not_attachable(arn)),
    ]
    for call, expected in rows:
        with pytest.raises(ClientError) as caught:
            call()
        assert client_refusal(caught) == expected


def test_who_may_read_them_is_decided_as_ever(server):
    key = server.create_user_with_key("alice")
    answer = server.call("GetPolicy", {"PolicyArn": ADMINISTRATOR}, key=key)
    assert refusal(answer)[:2] == (403, "AccessDenied")
    grant(server, "alice", statement("iam:GetPolicy", "arn:aws:iam::aws:policy/*"))
    server.ok("GetPolicy", {"PolicyArn": ADMINISTRATOR}, key=key)
    # A permission on the account's policies is none on AWS's.
    grant(server, "alice", statement("iam:*", "arn:aws:iam::123456789012:policy/*"))
    answer = server.call("GetPolicy", {"PolicyArn": ADMINISTRATOR}, key=key)
    assert refusal(answer)[:2] == (403, "AccessDenied")
    # Nor does a permission to change them change what AWS says.
    grant(server, "alice", statement("iam:DeletePolicy", "*"))
    assert refusal(server.call("DeletePolicy", {"PolicyArn": ADMINISTRATOR}, key=key)) == CANNOT_DELETE
