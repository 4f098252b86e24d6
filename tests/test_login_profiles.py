"""Passwords for the console."""

import pytest
from botocore.exceptions import ClientError
from harness.errors import client_refusal
from harness.policies import allow, document, statement
from harness.server import ROOT

FIRST, SECOND, THIRD = "First-pass-1", "Second-pass-2", "Third-pass-3"
POLICY = (400, "PasswordPolicyViolation", "Password does not conform to the account password policy.")
WRONG_OLD = (403, "AccessDenied", "The old password was incorrect.")


def no_profile(name):
    return 404, "NoSuchEntity", f"Login Profile for User {name} cannot be found."


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return client_refusal(caught)


@pytest.fixture
def alice(server, iam):
    """A user with a password who may change it, and its client."""
    key = server.create_user_with_key("alice", allow("iam:ChangePassword"))
    iam.create_login_profile(UserName="alice", Password=FIRST)
    return server.client("iam", key)


def test_the_life_of_a_profile(iam):
    iam.create_user(UserName="Bob")
    made = iam.create_login_profile(UserName="Bob", Password=FIRST, PasswordResetRequired=True)["LoginProfile"]
    assert (made["UserName"], made["PasswordResetRequired"]) == ("Bob", True)
    assert iam.get_login_profile(UserName="Bob")["LoginProfile"] == made
    found = refused(iam.create_login_profile, UserName="Bob", Password=FIRST)
    assert found == (409, "EntityAlreadyExists", "Login Profile for user bob already exists.")
    iam.update_login_profile(UserName="Bob", PasswordResetRequired=False)
    assert iam.get_login_profile(UserName="Bob")["LoginProfile"] == made | {"PasswordResetRequired": False}
    iam.update_login_profile(UserName="Bob", Password=SECOND)
    expected = (409, "DeleteConflict", "Cannot delete entity, must delete login profile first.")
    assert refused(iam.delete_user, UserName="Bob") == expected
    iam.delete_login_profile(UserName="Bob")
    for call, parameters in [
        (iam.get_login_profile, {}),
        (iam.delete_login_profile, {}),
        (iam.update_login_profile, {"Password": FIRST}),
        (iam.update_login_profile, {"PasswordResetRequired": True}),
    ]:
        assert refused(call, UserName="Bob", **parameters) == no_profile("Bob")
    assert "PasswordLastUsed" not in iam.get_user(UserName="Bob")["User"]
    iam.delete_user(UserName="Bob")


def test_users_who_are_not_there(iam):
    for call, parameters in [
        (iam.create_login_profile, {"Password": FIRST}),
        (iam.get_login_profile, {}),
        (iam.update_login_profile, {"Password": FIRST}),
        (iam.delete_login_profile, {}),
    ]:
        expected = (404, "NoSuchEntity", "The user with name nobody cannot be found.")
        assert refused(call, UserName="nobody", **parameters) == expected


def test_who_changes_its_own_password(alice):
    alice.change_password(OldPassword=FIRST, NewPassword=SECOND)
    assert refused(alice.change_password, OldPassword=FIRST, NewPassword=THIRD) == WRONG_OLD
    alice.change_password(OldPassword=SECOND, NewPassword=FIRST)


def test_a_change_ends_the_duty_to_change(iam, alice):
    iam.update_login_profile(UserName="alice", PasswordResetRequired=True)
    alice.change_password(OldPassword=FIRST, NewPassword=SECOND)
    assert iam.get_login_profile(UserName="alice")["LoginProfile"]["PasswordResetRequired"] is False


def test_who_cannot_change_a_password(server, iam):
    key = server.create_user_with_key("bare", allow("iam:ChangePassword"))
    found = refused(server.client("iam", key).change_password, OldPassword=FIRST, NewPassword=SECOND)
    assert found == no_profile("bare")
    answer = server.call("ChangePassword", {"OldPassword": FIRST, "NewPassword": SECOND}, key=ROOT)
    assert (answer.status, answer.error.code) == (400, "InvalidUserType")


@pytest.mark.parametrize(
    ("password", "fits"),
    [("short-1A", True), ("short1A", False), ("longbutplain", False), ("longandUpper1", True), ("alice", False)],
)
def test_passwords_without_a_policy(iam, password, fits):
    iam.create_user(UserName="carol")
    if fits:
        iam.create_login_profile(UserName="carol", Password=password)
    else:
        assert refused(iam.create_login_profile, UserName="carol", Password=password) == POLICY


@pytest.mark.parametrize("granted", [True, False])
@pytest.mark.parametrize("denied", [True, False])
def test_the_account_lets_its_users_change_their_passwords(server, iam, granted, denied):
    deny = document(statement("iam:ChangePassword", effect="Deny"))
    key = server.create_user_with_key("dora", deny if denied else None)
    iam.create_login_profile(UserName="dora", Password=FIRST)
    iam.update_account_password_policy(AllowUsersToChangePassword=granted)
    own = server.client("iam", key)
    if granted and not denied:
        own.change_password(OldPassword=FIRST, NewPassword=SECOND)
    else:
        assert refused(own.change_password, OldPassword=FIRST, NewPassword=SECOND)[:2] == (403, "AccessDenied")
    if granted:
        assert own.get_account_password_policy()["PasswordPolicy"]["AllowUsersToChangePassword"]
    else:
        assert refused(own.get_account_password_policy)[:2] == (403, "AccessDenied")
    assert refused(own.get_login_profile)[:2] == (403, "AccessDenied")


def test_a_boundary_holds_against_what_the_account_grants(server, iam):
    key = server.create_user_with_key("emma")
    iam.create_login_profile(UserName="emma", Password=FIRST)
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    arn = iam.create_policy(PolicyName="bound", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="emma", PermissionsBoundary=arn)
    own = server.client("iam", key)
    assert refused(own.change_password, OldPassword=FIRST, NewPassword=SECOND)[:2] == (403, "AccessDenied")


def test_passwords_that_were_used_before(iam, alice):
    iam.update_account_password_policy(PasswordReusePrevention=2)
    for call, parameters, expected in [
        (alice.change_password, {"OldPassword": FIRST, "NewPassword": FIRST}, POLICY),
        (alice.change_password, {"OldPassword": FIRST, "NewPassword": SECOND}, None),
        (alice.change_password, {"OldPassword": SECOND, "NewPassword": FIRST}, POLICY),
        (iam.update_login_profile, {"UserName": "alice", "Password": FIRST}, POLICY),
        (alice.change_password, {"OldPassword": SECOND, "NewPassword": THIRD}, None),
        (alice.change_password, {"OldPassword": THIRD, "NewPassword": FIRST}, None),
    ]:
        if expected:
            assert refused(call, **parameters) == expected, parameters
        else:
            call(**parameters)
