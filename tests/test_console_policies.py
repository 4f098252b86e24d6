"""Groups, policies and roles in the browser: written, checked while they are written, attached, taken away."""

import json
import time

import pytest
from botocore.exceptions import ClientError
from harness.browser import PHONE, axe, evaluate
from harness.console import account_of, give_password, sign_in
from harness.policies import EC2

READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
)


@pytest.fixture
def page(server, open_page, iam):
    """The administrator's browser, and users `alice` and `bob`."""
    for user in ("alice", "bob"):
        iam.create_user(UserName=user)
    give_password(iam, "administrator")
    page = open_page(server.url)
    sign_in(page, server)
    return page


def press(page, name, role="button"):
    page.get_by_role(role, name=name, exact=True).first.click()


def test_a_policy_is_checked_while_it_is_written(page):
    page.goto("/console/create-policy")
    axe(page)
    page.get_by_label("Policy name").fill("readers")
    page.get_by_label("Policy document").fill('{"Version": "2012-10-17",\n"Statement": [}')
    page.get_by_text("Line 2, column 15").wait_for()
    axe(page)
    page.get_by_label("Policy document").fill(READ)
    page.get_by_text("No errors").wait_for()
    press(page, "Create policy")
    assert page.get_by_role("heading", name="readers", level=1).is_visible()
    axe(page)


def test_a_refused_document_is_shown_again_without_script(server, page, open_page):
    page.goto("/console/create-policy")
    cookies = page.context.cookies()
    plain = open_page(server.url, java_script_enabled=False)
    plain.context.add_cookies(cookies)
    plain.goto("/console/create-policy")
    plain.get_by_label("Policy name").fill("readers")
    plain.get_by_label("Policy document").fill("{")
    press(plain, "Check document")
    assert plain.get_by_text("Line 1").is_visible()
    assert plain.get_by_label("Policy name").input_value() == "readers"
    press(plain, "Create policy")
    assert plain.get_by_role("alert").get_by_text("Syntax errors in policy.").is_visible()
    assert plain.get_by_label("Policy document").input_value().strip() == "{"


def test_versions_attachments_and_deleting_a_policy(page, iam):
    arn = iam.create_policy(PolicyName="readers", Path="/team/", PolicyDocument=READ)["Policy"]["Arn"]
    page.goto("/console/policies?search=READ")
    press(page, "readers", "link")
    press(page, "Edit policy", "link")
    axe(page)
    page.get_by_label("Policy document").fill(READ.replace("Get", "List"))
    press(page, "Save as a new version")
    axe(page)
    page.get_by_role("link", name="Set as default v1").click()
    press(page, "Set as default")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    press(page, "Entities attached", "link")
    page.get_by_label("Entity name").fill("alice")
    press(page, "Attach")
    axe(page)
    press(page, "Delete policy", "link")
    axe(page)
    page.get_by_role("link", name="Version v2").click()
    press(page, "Delete version")
    press(page, "Delete policy", "link")
    page.get_by_role("link", name="It is attached to the user alice").click()
    press(page, "Detach policy")
    assert page.get_by_role("heading", name="alice", level=1).is_visible()
    page.goto("/console/policies")
    press(page, "readers", "link")
    press(page, "Delete policy", "link")
    press(page, "Delete policy")
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=arn)


def test_what_a_policy_allows(page, iam):
    iam.create_policy(PolicyName="readers", PolicyDocument=READ)
    page.goto("/console/policies")
    press(page, "readers", "link")
    press(page, "What does this allow?", "link")
    axe(page)
    page.get_by_label("Actions").fill("s3:GetObject, s3:PutObject")
    press(page, "Run")
    rows = page.get_by_role("row")
    assert "Allowed" in rows.filter(has_text="s3:GetObject").inner_text()
    assert "Not allowed by any statement" in rows.filter(has_text="s3:PutObject").inner_text()
    page.get_by_text("Lines 4 to 8").click()
    axe(page)


