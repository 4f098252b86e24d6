"""Passkeys: registered by one's own browser or an administrator's, asked for at sign-in, and worth nothing elsewhere."""

import json
import re
from urllib.parse import parse_qs, quote

import pytest
from botocore.exceptions import ClientError
from harness import sigv4
from harness.browser import VirtualAuthenticator, axe
from harness.console import PASSWORD, account_of, fill_sign_in, give_password, session_cookie, sign_in
from harness.policies import allow, document, statement
from harness.totp import Device

from test_console_sign_in import INCORRECT, post

OWN = ["iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ListMFADevices"]


@pytest.fixture
def origin(server):
    """The console under a name that passkeys can be for."""
    return server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def alice(iam):
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow(*OWN))
    give_password(iam, "alice")
    return "alice"


@pytest.fixture
def page(server, origin, open_page, alice):
    """Alice's page, signed in, with a device for passkeys."""
    page = open_page(origin)
    sign_in(page, server, alice)
    page.authenticator = VirtualAuthenticator(page)
    return page


def choose_passkey(page, name="laptop", path="/console/me"):
    page.goto(path)
    page.get_by_role("link", name="Assign MFA device").click()
    page.get_by_label("Device name").fill(name)
    page.get_by_label("Passkey or security key").check()
    page.get_by_role("button", name="Next").click()


def register(page, name="laptop", path="/console/me"):
    choose_passkey(page, name, path)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_text("The passkey is assigned.").wait_for()


def give_password_again(page, server, user="alice"):
    """Signs out and in again, as far as the password goes."""
    page.get_by_role("button", name="Sign out").click()
    fill_sign_in(page, account_of(server), user)
    page.wait_for_url("**/console/sign-in/mfa**")


def serials(iam, user="alice"):
    return [device["SerialNumber"] for device in iam.list_mfa_devices(UserName=user)["MFADevices"]]


def test_a_passkey_is_made_and_asked_for(server, page, iam):
    register(page)
    assert page.get_by_role("cell", name="Passkey or security key").is_visible()
    [serial] = serials(iam)
    account = account_of(server)
    assert re.fullmatch(rf"arn:aws:iam::{account}:u2f/user/alice/laptop-[A-Z2-7]{{24}}", serial)
    assert iam.get_mfa_device(UserName="alice", SerialNumber=serial)["SerialNumber"] == serial
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert iam.get_account_summary()["SummaryMap"]["MFADevicesInUse"] == 1
    [credential] = page.authenticator.credentials()
    assert credential["rpId"] == "localhost"

    give_password_again(page, server)
    assert page.get_by_label("MFA code").count() == 0, "there is no device that shows codes"
    half_done = session_cookie(page)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/console/")
    assert session_cookie(page)["value"] != half_done["value"], "each step has a token of its own"
    page.goto("/console/me")
    assert page.get_by_role("row", name=re.compile("This session")).get_by_role("cell", name="Yes", exact=True).is_visible()
    [used] = page.authenticator.credentials()
    assert used["signCount"] > credential["signCount"]


def test_everybody_can_use_the_pages(server, page, origin, open_page, iam):
    register(page)
    Device(iam).enable(iam, "alice")
    give_password_again(page, server)
    # The authenticator of a page is gone after this.
    axe(page)
    iam.create_user(UserName="bob")
    iam.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=allow(*OWN))
    give_password(iam, "bob")
    other = open_page(origin)
    sign_in(other, server, "bob")
    other.goto("/console/users/bob/mfa/new")
    axe(other)
    choose_passkey(other)
    axe(other)


def test_policies_see_that_a_passkey_was_given(server, page, iam):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    rule = statement("iam:ListUsers", Condition=condition)
    iam.put_user_policy(UserName="alice", PolicyName="with-mfa", PolicyDocument=document(rule))
    assert page.goto("/console/users").status == 403
    register(page)
    give_password_again(page, server)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/console/")
    assert page.goto("/console/users").status == 200


def test_the_owner_must_be_there(server, page):
    page.authenticator.verify_user(False)
    choose_passkey(page)
    page.get_by_role("button", name="Create passkey").click()
    assert page.get_by_role("alert").inner_text() == "No passkey was given. Try again."
    page.authenticator.verify_user(True)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_text("The passkey is assigned.").wait_for()
    give_password_again(page, server)
    page.authenticator.verify_user(False)
    page.get_by_role("button", name="Use your passkey").click()
    assert page.get_by_role("alert").inner_text() == "No passkey was given. Try again."


def test_one_device_makes_one_passkey_of_a_user(page, iam):
    register(page)
    choose_passkey(page, "again")
    page.get_by_role("button", name="Create passkey").click()
    assert "registered already" in page.get_by_role("alert").inner_text()
    assert len(serials(iam)) == 1


