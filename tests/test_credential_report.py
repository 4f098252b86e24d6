"""The credential report, and what the account's summary says of credentials."""

import csv
import io

import pytest
from botocore.exceptions import ClientError
from harness import ACCOUNT
from harness.policies import allow
from harness.totp import Device

COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)


def report(iam):
    """The report's rows by user; the first columns line is checked."""
    found = iam.get_credential_report()
    assert found["ReportFormat"] == "text/csv" and found["GeneratedTime"]
    text = found["Content"].decode()
    assert text.partition("\n")[0] == COLUMNS
    return {row["user"]: row for row in csv.DictReader(io.StringIO(text))}


def test_before_one_was_asked_for(server, iam):
    with pytest.raises(ClientError) as caught:
        iam.get_credential_report()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
    assert caught.value.response["Error"]["Code"] == "ReportNotPresent"
    assert b"<Message>" not in server.call("GetCredentialReport").body


def test_the_states_of_a_report(iam):
    started = iam.generate_credential_report()
    assert started["State"] == "STARTED"
    assert started["Description"] == "No report exists. Starting a new report generation task"
    again = iam.generate_credential_report()
    assert again["State"] == "COMPLETE" and "Description" not in again


def test_rows(server, iam):
    key = server.create_user_with_key("alice", allow("iam:GetUser"), Path="/staff/")
    second = server.create_key("alice")
    server.ok("UpdateAccessKey", {"UserName": "alice", "AccessKeyId": key.access_key_id, "Status": "Inactive"})
    server.client("iam", second).get_user()
    iam.create_login_profile(UserName="alice", Password="First-pass-1")
    Device(iam).enable(iam, "alice")
    iam.create_user(UserName="bob,=1")
    iam.generate_credential_report()
    rows = report(iam)
    root = rows["<root_account>"]
    assert root["arn"] == f"arn:aws:iam::{ACCOUNT}:root" and root["password_enabled"] == "not_supported"
    assert root["access_key_1_active"] == "true"
    alice = rows["alice"]
    created = alice["user_creation_time"]
    assert created.endswith("Z")
    expected = {
        "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/alice",
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_next_rotation": "N/A",
        "mfa_active": "true",
        "access_key_1_active": "true",
        "access_key_1_last_used_region": "us-east-1",
        "access_key_1_last_used_service": "iam",
        "access_key_2_active": "false",
        "access_key_2_last_used_date": "N/A",
        "access_key_2_last_used_region": "N/A",
        "access_key_2_last_used_service": "N/A",
        "cert_1_active": "false",
        "cert_1_last_rotated": "N/A",
    }
    assert {name: alice[name] for name in expected} == expected
    assert min(alice["password_last_changed"], alice["access_key_2_last_rotated"]) >= created
    bob = rows["bob,=1"]
    assert bob["password_enabled"] == "false" and bob["access_key_1_last_rotated"] == "N/A"
    assert [bob[f"password_{name}"] for name in ("last_used", "last_changed", "next_rotation")] == ["N/A"] * 3


def test_the_next_rotation_of_a_password(iam):
    iam.create_user(UserName="alice")
    iam.create_login_profile(UserName="alice", Password="First-pass-1")
    iam.update_account_password_policy(MaxPasswordAge=1)
    iam.generate_credential_report()
    alice = report(iam)["alice"]
    assert alice["password_next_rotation"] > alice["password_last_changed"]


def test_the_summary_counts_devices(iam):
    def devices():
        found = iam.get_account_summary()["SummaryMap"]
        return found["MFADevices"], found["MFADevicesInUse"], found["AccountMFAEnabled"]

    assert devices() == (0, 0, 0)
    iam.create_user(UserName="alice")
    device = Device(iam)
    assert devices() == (1, 0, 0)
    device.enable(iam, "alice")
    assert devices() == (1, 1, 0)
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=device.serial)
    iam.delete_virtual_mfa_device(SerialNumber=device.serial)
    assert devices() == (0, 0, 0)
