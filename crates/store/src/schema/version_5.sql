CREATE TABLE iam_passkey (
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    arn TEXT NOT NULL,
    enabled_at INTEGER NOT NULL,
    origin TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    PRIMARY KEY (account, user_id, arn),
    UNIQUE (credential_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE console_session ADD COLUMN passkey_asked TEXT;
