//! The command line, as clap reads it. The texts here are the `--help` texts.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use keystead_server::config::PublicUrl;

/// The access-key authority that people run themselves: AWS IAM and STS, self-hosted.
///
/// Start with `keystead serve`, then `source keystead-data/admin.env` and use the ordinary AWS CLI.
#[derive(Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve IAM and STS.
    ///
    /// The first start creates an account, an administrator and their access key, prints the key once, and
    /// writes DIR/admin.env (mode 0600), ready to be sourced.
    #[command(after_long_help = ENVIRONMENT)]
    Serve(Box<Serve>),
    /// Write a backup of everything but the master key to FILE.
    ///
    /// Works while the server serves. The file holds secrets only in sealed form; whoever restores it needs
    /// the master key, so keep DIR/master.key somewhere else.
    Backup {
        /// The file to write. It must not exist yet.
        file: PathBuf,
        #[command(flatten)]
        data: DataDirectory,
    },
    /// Restore a backup into an empty data directory.
    Restore {
        /// The backup.
        file: PathBuf,
        #[command(flatten)]
        data: DataDirectory,
        /// The master key file that was in use when the backup was written. Without it the key is taken from
        /// KEYSTEAD_MASTER_KEY.
        #[arg(long, value_name = "FILE")]
        master_key: Option<PathBuf>,
    },
    /// The key that seals everything.
    #[command(subcommand)]
    MasterKey(MasterKey),
    /// Accounts and their settings.
    #[command(subcommand)]
    Account(Account),
    /// Access keys of the account's root user. There are none unless you make one, and that is best.
    ///
    /// A root key may do everything and no policy can hold it back. An administrator's key does for all
    /// that Keystead offers.
    #[command(subcommand)]
    RootKey(RootKey),
    /// Sessions: the temporary credentials of users and roles.
    #[command(subcommand)]
    Sessions(Sessions),
    /// Ways back in.
    #[command(subcommand)]
    Admin(Admin),
}

const ENVIRONMENT: &str = "\
Environment:
  KEYSTEAD_MASTER_KEY           The master key, 32 bytes in base64, in place of DIR/master.key
  KEYSTEAD_PREVIOUS_MASTER_KEY  The master key before, for the start that exchanges a key given this way
  KEYSTEAD_ADMIN_ACCESS_KEY_ID, KEYSTEAD_ADMIN_SECRET_ACCESS_KEY
                                The administrator's access key at the first start, for tests
  KEYSTEAD_ROOT_ACCESS_KEY_ID, KEYSTEAD_ROOT_SECRET_ACCESS_KEY
                                An access key of the root user at the first start, for tests

Exit status: 0 after a shutdown in order, 1 when the server could not start or go on, 2 for a command line or
settings that make no sense.";

#[derive(Args)]
pub(crate) struct DataDirectory {
    /// The data directory.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "keystead-data",
        env = "KEYSTEAD_DATA"
    )]
    pub(crate) data: PathBuf,
    /// A TOML file with settings; the command line goes before it. An unknown key is an error.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// The account that a command is about.
#[derive(Args)]
pub(crate) struct WhichAccount {
    /// The twelve-digit id of the account; needed when there are several.
    #[arg(long = "account", value_name = "ID")]
    pub(crate) id: Option<String>,
}

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) data: DataDirectory,
    /// Where to listen [default: 127.0.0.1:7450]. Port 0 takes a free one; the line `listening on` names it.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// The server as its users see it, behind a proxy: scheme, host and port. The console takes forms from there alone.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// Where the data is kept: `sqlite:` (in the data directory).
    #[arg(long, value_name = "URL")]
    pub(crate) store: Option<String>,
    /// Keep everything in memory and leave no file. For tests.
    #[arg(long, conflicts_with = "store")]
    pub(crate) in_memory: bool,
    /// Let `POST /-/reset` take the server back to its first start, without a signature. For tests.
    #[arg(long, requires = "in_memory")]
    pub(crate) test_reset: bool,
    /// The twelve-digit id of the account that the first start creates [default: a random one].
    #[arg(long, value_name = "ID")]
    pub(crate) account_id: Option<String>,
    /// The region that admin.env names [default: us-east-1]. Requests may be signed for any.
    #[arg(
        long,
        value_name = "REGION",
        default_value = DEFAULT_REGION,
        hide_default_value = true,
        value_parser = region
    )]
    pub(crate) region: String,
    /// The certificate chain to serve TLS with, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Listen beyond loopback without TLS. New secrets then cross the network in clear.
    #[arg(long)]
    pub(crate) allow_plaintext_beyond_loopback: bool,
    /// How to write the log [default: text].
    #[arg(long, value_name = "text|json")]
    pub(crate) log_format: Option<String>,
    /// What to log: error, warn, info, debug, trace [default: info].
    #[arg(long, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
}

/// The region of admin.env unless another is asked for.
pub(crate) const DEFAULT_REGION: &str = "us-east-1";

fn region(text: &str) -> Result<String, String> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !text.is_empty() && text.len() <= 64 && text.bytes().all(legal) {
        Ok(text.to_owned())
    } else {
        Err("a region has lower-case letters, digits and hyphens".to_owned())
    }
}

#[derive(Subcommand)]
pub(crate) enum MasterKey {
    /// Make a new master key and seal the data keys with it.
    ///
    /// Backups written before need the old key: keep it as long as you keep them.
    Rotate {
        #[command(flatten)]
        data: DataDirectory,
    },
}

#[derive(Subcommand)]
pub(crate) enum Account {
    /// Make a further account, with an administrator whose access key is printed once.
    ///
    /// Nothing of one account is visible in another, but through policies that name it.
    Create {
        /// Its twelve-digit id [default: a random one].
        #[arg(long, value_name = "ID")]
        account_id: Option<String>,
        /// Its alias.
        #[arg(long)]
        alias: Option<String>,
        #[command(flatten)]
        data: DataDirectory,
    },
    /// List the accounts: id, creation, users, alias.
    List {
        #[command(flatten)]
        data: DataDirectory,
    },
    /// Show an account and its settings.
    Show {
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
    /// Change settings: `access-keys-counted=all|active`, `access-keys-per-user=N`,
    /// `attached-policies-per-role=N`, `attached-policies-per-user=N`, `groups=N`, `instance-profiles=N`,
    /// `policies=N`, `roles=N`, `users=N`.
    Set {
        /// NAME=VALUE, any number of them.
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
}

#[derive(Subcommand)]
pub(crate) enum RootKey {
    /// Make a root access key and print it once. Advised against: use an administrator's key.
    Create {
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
    /// List root's access keys.
    List {
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
    /// Delete a root access key.
    Delete {
        /// The key's id.
        access_key_id: String,
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
}

#[derive(Subcommand)]
pub(crate) enum Sessions {
    /// Refuse all sessions of a user, a role or root that were made until now.
    Revoke {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
}

/// Whose sessions a command is about.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whose {
    /// The user's of this name, with those of the federated users that it made.
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// The role's of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<String>,
    /// The root user's.
    #[arg(long)]
    pub(crate) root: bool,
}

#[derive(Subcommand)]
pub(crate) enum Admin {
    /// Give the administrator a new access key and write it to admin.env.
    ///
    /// For when every administrator's key is lost or deactivated. When the administrator has as many keys
    /// as it may, an inactive one is deleted to make room, or else the oldest.
    Recover {
        #[command(flatten)]
        account: WhichAccount,
        #[command(flatten)]
        data: DataDirectory,
    },
}
