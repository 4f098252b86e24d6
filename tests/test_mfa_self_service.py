"""The policy that AWS documents for users who manage their own credentials, but only with MFA, from the AWS CLI."""

from harness import ACCOUNT, KeyPair
from harness.policies import document, statement
from harness.totp import Device

OWN = "arn:aws:iam::*:user/${aws:username}"
# What has to be possible without MFA, so that one can come by it.
WITHOUT_MFA = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
]
KEYS = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed", "iam:ListAccessKeys", "iam:UpdateAccessKey"]
DENY_WITHOUT_MFA = {
    "Effect": "Deny",
    "NotAction": WITHOUT_MFA,
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
POLICY = document(
    statement(["iam:ListVirtualMFADevices"]),
    statement([*KEYS, "iam:GetUser"], OWN),
    statement("iam:CreateVirtualMFADevice", "arn:aws:iam::*:mfa/*"),
    statement(["iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"], OWN),
    DENY_WITHOUT_MFA,
)


def test_step_by_step(server, cli):
    key = server.create_user_with_key("alice")
    server.put_policy("alice", POLICY)

    # Without MFA the keys are out of reach; who one is, and the way to MFA, are not.
    denied = cli("iam create-access-key", key)
    assert "AccessDenied" in denied and "with an explicit deny in an identity-based policy" in denied
    assert cli("iam get-user", key)["User"]["UserName"] == "alice"
    assert cli("iam list-mfa-devices", key) == {"MFADevices": []}

    device = Device(server.client("iam", key), "alice")
    first, second = device.codes().values()
    enable = f"iam enable-mfa-device --user-name alice --serial-number {device.serial}"
    assert cli(f"{enable} --authentication-code1 {first} --authentication-code2 {second}", key) is None
    assert cli("iam list-mfa-devices", key)["MFADevices"][0]["SerialNumber"] == device.serial
    assert device.serial == f"arn:aws:iam::{ACCOUNT}:mfa/alice"

    # That there is a device changes nothing; a session without its code may not even ask IAM.
    assert "AccessDenied" in cli("iam create-access-key", key)
    bare = KeyPair.of(cli("sts get-session-token", key)["Credentials"])
    assert "InvalidClientTokenId" in cli("iam get-user", bare)

    wrong = cli(f"sts get-session-token --serial-number {device.serial} --token-code {device.wrong()}", key)
    assert "AccessDenied" in wrong and "invalid MFA one time pass code" in wrong
    code = device.code()
    asked = f"sts get-session-token --serial-number {device.serial} --token-code {code}"
    session = KeyPair.of(cli(asked, key)["Credentials"])
    assert "AccessDenied" in cli(asked, key), "a code counts once"

    # With MFA a key is rotated, as tools that keep sessions do it: the new key is made and the old one goes, by the session.
    new = cli("iam create-access-key", session)["AccessKey"]
    assert server.works(KeyPair(new["AccessKeyId"], new["SecretAccessKey"]))
    old = key.access_key_id
    assert cli(f"iam update-access-key --access-key-id {old} --status Inactive", session) is None
    assert not server.works(key)
    assert cli(f"iam delete-access-key --access-key-id {old}", session) is None
    assert server.key_ids("alice") == [new["AccessKeyId"]]
    assert cli("sts get-caller-identity", session)["Arn"].endswith(":user/alice")


def test_a_key_is_rotated_without_a_name_by_the_session_that_it_made(server, cli):
    """What aws-vault's `rotate` does: no user name anywhere, and the old key is deleted while it is active."""
    old = server.create_user_with_key("alice", POLICY)
    device = Device(server.client("iam", old), "alice").enable(server.client("iam", old), "alice")
    asked = f"sts get-session-token --serial-number {device.serial} --token-code {device.code()}"
    session = KeyPair.of(cli(asked, old)["Credentials"])

    made = cli("iam create-access-key", session)["AccessKey"]
    assert made["UserName"] == "alice"
    assert cli(f"iam delete-access-key --access-key-id {old.access_key_id}", session) is None
    assert not server.works(old)
    assert server.works(KeyPair(made["AccessKeyId"], made["SecretAccessKey"]))
    assert server.key_ids("alice") == [made["AccessKeyId"]]
