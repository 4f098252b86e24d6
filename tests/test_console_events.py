"""Events in the browser while they happen, and found by what they were."""

import time
from datetime import UTC, datetime

import pytest
from harness.browser import PHONE, WAIT_MILLISECONDS, axe, evaluate
from harness.console import give_password, sign_in
from harness.policies import allow
from harness.store import rows

IS_CONNECTED = "[...sources.values()].at(-1).readyState === EventSource.OPEN"
IS_CLOSED = "[...sources.values()].at(-1).readyState === EventSource.CLOSED"
SHOW_PAGE = """
Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest.fixture
def page(server, open_page, iam):
    """The administrator's browser."""
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    return page


def news(page, words):
    """The line that says so much has happened, once it does."""
    line = page.get_by_role("link", name=f"{words}: show", exact=True)
    line.wait_for()
    return line


def listed(page):
    """The operations of the rows."""
    return [row.split("\n")[0].strip() for row in page.locator("tbody th").all_inner_texts()]


def wait_until(page, expression):
    """Waits until an expression is true, in which the page's own variables are known."""
    deadline = time.monotonic() + WAIT_MILLISECONDS / 1000
    while not evaluate(page, expression):
        assert time.monotonic() < deadline, expression
        evaluate(page, "new Promise(requestAnimationFrame)")


def stop(server, *pages):
    """Stops the server, which would break the connections of pages that wait."""
    for page in pages:
        page.goto("about:blank")
    assert server.stop() == 0


def test_what_happens_is_said_and_shown_when_asked_for(page, iam):
    iam.create_group(GroupName="first")
    page.goto("/console/events?operation=CreateGroup")
    assert listed(page) == ["CreateGroup"]
    page.get_by_text("Details").click()
    place = page.locator("tbody tr").bounding_box()
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="second")
    news(page, "1 new event").focus()
    axe(page)
    # What one reads stays as it is and where it is.
    assert page.locator("tbody tr").bounding_box() == place
    assert page.locator("details[open]").count() == 1
    iam.create_group(GroupName="third")
    news(page, "2 new events")
    page.keyboard.press("Enter")
    page.locator("tbody tr").nth(2).wait_for()
    assert page.locator("#news").count() == 0
    wait_until(page, "document.activeElement.id === 'found'")
    iam.create_group(GroupName="fourth")
    news(page, "1 new event").click()
    page.locator("tbody tr").nth(3).wait_for()
    page.set_viewport_size(PHONE)
    axe(page)


def test_the_line_comes_along(page, iam):
    for number in range(15):
        iam.create_group(GroupName=f"group-{number:02}")
    page.goto("/console/events?operation=CreateGroup")
    page.locator("tbody tr").last.scroll_into_view_if_needed()
    iam.create_group(GroupName="last")
    line = news(page, "1 new event")
    assert evaluate(page, "document.getElementById('news').getBoundingClientRect().top >= 0")
    line.click()
    wait_until(page, "document.getElementById('found').getBoundingClientRect().top > -1")
    assert '"groupName": "last"' in page.locator("tbody tr").first.text_content()


def test_a_reload_keeps_the_place(page, iam):
    for number in range(15):
        iam.create_group(GroupName=f"group-{number:02}")
    page.goto("/console/events?operation=CreateGroup")
    evaluate(page, "scrollTo(0, 500)")
    page.reload()
    wait_until(page, IS_CONNECTED)
    assert evaluate(page, "scrollY") == 500


def test_many_events_are_not_counted_one_by_one(page, iam):
    page.goto("/console/events?operation=CreateGroup")
    for number in range(11):
        iam.create_group(GroupName=f"group-{number:02}")
    news(page, "10+ new events")


@pytest.mark.parametrize("path", ["?until=2020-01-01T00:00", "?after=1.0.1", "?from=2020-01-02T00:00&until=2020-01-01T00:00"])
def test_where_nothing_can_come_nothing_is_waited_for(page, path):
    page.goto(f"/console/events{path}")
    assert page.locator("[sse-connect]").count() == 0
    page.goto("/console/events?until=2999-01-01T00:00")
    assert page.locator("[sse-connect]").count() == 1


def test_a_page_at_rest_leaves_no_records(launch, tmp_path, open_page):
    server = launch(data=tmp_path / "data")
    iam = server.client("iam")
    give_password(iam, "administrator")
    page, other = open_page(server.url), open_page(server.url)
    sign_in(page, server)
    sign_in(other, server)
    with page.expect_response("**/events/live?**"):
        page.goto("/console/events")
    # Each line is a look of the stream, and would be followed by others if it left a record.
    for number in range(1, 4):
        iam.list_users()
        news(page, f"{number} new event" + "s" * (number > 1))
    with other.expect_response("**/events/live?**"):
        other.goto("/console/events")
    # That somebody else looks, and goes on watching, are two.
    news(page, "5 new events")
    iam.list_users()
    news(page, "6 new events")
    news(other, "1 new event")
    stop(server, page, other)
    statement = "SELECT operation FROM audit_event WHERE operation LIKE '%Events' ORDER BY time, sequence"
    found = rows(server.data, "audit.db", statement)
    # The dashboards that came after the sign-ins have looked too.
    assert [operation for (operation,) in found] == ["FindEvents"] * 2 + ["FindEvents", "WatchEvents"] * 2


