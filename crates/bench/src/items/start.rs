//! From the start of the process to the first answered request.

use std::{path::Path, time::Instant};

use crate::{
    Context, Result,
    dataset::Dataset,
    keystead::Keystead,
    load::exchange,
    machine, requests,
    stats::Spread,
    table::{Goal, Row, Table},
};

const START_MILLISECONDS_MAX: f64 = 50.0;

/// One start: seconds to the first answer, and the resident memory then.
pub(crate) struct Start {
    pub(crate) seconds: f64,
    pub(crate) resident_bytes: u64,
}

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let mut firsts = Vec::new();
    for round in 0..context.rounds {
        firsts.push(start(
            context,
            &context.scratch.join(format!("first-start-{round}")),
        )?);
    }
    push(table, "first start: account, administrator, keys", &firsts)?;
    let data = context.scratch.join("first-start-0");
    let again: Vec<_> = (0..context.rounds)
        .map(|_| start(context, &data))
        .collect::<Result<_>>()?;
    push(table, "start, empty store", &again)?;
    full(context, table)
}

/// With a million keys. The first start counts no round: it brings the files into the page cache.
fn full(context: &Context, table: &mut Table) -> Result<()> {
    let keys = context.keys_max;
    let (few, full) = (
        Dataset::with_keys(context, 1000)?,
        Dataset::with_keys(context, keys)?,
    );
    let data = full.copy(context, "start-full")?;
    start(context, &data)?;
    let starts: Vec<_> = (0..context.rounds)
        .map(|_| start(context, &data))
        .collect::<Result<_>>()?;
    push(table, &format!("start, {keys} keys"), &starts)?;
    let bytes_per_key = (full.bytes()? as f64 - few.bytes()? as f64) / (keys - few.keys) as f64;
    let figure = format!("{bytes_per_key:.0} B per key, with its user and both their rows of the feed");
    table.push(Row::new(format!("size of the store, {keys} keys"), figure));
    Ok(())
}

fn push(table: &mut Table, title: &str, starts: &[Start]) -> Result<()> {
    let seconds = Spread::of(starts.iter().map(|start| start.seconds)).ok_or("no start")?;
    let memory = Spread::of(starts.iter().map(|start| start.resident_bytes as f64)).ok_or("no start")?;
    let figure = format!(
        "{} ms, {} MB resident",
        seconds.show(1e3, 1),
        memory.show(1e-6, 1)
    );
    let row = Row::new(format!("{title}, to the first answer"), figure);
    table.push(row.goal(Goal::AtMost(START_MILLISECONDS_MAX), seconds.median * 1e3, " ms"));
    Ok(())
}

fn start(context: &Context, data: &Path) -> Result<Start> {
    let begin = Instant::now();
    let keystead = Keystead::on_data(context, data, None, None)?;
    let server = &keystead.server;
    let request = requests::get_caller_identity(&keystead.administrator, server.address)?;
    exchange(server.address, &request, |answer| {
        answer.expect(super::caller_identity::ANSWER)
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let resident_bytes = machine::resident_bytes(server.id())?;
    keystead.server.stop()?;
    Ok(Start {
        seconds,
        resident_bytes,
    })
}
