"""The account: its alias, its summary, and the settings that an operator makes."""

import pytest
from botocore.exceptions import ClientError

from harness import keystead
from harness.errors import client_refusal, refusal, two_keys
from harness.policies import EC2

# A fresh account's quotas, recorded from AWS in February 2026.
QUOTAS = {
    "AccessKeysPerUserQuota": 2,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1000,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "PolicyVersionsInUseQuota": 10000,
    "RolePolicySizeQuota": 10240,
    "RolesQuota": 1000,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": 2048,
    "UsersQuota": 5000,
    "VersionsPerPolicyQuota": 5,
}
COUNTERS = {
    "AccountAccessKeysPresent",
    "AccountMFAEnabled",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
    "Groups",
    "InstanceProfiles",
    "MFADevices",
    "MFADevicesInUse",
    "Policies",
    "PolicyVersionsInUse",
    "Providers",
    "Roles",
    "ServerCertificates",
    "Users",
}


class TestAlias:
    def test_one_at_a_time(self, iam):
        assert iam.list_account_aliases()["AccountAliases"] == []
        iam.create_account_alias(AccountAlias="example-1")
        assert iam.list_account_aliases()["AccountAliases"] == ["example-1"]
        iam.create_account_alias(AccountAlias="example-2")
        assert iam.list_account_aliases()["AccountAliases"] == ["example-2"]
        iam.delete_account_alias(AccountAlias="example-2")
        assert iam.list_account_aliases()["AccountAliases"] == []

    def test_the_list_has_one_page(self, iam):
        iam.create_account_alias(AccountAlias="example")
        pages = list(iam.get_paginator("list_account_aliases").paginate(PaginationConfig={"PageSize": 1}))
        assert [page["AccountAliases"] for page in pages] == [["example"]]
        assert not pages[-1]["IsTruncated"]

    def test_one_that_is_not_there(self, iam):
        iam.create_account_alias(AccountAlias="example")
        with pytest.raises(ClientError) as caught:
            iam.delete_account_alias(AccountAlias="another")
        assert client_refusal(caught)[:2] == (404, "NoSuchEntity")
        assert iam.list_account_aliases()["AccountAliases"] == ["example"]


class TestSummary:
    def test_quotas_and_counters(self, iam):
        summary = iam.get_account_summary()["SummaryMap"]
        assert {name: summary.get(name) for name in QUOTAS} == QUOTAS
        assert summary.keys() == QUOTAS.keys() | COUNTERS
        assert all(isinstance(value, int) for value in summary.values())

    def test_users_are_counted(self, iam):
        before = iam.get_account_summary()["SummaryMap"]["Users"]
        iam.create_user(UserName="alice")
        iam.create_user(UserName="bob")
        assert iam.get_account_summary()["SummaryMap"]["Users"] == before + 2
        iam.delete_user(UserName="alice")
        assert iam.get_account_summary()["SummaryMap"]["Users"] == before + 1
        assert before == len(iam.list_users()["Users"]) - 1

    def test_groups_are_counted(self, iam):
        assert iam.get_account_summary()["SummaryMap"]["Groups"] == 0
        iam.create_group(GroupName="ops")
        iam.create_group(GroupName="dev")
        assert iam.get_account_summary()["SummaryMap"]["Groups"] == 2
        iam.delete_group(GroupName="ops")
        assert iam.get_account_summary()["SummaryMap"]["Groups"] == 1


class TestSettings:
    """`keystead account set`, beside a running server."""

    @pytest.fixture
    def data(self, tmp_path):
        return tmp_path / "data"

    @pytest.fixture
    def server(self, launch, data):
        return launch(data=data)

    def set(self, data, *settings):
        return keystead("account", "set", "--data", data, *settings)

    def test_active_keys_alone_may_be_counted(self, server, data):
        server.create_user("alice")
        first, _ = server.create_key("alice"), server.create_key("alice")
        change = {"UserName": "alice", "AccessKeyId": first.access_key_id}
        server.ok("UpdateAccessKey", change | {"Status": "Inactive"})
        assert refusal(server.call("CreateAccessKey", {"UserName": "alice"})) == two_keys()

        assert self.set(data, "access-keys-counted=active").returncode == 0
        third = server.create_key("alice")
        assert server.works(third)
        assert len(server.key_ids("alice")) == 3
        assert refusal(server.call("CreateAccessKey", {"UserName": "alice"})) == two_keys()
        # Two are active now: the inactive one may not come back beside them.
        assert refusal(server.call("UpdateAccessKey", change | {"Status": "Active"})) == two_keys()
        server.ok("UpdateAccessKey", change | {"AccessKeyId": third.access_key_id, "Status": "Inactive"})
        server.ok("UpdateAccessKey", change | {"Status": "Active"})
        assert server.works(first)

        assert self.set(data, "access-keys-counted=all").returncode == 0
        assert refusal(server.call("CreateAccessKey", {"UserName": "alice"})) == two_keys()

    def test_the_number_of_keys(self, server, data):
        server.create_user("alice")
        assert self.set(data, "access-keys-per-user=3").returncode == 0
        for _ in range(3):
            server.create_key("alice")
        refused = refusal(server.call("CreateAccessKey", {"UserName": "alice"}))
        assert refused == (409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 3")
        assert server.client("iam").get_account_summary()["SummaryMap"]["AccessKeysPerUserQuota"] == 3

    def test_the_quotas_of_groups_and_policies(self, server, data):
        assert self.set(data, "groups=11", "policies=12", "attached-policies-per-user=13").returncode == 0
        summary = server.client("iam").get_account_summary()["SummaryMap"]
        names = ("GroupsQuota", "PoliciesQuota", "AttachedPoliciesPerUserQuota", "AttachedPoliciesPerGroupQuota")
        assert [summary[name] for name in names] == [11, 12, 13, 10]

    def test_the_quotas_of_roles(self, server, data):
        assert self.set(data, "roles=1", "instance-profiles=3", "attached-policies-per-role=2").returncode == 0
        summary = server.client("iam").get_account_summary()["SummaryMap"]
        names = ("RolesQuota", "InstanceProfilesQuota", "AttachedPoliciesPerRoleQuota")
        assert [summary[name] for name in names] == [1, 3, 2]
        role = {"AssumeRolePolicyDocument": EC2}
        server.ok("CreateRole", {"RoleName": "one", **role})
        refused = refusal(server.call("CreateRole", {"RoleName": "two", **role}))
        assert refused == (409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1")

    def test_shown_as_set_and_kept(self, server, data):
        assert self.set(data, "access-keys-counted=active", "users=77").returncode == 0
        running = keystead("account", "show", "--data", data)
        assert server.stop() == 0
        stopped = keystead("account", "show", "--data", data)
        for shown in (running, stopped):
            assert shown.returncode == 0, shown.stderr
            for expected in ("123456789012", "access-keys-counted", "active", "77"):
                assert expected in shown.stdout

    @pytest.mark.parametrize(
        "setting",
        ["access-keys-counted=some", "access-keys-counted", "users=-1", "users=many", "no-such-setting=1", "=", ""],
    )
    def test_a_wrong_setting_changes_nothing(self, server, data, setting):
        before = keystead("account", "show", "--data", data).stdout
        done = self.set(data, "users=4000", setting)
        assert done.returncode != 0
        assert done.stderr.strip()
        assert keystead("account", "show", "--data", data).stdout == before
