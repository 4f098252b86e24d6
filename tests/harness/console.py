"""The console, as somebody in front of a browser goes through it."""

import re

PASSWORD = "Correct-Horse-9"


def give_password(iam, user, password=PASSWORD, **options):
    """Gives a user a password for the console."""
    iam.create_login_profile(UserName=user, Password=password, **options)


def account_of(server):
    """The id of the server's account."""
    return server.client("sts").get_caller_identity()["Account"]


def fill_sign_in(page, account, user, password=PASSWORD):
    """Fills in the sign-in form and sends it."""
    page.get_by_label("Account ID or account alias").fill(account)
    page.get_by_label("User name").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_in(page, server, user="administrator", password=PASSWORD):
    """Signs in, to whatever page comes then."""
    page.goto("/console/sign-in")
    fill_sign_in(page, account_of(server), user, password)
    page.wait_for_url(lambda url: not url.endswith("/console/sign-in"))


def session_cookie(page):
    """The cookie of the session, or `None`."""
    cookies = page.context.cookies()
    return next((cookie for cookie in cookies if cookie["name"].endswith("keystead-session")), None)


def pair_on(page):
    """The access key id and the secret that the page shows."""
    key_id = page.get_by_role("textbox", name="Access key", exact=True).input_value()
    secret = page.get_by_label("Secret access key", exact=True).input_value()
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key_id) and len(secret) == 40, (key_id, len(secret))
    return key_id, secret
