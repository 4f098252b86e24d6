"""Access keys in the browser: the guide's walk, the pair that is shown once, and a rotation while a client works."""

import csv
import io
import re
import subprocess

import pytest
from botocore.exceptions import ClientError
from harness import client_environment
from harness.browser import PHONE, axe, screenshot
from harness.console import give_password, pair_on, sign_in
from harness.policies import allow
from harness.sigv4 import KeyPair
from harness.store import rows
from playwright.sync_api import Error


@pytest.fixture
def page(server, open_page, iam):
    """The administrator's browser, and a user `alice` who may read."""
    iam.create_user(UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    return page


def keys_of(iam, user="alice"):
    return iam.list_access_keys(UserName=user)["AccessKeyMetadata"]


def create_key(page, user="alice", description=""):
    """Goes through the walk to the page with the pair."""
    page.goto(f"/console/users/{user}/access-keys/new")
    page.get_by_label("Other", exact=False).last.check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Description tag value").fill(description)
    page.get_by_role("button", name="Create access key").click()
    return pair_on(page)


def test_the_guides_walk(server, page, iam):
    page.goto("/console/users/alice/access-keys")
    assert page.get_by_text("No access keys.").is_visible()
    axe(page)
    page.get_by_role("link", name="Create access key").click()
    axe(page)
    page.get_by_label("Command Line Interface (CLI)").check()
    page.get_by_role("button", name="Next").click()
    assert page.get_by_role("alert").inner_text() == "Confirm that you have read the recommendation."
    page.get_by_label("I understand the above recommendation").check()
    page.get_by_role("button", name="Next").click()
    axe(page)
    page.get_by_label("Description tag value").fill("Laptop of Alice")
    page.get_by_role("button", name="Create access key").click()
    key_id, secret = pair_on(page)
    axe(page)
    field = page.get_by_label("Secret access key", exact=True)
    assert field.get_attribute("type") == "password"
    page.get_by_role("button", name="Show").click()
    assert field.get_attribute("type") == "text"
    assert secret not in page.url and secret not in server.output
    assert KeyPair(key_id, secret) and server.client("sts", KeyPair(key_id, secret)).get_caller_identity()["Arn"].endswith("user/alice")
    page.get_by_role("link", name="Done").click()
    page.goto("/console/users/alice/access-keys")
    assert secret not in page.content()
    assert page.get_by_text("Laptop of Alice").is_visible()
    assert {"Key": key_id, "Value": "Laptop of Alice"} in iam.list_user_tags(UserName="alice")["Tags"]


def test_files_with_the_pair(page, tmp_path):
    key_id, secret = create_key(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download .csv file").click()
    assert download.value.suggested_filename == "alice_accessKeys.csv"
    text = download.value.path().read_bytes()
    assert text == f"\ufeffAccess key ID,Secret access key\r\n{key_id},{secret}\r\n".encode()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download for aws configure import").click()
    text = download.value.path().read_text()
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"User Name": "alice", "Access key ID": key_id, "Secret access key": secret}
    ]


def test_the_pair_is_shown_once(page, iam):
    key_id, secret = create_key(page)
    # Sent again, as by a reload, the form makes no further key.
    page.reload()
    assert page.get_by_role("heading", name="The secret cannot be shown again").is_visible()
    assert secret not in page.content()
    assert [key["AccessKeyId"] for key in keys_of(iam)] == [key_id]
    page.goto("/console/users")
    # Nothing of the page was kept to go back to.
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        page.go_back()
    page.wait_for_function("location.protocol === 'chrome-error:'")
    assert secret not in page.content()
    assert len(keys_of(iam)) == 1


def test_a_third_key_is_not_offered(page, iam):
    for _ in range(2):
        iam.create_access_key(UserName="alice")
    page.goto("/console/users/alice/access-keys")
    assert page.get_by_role("button", name="Create access key").is_disabled()
    assert page.get_by_text("A user can have at most 2 access keys").is_visible()
    axe(page)


def test_a_key_is_deactivated_activated_and_deleted(page, iam):
    key_id = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    page.goto("/console/users/alice/access-keys")
    page.get_by_role("link", name=f"Delete {key_id}").click()
    assert page.get_by_label("To confirm deletion").count() == 0, "an active key is deactivated first"
    axe(page)
    page.get_by_role("button", name="Deactivate").click()
    assert [key["Status"] for key in keys_of(iam)] == ["Inactive"]
    page.goto(f"/console/users/alice/access-keys/{key_id}/activate")
    assert key_id in page.locator("main").inner_text()
    page.get_by_role("button", name="Activate").click()
    assert [key["Status"] for key in keys_of(iam)] == ["Active"]
    page.goto(f"/console/users/alice/access-keys/{key_id}/deactivate")
    page.get_by_role("button", name="Deactivate").click()
    page.goto(f"/console/users/alice/access-keys/{key_id}/delete")
    page.get_by_label("To confirm deletion").fill("AKIAIOSFODNN7EXAMPLE")
    page.get_by_role("button", name=f"Delete {key_id}").click()
    assert page.get_by_role("alert").inner_text() == "That is not the access key's ID."
    page.get_by_label("To confirm deletion").fill(key_id)
    page.get_by_role("button", name=f"Delete {key_id}").click()
    page.get_by_text("The access key is deleted.").wait_for()
    assert keys_of(iam) == []


