"""A secret leaves once. Everything that the process writes is searched for the secrets that it was given or made."""

import base64
import re

import pytest

from harness import KeyPair, form, keystead, sign_query
from harness.sigv4 import presignable, sign_header
from harness.totp import Device


def disguises(secret):
    """The secret in clear, in hexadecimal, and in base64 wherever in a text it may stand."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret)
        # The first and last characters depend on what stands around the secret.
        inner = encoded[(0, 2, 3)[shift] : len(encoded) - 4 if (shift + len(secret)) % 3 else len(encoded)]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def test_disguises_are_found():
    secret = b"s3cret/+s3cret~~?"
    for before in (b"", b"a", b"ab", b"abc"):
        for after in (b"", b"x", b"xy"):
            for encode in (base64.b64encode, base64.urlsafe_b64encode, bytes.hex):
                text = encode(before + secret + after)
                text = text.encode() if isinstance(text, str) else text
                assert any(disguise in text for disguise in disguises(secret)), (before, after, encode)


class Search:
    """The secrets, and all places that were searched for them."""

    def __init__(self):
        self.secrets = {}

    def plant(self, name, secret):
        self.secrets[name] = disguises(secret.encode() if isinstance(secret, str) else secret)

    def found(self, text):
        return [name for name, forms in self.secrets.items() if any(form in text for form in forms)]

    def files(self, directory):
        return {
            path.name: found
            for path in sorted(directory.rglob("*"))
            if path.is_file() and (found := self.found(path.read_bytes()))
        }


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_written_holds_a_secret(launch, tmp_path, log_format):
    data, backups = tmp_path / "data", tmp_path / "backups"
    backups.mkdir()
    server = launch("--log-level", "trace", "--log-format", log_format, data=data, fixed=False)
    search = Search()
    search.plant("administrator's secret", server.key.secret_access_key)
    master_key = (data / "master.key").read_bytes()
    search.plant("master key", master_key.strip())
    if re.fullmatch(rb"[0-9a-fA-F]+\s*", master_key):
        search.plant("raw master key", bytes.fromhex(master_key.decode()))

    errors = []

    def refused(answer):
        assert answer.status >= 400, answer.body
        errors.append(answer.body + bytes(str(answer.headers), "latin-1"))

    # Keys in all their states, used well and badly.
    server.create_user("alice")
    kept, doomed = server.create_key("alice"), server.create_key("alice")
    search.plant("kept secret", kept.secret_access_key)
    search.plant("doomed secret", doomed.secret_access_key)
    for key in (kept, doomed):
        assert server.works(key)
    refused(server.call("CreateAccessKey", {"UserName": "alice"}))
    refused(server.call("ListUsers", key=kept))
    change = {"UserName": "alice", "AccessKeyId": doomed.access_key_id}
    server.ok("UpdateAccessKey", change | {"Status": "Inactive"})
    refused(server.call("ListUsers", key=doomed))
    server.ok("DeleteAccessKey", change)
    refused(server.call("ListUsers", key=doomed))
    created = keystead("root-key", "create", "--data", data)
    root_secret = re.search(r"(?<![A-Za-z0-9])[A-Za-z0-9]{40}(?![A-Za-z0-9])", created.stdout)[0]
    search.plant("root's secret", root_secret)

    # Passwords, seeds of MFA devices, and sessions.
    password = "Canary-Password-51c3"
    search.plant("password", password)
    server.ok("CreateLoginProfile", {"UserName": "alice", "Password": password})
    refused(server.call("CreateLoginProfile", {"UserName": "alice", "Password": password}))
    device = Device(server.client("iam"), "canary")
    search.plant("seed", device.seed)
    search.plant("raw seed", base64.b32decode(device.seed))
    device.enable(server.client("iam"), "alice")
    session = KeyPair.of(server.client("sts").get_session_token()["Credentials"])
    search.plant("session's secret", session.secret_access_key)
    search.plant("session token", session.session_token)
    refused(server.call("ListUsers", key=session))

    # The signature that the server expected instead of a wrong one would be a valid one.
    wrong = KeyPair(kept.access_key_id, "x" * 40)
    request = form("ListUsers")
    sent = server.sign(request, wrong)
    expected = sign_header(request, kept, host=server.host, date=sent.header("x-amz-date"))
    search.plant("expected signature", expected.header("authorization").rpartition("=")[2])
    refused(server.send(sent))
    presigned = presignable("ListUsers")
    sent = sign_query(presigned, wrong, host=server.host)
    date = re.search("X-Amz-Date=([0-9TZ]+)", sent.query)[1]
    expected = sign_query(presigned, kept, host=server.host, date=date)
    search.plant("expected presigned signature", expected.query.rpartition("=")[2])
    refused(server.send(sent))

    # A secret put where it does not belong, and a broken request around it.
    refused(server.call("CreateUser", {"UserName": f"{kept.secret_access_key}/"}))
    refused(server.call("GetAccessKeyInfo", {"AccessKeyId": "short"}, service="sts"))
    refused(server.send(form("ListUsers").having(("host", server.host), ("authorization", "AWS4-HMAC-SHA256 x"))))

    metrics = server.get("/-/metrics").body
    done = keystead("backup", backups / "while-serving", "--data", data)
    assert done.returncode == 0, done.stderr
    living = search.files(data)
    assert keystead("master-key", "rotate", "--data", data).returncode == 0
    assert server.stop() == 0
    done = keystead("backup", backups / "stopped", "--data", data)
    assert done.returncode == 0, done.stderr

    assert len(errors) > 8
    for body in errors:
        assert search.found(body) == []
    assert search.found(metrics) == []
    assert search.files(backups) == {}

    # The administrator's first key is shown once, and kept in admin.env: those are the exceptions.
    assert server.output.count(server.key.secret_access_key) == 1
    output = server.output.replace(server.key.secret_access_key, "", 1)
    assert search.found(output.encode()) == []
    for files in (living, search.files(data)):
        assert files.pop("admin.env", None) == ["administrator's secret"]
        assert set(files) <= {"master.key"} and "administrator's secret" not in files.get("master.key", [])


def test_fixed_keys_are_not_shown(launch, tmp_path):
    """Who gives them knows them."""
    server = launch("--log-level", "trace", data=tmp_path / "data", root=True)
    server.ok("ListUsers")
    assert server.stop() == 0
    search = Search()
    search.plant("root's secret", "RootSecretForTestsOnly")
    search.plant("administrator's secret", "AdminSecretForTestsOnly")
    assert search.found(server.output.encode()) == []
    assert set(search.files(tmp_path / "data")) <= {"admin.env"}
