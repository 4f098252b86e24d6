"""What the black-box tests share: the real binary, raw signed requests, and the clients that people use."""

from harness.clients import aws, boto3_session, client_environment
from harness.http import Response, exchange, send
from harness.server import ACCOUNT, ADMIN, BINARY, REPOSITORY, ROOT, Server, keystead, start
from harness.sigv4 import KeyPair, Request, form, sign_header, sign_query

__all__ = [
    "ACCOUNT",
    "ADMIN",
    "BINARY",
    "REPOSITORY",
    "ROOT",
    "KeyPair",
    "Request",
    "Response",
    "Server",
    "aws",
    "boto3_session",
    "client_environment",
    "exchange",
    "form",
    "keystead",
    "send",
    "sign_header",
    "sign_query",
    "start",
]