def test_a_rotation_while_a_client_works(server, page, iam):
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    old = KeyPair(made["AccessKeyId"], made["SecretAccessKey"])
    server.client("iam", old, region="eu-central-1").list_users()
    page.goto(f"/console/users/alice/access-keys/{old.access_key_id}/rotate")
    axe(page)
    # 1. Create the second key.
    page.get_by_role("link", name="Create the second key").click()
    page.get_by_label("Other", exact=False).last.check()
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Create access key").click()
    new = KeyPair(*pair_on(page))
    page.get_by_role("link", name="Done").click()
    # 2. The page waits for the first use of the new key, and sees it by itself.
    page.get_by_text("Waiting for the first use of the new key").wait_for()
    axe(page)
    server.client("iam", new).list_users()
    page.get_by_role("heading", name="3. See who still uses the old key").wait_for()
    # 3. Who still uses the old key.
    row = page.get_by_role("row", name=re.compile("eu-central-1"))
    assert "iam" in row.inner_text() and "127.0.0.1" in row.inner_text() and "Boto3" in row.inner_text()
    axe(page)
    # One may leave and come back.
    page.goto("/console/users")
    page.goto(f"/console/users/alice/access-keys/{old.access_key_id}/rotate")
    # Rotating the newer of two is rotating the older first.
    page.goto(f"/console/users/alice/access-keys/{new.access_key_id}/rotate")
    assert f"/access-keys/{old.access_key_id}/rotate" in page.url
    page.get_by_text("The older key is rotated before the newer one").wait_for()
    # 4. Deactivate, undo, deactivate.
    page.get_by_role("button", name=f"Deactivate {old.access_key_id} now").click()
    page.get_by_role("heading", name="4. Deactivate the old key: wait").wait_for()
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        server.client("iam", old).list_users()
    page.get_by_role("button", name="Undo: activate it again").click()
    page.get_by_role("heading", name="3. See who still uses the old key").wait_for()
    server.client("iam", old).list_users()
    page.get_by_role("button", name=f"Deactivate {old.access_key_id}").click()
    axe(page)
    # 5. It was used a moment ago, so that deleting is not offered, but can be had.
    assert page.get_by_role("link", name=f"Delete {old.access_key_id}").count() == 0
    page.get_by_role("link", name="delete it now").click()
    page.get_by_label("To confirm deletion").fill(old.access_key_id)
    page.get_by_role("button", name=f"Delete {old.access_key_id}").click()
    page.get_by_role("heading", name="Done").wait_for()
    assert [key["AccessKeyId"] for key in keys_of(iam)] == [new.access_key_id]
    server.client("iam", new).list_users()


def test_a_key_is_made_once_and_with_its_description(page, iam):
    def at_description():
        page.goto("/console/users/alice/access-keys/new")
        page.get_by_label("Other", exact=False).last.check()
        page.get_by_role("button", name="Next").click()

    at_description()
    field = page.get_by_label("Description tag value")
    field.evaluate("field => field.removeAttribute('pattern')")
    field.fill("no; such <tag>")
    page.get_by_role("button", name="Create access key").click()
    assert "nothing else" in page.get_by_role("alert").inner_text()
    assert field.input_value() == "no; such <tag>" and keys_of(iam) == []
    field.fill("build server")
    # Both clicks come before the answer to the first, which has the secret.
    page.get_by_role("button", name="Create access key").dblclick(no_wait_after=True)
    key_id, _ = pair_on(page)
    assert [key["AccessKeyId"] for key in keys_of(iam)] == [key_id]


def test_deleting_an_active_key_goes_by_deactivating_it(page, iam):
    key_id = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    page.goto(f"/console/users/alice/access-keys/{key_id}/delete")
    page.get_by_role("button", name=f"Deactivate {key_id}").click()
    page.get_by_label("To confirm deletion").fill(key_id)
    page.get_by_role("button", name=f"Delete {key_id}").click()
    page.get_by_text("deleted").first.wait_for()
    assert keys_of(iam) == []


def test_without_script_everything_works(server, open_page, iam):
    iam.create_user(UserName="alice")
    give_password(iam, "administrator")
    page = open_page(server.url, java_script_enabled=False)
    sign_in(page, server)
    key_id, _ = create_key(page, description="By hand")
    page.goto(f"/console/users/alice/access-keys/{key_id}/rotate")
    assert page.get_by_role("heading", name="1. Create the second key").is_visible()
    page.goto(f"/console/users/alice/access-keys/{key_id}/deactivate")
    page.get_by_role("button", name="Deactivate").click()
    assert [key["Status"] for key in keys_of(iam)] == ["Inactive"]


