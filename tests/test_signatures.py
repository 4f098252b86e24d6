"""Signatures over the wire: what is accepted, what is refused and in which words, and what no replay can do.

The rules themselves are table tests of the `sigv4` crate. Here they are seen through the server, where a mistake
between the parts would show.
"""

import re
from dataclasses import replace

import boto3
import botocore.auth
import botocore.awsrequest
import pytest
from botocore.credentials import Credentials

from harness import ADMIN, KeyPair, Request, form, sign_header, sign_query
from harness.errors import SIGNATURE_DIFFERS, UNKNOWN_KEY, UNSIGNED, refusal
from harness.sigv4 import presignable, timestamp

DIFFERS = (403, "SignatureDoesNotMatch", SIGNATURE_DIFFERS)
WRONG_SECRET = KeyPair(ADMIN.access_key_id, "x" * 40)
UNKNOWN = KeyPair("AKIARZPUZDIKAAAAAAAA", ADMIN.secret_access_key)
WHOAMI = form("GetCallerIdentity", service="sts")


def whoami(server, **signing):
    return server.sign(WHOAMI, service="sts", **signing)


def presigned(server, key=ADMIN, **signing):
    return sign_query(presignable("GetCallerIdentity", service="sts"), key, host=server.host, service="sts", **signing)


class TestTheRawSigner:
    """It is compared with botocore, so that what is said below about good and bad signatures means something."""

    REQUESTS = [
        form("CreateUser", {"UserName": "a+b c", "Tags": [{"Key": "k", "Value": "é/="}]}),
        form("ListUsers", {"PathPrefix": "/x~y/"}),
        presignable("GetCallerIdentity", service="sts"),
        Request(method="GET", path="/a%20b/", query="b=2&a=1&a=0&c", headers=(("x-amz-meta", " a   b "),)),
    ]

    @pytest.mark.parametrize("request_", REQUESTS)
    def test_equals_botocores_in_a_header(self, request_):
        theirs = self.by_botocore(botocore.auth.SigV4Auth, request_)
        date = theirs.headers["X-Amz-Date"]
        ours = sign_header(request_, ADMIN, host="127.0.0.1:7450", date=date)
        assert ours.header("authorization") == theirs.headers["Authorization"]

    def test_equals_botocores_in_a_query(self):
        request = presignable("GetCallerIdentity", service="sts")
        theirs = self.by_botocore(lambda *args: botocore.auth.SigV4QueryAuth(*args, expires=60), request)
        date = re.search("X-Amz-Date=([0-9TZ]+)", theirs.url)[1]
        ours = sign_query(request, ADMIN, host="127.0.0.1:7450", date=date, expires="60")
        assert ours.query.rpartition("=")[2] == theirs.url.rpartition("=")[2]

    def by_botocore(self, signer, request):
        url = f"http://127.0.0.1:7450{request.target}"
        theirs = botocore.awsrequest.AWSRequest(request.method, url, dict(request.headers), request.body)
        credentials = Credentials(ADMIN.access_key_id, ADMIN.secret_access_key)
        signer(credentials, "iam", "us-east-1").add_auth(theirs)
        return theirs


