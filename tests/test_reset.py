"""For test suites: a server in memory that leaves no file, and goes back to its first start when asked."""

import statistics
import time

import pytest

from harness import ACCOUNT, ADMIN, ROOT, KeyPair, Server, keystead, start
from harness.concurrency import together
from harness.http import connect, encode, read
from harness.sigv4 import Request

RESET_SECONDS_MAX = 0.005
START_SECONDS_MAX = 0.5


def test_back_to_the_first_start(server):
    first = server.contents()
    created = server.ok("GetUser").text("CreateDate")
    key = server.create_user_with_key("alice", Tags=[{"Key": "a", "Value": "b"}])
    second = server.ok("CreateAccessKey")
    server.ok("CreateAccountAlias", {"AccountAlias": "example"})
    server.ok("UpdateAccessKey", {"AccessKeyId": second.text("AccessKeyId"), "Status": "Inactive"})
    assert server.works(key)

    gone = server.create_user_with_key("bob")
    server.ok("DeleteAccessKey", {"UserName": "bob", "AccessKeyId": gone.access_key_id})
    assert not server.works(gone)

    server.reset()
    assert server.contents() == first
    assert server.ok("GetUser").text("CreateDate") >= created
    assert server.ok("ListAccessKeys").texts("AccessKeyId") == [ADMIN.access_key_id]
    assert server.ok("ListAccountAliases").texts("member") == []
    assert not server.works(key)
    assert server.works(ROOT)
    assert server.client("sts").get_caller_identity()["Account"] == ACCOUNT
    summary = server.client("iam").get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["AccountAccessKeysPresent"]) == (1, 1)


def test_even_when_the_administrator_has_locked_himself_out(server):
    server.ok("UpdateAccessKey", {"AccessKeyId": ADMIN.access_key_id, "Status": "Inactive"})
    assert not server.works(ADMIN)
    server.reset()
    assert server.works(ADMIN)
    server.ok("DeleteAccessKey", {"AccessKeyId": ADMIN.access_key_id})
    assert not server.works(ADMIN), "and the refusal is remembered"
    server.reset()
    assert server.works(ADMIN)


def test_failures_before_it_are_not_held_against_anyone(server):
    wrong = KeyPair(ADMIN.access_key_id, "wrong" * 8)
    codes = {server.call("GetUser", key=wrong).error.code for _ in range(70)}
    assert codes == {"SignatureDoesNotMatch", "Throttling"}
    server.reset()
    assert server.call("GetUser", key=wrong).error.code == "SignatureDoesNotMatch"


def test_last_use_and_markers_are_forgotten(server):
    server.works(ADMIN)
    server.create_user("alice")
    marker = server.ok("ListUsers", {"MaxItems": 1}).text("Marker")
    server.reset()
    used = server.client("iam", ROOT).get_access_key_last_used(AccessKeyId=ADMIN.access_key_id)
    assert used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    # The key of markers is the first start's too: one that was given out before still tells a place.
    assert server.ok("ListUsers", {"Marker": marker}).texts("UserName") == []
    assert server.ok("ListUsers").texts("UserName") == ["administrator"]


def test_generated_keys_come_back_too(launch):
    """Without fixed keys the first start makes one; it stays the same."""
    server = launch("--test-reset", fixed=False)
    found = server.wait_for_log(r"(AKIA[A-Z2-7]{16})")[1]
    secret = server.wait_for_log(r"(?<![A-Za-z0-9])([A-Za-z0-9]{40})(?![A-Za-z0-9])")[1]
    key = KeyPair(found, secret)
    account = server.client("sts", key).get_caller_identity()["Account"]
    server.reset()
    assert server.client("sts", key).get_caller_identity()["Account"] == account


def test_in_less_than_five_milliseconds(server):
    request = encode(Request(path="/-/reset", headers=(("host", server.host),)))
    seconds = []
    with connect(server.address) as connection:
        for number in range(21):
            server.create_user_with_key(f"user{number}")
            begin = time.perf_counter()
            connection.sendall(request)
            assert read(connection).status in (200, 204)
            seconds.append(time.perf_counter() - begin)
    assert statistics.median(seconds) < RESET_SECONDS_MAX, seconds


def test_while_others_call(server):
    """A reset is one step: nobody sees half of it."""

    def call(number):
        if number == 0:
            for _ in range(10):
                server.reset()
            return {200}
        return {server.call("GetUser").status for _ in range(20)}

    assert set().union(*together(call, 4)) == {200}


class TestOnlyForTests:
    def test_not_without_the_flag(self, launch, tmp_path):
        for server in (launch(), launch(data=tmp_path / "data")):
            key = server.create_user_with_key("alice")
            assert server.get("/-/reset", method="POST").status in (403, 404, 405)
            assert server.works(key)

    def test_not_with_a_directory(self, tmp_path):
        done = keystead("serve", "--listen", "127.0.0.1:0", "--test-reset", "--data", tmp_path / "data")
        assert done.returncode == 2
        assert "--in-memory" in done.stderr
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
    def test_not_by_another_method(self, server, method):
        key = server.create_user_with_key("alice")
        assert server.get("/-/reset", method=method).status in (404, 405)
        assert server.works(key)


class TestInMemory:
    def test_no_file_is_left(self, tmp_path):
        """Neither where it was started, nor at home, nor among the temporary files, nor while it runs."""
        variables = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
        server = start("--test-reset", root=True, env=variables, cwd=tmp_path)
        try:
            server.create_user_with_key("alice")
            server.reset()
            assert list(tmp_path.rglob("*")) == []
        finally:
            assert server.stop() == 0
        assert list(tmp_path.rglob("*")) == []

    def test_it_starts_in_milliseconds(self):
        seconds = []
        for _ in range(5):
            begin = time.perf_counter()
            server = start("--test-reset")
            server.ok("GetUser")
            seconds.append(time.perf_counter() - begin)
            server.stop()
        assert statistics.median(seconds) < START_SECONDS_MAX, seconds

    def test_two_servers_know_nothing_of_each_other(self, launch):
        one, other = launch(), launch()
        key = one.create_user_with_key("alice")
        assert not other.works(key)


def test_the_readmes_example(request):
    key = KeyPair("AKIAQAAAAAAAADMIN234", "an-example-secret-for-tests-only-00000")
    variables = {
        "KEYSTEAD_ADMIN_ACCESS_KEY_ID": key.access_key_id,
        "KEYSTEAD_ADMIN_SECRET_ACCESS_KEY": key.secret_access_key,
    }
    server = Server("--in-memory", "--test-reset", "--account-id", "123456789012", env=variables, key=key)
    request.addfinalizer(server.kill)
    assert server.client("sts").get_caller_identity()["Account"] == "123456789012"
