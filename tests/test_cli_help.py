"""The command line: helpful, strict, and with exit codes that scripts can rely on."""

import pytest

from harness import ACCOUNT, ADMIN, KeyPair, keystead
from harness.server import key_variables

COMMANDS = {
    (): ["serve", "backup", "restore", "master-key", "account", "root-key", "admin"],
    ("serve",): ["--data", "--listen", "--in-memory", "--test-reset", "--account-id", "--config", "127.0.0.1:7450"],
    ("backup",): ["FILE", "--data", "master key"],
    ("restore",): ["FILE", "--data", "--master-key"],
    ("master-key", "rotate"): ["--data", "Backups"],
    ("account", "show"): ["--data"],
    ("account", "set"): ["access-keys-counted", "all|active", "--data"],
    ("root-key", "create"): ["--data"],
    ("root-key", "list"): ["--data"],
    ("root-key", "delete"): ["--data"],
    ("admin", "recover"): ["--data", "admin.env"],
}


def serve(*arguments, **options):
    """A start that must fail: within the time limit, and without listening."""
    done = keystead("serve", "--listen", "127.0.0.1:0", *arguments, timeout=30, **options)
    assert "listening" not in done.stdout
    # 101 is a panic, negative codes are signals.
    assert 0 < done.returncode < 101, (done.returncode, done.stderr)
    assert done.stderr.strip()
    assert "panicked" not in done.stderr
    return done


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command) or "keystead")
def test_help(command):
    done = keystead(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in COMMANDS[command]:
        assert word in done.stdout, done.stdout
    assert len(done.stdout) > 150


def test_version():
    done = keystead("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("keystead ")


def test_nothing_asked_for():
    done = keystead()
    assert done.returncode == 2
    assert "serve" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["serve", "--no-such-flag"], "--no-such-flag"),
        (["serve", "extra"], "extra"),
        (["frobnicate"], "frobnicate"),
        (["backup"], "FILE"),
        (["account", "set"], "NAME=VALUE"),
        (["serve", "--listen", "nowhere"], "--listen"),
        (["serve", "--tls-cert", "x"], "--tls-key"),
        (["serve", "--in-memory", "--store", "sqlite:"], "--store"),
    ],
)
def test_usage_errors_exit_with_2(arguments, named):
    done = keystead(*arguments)
    assert done.returncode == 2
    assert named in done.stderr


