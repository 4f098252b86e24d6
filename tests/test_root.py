"""The account's root user, which has no key unless somebody makes one."""

import re

import pytest

from harness import ACCOUNT, ROOT, KeyPair, keystead
from harness.errors import no_such_key, refusal, two_keys
from harness.policies import SELF_SERVICE

ARN = f"arn:aws:iam::{ACCOUNT}:root"


class TestWithAFixedKey:
    def test_who_it_is(self, server):
        caller = server.client("sts", ROOT).get_caller_identity()
        assert (caller["UserId"], caller["Account"], caller["Arn"]) == (ACCOUNT, ACCOUNT, ARN)

    def test_get_user(self, server):
        user = server.client("iam", ROOT).get_user()["User"]
        assert (user["UserId"], user["Arn"]) == (ACCOUNT, ARN)
        assert "Path" not in user and "UserName" not in user
        assert user["CreateDate"]

    def test_its_own_keys(self, server):
        iam = server.client("iam", ROOT)
        assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [ROOT.access_key_id]
        created = iam.create_access_key()["AccessKey"]
        second = KeyPair(created["AccessKeyId"], created["SecretAccessKey"])
        assert server.client("sts", second).get_caller_identity()["Arn"] == ARN
        assert refusal(server.call("CreateAccessKey", key=ROOT)) == two_keys()

        iam.update_access_key(AccessKeyId=second.access_key_id, Status="Inactive")
        assert not server.works(second)
        iam.delete_access_key(AccessKeyId=second.access_key_id)
        assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1

    def test_last_used(self, server):
        server.ok("GetCallerIdentity", key=ROOT, service="sts")
        used = server.client("iam", ROOT).get_access_key_last_used(AccessKeyId=ROOT.access_key_id)
        assert used["AccessKeyLastUsed"]["ServiceName"] == "iam"

    def test_it_may_do_everything(self, server):
        iam = server.client("iam", ROOT)
        iam.create_user(UserName="alice")
        key = iam.create_access_key(UserName="alice")["AccessKey"]
        iam.delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName="alice")

    def test_the_summary_tells_of_it(self, server, iam):
        assert iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 1
        server.client("iam", ROOT).delete_access_key(AccessKeyId=ROOT.access_key_id)
        assert iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 0

    def test_a_user_named_root_is_not_root(self, server, iam):
        key = server.create_user_with_key("root", SELF_SERVICE)
        assert server.client("sts", key).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/root"
        assert server.call("ListUsers", key=key).error.code == "AccessDenied"
        assert refusal(server.call("DeleteAccessKey", {"AccessKeyId": ROOT.access_key_id}, key=key)) == no_such_key(
            ROOT.access_key_id
        )


class TestOnTheServersOwnMachine:
    @pytest.mark.parametrize("running", [True, False], ids=["beside a server", "alone"])
    def test_create_list_delete(self, launch, tmp_path, running):
        data = tmp_path / "data"
        server = launch(data=data)
        assert server.client("iam").get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 0

        def command(*arguments):
            if not running:
                server.stop()
            done = keystead("root-key", *arguments, "--data", data)
            assert done.returncode == 0, done.stderr
            return done.stdout, (server if running else launch(data=data))

        printed, server = command("create")
        key = KeyPair(
            re.search("AKIA[A-Z2-7]{16}", printed)[0],
            re.search(r"(?<![A-Za-z0-9])[A-Za-z0-9]{40}(?![A-Za-z0-9])", printed)[0],
        )
        assert server.client("sts", key).get_caller_identity()["Arn"] == ARN
        printed, server = command("list")
        assert key.access_key_id in printed and key.secret_access_key not in printed
        printed, server = command("delete", key.access_key_id)
        assert not server.works(key)
        printed, server = command("list")
        assert key.access_key_id not in printed

    def test_two_at_most(self, launch, tmp_path):
        launch(data=tmp_path / "data")
        done = [keystead("root-key", "create", "--data", tmp_path / "data") for _ in range(3)]
        assert [each.returncode == 0 for each in done] == [True, True, False]
        assert "2" in done[2].stderr

    def test_deleting_one_that_is_not_there(self, launch, tmp_path):
        launch(data=tmp_path / "data")
        done = keystead("root-key", "delete", "AKIAIOSFODNN7EXAMPLE", "--data", tmp_path / "data")
        assert done.returncode != 0
        assert "AKIAIOSFODNN7EXAMPLE" in done.stderr

    def test_the_help_advises_against_it(self):
        assert "dvised against" in keystead("root-key", "create", "--help").stdout
