"""The access matrix: kinds of principal, the account that they live in, and a request for every operation.

No request of a row changes anything when it is allowed: it asks for what is already so, or what must not be, and
its answer still tells that it was allowed. `change` is the same request so that it would be seen; only who is
denied sends it.
"""

from dataclasses import dataclass, field

from harness import policies
from harness.policies import EC2, KEY_ACTIONS, SELF_SERVICE, aws_policy_arn, document, policy_arn, role_arn, statement
from harness.server import ACCOUNT, ROOT

BOUNDARY = policy_arn("boundary")
CUSTOM = policy_arn("custom")
ABSENT = policy_arn("absent")
# What stands for the caller in a row: its name, its ARN, its spare key, and the boundary that it may have.
SELF, SELF_ARN, KEY, OWN_BOUNDARY = "{user}", "{arn}", "{key}", "{boundary}"

# Who administers others, and can give nobody more than the boundary that binds itself.
BOUNDARY_DOCUMENT = document(
    statement(["iam:Get*", "iam:List*", "iam:Simulate*"]),
    statement(["iam:DeleteUser", "iam:UpdateUser", "iam:TagUser", "iam:UntagUser", "iam:*AccessKey*"]),
    statement(
        ["iam:CreateUser", "iam:PutUserPermissionsBoundary", "iam:*UserPolicy"],
        Condition={"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
    ),
    statement("iam:DeleteUserPermissionsBoundary", effect="Deny"),
    statement(["iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion"], BOUNDARY, "Deny"),
)
OPERATORS = document(
    statement(KEY_ACTIONS, f"arn:aws:iam::{ACCOUNT}:user/team/*"),
    statement("iam:ListUsers"),
)
SAME_PROJECT = document(
    statement(
        ["iam:*User*", "iam:*AccessKey*"],
        Condition={"StringEquals": {"iam:ResourceTag/project": "${aws:PrincipalTag/project}"}},
    ),
    statement(["iam:TagUser", "iam:UntagUser"], effect="Deny"),
)

KINDS = {
    "root": "the root user",
    "admin": "AdministratorAccess",
    "power": "PowerUserAccess",
    "readonly": "ReadOnlyAccess",
    "audit": "SecurityAudit",
    "view": "ViewOnlyAccess",
    "iamfull": "IAMFullAccess",
    "iamread": "IAMReadOnlyAccess",
    "self": "manages the own access keys, in `/staff/`",
    "operator": "by its group, manages the access keys of users in `/team/`",
    "tagged": "does everything to users of the own project, but tags nobody",
    "bounded": "AdministratorAccess within a boundary that it can neither shed nor pass by",
    "nobody": "no policy at all",
}
ATTACHED = {
    "admin": aws_policy_arn("AdministratorAccess"),
    "power": aws_policy_arn("PowerUserAccess"),
    "readonly": aws_policy_arn("ReadOnlyAccess"),
    "audit": aws_policy_arn("SecurityAudit"),
    "view": policy_arn("ViewOnlyAccess", "/job-function/", "aws"),
    "iamfull": aws_policy_arn("IAMFullAccess"),
    "iamread": aws_policy_arn("IAMReadOnlyAccess"),
    "bounded": aws_policy_arn("AdministratorAccess"),
}
INLINE = {"self": SELF_SERVICE, "tagged": SAME_PROJECT}
PATHS = {"self": "/staff/", "tess": "/team/", "limited": "/team/"}
PROJECTS = {"bob": "red", "limited": "red"}
# The roles; one has a boundary. Both are in an instance profile of the same name and path.
ROLES = {"worker": None, "limited": BOUNDARY}
BATCH_ROLE = "aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch"


def user_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:user{PATHS.get(name, '/')}{name}"


@dataclass(frozen=True, eq=False)
class Row:
    """One operation on one thing. Each row is itself and no other."""

    operation: str
    on: str
    request: dict
    change: dict | None = None
    # The ARN that policies see, and the condition keys that the request brings along.
    resource: str = "*"
    context: dict = field(default_factory=dict)
    # Other actions and resources that have to be allowed as well.
    also: tuple = ()
    # What takes an allowed request back, where there is no request that changes nothing.
    undo: tuple | None = None
    # Whether root can ask for it of itself.
    for_root: bool = True

    def __repr__(self):
        return f"{self.operation} on {self.on}"

    @property
    def service(self):
        return self.operation.partition(":")[0]

    @property
    def action(self):
        return self.operation.partition(":")[2]


@dataclass(frozen=True)
class Somebody:
    """A principal of the matrix."""

    kind: str
    key: object
    spare_key_id: str

    def fill(self, value):
        """Parameters of a row with what this principal's placeholders stand for; no boundary is an empty text."""
        if isinstance(value, dict):
            return {name: self.fill(entry) for name, entry in value.items()}
        if isinstance(value, list):
            return [self.fill(entry) for entry in value]
        filled = value.replace(SELF, self.kind).replace(SELF_ARN, user_arn(self.kind))
        filled = filled.replace(OWN_BOUNDARY, BOUNDARY if self.kind == "bounded" else "")
        return filled.replace(KEY, self.spare_key_id)


def people(server):
    """Makes everybody and everything of the matrix; gives the principals and the spare keys of the others."""
    for name, text in {"boundary": BOUNDARY_DOCUMENT, "custom": policies.allow("s3:GetObject")}.items():
        server.ok("CreatePolicy", {"PolicyName": name, "PolicyDocument": text, "Tags": [{"Key": "a", "Value": "b"}]})
        # A second version, which is not in force.
        server.ok("CreatePolicyVersion", {"PolicyArn": policy_arn(name), "PolicyDocument": text})
    for group in ("staff", "operators"):
        server.ok("CreateGroup", {"GroupName": group})
        text = OPERATORS if group == "operators" else policies.allow("s3:GetObject")
        server.ok("PutGroupPolicy", {"GroupName": group, "PolicyName": "own", "PolicyDocument": text})
        server.ok("AttachGroupPolicy", {"GroupName": group, "PolicyArn": CUSTOM})
    server.ok("CreateAccountAlias", {"AccountAlias": "matrix"})
    for name in ROLES:
        make_role(server, name)
    server.ok("CreateServiceLinkedRole", {"AWSServiceName": "batch.amazonaws.com"})
    server.ok("UpdateAccountPasswordPolicy", PASSWORD_POLICY)
    server.ok("GenerateCredentialReport")
    server.ok("CreateVirtualMFADevice", {"VirtualMFADeviceName": "token", "Tags": [{"Key": "a", "Value": "b"}]})
    made = {kind: make(server, kind) for kind in KINDS if kind != "root"}
    server.ok("PutUserPermissionsBoundary", {"UserName": "bounded", "PermissionsBoundary": BOUNDARY})
    server.ok("AddUserToGroup", {"UserName": "operator", "GroupName": "operators"})
    others = {name: make(server, name).spare_key_id for name in ("bob", "tess")}
    for name in others:
        server.put_policy(name, policies.allow("s3:GetObject"), "own")
        server.ok("AttachUserPolicy", {"UserName": name, "PolicyArn": CUSTOM})
    server.ok("AddUserToGroup", {"UserName": "bob", "GroupName": "staff"})
    server.ok("PutUserPermissionsBoundary", {"UserName": "tess", "PermissionsBoundary": BOUNDARY})
    spare = server.ok("CreateAccessKey", key=ROOT).text("AccessKeyId")
    return {"root": Somebody("root", ROOT, spare)} | made, others


def make(server, name):
    tags = [{"Key": "project", "Value": PROJECTS.get(name, "blue")}]
    key = server.create_user_with_key(name, INLINE.get(name), Path=PATHS.get(name, "/"), Tags=tags)
    if name in ATTACHED:
        server.ok("AttachUserPolicy", {"UserName": name, "PolicyArn": ATTACHED[name]})
    return Somebody(name, key, server.create_key(name).access_key_id)


def make_role(server, name):
    place = {"Path": PATHS.get(name, "/"), "Tags": [{"Key": "project", "Value": PROJECTS.get(name, "blue")}]}
    trusting = {"AssumeRolePolicyDocument": EC2, "Description": "as it is"}
    bounded = {"PermissionsBoundary": ROLES[name]} if ROLES[name] else {}
    server.ok("CreateRole", {"RoleName": name, **trusting, **place, **bounded})
    server.ok("AttachRolePolicy", {"RoleName": name, "PolicyArn": CUSTOM})
    text = policies.allow("s3:GetObject")
    server.ok("PutRolePolicy", {"RoleName": name, "PolicyName": "own", "PolicyDocument": text})
    server.ok("CreateInstanceProfile", {"InstanceProfileName": name, **place})
    server.ok("AddRoleToInstanceProfile", {"InstanceProfileName": name, "RoleName": name})


def everything(name, value):
    return {name: value, "PolicyDocument": policies.EVERYTHING}


# The request of each operation on a user besides its name, and the one that would be seen.
ON_USERS = {
    "CreateAccessKey": ({}, None),
    "ListAccessKeys": ({}, None),
    "UpdateAccessKey": ({"AccessKeyId": KEY, "Status": "Active"}, {"AccessKeyId": KEY, "Status": "Inactive"}),
    "DeleteAccessKey": ({"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, {"AccessKeyId": KEY}),
    "GetUser": ({}, None),
    "UpdateUser": ({}, {"NewPath": "/elsewhere/"}),
    "DeleteUser": ({}, None),
    "TagUser": ({"Tags": [{"Key": "project", "Value": "{project}"}]}, {"Tags": [{"Key": "new", "Value": "x"}]}),
    "UntagUser": ({"TagKeys": ["absent"]}, {"TagKeys": ["project"]}),
    "ListUserTags": ({}, None),
    "ListGroupsForUser": ({}, None),
    "PutUserPolicy": ({"PolicyName": "own", "PolicyDocument": "{}"}, everything("PolicyName", "own")),
    "GetUserPolicy": ({"PolicyName": "absent"}, None),
    "ListUserPolicies": ({}, None),
    "DeleteUserPolicy": ({"PolicyName": "absent"}, {"PolicyName": "own"}),
    "AttachUserPolicy": ({"PolicyArn": ABSENT}, {"PolicyArn": ATTACHED["admin"]}),
    "DetachUserPolicy": ({"PolicyArn": ABSENT}, {"PolicyArn": CUSTOM}),
    "ListAttachedUserPolicies": ({}, None),
    "PutUserPermissionsBoundary": ({"PermissionsBoundary": ABSENT}, {"PermissionsBoundary": CUSTOM}),
    "DeleteUserPermissionsBoundary": ({}, None),
}
TOKEN, ABSENT_TOKEN = (f"arn:aws:iam::{ACCOUNT}:mfa/{name}" for name in ("token", "absent"))
CODES = {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}
ON_USERS |= {
    # Without a password none is made.
    "CreateLoginProfile": ({}, {"Password": "Change-me-1"}),
    "GetLoginProfile": ({}, None),
    "UpdateLoginProfile": ({"Password": "Change-me-1"}, None),
    "DeleteLoginProfile": ({}, None),
    "EnableMFADevice": ({"SerialNumber": ABSENT_TOKEN} | CODES, None),
    "ResyncMFADevice": ({"SerialNumber": ABSENT_TOKEN} | CODES, None),
    "DeactivateMFADevice": ({"SerialNumber": ABSENT_TOKEN}, None),
    "ListMFADevices": ({}, None),
    "GetMFADevice": ({"SerialNumber": ABSENT_TOKEN}, None),
}
ON_DEVICES = {
    "TagMFADevice": ({"Tags": [{"Key": "a", "Value": "b"}]}, {"Tags": [{"Key": "new", "Value": "x"}]}),
    "UntagMFADevice": ({"TagKeys": ["absent"]}, {"TagKeys": ["a"]}),
    "ListMFADeviceTags": ({}, None),
}
# Where the caller need not name itself.
OF_ONESELF = {"CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "GetUser"}

ON_GROUPS = {
    "AddUserToGroup": ({"UserName": "bob"}, {"UserName": "tess"}),
    "RemoveUserFromGroup": ({"UserName": "tess"}, {"UserName": "bob"}),
    "CreateGroup": ({}, None),
    "GetGroup": ({}, None),
    "UpdateGroup": ({}, {"NewGroupName": "other"}),
    "DeleteGroup": ({}, None),
    "PutGroupPolicy": ({"PolicyName": "own", "PolicyDocument": "{}"}, everything("PolicyName", "own")),
    "GetGroupPolicy": ({"PolicyName": "own"}, None),
    "ListGroupPolicies": ({}, None),
    "DeleteGroupPolicy": ({"PolicyName": "absent"}, {"PolicyName": "own"}),
    "AttachGroupPolicy": ({"PolicyArn": ABSENT}, {"PolicyArn": ATTACHED["admin"]}),
    "DetachGroupPolicy": ({"PolicyArn": ABSENT}, {"PolicyArn": CUSTOM}),
    "ListAttachedGroupPolicies": ({}, None),
}
TAGGED = ({"Tags": [{"Key": "project", "Value": "{project}"}]}, {"Tags": [{"Key": "new", "Value": "x"}]})
UNTAGGED = ({"TagKeys": ["absent"]}, {"TagKeys": ["project"]})
ON_ROLES = {
    "CreateRole": ({"AssumeRolePolicyDocument": EC2}, None),
    "GetRole": ({}, None),
    "UpdateRole": ({}, {"Description": "other"}),
    "UpdateRoleDescription": ({"Description": "as it is"}, {"Description": "other"}),
    "UpdateAssumeRolePolicy": ({"PolicyDocument": "{}"}, {"PolicyDocument": policies.trust(ACCOUNT)}),
    "DeleteRole": ({}, None),
    "TagRole": TAGGED,
    "UntagRole": UNTAGGED,
    "ListRoleTags": ({}, None),
    "PutRolePolicy": ({"PolicyName": "own", "PolicyDocument": "{}"}, everything("PolicyName", "own")),
    "GetRolePolicy": ({"PolicyName": "absent"}, None),
    "ListRolePolicies": ({}, None),
    "DeleteRolePolicy": ({"PolicyName": "absent"}, {"PolicyName": "own"}),
    "AttachRolePolicy": ({"PolicyArn": ABSENT}, {"PolicyArn": ATTACHED["admin"]}),
    "DetachRolePolicy": ({"PolicyArn": ABSENT}, {"PolicyArn": CUSTOM}),
    "ListAttachedRolePolicies": ({}, None),
    "PutRolePermissionsBoundary": ({"PermissionsBoundary": ABSENT}, {"PermissionsBoundary": CUSTOM}),
    "DeleteRolePermissionsBoundary": ({}, None),
    "ListInstanceProfilesForRole": ({}, None),
    "DeleteServiceLinkedRole": ({}, None),
}
# Where policies can ask for the boundary that a role has, or gets.
ASKED_FOR_BOUNDARY = {
    "GetRole",
    "UpdateRole",
    "UpdateRoleDescription",
    "UpdateAssumeRolePolicy",
    "DeleteRole",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
}
ON_INSTANCE_PROFILES = {
    "CreateInstanceProfile": ({}, None),
    "GetInstanceProfile": ({}, None),
    "DeleteInstanceProfile": ({}, None),
    "AddRoleToInstanceProfile": ({"RoleName": "worker"}, None),
    "RemoveRoleFromInstanceProfile": ({"RoleName": "absent"}, {"RoleName": "{own}"}),
    "TagInstanceProfile": TAGGED,
    "UntagInstanceProfile": UNTAGGED,
    "ListInstanceProfileTags": ({}, None),
}
ON_POLICIES = {
    "GetPolicy": ({}, None),
    "DeletePolicy": ({}, None),
    "CreatePolicyVersion": ({"PolicyDocument": "{}"}, everything("SetAsDefault", "true")),
    "GetPolicyVersion": ({"VersionId": "v1"}, None),
    "ListPolicyVersions": ({}, None),
    "SetDefaultPolicyVersion": ({"VersionId": "v1"}, {"VersionId": "v2"}),
    "DeletePolicyVersion": ({"VersionId": "v9"}, {"VersionId": "v2"}),
    "TagPolicy": ({"Tags": [{"Key": "a", "Value": "b"}]}, {"Tags": [{"Key": "new", "Value": "x"}]}),
    "UntagPolicy": ({"TagKeys": ["absent"]}, {"TagKeys": ["a"]}),
    "ListPolicyTags": ({}, None),
    "ListEntitiesForPolicy": ({}, None),
}
PASSWORD_POLICY = {"MinimumPasswordLength": "8"}
ON_EVERYTHING = {
    "iam:ListVirtualMFADevices": ({}, None, None),
    "iam:GetAccountPasswordPolicy": ({}, None, None),
    "iam:UpdateAccountPasswordPolicy": (PASSWORD_POLICY, {"MinimumPasswordLength": "9"}, None),
    "iam:GenerateCredentialReport": ({}, None, None),
    "iam:GetCredentialReport": ({}, None, None),
    "iam:ListUsers": ({}, None, "user/"),
    "iam:ListGroups": ({}, None, "group/"),
    "iam:ListPolicies": ({"Scope": "Local"}, None, "policy/"),
    "iam:ListRoles": ({}, None, "role/"),
    "iam:ListInstanceProfiles": ({}, None, None),
    "iam:GetAccountSummary": ({}, None, None),
    "iam:GetAccountAuthorizationDetails": ({}, None, None),
    "iam:ListAccountAliases": ({}, None, None),
    "iam:CreateAccountAlias": ({"AccountAlias": "matrix"}, {"AccountAlias": "other"}, None),
    "iam:DeleteAccountAlias": ({"AccountAlias": "absent"}, {"AccountAlias": "matrix"}, None),
    "iam:SimulateCustomPolicy": ({"PolicyInputList": [SELF_SERVICE], "ActionNames": ["iam:GetUser"]}, None, None),
    "iam:GetContextKeysForCustomPolicy": ({"PolicyInputList": [SELF_SERVICE]}, None, None),
    "sts:GetAccessKeyInfo": ({"AccessKeyId": KEY}, None, None),
    "sts:GetCallerIdentity": ({}, None, None),
    "sts:DecodeAuthorizationMessage": ({"EncodedMessage": "none"}, None, None),
}
# Operations that look into a user, group or role named by its ARN.
INTO_POLICIES = {
    "SimulatePrincipalPolicy": ("PolicySourceArn", {"ActionNames": ["iam:GetUser"]}),
    "GetContextKeysForPrincipalPolicy": ("PolicySourceArn", {}),
    "ListPoliciesGrantingServiceAccess": ("Arn", {"ServiceNamespaces": ["iam"]}),
}


def rows(others):
    """All rows. `others` are the spare keys of the users that are no principals of the matrix."""
    yield from on_users(others)
    yield from creating_users()
    yield from on_roles()
    yield from on_instance_profiles()
    for on, name in {"itself": SELF, "user/bob": "bob", "user/team/tess": "tess"}.items():
        request = {"AccessKeyId": others.get(name, KEY)}
        arn, context = user(name)
        yield Row("iam:GetAccessKeyLastUsed", on, request, None, arn, context)
    group = f"arn:aws:iam::{ACCOUNT}:group/staff"
    for action, (request, change) in ON_GROUPS.items():
        named = {"GroupName": "staff"}
        context = policy_context(request)
        change = {"GroupName": "other"} if action == "CreateGroup" else change and named | change
        yield Row(f"iam:{action}", "group/staff", named | request, change, group, context)
    yield Row(
        "iam:CreatePolicy",
        "policy/custom",
        {"PolicyName": "custom", "PolicyDocument": policies.allow("s3:GetObject")},
        everything("PolicyName", "new"),
        CUSTOM,
    )
    for name in ("custom", "boundary"):
        arn = policy_arn(name)
        for action, (request, change) in ON_POLICIES.items():
            named = {"PolicyArn": arn}
            context = {"aws:ResourceTag/a": ("string", ["b"])} | tag_context(request)
            yield Row(f"iam:{action}", f"policy/{name}", named | request, change and named | change, arn, context)
    yield from on_devices_and_passwords()
    for operation, (request, change, kind) in ON_EVERYTHING.items():
        arn = f"arn:aws:iam::{ACCOUNT}:{kind}" if kind else "*"
        yield Row(operation, kind or "*", request, change, arn)
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    yield Row("sts:GetFederationToken", "federated-user/guest", {"Name": "guest"}, None, federated)
    for action, (parameter, request) in INTO_POLICIES.items():
        for on, name in {"itself": SELF, "user/bob": "bob", "user/team/tess": "tess"}.items():
            arn, context = user(name)
            yield Row(
                f"iam:{action}", on, {parameter: arn} | request, None, arn, context, for_root=name != SELF
            )
        yield Row(f"iam:{action}", "group/staff", {parameter: group} | request, None, group)
        for name in ROLES:
            arn = role_arn(name, PATHS.get(name, "/"))
            yield Row(f"iam:{action}", on_role(name), {parameter: arn} | request, None, arn, resource_tags(name))


# What no cell can show, and where it is tested instead.
ELSEWHERE = {
    "sts:AssumeRole": "the role's trust policy decides first: a table of its own in the tests of authority",
    "sts:GetSessionToken": "needs no permission, and root's answer has another length of life: test_session_tokens.py",
}


def on_devices_and_passwords():
    tagged = {"aws:ResourceTag/a": ("string", ["b"])}
    for action, (request, change) in ON_DEVICES.items():
        named, context = {"SerialNumber": TOKEN}, tagged | tag_context(request)
        yield Row(f"iam:{action}", "mfa/token", named | request, change and named | change, TOKEN, context)
    yield Row(
        "iam:CreateVirtualMFADevice",
        "mfa/token",
        {"VirtualMFADeviceName": "token"},
        None,
        TOKEN,
    )
    yield Row("iam:DeleteVirtualMFADevice", "mfa/absent", {"SerialNumber": ABSENT_TOKEN}, None, ABSENT_TOKEN)
    undo = ("UpdateAccountPasswordPolicy", PASSWORD_POLICY)
    yield Row("iam:DeleteAccountPasswordPolicy", "*", {}, undo=undo)
    passwords = {"OldPassword": "Change-me-1", "NewPassword": "Change-me-2"}
    arn, context = user(SELF)
    yield Row("iam:ChangePassword", "itself", passwords, None, arn, context, for_root=False)


def user(name):
    """The ARN of a user, and the condition keys of its tags."""
    return SELF_ARN if name == SELF else user_arn(name), resource_tags(name)


def resource_tags(name):
    project = ("string", [PROJECTS.get(name, "blue")])
    return {f"{service}:ResourceTag/project": project for service in ("aws", "iam")}


def on_role(name):
    """How the matrix calls a role."""
    return f"role{PATHS.get(name, '/')}{name}"


def on_users(others):
    for action, (request, change) in ON_USERS.items():
        for on, name in {"itself": SELF, "user/bob": "bob", "user/team/tess": "tess"}.items():
            arn, context = user(name)
            implicit = name == SELF and action in OF_ONESELF
            named = {} if implicit else {"UserName": name}
            own = {KEY: others.get(name, KEY), "{project}": PROJECTS.get(name, "blue")}
            context |= tag_context(put_in(request, own)) | policy_context(request)
            if action.endswith(("UserPolicy", "PermissionsBoundary")) and not action.startswith(("Get", "List")):
                has = {"tess": BOUNDARY, SELF: OWN_BOUNDARY}.get(name)
                boundary = request.get("PermissionsBoundary", has)
                context |= {"iam:PermissionsBoundary": ("string", [boundary])} if boundary else {}
            undo = None
            if (action, name) == ("DeleteUserPermissionsBoundary", "tess"):
                undo = ("PutUserPermissionsBoundary", {"UserName": "tess", "PermissionsBoundary": BOUNDARY})
            yield Row(
                f"iam:{action}",
                on,
                named | put_in(request, own),
                named | put_in(change, own) if change else None,
                arn,
                context,
                undo=undo,
                for_root=name != SELF or implicit,
            )
    arn, context = user("bob")
    yield Row(
        "iam:UpdateUser",
        "user/bob to /team/",
        # Nothing is moved: the name is taken, too.
        {"UserName": "bob", "NewPath": "/team/", "NewUserName": "tess"},
        {"UserName": "bob", "NewPath": "/team/"},
        arn,
        context,
        also=(("iam:UpdateUser", user_arn("tess")),),
    )
    arn, context = user("tess")
    yield Row(
        "iam:PutUserPermissionsBoundary",
        "user/team/tess as it is",
        {"UserName": "tess", "PermissionsBoundary": BOUNDARY},
        None,
        arn,
        context | {"iam:PermissionsBoundary": ("string", [BOUNDARY])},
    )


def creating_users():
    with_boundary = {"PermissionsBoundary": BOUNDARY}
    with_tags = {"Tags": [{"Key": "project", "Value": "blue"}]}
    boundary_context = {"iam:PermissionsBoundary": ("string", [BOUNDARY])}
    for on, name, parameters, context, also in [
        ("user/bob", "bob", {}, {}, ()),
        ("user/bob with tags", "bob", with_tags, tag_context(with_tags), (("iam:TagUser", user_arn("bob")),)),
        ("user/bob with boundary", "bob", with_boundary, boundary_context, ()),
        ("user/team/tess", "tess", {"Path": "/team/"}, {}, ()),
    ]:
        request = {"UserName": name} | parameters
        change = request | {"UserName": "carol"}
        yield Row("iam:CreateUser", on, request, change, user_arn(name), context, also)


def on_roles():
    for action, (request, change) in ON_ROLES.items():
        for name, has in ROLES.items():
            named = {"RoleName": name} | ({"Path": PATHS.get(name, "/")} if action == "CreateRole" else {})
            own = {"{project}": PROJECTS.get(name, "blue")}
            context = {} if action == "CreateRole" else resource_tags(name)
            context |= tag_context(put_in(request, own)) | policy_context(request)
            boundary = request.get("PermissionsBoundary", has)
            if boundary and action in ASKED_FOR_BOUNDARY:
                context["iam:PermissionsBoundary"] = ("string", [boundary])
            undo = None
            if (action, has) == ("DeleteRolePermissionsBoundary", BOUNDARY):
                undo = ("PutRolePermissionsBoundary", {"RoleName": name, "PermissionsBoundary": BOUNDARY})
            yield Row(
                f"iam:{action}",
                on_role(name),
                named | put_in(request, own),
                named | put_in(change, own) if change else None,
                role_arn(name, PATHS.get(name, "/")),
                context,
                undo=undo,
            )
    for on, parameters, also in [
        ("role/worker with tags", {"Tags": [{"Key": "project", "Value": "blue"}]}, ("iam:TagRole",)),
        ("role/worker with boundary", {"PermissionsBoundary": BOUNDARY}, ()),
    ]:
        context = tag_context(parameters)
        if "PermissionsBoundary" in parameters:
            context["iam:PermissionsBoundary"] = ("string", [BOUNDARY])
        request = {"RoleName": "worker", "AssumeRolePolicyDocument": EC2} | parameters
        arn = role_arn("worker")
        also = tuple((action, arn) for action in also)
        yield Row("iam:CreateRole", on, request, request | {"RoleName": "other"}, arn, context, also)
    batch = f"arn:aws:iam::{ACCOUNT}:role/{BATCH_ROLE}"
    yield Row(
        "iam:CreateServiceLinkedRole",
        "role of a service",
        {"AWSServiceName": "batch.amazonaws.com"},
        {"AWSServiceName": "ecs.amazonaws.com"},
        batch,
        {"iam:AWSServiceName": ("string", ["batch.amazonaws.com"])},
    )
    yield Row(
        "iam:GetServiceLinkedRoleDeletionStatus",
        "role of a service",
        # The id of a role of this account that there never was.
        {"DeletionTaskId": f"task/{BATCH_ROLE}/AROARZPUZDIKKVM7ASIMW"},
        None,
        batch,
    )


def on_instance_profiles():
    for action, (request, change) in ON_INSTANCE_PROFILES.items():
        for name in ROLES:
            path = PATHS.get(name, "/")
            named = {"InstanceProfileName": name} | ({"Path": path} if action == "CreateInstanceProfile" else {})
            own = {"{project}": PROJECTS.get(name, "blue"), "{own}": name}
            tags = {"aws:ResourceTag/project": ("string", [own["{project}"]])}
            context = {} if action == "CreateInstanceProfile" else tags
            yield Row(
                f"iam:{action}",
                f"instance-profile{path}{name}",
                named | put_in(request, own),
                named | put_in(change, own) if change else None,
                f"arn:aws:iam::{ACCOUNT}:instance-profile{path}{name}",
                context | tag_context(put_in(request, own)),
            )


def put_in(value, texts):
    """Parameters with these texts in place of their placeholders."""
    if isinstance(value, dict):
        return {name: put_in(entry, texts) for name, entry in value.items()}
    if isinstance(value, list):
        return [put_in(entry, texts) for entry in value]
    return texts.get(value, value)


def tag_context(request):
    """The condition keys of the tags that a request carries."""
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}
    keys = [*tags, *request.get("TagKeys", [])]
    context = {f"aws:RequestTag/{key}": ("string", [value]) for key, value in tags.items()}
    return context | ({"aws:TagKeys": ("stringList", keys)} if keys else {})


def policy_context(request):
    arn = request.get("PolicyArn")
    return {"iam:PolicyARN": ("string", [arn])} if arn else {}
