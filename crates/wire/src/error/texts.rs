//! `(code, message)`, one row per situation. AWS's own words wherever AWS's words are known.

use keystead_policy::MalformedPolicy;

use super::{ApiError, ErrorCode};
use crate::Operation;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) => $code:ident $message:literal;)*) => {
        impl ApiError {
            $(
                $(#[$doc])*
                pub fn $name($($argument: $type),*) -> Self {
                    Self::new(ErrorCode::$code, texts!(@message $message $($argument)*))
                }
            )*
        }
    };
    (@message $message:literal) => { $message };
    (@message $message:literal $($argument:ident)+) => { format!($message) };
}
pub(super) use texts;

texts! {
    // Users.
    /// No user of the account has this name.
    no_such_user(name: &str) => NoSuchEntity "The user with name {name} cannot be found.";
    /// The name is taken, perhaps in another case.
    user_already_exists(name: &str) => EntityAlreadyExists "User with name {name} already exists.";
    /// The user still has access keys.
    must_delete_access_keys_first() => DeleteConflict "Cannot delete entity, must delete access keys first.";
    /// The user still has a password for the console.
    must_delete_login_profile_first() => DeleteConflict "Cannot delete entity, must delete login profile first.";
    /// The user still has MFA devices.
    must_delete_mfa_device_first() => DeleteConflict "Cannot delete entity, must delete MFA device first.";
    /// The same tag twice in one request, regardless of case.
    duplicate_tag_keys() => InvalidInput "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    /// More tags than an entity may have.
    too_many_tags() => LimitExceeded "The number of tags has reached the maximum limit.";

    // Passwords.
    /// The user has no password for the console.
    no_such_login_profile(name: &str) => NoSuchEntity "Login Profile for User {name} cannot be found.";
    /// The user has one already.
    login_profile_already_exists(name: &str) => EntityAlreadyExists "Login Profile for user {name} already exists.";
    /// A password that the account's policy does not take, or that the user had before.
    password_policy_violation() => PasswordPolicyViolation
        "Password does not conform to the account password policy.";
    /// A login profile that is to be made without a password.
    password_missing() => ValidationError "A password must be given.";
    /// What was given as the present password is not.
    old_password_incorrect() => AccessDenied "The old password was incorrect.";
    /// ChangePassword by root, a role or a federated user.
    only_users_change_passwords() => InvalidUserType "Only IAM Users can change their own password";
    /// The account has no password policy.
    no_password_policy(account: &str) => NoSuchEntity "The Password Policy with domain name {account} cannot be found.";
    /// The same, where it is to be deleted.
    no_account_policy(name: &str) => NoSuchEntity "The account policy with name {name} cannot be found.";

    // MFA devices.
    /// The account has no device of this serial number, or the user has not.
    no_such_mfa_device(serial: &str) => NoSuchEntity "MFA Device with serial number {serial} does not exist.";
    /// The serial number is taken.
    mfa_device_already_exists() => EntityAlreadyExists "MFA device already exists.";
    /// The device is somebody's already.
    mfa_device_in_use() => EntityAlreadyExists "MFA Device is already in use.";
    /// The device is to be deleted, and still somebody's.
    mfa_device_must_be_deactivated() => DeleteConflict "Cannot delete an MFA device in use, must deactivate it first.";
    /// Codes that the device does not show in a row at about this time, or that were used before.
    mfa_codes_not_valid() => InvalidAuthenticationCode "Authentication code for device is not valid.";
    /// What a browser says that a passkey signed is not what was asked, or was not asked just now.
    passkey_not_valid() => InvalidAuthenticationCode "The passkey was not accepted. Begin again.";
    /// The passkey is registered already.
    passkey_in_use() => EntityAlreadyExists "This passkey is already registered.";
    /// Browsers know no passkeys for where the console is.
    no_passkeys_here() => InvalidInput "Passkeys need the console to be at https and a host name, or at localhost.";
    /// So many wrong codes that no more are looked at for a while.
    too_many_mfa_codes() => LimitExceeded "Too many wrong authentication codes for this device. Try again later.";
    /// Path and name together make a serial number that is too long.
    mfa_serial_too_long(limit: usize) => ValidationError
        "The serial number of an MFA device must not have more than {limit} characters: choose a shorter path or name.";

    // Groups.
    /// No group of the account has this name.
    no_such_group(name: &str) => NoSuchEntity "The group with name {name} cannot be found.";
    /// The name is taken, perhaps in another case.
    group_already_exists(name: &str) => EntityAlreadyExists "Group with name {name} already exists.";
    /// The user is still in a group, or the group still has users.
    must_remove_users_from_group_first() => DeleteConflict
        "Cannot delete entity, must remove users from group first.";

    // Roles.
    /// No role of the account has this name.
    no_such_role(name: &str) => NoSuchEntity "The role with name {name} cannot be found.";
    /// The name is taken, perhaps in another case.
    role_already_exists(name: &str) => EntityAlreadyExists "Role with name {name} already exists.";
    /// A service's role, to be changed by who is no service.
    role_is_protected(name: &str) => UnmodifiableEntity
        "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS";
    /// A path at which only services have roles.
    path_of_service_linked_roles() => InvalidInput
        "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
    /// The principal of a trust policy is nobody.
    unknown_principal(name: &str) => MalformedPolicyDocument "Invalid principal in policy: \"AWS\":\"{name}\"";
    /// Nothing is known of roles of this service.
    service_without_linked_role(service: &str) => InvalidInput "Service {service} has no service-linked role.";
    /// A service that has one role at most.
    custom_suffix_not_allowed(service: &str) => InvalidInput "Custom suffix is not allowed for {service}";
    /// The service has this role already.
    service_role_name_taken(name: &str) => InvalidInput
        "Service role name {name} has been taken in this account, please try a different suffix.";
    /// Something else where the id of a deletion belongs.
    deletion_task_unfit(id: &str) => InvalidInput "Deletion task id {id} is not valid.";
    /// The role of this deletion is still there, or never was.
    no_such_deletion_task(id: &str) => NoSuchEntity "Deletion task {id} cannot be found.";

    // Instance profiles.
    /// No instance profile of the account has this name.
    no_such_instance_profile(name: &str) => NoSuchEntity "Instance Profile {name} cannot be found.";
    /// The name is taken, perhaps in another case.
    instance_profile_already_exists(name: &str) => EntityAlreadyExists "Instance Profile {name} already exists.";
    /// The instance profile has another role, or none.
    role_not_in_instance_profile(role: &str, profile: &str) => NoSuchEntity
        "Role {role} in Instance Profile {profile} cannot be found.";
    /// The role is still in an instance profile, or the instance profile still has a role.
    must_remove_roles_from_instance_profile_first() => DeleteConflict
        "Cannot delete entity, must remove roles from instance profile first.";

    // Policies.
    /// The user, group or role, which `kind` says, has no inline policy of this name.
    no_such_inline_policy(kind: &str, name: &str) => NoSuchEntity
        "The {kind} policy with name {name} cannot be found.";
    /// The inline policies of a user, group or role, which `kind` says, would have more characters than they may.
    inline_policies_too_large(characters: u32, kind: &str, name: &str) => LimitExceeded
        "Maximum policy size of {characters} bytes exceeded for {kind} {name}";
    /// Inline policies are still there.
    must_delete_policies_first() => DeleteConflict "Cannot delete entity, must delete policies first.";
    /// Managed policies are still attached.
    must_detach_policies_first() => DeleteConflict "Cannot delete entity, must detach all policies first.";
    /// No managed policy has this ARN, or it is not attached.
    no_such_policy(arn: &str) => NoSuchEntity "Policy {arn} was not found.";
    /// No managed policy has this ARN, where one was to be used.
    policy_not_attachable(arn: &str) => NoSuchEntity "Policy {arn} does not exist or is not attachable.";
    /// No managed policy has this ARN, where one was to be a permissions boundary.
    boundary_not_attachable(arn: &str) => NoSuchEntity "Scope ARN: {arn} does not exist or is not attachable.";
    /// Something else where the ARN of a permissions boundary belongs.
    invalid_arn(arn: &str) => InvalidInput "ARN {arn} is not valid.";
    /// Something else where the ARN of a policy belongs.
    unfit_arn(arn: &str) => ValidationError "ARN {arn} is not valid.";

    // Access keys.
    /// No such key, or it is not the named user's.
    no_such_access_key(id: &str) => NoSuchEntity "The Access Key with id {id} cannot be found.";
    /// A quota is used up, such as `AccessKeysPerUser`.
    quota_exceeded(quota: &str, limit: u64) => LimitExceeded "Cannot exceed quota for {quota}: {limit}";
    /// A status that the model allows and that nobody can set.
    status_cannot_be_set(status: &str) => InvalidInput "The status {status} cannot be set.";
    /// No user was named and the caller is none.
    must_specify_user_name() => ValidationError "Must specify userName when calling with non-User credentials";
    /// GetAccessKeyInfo of an id that carries no account and is no key of this server.
    access_key_info_unknown() => ValidationError "The specified access key does not exist.";

    // Managed policies.
    /// No such version of a policy, or no such policy.
    no_such_policy_version(arn: &str, version: &str) => NoSuchEntity
        "Policy {arn} version {version} does not exist or is not attachable.";
    /// The name is taken, perhaps in another case.
    policy_already_exists(name: &str) => EntityAlreadyExists
        "A policy called {name} already exists. Duplicate names are not allowed.";
    /// A user or group still has it.
    policy_is_attached() => DeleteConflict "Cannot delete a policy attached to entities.";
    /// Not only the default version is left.
    policy_has_versions() => DeleteConflict
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.";
    /// The version is in force.
    cannot_delete_default_version() => DeleteConflict "Cannot delete the default version of a policy.";
    /// As many versions as a policy may have.
    too_many_policy_versions() => LimitExceeded
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.";
    /// The same tag twice in one request; keys of policies' tags are told apart by case.
    duplicate_policy_tag_keys() => InvalidInput "Duplicate tag keys found.";
    /// One of AWS's policies, to be deleted.
    cannot_delete_foreign_policy() => AccessDenied "Cannot delete policies outside your own account.";
    /// A version of one of AWS's policies, to be deleted.
    cannot_delete_foreign_policy_version() => AccessDenied
        "Cannot delete policy versions for policies outside your own account.";
    /// One of AWS's policies, to be changed in another way.
    cannot_update_foreign_policy() => AccessDenied "Cannot update policies outside your own account.";

    // Simulation.
    /// Something else where the ARN of a user, group or role belongs.
    not_an_entity_arn(arn: &str) => InvalidInput
        "Invalid Entity Arn: {arn} does not clearly define entity type and name.";
    /// A policy to be simulated that is none.
    malformed_simulated_policy(policy: &str, fault: &str) => InvalidInput "{policy}: {fault}";
    /// More than one permissions boundary.
    too_many_boundaries() => InvalidInput "The list of Permissions Boundary policies cannot exceed 1 items.";
    /// An action without a service.
    simulated_action_unfit() => InvalidInput "The action is invalid since it is missing names";
    /// A resource that is no ARN, or `*` beside others.
    simulated_resource_unfit(resource: &str) => InvalidInput
        "ResourceNames are not in a valid ARN format: {resource}.";
    /// A caller that is no user.
    simulated_caller_unfit() => InvalidInput
        "Invalid caller - Caller must be an IAM user, role or group in this context.";
    /// A resource's policy, and nobody who asks.
    simulated_caller_missing() => InvalidInput "Invalid caller - Caller cannot be null or empty.";
    /// An owner of resources that is no ARN of an account.
    resource_owner_unfit() => InvalidInput "Invalid Resource Owner.";
    /// A level of an organization without policies.
    organization_level_empty(index: usize) => InvalidInput
        "Organization policy at index {index} must contain at least one service control policy";
    /// A policy to be left out that is named in no way, or in several.
    policy_identifier_unfit() => InvalidInput
        "A policy identifier must specify exactly one of PolicyType, PolicyArn, or InlinePolicyIdentifier.";
    /// A value for no key.
    context_key_unnamed() => InvalidInput "ContextKeyName cannot be null or empty.";
    /// Two entries for one key.
    context_key_twice(key: &str) => InvalidInput "Duplicate context key: {key}.";
    /// Values of no type.
    context_key_untyped(key: &str) => InvalidInput "Context key {key} has invalid type null.";
    /// A key without a value.
    context_key_without_value(key: &str) => InvalidInput
        "Context values for context key {key} cannot be null or empty.";
    /// Several values for a key of one.
    context_key_has_one_value(kind: &str, count: usize) => InvalidInput
        "Context key {kind} expected a single value, but received {count}.";
    /// A value that its type does not have.
    context_value_unfit(key: &str, expected: &str) => InvalidInput
        "Invalid context value for key {key}: expected {expected}.";
    /// More work than one request may make.
    simulation_too_large() => InvalidInput
        "The simulation is too large: give fewer or shorter policies, or fewer resources.";

    // Account.
    /// No such alias.
    no_such_account_alias(alias: &str) => NoSuchEntity "The account alias with name {alias} cannot be found.";
    /// The alias is another account's.
    account_alias_already_exists(alias: &str) => EntityAlreadyExists "The account alias {alias} already exists.";

    // Parameters.
    /// What the model's constraints have against the input; made by the decoder.
    validation(message: String) => ValidationError "{message}";
    /// A name that is empty or has characters that names do not have.
    unfit_name(field: &str) => ValidationError
        "The specified value for {field} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-";
    /// A path that does not begin and end with a slash, or has characters that paths do not have.
    unfit_path(field: &str) => ValidationError
        "The specified value for {field} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    /// A marker that was not given out for this listing.
    invalid_marker() => ValidationError "Invalid Marker.";
    /// `Name=` and `Name=` again.
    repeated_parameter(name: &str) => InvalidQueryParameter "The parameter {name} is given more than once.";
    /// `Name.…=` where a plain value belongs.
    value_given_as_structure() => MalformedInput "Start of structure or map found where not expected";
    /// `Name=value` where a structure belongs.
    structure_given_as_value() => MalformedInput "Unexpected complex element termination";
    /// `Name=value` where a list belongs.
    list_given_as_value() => MalformedInput "Unexpected list element termination";
    /// `Name.1=` in place of `Name.member.1=`.
    list_without_member() => MalformedInput "Top level element may not be treated as a list";
    /// An index that is no number, or a gap between indices.
    malformed_list_index() => MalformedInput "List elements must be numbered from 1 without a gap";
    /// No integer, or none of 32 bits.
    not_an_integer() => MalformedInput "A parameter that should be an integer is not one";
    /// Neither `true` nor `false`.
    not_a_boolean() => MalformedInput "A parameter that should be true or false is neither";

    // Requests as such.
    /// An escape that the text ends within.
    incomplete_escape() => MalformedQueryString "Incomplete trailing escape % sequence";
    /// Bytes that are not UTF-8.
    form_not_utf8() => InvalidQueryParameter "The request's parameters are not valid UTF-8.";
    /// More parameters than any operation has use for.
    too_many_parameters(limit: usize) => InvalidQueryParameter "The request has more than {limit} parameters.";
    /// No `Action`, or an empty one.
    missing_action() => MissingAction "The request must contain the parameter Action.";
    /// No operation of this name in this version of a service.
    unknown_operation(action: &str, version: &str) => InvalidAction
        "Could not find operation {action} for version {version}";
    /// `X-Amz-Target` of a service or operation that is not here.
    unknown_target(target: &str) => UnknownOperationException "Could not find operation {target}";
    /// A path that no service is at.
    unknown_path() => NotFound "IAM and STS are at the path / of this endpoint.";
    /// A method other than GET and POST. As on AWS, the answer leads to the documentation.
    method_not_allowed() => MethodNotAllowed "The method must be GET or POST.";
    /// A body that is no form. AWS answers with a web page.
    unsupported_content_type() => UnsupportedContentType
        "The body must be application/x-www-form-urlencoded in UTF-8.";
    /// A body beyond the limit.
    body_too_large(limit: usize) => RequestEntityTooLarge "The body must not be larger than {limit} bytes.";

    /// No single, well-formed host, or a target that is no path.
    malformed_request() => BadRequest "The request's target or Host header is malformed.";
    /// A target beyond the limit.
    target_too_long(limit: usize) => RequestUriTooLong "The path and query must not be longer than {limit} bytes.";
    /// More headers, or more bytes of them, than the limits.
    headers_too_large(limit: usize) => RequestHeaderSectionTooLarge
        "The headers must not be larger than {limit} bytes, nor too many.";
    /// A body that came too slowly.
    request_timeout() => RequestTimeout "The request's body did not arrive in time.";

    // Failures.
    /// Too many failed signatures.
    throttling() => Throttling "Rate exceeded";
}

