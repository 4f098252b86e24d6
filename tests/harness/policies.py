"""Policy documents that several tests use."""

import json


def statement(actions, resources="*", effect="Allow", **elements):
    return {"Effect": effect, "Action": actions, "Resource": resources, **elements}


def document(*statements):
    """A document of these statements, as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, resources="*"):
    return document(statement(list(actions), resources))


KEY_ACTIONS = [
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:GetAccessKeyLastUsed",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
]

# What AWS documents for users who manage their own access keys; the second resource is for users with a path.
SELF_SERVICE = allow(
    *KEY_ACTIONS, resources=["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:user/*/${aws:username}"]
)
EVERYTHING = allow("*")