def test_what_a_user_may_not_do_says_which_permission_is_missing(server, open_page, iam):
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    give_password(iam, "bob")
    page = open_page(server.url)
    sign_in(page, server, "bob")
    page.goto("/console/users/bob/access-keys/new/tag?use=other")
    page.get_by_role("button", name="Create access key").click()
    alert = page.get_by_role("alert").inner_text()
    assert "A permission is missing" in alert and "iam:CreateAccessKey" in alert
    assert keys_of(iam, "bob") == []


def test_the_lines_to_paste_work(server, page, tmp_path):
    create_key(page)
    page.get_by_text("Show the lines").click()
    lines = page.locator("#lines").inner_text()
    assert server.url in lines
    environment = client_environment(AWS_CONFIG_FILE=str(tmp_path / "config"), AWS_SHARED_CREDENTIALS_FILE=str(tmp_path / "credentials"))
    done = subprocess.run(["bash", "-ec", lines], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "user/alice" in done.stdout, done.stderr


HOSTILE = "<script>document.title='owned'</script>\"'><img src=x onerror=alert(1)>"


def test_what_people_and_programs_are_called_is_text(server, page, iam):
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    pair = KeyPair(key["AccessKeyId"], key["SecretAccessKey"])
    client = server.client("iam", pair)
    client.meta.events.register("before-send", lambda request, **_: request.headers.__setitem__("User-Agent", HOSTILE) or None)
    client.list_users()
    page.goto(f"/console/users/alice/access-keys/{pair.access_key_id}")
    page.get_by_text("<script>", exact=False).first.wait_for()
    assert page.title() != "owned"
    for path in ("/console/users/%3Cscript%3Ealert(1)%3C%2Fscript%3E/access-keys", "/console/%3Cscript%3E", "/console/users?search=%22%3E%3Cscript%3E"):
        page.goto(path)
        assert "<script>alert" not in page.content() and page.title() != "owned"


def test_pictures_of_the_keys(server, page, iam, open_page):
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    pair = KeyPair(made["AccessKeyId"], made["SecretAccessKey"])
    iam.tag_user(UserName="alice", Tags=[{"Key": pair.access_key_id, "Value": "Build server"}])
    for region in ("eu-central-1", "us-east-1"):
        server.client("iam", pair, region=region).list_users()
    page.goto("/console/users/alice/access-keys")
    screenshot(page, "access-keys")
    page.goto(f"/console/users/alice/access-keys/{pair.access_key_id}/rotate")
    screenshot(page, "rotation")
    phone = open_page(server.url, size=PHONE, scheme="dark")
    sign_in(phone, server)
    phone.goto("/console/users/alice/access-keys")
    axe(phone)
    screenshot(phone, "access-keys-phone-dark")


def test_the_cards_see_by_themselves_that_a_key_is_used(launch, tmp_path, open_page):
    server = launch(data=tmp_path / "data")
    iam = server.client("iam")
    key = server.create_user_with_key("alice", allow("iam:ListUsers"))
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    with page.expect_response("**/access-keys/live"):
        page.goto("/console/users/alice/access-keys")
    card = page.locator(f"#{key.access_key_id}")
    assert "Last used region\nN/A" in card.inner_text()
    # What one is at stays.
    card.get_by_role("link", name="Rotate").focus()
    for region in ("eu-central-1", "us-west-2"):
        server.client("iam", key, region=region).list_users()
        card.get_by_text(region).wait_for()
        axe(page)
    assert card.get_by_role("link", name="Rotate").evaluate("link => link === document.activeElement")
    page.goto("about:blank")
    assert server.stop() == 0
    # The page has looked, and so has what tells it; looking again leaves nothing.
    statement = "SELECT count(*) FROM audit_event WHERE operation = 'GetAccessKeyLastUsed'"
    assert rows(server.data, "audit.db", statement) == [(2,)]


def test_refusals_of_what_looks_again_are_recorded_once(launch, tmp_path, open_page):
    server = launch(data=tmp_path / "data")
    iam = server.client("iam")
    key = server.create_user_with_key("bob", allow("iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"))
    give_password(iam, "bob")
    page = open_page(server.url)
    sign_in(page, server, "bob")
    with page.expect_response("**/access-keys/live"):
        page.goto("/console/users/bob/access-keys")
    for region in ("eu-central-1", "us-west-2", "eu-west-1"):
        server.call("ListUsers", key=key, region=region)
        page.get_by_text(region).wait_for()
    page.goto("about:blank")
    assert server.stop() == 0
    # By the page, by the stream as it began and by all that it did afterwards.
    statement = "SELECT count(*) FROM audit_event WHERE operation = 'ListUserTags' AND outcome = 1"
    assert rows(server.data, "audit.db", statement) == [(3,)]