impl ApiError {
    /// A malformed escape, of which the two characters after the percent sign are shown.
    pub(crate) fn illegal_escape(high: u8, low: u8) -> Self {
        let pattern = String::from_utf8_lossy(&[high, low]).into_owned();
        let message = format!("Illegal hex character in escape % pattern: %{pattern}");
        Self::new(ErrorCode::MalformedQueryString, message)
    }

    /// A policy document that breaks a rule of the policy language. The text is the policy library's, which
    /// has AWS's; the operator is told which rule, and where.
    pub fn malformed_policy(malformed: &MalformedPolicy) -> Self {
        let (check, position) = (malformed.check(), malformed.position());
        Self::new(ErrorCode::MalformedPolicyDocument, malformed.to_string()).for_operator(format!(
            "{check:?} at line {}, column {}",
            position.line, position.column
        ))
    }

    /// A credential report that was never asked for. AWS gives no message.
    pub fn report_not_present() -> Self {
        Self {
            message: None,
            ..Self::new(ErrorCode::ReportNotPresent, "")
        }
    }

    /// An operation that AWS has and Keystead has not. The answer begins with AWS's own sentence.
    pub fn not_implemented(operation: &Operation) -> Self {
        let (name, version) = (operation.name, operation.service.version());
        let message = format!(
            "Could not find operation {name} for version {version}. Keystead does not implement it yet."
        );
        Self::new(ErrorCode::InvalidAction, message)
    }

    /// Something went wrong that should not have: HTTP status 500.
    pub fn service_failure(operator: String) -> Self {
        let message = "The request processing has failed because of an unknown error, exception or failure.";
        Self::new(ErrorCode::ServiceFailure, message).for_operator(operator)
    }

    /// The store cannot be written or read at the moment: HTTP status 503, so that clients try again.
    pub fn service_unavailable(operator: String) -> Self {
        let message = "The request has failed due to a temporary failure of the server.";
        let error = Self::new(ErrorCode::ServiceFailure, message).for_operator(operator);
        Self {
            status: ErrorCode::ServiceUnavailable.status(),
            ..error
        }
    }
}
