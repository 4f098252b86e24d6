ALTER TABLE account ADD COLUMN roles_quota INTEGER NOT NULL DEFAULT 1000;
ALTER TABLE account ADD COLUMN instance_profiles_quota INTEGER NOT NULL DEFAULT 1000;
ALTER TABLE account ADD COLUMN role_attached_policies_quota INTEGER NOT NULL DEFAULT 10;
ALTER TABLE account ADD COLUMN role_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN instance_profile_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN mfa_device_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN mfa_device_in_use_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN root_sessions_not_before INTEGER;
ALTER TABLE account ADD COLUMN credential_report_at INTEGER;

ALTER TABLE iam_user ADD COLUMN mfa_device_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE iam_user ADD COLUMN login_profile_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE iam_user ADD COLUMN password_last_used_at INTEGER;
ALTER TABLE iam_user ADD COLUMN sessions_not_before INTEGER;

CREATE TABLE iam_role (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT,
    trust_policy TEXT NOT NULL,
    trust_policy_with_ids TEXT NOT NULL,
    session_seconds_max INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    tag_count INTEGER NOT NULL,
    attached_policy_count INTEGER NOT NULL,
    inline_policy_count INTEGER NOT NULL,
    inline_characters INTEGER NOT NULL,
    instance_profile_count INTEGER NOT NULL,
    boundary_policy_id TEXT,
    sessions_not_before INTEGER,
    PRIMARY KEY (account, id),
    UNIQUE (account, folded_name)
) STRICT, WITHOUT ROWID;

CREATE INDEX iam_role_of_boundary ON iam_role (account, boundary_policy_id, id);

CREATE TABLE iam_role_usage (
    account INTEGER NOT NULL,
    role_id TEXT NOT NULL,
    last_used_at INTEGER NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (account, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_instance_profile (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    path TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    role_id TEXT,
    tag_count INTEGER NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, folded_name)
) STRICT, WITHOUT ROWID;

CREATE INDEX iam_instance_profile_of_role ON iam_instance_profile (account, role_id, folded_name);

CREATE TABLE iam_mfa_device (
    account INTEGER NOT NULL,
    arn TEXT NOT NULL,
    data_key INTEGER NOT NULL,
    sealed_seed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    user_id TEXT,
    enabled_at INTEGER,
    last_step INTEGER NOT NULL,
    drift_steps INTEGER NOT NULL,
    failure_count INTEGER NOT NULL,
    failures_since INTEGER NOT NULL,
    tag_count INTEGER NOT NULL,
    PRIMARY KEY (account, arn)
) STRICT, WITHOUT ROWID;

CREATE INDEX iam_mfa_device_of_user ON iam_mfa_device (account, user_id, arn);

CREATE TABLE iam_login_profile (
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    reset_required INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (account, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_former_password (
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    password_hash TEXT NOT NULL,
    PRIMARY KEY (account, user_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_password_policy (
    account INTEGER NOT NULL,
    minimum_password_length INTEGER NOT NULL,
    require_symbols INTEGER NOT NULL,
    require_numbers INTEGER NOT NULL,
    require_uppercase_characters INTEGER NOT NULL,
    require_lowercase_characters INTEGER NOT NULL,
    allow_users_to_change_password INTEGER NOT NULL,
    max_password_age INTEGER,
    password_reuse_prevention INTEGER,
    hard_expiry INTEGER,
    PRIMARY KEY (account)
) STRICT, WITHOUT ROWID;

CREATE TABLE session_key (
    id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    data_key INTEGER NOT NULL,
    sealed_key BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
