"""Lists in the browser: found as one types, read page by page, and what needs attention among them."""

import re
import sqlite3
from contextlib import closing

import pytest
from botocore.exceptions import ClientError
from harness.browser import PHONE, axe
from harness.console import give_password, sign_in
from harness.policies import EC2, document
from harness.totp import Device

DAY_SECONDS = 24 * 3600


@pytest.fixture
def page(server, open_page, iam):
    """The administrator's browser."""
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    return page


def names(page):
    """The names of the rows."""
    return [name.split()[0] for name in page.locator("tbody").get_by_role("rowheader").all_inner_texts()]


def walk(page, onwards="Next page"):
    """The names on each page, from this one to the last."""
    pages = [names(page)]
    while page.get_by_role("link", name=onwards).count():
        page.get_by_role("link", name=onwards).click()
        pages.append(names(page))
    return pages


def as_typed(page, kind, text):
    """Types into the field of a search, as a person does."""
    field = page.get_by_label(f"Find a {kind}")
    field.fill("")
    field.press_sequentially(text)
    return field


# Search


def test_users_are_found_as_one_types(page, iam):
    for name in ("alice", "alan", "bob"):
        iam.create_user(UserName=name)
    page.goto("/console/users")
    field = as_typed(page, "user", "AL")
    page.get_by_role("rowheader", name="bob").wait_for(state="detached")
    assert names(page) == ["alan", "alice"]
    # The address can be kept, and nobody is taken out of the field.
    assert page.url.endswith("/console/users?search=AL")
    assert field.evaluate("field => field === document.activeElement")
    field.press_sequentially("i")
    page.get_by_role("rowheader", name="alan").wait_for(state="detached")
    assert names(page) == ["alice"]
    as_typed(page, "user", "nobody")
    page.get_by_text("No user has “nobody” in the name.").wait_for()
    axe(page)
    page.reload()
    assert field.input_value() == "nobody"
    field.fill("")
    page.get_by_role("rowheader", name="bob").wait_for()
    assert names(page) == ["administrator", "alan", "alice", "bob"]


def test_users_are_found_without_script(server, page, open_page, iam):
    for name in ("alice", "alan", "bob"):
        iam.create_user(UserName=name)
    plain = open_page(server.url, java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto("/console/users")
    plain.get_by_label("Find a user").fill("AL")
    plain.get_by_role("button", name="Find").click()
    assert names(plain) == ["alan", "alice"]


@pytest.mark.parametrize("kind", ["group", "role", "policy"])
def test_other_lists_are_found_as_one_types(page, iam, kind):
    path, make = KINDS[kind]
    for number in range(60):
        make(iam, f"thing-{number:02}")
    page.goto(path)
    field = as_typed(page, kind, "thing-5")
    page.get_by_role("rowheader", name="thing-01").wait_for(state="detached")
    assert names(page) == [f"thing-{number}" for number in range(50, 60)]
    assert "search=thing-5" in page.url
    page.reload()
    assert names(page) == [f"thing-{number}" for number in range(50, 60)]
    field.fill("THING")
    page.get_by_text("40 more have this in their name. Write more of it to see them.").wait_for()
    axe(page)


# Pages


KINDS = {
    "group": ("/console/groups", lambda iam, name: iam.create_group(GroupName=name)),
    "role": ("/console/roles", lambda iam, name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=EC2)),
    "policy": ("/console/policies", lambda iam, name: iam.create_policy(PolicyName=name, PolicyDocument=document())),
}


PER_PAGE = 20


@pytest.mark.parametrize("kind", ["user", *KINDS])
def test_every_page_of_a_list(server, page, iam, kind):
    path, make = KINDS.get(kind, ("/console/users", lambda iam, name: iam.create_user(UserName=name)))
    there = ["administrator"] if kind == "user" else []
    # Rows of users say more.
    per_page = 15 if kind == "user" else PER_PAGE
    expected = there + [f"thing-{number:03}" for number in range(2 * per_page + 7)]
    for name in expected[len(there) :]:
        make(iam, name)
    page.goto(path)
    pages = walk(page)
    assert [len(names) for names in pages] == [per_page, per_page, 7 + len(there)]
    assert sum(pages, []) == expected
    axe(page)
    page.set_viewport_size(PHONE)
    axe(page)
    page.go_back()
    assert names(page) == pages[1]
    page.get_by_role("link", name="To the beginning").click()
    assert names(page) == pages[0]
    assert page.get_by_role("link", name="To the beginning").count() == 0


def test_a_page_that_nothing_is_left_for(page, iam):
    for number in range(PER_PAGE + 1):
        iam.create_group(GroupName=f"group-{number:02}")
    page.goto("/console/groups")
    iam.delete_group(GroupName=f"group-{PER_PAGE}")
    page.get_by_role("link", name="Next page").click()
    assert page.get_by_text("No further groups.").is_visible()
    page.get_by_role("link", name="To the beginning").click()
    assert len(names(page)) == PER_PAGE


def test_every_page_of_events_while_others_come(page, iam):
    made = [f"group-{number:02}" for number in range(40)]
    for name in made:
        iam.create_group(GroupName=name)
    page.goto("/console/events?operation=CreateGroup")
    found, sizes = [], []
    while True:
        records = page.locator("tbody pre").all_text_contents()
        found += [re.search('"requestParameters": {\\s*"groupName": "(.*?)"', record)[1] for record in records]
        sizes.append(len(records))
        # What comes meanwhile moves nothing.
        iam.create_group(GroupName=f"later-{len(sizes)}")
        if not page.get_by_role("link", name="Older").count():
            break
        page.get_by_role("link", name="Older").click()
    assert sizes == [15, 15, 10]
    assert found == made[::-1]
    axe(page)
    page.go_back()
    assert page.locator("tbody tr").count() == 15
    page.get_by_role("link", name="Latest").click()
    assert '"groupName": "later-3"' in page.locator("tbody pre").first.text_content()


