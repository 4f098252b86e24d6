CREATE TABLE console_session (
    token_hash TEXT NOT NULL,
    id TEXT NOT NULL,
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    access_key TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    mfa_at INTEGER,
    source_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    PRIMARY KEY (token_hash),
    UNIQUE (access_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX console_session_of_user ON console_session (account, user_id, created_at, id);
CREATE INDEX console_session_by_expiry ON console_session (expires_at);

CREATE TABLE console_link (
    token_hash TEXT NOT NULL,
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX console_link_of_user ON console_link (account, user_id);

ALTER TABLE iam_access_key ADD COLUMN used INTEGER NOT NULL DEFAULT 0;

UPDATE iam_access_key SET used = 1 WHERE id IN (SELECT access_key FROM iam_access_key_usage);

CREATE INDEX iam_active_access_key ON iam_access_key (account, used, created_at, id) WHERE status = 'Active';
CREATE INDEX iam_user_without_mfa ON iam_user (account, folded_name)
    WHERE login_profile_count = 1 AND mfa_device_count = 0;
