"""Every page of the console as it looks: sound for screen readers, light and dark, wide and narrow, and small."""

import pytest
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
    "me": "/console/me",
    "my-password": "/console/me/password",
}
MISSING = ["/console/nowhere", "/console/users/nobody", "/console/roles/none", "/console/groups/none", "/console/events/none"]
PICTURES = {"dashboard", "users", "security-credentials", "events"}

WHOLE = [(DESKTOP, "light"), (PHONE, "dark")]


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
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust(ACCOUNT))
    iam.create_account_alias(AccountAlias="acme")
    key = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"][0]["AccessKeyId"]
    return {"account": ACCOUNT, "key": key}


@pytest.mark.parametrize(("size", "scheme"), [*WHOLE, (PHONE, "light"), (DESKTOP, "dark")])
def test_every_page_is_sound_and_small(server, open_page, account, size, scheme):
    # Each width and each scheme is looked at by axe once.
    is_whole = (size, scheme) in WHOLE
    page = open_page(server.url, size=size, scheme=scheme)
    sign_in(page, server)
    for name, template in PAGES.items():
        path = template.format_map(account)
        answer = page.goto(path)
        assert answer.status == 200, path
        assert len(answer.body()) < PAGE_BYTES_MAX, (path, len(answer.body()))
        if is_whole:
            axe(page)
        wide = evaluate(page, "document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{path} is wider than the screen"
        assert page.locator("h1").count() == 1, path
        assert evaluate(page, LAYOUT_SHIFTS) == [], path
        if name in PICTURES and is_whole:
            screenshot(page, name if size == DESKTOP else f"{name}-phone-dark")
    for path in MISSING:
        assert page.goto(path).status == 404, path
        if is_whole:
            axe(page)
        assert page.locator("h1").count() == 1, path
