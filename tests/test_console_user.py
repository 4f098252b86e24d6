"""One user's page, and one's own: permissions, groups, tags, password, MFA devices, and what stands in the way of deleting."""

import re

import pytest
from harness.browser import axe
from harness.console import PASSWORD, account_of, fill_sign_in, give_password, sign_in
from harness.policies import allow, document, statement
from harness.totp import totp


@pytest.fixture
def page(server, open_page, iam):
    iam.create_user(UserName="alice")
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    return page


def test_what_a_user_may_do(page, iam):
    iam.put_user_policy(UserName="alice", PolicyName="reads", PolicyDocument=allow("s3:GetObject"))

    def decided():
        page.goto("/console/users/alice?actions=s3:GetObject+s3:PutObject")
        return [row.inner_text() for row in page.get_by_role("row", name=re.compile("s3:")).all()]

    read, write = decided()
    assert "Allowed" in read and "user_alice_reads" in read and "Not allowed by any statement" in write
    axe(page)
    page.get_by_label("Actions").fill("s3:GetObject PutObject")
    page.get_by_role("button", name="Find out").click()
    assert "“PutObject” names no service" in page.get_by_role("alert").inner_text()
    axe(page)
    iam.create_group(GroupName="nobody")
    denying = document(statement("s3:*", effect="Deny"))
    iam.put_group_policy(GroupName="nobody", PolicyName="none", PolicyDocument=denying)
    iam.add_user_to_group(GroupName="nobody", UserName="alice")
    assert all("Denied by a statement" in row for row in decided())


def test_groups_are_joined_and_left(page, iam):
    iam.create_group(GroupName="staff")
    page.goto("/console/users/alice/groups")
    axe(page)
    page.locator("main form input:not([type=hidden]), main form select").first.wait_for()
    field = page.locator("main form select, main form input:not([type=hidden])").first
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option("staff")
    else:
        field.fill("staff")
    page.locator("main form button").first.click()
    page.get_by_text("The user is in the group now").wait_for()
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="alice")["Groups"]] == ["staff"]


def test_tags_are_added_edited_and_removed(page, iam):
    page.goto("/console/users/alice/tags")
    page.get_by_label("Key", exact=True).fill("<b>")
    page.locator("form:has(#key)").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Add tag").click()
    assert "The key of a tag has up to 128 letters" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Key", exact=True).get_attribute("aria-invalid") == "true"
    assert page.get_by_label("Value").get_attribute("aria-invalid") is None
    assert page.get_by_label("Key", exact=True).input_value() == "<b>"
    page.get_by_label("Key", exact=True).fill("team")
    page.get_by_label("Value").fill("a=b @c")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_role("link", name="Edit the tag team").click()
    axe(page)
    page.get_by_label("Value").fill("platform")
    page.get_by_role("button", name="Save tag").click()
    assert iam.list_user_tags(UserName="alice")["Tags"] == [{"Key": "team", "Value": "platform"}]
    page.get_by_role("link", name="Remove the tag team").click()
    assert "team" in page.locator("main").inner_text()
    page.get_by_role("button", name=re.compile("Remove")).click()
    page.get_by_text("The tag is removed.").wait_for()
    assert iam.list_user_tags(UserName="alice")["Tags"] == []


def test_an_mfa_device_is_assigned_and_asked_for(server, page, open_page, iam):
    give_password(iam, "alice")
    page.goto("/console/users/alice/security-credentials")
    page.get_by_role("link", name="Assign MFA device").click()
    axe(page)
    page.get_by_label("Device name").fill("phone")
    page.locator("main form button").first.click()
    picture = page.locator("img.qr")
    assert picture.get_attribute("src").startswith("data:image/png;base64,")
    axe(page)
    seed = page.get_by_label("Or type the secret key").input_value()
    assert seed not in page.url and seed not in server.output
    fields = page.get_by_label(re.compile("MFA code", re.IGNORECASE))

    def give(first, second):
        fields.nth(0).fill(first)
        fields.nth(1).fill(second)
        page.locator("main form button.primary").first.click()

    now = page.evaluate("Date.now() / 1000")
    give("000000", "000000")
    assert page.get_by_role("alert").is_visible()
    assert page.get_by_label("Or type the secret key").input_value() == seed, "the same device is asked again"
    give(totp(seed, -2, now), totp(seed, -1, now))
    page.get_by_text("The MFA device is assigned.").wait_for()
    assert seed not in page.content()
    [device] = iam.list_mfa_devices(UserName="alice")["MFADevices"]
    assert device["SerialNumber"].endswith(":mfa/phone")
    other = open_page(server.url, "/console/sign-in")
    fill_sign_in(other, account_of(server), "alice")
    other.get_by_label("MFA code").fill(totp(seed, 0, now))
    other.get_by_role("button", name="Submit").click()
    other.wait_for_url("**/console/")


def test_a_password_is_set_and_taken_away(server, page, open_page, iam):
    page.goto("/console/users/alice/security-credentials")
    page.get_by_role("link", name="Enable console access").click()
    axe(page)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=repeated]").fill("Other-Horse-10")
    page.locator("main form button.primary").first.click()
    assert "not the same" in page.get_by_role("alert").inner_text()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=repeated]").fill(PASSWORD)
    page.locator("input[name=must-be-changed]").uncheck()
    page.locator("main form button.primary").first.click()
    page.get_by_text("The user can sign in to the console").wait_for()
    other = open_page(server.url)
    sign_in(other, server, "alice")
    page.get_by_role("link", name="Disable console access").click()
    page.locator("main form button").first.click()
    page.get_by_text("Console access is disabled").wait_for()
    other.goto("/console/me")
    assert "/console/sign-in" in other.url


def test_deleting_a_user_names_what_is_in_the_way(page, iam):
    iam.create_access_key(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="reads", PolicyDocument=allow("s3:GetObject"))
    give_password(iam, "alice")
    page.goto("/console/users/alice/delete")
    text = page.locator("main").inner_text()
    assert "AKIA" in text and "reads" in text
    axe(page)
    page.locator("main form input:not([type=hidden])").first.fill("bob")
    page.locator("main form button").first.click()
    assert iam.list_access_keys(UserName="alice")["AccessKeyMetadata"], "another name deletes nothing"
    page.locator("main form input:not([type=hidden])").first.fill("alice")
    page.locator("main form button").first.click()
    page.get_by_text("The user was deleted.").wait_for()
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["administrator"]


def test_who_may_nothing_still_sees_the_own_page(server, open_page, iam):
    iam.create_user(UserName="bob")
    give_password(iam, "bob")
    page = open_page(server.url)
    sign_in(page, server, "bob")
    for path in ("/console/", "/console/me", "/console/users/bob", "/console/account", "/console/events"):
        answer = page.goto(path)
        assert answer.status in (200, 403), path
        axe(page)
        assert "ermission" in page.locator("main").inner_text(), path