class TestAccepted:
    """Ways of signing that differ between the SDKs."""

    def accepted(self, server, request):
        assert server.send(request).status == 200

    def test_headers_that_sdks_leave_unsigned(self, server):
        signed = whoami(server)
        self.accepted(server, signed.having(("amz-sdk-invocation-id", "1"), ("amz-sdk-request", "attempt=1")))
        self.accepted(server, signed.having(("user-agent", "aws-cli/1"), ("accept-encoding", "identity")))
        self.accepted(server, signed.having(("x-amzn-trace-id", "Root=1-1-1")))

    def test_more_signed_headers(self, server):
        request = WHOAMI.having(
            ("amz-sdk-request", "attempt=1;  max=3"),
            ("content-length", str(len(WHOAMI.body))),
            ("user-agent", "made  up/1.0"),
            ("x-amz-user-agent", "aws-sdk-rust/1"),
        )
        self.accepted(server, server.sign(request, service="sts"))

    def test_the_declared_hash_of_the_body(self, server):
        digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        request = presignable("GetCallerIdentity", service="sts").having(("x-amz-content-sha256", digest))
        self.accepted(server, server.sign(request, service="sts"))

    def test_authorization_without_spaces(self, server):
        signed = whoami(server)
        self.accepted(server, signed.having(("authorization", signed.header("authorization").replace(", ", ","))))

    def test_a_content_type_without_a_charset(self, server):
        request = WHOAMI.having(("content-type", "application/x-www-form-urlencoded"))
        self.accepted(server, server.sign(request, service="sts"))

    @pytest.mark.parametrize("expires", ["60", "3600", "1", None])
    def test_presigned_whatever_its_expiry(self, server, expires):
        """Fourteen minutes old: for STS the age alone counts."""
        self.accepted(server, presigned(server, date=timestamp(minutes=-14), expires=expires))

    @pytest.mark.parametrize("minutes", [-14.9, -1, 1, 14.9])
    def test_clocks_that_differ_a_little(self, server, minutes):
        self.accepted(server, whoami(server, date=timestamp(minutes=minutes)))
        self.accepted(server, presigned(server, date=timestamp(minutes=minutes)))

    def test_an_identical_request_again(self, server):
        """Two equal requests of one second have equal signatures: a refusal would break honest callers."""
        signed = whoami(server)
        self.accepted(server, signed)
        self.accepted(server, signed)


class TestClock:
    @pytest.mark.parametrize("sign", [whoami, presigned], ids=["header", "query"])
    @pytest.mark.parametrize(
        ("minutes", "text"),
        [
            (-15.1, r"Signature expired: {date} is now earlier than (\d+)T(\d+)Z \(\d+T\d+Z - 15 min\.\)"),
            (15.2, r"Signature not yet current: {date} is still later than (\d+)T(\d+)Z \(\d+T\d+Z \+ 15 min\.\)"),
            (-60 * 24 * 365, r"Signature expired: {date} is now earlier than .*"),
            (60 * 24 * 365, r"Signature not yet current: {date} is still later than .*"),
        ],
    )
    def test_too_far_apart(self, server, sign, minutes, text):
        date = timestamp(minutes=minutes)
        status, code, message = refusal(server.send(sign(server, date=date)))
        assert (status, code) == (403, "SignatureDoesNotMatch")
        assert re.fullmatch(text.format(date=date), message), message

    def test_errors_carry_the_servers_time(self, server):
        """SDKs set their clock by it."""
        assert server.send(whoami(server, date=timestamp(minutes=-60))).headers["date"]

    def test_not_a_date(self, server):
        date = "2026-01-02T03:04:05Z"
        request = whoami(server).having(("x-amz-date", date))
        text = f"Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
        assert refusal(server.send(request)) == (400, "IncompleteSignature", text)


class TestKey:
    @pytest.mark.parametrize("sign", [whoami, presigned], ids=["header", "query"])
    @pytest.mark.parametrize(
        ("key", "expected"),
        [
            (WRONG_SECRET, DIFFERS),
            (UNKNOWN, (403, "InvalidClientTokenId", UNKNOWN_KEY)),
            (KeyPair("nonsense", "x" * 40), (403, "InvalidClientTokenId", UNKNOWN_KEY)),
            (KeyPair("A" * 200, "x" * 40), (403, "InvalidClientTokenId", UNKNOWN_KEY)),
        ],
        ids=["wrong secret", "unknown", "no key id", "too long"],
    )
    def test_refused(self, server, sign, key, expected):
        assert refusal(server.send(sign(server, key=key))) == expected

    def test_a_key_id_in_another_case(self, server):
        key = KeyPair(ADMIN.access_key_id.lower(), ADMIN.secret_access_key)
        assert refusal(server.send(whoami(server, key=key)))[1] == "InvalidClientTokenId"

    @pytest.mark.parametrize("token", ["x", "IQoJb3JpZ2luX2VjE" + "A" * 300])
    def test_a_session_token_with_a_long_term_key(self, server, token):
        request = server.sign(WHOAMI.having(("x-amz-security-token", token)), service="sts")
        assert refusal(server.send(request))[:2] == (403, "InvalidClientTokenId")


