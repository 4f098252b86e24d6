"""Policy documents that several tests use, and what they expect of policies."""

import json

from harness.server import ACCOUNT


def statement(actions="s3:GetObject", resources="*", effect="Allow", **elements):
    return {"Effect": effect, "Action": actions, "Resource": resources, **elements}


def document(*statements):
    """A document of these statements, as text; of one that allows something for none."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements) or [statement()]})


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


def policy_arn(name, path="/", account=ACCOUNT):
    return f"arn:aws:iam::{account}:policy{path}{name}"


def aws_policy_arn(name):
    return policy_arn(name, account="aws")


def not_found(arn):
    return 404, "NoSuchEntity", f"Policy {arn} was not found."


def not_attachable(arn):
    return 404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable."


def no_version(arn, version):
    return 404, "NoSuchEntity", f"Policy {arn} version {version} does not exist or is not attachable."


def arn_not_valid(arn):
    return 400, "InvalidInput", f"ARN {arn} is not valid."


def denied(caller, action, resource):
    """The refusal of a caller whom no policy of its own allows the action."""
    text = f"User: {caller} is not authorized to perform: {action} on resource: {resource} "
    return 403, "AccessDenied", text + f"because no identity-based policy allows the {action} action"


def grant(server, user, *statements):
    """Gives a user an inline policy."""
    text = document(*statements)
    server.ok("PutUserPolicy", {"UserName": user, "PolicyName": "given", "PolicyDocument": text})


def invalid_input(text):
    return 400, "InvalidInput", text


def context_entry(name, kind, *values):
    """A condition key's values, for the simulator."""
    return {"ContextKeyName": name, "ContextKeyType": kind, "ContextKeyValues": list(values)}


def sources(result):
    """The policies whose statements made a simulated answer."""
    return [found["SourcePolicyId"] for found in result["MatchedStatements"]]


def trust(*principals, actions="sts:AssumeRole", **elements):
    """A trust policy with a statement for each principal; for a text that is an ARN, an account, an id or `*` of AWS."""

    def named(principal):
        return principal if isinstance(principal, dict) else {"AWS": principal}

    statements = [
        {"Effect": "Allow", "Principal": named(principal), "Action": actions, **elements} for principal in principals
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


EC2 = trust({"Service": "ec2.amazonaws.com"})


def role_arn(name, path="/", account=ACCOUNT):
    return f"arn:aws:iam::{account}:role{path}{name}"
