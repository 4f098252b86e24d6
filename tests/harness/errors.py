"""The error texts that many tests expect, as AWS writes them."""

UNKNOWN_KEY = "The security token included in the request is invalid."
SIGNATURE_DIFFERS = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
UNSIGNED = "Request is missing Authentication Token"
INVALID_NAME = (
    "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
)
INVALID_PATH = (
    "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters "
    "and/or / characters."
)


def no_such_user(name):
    return 404, "NoSuchEntity", f"The user with name {name} cannot be found."


def no_such_group(name):
    return 404, "NoSuchEntity", f"The group with name {name} cannot be found."


def no_such_inline_policy(kind, name):
    return 404, "NoSuchEntity", f"The {kind} policy with name {name} cannot be found."


def no_such_policy(arn):
    return 404, "NoSuchEntity", f"Policy {arn} was not found."


def not_attachable(arn):
    return 404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable."


def no_such_key(key_id):
    return 404, "NoSuchEntity", f"The Access Key with id {key_id} cannot be found."


def user_exists(name):
    return 409, "EntityAlreadyExists", f"User with name {name} already exists."


def group_exists(name):
    return 409, "EntityAlreadyExists", f"Group with name {name} already exists."


def delete_conflict(what):
    return 409, "DeleteConflict", f"Cannot delete entity, must {what} first."


def quota_exceeded(quota, limit):
    return 409, "LimitExceeded", f"Cannot exceed quota for {quota}: {limit}"


def two_keys():
    return 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"


def unsatisfied(*failures):
    """IAM's form of 2026: `failures` are (field, constraint) pairs, and the value is not repeated."""
    count = f"{len(failures)} validation error{'s' if len(failures) > 1 else ''} detected: "
    parts = (f"Value at '{field}' failed to satisfy constraint: Member must {rule}" for field, rule in failures)
    return 400, "ValidationError", count + "; ".join(parts)


def refusal(answer):
    """(status, code, message) of an error answer, after a check of its envelope."""
    assert answer.headers["content-type"].startswith("text/xml"), answer.headers
    assert answer.request_id
    error = answer.error
    assert error.type == ("Sender" if answer.status < 500 else "Receiver")
    return answer.status, error.code, error.message


def client_refusal(caught):
    """The same of a `botocore.exceptions.ClientError` caught by `pytest.raises`."""
    response = caught.value.response
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def no_such_role(name):
    return 404, "NoSuchEntity", f"The role with name {name} cannot be found."


def role_exists(name):
    return 409, "EntityAlreadyExists", f"Role with name {name} already exists."


def role_protected(name):
    text = f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    return 400, "UnmodifiableEntity", text


def no_such_instance_profile(name):
    return 404, "NoSuchEntity", f"Instance Profile {name} cannot be found."


def unknown_principal(name):
    return 400, "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{name}"'