class TestScope:
    @pytest.mark.parametrize("sign", [whoami, presigned], ids=["header", "query"])
    @pytest.mark.parametrize(
        ("scope", "text"),
        [
            ({"scope_service": "iam"}, "Credential should be scoped to correct service: 'sts'. "),
            ({"scope_service": "s3"}, "Credential should be scoped to correct service: 'sts'. "),
            (
                {"terminator": "aws3_request"},
                "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws3_request'.",
            ),
            (
                {"scope_date": "20200102"},
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                "'20200102' != '{day}', from '{date}'.",
            ),
        ],
        ids=["iam for sts", "s3 for sts", "terminator", "date"],
    )
    def test_wrong(self, server, sign, scope, text):
        date = timestamp()
        scope = dict(scope)
        request = _resigned(sign, server, scope.pop("scope_service", "sts"), date=date, **scope)
        expected = (403, "SignatureDoesNotMatch", text.format(day=date[:8], date=date))
        assert refusal(server.send(request)) == expected

    def test_an_sts_signature_does_not_serve_iam(self, server):
        request = server.sign(form("ListUsers"), service="sts")
        text = "Credential should be scoped to correct service: 'iam'. "
        assert refusal(server.send(request)) == (403, "SignatureDoesNotMatch", text)

    @pytest.mark.parametrize("region", ["", "us east 1", "us_east_1", "-", "r" * 64])
    def test_no_region(self, server, region):
        status, code, message = refusal(server.send(whoami(server, region=region)))
        assert code in ("SignatureDoesNotMatch", "IncompleteSignature"), message
        assert status in (400, 403)

    @pytest.mark.parametrize(
        "credential", ["{id}", "{id}/20260101/us-east-1/sts", "{id}/20260101/a/b/sts/aws4_request"]
    )
    def test_a_credential_of_other_than_five_parts(self, server, credential):
        credential = credential.format(id=ADMIN.access_key_id)
        signed = whoami(server)
        changed = re.sub("Credential=[^,]*", f"Credential={credential}", signed.header("authorization"))
        text = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{credential}'"
        )
        assert refusal(server.send(signed.having(("authorization", changed)))) == (400, "IncompleteSignature", text)


