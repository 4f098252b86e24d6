//! AssumeRole over loopback, the server on one core and the load on the other, against a bare hyper server
//! that answers the same bytes.
//!
//! A user assumes a role of its account with its long-term key: the user's policy and the role's trust policy
//! are both asked, and both have a condition. Every call seals a session token.

use std::{fs, time::Duration};

use crate::{
    BoxError, Context, Result,
    items::caller_identity::floor_server,
    keystead::{Keystead, element},
    load::{Load, Until, exchange},
    machine::SERVER_CORE,
    process::Server,
    requests,
    table::{Row, Table},
    turns::{self, Run, Turns},
};

const CONNECTIONS: usize = 32;
const ANSWER: &str = "<AssumeRoleResponse";

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/deploy-*"},
{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": ["127.0.0.0/8", "::1"]}}}
]}"#;

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let data = context.scratch.join("assume-role");
    let keystead = Keystead::on_data(context, &data, Some(SERVER_CORE), None)?;
    let server = &keystead.server;
    let request = request(&keystead)?;
    let answer_file = context.scratch.join("assume-role.http");
    exchange(server.address, &request, |answer| {
        answer.expect(ANSWER)?;
        Ok(fs::write(&answer_file, [answer.head, answer.body].concat())?)
    })?;
    let floor = floor_server(&answer_file)?;
    let turns = turns::take(
        context.rounds,
        &[server.id(), floor.id()],
        &mut [&mut || run(&floor, &request, context.run_time), &mut || {
            run(server, &request, context.run_time)
        }],
    )?;
    report(&turns, table)?;
    keystead.server.stop()
}

/// Makes the user and the role; the user's request to assume it.
fn request(keystead: &Keystead) -> Result<Vec<u8>> {
    let (server, administrator) = (keystead.server.address, &keystead.administrator);
    let user = keystead.user("deployer", POLICY)?;
    let identity = requests::get_caller_identity(administrator, server)?;
    let account = element(&keystead.ask(&identity, "<GetCallerIdentityResponse")?, "Account")?;
    let trust_policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "sts:AssumeRole",
"Principal": {{"AWS": "arn:aws:iam::{account}:root"}},
"Condition": {{"StringLike": {{"sts:RoleSessionName": "measure*"}}}}}}]}}"#
    );
    let role = requests::create_role(administrator, server, "deploy-web", &trust_policy)?;
    let created = keystead.ask(&role, "<CreateRoleResponse")?;
    requests::assume_role(&user, server, &element(&created, "Arn")?)
}

fn run(server: &Server, request: &Vec<u8>, time: Duration) -> Result<Run> {
    let load = Load {
        server: server.address,
        connections: CONNECTIONS,
        requests: std::slice::from_ref(request),
        expected: ANSWER,
        until: Until::Elapsed(time),
    };
    Run::of(server, &load)
}

fn report(turns: &Turns, table: &mut Table) -> Result<()> {
    let (floor, ours) = (0, 1);
    let title = format!(
        "AssumeRole, {CONNECTIONS} connections, one core ({})",
        turns.class
    );
    let rate = |thing| Ok::<_, BoxError>(turns.spread(thing, |run| run.rate)?.show(1e-3, 1));
    let row = Row::new(title, format!("{} k/s", rate(ours)?)).floor(format!("hyper {} k/s", rate(floor)?));
    table.push(row.ratio(turns.ratio(ours, floor, |run| run.rate)?, None));
    type Figure = fn(&Run) -> f64;
    let figures: [(&str, Figure, f64, usize); 3] = [
        ("… processor time of the server per call", Run::cost, 1e6, 1),
        ("… p50", |run| run.latencies.p50.into(), 1e-3, 0),
        ("… p99", |run| run.latencies.p99.into(), 1e-3, 0),
    ];
    for (name, of, scale, decimals) in figures {
        let show = |thing| Ok::<_, BoxError>(turns.spread(thing, of)?.show(scale, decimals));
        let row = Row::new(name, format!("{} us", show(ours)?)).floor(format!("hyper {} us", show(floor)?));
        table.push(row.ratio(turns.ratio(ours, floor, of)?, None));
    }
    table.note(format!("AssumeRole: {}", turns.circumstances()));
    Ok(())
}