def test_a_group_from_its_making_to_its_end(page, iam):
    page.goto("/console/groups")
    axe(page)
    press(page, "Create group", "link")
    page.get_by_label("Group name").fill("admins")
    press(page, "Create group")
    axe(page)
    press(page, "Add users", "link")
    axe(page)
    page.get_by_label("alice").check()
    page.get_by_label("bob").check()
    press(page, "Add users")
    members = iam.get_group(GroupName="admins")["Users"]
    assert sorted(user["UserName"] for user in members) == ["alice", "bob"]
    press(page, "Permissions", "link")
    press(page, "Attach policies", "link")
    page.get_by_label("Find a policy").fill("ReadOnlyAccess")
    press(page, "Find")
    axe(page)
    page.get_by_label("IAMReadOnlyAccess", exact=True).check()
    press(page, "Attach policies")
    press(page, "Create inline policy", "link")
    page.get_by_label("Policy name").fill("own")
    page.get_by_label("Policy document").fill(READ)
    press(page, "Save policy")
    axe(page)
    press(page, "Rename", "link")
    page.get_by_label("Group name").fill("chiefs")
    press(page, "Rename group")
    for obstacle, button in [
        ("The user alice", "Remove user from group"),
        ("The user bob", "Remove user from group"),
        ("The attached policy IAMReadOnlyAccess", "Detach policy"),
        ("The inline policy own", "Delete inline policy"),
    ]:
        page.goto("/console/groups/chiefs/delete")
        page.get_by_role("link", name=obstacle).click()
        press(page, button)
    page.goto("/console/groups/chiefs/delete")
    press(page, "Delete group")
    assert iam.list_groups()["Groups"] == []


def test_a_role_and_the_end_of_its_sessions(server, page, iam):
    page.goto("/console/create-role")
    axe(page)
    press(page, "Write this trust policy below")
    page.get_by_label("Role name").fill("deploy")
    press(page, "Create role")
    axe(page)
    press(page, "Attach policies", "link")
    page.get_by_label("Find a policy").fill("IAMReadOnlyAccess")
    press(page, "Find")
    page.get_by_label("IAMReadOnlyAccess", exact=True).check()
    press(page, "Attach policies")
    arn = f"arn:aws:iam::{account_of(server)}:role/deploy"
    session = server.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    assumed = server.client(
        "iam",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    assumed.list_users()
    press(page, "Revoke sessions", "link")
    axe(page)
    # A session counts as older from the second after it began.
    while time.time() < session["Expiration"].timestamp() - 3600 + 1:
        page.reload()
    press(page, "Revoke active sessions")
    with pytest.raises(ClientError, match="explicit deny"):
        assumed.list_users()
    document = iam.get_role_policy(RoleName="deploy", PolicyName="AWSRevokeOlderSessions")["PolicyDocument"]
    assert document["Statement"][0]["Effect"] == "Deny"
    press(page, "Trust relationships", "link")
    axe(page)
    press(page, "Edit trust policy", "link")
    press(page, "Another account, with external ID", "link")
    assert "sts:ExternalId" in page.get_by_label("Trust policy").input_value()
    press(page, "Save trust policy")
    press(page, "Edit role", "link")
    page.get_by_label("Maximum session duration").select_option("4 h")
    press(page, "Save")
    assert iam.get_role(RoleName="deploy")["Role"]["MaxSessionDuration"] == 14400


def test_what_is_chosen_stays_chosen(page, iam):
    iam.create_group(GroupName="developers")
    for number in range(40):
        iam.create_user(UserName=f"user-{number:02}")
    page.goto("/console/groups/developers/add-users")
    page.get_by_label("user-00", exact=True).check()
    press(page, "Next page")
    assert page.get_by_role("group", name="Chosen so far").get_by_label("user-00").is_checked()
    page.get_by_label("user-25", exact=True).check()
    page.get_by_label("Find a user").fill("user-00")
    press(page, "Find")
    assert page.get_by_label("user-00", exact=True).is_checked(), "it is on this page"
    press(page, "Add users")
    page.wait_for_url("**done=group-users-added")
    members = [user["UserName"] for user in iam.get_group(GroupName="developers")["Users"]]
    assert sorted(members) == ["user-00", "user-25"]
    page.goto("/console/groups/developers/permissions/attach")
    page.get_by_label("Find a policy").fill("IAMReadOnly")
    press(page, "Find")
    page.get_by_label("IAMReadOnlyAccess").check()
    page.get_by_label("Find a policy").fill("PowerUser")
    press(page, "Find")
    page.get_by_label("PowerUserAccess").check()
    press(page, "Attach policies")
    page.wait_for_url("**done=policies-attached")
    attached = iam.list_attached_group_policies(GroupName="developers")["AttachedPolicies"]
    assert sorted(policy["PolicyName"] for policy in attached) == ["IAMReadOnlyAccess", "PowerUserAccess"]


def test_a_role_is_deleted_after_what_it_has(page, iam):
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=EC2)
    iam.attach_role_policy(RoleName="deploy", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.put_role_policy(RoleName="deploy", PolicyName="own", PolicyDocument=READ)
    iam.create_instance_profile(InstanceProfileName="machines")
    iam.add_role_to_instance_profile(InstanceProfileName="machines", RoleName="deploy")
    page.goto("/console/roles/deploy")
    press(page, "Delete role", "link")
    axe(page)
    assert page.get_by_role("button", name="Delete role").count() == 0
    for obstacle, button in [
        ("The attached policy IAMReadOnlyAccess", "Detach policy"),
        ("The inline policy own", "Delete inline policy"),
    ]:
        page.goto("/console/roles/deploy/delete")
        page.get_by_role("link", name=obstacle).click()
        press(page, button)
    page.goto("/console/roles/deploy/delete")
    assert "The instance profile machines" in page.locator("main").inner_text()
    assert page.get_by_role("button", name="Delete role").count() == 0
    iam.remove_role_from_instance_profile(InstanceProfileName="machines", RoleName="deploy")
    page.reload()
    page.get_by_role("link", name="Cancel").click()
    assert page.get_by_role("heading", name="deploy", level=1).is_visible()
    press(page, "Delete role", "link")
    # Whoever is faster leaves the question as it was.
    iam.put_role_policy(RoleName="deploy", PolicyName="late", PolicyDocument=READ)
    press(page, "Delete role")
    assert "must delete policies first" in page.get_by_role("alert").inner_text()
    assert page.get_by_role("link", name="The inline policy late").is_visible()
    iam.delete_role_policy(RoleName="deploy", PolicyName="late")
    page.goto("/console/roles/deploy/delete")
    press(page, "Delete role")
    page.get_by_text("The role was deleted.").wait_for()
    assert iam.list_roles()["Roles"] == []
    page.goto("/console/roles/deploy")
    assert page.get_by_role("heading", name="Not found").is_visible()


def test_a_permissions_boundary(page, iam):
    page.goto("/console/users/bob")
    axe(page)
    press(page, "Set permissions boundary", "link")
    page.get_by_label("Find a policy").fill("IAMReadOnlyAccess")
    press(page, "Find")
    axe(page)
    page.get_by_label("IAMReadOnlyAccess", exact=True).check()
    press(page, "Set permissions boundary")
    assert "PermissionsBoundary" in iam.get_user(UserName="bob")["User"]
    press(page, "Remove boundary", "link")
    press(page, "Remove boundary")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]


