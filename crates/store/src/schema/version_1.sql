CREATE TABLE feed (
    shard INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (shard)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
    shard INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (shard, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id INTEGER NOT NULL,
    alias TEXT,
    created_at INTEGER NOT NULL,
    users_quota INTEGER NOT NULL,
    access_keys_quota INTEGER NOT NULL,
    access_keys_counted TEXT NOT NULL,
    user_count INTEGER NOT NULL,
    root_key_count INTEGER NOT NULL,
    root_active_key_count INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (alias)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_user (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    path TEXT NOT NULL,
    administrator INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    key_count INTEGER NOT NULL,
    active_key_count INTEGER NOT NULL,
    tag_count INTEGER NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, folded_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_user_tag (
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    folded_key TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (account, user_id, folded_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_access_key (
    id TEXT NOT NULL,
    account INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    status TEXT NOT NULL,
    data_key INTEGER NOT NULL,
    sealed_secret BLOB NOT NULL,
    created_revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    status_changed_at INTEGER NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX iam_access_key_of_owner ON iam_access_key (account, user_id, created_revision);

CREATE TABLE iam_retired_id (
    id TEXT NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_access_key_usage (
    account INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    last_used_at INTEGER NOT NULL,
    service TEXT NOT NULL,
    region TEXT NOT NULL,
    PRIMARY KEY (account, access_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_access_key_usage_day (
    account INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    day INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (account, access_key, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_access_key_usage_source (
    account INTEGER NOT NULL,
    access_key TEXT NOT NULL,
    service TEXT NOT NULL,
    region TEXT NOT NULL,
    source_address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    last_used_at INTEGER NOT NULL,
    PRIMARY KEY (account, access_key, service, region, source_address, user_agent)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_key (
    id INTEGER NOT NULL,
    master_key TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE server_key (
    name TEXT NOT NULL,
    data_key INTEGER NOT NULL,
    sealed_key BLOB NOT NULL,
    PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;

INSERT INTO feed (shard, revision) VALUES (0, 0);
