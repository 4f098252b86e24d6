"""The key that seals everything: without it there is no start, and changing it changes nothing else."""

import shutil
import pytest

from harness import keystead


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def stopped(launch, data):
    """A key that worked on a server which has stopped since."""
    server = launch(data=data)
    key = server.create_user_with_key("alice")
    assert server.stop() == 0
    return key


def refused(data):
    """Starting must fail, and say why in words about the master key."""
    done = keystead("serve", "--listen", "127.0.0.1:0", "--data", data, timeout=30)
    assert done.returncode not in (0, 101), done.stdout
    assert "master key" in done.stderr.lower(), done.stderr
    assert "listening" not in done.stdout + done.stderr
    return done.stderr


def test_it_is_for_the_owner_alone(stopped, data):
    assert (data / "master.key").stat().st_mode & 0o777 == 0o600


def test_missing(stopped, launch, data):
    kept = (data / "master.key").rename(data.parent / "kept.key")
    assert "master.key" in refused(data)
    assert not (data / "master.key").exists(), "a new key would be the end of all secrets"
    kept.rename(data / "master.key")
    assert launch(data=data).works(stopped)


def test_of_another_server(stopped, launch, data, tmp_path):
    own = (data / "master.key").read_bytes()
    launch(data=tmp_path / "other").stop()
    (data / "master.key").write_bytes((tmp_path / "other" / "master.key").read_bytes())
    refused(data)
    (data / "master.key").write_bytes(own)
    assert launch(data=data).works(stopped)


@pytest.mark.parametrize("content", [b"", b"x", b"nonsense\n", b"\x00" * 32, b"\xff\xfe"])
def test_damaged(stopped, data, content):
    (data / "master.key").write_bytes(content)
    message = refused(data)
    assert "nonsense" not in message.replace(str(data), ""), "whatever stands there may be a mistyped key"


class TestRotation:
    @pytest.mark.parametrize("running", [True, False], ids=["beside a server", "alone"])
    def test_keys_stay_good_and_the_old_master_key_opens_nothing(self, launch, data, running):
        server = launch(data=data)
        key = server.create_user_with_key("alice")
        old = (data / "master.key").read_bytes()
        if not running:
            server.stop()
        done = keystead("master-key", "rotate", "--data", data)
        assert done.returncode == 0, done.stderr
        new = (data / "master.key").read_bytes()
        assert new != old
        assert (data / "master.key").stat().st_mode & 0o777 == 0o600
        if running:
            assert server.works(key)
            later = server.create_key("alice")
            server.stop()
        server = launch(data=data)
        assert server.works(key)
        assert not running or server.works(later)
        server.stop()

        (data / "master.key").write_bytes(old)
        refused(data)
        (data / "master.key").write_bytes(new)
        assert launch(data=data).works(key)

    def test_again_and_again_under_use(self, launch, data):
        server = launch(data=data)
        key = server.create_user_with_key("alice")
        for number in range(5):
            assert keystead("master-key", "rotate", "--data", data).returncode == 0
            assert server.works(key)
            assert server.works(server.create_user_with_key(f"user{number}"))
        server.kill()
        assert launch(data=data).works(key)

    def test_a_backup_needs_the_key_of_its_time(self, launch, data, tmp_path):
        server = launch(data=data)
        key = server.create_user_with_key("alice")
        shutil.copy(data / "master.key", tmp_path / "old.key")
        assert keystead("backup", tmp_path / "backup", "--data", data).returncode == 0
        assert keystead("master-key", "rotate", "--data", data).returncode == 0
        restore = ("restore", tmp_path / "backup", "--data", tmp_path / "new", "--master-key")
        done = keystead(*restore, data / "master.key")
        assert done.returncode != 0 and "master key" in done.stderr.lower()
        assert keystead(*restore, tmp_path / "old.key").returncode == 0
        assert launch(data=tmp_path / "new").works(key)
