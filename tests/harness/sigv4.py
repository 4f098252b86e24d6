"""A small Signature Version 4 signer whose every part can be set wrongly on purpose.

It shares no code with the server nor with botocore; `test_signatures.py` checks it against botocore.
"""

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, quote_plus

ALGORITHM = "AWS4-HMAC-SHA256"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
VERSIONS = {"iam": "2010-05-08", "sts": "2011-06-15"}


@dataclass(frozen=True)
class KeyPair:
    """The two halves of an access key; of temporary credentials with their session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, credentials):
        """From `Credentials` of an answer of STS."""
        return cls(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire: path and query are raw, headers keep their order."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def having(self, *headers):
        """The same request with these headers put in place of those of the same names."""
        names = {name.lower() for name, _ in headers}
        kept = tuple(header for header in self.headers if header[0].lower() not in names)
        return replace(self, headers=kept + headers)

    def header(self, name):
        """The value of a header, or `None`."""
        return next((value for n, value in self.headers if n.lower() == name.lower()), None)

    @property
    def target(self):
        return f"{self.path}?{self.query}" if self.query else self.path


def form(action, parameters=None, service="iam", **changes):
    """An unsigned call of the Query protocol: `Action`, `Version` and the flattened parameters."""
    pairs = [("Action", action), ("Version", VERSIONS[service]), *flatten(parameters or {})]
    body = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    return replace(Request(headers=(("content-type", FORM),), body=body.encode()), **changes)


def flatten(parameters, prefix=""):
    """`{"Tags": [{"Key": "a"}]}` as `[("Tags.member.1.Key", "a")]`."""
    pairs = []
    for name, value in parameters.items():
        if isinstance(value, (list, tuple)):
            numbered = {f"{name}.member.{index}": entry for index, entry in enumerate(value, start=1)}
            pairs += flatten(numbered, prefix)
        elif isinstance(value, dict):
            pairs += flatten(value, f"{prefix}{name}.")
        else:
            pairs.append((prefix + name, str(value)))
    return pairs


def timestamp(minutes=0, seconds=0):
    """The present time, moved, in the form of `X-Amz-Date`."""
    moved = datetime.now(UTC) + timedelta(minutes=minutes, seconds=seconds)
    return moved.strftime("%Y%m%dT%H%M%SZ")


def sign_header(
    request,
    key,
    *,
    host,
    service="iam",
    region="us-east-1",
    date=None,
    scope_date=None,
    terminator="aws4_request",
    signed=None,
    payload_hash=None,
):
    """The request with an `Authorization` header. `signed` names the headers to sign; default: all."""
    date = date or timestamp()
    token = [("x-amz-security-token", key.session_token)] if key.session_token else []
    request = request.having(("host", host), ("x-amz-date", date), *token)
    names = sorted(signed if signed is not None else {name.lower() for name, _ in request.headers})
    scope = f"{scope_date or date[:8]}/{region}/{service}/{terminator}"
    signature = _signature(request, key, date, scope, names, request.query, payload_hash)
    authorization = (
        f"{ALGORITHM} Credential={key.access_key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return request.having(("authorization", authorization))


def sign_query(
    request,
    key,
    *,
    host,
    service="iam",
    region="us-east-1",
    date=None,
    scope_date=None,
    terminator="aws4_request",
    signed=None,
    expires="900",
    payload_hash=None,
):
    """The request with a presigned query. `expires` may be `None`, to leave the parameter out."""
    date = date or timestamp()
    request = request.having(("host", host))
    names = sorted(signed if signed is not None else {name.lower() for name, _ in request.headers})
    scope = f"{scope_date or date[:8]}/{region}/{service}/{terminator}"
    pairs = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{key.access_key_id}/{scope}"),
        ("X-Amz-Date", date),
        *([("X-Amz-Expires", expires)] if expires is not None else []),
        *([("X-Amz-Security-Token", key.session_token)] if key.session_token else []),
        ("X-Amz-SignedHeaders", ";".join(names)),
    ]
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
    query = f"{request.query}&{added}" if request.query else added
    signature = _signature(request, key, date, scope, names, query, payload_hash)
    return replace(request, query=f"{query}&X-Amz-Signature={signature}")


def presignable(action, parameters=None, service="iam"):
    """A call as botocore presigns it: the form moved into the query of a GET without a body."""
    call = form(action, parameters, service)
    return Request(method="GET", query=call.body.decode().replace("+", "%20"))


def signing_key(key, date, region, service, terminator="aws4_request"):
    state = b"AWS4" + key.secret_access_key.encode()
    for part in (date, region, service, terminator):
        state = hmac.new(state, part.encode(), hashlib.sha256).digest()
    return state


def _signature(request, key, date, scope, names, query, payload_hash):
    canonical = _canonical(request, names, query, payload_hash)
    hashed = hashlib.sha256(canonical.encode("latin-1")).hexdigest()
    to_sign = "\n".join((ALGORITHM, date, scope, hashed))
    return hmac.new(signing_key(key, *scope.split("/")), to_sign.encode(), hashlib.sha256).hexdigest()


def _canonical(request, names, query, payload_hash):
    headers = ""
    for name in names:
        values = [" ".join(value.split()) for n, value in request.headers if n.lower() == name]
        headers += f"{name}:{','.join(values)}\n"
    pairs = sorted(tuple((part + "=").split("=")[:2]) for part in query.split("&") if part)
    return "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(names),
            payload_hash or hashlib.sha256(request.body).hexdigest(),
        )
    )
