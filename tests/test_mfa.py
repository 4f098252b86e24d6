"""Virtual MFA devices, and what their codes are good for."""

import zlib

import boto3
import pytest
from botocore.exceptions import ClientError
from harness import ACCOUNT
from harness.errors import client_refusal
from harness.policies import allow, document, statement
from harness.totp import Device

NOT_VALID = (403, "InvalidAuthenticationCode", "Authentication code for device is not valid.")
LOCKED = (409, "LimitExceeded", "Too many wrong authentication codes for this device. Try again later.")
WRONG_CODE = (403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.")
NO_DEVICE = (
    403,
    "AccessDenied",
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and"
    " associated with this user.",
)


def arn(name, path="/"):
    return f"arn:aws:iam::{ACCOUNT}:mfa{path}{name}"


def missing(serial):
    return 404, "NoSuchEntity", f"MFA Device with serial number {serial} does not exist."


def refused(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return client_refusal(caught)


@pytest.fixture
def alice(server):
    """A user with every permission, and its key."""
    return server.create_user_with_key("alice", allow("*"))


@pytest.fixture
def phone(iam, alice):
    """A device of alice's. Its codes of now and of the next step are not used yet."""
    return Device(iam).enable(iam, "alice")


def test_what_a_new_device_is_set_up_with(iam):
    device = Device(iam, Path="/phones/", Tags=[{"Key": "a", "Value": "b"}])
    assert device.serial == arn("phone", "/phones/")
    assert len(device.seed) == 64
    assert device.made["Tags"] == [{"Key": "a", "Value": "b"}]
    picture = device.made["QRCodePNG"]
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    begin = picture.index(b"IDAT") + 4
    length = int.from_bytes(picture[begin - 8 : begin - 4], "big")
    assert len(zlib.decompress(picture[begin : begin + length])) == height * (1 + (width + 7) // 8)
    assert Device(iam, "other").seed != device.seed


def test_no_api_shows_a_seed_again(server, iam, alice, phone):
    for action, parameters in [
        ("ListVirtualMFADevices", {}),
        ("ListMFADevices", {"UserName": "alice"}),
        ("GetMFADevice", {"UserName": "alice", "SerialNumber": phone.serial}),
        ("GetAccountAuthorizationDetails", {}),
    ]:
        body = server.ok(action, parameters).body
        text = body if isinstance(body, str) else body.decode()
        assert phone.seed not in text and "Seed" not in text and "QRCode" not in text, action


def test_lists(iam, alice, phone):
    bare = Device(iam, "bare")
    [listed] = iam.list_mfa_devices(UserName="alice")["MFADevices"]
    assert (listed["UserName"], listed["SerialNumber"]) == ("alice", phone.serial)
    found = iam.get_mfa_device(UserName="alice", SerialNumber=phone.serial)
    assert found["EnableDate"] == listed["EnableDate"]

    def virtual(status):
        return iam.list_virtual_mfa_devices(AssignmentStatus=status)["VirtualMFADevices"]

    assert virtual("Unassigned") == [{"SerialNumber": bare.serial}]
    [assigned] = virtual("Assigned")
    assert assigned["User"]["UserName"] == "alice" and assigned["EnableDate"] == listed["EnableDate"]
    assert virtual("Any") == [{"SerialNumber": bare.serial}, assigned]


def test_pages(iam):
    serials = sorted(Device(iam, f"{number}{'x' * (200 if number % 2 else 1)}").serial for number in range(5))
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 2})
    assert [device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"]] == serials
    assert refused(iam.list_virtual_mfa_devices, Marker="x") == (400, "ValidationError", "Invalid Marker.")


def test_the_longest_serial_number_fits_into_a_marker(iam):
    longest = "y" * (254 - len(arn("")))
    serials = sorted([Device(iam, longest).serial, Device(iam, "z").serial])
    pages = iam.get_paginator("list_virtual_mfa_devices").paginate(PaginationConfig={"PageSize": 1})
    assert [device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"]] == serials
    assert refused(iam.create_virtual_mfa_device, VirtualMFADeviceName=longest + "y")[:2] == (400, "ValidationError")


def test_refusals(iam, alice, phone):
    bare = Device(iam, "bare")
    iam.create_user(UserName="bob")
    absent = arn("absent")
    for call, parameters, expected in [
        ("create_virtual_mfa_device", {"VirtualMFADeviceName": "phone"}, (409, "EntityAlreadyExists", "MFA device already exists.")),
        ("enable_mfa_device", {"UserName": "nobody", "SerialNumber": bare.serial, **bare.codes()}, (404, "NoSuchEntity", "The user with name nobody cannot be found.")),
        ("enable_mfa_device", {"UserName": "bob", "SerialNumber": absent, **bare.codes()}, missing(absent)),
        ("enable_mfa_device", {"UserName": "bob", "SerialNumber": phone.serial, **phone.codes()}, (409, "EntityAlreadyExists", "MFA Device is already in use.")),
        ("resync_mfa_device", {"UserName": "bob", "SerialNumber": phone.serial, **phone.codes()}, missing(phone.serial)),
        ("deactivate_mfa_device", {"UserName": "nobody", "SerialNumber": phone.serial}, (404, "NoSuchEntity", "The user with name nobody cannot be found.")),
        ("deactivate_mfa_device", {"UserName": "alice", "SerialNumber": absent}, missing(absent)),
        ("deactivate_mfa_device", {"UserName": "bob", "SerialNumber": phone.serial}, missing(phone.serial)),
        ("get_mfa_device", {"UserName": "bob", "SerialNumber": phone.serial}, missing(phone.serial)),
        ("delete_virtual_mfa_device", {"SerialNumber": absent}, missing(absent)),
        ("delete_virtual_mfa_device", {"SerialNumber": "GAHT12345678"}, missing("GAHT12345678")),
        ("list_mfa_device_tags", {"SerialNumber": absent}, missing(absent)),
        ("tag_mfa_device", {"SerialNumber": absent, "Tags": []}, missing(absent)),
    ]:  # fmt: skip
        assert refused(getattr(iam, call), **parameters) == expected, (call, parameters)
    assert refused(iam.delete_virtual_mfa_device, SerialNumber=phone.serial)[:2] == (409, "DeleteConflict")
    bare.enable(iam, "bob")
    expected = (409, "DeleteConflict", "Cannot delete entity, must delete MFA device first.")
    assert refused(iam.delete_user, UserName="bob") == expected


def test_the_end_of_a_device(iam, alice, phone):
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=phone.serial)
    assert iam.list_mfa_devices(UserName="alice")["MFADevices"] == []
    # Codes that were used up stay so, whoever has the device next.
    assert refused(iam.enable_mfa_device, UserName="alice", SerialNumber=phone.serial, **phone.codes()) == NOT_VALID
    iam.delete_virtual_mfa_device(SerialNumber=phone.serial)
    assert Device(iam).seed != phone.seed


def test_eight_devices(iam, alice):
    for number in range(8):
        Device(iam, f"d{number}").enable(iam, "alice")
    assert len(iam.list_mfa_devices(UserName="alice")["MFADevices"]) == 8
    ninth = Device(iam, "d8")
    found = refused(iam.enable_mfa_device, UserName="alice", SerialNumber=ninth.serial, **ninth.codes())
    assert found == (409, "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8")


def test_tags(iam):
    device = Device(iam)
    iam.tag_mfa_device(SerialNumber=device.serial, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_mfa_device(SerialNumber=device.serial, TagKeys=["a"])
    assert iam.list_mfa_device_tags(SerialNumber=device.serial)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_policies_can_ask_for_a_devices_tags(server, iam):
    condition = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    key = server.create_user_with_key("bob", document(statement("iam:*", Condition=condition)))
    red = Device(iam, "red", Tags=[{"Key": "team", "Value": "red"}])
    blue = Device(iam, "blue", Tags=[{"Key": "team", "Value": "blue"}])
    bob = server.client("iam", key)
    assert refused(bob.delete_virtual_mfa_device, SerialNumber=blue.serial)[:2] == (403, "AccessDenied")
    bob.delete_virtual_mfa_device(SerialNumber=red.serial)


def test_codes_that_enable_a_device(iam, alice):
    device = Device(iam)
    right = device.codes()
    for codes in [
        {"AuthenticationCode1": device.wrong(), "AuthenticationCode2": right["AuthenticationCode2"]},
        {"AuthenticationCode1": right["AuthenticationCode2"], "AuthenticationCode2": right["AuthenticationCode1"]},
        {"AuthenticationCode1": right["AuthenticationCode1"], "AuthenticationCode2": device.code(1)},
    ]:
        found = refused(iam.enable_mfa_device, UserName="alice", SerialNumber=device.serial, **codes)
        assert found == NOT_VALID, codes
    device.enable(iam, "alice")


def test_too_many_wrong_codes(iam, alice):
    device = Device(iam)
    codes = {"AuthenticationCode1": device.wrong(), "AuthenticationCode2": device.wrong()}
    found = [refused(iam.enable_mfa_device, UserName="alice", SerialNumber=device.serial, **codes) for _ in range(6)]
    assert found == [NOT_VALID] * 5 + [LOCKED]
    found = refused(iam.enable_mfa_device, UserName="alice", SerialNumber=device.serial, **device.codes())
    assert found == LOCKED


def test_resync_of_a_device_whose_clock_is_off(server, iam, alice):
    device = Device(iam).enable(iam, "alice")
    sts = server.client("sts", alice)
    ahead = device.code(10)
    assert refused(sts.get_session_token, SerialNumber=device.serial, TokenCode=ahead) == WRONG_CODE
    iam.resync_mfa_device(UserName="alice", SerialNumber=device.serial, **device.codes(9))
    sts.get_session_token(SerialNumber=device.serial, TokenCode=device.code(10))
    # Its clock is ahead, so a code of now is an old one.
    assert refused(sts.get_session_token, SerialNumber=device.serial, TokenCode=device.code()) == WRONG_CODE


def test_a_session_with_mfa(server, iam, alice, phone):
    sts = server.client("sts", alice)
    code = phone.code()
    session = sts.get_session_token(SerialNumber=phone.serial, TokenCode=code)["Credentials"]
    assert refused(sts.get_session_token, SerialNumber=phone.serial, TokenCode=code) == WRONG_CODE
    with_mfa = client(server, "iam", session)
    assert with_mfa.get_user()["User"]["UserName"] == "alice"
    # Rotation of the keys within the session, as `aws-vault rotate` does it.
    made = with_mfa.create_access_key()["AccessKey"]["AccessKeyId"]
    with_mfa.delete_access_key(AccessKeyId=made)


def client(server, service, credentials):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=server.url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_codes_that_make_no_session(server, iam, alice, phone):
    bob = server.create_user_with_key("bob", allow("*"))
    sts, bobs = server.client("sts", alice), server.client("sts", bob)
    foreign = f"arn:aws:iam::{'9' * 12}:mfa/phone"
    for caller, serial, code, expected in [
        (sts, phone.serial, phone.wrong(), WRONG_CODE),
        (sts, phone.serial, phone.code(-1), WRONG_CODE),
        (sts, arn("absent"), phone.code(), NO_DEVICE),
        (sts, foreign, phone.code(), NO_DEVICE),
        (sts, f"arn:aws:iam::{ACCOUNT}:user/alice", phone.code(), NO_DEVICE),
        (bobs, phone.serial, phone.code(), NO_DEVICE),
    ]:
        assert refused(caller.get_session_token, SerialNumber=serial, TokenCode=code) == expected, (serial, code)
    sts.get_session_token(SerialNumber=phone.serial, TokenCode=phone.code())


def test_mfa_as_a_condition(server, iam):
    """What AWS documents for users who shall set up MFA themselves: everything else is denied without it."""
    text = document(
        statement("iam:*"),
        statement(
            [],
            effect="Deny",
            Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        )
        | {"NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]},
    )
    text = text.replace('"Action": [], ', "")
    key = server.create_user_with_key("carol", text)
    own = server.client("iam", key)
    # A long-term key has no such key in its requests: to BoolIfExists that is the same as false.
    assert refused(own.list_users)[:2] == (403, "AccessDenied")
    device = Device(own, "carol").enable(own, "carol")
    sts = server.client("sts", key)
    session = sts.get_session_token(SerialNumber=device.serial, TokenCode=device.code())["Credentials"]
    client(server, "iam", session).list_users()
