//! Every bound that Keystead puts on what it takes in or holds, in one place.
//!
//! A bound that AWS sets carries its source; the others are Keystead's own.

/// Longest request body, in bytes. The largest legal IAM body that Keystead implements is some
/// hundred KB (a policy of 131,072 characters, percent-encoded).
pub const REQUEST_BODY_BYTES_MAX: usize = 1024 * 1024;
/// All of a request's headers together, in bytes.
pub const REQUEST_HEADERS_BYTES_MAX: usize = 32 * 1024;
/// Number of a request's headers.
pub const REQUEST_HEADERS_MAX: usize = 64;
/// Number of headers that one signature may name.
pub const SIGNED_HEADERS_MAX: usize = 64;
/// Number of parameters in a form body or query.
pub const FORM_PARAMETERS_MAX: usize = 2048;
/// Longest request target (path and query), in bytes. A presigned query can carry a whole form.
pub const REQUEST_TARGET_BYTES_MAX: usize = 16 * 1024;

/// How far a request's time may be from the server's, both ways. AWS: 15 minutes for IAM and STS.
pub const CLOCK_SKEW_SECONDS_MAX: i64 = 15 * 60;

/// Access keys of a user, and of root. AWS: 2.
pub const ACCESS_KEYS_PER_USER: u32 = 2;
/// Access keys of a user of any status, where the account counts active ones only.
pub const ACCESS_KEYS_PER_USER_OF_ANY_STATUS: u32 = 100;
/// Users of an account, unless the account's settings say otherwise. AWS: 5000.
pub const USERS_PER_ACCOUNT: u32 = 5000;
/// Tags of a user. AWS: 50.
pub const TAGS_PER_USER: usize = 50;
/// Groups of an account, unless the account's settings say otherwise. AWS: 300.
pub const GROUPS_PER_ACCOUNT: u32 = 300;
/// Groups that a user is in. AWS: 10.
pub const GROUPS_PER_USER: u32 = 10;
/// Customer managed policies of an account, unless the account's settings say otherwise. AWS: 1500.
pub const POLICIES_PER_ACCOUNT: u32 = 1500;
/// Versions of a managed policy. AWS: 5.
pub const VERSIONS_PER_POLICY: u32 = 5;
/// Versions of all customer managed policies of an account. AWS: 10,000.
pub const POLICY_VERSIONS_PER_ACCOUNT: u32 = 10_000;
/// Tags of a managed policy. AWS: 50.
pub const TAGS_PER_POLICY: usize = 50;
/// Managed policies attached to a user, unless the account's settings say otherwise. AWS: 10.
pub const ATTACHED_POLICIES_PER_USER: u32 = 10;
/// The most that the account's settings may say there. AWS: 20.
pub const ATTACHED_POLICIES_PER_USER_MAX: u32 = 20;
/// Managed policies attached to a group. AWS: 10.
pub const ATTACHED_POLICIES_PER_GROUP: u32 = 10;
/// Managed policies attached to a role, unless the account's settings say otherwise. AWS: 10.
pub const ATTACHED_POLICIES_PER_ROLE: u32 = 10;
/// The most that the account's settings may say there. AWS: 20.
pub const ATTACHED_POLICIES_PER_ROLE_MAX: u32 = 20;
/// Inline policies of a user, all together, in characters without white space. AWS: 2048.
pub const USER_POLICY_CHARACTERS: u32 = 2048;
/// Inline policies of a group, all together, in characters without white space. AWS: 5120.
pub const GROUP_POLICY_CHARACTERS: u32 = 5120;
/// Inline policies of a role, all together, in characters without white space. AWS: 10,240.
pub const ROLE_POLICY_CHARACTERS: u32 = 10_240;
/// A managed policy, in characters without white space. AWS: 6144.
pub const MANAGED_POLICY_CHARACTERS: u32 = 6144;

