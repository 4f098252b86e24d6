"""Bad input, one row each: AWS's code, status and text; nothing written; and a log line that names the failed check.

Bad signatures have their own table in `test_signatures.py`, bad values of parameters in `test_validation.py`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from harness import ADMIN, KeyPair, Request, exchange, form, sign_query, start
from harness.errors import SIGNATURE_DIFFERS, UNKNOWN_KEY, UNSIGNED
from harness.http import connect, encode, read
from harness.sigv4 import timestamp

BODY_BYTES_MAX = 1024 * 1024
HEADERS_BYTES_MAX = 32 * 1024
HEADERS_MAX = 64
TARGET_BYTES_MAX = 16 * 1024


@dataclass(frozen=True)
class Row:
    """A bad request and its answer. A `message` of `None` is for refusals without AWS's envelope."""

    request: Callable
    status: int
    code: str | None = None
    message: str | None = None
    check: str | None = None


def body(text, **signing):
    """A signed POST with this body."""
    data = text if isinstance(text, bytes) else text.encode()
    return lambda server: server.sign(replace(form("X"), body=data), **signing)


def call(action, parameters=None, **options):
    return lambda server: server.sign(form(action, parameters), **options)


def method(name):
    return lambda server: server.sign(replace(form("ListUsers"), method=name))


def content_type(value):
    return lambda server: server.sign(form("ListUsers").having(("content-type", value)))


def presigned_query(text):
    return lambda server: sign_query(Request(method="GET", query=text), ADMIN, host=server.host)


def padded(count, length):
    """A signed call with many unsigned headers, or long ones."""
    headers = tuple((f"x-padding-{number}", "p" * length) for number in range(count))
    return lambda server: server.sign(form("ListUsers")).having(*headers)


LIST = "Action=ListUsers&Version=2010-05-08"
CREATE = "Action=CreateUser&Version=2010-05-08"
WRONG_SECRET = KeyPair(ADMIN.access_key_id, "x" * 40)
UNKNOWN = KeyPair("AKIARZPUZDIKAAAAAAAA", "x" * 40)

MALFORMED = (404, "MalformedQueryString")
TRUNCATED_ESCAPE = "Incomplete trailing escape % sequence"
ILLEGAL_ESCAPE = "Illegal hex character in escape % pattern: {}"