def test_who_may_not_look_any_more_is_told_nothing(launch, tmp_path, open_page):
    server = launch(data=tmp_path / "data")
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    give_password(iam, "bob")
    iam.put_user_policy(UserName="bob", PolicyName="looks", PolicyDocument=allow("cloudtrail:LookupEvents"))
    page = open_page(server.url)
    sign_in(page, server, "bob")
    page.goto("/console/events")
    wait_until(page, IS_CONNECTED)
    iam.delete_user_policy(UserName="bob", PolicyName="looks")
    wait_until(page, IS_CLOSED)
    assert page.locator(".news").inner_text() == ""
    stop(server, page)
    statement = "SELECT outcome FROM audit_event WHERE operation = 'WatchEvents' ORDER BY time, sequence"
    # Whoever came to look again was refused once: denied is 1.
    assert [outcome for (outcome,) in rows(server.data, "audit.db", statement)] == [0, 1]


def test_a_stream_ends_with_its_session(page):
    page.goto("/console/events")
    wait_until(page, IS_CONNECTED)
    other = page.context.new_page()
    other.goto("/console/")
    other.get_by_role("button", name="Sign out").click()
    wait_until(page, IS_CLOSED)


def test_a_page_that_nobody_sees_gives_its_connection_back(page, iam):
    page.goto("/console/events?operation=CreateGroup")
    wait_until(page, IS_CONNECTED)
    evaluate(page, SHOW_PAGE.format(hidden="true"))
    assert evaluate(page, IS_CLOSED)
    iam.create_group(GroupName="meanwhile")
    evaluate(page, SHOW_PAGE.format(hidden="false"))
    news(page, "1 new event")


def test_without_script_nothing_is_waited_for(server, open_page, page, iam):
    plain = open_page(server.url, java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    iam.create_group(GroupName="first")
    plain.goto("/console/events?operation=CreateGroup")
    assert listed(plain) == ["CreateGroup"]
    assert plain.locator(".news").inner_text() == ""


# Filters


def next_second(page):
    """Lets the present second pass; gives the one after it, as forms of browsers write moments."""
    begun = int(time.time())
    while int(time.time()) == begun:
        page.reload()
    return datetime.fromtimestamp(begun + 1, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.fixture
def happened(server, page, iam):
    """What alice, with two keys, and bob did: all but the last call before a moment. Gives the moment and the keys."""
    alice = server.create_user_with_key("alice", allow("iam:ListUsers", "iam:CreateGroup"))
    other, bob = server.create_key("alice"), server.create_user_with_key("bob")
    server.client("iam", alice).create_group(GroupName="first")
    for key in (alice, bob):
        server.call("ListRoles", key=key)
    server.call("CreateGroup", {"GroupName": "first"}, key=other)
    moment = next_second(page)
    server.client("iam", other).list_users()
    return moment, alice, other


LABELS = {
    "key": "Access key ID",
    "user": "User",
    "operation": "Operation",
    "begin": "From (UTC)",
    "end": "Until (UTC)",
}


def test_events_are_found_by_what_they_were(page, happened):
    _, alice, other = happened

    def found(outcome=None, **fields):
        typed = {LABELS[name]: value for name, value in fields.items()}
        page.goto("/console/events")
        if outcome:
            page.get_by_label("Outcome").select_option(outcome)
        for label, value in typed.items():
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_role("button", name="Find").click()
        return listed(page)

    key, denied = alice.access_key_id, "denied"
    assert found(user="alice") == ["ListUsers", "CreateGroup", "ListRoles", "CreateGroup"]
    axe(page)
    assert found(key=key) == ["ListRoles", "CreateGroup"]
    assert found(key=other.access_key_id) == ["ListUsers", "CreateGroup"]
    assert found(operation="ListRoles") == ["ListRoles"] * 2
    assert found(outcome=denied) == ["ListRoles"] * 2
    assert found(outcome="failed") == ["CreateGroup"]
    assert found(user="alice", outcome=denied) == ["ListRoles"]
    assert found(user="alice", outcome="success") == ["ListUsers", "CreateGroup"]
    assert found(operation="CreateGroup", outcome="success") == ["CreateGroup"]
    assert found(key=key, operation="ListRoles", outcome=denied) == ["ListRoles"]
    assert found(key=key, operation="ListRoles", outcome="success") == []
    assert page.get_by_text("No event is like that.").is_visible()
    assert found(key=key, user="bob") == []
    # What was looked for stays in the form, and in what leads from there.
    assert page.get_by_label("User", exact=True).input_value() == "bob"
    assert page.get_by_label("Access key ID").input_value() == key
    assert found(user="alice", begin="2020-01-01T00:00", end="2020-01-02T00:00") == []


def test_events_are_found_by_when_they_were(page, happened):
    moment, alice, other = happened
    rows = [
        ("from", "", ["ListUsers"]),
        ("until", "", ["CreateGroup", "ListRoles", "CreateGroup"]),
        ("until", "&outcome=denied", ["ListRoles"]),
        ("from", "&outcome=denied", []),
        ("until", f"&key={other.access_key_id}", ["CreateGroup"]),
        ("until", f"&key={alice.access_key_id}&operation=ListRoles", ["ListRoles"]),
    ]
    for side, others, expected in rows:
        page.goto(f"/console/events?user=alice&{side}={moment}{others}")
        assert listed(page) == expected, (side, others)
    page.goto(f"/console/events?user=alice&from={moment}&until={moment}")
    assert page.get_by_role("alert").inner_text() == "“From” must be before “Until”."
    page.goto(f"/console/events?user=alice&from={moment}")
    assert page.get_by_label("From (UTC)").input_value() == moment
    # The form takes back what it was filled with.
    page.get_by_role("button", name="Find").click()
    assert listed(page) == ["ListUsers"]
