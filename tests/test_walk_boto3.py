"""Every line that a person writes with boto3, clients and resources, with boto3's own defaults."""

import boto3
import pytest
from botocore.exceptions import ClientError

from harness.errors import client_refusal, no_such_user, two_keys
from harness.policies import SELF_SERVICE


@pytest.fixture
def resource(server, monkeypatch):
    """`boto3.resource("iam")` set up as `admin.env` does it: by the environment alone."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.key.secret_access_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    return boto3.Session().resource("iam")


def test_the_current_user_is_the_administrator(resource, server):
    administrator = resource.meta.client.get_user()["User"]
    assert resource.CurrentUser().user_name == administrator["UserName"]
    assert resource.CurrentUser().arn == administrator["Arn"]
    assert [key.id for key in resource.CurrentUser().access_keys.all()] == [server.key.access_key_id]


def test_a_users_keys(resource):
    user = resource.create_user(UserName="alice", Path="/ops/")
    assert user.name == "alice"
    assert resource.User("alice").path == "/ops/"
    assert list(resource.User("alice").access_keys.all()) == []

    pair = resource.User("alice").create_access_key_pair()
    assert (pair.user_name, pair.status, len(pair.secret)) == ("alice", "Active", 40)
    second = resource.User("alice").create_access_key_pair()
    with pytest.raises(ClientError) as caught:
        resource.User("alice").create_access_key_pair()
    assert client_refusal(caught) == two_keys()
    assert isinstance(caught.value, resource.meta.client.exceptions.LimitExceededException)

    keys = list(resource.User("alice").access_keys.all())
    assert [key.id for key in keys] == [pair.id, second.id]
    assert [key.status for key in keys] == ["Active", "Active"]

    resource.User("alice").AccessKey(pair.id).deactivate()
    assert [key.status for key in resource.User("alice").access_keys.all()] == ["Inactive", "Active"]
    resource.User("alice").AccessKey(pair.id).activate()
    assert [key.status for key in resource.User("alice").access_keys.all()] == ["Active", "Active"]

    used = resource.meta.client.get_access_key_last_used(AccessKeyId=pair.id)
    assert used["UserName"] == "alice"
    assert used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}

    resource.AccessKey("alice", pair.id).delete()
    assert [key.id for key in resource.User("alice").access_keys.all()] == [second.id]
    second.delete()

    resource.User("alice").delete()
    with pytest.raises(resource.meta.client.exceptions.NoSuchEntityException) as caught:
        resource.User("alice").load()
    assert client_refusal(caught) == no_such_user("alice")


def test_the_new_pair_signs(resource, server):
    resource.create_user(UserName="alice")
    server.put_policy("alice", SELF_SERVICE)
    pair = resource.User("alice").create_access_key_pair()
    session = boto3.Session(aws_access_key_id=pair.id, aws_secret_access_key=pair.secret, region_name="home")
    assert session.client("sts", endpoint_url=server.url).get_caller_identity()["Arn"].endswith(":user/alice")
    assert session.resource("iam", endpoint_url=server.url).CurrentUser().user_name == "alice"


def test_waiters_and_collections(resource):
    for name in ("alice", "bob", "carol"):
        resource.create_user(UserName=name, Path="/staff/")
    resource.meta.client.get_waiter("user_exists").wait(UserName="carol")
    assert [user.name for user in resource.users.filter(PathPrefix="/staff/")] == ["alice", "bob", "carol"]
    assert [user.name for user in resource.users.filter(PathPrefix="/staff/").page_size(1)] == ["alice", "bob", "carol"]
    renamed = resource.User("bob").update(NewUserName="robert")
    assert renamed.name == "robert"
    assert resource.User("robert").arn.endswith(":user/staff/robert")


def test_the_account(resource):
    client = resource.meta.client
    resource.create_account_alias(AccountAlias="keystead-tests")
    assert client.list_account_aliases()["AccountAliases"] == ["keystead-tests"]
    client.delete_account_alias(AccountAlias="keystead-tests")
    assert client.list_account_aliases()["AccountAliases"] == []
    assert resource.AccountSummary().summary_map["AccessKeysPerUserQuota"] == 2
