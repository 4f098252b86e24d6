"""Writes corpus.jsonl: requests signed by botocore, which the tests of crates/sigv4 verify.

Run it with the botocore that the first line of corpus.jsonl names, from anywhere:

    python3 tests/botocore_corpus/generate.py

The output depends on nothing but this file and that version: the random choices are seeded, the
clock is fixed.

The first line is an object with what all requests have in common. Each other line is an array:
[service, kind ("s3" or "other"), form ("header" or "query"), method, path, query, headers, body], where
headers is an array of [lower-case name, value], and text is Latin-1: one character for each byte.
"""

import datetime
import json
import pathlib
import random
import string
from unittest import mock
from urllib.parse import quote, urlsplit

import botocore
import botocore.auth
import botocore.awsrequest
import botocore.credentials

BOTOCORE = "1.43.11"
COUNT = 2500
NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
ACCESS_KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjE//+token/with+all=="

REGIONS = ["us-east-1", "eu-central-1", "home", "cn-north-1", "us-gov-west-1"]
HOSTS = ["127.0.0.1:8080", "iam.amazonaws.com", "localhost", "[::1]:9000", "keystead.example.org:443", "a-b.c"]
WORDS = ["bob", "a b", "a+b", "a/b", "ü", "日本", "100%", "%41", "*!'()", "~._-", "", "=", "&", "😀", "Param-3", "x;y"]
HEADERS = ["x-amz-target", "x-amz-meta-a", "x-custom", "accept", "content-md5", "amz-sdk-request", "range", "x-amz-user-agent"]
VALUES = ["1", "a   b", "  both ends  ", "ttl=20; max=3", "café", "", "\"a   b\"", "attempt=1;  max=2"]


def word(rng):
    if rng.random() < 0.6:
        return rng.choice(WORDS)
    return "".join(rng.choices(string.printable[:95], k=rng.randrange(1, 9)))


def text_of(data):
    return data.decode("latin-1")


def query_request(rng, service):
    """A call of IAM or STS: a form, or the same presigned as a GET."""
    parameters = {"Action": rng.choice(["CreateUser", "GetCallerIdentity", "ListAccessKeys"]), "Version": "2010-05-08"}
    for index in range(rng.randrange(4)):
        parameters[f"Tags.member.{index + 1}.Value"] = word(rng)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return "POST", "/", parameters, headers, service


def rest_request(rng, service):
    """A call of a service with paths and queries of all kinds."""
    method = rng.choice(["GET", "PUT", "DELETE", "HEAD", "POST"])
    segments = [word(rng).replace("/", "_") for _ in range(rng.randrange(4))]
    if service == "s3":
        segments += rng.choice([[], ["", "x"], [".", "x"], ["..", "y"], ["trailing", ""]])
        safe = "~"
    else:
        # How a path that ends in a dot segment is normalised is not agreed among signers.
        segments += rng.choice([[], ["", "x"], [".", "x"], ["in", "..", "y"], ["trailing", ""]])
        segments = [segment for index, segment in enumerate(segments) if segment != ".." or index > 0]
        safe = rng.choice(["~", "~!*'()@:$,;="])
    path = "/" + "/".join(quote(segment, safe=safe) for segment in segments)
    pairs = [(quote(word(rng) or "k", safe="~"), quote(word(rng), safe="~")) for _ in range(rng.choice([0, 0, 1, 2, 3, 20]))]
    query = "&".join(name + "=" + value for name, value in pairs)
    body = rng.choice(["", "", word(rng) * 3, "ü" * 40, "x" * 200]).encode() if method in ("PUT", "POST") else b""
    return method, path, query, body


def make(rng):
    service = rng.choice(["iam", "sts", "s3", "secretsmanager", "execute-api"])
    kind = "s3" if service == "s3" else "other"
    form = rng.choice(["header", "header", "query"])
    host = rng.choice(HOSTS)
    base = "http://" + host
    headers = {}
    if service in ("iam", "sts"):
        method, path, data, headers, _ = query_request(rng, service)
        url = base + path
    else:
        method, path, query, data = rest_request(rng, service)
        url = base + path + ("?" + query if query else "")
        if form == "query":
            # Presigned requests other than S3's are signed with the hash of what they will carry.
            data = b""
    for name in rng.sample(HEADERS, rng.choice([0, 0, 1, 2, 4])):
        headers[name] = rng.choice(VALUES)
    if rng.random() < 0.2:
        headers["User-Agent"] = "Boto3/1.43 md/Botocore"
    if rng.random() < 0.2:
        headers["X-Amzn-Trace-Id"] = "Root=1-5759e988"

    if form == "header" and rng.random() < 0.1:
        # botocore then signs the time in this header, in HTTP's format, instead of in X-Amz-Date.
        headers["Date"] = "replaced"

    request = botocore.awsrequest.AWSRequest(method=method, url=url, headers=headers, data=data)
    if isinstance(data, dict) and form == "header":
        # As the endpoint does before it signs: the form becomes the body.
        request.data = botocore.awsrequest.AWSRequest(method=method, url=url, data=data).prepare().body
    region = rng.choice(REGIONS)
    credentials = botocore.credentials.Credentials(ACCESS_KEY_ID, SECRET, rng.choice([None, None, TOKEN]))
    signers = {
        ("other", "header"): botocore.auth.SigV4Auth,
        ("other", "query"): botocore.auth.SigV4QueryAuth,
        ("s3", "header"): botocore.auth.S3SigV4Auth,
        ("s3", "query"): botocore.auth.S3SigV4QueryAuth,
    }
    if form == "query" and isinstance(data, dict):
        request.method = method = "GET"
    if kind == "s3":
        request.context["payload_signing_enabled"] = rng.random() < 0.7
    request.context["client_config"] = None
    signers[kind, form](credentials, service, region).add_auth(request)
    prepared = request.prepare()

    parts = urlsplit(prepared.url)
    sent = [[name.lower(), value if isinstance(value, str) else text_of(value)] for name, value in prepared.headers.items()]
    # What http.client would add. A header that is text travels as UTF-8.
    sent = [[name, text_of(value.encode())] for name, value in sent]
    if not any(name == "host" for name, _ in sent):
        sent.append(["host", botocore.auth._host_from_url(prepared.url)])
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    return [service, kind, form, prepared.method, parts.path, parts.query, sent, text_of(body)]


def main():
    assert botocore.__version__ == BOTOCORE, f"needs botocore {BOTOCORE}, found {botocore.__version__}"
    rng = random.Random(20260102)
    head = {
        "botocore": BOTOCORE,
        "now_seconds": int(NOW.timestamp()),
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": SECRET,
        "session_token": TOKEN,
        "regenerate": "python3 tests/botocore_corpus/generate.py",
    }
    lines = [head]
    with mock.patch("botocore.auth.get_current_datetime", lambda: NOW.replace(tzinfo=None)):
        lines += [make(rng) for _ in range(COUNT)]
    target = pathlib.Path(__file__).with_name("corpus.jsonl")
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for line in lines:
            out.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