class TestRefusedStarts:
    @pytest.mark.parametrize(
        "text",
        ["no_such_key = 1", "[limits]\nno_such_key = 1", "[log]\nno_such_key = 1", "[no_such_key]\na = 1"],
    )
    def test_an_unknown_configuration_key(self, tmp_path, text):
        config = tmp_path / "keystead.toml"
        config.write_text(text)
        done = serve("--config", config, "--data", tmp_path / "data")
        assert "no_such_key" in done.stderr and "keystead.toml" in done.stderr
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("text", ["not toml at all [", "listen = 5", '[log]\nlevel = "loud"'])
    def test_a_wrong_configuration(self, tmp_path, text):
        config = tmp_path / "keystead.toml"
        config.write_text(text)
        assert "keystead.toml" in serve("--config", config, "--data", tmp_path / "data").stderr

    @pytest.mark.parametrize("mode", [0o777, 0o770, 0o720])
    def test_a_data_directory_that_others_can_write_to(self, tmp_path, mode):
        (tmp_path / "data").mkdir()
        (tmp_path / "data").chmod(mode)
        assert "chmod 700" in serve("--data", tmp_path / "data").stderr
        assert list((tmp_path / "data").iterdir()) == []

    @pytest.mark.parametrize("remains", ["admin.env", "audit.db"])
    def test_a_data_directory_without_its_database(self, tmp_path, remains):
        """Starting anew would hide that something is missing."""
        (tmp_path / "data").mkdir(mode=0o700)
        (tmp_path / "data" / remains).write_text("left over")
        assert "keystead.db" in serve("--data", tmp_path / "data").stderr
        assert (tmp_path / "data" / remains).read_text() == "left over"

    def test_a_configuration_that_is_not_there(self, tmp_path):
        assert "nothing.toml" in serve("--config", tmp_path / "nothing.toml", "--in-memory").stderr

    @pytest.mark.parametrize("url", ["postgres://localhost/keystead", "postgresql://user:hunter2secret@db/x"])
    def test_postgresql_is_not_there_yet(self, tmp_path, url):
        done = serve("--store", url, "--data", tmp_path / "data")
        assert "PostgreSQL" in done.stderr
        assert "hunter2secret" not in done.stdout + done.stderr

    def test_another_store(self, tmp_path):
        assert "mysql" in serve("--store", "mysql://localhost/keystead", "--data", tmp_path / "data").stderr

    @pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
    def test_beyond_loopback_without_tls(self, tmp_path, address):
        done = keystead("serve", "--listen", address, "--data", tmp_path / "data", timeout=30)
        assert 0 < done.returncode < 101
        assert "TLS" in done.stderr
        assert "allow" in done.stderr and "plaintext" in done.stderr
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("account", ["12345678901", "1234567890123", "abcdefghijkl", "", "000000000000x"])
    def test_an_account_id_that_is_none(self, account):
        assert "account" in serve("--in-memory", "--account-id", account).stderr

    @pytest.mark.parametrize("who", ["ADMIN", "ROOT"])
    @pytest.mark.parametrize("half", ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"])
    def test_half_a_key(self, who, half):
        variables = key_variables(who, ADMIN)
        del variables[f"KEYSTEAD_{who}_{half}"]
        done = serve("--in-memory", env=variables)
        assert f"KEYSTEAD_{who}_{half}" in done.stderr
        assert ADMIN.secret_access_key not in done.stderr

    @pytest.mark.parametrize(
        ("key_id", "secret"),
        [
            ("short", "s" * 40),
            ("has spaces in itself", "s" * 40),
            ("A" * 200, "s" * 40),
            ("AKIARZPUZDIKATESTADM", ""),
            ("AKIARZPUZDIKATESTADM", "tooshort"),
            ("", "s" * 40),
        ],
    )
    def test_a_fixed_key_that_is_none(self, key_id, secret):
        variables = {"KEYSTEAD_ADMIN_ACCESS_KEY_ID": key_id, "KEYSTEAD_ADMIN_SECRET_ACCESS_KEY": secret}
        done = serve("--in-memory", env=variables)
        assert "KEYSTEAD_ADMIN_" in done.stderr
        assert not secret or secret not in done.stderr

    def test_a_port_that_is_taken(self, launch):
        server = launch()
        done = keystead("serve", "--in-memory", "--listen", server.host, timeout=30)
        assert 0 < done.returncode < 101
        assert server.host in done.stderr

    def test_a_data_directory_that_is_a_file(self, tmp_path):
        (tmp_path / "file").write_text("something else")
        assert str(tmp_path / "file") in serve("--data", tmp_path / "file").stderr
        assert (tmp_path / "file").read_text() == "something else"

    def test_another_account_than_the_stored_one(self, launch, tmp_path):
        launch(data=tmp_path / "data").stop()
        assert ACCOUNT in serve("--data", tmp_path / "data", "--account-id", "210987654321").stderr


class TestStart:
    def test_the_first_start_shows_the_key_once(self, launch, tmp_path):
        server = launch(data=tmp_path / "data", fixed=False)
        assert server.output.count(server.key.access_key_id) >= 1
        assert server.output.count(server.key.secret_access_key) == 1
        assert "admin.env" in server.output
        server.stop()
        again = launch(data=tmp_path / "data", fixed=False)
        assert server.key.secret_access_key not in again.output
        assert again.works(server.key)

    def test_the_environment_file_names_the_server(self, launch, tmp_path):
        for _ in range(2):
            server = launch(data=tmp_path / "data", fixed=False)
            assert server.admin_env()["AWS_ENDPOINT_URL"] == server.url
            server.stop()

    def test_the_account_is_kept(self, launch, tmp_path):
        accounts = set()
        for _ in range(2):
            server = launch(data=tmp_path / "data", fixed=False)
            accounts.add(server.client("sts").get_caller_identity()["Account"])
            server.stop()
        assert len(accounts) == 1

    def test_two_first_starts_have_nothing_in_common(self, launch, tmp_path):
        one, other = (launch(data=tmp_path / name, fixed=False) for name in ("one", "other"))
        assert one.key.access_key_id != other.key.access_key_id
        assert one.key.secret_access_key != other.key.secret_access_key
        accounts = {server.client("sts").get_caller_identity()["Account"] for server in (one, other)}
        assert len(accounts) == 2

    def test_settings_from_a_file(self, launch, tmp_path):
        config = tmp_path / "keystead.toml"
        config.write_text('[log]\nformat = "json"\nlevel = "debug"\n')
        server = launch("--config", config)
        answer = server.ok("ListUsers")
        assert server.wait_for_log(rf'^\{{.*"{answer.request_id}".*\}}$')

    def test_beyond_loopback_when_told_so(self, launch):
        server = launch("--allow-plaintext-beyond-loopback")
        assert server.ok("ListUsers")

    def test_imported_secrets_with_awkward_characters(self, launch):
        secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=XAMPLEKEY"
        variables = {"KEYSTEAD_ADMIN_ACCESS_KEY_ID": ADMIN.access_key_id, "KEYSTEAD_ADMIN_SECRET_ACCESS_KEY": secret}
        server = launch(fixed=False, env=variables)
        assert server.works(KeyPair(ADMIN.access_key_id, secret))
