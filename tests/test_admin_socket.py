"""One process owns a data directory, and administration goes through it."""

import re
import socket
import stat

import pytest

from harness import KeyPair, keystead


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_for_the_owner_alone(launch, data):
    launch(data=data, fixed=False)
    assert mode(data) == 0o700
    assert stat.S_ISSOCK((data / "admin.sock").stat().st_mode)
    for path in data.rglob("*"):
        assert mode(path) & 0o077 == 0, path
    assert mode(data / "admin.sock") == 0o600
    assert mode(data / "admin.env") == 0o600


def test_a_second_server_is_refused(launch, data):
    server = launch(data=data)
    done = keystead("serve", "--listen", "127.0.0.1:0", "--data", data, timeout=30)
    assert done.returncode not in (0, 101)
    assert str(data) in done.stderr
    assert re.search("in use|another|running|locked", done.stderr), done.stderr
    assert server.ok("ListUsers")
    assert keystead("account", "show", "--data", data).returncode == 0


def test_what_a_killed_server_left_behind_is_no_hindrance(launch, data):
    for _ in range(3):
        server = launch(data=data)
        assert keystead("account", "show", "--data", data).returncode == 0
        server.kill()
        assert keystead("account", "show", "--data", data).returncode == 0


def test_the_socket_goes_with_the_server(launch, data):
    assert launch(data=data).stop() == 0
    assert not (data / "admin.sock").exists()


def test_a_directory_that_is_none(tmp_path):
    for command in (["account", "show"], ["master-key", "rotate"], ["root-key", "list"], ["backup", tmp_path / "b"]):
        done = keystead(*command, "--data", tmp_path / "nothing")
        assert done.returncode not in (0, 101), command
        assert "nothing" in done.stderr
        assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("sent", [b"", b"\n", b"nonsense\n", b"\x00" * 4096, b"{" * 100_000, b'{"command":"none"}\n'])
def test_nonsense_on_the_socket(launch, data, sent):
    server = launch(data=data)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(data / "admin.sock"))
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
    assert keystead("account", "show", "--data", data).returncode == 0
    assert server.ok("ListUsers")


class TestRecover:
    """`keystead admin recover`: the way back for a locked-out administrator."""

    @pytest.mark.parametrize("running", [True, False], ids=["beside a server", "alone"])
    def test_a_new_key(self, launch, data, running):
        server = launch(data=data, fixed=False)
        lost = server.key
        server.ok("DeleteAccessKey", {"AccessKeyId": lost.access_key_id})
        assert not server.works(lost)
        if not running:
            server.stop()
        done = keystead("admin", "recover", "--data", data)
        assert done.returncode == 0, done.stderr
        server = server if running else launch(data=data, fixed=False)
        settings = server.admin_env()
        key = KeyPair(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
        assert key.access_key_id != lost.access_key_id
        assert settings["AWS_ENDPOINT_URL"] == server.url
        assert mode(data / "admin.env") == 0o600
        assert server.ok("ListUsers", key=key)
        assert not server.works(lost)

    def test_with_two_keys_already(self, launch, data):
        server = launch(data=data)
        second = server.ok("CreateAccessKey").text("AccessKeyId")
        assert keystead("admin", "recover", "--data", data).returncode == 0
        assert not server.works(server.key), "the older one makes room"
        settings = server.admin_env()
        key = KeyPair(settings["AWS_ACCESS_KEY_ID"], settings["AWS_SECRET_ACCESS_KEY"])
        listed = server.ok("ListAccessKeys", key=key).texts("AccessKeyId")
        assert listed == [second, key.access_key_id]