def test_who_may_not_is_told_which_permission_is_missing(server, open_page, iam):
    iam.create_user(UserName="alice")
    give_password(iam, "alice")
    page = open_page(server.url)
    sign_in(page, server, "alice")
    for path, action in [
        ("/console/groups", "iam:ListGroups"),
        ("/console/policies", "iam:ListPolicies"),
        ("/console/roles", "iam:ListRoles"),
    ]:
        page.goto(path)
        assert page.get_by_text(action).is_visible(), path
        axe(page)


def test_lists_fit_a_phone(server, page, open_page, iam):
    iam.create_policy(PolicyName="a" * 128, PolicyDocument=READ)
    page.goto("/console/policies")
    cookies = page.context.cookies()
    phone = open_page(server.url, size=PHONE)
    phone.context.add_cookies(cookies)
    for path in ["/console/policies", "/console/groups", "/console/roles", "/console/create-role"]:
        phone.goto(path)
        assert evaluate(phone, "document.documentElement.scrollWidth <= innerWidth"), path


def test_what_users_write_is_text(page, iam):
    script = "<script>alert(1)</script>"
    arn = iam.create_policy(PolicyName="p", PolicyDocument=READ, Description=script)["Policy"]["Arn"]
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "note", "Value": "a+b=c @home"}])
    page.goto("/console/policies")
    press(page, "p", "link")
    assert page.get_by_text(script).is_visible()
    press(page, "Tags", "link")
    assert page.get_by_text("a+b=c @home").is_visible()
    page.get_by_role("link", name="Remove the tag note").click()
    press(page, "Remove tag")
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == []
