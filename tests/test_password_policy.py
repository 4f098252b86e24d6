"""What an account asks of its users' passwords."""

import pytest
from botocore.exceptions import ClientError
from harness import ACCOUNT
from harness.errors import client_refusal

POLICY = (400, "PasswordPolicyViolation", "Password does not conform to the account password policy.")
DEFAULTS = {
    "MinimumPasswordLength": 6,
    "RequireSymbols": False,
    "RequireNumbers": False,
    "RequireUppercaseCharacters": False,
    "RequireLowercaseCharacters": False,
    "AllowUsersToChangePassword": False,
    "ExpirePasswords": False,
}


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return client_refusal(caught)


def test_set_and_deleted(iam):
    missing = (404, "NoSuchEntity", f"The Password Policy with domain name {ACCOUNT} cannot be found.")
    assert refused(iam.get_account_password_policy) == missing
    iam.update_account_password_policy()
    assert iam.get_account_password_policy()["PasswordPolicy"] == DEFAULTS
    wanted = {
        "MinimumPasswordLength": 14,
        "RequireSymbols": True,
        "AllowUsersToChangePassword": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 24,
        "HardExpiry": True,
    }
    iam.update_account_password_policy(**wanted)
    found = iam.get_account_password_policy()["PasswordPolicy"]
    assert found == DEFAULTS | wanted | {"ExpirePasswords": True}
    # What is not said again is as if it had never been said.
    iam.update_account_password_policy(RequireNumbers=True)
    assert iam.get_account_password_policy()["PasswordPolicy"] == DEFAULTS | {"RequireNumbers": True}
    iam.delete_account_password_policy()
    assert refused(iam.get_account_password_policy) == missing
    gone = (404, "NoSuchEntity", "The account policy with name PasswordPolicy cannot be found.")
    assert refused(iam.delete_account_password_policy) == gone


def test_out_of_bounds(iam):
    found = refused(
        iam.update_account_password_policy, MinimumPasswordLength=129, PasswordReusePrevention=25, MaxPasswordAge=1096
    )
    assert found == (
        400,
        "ValidationError",
        "3 validation errors detected: "
        "Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; "
        "Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095; "
        "Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24",
    )


@pytest.mark.parametrize(
    ("policy", "bad", "good"),
    [
        ({}, "aaaaa", "aaaaaa"),
        ({"MinimumPasswordLength": 20}, "a" * 19, "a" * 20),
        ({"RequireSymbols": True}, "aaaaaa", "aaaaa!"),
        ({"RequireNumbers": True}, "aaaaaa", "aaaaa1"),
        ({"RequireUppercaseCharacters": True}, "aaaaaa", "aaaaaA"),
        ({"RequireLowercaseCharacters": True}, "AAAAAA", "AAAAAa"),
    ],
)
def test_what_a_policy_asks_for(iam, policy, bad, good):
    iam.create_user(UserName="alice")
    iam.update_account_password_policy(**policy)
    assert refused(iam.create_login_profile, UserName="alice", Password=bad) == POLICY
    iam.create_login_profile(UserName="alice", Password=good)
    assert refused(iam.update_login_profile, UserName="alice", Password=bad) == POLICY