/// Shortest life of temporary credentials, in seconds. AWS: 900.
pub const SESSION_SECONDS_MIN: i64 = 900;
/// Life of a role's session when the caller names none, in seconds. AWS: 3600.
pub const ROLE_SESSION_SECONDS_DEFAULT: i64 = 3600;
/// Longest life of a session that was made with the credentials of another role's session, in seconds. AWS: 3600.
pub const CHAINED_SESSION_SECONDS_MAX: i64 = 3600;
/// Life of a session token of a user when the caller names none, in seconds. AWS: 12 hours.
pub const USER_SESSION_SECONDS_DEFAULT: i64 = 12 * 3600;
/// Longest life of temporary credentials that root makes for itself, and their default, in seconds. AWS: 3600.
pub const ROOT_SESSION_SECONDS_MAX: i64 = 3600;
/// Tags of a session, those that it inherits included. AWS: 50.
pub const SESSION_TAGS: usize = 50;
/// Sessions of the console that one user has at a time, and sign-ins that are not finished; the oldest make room.
pub const CONSOLE_SESSIONS_PER_USER: usize = 10;
/// Seconds that a session of the console lasts. Source: AWS's consoles end theirs after 12 hours.
pub const CONSOLE_SESSION_SECONDS: i64 = 12 * 3600;
/// Seconds within which a sign-in that was begun is to be finished.
pub const SIGN_IN_SECONDS: i64 = 600;
/// Seconds that a link for setting a password is good for.
pub const CONSOLE_LINK_SECONDS: i64 = 24 * 3600;
/// Seconds between two notes that a session of the console is used.
pub const CONSOLE_SESSION_SEEN_SECONDS: i64 = 60;
/// Failed sign-ins of one address, or to one user, in a minute before further ones are not looked at.
pub const SIGN_IN_FAILURES_PER_MINUTE: u32 = 10;
/// A session policy, in characters. AWS: 2048.
pub const SESSION_POLICY_CHARACTERS: usize = 2048;
/// Managed policies of a session. AWS: 10.
pub const SESSION_POLICY_ARNS: usize = 10;
/// What session policies and tags take in a session token, in bytes, before it is refused as too large. With
/// everything else a token stays below 6 KB, so that it passes through proxies.
pub const SESSION_PACKED_BYTES_MAX: usize = 3072;
/// Longest encoded authorization message that an answer carries, in characters: it is a header.
pub const AUTHORIZATION_MESSAGE_CHARACTERS_MAX: usize = 4096;
/// Longest session token that is looked at, in characters.
pub const SESSION_TOKEN_CHARACTERS_MAX: usize = 8192;
/// Principals whose sessions, one from another, led to a session.
pub const SESSION_ANCESTORS_MAX: usize = 16;

/// Roles of an account, unless the account's settings say otherwise. AWS: 1000.
pub const ROLES_PER_ACCOUNT: u32 = 1000;
/// A role's trust policy, in characters. AWS: 2048.
pub const TRUST_POLICY_CHARACTERS: u32 = 2048;
/// Tags of a role. AWS: 50.
pub const TAGS_PER_ROLE: usize = 50;
/// Shortest maximum of a role's sessions, in seconds, and what it is when nobody says. AWS: 1 hour.
pub const ROLE_SESSION_SECONDS_MAX_MIN: u32 = 3600;
/// Longest maximum of a role's sessions, in seconds. AWS: 12 hours.
pub const ROLE_SESSION_SECONDS_MAX_MAX: u32 = 43_200;
/// Instance profiles of an account, unless the account's settings say otherwise. AWS: 1000.
pub const INSTANCE_PROFILES_PER_ACCOUNT: u32 = 1000;
/// Roles in an instance profile. AWS: 1.
pub const ROLES_PER_INSTANCE_PROFILE: u64 = 1;
/// Tags of an instance profile. AWS: 50.
pub const TAGS_PER_INSTANCE_PROFILE: usize = 50;

/// MFA devices of a user. AWS: 8.
pub const MFA_DEVICES_PER_USER: u32 = 8;
/// How long a browser may take to answer what a passkey is asked, in seconds.
pub const PASSKEY_SECONDS: i64 = 600;
/// Longest answer of a browser about a passkey, in bytes.
pub const PASSKEY_ANSWER_BYTES_MAX: usize = 16 * 1024;
/// Tags of a virtual MFA device. AWS: 50.
pub const TAGS_PER_MFA_DEVICE: usize = 50;
/// Longest serial number of an MFA device, in characters. AWS: 256; here two fewer, so that it fits into a marker.
pub const MFA_SERIAL_CHARACTERS_MAX: usize = 254;
/// Wrong codes of one MFA device within [`MFA_FAILURES_SECONDS`] before its codes are not looked at.
pub const MFA_FAILURES_MAX: u32 = 5;
/// Seconds, from the first of these wrong codes, that they are remembered.
pub const MFA_FAILURES_SECONDS: i64 = 15 * 60;
/// Time steps, of 30 seconds, that a code may be early or late. RFC 6238, 5.2: one.
pub const MFA_SKEW_STEPS: i64 = 1;
/// Time steps that a device may be ahead or behind when two codes in a row tell how many.
pub const MFA_RESYNC_STEPS: i64 = 20;

