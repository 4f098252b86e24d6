//! Whether a request costs more when more keys are stored.

use crate::{
    Context, Result,
    dataset::Dataset,
    items::{
        caller_identity,
        create_key::{self, Slots},
    },
    keystead::Keystead,
    machine::SERVER_CORE,
    requests::{self, Credentials},
    table::{Goal, Row, Table},
    turns::{self, Run},
};

const CONNECTIONS: usize = 64;
const KEYS_PER_RUN: usize = 8000;
/// Keys that sign the GetCallerIdentity requests, from all over the store: as many at each size.
const SIGNING_KEYS: usize = 1000;
/// What a request may cost with many keys, as a multiple of its cost with few.
const COST_MAX: f64 = 1.2;

/// A server with a data set of one size.
struct Sized {
    keystead: Keystead,
    slots: Slots,
    signers: Vec<Credentials>,
}

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let sizes = [1_000, context.keys_max / 10, context.keys_max];
    let mut servers = sizes
        .map(|size| Sized::start(context, size))
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    let children: Vec<u32> = servers.iter().map(|sized| sized.keystead.server.id()).collect();
    type Measure = fn(&Context, &mut Sized) -> Result<Run>;
    let kinds: [(&str, Measure); 2] = [
        ("CreateAccessKey, 64 connections", Sized::create),
        ("GetCallerIdentity, 32 connections", Sized::identify),
    ];
    for (title, run) in kinds {
        let mut runs: Vec<_> = servers
            .iter_mut()
            .map(|sized| move || run(context, sized))
            .collect();
        let mut things: Vec<&mut dyn FnMut() -> Result<Run>> = runs
            .iter_mut()
            .map(|run| run as &mut dyn FnMut() -> Result<Run>)
            .collect();
        let turns = turns::take(context.rounds, &children, &mut things)?;
        let few = turns.spread(0, |run| run.rate)?;
        for (thing, size) in sizes.iter().enumerate().skip(1) {
            let rate = turns.spread(thing, |run| run.rate)?;
            let row = Row::new(
                format!("{title}, {size} keys stored"),
                format!("{} /s", rate.show(1.0, 0)),
            );
            let row = row.floor(format!("{} keys: {} /s", sizes[0], few.show(1.0, 0)));
            table.push(row.ratio(
                turns.ratio(thing, 0, |run| 1.0 / run.rate)?,
                Some(Goal::AtMost(COST_MAX)),
            ));
        }
        table.note(format!("Growth, {title}: {}", turns.circumstances()));
    }
    servers
        .into_iter()
        .try_for_each(|sized| sized.keystead.server.stop())
}

impl Sized {
    fn start(context: &Context, size: usize) -> Result<Self> {
        let dataset = Dataset::with_keys(context, size)?;
        let data = dataset.copy(context, &format!("growth-{size}"))?;
        let keystead = Keystead::on_data(context, &data, Some(SERVER_CORE), None)?;
        Ok(Self {
            keystead,
            slots: Slots::default(),
            signers: dataset.sample(SIGNING_KEYS).collect(),
        })
    }

    fn create(_: &Context, sized: &mut Self) -> Result<Run> {
        let Keystead {
            server,
            administrator,
        } = &sized.keystead;
        let first = sized.slots.take(KEYS_PER_RUN)?;
        create_key::run(server, administrator, CONNECTIONS, first, KEYS_PER_RUN)
    }

    fn identify(context: &Context, sized: &mut Self) -> Result<Run> {
        let server = &sized.keystead.server;
        let sign = |signer| requests::get_caller_identity(signer, server.address);
        let requests: Vec<_> = sized.signers.iter().map(sign).collect::<Result<_>>()?;
        caller_identity::run(server, &requests, context.run_time)
    }
}
