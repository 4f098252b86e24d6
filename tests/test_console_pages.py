"""Every page of the console as it looks: sound for screen readers, light and dark, wide and narrow, and small."""

import pytest
from botocore.exceptions import ClientError
from harness.browser import DESKTOP, PHONE, axe, evaluate, screenshot
from harness.console import give_password, sign_in
from harness.policies import allow, trust
from harness.server import ACCOUNT
from harness.sigv4 import KeyPair

PAGE_BYTES_MAX = 50_000

# What moved by itself after it was painted first: how far, and what.
LAYOUT_SHIFTS = """
new Promise(done => {
  const moved = [];
  new PerformanceObserver(list => {
    for (const shift of list.getEntries().filter(shift => !shift.hadRecentInput)) {
      moved.push([shift.value, ...shift.sources.map(source => source.node?.outerHTML?.slice(0, 200))]);
    }
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => done(moved)));
})
"""

# What runs out of its card and is cut off there.
CUT_OFF = """
[...document.querySelectorAll(".card.flush")].filter(card => card.scrollWidth > card.clientWidth).map(card => card.outerHTML.slice(0, 200))
"""

# Names as long as names can be, without a place to break them.
LONG = {"user": "u" * 64, "group": "g" * 128, "policy": "p" * 128, "role": "r" * 64}

# What stands in braces is found out when the account is there.
POLICY = "arn=arn:aws:iam::{account}:policy/keys"
KEY = "/console/users/alice/access-keys/{key}"
PAGES = {
    "dashboard": "/console/",
    "attention": "/console/attention/old-keys",
    "users": "/console/users",
    "new-user": "/console/create-user",
    "user": "/console/users/alice?actions=iam:ListUsers",
    "user-groups": "/console/users/alice/groups",
    "user-tags": "/console/users/alice/tags",
    "security-credentials": "/console/users/alice/security-credentials",
    "user-password": "/console/users/alice/password",
    "assign-mfa": "/console/users/alice/mfa/new",
    "delete-user": "/console/users/alice/delete",
    "user-attach": "/console/users/alice/permissions/attach",
    "user-inline": "/console/users/alice/permissions/inline",
    "user-boundary": "/console/users/alice/permissions/boundary",
    "use-case": "/console/users/alice/access-keys/new",
    "description-tag": "/console/users/alice/access-keys/new/tag?use=cli&understood=on",
    "key": KEY,
    "key-deactivate": f"{KEY}/deactivate",
    "key-description": f"{KEY}/description",
    "key-delete": f"{KEY}/delete",
    "rotation": f"{KEY}/rotate",
    "groups": "/console/groups",
    "create-group": "/console/create-group",
    "group": "/console/groups/developers",
    "group-permissions": "/console/groups/developers/permissions",
    "group-add-users": "/console/groups/developers/add-users",
    "group-rename": "/console/groups/developers/rename",
    "group-delete": "/console/groups/developers/delete",
    "policies": "/console/policies",
    "create-policy": "/console/create-policy",
    "policy": f"/console/policy?{POLICY}",
    "policy-versions": f"/console/policy/versions?{POLICY}",
    "policy-edit": f"/console/policy/versions/create?{POLICY}",
    "policy-entities": f"/console/policy/entities?{POLICY}",
    "policy-tags": f"/console/policy/tags?{POLICY}",
    "policy-simulate": f"/console/policy/simulate?{POLICY}&actions=iam:ListAccessKeys",
    "policy-delete": f"/console/policy/delete?{POLICY}",
    "roles": "/console/roles",
    "create-role": "/console/create-role",
    "role": "/console/roles/deploy",
    "role-edit": "/console/roles/deploy/edit",
    "role-trust": "/console/roles/deploy/trust",
    "role-trust-edit": "/console/roles/deploy/trust/edit",
    "role-tags": "/console/roles/deploy/tags",
    "role-sessions": "/console/roles/deploy/sessions",
    "role-delete": "/console/roles/deploy/delete",
    "events": "/console/events",
    "account": "/console/account",
    "alias-delete": "/console/account/alias/delete",
    "password-policy": "/console/account/password-policy",
    "long-user": "/console/users/{user}",
    "long-user-groups": "/console/users/{user}/groups",
    "long-user-credentials": "/console/users/{user}/security-credentials",
    "long-user-password": "/console/users/{user}/password",
    "long-user-mfa": "/console/users/{user}/mfa/new",
    "long-user-key": "/console/users/{user}/access-keys/new",
    "long-user-boundary": "/console/users/{user}/permissions/boundary",
    "long-user-delete": "/console/users/{user}/delete",
    "long-group": "/console/groups/{group}",
    "long-group-permissions": "/console/groups/{group}/permissions",
    "long-group-add-users": "/console/groups/{group}/add-users",
    "long-group-attach": "/console/groups/{group}/permissions/attach",
    "long-group-rename": "/console/groups/{group}/rename",
    "long-group-delete": "/console/groups/{group}/delete",
    "long-policy": "/console/policy?arn=arn:aws:iam::{account}:policy/{policy}",
    "long-policy-entities": "/console/policy/entities?arn=arn:aws:iam::{account}:policy/{policy}",
    "long-policy-edit": "/console/policy/versions/create?arn=arn:aws:iam::{account}:policy/{policy}",
    "long-policy-delete": "/console/policy/delete?arn=arn:aws:iam::{account}:policy/{policy}",
    "long-role": "/console/roles/{role}",
    "long-role-trust": "/console/roles/{role}/trust",
    "long-role-sessions": "/console/roles/{role}/sessions",
    "long-role-delete": "/console/roles/{role}/delete",
    "me": "/console/me",
    "my-password": "/console/me/password",
}
MISSING = ["/console/nowhere", "/console/users/nobody", "/console/roles/none", "/console/groups/none", "/console/events/none"]
PICTURES = {"dashboard", "users", "security-credentials", "events"}