/// Former passwords of a user that are kept for the password policy. AWS: 24.
pub const PASSWORDS_REMEMBERED_MAX: u32 = 24;

/// Memory that the hash of a password takes, in KiB. OWASP's first choice for argon2id, with what follows.
pub const PASSWORD_HASH_KIB: u32 = 19 * 1024;
/// Passes over that memory.
pub const PASSWORD_HASH_PASSES: u32 = 2;
/// Threads of one hash.
pub const PASSWORD_HASH_LANES: u32 = 1;
/// Passwords that are hashed at the same time. Each takes its memory.
pub const PASSWORDS_HASHED_AT_ONCE: usize = 4;
/// Passwords that may wait to be hashed; beyond it, requests are answered `Throttling`.
pub const PASSWORDS_WAITING_MAX: usize = 64;

/// Longest life of a session, in seconds. AWS: 36 hours, of GetSessionToken and GetFederationToken.
pub const SESSION_SECONDS_MAX: i64 = 129_600;
/// Seconds that new session tokens are sealed with the same key.
pub const SESSION_KEY_SECONDS: i64 = 24 * 60 * 60;

/// Entries of a page when the caller names no number. AWS: 100.
pub const PAGE_ENTRIES_DEFAULT: u32 = 100;
/// Entries of a page at most. AWS: 1000.
pub const PAGE_ENTRIES_MAX: u32 = 1000;
/// Rows that a filtered page looks at before it ends early with a marker.
pub const PAGE_ROWS_SCANNED_MAX: u32 = 10_000;
/// Bytes of trust policies in a page of roles or instance profiles before it ends early with a marker.
pub const LISTED_DOCUMENTS_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of documents in a page of GetAccountAuthorizationDetails before it ends early with a marker.
pub const AUTHORIZATION_DETAILS_BYTES_MAX: usize = 1024 * 1024;
/// Policies in a page of ListPoliciesGrantingServiceAccess before it ends early with a marker.
pub const GRANTING_POLICIES_PER_PAGE_MAX: usize = 1000;
/// What one simulated page may cost: bytes of the policies, variables filled in, times bytes of the resources and of the
/// values of condition keys, for each action. It bounds the time, since a pattern is held against a text in no more than the
/// product of their lengths.
pub const SIMULATION_COST_MAX: u64 = 1 << 30;
/// Statements and missing keys that one simulated page may list.
pub const SIMULATION_FINDINGS_MAX: usize = 20_000;

/// Access keys that the verifier holds prepared.
pub const VERIFIER_CACHED_KEYS_MAX: usize = 1_000_000;
/// Unknown access key ids that the verifier remembers as unknown.
pub const VERIFIER_UNKNOWN_KEYS_MAX: usize = 65_536;
/// Seconds that an unknown access key id is remembered as unknown, should the feed stay silent.
pub const VERIFIER_UNKNOWN_KEY_SECONDS_MAX: i64 = 60;
/// Scopes (day, region, service) for which one access key is held prepared.
pub const VERIFIER_SCOPES_PER_KEY_MAX: usize = 8;
/// Snapshots in a row that the verifier finds older than the feed before it gives up with 503.
pub const VERIFIER_STALE_SNAPSHOTS_MAX: u32 = 16;
/// Memory of the compiled policies of users who called lately, in bytes.
pub const VERIFIER_PERMISSIONS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Memory of the sessions that called lately, in bytes.
pub const VERIFIER_SESSIONS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// (source, key id) pairs whose failures are counted.
pub const FAILURE_COUNTERS_MAX: usize = 65_536;
/// Failed signatures of one (source, key id) pair in a minute before `Throttling`.
pub const FAILURES_PER_MINUTE_MAX: u32 = 60;

/// Keys with use that is not yet written down, before a flush is forced.
pub const USAGE_PENDING_KEYS_MAX: usize = 100_000;
/// Keys with use that is not yet written down, before the use of further keys is dropped.
pub const USAGE_HELD_KEYS_MAX: usize = 1_000_000;
/// Roles with use that is not yet written down.
pub const USAGE_PENDING_ROLES_MAX: usize = 10_000;
/// Keys, or roles, whose use one transaction writes down.
pub const USAGE_RECORDS_PER_WRITE_MAX: usize = 256;
/// Sources of all keys that are not yet written down, in bytes, before further ones are dropped.
pub const USAGE_SOURCES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Distinct (service, region, source address, user agent) kept per access key.
pub const USAGE_SOURCES_PER_KEY: usize = 20;
/// Days of request counts kept per access key.
pub const USAGE_DAYS_PER_KEY: i64 = 90;
/// Longest user agent that is kept, in bytes. CloudTrail: 1 KB.
pub const USER_AGENT_BYTES_MAX: usize = 1024;

