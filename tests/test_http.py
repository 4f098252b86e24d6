"""The listener: versions of HTTP, TLS, limits on slow and greedy clients, and its end."""

import re
import ssl
import subprocess
import threading
import time
from http.client import HTTPException

import httpx
import pytest
import trustme

from harness import ACCOUNT, Request, boto3_session, form
from harness.http import connect, encode, read

# Short enough that a test can see them pass.
HASTY = """
[limits]
head_timeout_seconds = 1
body_timeout_seconds = 1
idle_timeout_seconds = 2
shutdown_timeout_seconds = 2
connections_per_source_max = 16
"""


@pytest.fixture
def hasty(launch, tmp_path):
    config = tmp_path / "keystead.toml"
    config.write_text(HASTY)
    return launch("--config", config)


def whoami(server):
    return server.sign(form("GetCallerIdentity", service="sts"), service="sts")


def closed(connection):
    """Reads to the end; gives what came before the other side closed."""
    try:
        return b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionResetError:
        return b""


class TestConnections:
    def test_one_after_the_other(self, server):
        with connect(server.address) as connection:
            for _ in range(5):
                connection.sendall(encode(whoami(server)))
                assert read(connection).text("Account") == ACCOUNT

    def test_several_at_once(self, server):
        """Pipelined: the answers come in order."""
        requests = [
            whoami(server),
            server.sign(form("GetUser", {"UserName": "nobody"})),
            server.sign(form("ListAccountAliases")),
        ]
        with connect(server.address) as connection:
            last = requests.pop().having(("connection", "close"))
            connection.sendall(b"".join(map(encode, [*requests, last])))
            answers = closed(connection)
        assert re.findall(rb"HTTP/1\.1 (\d{3})", answers) == [b"200", b"404", b"200"]

    def test_chunks(self, server):
        request = whoami(server).having(("transfer-encoding", "chunked"))
        head, _, body = encode(request).partition(b"\r\n\r\n")
        middle = len(body) // 2
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:middle], body[middle:]))
        with connect(server.address) as connection:
            connection.sendall(head + b"\r\n\r\n" + chunks + b"0\r\n\r\n")
            assert read(connection).text("Account") == ACCOUNT

    def test_expect_continue(self, server):
        """As older SDKs ask before a long body."""
        head, _, body = encode(whoami(server).having(("expect", "100-continue"))).partition(b"\r\n\r\n")
        with connect(server.address) as connection:
            connection.sendall(head + b"\r\n\r\n")
            assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
            connection.sendall(body)
            assert read(connection).text("Account") == ACCOUNT

    def test_every_answer_has_an_id_of_its_own(self, server):
        ids = {server.send(whoami(server)).request_id for _ in range(20)}
        assert len(ids) == 20
        for found in ids:
            assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found)


class TestHttp2:
    def test_with_prior_knowledge(self, server):
        # In HTTP/2 the host that was signed travels as `:authority`.
        request = whoami(server)
        headers = {name: value for name, value in request.headers if name != "host"}
        with httpx.Client(http1=False, http2=True) as client:
            for _ in range(3):
                answer = client.post(f"{server.url}/", headers=headers, content=request.body)
                assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
                assert ACCOUNT in answer.text

    def test_a_wrong_authority(self, server):
        request = whoami(server)
        headers = {name: value for name, value in request.headers if name != "host"} | {"host": "elsewhere"}
        with httpx.Client(http1=False, http2=True) as client:
            answer = client.post(f"{server.url}/", headers=headers, content=request.body)
        assert answer.status_code in (400, 403)

    def test_curl(self, server):
        """What a person tries by hand."""
        done = subprocess.run(
            ["curl", "--silent", "--http2-prior-knowledge", f"{server.url}/-/health", "--write-out", "%{http_code}"],
            capture_output=True,
            text=True,
            timeout=30,
        )
        if done.returncode == 2 or "does not support" in done.stderr:
            pytest.skip("this curl has no HTTP/2")
        assert done.stdout.endswith("200"), done


