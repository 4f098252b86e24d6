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
use keystead_server::admin::Command as AdminCommand;

use args::{Account, Admin, Command, CommandLine, MasterKey, RootKey};
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
        Command::Account(Account::Show { data }) => administer::run(&data, &AdminCommand::ShowAccount),
        Command::Account(Account::Set { settings, data }) => {
            administer::run(&data, &AdminCommand::SetAccount { settings })
        }
        Command::RootKey(RootKey::Create { data }) => administer::run(&data, &AdminCommand::CreateRootKey),
        Command::RootKey(RootKey::List { data }) => administer::run(&data, &AdminCommand::ListRootKeys),
        Command::RootKey(RootKey::Delete { access_key_id, data }) => {
            administer::run(&data, &AdminCommand::DeleteRootKey { access_key_id })
        }
        Command::Admin(Admin::Recover { data }) => {
            administer::run(&data, &AdminCommand::RecoverAdministrator)
        }
    }
}
