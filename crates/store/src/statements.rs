//! Every statement of the store, once, for SQLite and PostgreSQL alike.
//!
//! The subset that both run: parameters are numbered in the order of their first use; no function,
//! type or clause of one engine only; an insert that may meet an existing row says
//! `ON CONFLICT DO NOTHING`, and the count of rows tells. A rule that concurrent writers could break
//! is a condition of an update on the row that they share, never a count of other rows. Pages
//! go by key.

macro_rules! statements {
    ($($name:ident = $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*

        /// All of them by name, for the tests that hold them to the subset and see that each ran.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

statements! {
    // The change feed.
    FEED_REVISION = "SELECT revision FROM feed WHERE shard = $1";
    ADVANCE_FEED = "UPDATE feed SET revision = $1 WHERE shard = $2 AND revision = $3";
    INSERT_CHANGE = "INSERT INTO change (shard, revision, kind, subject) VALUES ($1, $2, $3, $4)";
    CHANGES_AFTER = "SELECT revision, kind, subject FROM change \
        WHERE shard = $1 AND revision > $2 ORDER BY revision LIMIT $3";
    OLDEST_CHANGE = "SELECT revision FROM change WHERE shard = $1 ORDER BY revision LIMIT 1";
    DELETE_CHANGES = "DELETE FROM change WHERE shard = $1 AND revision <= $2";

    // Accounts.
    INSERT_ACCOUNT = "INSERT INTO account (id, alias, created_at, users_quota, access_keys_quota, \
        access_keys_counted, \
        groups_quota, policies_quota, attached_policies_quota, roles_quota, instance_profiles_quota, \
        role_attached_policies_quota, user_count, root_key_count, root_active_key_count, group_count, policy_count, \
        policy_version_count, role_count, instance_profile_count, mfa_device_count, mfa_device_in_use_count) \
        VALUES ($1, NULL, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) \
        ON CONFLICT DO NOTHING";
    ACCOUNT = "SELECT id, alias, created_at, users_quota, access_keys_quota, access_keys_counted, \
        groups_quota, policies_quota, attached_policies_quota, roles_quota, instance_profiles_quota, \
        role_attached_policies_quota, user_count, root_key_count, group_count, policy_count, policy_version_count, \
        role_count, instance_profile_count, mfa_device_count, mfa_device_in_use_count, root_sessions_not_before, \
        credential_report_at FROM account WHERE id = $1";
    ACCOUNTS_AFTER = "SELECT id, alias, created_at, users_quota, access_keys_quota, access_keys_counted, \
        groups_quota, policies_quota, attached_policies_quota, roles_quota, instance_profiles_quota, \
        role_attached_policies_quota, user_count, root_key_count, group_count, policy_count, policy_version_count, \
        role_count, instance_profile_count, mfa_device_count, mfa_device_in_use_count, root_sessions_not_before, \
        credential_report_at FROM account WHERE id > $1 ORDER BY id LIMIT $2";
    ACCOUNT_OF_ALIAS = "SELECT id FROM account WHERE alias = $1";
    SET_ACCOUNT_ALIAS = "UPDATE account SET alias = $1 WHERE id = $2";
    SET_ACCOUNT_SETTINGS = "UPDATE account SET users_quota = $1, access_keys_quota = $2, \
        access_keys_counted = $3, groups_quota = $4, policies_quota = $5, attached_policies_quota = $6, \
        roles_quota = $7, instance_profiles_quota = $8, role_attached_policies_quota = $9 WHERE id = $10";
    COUNT_USER = "UPDATE account SET user_count = user_count + 1 WHERE id = $1 AND user_count < users_quota";
    UNCOUNT_USER = "UPDATE account SET user_count = user_count - 1 WHERE id = $1 AND user_count > 0";

    // Users.
    INSERT_USER = "INSERT INTO iam_user (account, id, name, folded_name, path, created_at, key_count, \
        active_key_count, tag_count, group_count, attached_policy_count, inline_policy_count, inline_characters, \
        login_profile_count, mfa_device_count) \
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING";
    USER_BY_NAME = "SELECT account, id, name, path, created_at, key_count, active_key_count, \
        tag_count, group_count, attached_policy_count, inline_policy_count, boundary_policy_id, \
        login_profile_count, mfa_device_count, password_last_used_at, sessions_not_before \
        FROM iam_user WHERE account = $1 AND folded_name = $2 AND name = $3";
    USER_BY_ID = "SELECT account, id, name, path, created_at, key_count, active_key_count, \
        tag_count, group_count, attached_policy_count, inline_policy_count, boundary_policy_id, \
        login_profile_count, mfa_device_count, password_last_used_at, sessions_not_before \
        FROM iam_user WHERE account = $1 AND id = $2";
    USER_ID_OF_FOLDED_NAME = "SELECT id FROM iam_user WHERE account = $1 AND folded_name = $2";
    USERS_AFTER = "SELECT account, id, name, path, created_at, key_count, active_key_count, \
        tag_count, group_count, attached_policy_count, inline_policy_count, boundary_policy_id, \
        login_profile_count, mfa_device_count, password_last_used_at, sessions_not_before \
        FROM iam_user WHERE account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    USERS_WITHOUT_MFA_AFTER = "SELECT account, id, name, path, created_at, key_count, active_key_count, \
        tag_count, group_count, attached_policy_count, inline_policy_count, boundary_policy_id, \
        login_profile_count, mfa_device_count, password_last_used_at, sessions_not_before \
        FROM iam_user WHERE login_profile_count = 1 AND mfa_device_count = 0 \
        AND account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    USERS_WITHOUT_MFA = "SELECT folded_name FROM iam_user \
        WHERE login_profile_count = 1 AND mfa_device_count = 0 AND account = $1 ORDER BY folded_name LIMIT $2";
    USER_NAMES_AFTER = "SELECT folded_name FROM iam_user \
        WHERE account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    UPDATE_USER = "UPDATE iam_user SET name = $1, folded_name = $2, path = $3 WHERE account = $4 AND id = $5";
    DELETE_USER = "DELETE FROM iam_user WHERE account = $1 AND id = $2 AND key_count = 0 AND group_count = 0 \
        AND attached_policy_count = 0 AND inline_policy_count = 0 AND login_profile_count = 0 \
        AND mfa_device_count = 0";

    // Groups and their members.
    COUNT_GROUP = "UPDATE account SET group_count = group_count + 1 WHERE id = $1 AND group_count < groups_quota";
    UNCOUNT_GROUP = "UPDATE account SET group_count = group_count - 1 WHERE id = $1 AND group_count > 0";
    INSERT_GROUP = "INSERT INTO iam_group (account, id, name, folded_name, path, created_at, member_count, \
        attached_policy_count, inline_policy_count, inline_characters) \
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0) ON CONFLICT DO NOTHING";
    GROUP_BY_NAME = "SELECT account, id, name, path, created_at, member_count, attached_policy_count, \
        inline_policy_count \
        FROM iam_group WHERE account = $1 AND folded_name = $2 AND name = $3";
    GROUP_BY_ID = "SELECT account, id, name, path, created_at, member_count, attached_policy_count, \
        inline_policy_count \
        FROM iam_group WHERE account = $1 AND id = $2";
    GROUP_ID_OF_FOLDED_NAME = "SELECT id FROM iam_group WHERE account = $1 AND folded_name = $2";
    GROUPS_AFTER = "SELECT account, id, name, path, created_at, member_count, attached_policy_count, \
        inline_policy_count \
        FROM iam_group WHERE account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    UPDATE_GROUP = "UPDATE iam_group SET name = $1, folded_name = $2, path = $3 WHERE account = $4 AND id = $5";
    DELETE_GROUP = "DELETE FROM iam_group WHERE account = $1 AND id = $2 AND member_count = 0 \
        AND attached_policy_count = 0 AND inline_policy_count = 0";
    COUNT_MEMBERSHIP = "UPDATE iam_user SET group_count = group_count + 1 \
        WHERE account = $1 AND id = $2 AND group_count < $3";
    UNCOUNT_MEMBERSHIP = "UPDATE iam_user SET group_count = group_count - 1 \
        WHERE account = $1 AND id = $2 AND group_count > 0";
    COUNT_MEMBER = "UPDATE iam_group SET member_count = member_count + $1 \
        WHERE account = $2 AND id = $3 AND member_count + $1 >= 0";
    INSERT_MEMBER = "INSERT INTO iam_group_member (account, group_id, user_id, joined_revision) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    MEMBER = "SELECT joined_revision FROM iam_group_member WHERE account = $1 AND group_id = $2 AND user_id = $3";
    DELETE_MEMBER = "DELETE FROM iam_group_member WHERE account = $1 AND group_id = $2 AND user_id = $3";
    MEMBERS_AFTER = "SELECT u.account, u.id, u.name, u.path, u.created_at, u.key_count, u.active_key_count, \
        u.tag_count, u.group_count, u.attached_policy_count, u.inline_policy_count, u.boundary_policy_id, \
        u.login_profile_count, u.mfa_device_count, u.password_last_used_at, u.sessions_not_before, \
        m.joined_revision \
        FROM iam_group_member m JOIN iam_user u ON u.account = m.account AND u.id = m.user_id \
        WHERE m.account = $1 AND m.group_id = $2 AND m.joined_revision > $3 ORDER BY m.joined_revision LIMIT $4";
    // SQLite keeps to the order of a CROSS JOIN; by itself it would look each group of the account up for the user.
    GROUPS_OF_USER = "SELECT g.account, g.id, g.name, g.path, g.created_at, g.member_count, \
        g.attached_policy_count, g.inline_policy_count \
        FROM iam_group_member m CROSS JOIN iam_group g \
        WHERE m.account = $1 AND m.user_id = $2 AND g.account = m.account AND g.id = m.group_id \
        ORDER BY g.folded_name";

    // Roles.
    COUNT_ROLE = "UPDATE account SET role_count = role_count + 1 WHERE id = $1 AND role_count < roles_quota";
    UNCOUNT_ROLE = "UPDATE account SET role_count = role_count - 1 WHERE id = $1 AND role_count > 0";
    INSERT_ROLE = "INSERT INTO iam_role (account, id, name, folded_name, path, description, trust_policy, \
        trust_policy_with_ids, session_seconds_max, created_at, tag_count, attached_policy_count, \
        inline_policy_count, inline_characters, instance_profile_count) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING";
    ROLE_BY_NAME = "SELECT account, id, name, path, description, trust_policy, trust_policy_with_ids, \
        session_seconds_max, created_at, tag_count, attached_policy_count, inline_policy_count, \
        instance_profile_count, boundary_policy_id, sessions_not_before \
        FROM iam_role \
        WHERE account = $1 AND folded_name = $2 AND name = $3";
    ROLE_BY_ID = "SELECT account, id, name, path, description, trust_policy, trust_policy_with_ids, \
        session_seconds_max, created_at, tag_count, attached_policy_count, inline_policy_count, \
        instance_profile_count, boundary_policy_id, sessions_not_before \
        FROM iam_role \
        WHERE account = $1 AND id = $2";
    ROLE_ID_OF_FOLDED_NAME = "SELECT id FROM iam_role WHERE account = $1 AND folded_name = $2";
    ROLES_AFTER = "SELECT account, id, name, path, description, trust_policy, trust_policy_with_ids, \
        session_seconds_max, created_at, tag_count, attached_policy_count, inline_policy_count, \
        instance_profile_count, boundary_policy_id, sessions_not_before \
        FROM iam_role \
        WHERE account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    UPDATE_ROLE = "UPDATE iam_role SET description = $1, session_seconds_max = $2 WHERE account = $3 AND id = $4";
    SET_TRUST_POLICY = "UPDATE iam_role SET trust_policy = $1, trust_policy_with_ids = $2 \
        WHERE account = $3 AND id = $4";
    DELETE_ROLE = "DELETE FROM iam_role WHERE account = $1 AND id = $2 AND attached_policy_count = 0 \
        AND inline_policy_count = 0 AND instance_profile_count = 0";
    ROLE_USAGE = "SELECT last_used_at, region FROM iam_role_usage WHERE account = $1 AND role_id = $2";
    INSERT_ROLE_USAGE = "INSERT INTO iam_role_usage (account, role_id, last_used_at, region) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    UPDATE_ROLE_USAGE = "UPDATE iam_role_usage SET last_used_at = $1, region = $2 \
        WHERE account = $3 AND role_id = $4 AND last_used_at <= $1";
    DELETE_ROLE_USAGE = "DELETE FROM iam_role_usage WHERE account = $1 AND role_id = $2";

    // Instance profiles.
    COUNT_INSTANCE_PROFILE = "UPDATE account SET instance_profile_count = instance_profile_count + 1 \
        WHERE id = $1 AND instance_profile_count < instance_profiles_quota";
    UNCOUNT_INSTANCE_PROFILE = "UPDATE account SET instance_profile_count = instance_profile_count - 1 \
        WHERE id = $1 AND instance_profile_count > 0";
    INSERT_INSTANCE_PROFILE = "INSERT INTO iam_instance_profile (account, id, name, folded_name, path, created_at, \
        tag_count) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT DO NOTHING";
    INSTANCE_PROFILE_BY_NAME = "SELECT account, id, name, path, created_at, role_id, tag_count \
        FROM iam_instance_profile \
        WHERE account = $1 AND folded_name = $2 AND name = $3";
    INSTANCE_PROFILE_BY_ID = "SELECT account, id, name, path, created_at, role_id, tag_count \
        FROM iam_instance_profile \
        WHERE account = $1 AND id = $2";
    INSTANCE_PROFILE_ID_OF_FOLDED_NAME = "SELECT id FROM iam_instance_profile \
        WHERE account = $1 AND folded_name = $2";
    INSTANCE_PROFILES_AFTER = "SELECT account, id, name, path, created_at, role_id, tag_count \
        FROM iam_instance_profile \
        WHERE account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    INSTANCE_PROFILES_OF_ROLE_AFTER = "SELECT account, id, name, path, created_at, role_id, tag_count \
        FROM iam_instance_profile \
        WHERE account = $1 AND role_id = $2 AND folded_name > $3 ORDER BY folded_name LIMIT $4";
    PUT_ROLE_INTO_INSTANCE_PROFILE = "UPDATE iam_instance_profile SET role_id = $1 \
        WHERE account = $2 AND id = $3 AND role_id IS NULL";
    TAKE_ROLE_OUT_OF_INSTANCE_PROFILE = "UPDATE iam_instance_profile SET role_id = NULL \
        WHERE account = $1 AND id = $2 AND role_id = $3";
    COUNT_INSTANCE_PROFILE_OF_ROLE = "UPDATE iam_role SET instance_profile_count = instance_profile_count + $1 \
        WHERE account = $2 AND id = $3 AND instance_profile_count + $1 >= 0";
    DELETE_INSTANCE_PROFILE = "DELETE FROM iam_instance_profile WHERE account = $1 AND id = $2 AND role_id IS NULL";

    // Managed policies and their versions.
    COUNT_POLICY = "UPDATE account SET policy_count = policy_count + 1, \
        policy_version_count = policy_version_count + 1 \
        WHERE id = $1 AND policy_count < policies_quota AND policy_version_count < $2";
    UNCOUNT_POLICY = "UPDATE account SET policy_count = policy_count - 1, \
        policy_version_count = policy_version_count - 1 WHERE id = $1 AND policy_count > 0";
    INSERT_POLICY = "INSERT INTO iam_policy (account, id, name, folded_name, path, description, created_at, \
        updated_at, default_version, latest_version, version_count, attachment_count, boundary_count, tag_count) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, 1, 1, 0, 0, 0) ON CONFLICT DO NOTHING";
    POLICY_BY_NAME = "SELECT account, id, name, path, description, created_at, updated_at, default_version, \
        latest_version, version_count, attachment_count, boundary_count, tag_count \
        FROM iam_policy WHERE account = $1 AND folded_name = $2 AND name = $3 AND path = $4";
    POLICY_BY_ID = "SELECT account, id, name, path, description, created_at, updated_at, default_version, \
        latest_version, version_count, attachment_count, boundary_count, tag_count \
        FROM iam_policy WHERE account = $1 AND id = $2";
    POLICY_ID_OF_FOLDED_NAME = "SELECT id FROM iam_policy WHERE account = $1 AND folded_name = $2";
    POLICIES_AFTER = "SELECT account, id, name, path, description, created_at, updated_at, default_version, \
        latest_version, version_count, attachment_count, boundary_count, tag_count \
        FROM iam_policy WHERE account = $1 AND folded_name > $2 ORDER BY folded_name LIMIT $3";
    DELETE_POLICY = "DELETE FROM iam_policy WHERE account = $1 AND id = $2 AND attachment_count = 0 \
        AND boundary_count = 0 AND version_count = 1";
    COUNT_POLICY_VERSION = "UPDATE account SET policy_version_count = policy_version_count + 1 \
        WHERE id = $1 AND policy_version_count < $2";
    UNCOUNT_POLICY_VERSION = "UPDATE account SET policy_version_count = policy_version_count - 1 \
        WHERE id = $1 AND policy_version_count > 0";
    ADD_POLICY_VERSION = "UPDATE iam_policy SET latest_version = $1, version_count = version_count + 1, \
        updated_at = $2, default_version = $3 \
        WHERE account = $4 AND id = $5 AND latest_version < $1 AND version_count < $6";
    UNCOUNT_VERSION_OF_POLICY = "UPDATE iam_policy SET version_count = version_count - 1 \
        WHERE account = $1 AND id = $2 AND default_version <> $3 AND version_count > 1";
    SET_DEFAULT_POLICY_VERSION = "UPDATE iam_policy SET default_version = $1 WHERE account = $2 AND id = $3";
    INSERT_POLICY_VERSION = "INSERT INTO iam_policy_version (account, policy_id, version, document, created_at) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    POLICY_VERSION = "SELECT version, document, created_at FROM iam_policy_version \
        WHERE account = $1 AND policy_id = $2 AND version = $3";
    POLICY_VERSIONS = "SELECT version, document, created_at FROM iam_policy_version \
        WHERE account = $1 AND policy_id = $2 ORDER BY version DESC";
    DELETE_POLICY_VERSION = "DELETE FROM iam_policy_version WHERE account = $1 AND policy_id = $2 AND version = $3";

    // What managed policies are used for. AWS's own have no row but that of their use.
    USE_POLICY = "UPDATE iam_policy SET attachment_count = attachment_count + $1, \
        boundary_count = boundary_count + $2 \
        WHERE account = $3 AND id = $4 AND attachment_count + $1 >= 0 AND boundary_count + $2 >= 0";
    USE_AWS_POLICY = "UPDATE iam_aws_policy_use SET attachment_count = attachment_count + $1, \
        boundary_count = boundary_count + $2 \
        WHERE account = $3 AND policy_id = $4 AND attachment_count + $1 >= 0 AND boundary_count + $2 >= 0";
    INSERT_AWS_POLICY_USE = "INSERT INTO iam_aws_policy_use (account, policy_id, attachment_count, boundary_count) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    AWS_POLICY_USES = "SELECT policy_id, attachment_count, boundary_count FROM iam_aws_policy_use WHERE account = $1";
    COUNT_USER_ATTACHMENT = "UPDATE iam_user SET attached_policy_count = attached_policy_count + $1 \
        WHERE account = $2 AND id = $3 AND attached_policy_count + $1 <= $4";
    COUNT_GROUP_ATTACHMENT = "UPDATE iam_group SET attached_policy_count = attached_policy_count + $1 \
        WHERE account = $2 AND id = $3 AND attached_policy_count + $1 <= $4";
    COUNT_ROLE_ATTACHMENT = "UPDATE iam_role SET attached_policy_count = attached_policy_count + $1 \
        WHERE account = $2 AND id = $3 AND attached_policy_count + $1 <= $4";
    INSERT_ATTACHMENT = "INSERT INTO iam_policy_attachment (account, owner_id, policy_id, attached_revision) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    ATTACHMENT = "SELECT attached_revision FROM iam_policy_attachment \
        WHERE account = $1 AND owner_id = $2 AND policy_id = $3";
    DELETE_ATTACHMENT = "DELETE FROM iam_policy_attachment WHERE account = $1 AND owner_id = $2 AND policy_id = $3";
    ATTACHED_POLICIES = "SELECT a.policy_id, p.name, p.path, v.version, v.document \
        FROM iam_policy_attachment a \
        LEFT JOIN iam_policy p ON p.account = a.account AND p.id = a.policy_id \
        LEFT JOIN iam_policy_version v \
        ON v.account = p.account AND v.policy_id = p.id AND v.version = p.default_version \
        WHERE a.account = $1 AND a.owner_id = $2 ORDER BY a.attached_revision, a.policy_id";
    ATTACHED_TO = "SELECT owner_id FROM iam_policy_attachment \
        WHERE account = $1 AND policy_id = $2 AND owner_id > $3 AND owner_id < $4 ORDER BY owner_id LIMIT $5";
    USERS_BOUNDED_BY = "SELECT id FROM iam_user \
        WHERE account = $1 AND boundary_policy_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    ROLES_BOUNDED_BY = "SELECT id FROM iam_role \
        WHERE account = $1 AND boundary_policy_id = $2 AND id > $3 ORDER BY id LIMIT $4";
    SET_USER_BOUNDARY = "UPDATE iam_user SET boundary_policy_id = $1 WHERE account = $2 AND id = $3";
    SET_ROLE_BOUNDARY = "UPDATE iam_role SET boundary_policy_id = $1 WHERE account = $2 AND id = $3";

    // Inline policies of users, groups and roles.
    COUNT_USER_INLINE = "UPDATE iam_user SET inline_policy_count = inline_policy_count + $1, \
        inline_characters = inline_characters + $2 WHERE account = $3 AND id = $4 AND inline_characters + $2 <= $5";
    COUNT_GROUP_INLINE = "UPDATE iam_group SET inline_policy_count = inline_policy_count + $1, \
        inline_characters = inline_characters + $2 WHERE account = $3 AND id = $4 AND inline_characters + $2 <= $5";
    COUNT_ROLE_INLINE = "UPDATE iam_role SET inline_policy_count = inline_policy_count + $1, \
        inline_characters = inline_characters + $2 WHERE account = $3 AND id = $4 AND inline_characters + $2 <= $5";
    INSERT_INLINE_POLICY = "INSERT INTO iam_inline_policy (account, owner_id, name, document, characters) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    UPDATE_INLINE_POLICY = "UPDATE iam_inline_policy SET document = $1, characters = $2 \
        WHERE account = $3 AND owner_id = $4 AND name = $5";
    INLINE_POLICY = "SELECT name, document, characters FROM iam_inline_policy \
        WHERE account = $1 AND owner_id = $2 AND name = $3";
    INLINE_POLICIES = "SELECT name, document FROM iam_inline_policy \
        WHERE account = $1 AND owner_id = $2 ORDER BY name";
    INLINE_POLICY_NAMES_AFTER = "SELECT name FROM iam_inline_policy \
        WHERE account = $1 AND owner_id = $2 AND name > $3 ORDER BY name LIMIT $4";
    DELETE_INLINE_POLICY = "DELETE FROM iam_inline_policy WHERE account = $1 AND owner_id = $2 AND name = $3";

    // Tags of users, managed policies, roles, instance profiles and MFA devices.
    TAGS = "SELECT tag_key, tag_value FROM iam_tag \
        WHERE account = $1 AND owner_id = $2 ORDER BY compared_key";
    COUNT_USER_TAGS = "UPDATE iam_user SET tag_count = tag_count + $1 \
        WHERE account = $2 AND id = $3 AND tag_count + $1 <= $4";
    COUNT_POLICY_TAGS = "UPDATE iam_policy SET tag_count = tag_count + $1 \
        WHERE account = $2 AND id = $3 AND tag_count + $1 <= $4";
    COUNT_ROLE_TAGS = "UPDATE iam_role SET tag_count = tag_count + $1 \
        WHERE account = $2 AND id = $3 AND tag_count + $1 <= $4";
    COUNT_INSTANCE_PROFILE_TAGS = "UPDATE iam_instance_profile SET tag_count = tag_count + $1 \
        WHERE account = $2 AND id = $3 AND tag_count + $1 <= $4";
    INSERT_TAG = "INSERT INTO iam_tag (account, owner_id, compared_key, tag_key, tag_value) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    UPDATE_TAG = "UPDATE iam_tag SET tag_key = $1, tag_value = $2 \
        WHERE account = $3 AND owner_id = $4 AND compared_key = $5";
    DELETE_TAG = "DELETE FROM iam_tag WHERE account = $1 AND owner_id = $2 AND compared_key = $3";
    DELETE_TAGS = "DELETE FROM iam_tag WHERE account = $1 AND owner_id = $2";

    // Access keys. A key of root has an empty user id.
    COUNT_USER_KEY = "UPDATE iam_user SET key_count = key_count + 1, active_key_count = active_key_count + $1 \
        WHERE account = $2 AND id = $3 AND key_count < $4 AND active_key_count < $5";
    COUNT_ROOT_KEY = "UPDATE account SET root_key_count = root_key_count + 1, \
        root_active_key_count = root_active_key_count + $1 \
        WHERE id = $2 AND root_key_count < $3 AND root_active_key_count < $4";
    UNCOUNT_USER_KEY = "UPDATE iam_user SET key_count = key_count - 1, active_key_count = active_key_count - $1 \
        WHERE account = $2 AND id = $3 AND key_count > 0";
    UNCOUNT_ROOT_KEY = "UPDATE account SET root_key_count = root_key_count - 1, \
        root_active_key_count = root_active_key_count - $1 WHERE id = $2 AND root_key_count > 0";
    COUNT_ACTIVE_USER_KEY = "UPDATE iam_user SET active_key_count = active_key_count + $1 \
        WHERE account = $2 AND id = $3 AND active_key_count + $1 <= $4";
    COUNT_ACTIVE_ROOT_KEY = "UPDATE account SET root_active_key_count = root_active_key_count + $1 \
        WHERE id = $2 AND root_active_key_count + $1 <= $3";
    INSERT_ACCESS_KEY = "INSERT INTO iam_access_key (id, account, user_id, status, data_key, sealed_secret, \
        created_revision, created_at, status_changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
        ON CONFLICT DO NOTHING";
    ACCESS_KEY = "SELECT id, account, user_id, status, created_at, status_changed_at \
        FROM iam_access_key WHERE id = $1";
    ACCESS_KEY_SECRET = "SELECT data_key, sealed_secret FROM iam_access_key WHERE id = $1";
    ACCESS_KEYS_AFTER = "SELECT id, account, user_id, status, created_at, status_changed_at, created_revision \
        FROM iam_access_key WHERE account = $1 AND user_id = $2 AND created_revision > $3 \
        ORDER BY created_revision LIMIT $4";
    ACTIVE_ACCESS_KEYS_AFTER = "SELECT id, account, user_id, status, created_at, status_changed_at \
        FROM iam_access_key WHERE status = 'Active' AND account = $1 AND used = $2 AND created_at < $3 \
        AND (created_at, id) > ($4, $5) ORDER BY created_at, id LIMIT $6";
    ACTIVE_ACCESS_KEY_IDS = "SELECT id FROM iam_access_key \
        WHERE status = 'Active' AND account = $1 AND used = $2 AND created_at < $3 ORDER BY created_at, id LIMIT $4";
    SET_ACCESS_KEY_USED = "UPDATE iam_access_key SET used = 1 WHERE id = $1";
    SET_ACCESS_KEY_STATUS = "UPDATE iam_access_key SET status = $1, status_changed_at = $2 WHERE id = $3";
    DELETE_ACCESS_KEY = "DELETE FROM iam_access_key WHERE id = $1";
    RETIRE_ID = "INSERT INTO iam_retired_id (id) VALUES ($1) ON CONFLICT DO NOTHING";
    RETIRED_ID = "SELECT id FROM iam_retired_id WHERE id = $1";

    // Virtual MFA devices.
    COUNT_MFA_DEVICE = "UPDATE account SET mfa_device_count = mfa_device_count + 1 \
        WHERE id = $1 AND mfa_device_count < users_quota";
    UNCOUNT_MFA_DEVICE = "UPDATE account SET mfa_device_count = mfa_device_count - 1 \
        WHERE id = $1 AND mfa_device_count > 0";
    COUNT_MFA_DEVICE_IN_USE = "UPDATE account SET mfa_device_in_use_count = mfa_device_in_use_count + $1 \
        WHERE id = $2 AND mfa_device_in_use_count + $1 >= 0";
    COUNT_MFA_DEVICE_OF_USER = "UPDATE iam_user SET mfa_device_count = mfa_device_count + 1 \
        WHERE account = $1 AND id = $2 AND mfa_device_count < $3";
    UNCOUNT_MFA_DEVICE_OF_USER = "UPDATE iam_user SET mfa_device_count = mfa_device_count - 1 \
        WHERE account = $1 AND id = $2 AND mfa_device_count > 0";
    COUNT_MFA_DEVICE_TAGS = "UPDATE iam_mfa_device SET tag_count = tag_count + $1 \
        WHERE account = $2 AND arn = $3 AND tag_count + $1 <= $4";
    INSERT_MFA_DEVICE = "INSERT INTO iam_mfa_device (account, arn, data_key, sealed_seed, created_at, last_step, \
        drift_steps, failure_count, failures_since, tag_count) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, 0, 0) \
        ON CONFLICT DO NOTHING";
    MFA_DEVICE = "SELECT arn, created_at, user_id, enabled_at, last_step, drift_steps, failure_count, \
        failures_since, tag_count FROM iam_mfa_device \
        WHERE account = $1 AND arn = $2";
    MFA_DEVICE_SEED = "SELECT data_key, sealed_seed FROM iam_mfa_device WHERE account = $1 AND arn = $2";
    MFA_DEVICES_OF = "SELECT arn, created_at, user_id, enabled_at, last_step, drift_steps, failure_count, \
        failures_since, tag_count FROM iam_mfa_device \
        WHERE account = $1 AND user_id = $2 ORDER BY arn";
    MFA_DEVICES_AFTER = "SELECT arn, created_at, user_id, enabled_at, last_step, drift_steps, failure_count, \
        failures_since, tag_count FROM iam_mfa_device \
        WHERE account = $1 AND arn > $2 ORDER BY arn LIMIT $3";
    ASSIGN_MFA_DEVICE = "UPDATE iam_mfa_device SET user_id = $1, enabled_at = $2 \
        WHERE account = $3 AND arn = $4 AND user_id IS NULL";
    UNASSIGN_MFA_DEVICE = "UPDATE iam_mfa_device SET user_id = NULL, enabled_at = NULL, failure_count = 0 \
        WHERE account = $1 AND arn = $2 AND user_id = $3";
    USE_MFA_CODE = "UPDATE iam_mfa_device SET last_step = $1, drift_steps = $2, failure_count = 0 \
        WHERE account = $3 AND arn = $4 AND last_step < $1";
    COUNT_WRONG_MFA_CODE = "UPDATE iam_mfa_device SET failure_count = $1, failures_since = $2 \
        WHERE account = $3 AND arn = $4 AND failure_count = $5 AND failures_since = $6";
    DELETE_MFA_DEVICE = "DELETE FROM iam_mfa_device WHERE account = $1 AND arn = $2 AND user_id IS NULL";

    // Passwords.
    COUNT_LOGIN_PROFILE = "UPDATE iam_user SET login_profile_count = login_profile_count + 1 \
        WHERE account = $1 AND id = $2 AND login_profile_count = 0";
    UNCOUNT_LOGIN_PROFILE = "UPDATE iam_user SET login_profile_count = login_profile_count - 1 \
        WHERE account = $1 AND id = $2 AND login_profile_count > 0";
    INSERT_LOGIN_PROFILE = "INSERT INTO iam_login_profile (account, user_id, password_hash, reset_required, \
        created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING";
    LOGIN_PROFILE = "SELECT created_at, changed_at, reset_required FROM iam_login_profile \
        WHERE account = $1 AND user_id = $2";
    PASSWORD_HASH = "SELECT password_hash FROM iam_login_profile WHERE account = $1 AND user_id = $2";
    SET_PASSWORD = "UPDATE iam_login_profile SET password_hash = $1, reset_required = $2, changed_at = $3 \
        WHERE account = $4 AND user_id = $5";
    SET_PASSWORD_RESET_REQUIRED = "UPDATE iam_login_profile SET reset_required = $1 \
        WHERE account = $2 AND user_id = $3";
    DELETE_LOGIN_PROFILE = "DELETE FROM iam_login_profile WHERE account = $1 AND user_id = $2";
    SET_PASSWORD_LAST_USED = "UPDATE iam_user SET password_last_used_at = $1 \
        WHERE account = $2 AND id = $3 AND (password_last_used_at IS NULL OR password_last_used_at <= $1)";
    FORMER_PASSWORDS = "SELECT number, password_hash FROM iam_former_password \
        WHERE account = $1 AND user_id = $2 ORDER BY number DESC LIMIT $3";
    INSERT_FORMER_PASSWORD = "INSERT INTO iam_former_password (account, user_id, number, password_hash) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    FORGET_FORMER_PASSWORDS = "DELETE FROM iam_former_password \
        WHERE account = $1 AND user_id = $2 AND number <= $3";
    DELETE_FORMER_PASSWORDS = "DELETE FROM iam_former_password WHERE account = $1 AND user_id = $2";
    PASSWORD_POLICY = "SELECT minimum_password_length, require_symbols, require_numbers, \
        require_uppercase_characters, require_lowercase_characters, allow_users_to_change_password, \
        max_password_age, password_reuse_prevention, hard_expiry FROM iam_password_policy WHERE account = $1";
    INSERT_PASSWORD_POLICY = "INSERT INTO iam_password_policy (account, minimum_password_length, require_symbols, \
        require_numbers, require_uppercase_characters, require_lowercase_characters, \
        allow_users_to_change_password, max_password_age, password_reuse_prevention, hard_expiry) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    DELETE_PASSWORD_POLICY = "DELETE FROM iam_password_policy WHERE account = $1";
    SET_CREDENTIAL_REPORT = "UPDATE account SET credential_report_at = $1 WHERE id = $2";

    // What keys were used for.
    USAGE = "SELECT last_used_at, service, region FROM iam_access_key_usage \
        WHERE account = $1 AND access_key = $2";
    INSERT_USAGE = "INSERT INTO iam_access_key_usage (account, access_key, last_used_at, service, region) \
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    UPDATE_USAGE = "UPDATE iam_access_key_usage SET last_used_at = $1, service = $2, region = $3 \
        WHERE account = $4 AND access_key = $5 AND last_used_at <= $1";
    DELETE_USAGE = "DELETE FROM iam_access_key_usage WHERE account = $1 AND access_key = $2";
    USAGE_DAYS = "SELECT day, requests FROM iam_access_key_usage_day \
        WHERE account = $1 AND access_key = $2 ORDER BY day";
    INSERT_USAGE_DAY = "INSERT INTO iam_access_key_usage_day (account, access_key, day, requests) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    UPDATE_USAGE_DAY = "UPDATE iam_access_key_usage_day SET requests = requests + $1 \
        WHERE account = $2 AND access_key = $3 AND day = $4";
    DELETE_USAGE_DAYS_BEFORE = "DELETE FROM iam_access_key_usage_day \
        WHERE account = $1 AND access_key = $2 AND day < $3";
    DELETE_USAGE_DAYS = "DELETE FROM iam_access_key_usage_day WHERE account = $1 AND access_key = $2";
    USAGE_SOURCES = "SELECT service, region, source_address, user_agent, last_used_at \
        FROM iam_access_key_usage_source WHERE account = $1 AND access_key = $2 \
        ORDER BY last_used_at DESC, service, region, source_address, user_agent";
    INSERT_USAGE_SOURCE = "INSERT INTO iam_access_key_usage_source (account, access_key, service, region, \
        source_address, user_agent, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    UPDATE_USAGE_SOURCE = "UPDATE iam_access_key_usage_source \
        SET last_used_at = CASE WHEN last_used_at < $1 THEN $1 ELSE last_used_at END \
        WHERE account = $2 AND access_key = $3 AND service = $4 AND region = $5 AND source_address = $6 \
        AND user_agent = $7";
    DELETE_USAGE_SOURCE = "DELETE FROM iam_access_key_usage_source WHERE account = $1 AND access_key = $2 \
        AND service = $3 AND region = $4 AND source_address = $5 AND user_agent = $6";
    DELETE_USAGE_SOURCES = "DELETE FROM iam_access_key_usage_source WHERE account = $1 AND access_key = $2";

    // Sealing.
    DATA_KEYS = "SELECT id, master_key, sealed_key FROM data_key ORDER BY id";
    INSERT_DATA_KEY = "INSERT INTO data_key (id, master_key, sealed_key) VALUES ($1, $2, $3)";
    UPDATE_DATA_KEY = "UPDATE data_key SET master_key = $1, sealed_key = $2 WHERE id = $3";
    SERVER_KEY = "SELECT data_key, sealed_key FROM server_key WHERE name = $1";
    INSERT_SERVER_KEY = "INSERT INTO server_key (name, data_key, sealed_key) VALUES ($1, $2, $3) \
        ON CONFLICT DO NOTHING";
    SESSION_KEYS = "SELECT id, created_at, data_key, sealed_key FROM session_key ORDER BY created_at DESC, id";
    INSERT_SESSION_KEY = "INSERT INTO session_key (id, created_at, data_key, sealed_key) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    DELETE_SESSION_KEYS = "DELETE FROM session_key WHERE created_at <= $1";

    // Passkeys.
    INSERT_PASSKEY = "INSERT INTO iam_passkey (account, user_id, arn, enabled_at, origin, credential_id, credential) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    PASSKEY_OF_CREDENTIAL = "SELECT arn FROM iam_passkey WHERE credential_id = $1";
    PASSKEYS_OF_USER = "SELECT arn, user_id, enabled_at, origin, credential FROM iam_passkey \
        WHERE account = $1 AND user_id = $2 ORDER BY arn";
    SET_PASSKEY_CREDENTIAL = "UPDATE iam_passkey SET credential = $1 \
        WHERE account = $2 AND user_id = $3 AND arn = $4";
    DELETE_PASSKEY = "DELETE FROM iam_passkey WHERE account = $1 AND user_id = $2 AND arn = $3";

    // Sessions of the console, and links to it.
    INSERT_CONSOLE_SESSION = "INSERT INTO console_session (token_hash, id, account, user_id, access_key, state, \
        created_at, expires_at, last_seen_at, mfa_at, source_address, user_agent) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
    CONSOLE_SESSION = "SELECT id, account, user_id, access_key, state, created_at, expires_at, last_seen_at, mfa_at, \
        source_address, user_agent FROM console_session WHERE token_hash = $1";
    CONSOLE_SESSION_STATE = "SELECT state FROM console_session WHERE access_key = $1";
    CONSOLE_SESSIONS_OF_USER = "SELECT id, account, user_id, access_key, state, created_at, expires_at, last_seen_at, \
        mfa_at, source_address, user_agent FROM console_session \
        WHERE account = $1 AND user_id = $2 ORDER BY created_at, id";
    SET_PASSKEY_ASKED = "UPDATE console_session SET passkey_asked = $1 WHERE access_key = $2";
    PASSKEY_ASKED = "SELECT passkey_asked FROM console_session WHERE access_key = $1";
    NOTE_CONSOLE_SESSION = "UPDATE console_session SET last_seen_at = $1 WHERE token_hash = $2";
    DELETE_CONSOLE_SESSION = "DELETE FROM console_session WHERE token_hash = $1";
    END_CONSOLE_SESSION = "DELETE FROM console_session WHERE account = $1 AND user_id = $2 AND id = $3";
    END_CONSOLE_SESSIONS = "DELETE FROM console_session WHERE account = $1 AND user_id = $2 AND access_key <> $3";
    DELETE_EXPIRED_CONSOLE_SESSIONS = "DELETE FROM console_session WHERE expires_at <= $1";
    INSERT_CONSOLE_LINK = "INSERT INTO console_link (token_hash, account, user_id, expires_at) \
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    CONSOLE_LINK = "SELECT account, user_id, expires_at FROM console_link WHERE token_hash = $1";
    DELETE_CONSOLE_LINKS = "DELETE FROM console_link WHERE account = $1 AND user_id = $2";
    DELETE_EXPIRED_CONSOLE_LINKS = "DELETE FROM console_link WHERE expires_at <= $1";

    // Revoked sessions.
    REVOKE_ROOT_SESSIONS = "UPDATE account SET root_sessions_not_before = $1 WHERE id = $2";
    REVOKE_USER_SESSIONS = "UPDATE iam_user SET sessions_not_before = $1 WHERE account = $2 AND id = $3";
    REVOKE_ROLE_SESSIONS = "UPDATE iam_role SET sessions_not_before = $1 WHERE account = $2 AND id = $3";

    // Audit events.
    INSERT_AUDIT_EVENT = "INSERT INTO audit_event (time, sequence, account, access_key, principal, operation, bytes, \
        record, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    SET_AUDIT_SIZE = "UPDATE audit_size SET last_sequence = $1, events = $2, bytes = $3 WHERE shard = $4";
    AUDIT_SIZE = "SELECT last_sequence, events, bytes FROM audit_size WHERE shard = $1";
    AUDIT_EVENTS_OF_OUTCOME = "SELECT time, sequence, access_key, principal, operation, outcome, record \
        FROM audit_event WHERE account = $1 AND outcome = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_EVENTS_OF_ACCESS_KEY = "SELECT time, sequence, access_key, principal, operation, outcome, record \
        FROM audit_event WHERE account = $1 AND access_key = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_EVENTS_OF_PRINCIPAL = "SELECT time, sequence, access_key, principal, operation, outcome, record \
        FROM audit_event WHERE account = $1 AND principal = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_EVENTS_OF_OPERATION = "SELECT time, sequence, access_key, principal, operation, outcome, record \
        FROM audit_event WHERE account = $1 AND operation = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_PLACES_OF_OUTCOME = "SELECT time, sequence FROM audit_event \
        WHERE account = $1 AND outcome = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_PLACES_OF_ACCESS_KEY = "SELECT time, sequence FROM audit_event \
        WHERE account = $1 AND access_key = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_PLACES_OF_PRINCIPAL = "SELECT time, sequence FROM audit_event \
        WHERE account = $1 AND principal = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_PLACES_OF_OPERATION = "SELECT time, sequence FROM audit_event \
        WHERE account = $1 AND operation = $2 AND time >= $3 AND (time, sequence) < ($4, $5) \
        ORDER BY time DESC, sequence DESC LIMIT $6";
    AUDIT_EVENT = "SELECT time, sequence, access_key, principal, operation, outcome, record \
        FROM audit_event WHERE time = $1 AND sequence = $2";
    OLDEST_AUDIT_EVENTS = "SELECT time, sequence, bytes FROM audit_event ORDER BY time, sequence LIMIT $1";
    DELETE_AUDIT_EVENTS = "DELETE FROM audit_event WHERE (time, sequence) <= ($1, $2)";
}