def test_an_administrator_assigns_and_removes_one(server, origin, open_page, alice, iam):
    give_password(iam, "administrator")
    page = open_page(origin)
    sign_in(page, server)
    VirtualAuthenticator(page)
    register(page, "key-of-alice", "/console/users/alice/security-credentials")
    assert serials(iam)[0].split("/")[2] == "alice" and serials(iam, "administrator") == []
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_login_profile(UserName="alice")
        iam.delete_user_policy(UserName="alice", PolicyName="own")
        iam.delete_user(UserName="alice")
    page.get_by_role("link", name=re.compile("Remove")).click()
    assert "opens nothing any more" in page.locator("main").inner_text()
    page.locator("main form button").first.click()
    page.get_by_text("The MFA device is removed.").wait_for()
    assert serials(iam) == []
    iam.delete_user(UserName="alice")


def test_deactivating_removes_it(server, page, iam):
    register(page)
    [serial] = serials(iam)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.deactivate_mfa_device(UserName="administrator", SerialNumber=serial)
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
    page.get_by_role("button", name="Sign out").click()
    fill_sign_in(page, account_of(server), "alice")
    page.wait_for_url("**/console/")


def test_apps_and_passkeys_are_devices_alike(server, page, iam):
    register(page)
    device = Device(iam).enable(iam, "alice")
    assert len(serials(iam)) == 2
    give_password_again(page, server)
    page.get_by_label("MFA code").fill(device.code())
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/console/")
    give_password_again(page, server)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/console/")
    for number in range(6):
        Device(iam, f"more-{number}").enable(iam, "alice")
    choose_passkey(page, "ninth")
    assert "Cannot exceed quota for MFADevicesPerUser: 8" in page.get_by_role("alert").inner_text()


def test_who_may_not_is_told_what_is_missing(server, page, iam):
    def condition(step):
        key = {"StringEquals": {"iam:RegisterSecurityKey": step}}
        rules = [statement(OWN[1:]), statement(OWN[0], Condition=key)]
        iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=document(*rules))

    condition("Activate")
    choose_passkey(page)
    assert "not authorized to perform: iam:EnableMFADevice" in page.get_by_role("alert").inner_text()
    condition("Create")
    choose_passkey(page)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_role("link", name="Begin again").wait_for()
    assert "not authorized to perform: iam:EnableMFADevice" in page.get_by_role("alert").inner_text()
    condition(["Create", "Activate"])
    register(page)
    with pytest.raises(ClientError, match="ValidationError|AccessDenied|InvalidInput|NoSuchEntity"):
        iam.enable_mfa_device(
            UserName="alice", SerialNumber=serials(iam)[0], AuthenticationCode1="123456", AuthenticationCode2="654321"
        )


def test_where_browsers_have_no_passkeys_that_is_said(server, open_page, page):
    register(page)
    other = open_page(server.url)
    sign_in(other, server, "alice")
    assert f"works at {page.url.split('/console')[0]} only" in other.locator("main").inner_text()
    assert other.get_by_role("button").count() == 0
    axe(other)


def test_an_address_has_no_passkeys(server, open_page, alice):
    page = open_page(server.url)
    sign_in(page, server, alice)
    page.goto("/console/users/alice/mfa/new")
    assert page.get_by_label("Passkey or security key").is_disabled()
    form = "name=laptop&kind=passkey"
    answer = post(server, "/console/users/alice/mfa/new", form, session_cookie(page))
    assert answer.status == 400 and b"Passkeys need the console to be at https" in answer.body


def test_without_script_a_code_is_the_way(server, origin, open_page, page, iam):
    register(page)
    device = Device(iam).enable(iam, "alice")
    plain = open_page(origin, java_script_enabled=False)
    sign_in(plain, server, "alice")
    assert plain.get_by_text("Your passkey needs JavaScript, which is switched off. Use a code instead.").is_visible()
    assert not plain.get_by_role("button", name="Use your passkey").is_visible()
    plain.get_by_label("MFA code").fill(device.code())
    plain.get_by_role("button", name="Submit").click()
    plain.wait_for_url("**/console/")


def answers(page, path):
    """The browser's answers to the server about passkeys, as they are sent to this path; they do not arrive."""
    sent = []

    def take(route):
        sent.append(parse_qs(route.request.post_data))
        route.fulfill(status=200, content_type="text/html", body="<!doctype html><title>Taken</title><p>Taken</p>")

    page.route(path, take)
    return sent


def give_answer(server, origin, path, cookie, answer):
    headers = {"host": origin.removeprefix("http://"), "origin": origin}
    return post(server, path, f"answer={answer}", cookie, **headers)


