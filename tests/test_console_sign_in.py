"""Signing in to the console: with a password, a code, a new password and a link; and who is kept out."""

import re

import pytest
from harness import keystead, sigv4
from harness.browser import axe
from harness.console import PASSWORD, account_of, fill_sign_in, give_password, session_cookie, sign_in

from harness.totp import Device

INCORRECT = "Your authentication information is incorrect. Please try again."


@pytest.fixture
def alice(iam):
    iam.create_user(UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    give_password(iam, "alice")
    return "alice"


def post(server, path, form, cookie=None, **headers):
    """A form, as a browser sends it from a page of the console unless the headers say otherwise."""
    sent = {
        "host": server.host,
        "origin": server.url,
        "content-type": "application/x-www-form-urlencoded",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie:
        sent["cookie"] = f"{cookie['name']}={cookie['value']}"
    headers = tuple((name, value) for name, value in sent.items() if value is not None)
    return server.send(sigv4.Request(method="POST", path=path, headers=headers, body=form.encode()))


def get(server, path, cookie=None, **headers):
    sent = {"host": server.host} | headers
    if cookie:
        sent["cookie"] = f"{cookie['name']}={cookie['value']}"
    return server.send(sigv4.Request(method="GET", path=path, headers=tuple(sent.items())))


def test_a_user_signs_in_and_out(server, open_page, alice):
    page = open_page(server.url, "/console/users")
    assert "/console/sign-in" in page.url
    axe(page)
    fill_sign_in(page, account_of(server), "alice")
    page.wait_for_url("**/console/users")
    assert page.get_by_role("banner").get_by_role("link", name="alice").is_visible()
    cookie = session_cookie(page)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["path"] == "/console/"
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_text("You are signed out.").is_visible()
    assert session_cookie(page) is None
    # The token is worth nothing any more, whoever kept it.
    assert get(server, "/console/users", cookie).status == 303


def test_an_alias_is_as_good_as_an_id(server, open_page, alice, iam):
    iam.create_account_alias(AccountAlias="acme")
    page = open_page(server.url, "/console/sign-in")
    fill_sign_in(page, "acme", "alice")
    page.wait_for_url("**/console/")


def test_whatever_is_wrong_is_said_in_the_same_words(server, open_page, alice, iam):
    iam.create_user(UserName="bob")
    account = account_of(server)
    rows = [
        (account, "alice", "wrong"),
        (account, "bob", PASSWORD),
        (account, "nobody", PASSWORD),
        ("999999999999", "alice", PASSWORD),
        ("no-such-alias", "alice", PASSWORD),
    ]
    page = open_page(server.url)
    for account, user, password in rows:
        page.goto("/console/sign-in")
        fill_sign_in(page, account, user, password)
        assert page.get_by_role("alert").inner_text() == INCORRECT
        assert page.get_by_label("Password", exact=True).input_value() == ""
        assert session_cookie(page) is None


def test_too_many_failures_are_not_looked_at(server, alice):
    form = f"account={account_of(server)}&user=alice&password="
    # They are counted by the minute, and another may begin meanwhile.
    statuses = [403]
    while statuses[-1] == 403 and len(statuses) <= 20:
        statuses.append(post(server, "/console/sign-in", form + "wrong").status)
    assert statuses[-1] == 429 and len(statuses) >= 12
    assert post(server, "/console/sign-in", form + PASSWORD).status == 429


def test_a_code_is_asked_for_where_there_is_a_device(server, open_page, alice, iam):
    device = Device(iam).enable(iam, "alice")
    page = open_page(server.url)
    sign_in(page, server, "alice")
    assert "/console/sign-in/mfa" in page.url
    axe(page)
    half_done = session_cookie(page)
    assert get(server, "/console/users", half_done).status == 303, "half a sign-in is none"
    page.get_by_label("MFA code").fill(device.wrong())
    page.get_by_role("button", name="Submit").click()
    assert page.get_by_role("alert").inner_text() == INCORRECT
    page.get_by_label("MFA code").fill(device.code())
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/console/")
    assert session_cookie(page)["value"] != half_done["value"], "each step has a token of its own"
    assert get(server, "/console/users", half_done).status == 303
    # The code is used up, by another sign-in too.
    other = open_page(server.url)
    sign_in(other, server, "alice")
    other.get_by_label("MFA code").fill(device.code())
    other.get_by_role("button", name="Submit").click()
    assert other.get_by_role("alert").inner_text() == INCORRECT


def test_policies_see_whether_a_code_was_given(server, open_page, iam):
    document = """{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}}]}"""
    for name in ("with", "without"):
        iam.create_user(UserName=name)
        give_password(iam, name)
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    device = Device(iam).enable(iam, "with")
    page = open_page(server.url)
    sign_in(page, server, "with")
    page.get_by_label("MFA code").fill(device.code())
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/console/")
    assert page.goto("/console/users").status == 200
    other = open_page(server.url)
    sign_in(other, server, "without")
    assert other.goto("/console/users").status == 403
    assert "not authorized to perform: iam:ListUsers" in other.locator("main").inner_text()


def test_a_password_that_must_be_changed(server, open_page, iam):
    iam.create_user(UserName="carol")
    give_password(iam, "carol", PasswordResetRequired=True)
    page = open_page(server.url)
    sign_in(page, server, "carol")
    assert "/console/sign-in/password" in page.url
    axe(page)
    rows = [
        ("Other-Horse-10", "Different-11", "The two passwords are not the same. Type the new password twice."),
        (PASSWORD, PASSWORD, None),
        ("short", "short", None),
    ]
    for password, repeated, text in rows:
        page.get_by_label("New password", exact=True).fill(password)
        page.get_by_label("New password, once more").fill(repeated)
        page.get_by_role("button", name="Confirm password change").click()
        alert = page.get_by_role("alert").inner_text()
        assert text is None or alert == text
    page.get_by_label("New password", exact=True).fill("Other-Horse-10")
    page.get_by_label("New password, once more").fill("Other-Horse-10")
    page.get_by_role("button", name="Confirm password change").click()
    page.wait_for_url("**/console/")
    again = open_page(server.url)
    sign_in(again, server, "carol", "Other-Horse-10")
    assert again.url.endswith("/console/")


def test_the_first_start_prints_a_link_that_works_once(launch, open_page, tmp_path):
    server = launch(data=tmp_path / "data")
    link = re.search(r"(http\S+/console/welcome/\S+)", server.output)[1]
    page = open_page(server.url, link.removeprefix(server.url))
    axe(page)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    assert page.get_by_text("Your password is set. Sign in with it.").is_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")
    assert page.goto(link).status == 410


def test_behind_a_proxy_browsers_come_from_the_public_url(launch, tmp_path):
    server = launch("--public-url", "https://iam.example.org", data=tmp_path / "data")
    link = re.search(r"https://iam\.example\.org(/console/welcome/\S+)", server.output)[1]
    form = f"password={PASSWORD}&repeated={PASSWORD}"
    assert post(server, link, form).status == 403, "the address behind the proxy is another origin"
    public = {"origin": "https://iam.example.org"}
    assert post(server, link, form, **public).status == 303
    form = f"account={account_of(server)}&user=administrator&password={PASSWORD}"
    signed_in = post(server, "/console/sign-in", form, **public)
    assert signed_in.status == 303 and signed_in.headers["strict-transport-security"]
    cookie = signed_in.headers["set-cookie"]
    assert cookie.startswith("__Secure-keystead-session=") and "; Secure" in cookie
    refused = keystead("serve", "--in-memory", "--public-url", "iam.example.org/x")
    assert refused.returncode == 2 and "--public-url" in refused.stderr


def test_an_operator_recovers_the_administrator(launch, open_page, tmp_path):
    server = launch(data=tmp_path / "data")
    first = re.search(r"http\S+(/console/welcome/\S+)", server.output)[1]
    recovered = keystead("admin", "recover", "--data", tmp_path / "data").stdout
    link = re.search(r"http\S+(/console/welcome/\S+)", recovered)[1]
    assert get(server, first).status == 410, "another link takes the place of the first"
    page = open_page(server.url, link)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/console/")
    assert link not in server.output


def test_ending_a_session_and_losing_a_password_count_at_once(server, open_page, alice, iam):
    page = open_page(server.url)
    sign_in(page, server, "alice")
    assert page.goto("/console/users").status == 200
    iam.delete_login_profile(UserName="alice")
    page.goto("/console/users")
    assert "/console/sign-in" in page.url


def test_one_sees_and_ends_ones_sessions(server, open_page, alice):
    page, other = open_page(server.url), open_page(server.url)
    sign_in(page, server, "alice")
    sign_in(other, server, "alice")
    page.goto("/console/me")
    axe(page)
    assert page.get_by_role("heading", name="Sessions (2)").is_visible()
    page.get_by_role("button", name="End the session from 127.0.0.1").click()
    assert page.get_by_text("The session is ended.").is_visible()
    other.goto("/console/users")
    assert "/console/sign-in" in other.url
    sign_in(other, server, "alice")
    page.goto("/console/me")
    page.get_by_role("button", name="End all other sessions").click()
    assert page.get_by_role("heading", name="Sessions (1)").is_visible()
    other.goto("/console/users")
    assert "/console/sign-in" in other.url


def test_a_changed_password_ends_the_other_sessions(server, open_page, alice, iam):
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    page, other = open_page(server.url), open_page(server.url)
    sign_in(page, server, "alice")
    sign_in(other, server, "alice")
    page.goto("/console/me/password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.locator("input[name=password]").fill("Other-Horse-10")
    page.locator("input[name=repeated]").fill("Other-Horse-10")
    page.locator("main form button").last.click()
    page.get_by_text("The password is changed.").wait_for()
    other.goto("/console/users")
    assert "/console/sign-in" in other.url
    assert page.goto("/console/users").status == 200


def test_a_sign_in_leaves_a_record(server, open_page, alice):
    page = open_page(server.url)
    page.goto("/console/sign-in")
    fill_sign_in(page, account_of(server), "alice", "wrong")
    page.get_by_role("alert").wait_for()
    sign_in(page, server, "alice")
    user = server.client("iam").get_user(UserName="alice")["User"]
    assert "PasswordLastUsed" in user
    assert PASSWORD not in server.output and session_cookie(page)["value"] not in server.output


FORMS = ["/console/sign-in", "/console/sign-out", "/console/access-key-file", "/console/users/alice/access-keys/new"]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_does_nothing(server, open_page, alice, path):
    page = open_page(server.url)
    sign_in(page, server, "alice")
    cookie = session_cookie(page)
    form = f"account={account_of(server)}&user=alice&password={PASSWORD}&known="
    foreign = [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": None},
        {"origin": f"http://localhost:{server.address[1]}"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ]
    for headers in foreign:
        answer = post(server, path, form, cookie, **headers)
        assert answer.status == 403, headers
        assert answer.headers.get("set-cookie") is None
    assert get(server, "/console/users", cookie).status == 200, "nobody was signed out"
    assert server.client("iam").list_access_keys(UserName="alice")["AccessKeyMetadata"] == []


def test_a_session_that_was_planted_is_not_taken_over(server, open_page, alice):
    page = open_page(server.url)
    planted = {"name": "keystead-session", "value": "planted", "url": f"{server.url}/console/"}
    page.context.add_cookies([planted])
    sign_in(page, server, "alice")
    assert session_cookie(page)["value"] != "planted"
    # Two cookies of the name: one of them was planted, so neither counts.
    both = session_cookie(page)
    cookies = f"x=1; keystead-session=planted; keystead-session={both['value']}"
    request = sigv4.Request(method="GET", path="/console/users", headers=(("host", server.host), ("cookie", cookies)))
    answer = server.send(request)
    assert answer.status == 303


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "/console//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(server, open_page, alice, next):
    page = open_page(server.url)
    page.goto(f"/console/sign-in?next={next}")
    fill_sign_in(page, account_of(server), "alice")
    page.wait_for_url("**/console/")


def test_pages_are_framed_by_nobody_and_kept_by_nobody(server, open_page, alice):
    page = open_page(server.url)
    sign_in(page, server, "alice")
    for path, cookie in [("/console/sign-in", None), ("/console/users", session_cookie(page)), ("/console/nowhere", None)]:
        answer = get(server, path, cookie)
        policy = answer.headers.get("content-security-policy")
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert answer.headers.get("x-frame-options") == "DENY"
        assert answer.headers.get("cache-control") == "no-store"
        assert answer.headers.get("x-content-type-options") == "nosniff"


def test_two_users_see_what_their_policies_say(server, open_page, alice, iam):
    iam.create_user(UserName="dave")
    give_password(iam, "dave")
    page, other = open_page(server.url), open_page(server.url)
    sign_in(page, server, "alice")
    sign_in(other, server, "dave")
    assert page.goto("/console/users").status == 200
    answer = other.goto("/console/users")
    assert answer.status == 403
    text = other.locator("main").inner_text()
    assert "A permission is missing" in text and "iam:ListUsers" in text
    axe(other)


def test_a_session_that_ended_is_said_to_have(server, open_page, alice, iam):
    page = open_page(server.url)
    sign_in(page, server, "alice")
    page.goto("/console/users?search=a")
    iam.update_login_profile(UserName="alice", Password="Other-Horse-10")
    # A part of the page is asked for by script: the whole page has to go.
    page.get_by_label("Find a user").press_sequentially("l")
    page.get_by_text("Your session has ended. Sign in to go on.").wait_for()
    fill_sign_in(page, account_of(server), "alice", "Other-Horse-10")
    page.wait_for_url("**/console/users?search=a")
    page.goto("/console/me/password")
    iam.update_login_profile(UserName="alice", Password="Third-Horse-11")
    page.get_by_label("Current password").fill("Other-Horse-10")
    page.get_by_label("New password", exact=True).fill("Fourth-Horse-12")
    page.get_by_label("Confirm new password").fill("Fourth-Horse-12")
    page.get_by_role("button", name="Change password").click()
    page.get_by_text("what was sent last is not done").wait_for()
    fill_sign_in(page, account_of(server), "alice", "Third-Horse-11")
    page.wait_for_url("**/console/me/password")


def test_browsers_find_the_console(server, open_page, alice):
    page = open_page(server.url)
    sign_in(page, server, "alice")
    page.goto("/")
    assert page.url == f"{server.url}/console/"
    page.goto("/console/users/")
    assert page.url == f"{server.url}/console/users"
    # A client of the API is answered as before.
    assert get(server, "/").status == 403


def test_who_sets_a_password_is_told_which(server, open_page, iam):
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireSymbols=True)
    iam.create_user(UserName="carol")
    give_password(iam, "carol", "Correct-Horse-9", PasswordResetRequired=True)
    page = open_page(server.url)
    sign_in(page, server, "carol", "Correct-Horse-9")
    assert page.get_by_text("At least 12 characters, with a symbol.").is_visible()
