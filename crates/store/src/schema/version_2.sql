ALTER TABLE account ADD COLUMN groups_quota INTEGER NOT NULL DEFAULT 300;
ALTER TABLE account ADD COLUMN policies_quota INTEGER NOT NULL DEFAULT 1500;
ALTER TABLE account ADD COLUMN attached_policies_quota INTEGER NOT NULL DEFAULT 10;
ALTER TABLE account ADD COLUMN group_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN policy_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN policy_version_count INTEGER NOT NULL DEFAULT 0;

ALTER TABLE iam_user ADD COLUMN group_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE iam_user ADD COLUMN attached_policy_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE iam_user ADD COLUMN inline_policy_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE iam_user ADD COLUMN inline_characters INTEGER NOT NULL DEFAULT 0;
ALTER TABLE iam_user ADD COLUMN boundary_policy_id TEXT;

CREATE INDEX iam_user_of_boundary ON iam_user (account, boundary_policy_id, id);

CREATE TABLE iam_group (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    path TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    member_count INTEGER NOT NULL,
    attached_policy_count INTEGER NOT NULL,
    inline_policy_count INTEGER NOT NULL,
    inline_characters INTEGER NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, folded_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_group_member (
    account INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    joined_revision INTEGER NOT NULL,
    PRIMARY KEY (account, group_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX iam_group_member_in_order ON iam_group_member (account, group_id, joined_revision);
CREATE INDEX iam_group_of_member ON iam_group_member (account, user_id, group_id);

CREATE TABLE iam_policy (
    account INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    path TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    default_version INTEGER NOT NULL,
    latest_version INTEGER NOT NULL,
    version_count INTEGER NOT NULL,
    attachment_count INTEGER NOT NULL,
    boundary_count INTEGER NOT NULL,
    tag_count INTEGER NOT NULL,
    PRIMARY KEY (account, id),
    UNIQUE (account, folded_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_policy_version (
    account INTEGER NOT NULL,
    policy_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, policy_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_aws_policy_use (
    account INTEGER NOT NULL,
    policy_id TEXT NOT NULL,
    attachment_count INTEGER NOT NULL,
    boundary_count INTEGER NOT NULL,
    PRIMARY KEY (account, policy_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE iam_policy_attachment (
    account INTEGER NOT NULL,
    owner_id TEXT NOT NULL,
    policy_id TEXT NOT NULL,
    attached_revision INTEGER NOT NULL,
    PRIMARY KEY (account, owner_id, policy_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX iam_policy_attachment_of_policy ON iam_policy_attachment (account, policy_id, owner_id);

CREATE TABLE iam_inline_policy (
    account INTEGER NOT NULL,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    characters INTEGER NOT NULL,
    PRIMARY KEY (account, owner_id, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE iam_user_tag RENAME TO iam_tag;
ALTER TABLE iam_tag RENAME COLUMN user_id TO owner_id;
ALTER TABLE iam_tag RENAME COLUMN folded_key TO compared_key;

INSERT INTO iam_policy_attachment (account, owner_id, policy_id, attached_revision)
    SELECT account, id, 'ANPAIWMBCKSKIEE64ZLYK', 0 FROM iam_user WHERE administrator = 1;
INSERT INTO iam_aws_policy_use (account, policy_id, attachment_count, boundary_count)
    SELECT account, 'ANPAIWMBCKSKIEE64ZLYK', count(*), 0 FROM iam_user WHERE administrator = 1 GROUP BY account;
UPDATE iam_user SET attached_policy_count = administrator;

ALTER TABLE iam_user DROP COLUMN administrator;