# Each width and each scheme once.
LOOKS = [(DESKTOP, "light"), (PHONE, "dark")]


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
        client = server.client("iam", pair, region="eu-central-1")
        client.list_users()
        with pytest.raises(ClientError, match="AccessDenied"):
            client.create_virtual_mfa_device(VirtualMFADeviceName="phone")
        iam.tag_user(UserName=name, Tags=[{"Key": pair.access_key_id, "Value": f"Key of {name}"}])
    give_password(iam, "alice")
    give_password(iam, "administrator")
    iam.create_policy(PolicyName="keys", PolicyDocument=allow("iam:*AccessKey*"))
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust(ACCOUNT))
    iam.create_account_alias(AccountAlias="acme")
    iam.create_user(UserName=LONG["user"])
    iam.create_group(GroupName=LONG["group"])
    iam.add_user_to_group(GroupName=LONG["group"], UserName=LONG["user"])
    iam.create_policy(PolicyName=LONG["policy"], PolicyDocument=allow("s3:GetObject"))
    iam.attach_user_policy(UserName=LONG["user"], PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{LONG['policy']}")
    iam.put_group_policy(GroupName=LONG["group"], PolicyName=LONG["policy"], PolicyDocument=allow("s3:GetObject"))
    iam.create_role(RoleName=LONG["role"], AssumeRolePolicyDocument=trust(ACCOUNT))
    key = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"][0]["AccessKeyId"]
    return {"account": ACCOUNT, "key": key, **LONG}


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_page_is_sound_and_small(server, open_page, account, size, scheme):
    page = open_page(server.url, size=size, scheme=scheme)
    sign_in(page, server)
    for name, template in PAGES.items():
        path = template.format_map(account)
        answer = page.goto(path)
        assert answer.status == 200, path
        assert len(answer.body()) < PAGE_BYTES_MAX, (path, len(answer.body()))
        axe(page)
        wide = evaluate(page, "document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{path} is wider than the screen"
        assert evaluate(page, CUT_OFF) == [], path
        assert page.locator("h1").count() == 1, path
        if evaluate(page, LAYOUT_SHIFTS) != []:
            # On a busy machine a page can be painted before all of it has arrived. What moves by itself moves again.
            page.reload()
        assert evaluate(page, LAYOUT_SHIFTS) == [], path
        if name in PICTURES:
            screenshot(page, name if size == DESKTOP else f"{name}-phone-dark")
    for path in MISSING:
        assert page.goto(path).status == 404, path
        axe(page)
        assert page.locator("h1").count() == 1, path


def test_times_are_shown_exactly_at_a_press(server, open_page, account):
    page = open_page(server.url)
    sign_in(page, server)
    page.goto("/console/groups")
    time = page.locator("td time").first
    assert time.inner_text() == "just now"
    page.get_by_role("button", name="Exact times").press("Enter")
    assert f", {time.get_attribute('datetime')[:4]}, " in time.inner_text()
    assert page.get_by_role("button", name="Exact times", pressed=True).count() == 1
    axe(page)
    time.click()
    assert time.inner_text() == "just now"
    page.goto("/console/create-group")
    assert not page.get_by_role("button", name="Exact times").is_visible()


def test_a_search_says_how_many_it_found_and_stays_in_the_address(server, open_page, account):
    page = open_page(server.url)
    sign_in(page, server)
    for path, part, said in (
        ("/console/users", "bo", "1 user"),
        ("/console/groups", "devel", "1 group"),
        ("/console/policies?scope=Local", "nothing", "0 policies"),
        ("/console/roles", "dep", "1 role"),
    ):
        page.goto(path)
        page.get_by_role("searchbox").press_sequentially(part)
        page.get_by_role("status").filter(has_text=said).wait_for(state="attached")
        assert f"search={part}" in page.url, page.url
