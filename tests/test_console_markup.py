"""What people and programs can name is text on every page, whatever it looks like."""

import json
from urllib.parse import quote, urljoin

import pytest
from harness import KeyPair
from harness.browser import evaluate
from harness.console import account_of, fill_sign_in, give_password, sign_in
from harness.totp import Device

PAGES_MAX = 400

SCRIPT = "window.__xss=1"
# Where a field takes every character, in any place that markup has: text, attributes, addresses, scripts, comments.
ANYTHING = f"</title></textarea></pre><script>{SCRIPT}</script><img src=x onerror={SCRIPT}>\"'><svg onload={SCRIPT}>'-{SCRIPT}-'{{{{{SCRIPT}}}}}<!--"
# AWS's constraints leave less to most fields. Each place has its own word, by which it is found again.
IN_PATHS = f"\"'><img/src=x/onerror={SCRIPT}><script>{SCRIPT}</script>"
IN_TAGS = f"javascript:{SCRIPT} onload={SCRIPT} \u2028 "
IN_NAMES = f"onload={SCRIPT},"

# What a page of the console has itself, and nothing else.
INJECTED = """
(() => {
  const found = [];
  for (const element of document.querySelectorAll("*")) {
    const own = element.matches("script[src^='/console/assets/'], img[src^='/console/assets/'], img.qr[src^='data:image/png']");
    if (element.matches("script, img, iframe, object, embed, style, base, svg:not(figure.chart > svg)") && !own) {
      found.push(element.outerHTML);
    }
    for (const { name, value } of element.attributes) {
      if (/^(on|style$|srcdoc$)/i.test(name) || /^\\s*(javascript|vbscript):/i.test(value) && /href|src|action/i.test(name)) {
        found.push(`${name}=${value} of ${element.outerHTML.slice(0, 200)}`);
      }
    }
  }
  return "__xss" in window ? ["a script ran", ...found] : found;
})()
"""

SHOWN = """
[document.documentElement.textContent, ...[...document.querySelectorAll("input, textarea")].map(field => field.value)].join("\\n")
"""

LINKS = "[...document.querySelectorAll('a[href]')].map(link => link.getAttribute('href'))"


def look(page):
    """The text of a page on which nothing is that does not belong there."""
    assert evaluate(page, INJECTED) == [], page.url
    return evaluate(page, SHOWN)


def kind_of(address):
    """The address that stands for all of its kind: of the events that are of any filter, of the policies that are AWS's."""
    path, _, query = address.partition("?")
    return path if path == "/console/events" or "%3Aaws%3Apolicy" in query else address


def is_shown(text, shown):
    """Whether a text can be read in what is shown: as it is, or as it stands in JSON."""
    return any(form in shown for form in (text, *(json.dumps(text, ensure_ascii=ascii)[1:-1] for ascii in (True, False))))


def crawl(page, origin, starts, texts):
    """Reads every page that a link leads to from some on; gives their addresses, and which of the texts none shows."""
    waiting, known, missing = list(starts), set(starts), set(texts)
    while waiting:
        address = waiting.pop()
        page.goto(address)
        shown = look(page)
        missing -= {name for name in missing if is_shown(texts[name], shown)}
        for link in evaluate(page, LINKS):
            target = kind_of(urljoin(urljoin(origin, address), link).removeprefix(origin).partition("#")[0])
            if target.startswith("/console/") and target not in known:
                known.add(target)
                waiting.append(target)
        assert len(known) < PAGES_MAX, "there are more pages than there should be"
    return known, missing


