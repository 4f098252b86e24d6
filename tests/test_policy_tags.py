"""Tags of managed policies. Their keys are told apart by case, as AWS was seen to do."""

import pytest
from botocore.exceptions import ClientError
from harness.errors import client_refusal, refusal, unsatisfied
from harness.policies import document, policy_arn

TOO_MANY = (409, "LimitExceeded", "The number of tags has reached the maximum limit.")
DUPLICATE = (400, "InvalidInput", "Duplicate tag keys found.")
PATTERN = r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"


@pytest.fixture
def arn(iam):
    return iam.create_policy(PolicyName="p", PolicyDocument=document())["Policy"]["Arn"]


def as_tags(values):
    return [{"Key": key, "Value": value} for key, value in values.items()]


def tags_of(iam, arn):
    return {tag["Key"]: tag["Value"] for tag in iam.list_policy_tags(PolicyArn=arn)["Tags"]}


def test_tags_are_added_replaced_and_removed(iam, arn):
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == []
    iam.tag_policy(PolicyArn=arn, Tags=as_tags({"a": "1", "b": ""}))
    iam.tag_policy(PolicyArn=arn, Tags=as_tags({"a": "2", "c": "3"}))
    assert tags_of(iam, arn) == {"a": "2", "b": "", "c": "3"}
    iam.untag_policy(PolicyArn=arn, TagKeys=["b", "not there"])
    assert tags_of(iam, arn) == {"a": "2", "c": "3"}
    found = iam.get_policy(PolicyArn=arn)["Policy"]["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in found} == {"a": "2", "c": "3"}


def test_keys_that_differ_in_case_are_two(iam, arn):
    iam.tag_policy(PolicyArn=arn, Tags=as_tags({"team": "1", "Team": "2"}))
    assert tags_of(iam, arn) == {"team": "1", "Team": "2"}
    iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    assert tags_of(iam, arn) == {"Team": "2"}


def test_the_same_key_twice(iam, arn):
    with pytest.raises(ClientError) as caught:
        iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "0", "Value": ""}, {"Key": "0", "Value": ""}])
    assert client_refusal(caught) == DUPLICATE
    assert tags_of(iam, arn) == {}


def test_fifty_tags(iam, arn):
    iam.tag_policy(PolicyArn=arn, Tags=as_tags({f"k{number:02}": "" for number in range(50)}))
    with pytest.raises(ClientError) as caught:
        iam.tag_policy(PolicyArn=arn, Tags=as_tags({"one more": ""}))
    assert client_refusal(caught) == TOO_MANY
    iam.tag_policy(PolicyArn=arn, Tags=as_tags({"k00": "replaced"}))
    pages = iam.get_paginator("list_policy_tags").paginate(PolicyArn=arn, PaginationConfig={"PageSize": 7})
    listed = [[tag["Key"] for tag in page["Tags"]] for page in pages]
    assert all(len(page) <= 7 for page in listed)
    assert sorted(key for page in listed for key in page) == [f"k{number:02}" for number in range(50)]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "TagPolicy",
            {"Tags": as_tags({str(number): "" for number in range(51)})},
            unsatisfied(("tags", "have length less than or equal to 50")),
        ),
        (
            "TagPolicy",
            {"Tags": as_tags({"k" * 129: ""})},
            unsatisfied(("tags.1.member.key", "have length less than or equal to 128")),
        ),
        (
            "TagPolicy",
            {"Tags": as_tags({"k": "v" * 257})},
            unsatisfied(("tags.1.member.value", "have length less than or equal to 256")),
        ),
        ("TagPolicy", {"Tags": as_tags({"NOWAY!": ""})}, unsatisfied(("tags.1.member.key", PATTERN))),
        (
            "UntagPolicy",
            {"TagKeys": [str(number) for number in range(51)]},
            unsatisfied(("tagKeys", "have length less than or equal to 50")),
        ),
    ],
    ids=["many", "key", "value", "characters", "many keys"],
)
def test_unfit_tags(server, arn, operation, parameters, expected):
    assert refusal(server.call(operation, {"PolicyArn": arn, **parameters})) == expected
    assert server.ok("ListPolicyTags", {"PolicyArn": policy_arn("p")}).texts("Key") == []
