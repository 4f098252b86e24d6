"""Backups: taken while serving, worthless without the master key, and enough to go on with it."""

import threading

import pytest

from harness import keystead


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def server(launch, data):
    return launch(data=data)


def backup(file, data):
    done = keystead("backup", file, "--data", data)
    assert done.returncode == 0, done.stderr
    return file


def restore(file, data, *arguments, **options):
    return keystead("restore", file, "--data", data, *arguments, **options)


def test_there_and_back(launch, server, data, tmp_path):
    key = server.create_user_with_key("alice", Path="/ops/", Tags=[{"Key": "a", "Value": "b"}])
    server.ok("CreateAccountAlias", {"AccountAlias": "example"})
    server.works(key)
    before = server.contents()
    file = backup(tmp_path / "backup", data)
    server.create_user("later")

    restored = restore(file, tmp_path / "new", "--master-key", data / "master.key")
    assert restored.returncode == 0, restored.stderr
    again = launch(data=tmp_path / "new")
    assert again.contents() == before
    assert again.works(key)
    used = again.client("iam").get_access_key_last_used(AccessKeyId=key.access_key_id)
    assert used["AccessKeyLastUsed"]["ServiceName"] == "sts"
    assert len(again.create_key("alice").secret_access_key) == 40


def test_of_a_stopped_server(launch, server, data, tmp_path):
    key = server.create_user_with_key("alice")
    assert server.stop() == 0
    file = backup(tmp_path / "backup", data)
    assert restore(file, tmp_path / "new", "--master-key", data / "master.key").returncode == 0
    assert launch(data=tmp_path / "new").works(key)


def test_what_it_does_not_hold(server, data, tmp_path):
    file = backup(tmp_path / "backup", data)
    assert file.stat().st_mode & 0o077 == 0
    content = file.read_bytes()
    assert (data / "master.key").read_bytes().strip() not in content
    assert b"AWS_SECRET_ACCESS_KEY" not in content
    assert restore(file, tmp_path / "new", "--master-key", data / "master.key").returncode == 0
    assert not (tmp_path / "new" / "admin.env").exists()


def test_everything_acknowledged_before_it_is_in_it(launch, server, data, tmp_path):
    """While others write."""
    made, stop = [], threading.Event()

    def write(number):
        for index in range(100_000):
            if stop.is_set():
                return
            server.create_user(f"user-{number}-{index}")
            made.append(f"user-{number}-{index}")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    try:
        acknowledged = []
        for number in range(3):
            acknowledged.append(list(made))
            backup(tmp_path / f"backup{number}", data)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert acknowledged[-1]
    for number, names in enumerate(acknowledged):
        new = tmp_path / f"new{number}"
        assert restore(tmp_path / f"backup{number}", new, "--master-key", data / "master.key").returncode == 0
        again = launch(data=new)
        users = again.client("iam").get_paginator("list_users").paginate().search("Users[].UserName")
        assert set(names) <= set(users)
        again.stop()


class TestRefusals:
    @pytest.fixture
    def file(self, server, data, tmp_path):
        return backup(tmp_path / "backup", data)

    def refused(self, done, *words):
        assert done.returncode not in (0, 101)
        for word in words:
            assert word in done.stderr.lower(), done.stderr

    def test_a_file_that_exists(self, file, data):
        before = file.read_bytes()
        self.refused(keystead("backup", file, "--data", data), "exist")
        assert file.read_bytes() == before

    def test_into_the_data_directory(self, server, data):
        self.refused(keystead("backup", data / "keystead.db-journal", "--data", data), "data directory")
        assert not (data / "keystead.db-journal").exists()

    def test_no_master_key(self, file, tmp_path):
        self.refused(restore(file, tmp_path / "new"), "master key")

    def test_the_master_key_of_another(self, launch, file, data, tmp_path):
        launch(data=tmp_path / "other")
        self.refused(restore(file, tmp_path / "new", "--master-key", tmp_path / "other" / "master.key"), "master key")
        done = restore(file, tmp_path / "new", "--master-key", data / "master.key")
        assert done.returncode == 0, done.stderr

    def test_a_directory_that_is_in_use(self, server, file, data):
        before = server.contents()
        self.refused(restore(file, data, "--master-key", data / "master.key"))
        assert server.contents() == before

    def test_a_directory_that_is_not_empty(self, file, data, tmp_path):
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / "something").write_text("else")
        self.refused(restore(file, tmp_path / "new", "--master-key", data / "master.key"), "empty")
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["something"]

    @pytest.mark.parametrize("damage", ["no backup", "cut short", "empty"])
    def test_a_damaged_file(self, file, data, tmp_path, damage):
        whole = file.read_bytes()
        file.write_bytes({"no backup": b"x" * 100_000, "cut short": whole[: len(whole) // 2], "empty": b""}[damage])
        self.refused(restore(file, tmp_path / "new", "--master-key", data / "master.key"))

    def test_a_file_that_is_not_there(self, data, tmp_path):
        self.refused(restore(tmp_path / "nothing", tmp_path / "new"), "nothing")


def test_the_master_key_from_the_environment(launch, server, data, tmp_path):
    key = server.create_user_with_key("alice")
    file = backup(tmp_path / "backup", data)
    master_key = (data / "master.key").read_text().strip()
    done = restore(file, tmp_path / "new", env={"KEYSTEAD_MASTER_KEY": master_key})
    assert done.returncode == 0, done.stderr
    assert launch(data=tmp_path / "new", env={"KEYSTEAD_MASTER_KEY": master_key}).works(key)