def test_an_answer_counts_once_and_for_its_own_session(server, origin, page, open_page, iam):
    register(page)
    give_password_again(page, server)
    taken = answers(page, "**/sign-in/passkey")
    page.get_by_role("button", name="Use your passkey").click()
    page.get_by_text("Taken").wait_for()
    answer = quote(taken[0]["answer"][0])
    first = session_cookie(page)
    page.context.clear_cookies()
    sign_in(page, server, "alice")
    second = session_cookie(page)

    def give(cookie, answer):
        return give_answer(server, origin, "/console/sign-in/passkey", cookie, answer)

    other = give(second, answer)
    assert other.status == 403 and INCORRECT.encode() in other.body, "it was another session that was asked"
    wrong = quote(tampered(taken[0]["answer"][0]))
    assert give(first, wrong).status == 403
    # That page asked anew, so that the first answer is none any more.
    assert give(first, answer).status == 403
    for hostile in ("", "{}", "null", "[" * 100_000, "a" * 20_000, quote('{"id": 1}')):
        assert give(second, hostile).status in (403, 429)


def tampered(answer):
    """The answer, signed by somebody else."""
    answer = json.loads(answer)
    signature = answer["response"]["signature"]
    answer["response"]["signature"] = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    return json.dumps(answer)


def test_what_was_overtaken_is_refused_and_recorded(server, origin, page, open_page, iam):
    register(page)
    path = "/console/sign-in/passkey"

    def taken_from(page):
        """An answer that was given and not sent, and the session that was asked."""
        give_password_again(page, server)
        taken = answers(page, "**/sign-in/passkey")
        page.get_by_role("button", name="Use your passkey").click()
        page.get_by_text("Taken").wait_for()
        page.unroute("**/sign-in/passkey")
        return quote(taken[0]["answer"][0]), session_cookie(page)

    early, waiting = taken_from(page)
    page.context.clear_cookies()
    sign_in(page, server, "alice")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/console/")
    assert give_answer(server, origin, path, waiting, early).status == 403, "the passkey has counted further since"
    late, waiting = taken_from(page)
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=serials(iam)[0])
    assert give_answer(server, origin, path, waiting, late).status == 403, "the passkey is not alice's any more"
    give_password(iam, "administrator")
    other = open_page(server.url)
    sign_in(other, server)
    other.goto("/console/events?operation=ConsoleLogin&outcome=failed")
    assert other.locator("tbody tr").filter(has_text="Failed authentication").count() == 2


def test_another_port_is_another_console(server, origin, page, iam):
    """What listens there could be anybody's, and passes on what it is told; authenticators tell hosts apart alone."""
    register(page)
    give_password_again(page, server)
    cookie = session_cookie(page)
    headers = (("host", "localhost:1"), ("cookie", f"{cookie['name']}={cookie['value']}"))
    asked = server.send(sigv4.Request(method="GET", path="/console/sign-in/mfa", headers=headers)).body.decode()
    assert f"works at {origin} only" in asked and "data-options" not in asked


def test_who_knows_the_password_alone_ends_no_session(server, page):
    register(page)
    give_password_again(page, server)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/console/")
    form = f"account={account_of(server)}&user=alice&password={quote(PASSWORD)}"
    for _ in range(12):
        assert post(server, "/console/sign-in", form).status == 303
    page.goto("/console/me")
    assert page.url.endswith("/console/me")


def test_a_device_assigned_meanwhile_is_asked_for(server, open_page, iam):
    iam.create_user(UserName="carol")
    give_password(iam, "carol", PasswordResetRequired=True)
    page = open_page(server.url)
    sign_in(page, server, "carol")
    Device(iam).enable(iam, "carol")
    page.get_by_label("New password", exact=True).fill("Other-Horse-10")
    page.get_by_label("New password, once more").fill("Other-Horse-10")
    page.get_by_role("button", name="Confirm password change").click()
    page.get_by_role("button", name="Sign in").wait_for()
    page.goto("/console/me")
    assert "/console/sign-in?next=%2Fconsole%2Fme" in page.url


def test_a_registration_is_its_own_sessions(server, origin, page, open_page, iam):
    taken = answers(page, "**/mfa/passkey")
    choose_passkey(page)
    page.get_by_role("button", name="Create passkey").click()
    page.get_by_text("Taken").wait_for()
    answer = quote(taken[0]["answer"][0])
    path = "/console/users/alice/mfa/passkey"
    iam.create_user(UserName="mallory")
    iam.put_user_policy(UserName="mallory", PolicyName="all", PolicyDocument=allow("iam:*"))
    give_password(iam, "mallory")
    mallory = open_page(origin)
    sign_in(mallory, server, "mallory")
    refused = give_answer(server, origin, path, session_cookie(mallory), answer)
    assert refused.status == 403 and b"The passkey was not accepted. Begin again." in refused.body
    elsewhere = give_answer(server, server.url, path, session_cookie(page), answer)
    assert elsewhere.status == 400, "an address has no passkeys"
    assert serials(iam) == []
    assert give_answer(server, origin, path, session_cookie(page), answer).status == 303
    assert give_answer(server, origin, path, session_cookie(page), answer).status == 403
    assert len(serials(iam)) == 1