def hostile_policy(name):
    """A policy document with hostile text in each place that takes any."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Id": f"{name}-id {ANYTHING}",
            "Statement": {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{name}-resource/{ANYTHING}",
                "Condition": {"StringEquals": {"aws:UserAgent": f"{name}-condition {ANYTHING}"}},
            },
        }
    )


@pytest.fixture
def hostile(server, iam):
    """An account where everything that can be named has a hostile name. Gives what should be read by where it stands,
    and the user's MFA device."""
    account = account_of(server)
    texts = {}

    def named(place, text):
        texts[place] = f"{text}{place}"
        return texts[place]

    def path(place):
        return f"/{named(place, IN_PATHS)}/"

    def tags(place):
        return [{"Key": named(f"{place}-tag", IN_TAGS), "Value": named(f"{place}-tag-value", IN_TAGS)}]

    user, group, role = (named(kind, IN_NAMES) for kind in ("user", "group", "role"))
    iam.create_user(UserName=user, Path=path("user-path"), Tags=tags("user"))
    give_password(iam, user)
    iam.create_group(GroupName=group, Path=path("group-path"))
    iam.add_user_to_group(GroupName=group, UserName=user)
    document = hostile_policy("policy")
    texts["document-condition"] = json.dumps(f"policy-condition {ANYTHING}")[1:-1]
    policy = iam.create_policy(
        PolicyName=named("policy", IN_NAMES),
        Path="/policy.path,+@=_-/",
        Description=named("policy-description", ANYTHING),
        PolicyDocument=document,
        Tags=tags("policy"),
    )["Policy"]["Arn"]
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": account},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            "Condition": {"StringNotEquals": {"sts:ExternalId": named("external-id", IN_TAGS)}},
        },
    }
    role_arn = iam.create_role(
        RoleName=role,
        Path=path("role-path"),
        Description=named("role-description", ANYTHING),
        AssumeRolePolicyDocument=json.dumps(trust),
        Tags=tags("role"),
    )["Role"]["Arn"]
    profile = named("profile", IN_NAMES)
    iam.create_instance_profile(InstanceProfileName=profile, Path=path("profile-path"))
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)
    for kind, name in (("user", user), ("group", group), ("role", role)):
        owner = {f"{kind.title()}Name": name}
        getattr(iam, f"attach_{kind}_policy")(**owner, PolicyArn=policy)
        inline = named(f"{kind}-inline", IN_NAMES)
        getattr(iam, f"put_{kind}_policy")(**owner, PolicyName=inline, PolicyDocument=hostile_policy("inline"))
    iam.put_user_permissions_boundary(UserName=user, PermissionsBoundary=policy)
    device = Device(iam, named("device", IN_NAMES)).enable(iam, user)
    iam.create_account_alias(AccountAlias="javascript-alert-1")
    texts["alias"] = "javascript-alert-1"
    made = iam.create_access_key(UserName=user)["AccessKey"]
    key = KeyPair(made["AccessKeyId"], made["SecretAccessKey"])
    iam.tag_user(UserName=user, Tags=[{"Key": key.access_key_id, "Value": named("description", IN_TAGS)}])
    # What a client says of itself, and what it is told when it errs.
    client = server.client("iam", key)
    agent = named("agent", f"</title><script>{SCRIPT}</script>")
    client.meta.events.register("before-send", lambda request, **_: request.headers.__setitem__("User-Agent", agent) or None)
    for _ in range(2):
        with pytest.raises(client.exceptions.ClientError):
            client.list_users()
    refused = server.call("GetPolicy", {"PolicyArn": named("parameter", ANYTHING)})
    assert refused.error.message == f"ARN {texts['parameter']} is not valid."
    server.call(named("action", ANYTHING))
    session = server.client("sts").assume_role(
        RoleArn=role_arn,
        RoleSessionName=named("session", IN_NAMES),
        SourceIdentity=named("identity", IN_NAMES),
        Tags=[{"Key": named("session-tag", IN_TAGS), "Value": named("session-tag-value", IN_TAGS)}],
    )["Credentials"]
    temporary = KeyPair(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    server.call("ListGroups", key=temporary, region="\"'><img%20src=x")
    return texts, device


def test_every_page_shows_it_as_text(server, open_page, iam, hostile):
    texts, _ = hostile
    give_password(iam, "administrator")
    agent = f"browser <script>{SCRIPT}</script>"
    page = open_page(server.url, user_agent=agent)
    sign_in(page, server)
    filters = ["operation=AssumeRole", "operation=GetPolicy", "operation=ListUsers", "outcome=failed"]
    starts = ["/console/", *(f"/console/events?{filter}" for filter in filters)]
    known, missing = crawl(page, server.url, starts, texts | {"browser": agent})
    assert missing == set() and len(known) > 100


def test_whoever_is_called_so_sees_it_as_text(server, open_page, hostile):
    texts, device = hostile
    page = open_page(server.url)
    page.goto("/console/sign-in")
    fill_sign_in(page, texts["alias"], texts["user"])
    page.get_by_label("MFA code").fill(device.code())
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/console/")
    refused = {"refusal": f"user/{texts['user-path']}/{texts['user']} is not authorized"}
    _, missing = crawl(page, server.url, ["/console/"], refused | {"own": texts["user"]})
    assert missing == set()


ADDRESSES = [
    "/console/users?search={}",
    "/console/users?after={}",
    "/console/users/{}",
    "/console/users/administrator?actions={}",
    "/console/users/administrator/tags?edit={}",
    "/console/users/administrator/access-keys/{}",
    "/console/users/administrator/access-keys/new?replaces={}",
    "/console/groups?search={}",
    "/console/groups/{}",
    "/console/roles?search={}",
    "/console/roles/{}",
    "/console/create-role?trust={}",
    "/console/policies?search={}&scope={}",
    "/console/policy?arn={}",
    "/console/policy/simulate?arn={}",
    "/console/events?key={}",
    "/console/events?user={}&operation={}&outcome={}",
    "/console/events?from={}&until={}",
    "/console/events/{}?at=1",
    "/console/attention/{}",
    "/console/?done={}",
    "/console/{}",
    "/console/sign-in?account={}&next={}",
    "/console/link?token={}",
]


def test_what_an_address_says_is_text(server, open_page, iam):
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    for address in ADDRESSES:
        page.goto(address.replace("{}", quote(ANYTHING, safe="")))
        look(page)


def test_what_is_typed_comes_back_as_text(server, open_page, iam):
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    forms = [
        ("/console/create-user", ["User name", "Path"], "Create user"),
        ("/console/create-group", ["Group name"], "Create group"),
        ("/console/create-role", ["Role name", "Path", "Description", "Trust policy"], "Create role"),
        ("/console/create-policy", ["Policy name", "Description", "Policy document"], "Create policy"),
        ("/console/users/administrator/tags", ["Key", "Value"], "Add tag"),
        ("/console/account", ["Alias"], "Create alias"),
    ]
    for address, labels, button in forms:
        page.goto(address)
        for label in labels:
            field = page.get_by_label(label).first
            # What a field does not take, no browser sends.
            field.evaluate("field => ['maxlength', 'pattern'].forEach(name => field.removeAttribute(name))")
            field.fill(ANYTHING)
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_role("alert").first.wait_for()
        assert ANYTHING in look(page), address


def test_what_is_swapped_in_is_text(server, open_page, iam):
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    page.goto("/console/users")
    page.get_by_label("Find a user").fill(ANYTHING[:128])
    page.get_by_text("No user has").wait_for()
    assert f"No user has “{ANYTHING[:128]}” in the name." in look(page)
    page.goto("/console/create-policy")
    document = {"Version": ANYTHING, "Statement": {"Effect": ANYTHING, "Action": ANYTHING, "Resource": ANYTHING}}
    page.get_by_label("Policy document").fill(json.dumps(document))
    page.locator(".finding .bad").first.wait_for()
    look(page)
    page.goto("/console/events?user=" + quote(IN_NAMES))
    iam.create_user(UserName=IN_NAMES)
    server.call("ListUsers", key=server.create_key(IN_NAMES))
    page.get_by_role("link", name="1 new event: show").click()
    page.locator("tbody tr").wait_for()
    assert IN_NAMES in look(page)