/// What a condition sees of a `User-Agent` or `Referer`, in bytes. A decision takes time in patterns times texts, and a client
/// may write both.
pub const CONDITION_HEADER_BYTES_MAX: usize = 2048;

/// What an explanation keeps of the name of a missing condition key, in bytes.
pub const EXPLAINED_KEY_BYTES_MAX: usize = 256;
/// Requests whose decisions are kept to be explained.
pub const EXPLAINED_REQUESTS_MAX: usize = 4096;
/// Memory of those decisions, in bytes.
pub const EXPLAINED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Commands that may wait for the store's writer; beyond it, writes are refused with 503.
pub const WRITE_QUEUE_MAX: usize = 4096;
/// Reads that may wait for the store's readers; beyond it, they are refused with 503.
pub const READ_QUEUE_MAX: usize = 4096;
/// Commands that the writer puts into one transaction.
pub const WRITE_BATCH_MAX: usize = 512;

/// Flushes, queries and steps of housekeeping that may wait for the audit log's thread.
pub const AUDIT_QUEUE_MAX: usize = 64;
/// Audit records of reads and refusals kept singly in a second; beyond it repeats are merged.
pub const AUDIT_SINGLE_RECORDS_PER_SECOND: u32 = 1000;
/// Distinct merged audit records in a second; beyond it they are dropped and counted.
pub const AUDIT_MERGED_RECORDS_PER_SECOND: u32 = 4096;
/// Size of the audit records of reads and refusals that wait to be written, in bytes, before further
/// ones are dropped and counted. As much again is kept for another attempt when the disk fails.
pub const AUDIT_WAITING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What an audit record holds of an operation's name, an error's code or a region, in bytes.
pub const AUDIT_NAME_BYTES_MAX: usize = 128;
/// What an audit record holds of an error's message, in bytes. CloudTrail: 1 KB.
pub const AUDIT_ERROR_MESSAGE_BYTES_MAX: usize = 1024;
/// What was asked, or answered, as an audit record holds it, in bytes. CloudTrail: 100 KB.
pub const AUDIT_ELEMENTS_BYTES_MAX: usize = 100 * 1024;
/// Audit records of a page at most.
pub const AUDIT_PAGE_RECORDS_MAX: usize = 200;
/// Audit records that are looked at for a page where some can be passed over, in each database, before it ends early.
pub const AUDIT_PAGE_RECORDS_SCANNED_MAX: u32 = 1000;
/// Bytes of audit records in a page, from each index that is read for it, before it ends early.
pub const AUDIT_PAGE_BYTES_MAX: usize = 1024 * 1024;
/// Days that audit records are kept.
pub const AUDIT_RETENTION_DAYS: i64 = 90;
/// Size that the audit database may have, in bytes, before its oldest records go.
pub const AUDIT_DATABASE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Changes that the feed keeps. A follower further behind reads everything anew.
pub const CHANGES_KEPT_MAX: u64 = 1_000_000;

const _: () = assert!(PAGE_ENTRIES_DEFAULT <= PAGE_ENTRIES_MAX && PAGE_ENTRIES_MAX <= PAGE_ROWS_SCANNED_MAX);
const _: () = assert!(WRITE_BATCH_MAX <= WRITE_QUEUE_MAX);
const _: () = assert!(SIGNED_HEADERS_MAX >= REQUEST_HEADERS_MAX);
const _: () = assert!(REQUEST_TARGET_BYTES_MAX < REQUEST_HEADERS_BYTES_MAX);
const _: () = assert!(ACCESS_KEYS_PER_USER <= ACCESS_KEYS_PER_USER_OF_ANY_STATUS);
const _: () = assert!(ATTACHED_POLICIES_PER_USER <= ATTACHED_POLICIES_PER_USER_MAX);
const _: () = assert!(SESSION_PACKED_BYTES_MAX * 4 / 3 + 2048 < SESSION_TOKEN_CHARACTERS_MAX);
const _: () = assert!(SESSION_TOKEN_CHARACTERS_MAX < REQUEST_TARGET_BYTES_MAX);
const _: () = assert!(ATTACHED_POLICIES_PER_ROLE <= ATTACHED_POLICIES_PER_ROLE_MAX);
const _: () = assert!(ROLE_SESSION_SECONDS_MAX_MAX as i64 <= SESSION_SECONDS_MAX);
const _: () = assert!(USAGE_PENDING_KEYS_MAX <= USAGE_HELD_KEYS_MAX);
