"""The virtual MFA devices of root."""

import csv
import io

import pytest
from botocore.exceptions import ClientError
from harness import ACCOUNT, ROOT, KeyPair
from harness.errors import client_refusal
from harness.policies import allow
from harness.totp import Device

ARN = f"arn:aws:iam::{ACCOUNT}:root"
NO_DEVICE = (
    403,
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and"
    " associated with this user.",
)


def missing(serial):
    return 404, "NoSuchEntity", f"MFA Device with serial number {serial} does not exist."


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return client_refusal(caught)


@pytest.fixture
def root(server):
    return server.client("iam", ROOT)


@pytest.fixture
def phone(root):
    """A device of root's. Its codes of now and of the next step are not used yet."""
    return Device(root, "root-account-mfa-device").enable(root, "root")


def test_the_life_of_a_device(root):
    device = Device(root).enable(root, "root")
    [listed] = root.list_mfa_devices()["MFADevices"]
    assert (listed["UserName"], listed["SerialNumber"]) == ("root", device.serial)
    assert root.list_mfa_devices(UserName="root")["MFADevices"] == [listed]
    found = root.get_mfa_device(SerialNumber=device.serial)
    assert (found["UserName"], found["EnableDate"]) == ("root", listed["EnableDate"])
    [assigned] = root.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert (assigned["SerialNumber"], assigned["User"]) == (device.serial, root.get_user()["User"])
    assert root.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"] == []

    root.resync_mfa_device(UserName="root", SerialNumber=device.serial, **device.codes(9))
    assert refused(root.delete_virtual_mfa_device, SerialNumber=device.serial)[:2] == (409, "DeleteConflict")
    root.deactivate_mfa_device(SerialNumber=device.serial)
    assert root.list_mfa_devices()["MFADevices"] == []
    assert refused(root.deactivate_mfa_device, SerialNumber=device.serial) == missing(device.serial)
    root.delete_virtual_mfa_device(SerialNumber=device.serial)


def test_what_is_told_of_it(root, iam):
    def told():
        iam.generate_credential_report()
        content = iam.get_credential_report()["Content"].decode()
        rows = {row["user"]: row for row in csv.DictReader(io.StringIO(content))}
        summary = iam.get_account_summary()["SummaryMap"]
        return rows["<root_account>"]["mfa_active"], summary["AccountMFAEnabled"], summary["MFADevicesInUse"]

    assert told() == ("false", 0, 0)
    device = Device(root)
    assert told() == ("false", 0, 0)
    device.enable(root, "root")
    root.create_user(UserName="alice")
    Device(root, "hers").enable(root, "alice")
    assert told() == ("true", 1, 2)
    root.deactivate_mfa_device(SerialNumber=device.serial)
    assert told() == ("false", 0, 1)


def test_a_session_with_mfa(server, phone):
    sts, code = server.client("sts", ROOT), phone.code()
    session = sts.get_session_token(SerialNumber=phone.serial, TokenCode=code)["Credentials"]
    again = refused(sts.get_session_token, SerialNumber=phone.serial, TokenCode=code)
    assert again[1:] == ("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
    with_mfa = server.client("iam", KeyPair.of(session))
    assert with_mfa.get_user()["User"]["Arn"] == ARN
    # Within the session root is still root: its own devices need no name.
    assert [device["SerialNumber"] for device in with_mfa.list_mfa_devices()["MFADevices"]] == [phone.serial]
    without = server.client("iam", KeyPair.of(sts.get_session_token()["Credentials"]))
    assert refused(without.get_user)[1] == "InvalidClientTokenId"


def test_it_is_roots_alone(server, iam, root, phone):
    """A user with every permission can neither use nor remove what protects root."""
    alice = server.create_user_with_key("alice", allow("*"))
    hers, sts = server.client("iam", alice), server.client("sts", alice)
    assert refused(sts.get_session_token, SerialNumber=phone.serial, TokenCode=phone.code()) == NO_DEVICE
    nobody = (404, "NoSuchEntity", "The user with name root cannot be found.")
    other = Device(hers, "other")
    for call, parameters, expected in [
        (hers.deactivate_mfa_device, {"SerialNumber": phone.serial}, missing(phone.serial)),
        (hers.deactivate_mfa_device, {"SerialNumber": phone.serial, "UserName": "root"}, nobody),
        (hers.resync_mfa_device, {"SerialNumber": phone.serial, "UserName": "root", **phone.codes()}, nobody),
        (hers.enable_mfa_device, {"SerialNumber": other.serial, "UserName": "root", **other.codes()}, nobody),
        (hers.list_mfa_devices, {"UserName": "root"}, nobody),
        (hers.get_mfa_device, {"SerialNumber": phone.serial}, missing(phone.serial)),
    ]:
        assert refused(call, **parameters) == expected, (call, parameters)
    assert refused(hers.delete_virtual_mfa_device, SerialNumber=phone.serial)[:2] == (409, "DeleteConflict")
    in_use = refused(root.enable_mfa_device, UserName="alice", SerialNumber=phone.serial, **phone.codes())
    assert in_use == (409, "EntityAlreadyExists", "MFA Device is already in use.")
    assert len(root.list_mfa_devices()["MFADevices"]) == 1


def test_a_user_of_that_name_is_meant_before_root(root):
    root.create_user(UserName="root")
    device = Device(root).enable(root, "root")
    assert root.list_mfa_devices()["MFADevices"] == []
    [listed] = root.list_mfa_devices(UserName="root")["MFADevices"]
    assert listed["SerialNumber"] == device.serial
    assert root.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 0


def test_eight_devices(root):
    for number in range(8):
        Device(root, f"d{number}").enable(root, "root")
    ninth = Device(root, "d8")
    found = refused(root.enable_mfa_device, UserName="root", SerialNumber=ninth.serial, **ninth.codes())
    assert found == (409, "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8")