# What needs attention


def age(server, days, *keys):
    """Makes keys older, as time would: the server is stopped meanwhile."""
    with closing(sqlite3.connect(server.data / "keystead.db")) as database:
        for key in keys:
            change = "UPDATE iam_access_key SET created_at = created_at - ? WHERE id = ?"
            assert database.execute(change, (days * DAY_SECONDS, key.access_key_id)).rowcount == 1
        database.commit()


@pytest.fixture
def aged(launch, tmp_path):
    """A server with a key of each kind: its keys by the names of their users."""
    server = launch(data=tmp_path / "data")
    keys = {name: server.create_user_with_key(name) for name in ("old-used", "old-unused", "young-used", "young-unused")}
    keys["inactive"] = server.create_user_with_key("inactive")
    change = {"UserName": "inactive", "AccessKeyId": keys["inactive"].access_key_id, "Status": "Inactive"}
    server.ok("UpdateAccessKey", change)
    for name in ("old-used", "young-used"):
        assert server.works(keys[name])
    iam = server.client("iam")
    for user in ("administrator", "old-used"):
        give_password(iam, user)
    Device(iam).enable(iam, "old-used")
    assert server.stop() == 0
    age(server, 91, keys["old-unused"], keys["inactive"])
    age(server, 92, keys["old-used"])
    age(server, 89, keys["young-used"])
    return launch(data=tmp_path / "data"), keys


def attention(page, text):
    """Follows what the dashboard says, and gives its number and the rows behind it."""
    page.goto("/console/")
    link = page.get_by_role("region", name="What needs attention").get_by_role("link", name=text)
    number = link.locator(".figure").inner_text()
    link.click()
    page.get_by_role("heading", name=text, level=1).wait_for()
    axe(page)
    return int(number), names(page)


def test_what_needs_attention_leads_to_those_who_need_it(aged, open_page):
    server, keys = aged
    page = open_page(server.url)
    sign_in(page, server)
    assert attention(page, "Active access keys older than 90 days") == (2, ["old-used", "old-unused"])
    row = page.get_by_role("row").filter(has_text="old-used")
    assert keys["old-used"].access_key_id in row.inner_text() and "92 days ago" in row.inner_text()
    assert "Never" in page.get_by_role("row").filter(has_text="old-unused").inner_text()
    page.get_by_role("link", name="old-used").click()
    assert page.url.endswith("/console/users/old-used/security-credentials")
    # A key that was made today has its time.
    assert attention(page, "Active access keys that were never used") == (1, ["old-unused"])
    assert attention(page, "Users with a password and without MFA") == (1, ["administrator"])
    page.get_by_role("link", name="administrator").last.click()
    assert page.url.endswith("/console/users/administrator/security-credentials")
    page.goto("/console/users")
    ages = {row.split()[0]: re.search(r"(\d+) days", row)[0] for row in page.locator("tbody tr").all_inner_texts() if " days" in row}
    assert ages["old-used"] == "92 days" and ages["young-used"] == "89 days"
    assert "Old" in page.get_by_role("row").filter(has_text="old-used").inner_text()
    assert "Old" not in page.get_by_role("row").filter(has_text="young-used").inner_text()


def test_what_was_looked_after_is_gone(aged, open_page):
    server, keys = aged
    page = open_page(server.url)
    sign_in(page, server)
    iam = server.client("iam")
    for name in ("old-used", "old-unused"):
        iam.delete_access_key(UserName=name, AccessKeyId=keys[name].access_key_id)
    Device(iam, "other").enable(iam, "administrator")
    page.goto("/console/")
    assert page.get_by_text("Nothing. No old or unused access keys, and every user with a password has MFA.").is_visible()
    page.goto("/console/attention/old-keys")
    assert page.get_by_text("There are none.").is_visible()


def test_recent_denials_lead_to_their_records(server, page):
    bob = server.client("iam", server.create_user_with_key("bob"))
    for call in (bob.list_roles, bob.list_groups):
        with pytest.raises(ClientError):
            call()
    page.goto("/console/")
    denials = page.get_by_role("region", name="Recent denials")
    assert denials.get_by_role("rowheader").all_inner_texts() == ["ListGroups", "ListRoles"]
    denials.get_by_role("link", name="ListRoles").click()
    assert page.get_by_role("heading", name="ListRoles", level=1).is_visible()
    assert "no identity-based policy allows the iam:ListRoles action" in page.locator("main").inner_text()
    page.go_back()
    page.get_by_role("link", name="All denials").click()
    assert names(page) == ["ListGroups", "ListRoles"]
    assert page.get_by_label("Outcome").input_value() == "denied"


def test_more_than_a_page_of_those_who_need_attention(page, iam):
    # Without password there is nothing to sign in with.
    iam.create_user(UserName="robot")
    people = [f"person-{number:02}" for number in range(PER_PAGE + 1)]
    for name in people:
        iam.create_user(UserName=name)
        give_password(iam, name)
    page.goto("/console/")
    page.get_by_role("link", name="Users with a password and without MFA 22").click()
    pages = walk(page)
    assert [len(names) for names in pages] == [PER_PAGE, 2]
    assert sum(pages, []) == ["administrator", *people]
    page.get_by_role("link", name="To the beginning").click()
    assert names(page) == pages[0]
