//! What asking the policies costs a request: GetUser and CreateAccessKey over loopback, against a server
//! that is the same but for the decision.

use std::path::Path;

use crate::{
    Context, Result,
    dataset::Dataset,
    distance::Class,
    items::create_key::{self, Slots},
    keystead::Keystead,
    load::{Load, Until},
    machine::SERVER_CORE,
    requests,
    table::{Goal, Row, Table},
    turns::{self, Run, Turns},
};

const CONNECTIONS: usize = 32;
const KEYS_PER_RUN: usize = 8000;
const GET_USER_ANSWER: &str = "<GetUserResponse";

/// What a user of these measurements may do: five statements, with a variable and conditions.
const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
{"Sid": "Look", "Effect": "Allow", "Action": ["iam:ListUsers", "iam:GetAccountSummary"], "Resource": "*"},
{"Sid": "Own", "Effect": "Allow", "Action": ["iam:GetUser", "iam:ListUserTags"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
{"Sid": "Keys", "Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
{"Sid": "Objects", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::shared/*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}},
{"Sid": "Here", "Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1"]}}}
]}"#;

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let program = context.undecided.as_deref();
    let program = program.ok_or("--undecided names no server without decisions")?;
    let undecided = context.with_server(program);
    get_user(context, &undecided, table)?;
    create_key(context, &undecided, table)
}

fn get_user(context: &Context, undecided: &Context, table: &mut Table) -> Result<()> {
    let floor = Reader::start(undecided, "undecided-get-user")?;
    let ours = Reader::start(context, "decided-get-user")?;
    let processes = [floor.keystead.server.id(), ours.keystead.server.id()];
    let turns = turns::take(
        context.rounds,
        &processes,
        &mut [&mut || floor.run(context), &mut || ours.run(context)],
    )?;
    let goal = match turns.class {
        Class::Near => 0.90,
        Class::Far => 0.95,
    };
    report("GetUser, 32 connections, one core", &turns, goal, table)?;
    floor.keystead.server.stop()?;
    ours.keystead.server.stop()
}

fn create_key(context: &Context, undecided: &Context, table: &mut Table) -> Result<()> {
    let dataset = Dataset::with_keys(context, 1000)?;
    let start = |context: &Context, name: &str| {
        let data = dataset.copy(context, name)?;
        Keystead::on_data(context, &data, Some(SERVER_CORE), None)
    };
    let floor = start(undecided, "undecided-create-key")?;
    let ours = start(context, "decided-create-key")?;
    let (mut floor_slots, mut our_slots) = (Slots::default(), Slots::default());
    let run = |keystead: &Keystead, slots: &mut Slots| {
        let first = slots.take(KEYS_PER_RUN)?;
        create_key::run(&keystead.server, &keystead.administrator, 64, first, KEYS_PER_RUN)
    };
    let processes = [floor.server.id(), ours.server.id()];
    let turns = turns::take(
        context.rounds,
        &processes,
        &mut [&mut || run(&floor, &mut floor_slots), &mut || {
            run(&ours, &mut our_slots)
        }],
    )?;
    report("CreateAccessKey, 64 at a time", &turns, 0.95, table)?;
    floor.server.stop()?;
    ours.server.stop()
}

fn report(what: &str, turns: &Turns, goal: f64, table: &mut Table) -> Result<()> {
    let (floor, ours) = (0, 1);
    let rate = |thing| Ok::<_, crate::BoxError>(turns.spread(thing, |run| run.rate)?.show(1e-3, 1));
    let title = format!("{what}, decided ({})", turns.class);
    let row =
        Row::new(title, format!("{} k/s", rate(ours)?)).floor(format!("undecided {} k/s", rate(floor)?));
    table.push(row.ratio(
        turns.ratio(ours, floor, |run| run.rate)?,
        Some(Goal::AtLeast(goal)),
    ));
    table.note(format!("{what}: {}", turns.circumstances()));
    Ok(())
}

/// A server with a user who asks about itself.
struct Reader {
    keystead: Keystead,
    request: Vec<u8>,
}

impl Reader {
    fn start(context: &Context, name: &str) -> Result<Self> {
        let data: &Path = &context.scratch.join(name);
        let keystead = Keystead::on_data(context, data, Some(SERVER_CORE), None)?;
        let reader = keystead.user("reader", POLICY)?;
        let request = requests::get_user(&reader, keystead.server.address)?;
        Ok(Self { keystead, request })
    }

    fn run(&self, context: &Context) -> Result<Run> {
        let server = &self.keystead.server;
        let load = Load {
            server: server.address,
            connections: CONNECTIONS,
            requests: std::slice::from_ref(&self.request),
            expected: GET_USER_ANSWER,
            until: Until::Elapsed(context.run_time),
        };
        Run::of(server, &load)
    }
}