ROWS = {
    # The form
    "an escape cut short": Row(body(f"{CREATE}&UserName=a%2"), *MALFORMED, TRUNCATED_ESCAPE),
    "a lone percent sign": Row(body(f"{CREATE}&UserName=a%"), *MALFORMED, TRUNCATED_ESCAPE),
    "an escape that is not hexadecimal": Row(
        body(f"{CREATE}&UserName=a%zzb"), *MALFORMED, ILLEGAL_ESCAPE.format("%zz")
    ),
    "an escape cut short in the query": Row(
        presigned_query(f"{CREATE}&UserName=a%2"), *MALFORMED, None, "query-escapes"
    ),
    "an escape in the query that is not hexadecimal": Row(
        presigned_query(f"{CREATE}&UserName=a%zz"), *MALFORMED, ILLEGAL_ESCAPE.format("%zz"), "query-escapes"
    ),
    "escaped bytes that are not UTF-8": Row(body(f"{CREATE}&UserName=%FF%FEalice"), 400),
    "bytes that are not UTF-8": Row(body(CREATE.encode() + b"&UserName=\xff\xfe"), 400),
    "an escaped NUL": Row(body(f"{CREATE}&UserName=a%00b"), 400, "ValidationError"),
    "an empty body": Row(body(""), 400, "MissingAction"),
    "a body that is no form": Row(body('{"Action": "ListUsers"}'), 400, "MissingAction"),
    "too many parameters": Row(body(CREATE + "&a=b" * 3000), 400),
    # The content type
    "JSON": Row(content_type("application/json"), 403),
    "a multipart form": Row(content_type("multipart/form-data; boundary=x"), 403),
    "plain text": Row(content_type("text/plain"), 403),
    # The operation
    "no action": Row(body("Version=2010-05-08&UserName=alice"), 400, "MissingAction"),
    "an unknown action": Row(
        call("MakeUser"), 400, "InvalidAction", "Could not find operation MakeUser for version 2010-05-08"
    ),
    "an action in another case": Row(
        call("createuser", {"UserName": "alice"}),
        400,
        "InvalidAction",
        "Could not find operation createuser for version 2010-05-08",
    ),
    "an unknown version": Row(
        body("Action=CreateUser&Version=1999-01-01&UserName=alice"),
        400,
        "InvalidAction",
        "Could not find operation CreateUser for version 1999-01-01",
    ),
    "no version": Row(body("Action=CreateUser&UserName=alice"), 400),
    "an action of the other service": Row(
        body("Action=CreateUser&Version=2011-06-15&UserName=alice", service="sts"),
        400,
        "InvalidAction",
        "Could not find operation CreateUser for version 2011-06-15",
    ),
    "an action twice": Row(body("Action=ListUsers&Action=CreateUser&Version=2010-05-08&UserName=alice"), 400),
    "an action in body and query": Row(
        lambda server: server.sign(replace(form("CreateUser", {"UserName": "alice"}), query="Action=ListUsers")), 400
    ),
    "a service of the JSON protocols": Row(
        lambda server: server.sign(form("ListUsers").having(("x-amz-target", "secretsmanager.ListSecrets"))), 400
    ),
    # The parameters
    "a missing parameter": Row(
        body(CREATE),
        400,
        "ValidationError",
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be null",
    ),
    "two missing parameters": Row(
        call("UpdateAccessKey"),
        400,
        "ValidationError",
        "2 validation errors detected: Value at 'accessKeyId' failed to satisfy constraint: Member must not be null; "
        "Value at 'status' failed to satisfy constraint: Member must not be null",
    ),
    "a parameter twice": Row(body(f"{CREATE}&UserName=alice&UserName=bob"), 400, "InvalidQueryParameter"),
    "a list where a value belongs": Row(body(f"{CREATE}&UserName.member.1=alice"), 400),
    "a value where a list belongs": Row(body(f"{CREATE}&UserName=alice&Tags=a"), 400),
    "a gap in a list": Row(body(f"{CREATE}&UserName=alice&Tags.member.2.Key=a&Tags.member.2.Value=b"), 400),
    "an absurd index": Row(body(f"{CREATE}&UserName=alice&Tags.member.99999999999999999999.Key=a"), 400),
    "a number that is none": Row(body(f"{LIST}&MaxItems=many"), 400),
    "a number beyond all bounds": Row(body(f"{LIST}&MaxItems=99999999999999999999"), 400),
    # The request
    "PUT": Row(method("PUT"), 302),
    "DELETE": Row(method("DELETE"), 302),
    "PATCH": Row(method("PATCH"), 302),
    "a target that is too long": Row(
        lambda server: Request(method="GET", query="a=" + "b" * TARGET_BYTES_MAX, headers=(("host", server.host),)),
        414,
    ),
    "a header that is too long": Row(padded(1, HEADERS_BYTES_MAX), 431),
    "headers that are too long together": Row(padded(20, HEADERS_BYTES_MAX // 16), 431),
    "too many headers": Row(padded(HEADERS_MAX + 1, 1), 431),
    "a body that is too long": Row(body(LIST + "&a=" + "b" * BODY_BYTES_MAX), 413),
    "a declared length that is too long": Row(
        lambda server: server.sign(form("ListUsers")).having(("content-length", str(10**12))), 413
    ),
    # The key and its signature, one of each kind
    "no signature": Row(
        lambda server: form("ListUsers").having(("host", server.host)),
        403,
        "MissingAuthenticationToken",
        UNSIGNED,
        "authentication-present",
    ),
    "an unknown key": Row(call("ListUsers", key=UNKNOWN), 403, "InvalidClientTokenId", UNKNOWN_KEY, "access-key"),
    "a wrong secret": Row(
        call("ListUsers", key=WRONG_SECRET), 403, "SignatureDoesNotMatch", SIGNATURE_DIFFERS, "signature"
    ),
    "an old request": Row(
        call("ListUsers", date=timestamp(minutes=-20)),
        403,
        "SignatureDoesNotMatch",
        re.compile(r"Signature expired: \d+T\d+Z is now earlier than \d+T\d+Z \(\d+T\d+Z - 15 min\.\)"),
        "not-too-old",
    ),
    "a request from the future": Row(
        call("ListUsers", date=timestamp(minutes=20)),
        403,
        "SignatureDoesNotMatch",
        re.compile(r"Signature not yet current: \d+T\d+Z is still later than \d+T\d+Z \(\d+T\d+Z \+ 15 min\.\)"),
        "not-in-the-future",
    ),
    "a signature for another service": Row(
        call("ListUsers", service="s3"),
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: 'iam'. ",
        "scope-service",
    ),
    "a replay with another body": Row(
        lambda server: replace(server.sign(form("ListUsers")), body=b"Action=CreateUser&Version=2010-05-08&UserName=x"),
        403,
        "SignatureDoesNotMatch",
        SIGNATURE_DIFFERS,
        "signature",
    ),
    "a foreign marker": Row(
        call("ListUsers", {"Marker": "c29tZXRoaW5nIGVsc2U="}), 400, "ValidationError", "Invalid Marker."
    ),
}


@pytest.fixture(scope="module")
def shared_server():
    server = start("--test-reset", "--log-format", "json")
    yield server
    server.stop()


@pytest.mark.parametrize("what", ROWS)
def test_refused_and_nothing_written(server, what):
    row = ROWS[what]
    before = server.contents()
    answer = server.send(row.request(server))
    assert answer.status == row.status, answer.body
    assert answer.headers["date"]
    if row.code is not None:
        error = answer.error
        assert error.code == row.code, answer.body
        assert error.type == "Sender"
        if isinstance(row.message, re.Pattern):
            assert row.message.fullmatch(error.message), error.message
        elif row.message is not None:
            assert error.message == row.message
        assert answer.request_id
    if row.check is not None:
        assert row.check in logged(server, answer.request_id)
    assert server.contents() == before
    assert ADMIN.secret_access_key not in server.output
    assert ADMIN.secret_access_key.encode() not in answer.body


def logged(server, request_id):
    """The log line of a request, which must be one JSON object."""
    line = server.wait_for_log(f".*{re.escape(request_id)}.*")[0]
    json.loads(line)
    return line


class TestKeyStates:
    """Inactive and deleted keys; the unknown one stands in the table."""

    @pytest.mark.parametrize("state", ["inactive", "deleted"])
    def test_refused_alike_and_told_apart_in_the_log(self, server, state):
        key = server.create_user_with_key("alice")
        change = {"UserName": "alice", "AccessKeyId": key.access_key_id}
        if state == "inactive":
            server.ok("UpdateAccessKey", change | {"Status": "Inactive"})
        else:
            server.ok("DeleteAccessKey", change)
        answer = server.call("CreateUser", {"UserName": "bob"}, key=key)
        assert (answer.status, answer.error.code, answer.error.message) == (403, "InvalidClientTokenId", UNKNOWN_KEY)
        line = logged(server, answer.request_id)
        assert key.access_key_id in line
        assert ("access-key-active" in line) is (state == "inactive")
        assert key.secret_access_key not in server.output


def sent_and_closed(server, data):
    """Whatever comes back for these bytes when nothing follows them; a server may hang up before their end."""
    with connect(server.address) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(1)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except OSError:
            return b""


class TestBrokenFraming:
    """Requests that are no requests."""

    @pytest.mark.parametrize(
        "data",
        [
            b"\r\n\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
            b"GET http:// HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/1.1\r\nhost: a\r\nbad header: b\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        ],
        ids=lambda data: repr(data[:40]),
    )
    def test_refused(self, server, data):
        answer = sent_and_closed(server, data)
        assert not answer or re.match(rb"HTTP/1\.[01] 4\d\d ", answer), answer
        assert server.ok("ListUsers")

    def test_length_and_chunks_at_once(self, server):
        """The way to smuggle one request into another."""
        request = server.sign(form("CreateUser", {"UserName": "alice"}))
        request = request.having(("content-length", str(len(request.body))), ("transfer-encoding", "chunked"))
        before = server.contents()
        answer = sent_and_closed(server, encode(request))
        assert not answer or answer.startswith(b"HTTP/1.1 400 "), answer
        assert server.contents() == before

    @pytest.mark.parametrize("sent", [0, 1, 0.5, 0.99])
    def test_a_body_that_ends_early(self, server, sent):
        data = encode(server.sign(form("CreateUser", {"UserName": "alice"})))
        head, _, rest = data.partition(b"\r\n\r\n")
        cut = int(sent * len(rest)) if sent < 1 else 1
        before = server.contents()
        answer = sent_and_closed(server, head + b"\r\n\r\n" + rest[:cut])
        assert not answer or answer.startswith(b"HTTP/1.1 4"), answer
        assert server.contents() == before

    def test_a_head_request_has_no_body(self, server):
        with connect(server.address) as connection:
            connection.sendall(encode(Request(method="HEAD", headers=(("host", server.host),))))
            answer = read(connection, "HEAD")
            assert (300 <= answer.status < 500, answer.body) == (True, b"")
            assert answer.headers["date"]
            # The next request on the connection is not thrown out of step by it.
            connection.sendall(encode(server.sign(form("ListUsers"))))
            assert read(connection).status == 200


def test_an_operation_without_behaviour_yet_says_so(server):
    """Every operation of the model is known; those that do nothing yet answer a clear error."""
    for action, parameters in [("ListSSHPublicKeys", {}), ("ListSAMLProviders", {})]:
        answer = server.call(action, parameters)
        assert answer.status >= 400
        assert answer.error.code not in ("InternalFailure", "ServiceFailure")
        assert action in (answer.error.message or ""), answer.body
