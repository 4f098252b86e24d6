"""The dashboard, the list of users and the walk that creates one, events and account settings in the browser."""

import csv
import io
import json
import re

import pytest
from botocore.exceptions import ClientError
from harness.browser import PHONE, axe
from harness.console import PASSWORD, account_of, fill_sign_in, give_password, sign_in
from harness.sigv4 import KeyPair

PAGE_BYTES_MAX = 50 * 1024


@pytest.fixture
def page(server, open_page, iam):
    """The administrator's browser."""
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    return page


def cells(page, name):
    """The text of each column of the row that starts with a name."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))
    heads = page.get_by_role("columnheader").all_inner_texts()
    return dict(zip(heads, [cell.inner_text().strip() for cell in row.locator("th, td").all()], strict=True))


def allow(iam, user, *actions):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_user_policy(UserName=user, PolicyName="allowed", PolicyDocument=json.dumps(document))


def visitor(server, open_page, iam, *actions):
    """The browser of `bob`, who may do this and nothing else."""
    iam.create_user(UserName="bob")
    give_password(iam, "bob")
    if actions:
        allow(iam, "bob", *actions)
    page = open_page(server.url, allowed=("403",))
    sign_in(page, server, "bob")
    return page


def test_users_with_what_they_sign_with(server, page, iam):
    iam.create_user(UserName="alice", Path="/team/")
    for group in ("a", "b", "c", "d"):
        iam.create_group(GroupName=group)
        iam.add_user_to_group(GroupName=group, UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    other = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="alice", AccessKeyId=other, Status="Inactive")
    with pytest.raises(ClientError):
        server.client("iam", KeyPair(made["AccessKeyId"], made["SecretAccessKey"])).list_users()
    page.goto("/console/users")
    axe(page)
    alice = cells(page, "alice")
    assert alice["Groups"] == "a, b, c and 1 more"
    assert set(alice["Access key ID"].split("\n")) == {f"{made['AccessKeyId']} (Active)", f"{other} (Inactive)"}
    assert alice["Active key age"] == "0 days"
    assert re.fullmatch(r"just now|\d+ seconds ago", alice["Key last used"]), alice
    assert (alice["MFA"], alice["Password"]) == ("None", "None")
    assert cells(page, "administrator")["Password"] == "Enabled"
    page.set_viewport_size(PHONE)
    axe(page)


def test_users_are_found_page_by_page(page, iam):
    for number in range(20):
        iam.create_user(UserName=f"{'x' * 55}-{number:02}")
    page.goto("/console/users")
    assert len(page.content().encode()) < PAGE_BYTES_MAX
    assert page.locator("tbody tr").count() == 15
    page.get_by_role("link", name="Next page").click()
    assert page.locator("tbody tr").count() == 6
    page.get_by_role("link", name="To the beginning").click()
    page.get_by_label("Find a user").fill("X-19")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("rowheader", name="x-19").wait_for()
    assert page.locator("tbody tr").count() == 1
    page.goto("/console/users?search=nobody")
    assert page.get_by_text("No user has “nobody” in the name.").is_visible()
    axe(page)


def test_a_user_is_created_with_a_password_a_group_and_a_policy(server, iam, open_page):
    give_password(iam, "administrator")
    # Sent again, as by a reload, the form is refused: the user is there.
    page = open_page(server.url, allowed=("409",))
    sign_in(page, server)
    iam.create_group(GroupName="readers")
    iam.create_account_alias(AccountAlias="our-team")
    page.goto("/console/users")
    page.get_by_role("link", name="Create user").click()
    axe(page)
    assert len(page.content().encode()) < PAGE_BYTES_MAX
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Path").fill("/team/")
    page.get_by_label("Provide user access to this console").check()
    page.get_by_label("readers").check()
    page.get_by_text("Attach policies directly").click()
    page.get_by_label("IAMUserChangePassword").check()
    page.get_by_role("button", name="Create user").click()
    page.get_by_role("heading", name="User alice created").wait_for()
    axe(page)
    field = page.get_by_label("Console password", exact=True)
    password, url = field.input_value(), page.get_by_label("Sign-in URL").input_value()
    assert field.get_attribute("type") == "password" and len(password) == 20
    assert url == f"{server.url}/console/sign-in?account=our-team"
    assert password not in server.output
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .csv file").click()
    assert download.value.suggested_filename == "alice_credentials.csv"
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert rows == [{"User name": "alice", "Password": password, "Console sign-in URL": url}]
    assert iam.get_user(UserName="alice")["User"]["Path"] == "/team/"
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="alice")["Groups"]] == ["readers"]
    attached = iam.list_attached_user_policies(UserName="alice")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["IAMUserChangePassword"]
    page.reload()
    assert "already exists" in page.get_by_role("alert").inner_text()
    assert password not in page.content()
    theirs = open_page(server.url, "/console/sign-in?account=our-team")
    fill_sign_in(theirs, "our-team", "alice", password)
    theirs.get_by_role("heading", name="Change your password").wait_for()


def test_a_user_is_created_without_console(page, iam):
    page.goto("/console/create-user")
    page.get_by_label("User name").fill("robot")
    page.get_by_role("button", name="Create user").click()
    page.get_by_text("The user was created.").wait_for()
    assert page.url.endswith("/console/users/robot?done=user-created")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_login_profile(UserName="robot")


def test_a_user_is_created_without_script(server, page, open_page, iam):
    iam.create_group(GroupName="readers")
    plain = open_page(server.url, java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto("/console/users")
    plain.get_by_role("link", name="Create user").click()
    assert not plain.get_by_text("Console password").is_visible()
    plain.get_by_label("User name").fill("alice")
    plain.get_by_label("Provide user access to this console").check()
    plain.get_by_label("Custom password", exact=False).first.check()
    plain.locator("#password").fill(PASSWORD)
    plain.get_by_label("Users must create a new password").uncheck()
    plain.get_by_label("readers").check()
    plain.get_by_text("Attach policies directly").click()
    plain.get_by_label("IAMReadOnlyAccess").check()
    plain.get_by_role("button", name="Create user").click()
    plain.get_by_role("heading", name="User alice created").wait_for()
    # Nothing is left that only a script could do.
    assert [button.inner_text() for button in plain.locator("main button").all() if button.is_visible()] == ["Download .csv file"]
    secret = plain.locator("noscript p")
    assert not secret.is_visible()
    plain.locator("noscript summary").click()
    assert secret.is_visible() and secret.inner_text() == PASSWORD
    with plain.expect_download() as download:
        plain.get_by_role("button", name="Download .csv file").click()
    assert PASSWORD in download.value.path().read_text("utf-8-sig")
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="alice")["Groups"]] == ["readers"]
    attached = iam.list_attached_user_policies(UserName="alice")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["IAMReadOnlyAccess"]
    theirs = open_page(server.url, "/console/sign-in", java_script_enabled=False)
    fill_sign_in(theirs, account_of(server), "alice")
    assert theirs.get_by_role("link", name="alice").is_visible()
    theirs.goto("/console/users")
    assert cells(theirs, "alice")["Password"] == "Enabled"


def test_a_form_that_is_refused_is_there_again(server, open_page, iam):
    give_password(iam, "administrator")
    page = open_page(server.url, allowed=("400", "409"))
    sign_in(page, server)
    page.goto("/console/create-user")
    page.get_by_label("User name").fill("administrator")
    page.get_by_label("Provide user access to this console").check()
    page.get_by_label("Custom password", exact=False).first.check()
    page.get_by_role("button", name="Create user").click()
    assert "Enter the console password" in page.get_by_role("alert").inner_text()
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Create user").click()
    assert "already exists" in page.get_by_role("alert").inner_text()
    axe(page)
    assert page.get_by_label("User name").input_value() == "administrator"
    assert page.locator("#password").input_value() == "" and PASSWORD not in page.content()


def test_what_is_refused_half_way_is_said(server, open_page, iam):
    iam.create_group(GroupName="readers")
    page = visitor(server, open_page, iam, "iam:CreateUser", "iam:ListGroups")
    page.goto("/console/create-user")
    assert "iam:ListPolicies" in page.locator("main").text_content()
    page.get_by_label("User name").fill("alice")
    page.get_by_label("readers").check()
    page.get_by_label("Provide user access to this console").check()
    page.get_by_role("button", name="Create user").click()
    page.get_by_text("The user is there, but not everything was done.").wait_for()
    axe(page)
    steps = page.get_by_role("region", name="What was done").get_by_role("listitem").all_inner_texts()
    assert len(steps) == 3
    assert steps[0].endswith("Done") and "User alice created" in steps[0]
    assert "Console password not set" in steps[1] and "iam:CreateLoginProfile" in steps[1]
    assert "Not added to the group readers" in steps[2] and "iam:AddUserToGroup" in steps[2]
    assert page.get_by_label("Console password").count() == 0


def test_the_dashboard_says_what_there_is_and_what_needs_attention(server, page, iam):
    page.goto("/console/")
    axe(page)
    assert page.get_by_role("heading", name="First steps").is_visible()
    iam.create_user(UserName="alice")
    give_password(iam, "alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    with pytest.raises(ClientError):
        server.client("iam", KeyPair(made["AccessKeyId"], made["SecretAccessKey"])).list_roles()
    page.goto("/console/")
    axe(page)
    assert page.get_by_role("heading", name="First steps").count() == 0
    assert page.get_by_role("link", name="Users 2").get_attribute("href") == "/console/users"
    denials = page.get_by_role("region", name="Recent denials")
    assert "ListRoles" in denials.inner_text() and "iam:ListRoles" in denials.inner_text()
    page.set_viewport_size(PHONE)
    axe(page)
    page.get_by_role("link", name="Users with a password and without MFA").click()
    axe(page)
    assert page.locator("tbody").get_by_role("rowheader").all_inner_texts() == ["administrator", "alice"]


def test_the_dashboard_stands_without_any_permission(server, open_page, iam):
    page = visitor(server, open_page, iam)
    page.goto("/console/")
    axe(page)
    shown = page.locator("main").inner_text()
    for action in ("iam:GetAccountSummary", "iam:GetCredentialReport", "cloudtrail:LookupEvents"):
        assert action in shown
    assert "First steps" not in shown


def test_events_are_found(server, page, iam):
    iam.create_user(UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    agent = "<script>document.title = 'owned'</script>"
    alice = server.client("iam", KeyPair(made["AccessKeyId"], made["SecretAccessKey"]))
    alice.meta.events.register("before-send.iam", lambda request, **_: request.headers.update({"User-Agent": agent}))
    for _ in range(17):
        with pytest.raises(ClientError):
            alice.list_roles()
    page.goto(f"/console/events?key={made['AccessKeyId']}")
    axe(page)
    assert page.title() == "Events · Keystead"
    rows = page.locator("tbody tr")
    assert rows.count() >= 1
    assert "ListRoles" in rows.first.inner_text() and "Denied" in rows.first.inner_text()
    rows.first.get_by_text("Details").click()
    assert '"eventName": "ListRoles"' in rows.first.inner_text()
    page.goto("/console/events")
    assert len(page.content().encode()) < PAGE_BYTES_MAX
    page.get_by_label("Operation").fill("CreateUser")
    page.get_by_label("User", exact=True).fill("administrator")
    page.get_by_label("Outcome").select_option("success")
    page.get_by_role("button", name="Find").click()
    assert {row.split("\n")[0].strip() for row in page.locator("tbody th").all_inner_texts()} == {"CreateUser"}
    page.get_by_label("Operation").fill("NoSuchOperation")
    page.get_by_role("button", name="Find").click()
    assert page.get_by_text("No event is like that.").is_visible()
    axe(page)


def test_older_events_are_reached(page, iam):
    for number in range(20):
        iam.create_group(GroupName=f"group-{number:02}")
    page.goto("/console/events?operation=CreateGroup")
    assert page.locator("tbody tr").count() == 15
    page.get_by_role("link", name="Older").click()
    assert page.locator("tbody tr").count() == 5
    page.get_by_role("link", name="Latest").click()
    assert page.locator("tbody tr").count() == 15


def test_a_long_record_has_a_page_of_its_own(page, iam):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::" + "b" * 4000}]}
    iam.create_policy(PolicyName="long", PolicyDocument=json.dumps(document))
    page.goto("/console/events?operation=CreatePolicy")
    page.get_by_text("Details").first.click()
    page.get_by_role("link", name="show all of it").click()
    axe(page)
    assert "b" * 4000 in page.locator("pre").inner_text()


def test_the_alias_is_set_and_deleted(server, open_page, iam):
    give_password(iam, "administrator")
    page = open_page(server.url, allowed=("400",))
    sign_in(page, server)
    page.goto("/console/account")
    axe(page)
    alias = page.get_by_label("Alias", exact=True)
    alias.fill("Not An Alias")
    page.get_by_role("button", name="Create alias").click()
    assert page.get_by_role("alert").count() == 0, "the browser refuses it"
    alias.evaluate("field => { field.form.noValidate = true; }")
    page.get_by_role("button", name="Create alias").click()
    refusal = page.get_by_role("alert").inner_text()
    assert "An alias has 3 to 63 lower case letters" in refusal and "accountAlias" in refusal
    assert page.title() == "Error: Account settings · Keystead"
    assert alias.get_attribute("aria-invalid") == "true" and "refused" in alias.get_attribute("aria-describedby")
    assert alias.evaluate("field => field === document.activeElement")
    axe(page)
    page.get_by_label("Alias", exact=True).fill("our-team")
    page.get_by_role("button", name="Create alias").click()
    page.get_by_text("The account alias is set.").wait_for()
    assert iam.list_account_aliases()["AccountAliases"] == ["our-team"]
    assert page.get_by_role("link", name="/console/sign-in?account=our-team").is_visible()
    page.get_by_role("link", name="Delete the alias our-team").click()
    axe(page)
    page.get_by_role("button", name="Delete the alias our-team").click()
    page.get_by_text("The account alias is deleted.").wait_for()
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_the_password_policy_is_set_and_deleted(page, iam):
    page.goto("/console/account")
    page.get_by_role("link", name="Edit the password policy").click()
    axe(page)
    page.get_by_label("Password minimum length").fill("12")
    page.get_by_label("Require at least one symbol").check()
    page.get_by_label("Passwords expire after days").fill("90")
    page.get_by_label("Password expiration requires administrator reset").check()
    page.get_by_label("Remember passwords and prevent reuse").fill("5")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_text("The password policy is saved.").wait_for()
    axe(page)
    assert iam.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 12,
        "RequireSymbols": True,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": True,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 5,
        "HardExpiry": True,
    }
    page.get_by_role("link", name="Delete the password policy").click()
    page.get_by_role("button", name="Delete the password policy").click()
    page.get_by_text("The password policy is deleted.").wait_for()
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_account_password_policy()


def test_the_credential_report_is_downloaded(page):
    page.goto("/console/account")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download credential report").click()
    assert re.fullmatch(r"status_reports_[-\dT]+Z\.csv", download.value.suggested_filename)
    users = [row["user"] for row in csv.DictReader(io.StringIO(download.value.path().read_text()))]
    assert users == ["<root_account>", "administrator"]


def test_a_password_that_does_not_fit_makes_no_half_user(page, iam):
    page.goto("/console/create-user")
    page.get_by_label("User name").fill("dora")
    page.get_by_label("Provide user access to this console").check()
    page.get_by_label("Custom password", exact=False).first.check()
    page.locator("input[name=password]").fill("short")
    page.get_by_role("button", name="Create user").click()
    assert "password policy" in page.get_by_role("alert").inner_text()
    assert page.get_by_text("At least 8 characters").is_visible()
    assert "dora" not in [user["UserName"] for user in iam.list_users()["Users"]]
