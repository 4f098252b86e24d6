"""Requests put on a socket byte by byte, so that no library mends what a test breaks on purpose."""

import contextlib
import http.client
import socket
from dataclasses import dataclass
from xml.etree import ElementTree

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Error:
    """What an error envelope of the Query protocol says."""

    type: str
    code: str
    message: str | None


@dataclass(frozen=True)
class Response:
    """An answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def xml(self):
        """The body as an element tree without namespaces."""
        root = ElementTree.fromstring(self.body)
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root

    @property
    def namespace(self):
        return ElementTree.fromstring(self.body).tag.rpartition("}")[0].lstrip("{")

    @property
    def error(self):
        error = self.xml.find("Error")
        return Error(error.findtext("Type"), error.findtext("Code"), error.findtext("Message"))

    @property
    def request_id(self):
        """The request id of the body, which must be that of the header too."""
        found = self.xml.findtext("RequestId") or self.xml.findtext("ResponseMetadata/RequestId")
        assert found == self.headers["x-amzn-requestid"]
        return found

    def text(self, name):
        """The text of the first element of this name, wherever it stands, or `None`."""
        element = next(self.xml.iter(name), None)
        return None if element is None else element.text

    def texts(self, name):
        return [element.text for element in self.xml.iter(name)]


def encode(request):
    """The bytes of a request; a `content-length` is added unless the request says how it is framed."""
    framed = any(name.lower() in ("content-length", "transfer-encoding") for name, _ in request.headers)
    headers = request.headers if framed else (*request.headers, ("content-length", str(len(request.body))))
    head = f"{request.method} {request.target} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("latin-1") + b"\r\n" + request.body


def connect(address, timeout=TIMEOUT_SECONDS):
    return socket.create_connection(address, timeout=timeout)


def read(connection, method="POST"):
    """One answer from an open connection."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    return Response(answer.status, answer.headers, answer.read())


def exchange(address, data, method="POST"):
    """Sends raw bytes on a new connection and reads one answer."""
    with connect(address) as connection:
        # The server may answer, and hang up, before it has read everything.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return read(connection, method)


def send(address, request):
    """Sends a request on a new connection and reads the answer."""
    return exchange(address, encode(request), request.method)
