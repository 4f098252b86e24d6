//! What a test suite waits for: the start of a server in memory, and its reset between two cases.

use std::time::Instant;

use crate::{
    Context, Result,
    keystead::Keystead,
    load::exchange,
    requests,
    stats::Spread,
    table::{Goal, Row, Table},
};

/// Users with a key each that a case leaves behind.
const USERS_LEFT_BEHIND: usize = 20;
const RESETS_PER_ROUND: usize = 20;

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let (mut starts, mut resets) = (Vec::new(), Vec::new());
    for _ in 0..context.rounds {
        let begin = Instant::now();
        let keystead = Keystead::in_memory(context)?;
        let server = keystead.server.address;
        let identity = requests::get_caller_identity(&keystead.administrator, server)?;
        exchange(server, &identity, |answer| {
            answer.expect(super::caller_identity::ANSWER)
        })?;
        starts.push(begin.elapsed().as_secs_f64());
        let mut slowest = 0.0_f64;
        for _ in 0..RESETS_PER_ROUND {
            leave_something_behind(&keystead)?;
            let request = format!("POST /-/reset HTTP/1.1\r\nhost: {server}\r\ncontent-length: 0\r\n\r\n");
            let begin = Instant::now();
            exchange(server, request.as_bytes(), |answer| match answer.status {
                200..300 => Ok(()),
                status => Err(format!("the reset answered {status}").into()),
            })?;
            slowest = slowest.max(begin.elapsed().as_secs_f64());
        }
        resets.push(slowest);
        keystead.server.stop()?;
    }
    let start = Spread::of(starts).ok_or("no round")?;
    let row = Row::new(
        "start in memory to the first answer",
        format!("{} ms", start.show(1e3, 1)),
    );
    table.push(row.goal(Goal::AtMost(50.0), start.median * 1e3, " ms"));
    let reset = Spread::of(resets).ok_or("no round")?;
    let row = Row::new(
        format!("POST /-/reset, slowest of {RESETS_PER_ROUND}"),
        format!("{} ms", reset.show(1e3, 2)),
    );
    table.push(row.goal(Goal::AtMost(5.0), reset.median * 1e3, " ms"));
    Ok(())
}

fn leave_something_behind(keystead: &Keystead) -> Result<()> {
    let (administrator, server) = (&keystead.administrator, keystead.server.address);
    for number in 0..USERS_LEFT_BEHIND {
        let user = format!("case-{number}");
        let request = requests::create_user(administrator, server, &user)?;
        exchange(server, &request, |answer| answer.expect("<CreateUserResponse"))?;
        let request = requests::create_access_key(administrator, server, &user)?;
        exchange(server, &request, |answer| {
            answer.expect("<CreateAccessKeyResponse")
        })?;
    }
    Ok(())
}