class TestTls:
    @pytest.fixture
    def authority(self):
        return trustme.CA()

    @pytest.fixture
    def server(self, authority, launch, tmp_path):
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(tmp_path / "certificate.pem")
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        self.ca = str(tmp_path / "ca.pem")
        return launch("--tls-cert", tmp_path / "certificate.pem", "--tls-key", tmp_path / "key.pem")

    def test_boto3(self, server):
        assert server.scheme == "https"
        session = boto3_session(server.key)
        sts = session.client("sts", endpoint_url=server.url, verify=self.ca)
        assert sts.get_caller_identity()["Account"] == ACCOUNT

    @pytest.mark.parametrize(("http2", "version"), [(True, "HTTP/2"), (False, "HTTP/1.1")])
    def test_both_versions_are_negotiated(self, server, http2, version):
        context = ssl.create_default_context(cafile=self.ca)
        with httpx.Client(http2=http2, verify=context) as client:
            answer = client.get(f"{server.url}/-/health")
        assert (answer.http_version, answer.status_code) == (version, 200)

    def test_nothing_older_than_tls_1_2(self, server):
        context = ssl.create_default_context(cafile=self.ca)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with connect(server.address) as connection, pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(connection, server_hostname="127.0.0.1")

    def test_a_client_without_tls(self, server):
        with connect(server.address) as connection:
            connection.sendall(b"GET /-/health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert b" 200 " not in closed(connection)


class TestSlowClients:
    def test_a_head_that_never_ends(self, hasty):
        with connect(hasty.address) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\nx-slow: ")
            assert not closed(connection).startswith(b"HTTP/1.1 2")

    def test_a_head_that_trickles(self, hasty):
        with connect(hasty.address) as connection:
            deadline = time.monotonic() + 15
            try:
                while time.monotonic() < deadline:
                    connection.sendall(b"x")
                    connection.settimeout(0.1)
                    try:
                        if not connection.recv(1024):
                            return
                    except TimeoutError:
                        continue
            except ConnectionError:
                return
            pytest.fail("it was let go on for ever")

    def test_a_body_that_never_ends(self, hasty):
        head, _, body = encode(whoami(hasty)).partition(b"\r\n\r\n")
        with connect(hasty.address) as connection:
            connection.sendall(head + b"\r\n\r\n" + body[:10])
            answer = closed(connection)
        assert not answer or answer.startswith(b"HTTP/1.1 408"), answer

    def test_a_connection_that_rests(self, hasty):
        with connect(hasty.address) as connection:
            connection.sendall(encode(whoami(hasty)))
            assert read(connection).status == 200
            assert closed(connection) == b""

    def test_nobody_waits_for_them(self, server):
        slow = [connect(server.address) for _ in range(200)]
        try:
            for connection in slow:
                connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\nx-slow: ")
            for _ in range(20):
                assert server.send(whoami(server)).status == 200
        finally:
            for connection in slow:
                connection.close()

    def test_one_source_cannot_have_all_connections(self, hasty):
        greedy = []
        try:
            for _ in range(32):
                greedy.append(connect(hasty.address, timeout=10))
            answered = 0
            for connection in greedy:
                try:
                    connection.sendall(encode(whoami(hasty)))
                    answered += read(connection).status == 200
                except (OSError, HTTPException):
                    pass
            assert answered == 16
        finally:
            for connection in greedy:
                connection.close()
        # Room again as soon as they have gone.
        deadline = time.monotonic() + 10
        while True:
            try:
                assert hasty.send(whoami(hasty)).status == 200
                return
            except (OSError, HTTPException):
                assert time.monotonic() < deadline


class TestOwnPaths:
    def test_health_and_readiness(self, server):
        for path in ("/-/health", "/-/ready"):
            assert server.get(path).status == 200
        assert server.get("/-/nothing").status == 404

    def test_metrics(self, server):
        server.ok("ListUsers")
        server.call("GetUser", {"UserName": "nobody"})
        server.send(form("ListUsers").having(("host", server.host)))
        text = server.get("/-/metrics").body.decode()
        for expected in (
            r'keystead_requests_total\{[^}]*operation="ListUsers"[^}]*\} \d+',
            r'keystead_requests_total\{[^}]*operation="GetUser"[^}]*\} \d+',
            r'keystead_authentication_failures_total\{check="authentication-present"\} [1-9]',
            r"keystead_request_\w*seconds_bucket\{",
            r"keystead_store_\w*commits?\w* \d+",
            r"keystead_\w*cache\w*hits?_total \d+",
            r"keystead_connections_open \d+",
        ):
            assert re.search(expected, text), (expected, text)
        assert text.endswith("# EOF\n")

    def test_they_hide_nothing_behind_a_signature_that_is_not_there(self, server):
        """Everything else wants one."""
        for path in ("/", "/anything", "/console/", "/-"):
            answer = server.send(Request(method="GET", path=path, headers=(("host", server.host),)))
            assert answer.status >= 300, path


class TestShutdown:
    def test_what_has_begun_is_finished(self, launch, tmp_path):
        server = launch(data=tmp_path / "data")
        head, _, body = encode(server.sign(form("CreateUser", {"UserName": "alice"}))).partition(b"\r\n\r\n")
        with connect(server.address) as begun:
            begun.sendall(head + b"\r\nexpect: 100-continue\r\n\r\n")
            # The server is waiting for the body: it has begun with this request.
            assert begun.recv(1024).startswith(b"HTTP/1.1 100 ")
            server.process.terminate()
            self.wait_until_refused(server)
            begun.sendall(body)
            assert read(begun).text("UserName") == "alice"
        assert server.wait() == 0
        again = launch(data=tmp_path / "data")
        assert again.ok("GetUser", {"UserName": "alice"})

    def wait_until_refused(self, server):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                with connect(server.address) as connection:
                    connection.sendall(b"GET /-/health HTTP/1.1\r\nhost: x\r\n\r\n")
                    if not connection.recv(1024):
                        return
            except OSError:
                return
        pytest.fail("new connections are still served")

    def test_a_resting_connection_does_not_hold_it_up(self, server, launch):
        server = launch()
        with connect(server.address) as connection:
            connection.sendall(encode(whoami(server)))
            assert read(connection).status == 200
            begin = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begin < 5
            assert closed(connection) == b""

    def test_a_client_that_never_ends_does_not_hold_it_up_for_ever(self, hasty):
        with connect(hasty.address) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n")
            begin = time.monotonic()
            assert hasty.stop() == 0
            assert time.monotonic() - begin < 15

    def test_under_load_every_acknowledged_change_is_kept(self, launch, tmp_path):
        server = launch(data=tmp_path / "data")
        made, began = [], threading.Semaphore(0)

        def create(number):
            for index in range(100_000):
                try:
                    answer = server.call("CreateUser", {"UserName": f"user-{number}-{index}"})
                except (OSError, HTTPException):
                    return
                if answer.status == 200:
                    made.append(f"user-{number}-{index}")
                    began.release()

        clients = [threading.Thread(target=create, args=(number,)) for number in range(4)]
        for client in clients:
            client.start()
        for _ in range(50):
            began.acquire(timeout=30)
        assert server.stop() == 0
        for client in clients:
            client.join(30)
        again = launch(data=tmp_path / "data")
        users = again.client("iam").get_paginator("list_users").paginate().search("Users[].UserName")
        assert set(made) <= set(users)

    @pytest.mark.parametrize("signal", [2, 15], ids=["SIGINT", "SIGTERM"])
    def test_signals(self, launch, signal):
        server = launch()
        server.process.send_signal(signal)
        assert server.wait() == 0
