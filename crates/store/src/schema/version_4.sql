ALTER TABLE iam_access_key ADD COLUMN used INTEGER NOT NULL DEFAULT 0;

UPDATE iam_access_key SET used = 1 WHERE id IN (SELECT access_key FROM iam_access_key_usage);

CREATE INDEX iam_active_access_key ON iam_access_key (account, used, created_at, id) WHERE status = 'Active';
CREATE INDEX iam_user_without_mfa ON iam_user (account, folded_name)
    WHERE login_profile_count = 1 AND mfa_device_count = 0;
