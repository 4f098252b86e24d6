"""Every page of the console as it looks: sound for screen readers, light and dark, wide and narrow, and small."""

import pytest
from harness.browser import DESKTOP, PHONE, axe, evaluate, screenshot
from harness.console import give_password, sign_in
from harness.policies import allow
from harness.sigv4 import KeyPair

PAGE_BYTES_MAX = 50_000

PAGES = {
    "dashboard": "/console/",
    "users": "/console/users",
    "new-user": "/console/create-user",
    "user": "/console/users/alice",
    "user-groups": "/console/users/alice/groups",
    "user-tags": "/console/users/alice/tags",
    "security-credentials": "/console/users/alice/security-credentials",
    "delete-user": "/console/users/alice/delete",
    "groups": "/console/groups",
    "policies": "/console/policies",
    "create-policy": "/console/create-policy",
    "roles": "/console/roles",
    "create-role": "/console/create-role",
    "events": "/console/events",
    "account": "/console/account",
    "me": "/console/me",
}
PICTURES = {"dashboard", "users", "security-credentials", "events"}


@pytest.fixture
def account(iam, server):
    """An account that has something of everything."""
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    for name, path in (("alice", "/engineering/"), ("bob", "/engineering/"), ("build-server", "/machines/")):
        iam.create_user(UserName=name, Path=path, Tags=[{"Key": "team", "Value": "platform"}])
        iam.add_user_to_group(GroupName="developers", UserName=name)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        pair = KeyPair(made["AccessKeyId"], made["SecretAccessKey"])
        server.client("iam", pair, region="eu-central-1").list_users()
        iam.tag_user(UserName=name, Tags=[{"Key": pair.access_key_id, "Value": f"Key of {name}"}])
    give_password(iam, "alice")
    give_password(iam, "administrator")
    iam.create_policy(PolicyName="keys", PolicyDocument=allow("iam:*AccessKey*"))


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark"), (PHONE, "light"), (DESKTOP, "dark")])
def test_every_page_is_sound_and_small(server, open_page, account, size, scheme):
    page = open_page(server.url, size=size, scheme=scheme)
    sign_in(page, server)
    for name, path in PAGES.items():
        answer = page.goto(path)
        assert answer.status == 200, path
        assert len(answer.body()) < PAGE_BYTES_MAX, (path, len(answer.body()))
        axe(page)
        wide = evaluate(page, "document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{path} is wider than the screen"
        assert page.locator("h1").count() == 1, path
        if name in PICTURES and (size, scheme) in [(DESKTOP, "light"), (PHONE, "dark")]:
            screenshot(page, name if size == DESKTOP else f"{name}-phone-dark")