class TestForm:
    """How the parts of a signature have to come."""

    def test_none(self, server):
        request = WHOAMI.having(("host", server.host))
        assert refusal(server.send(request)) == (403, "MissingAuthenticationToken", UNSIGNED)

    def test_both_at_once(self, server):
        signed = presigned(server)
        both = server.sign(Request(method="GET", query=signed.query), service="sts")
        assert refusal(server.send(both))[:2] == (403, "SignatureDoesNotMatch")

    def test_another_algorithm(self, server):
        signed = whoami(server)
        for algorithm in ("AWS4-HMAC-SHA1", "Bearer", "AWS4-ECDSA-P256-SHA256"):
            changed = signed.header("authorization").replace("AWS4-HMAC-SHA256", algorithm)
            text = f"Unsupported AWS 'algorithm': '{algorithm}'."
            answer = server.send(signed.having(("authorization", changed)))
            assert refusal(answer) == (400, "IncompleteSignature", text)

    @pytest.mark.parametrize("missing", ["Credential", "Signature", "SignedHeaders"])
    def test_a_part_is_missing(self, server, missing):
        signed = whoami(server)
        scheme, _, parts = signed.header("authorization").partition(" ")
        kept = ", ".join(part for part in parts.split(", ") if not part.startswith(f"{missing}="))
        text = f"Authorization header requires '{missing}' parameter. Authorization=AWS4-HMAC-SHA256"
        answer = server.send(signed.having(("authorization", f"{scheme} {kept}")))
        assert refusal(answer) == (400, "IncompleteSignature", text)

    def test_the_date_is_missing(self, server):
        signed = whoami(server)
        undated = replace(signed, headers=tuple(h for h in signed.headers if h[0] != "x-amz-date"))
        text = (
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
            "Authorization=AWS4-HMAC-SHA256"
        )
        assert refusal(server.send(undated)) == (400, "IncompleteSignature", text)

    @pytest.mark.parametrize("missing", ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"])
    def test_a_parameter_is_missing(self, server, missing):
        signed = presigned(server)
        query = "&".join(part for part in signed.query.split("&") if not part.startswith(f"{missing}="))
        text = f"AWS query-string parameters must include '{missing}'. Re-examine the query-string parameters."
        assert refusal(server.send(replace(signed, query=query))) == (400, "IncompleteSignature", text)

    def test_the_host_is_not_signed(self, server):
        signed = server.sign(WHOAMI, service="sts", signed=["content-type", "x-amz-date"])
        text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        assert refusal(server.send(signed)) == (403, "SignatureDoesNotMatch", text)

    @pytest.mark.parametrize("name", ["x-amz-date", "x-amz-security-token-2", "x-amz-meta-anything"])
    def test_an_unsigned_header_of_awss(self, server, name):
        if name == "x-amz-date":
            signed = server.sign(WHOAMI, service="sts", signed=["content-type", "host"])
        else:
            signed = whoami(server).having((name, "value"))
        assert refusal(server.send(signed))[:2] == (403, "SignatureDoesNotMatch")

    @pytest.mark.parametrize("word", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "0" * 64, "nonsense"])
    def test_a_payload_that_is_not_signed(self, server, word):
        request = WHOAMI.having(("x-amz-content-sha256", word))
        signed = server.sign(request, service="sts", payload_hash=word)
        assert refusal(server.send(signed)) == DIFFERS

    @pytest.mark.parametrize(
        "change", [str.upper, lambda s: s[:-1], lambda s: s + "0", lambda s: "", lambda s: "g" * 64]
    )
    def test_a_malformed_signature(self, server, change):
        signed = whoami(server)
        head, _, signature = signed.header("authorization").rpartition("=")
        answer = server.send(signed.having(("authorization", f"{head}={change(signature)}")))
        assert refusal(answer)[0] in (400, 403)


