//! The command line of Keystead.
//!
//! Exit status: 0 when it is done, 1 when it could not be done, 2 when the command line makes no sense.

mod admin_env;
mod administer;
mod args;
mod failure;
mod first_start;
mod master_key;
mod print;
mod restore;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::Parser;
use keystead_server::admin::{Command as AdminCommand, SessionsOf};

use args::{Account, Admin, Command, CommandLine, MasterKey, RootKey, Sessions};
use failure::Failure;

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("keystead: {failure}");
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(serve) => serve::run(*serve),
        Command::Backup { file, data } => {
            // The server that writes it may have another working directory.
            let file = std::path::absolute(&file)
                .map_err(|error| Failure::work(format!("{}: {error}", file.display())))?;
            administer::run(&data, &AdminCommand::Backup { file })
        }
        Command::Restore {
            file,
            data,
            master_key,
        } => restore::run(&file, &data.data, master_key.as_deref()),
        Command::MasterKey(MasterKey::Rotate { data }) => {
            administer::run(&data, &AdminCommand::RotateMasterKey)
        }
        Command::Account(account) => manage_account(account),
        Command::RootKey(root_key) => manage_root_key(root_key),
        Command::Sessions(Sessions::Revoke { whose, account, data }) => {
            let of = match (whose.user, whose.role) {
                (Some(user), _) => SessionsOf::User(user),
                (None, Some(role)) => SessionsOf::Role(role),
                (None, None) => SessionsOf::Root,
            };
            let account = account.id;
            administer::run(&data, &AdminCommand::RevokeSessions { account, of })
        }
        Command::Admin(Admin::Recover { account, data }) => {
            let account = account.id;
            administer::run(&data, &AdminCommand::RecoverAdministrator { account })
        }
    }
}

fn manage_account(command: Account) -> Result<(), Failure> {
    let (data, command) = match command {
        Account::Create {
            account_id,
            alias,
            data,
        } => (data, AdminCommand::CreateAccount { account_id, alias }),
        Account::List { data } => (data, AdminCommand::ListAccounts),
        Account::Show { account, data } => (data, AdminCommand::ShowAccount { account: account.id }),
        Account::Set {
            settings,
            account,
            data,
        } => {
            let account = account.id;
            (data, AdminCommand::SetAccount { account, settings })
        }
    };
    administer::run(&data, &command)
}

fn manage_root_key(command: RootKey) -> Result<(), Failure> {
    let (data, command) = match command {
        RootKey::Create { account, data } => (data, AdminCommand::CreateRootKey { account: account.id }),
        RootKey::List { account, data } => (data, AdminCommand::ListRootKeys { account: account.id }),
        RootKey::Delete {
            access_key_id,
            account,
            data,
        } => {
            let account = account.id;
            let command = AdminCommand::DeleteRootKey {
                account,
                access_key_id,
            };
            (data, command)
        }
    };
    administer::run(&data, &command)
}