class TestReplay:
    """A signature is good for one request only: none of its parts can be another."""

    CHANGES = {
        "method": lambda r: replace(r, method="PUT"),
        "path": lambda r: replace(r, path="/other"),
        "query": lambda r: replace(r, query="Action=ListUsers"),
        "body": lambda r: replace(r, body=r.body.replace(b"alice", b"malry")),
        "longer body": lambda r: replace(r, body=r.body + b"&Path=/x/"),
        "empty body": lambda r: replace(r, body=b""),
        "content type": lambda r: r.having(("content-type", "application/x-www-form-urlencoded")),
        "host": lambda r: r.having(("host", "127.0.0.1:1")),
        "second host": lambda r: replace(r, headers=(*r.headers, ("host", "127.0.0.1:1"))),
        "date": lambda r: r.having(("x-amz-date", timestamp(seconds=-30))),
        "region": lambda r: r.having(("authorization", r.header("authorization").replace("us-east-1", "us-east-2"))),
        "key": lambda r: r.having(
            ("authorization", r.header("authorization").replace(ADMIN.access_key_id, "AKIARZPUZDIKATESTROT"))
        ),
        "signature": lambda r: r.having(("authorization", _flipped(r.header("authorization")))),
        "signed headers": lambda r: r.having(("authorization", r.header("authorization").replace("content-type;", ""))),
    }

    @pytest.mark.parametrize("part", CHANGES)
    def test_a_header_signature(self, server, part):
        signed = server.sign(form("CreateUser", {"UserName": "alice"}))
        before = server.contents()
        answer = server.send(self.CHANGES[part](signed))
        # Some are refused before anybody looks at the signature.
        early = {"method": 302, "path": 404, "second host": 400}
        assert answer.status == early.get(part, 403), answer.body
        assert server.contents() == before
        assert server.send(signed).status == 200

    QUERY_CHANGES = {
        "method": lambda r: replace(r, method="POST"),
        "action": lambda r: replace(r, query=r.query.replace("CreateUser", "DeleteUser")),
        "parameter": lambda r: replace(r, query=r.query.replace("alice", "malry")),
        "one more": lambda r: replace(r, query="Path=%2Fx%2F&" + r.query),
        "one more behind": lambda r: replace(r, query=r.query + "&Path=%2Fx%2F"),
        "body": lambda r: replace(r, body=b"Action=ListUsers&Version=2010-05-08"),
        "date": lambda r: replace(r, query=r.query.replace(_date(r), timestamp(seconds=-30))),
        "expires": lambda r: replace(r, query=r.query.replace("X-Amz-Expires=900", "X-Amz-Expires=901")),
        "signature": lambda r: replace(r, query=_flipped(r.query)),
        "header of awss": lambda r: r.having(("x-amz-meta-anything", "value")),
    }

    @pytest.mark.parametrize("part", QUERY_CHANGES)
    def test_a_presigned_one(self, server, part):
        signed = sign_query(presignable("CreateUser", {"UserName": "alice"}), ADMIN, host=server.host)
        before = server.contents()
        answer = server.send(self.QUERY_CHANGES[part](signed))
        assert answer.status == 403, answer.body
        assert server.contents() == before
        assert server.send(signed).status == 200

    def test_repeated_parameters_do_not_smuggle_an_action(self, server):
        """Verified from one and executed from the other would be the mistake."""
        signed = whoami(server)
        before = server.contents()
        smuggled = replace(signed, query="Action=CreateUser&Version=2010-05-08&UserName=mallory")
        assert server.send(smuggled).status == 403
        resigned = server.sign(
            replace(WHOAMI, query="Action=CreateUser&Version=2010-05-08&UserName=mallory"), service="sts"
        )
        assert server.send(resigned).status != 500
        assert server.contents() == before


class TestFailureLimit:
    def test_wrong_signatures_are_throttled_and_right_ones_are_not(self, server):
        codes = []
        while "Throttling" not in codes:
            status, code, message = refusal(server.send(whoami(server, key=WRONG_SECRET)))
            codes.append(code)
            if code == "Throttling":
                assert (status, message) == (400, "Rate exceeded")
            assert len(codes) < 1000
            # However many fail, the owner of the key gets through.
            assert server.send(whoami(server)).status == 200
        assert set(codes[:-1]) == {"SignatureDoesNotMatch"}

    def test_boto3_sees_the_throttling_that_it_knows(self, server):
        session = boto3.Session(ADMIN.access_key_id, "x" * 40, region_name="us-east-1")
        sts = session.client("sts", endpoint_url=server.url)
        for _ in range(200):
            with pytest.raises(sts.exceptions.ClientError) as caught:
                server.client("sts", WRONG_SECRET).get_caller_identity()
            if caught.value.response["Error"]["Code"] == "Throttling":
                return
        pytest.fail("never throttled")


def _resigned(sign, server, service, **signing):
    """Signs for another service than that of the call."""
    if sign is whoami:
        return server.sign(WHOAMI, service=service, **signing)
    call = presignable("GetCallerIdentity", service="sts")
    return sign_query(call, ADMIN, host=server.host, service=service, **signing)


def _flipped(text):
    """The same text with another last hexadecimal digit."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def _date(request):
    return re.search("X-Amz-Date=([0-9TZ]+)", request.query)[1]
