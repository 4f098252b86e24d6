//! Whether a page of the console costs more when the account has more users and audit events: each page as an
//! administrator sees it, over one connection, in a large account and in a small one.

use std::{fs, path::Path, time::Duration};

use crate::{
    Context, Result,
    browser::{Browser, PAGE, next_page},
    data_directory,
    keystead::Keystead,
    load::{Load, Until},
    machine::SERVER_CORE,
    table::{Goal, Row, Table},
    turns::{self, Run, Turns},
    world::{BUSY_USER, FREQUENT_OPERATION, ORDINARY_USER, RARE_OPERATION, Size, World},
};

/// What a page may cost in the large account, as a multiple of its cost in the small one.
const COST_MAX: f64 = 2.0;
/// Pages come one at a time, so the run needs no long time to settle.
const RUNS_PER_RUN_TIME: u32 = 12;
/// How many pages further a later page is.
const PAGES_FURTHER: usize = 20;

const SMALL: Size = Size {
    users: 10,
    groups: 3,
    policies: 3,
    roles: 2,
    events: 100,
};

/// A page that is measured.
struct Measured {
    title: &'static str,
    path: String,
    /// What stands on it in both accounts, so that it is not another page.
    shows: &'static str,
    is_later: bool,
}

/// A server with an account, and somebody who looks at it.
struct Visited {
    keystead: Keystead,
    browser: Browser,
}

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    let (users, events) = context.world_max;
    let large = Size {
        users,
        groups: 100,
        policies: 200,
        roles: 50,
        events,
    };
    let (small_world, small_kept) = World::of(context, SMALL)?;
    let (large_world, large_kept) = World::of(context, large)?;
    let large = Visited::start(context, &large_kept, "pages-large")?;
    let mut others = 0.0_f64;
    for (of_small, of_large) in pages(small_world).iter().zip(&pages(large_world)) {
        // What is looked at is recorded, so a small account stays small only when each page finds it anew.
        let small = Visited::start(context, &small_kept, "pages-small")?;
        let requests = [small.request(of_small)?, large.request(of_large)?];
        let children = [small.keystead.server.id(), large.keystead.server.id()];
        let turns = turns::take(
            context.rounds,
            &children,
            &mut [&mut || small.run(context, &requests[0]), &mut || {
                large.run(context, &requests[1])
            }],
        )?;
        table.push(row(of_large.title, &turns)?);
        others = others.max(turns.others());
        small.keystead.server.stop()?;
        fs::remove_dir_all(context.scratch.join("pages-small"))?;
    }
    table.note(format!(
        "Pages: {users} users and {events} audit events, the floor {} and {}; the server's processor time for a page, \
         beside the median time to its last byte; {}",
        SMALL.users,
        SMALL.events,
        turns::noise(others)
    ));
    large.keystead.server.stop()
}

fn row(title: &str, turns: &Turns) -> Result<Row> {
    let (small, large) = (0, 1);
    let show = |thing| -> Result<String> {
        let cost = turns.spread(thing, Run::cost)?;
        let answered = turns.spread(thing, |run| run.latencies.p50.into())?;
        Ok(format!(
            "{} ms, p50 {:.2} ms",
            cost.show(1e3, 2),
            answered.median * 1e-6
        ))
    };
    let row = Row::new(format!("page: {title}"), show(large)?).floor(show(small)?);
    Ok(row.ratio(
        turns.ratio(large, small, Run::cost)?,
        Some(Goal::AtMost(COST_MAX)),
    ))
}

impl Visited {
    /// Serves a copy of a kept directory.
    fn start(context: &Context, kept: &Path, name: &str) -> Result<Self> {
        let data = data_directory::copy(kept, context, name)?;
        let keystead = Keystead::on_data(context, &data, Some(SERVER_CORE), None)?;
        let browser = Browser::sign_in(&keystead)?;
        Ok(Self { keystead, browser })
    }

    /// The request for a page, which was looked at once.
    fn request(&self, measured: &Measured) -> Result<Vec<u8>> {
        let mut path = measured.path.clone();
        let mut page = self.browser.page(&path)?;
        if measured.is_later {
            for _ in 0..PAGES_FURTHER {
                let Some(next) = next_page(&page) else { break };
                page = self.browser.page(&next)?;
                path = next;
            }
        }
        match page.contains(measured.shows) {
            true => Ok(self.browser.request(&path)),
            false => Err(format!("{path} does not show {}", measured.shows).into()),
        }
    }

    fn run(&self, context: &Context, request: &Vec<u8>) -> Result<Run> {
        let load = Load {
            server: self.keystead.server.address,
            connections: 1,
            requests: std::slice::from_ref(request),
            expected: PAGE,
            until: Until::Elapsed((context.run_time / RUNS_PER_RUN_TIME).max(Duration::from_millis(200))),
        };
        Run::of(&self.keystead.server, &load)
    }
}

/// The pages, in the same order for every world.
fn pages(world: World) -> Vec<Measured> {
    let page = |title, path: &str, shows| Measured {
        title,
        path: path.to_owned(),
        shows,
        is_later: false,
    };
    let later = |title, path: &str, shows| Measured {
        is_later: true,
        ..page(title, path, shows)
    };
    let user = World::user_name(ORDINARY_USER);
    let of_user = |title, rest: &str, shows| page(title, &format!("/console/users/{user}{rest}"), shows);
    let events = |title, filter: &str| page(title, &format!("/console/events?{filter}"), "Events");
    let (key, busy) = (world.key_id(ORDINARY_USER, 0), World::user_name(BUSY_USER));
    let of_key = |title, rest: &str, shows| of_user(title, &format!("/access-keys/{key}{rest}"), shows);
    let arn = format!("arn:aws:iam::{}:policy/{}", world.account, World::policy_name(0));
    let group = format!("/console/groups/{}", World::group_name(0));
    let role = format!("/console/roles/{}", World::role_name(0));
    let (from, until) = (world.moment(0.4), world.moment(0.6));
    vec![
        page("dashboard", "/console/", "What needs attention"),
        page(
            "keys to look after",
            "/console/attention/old-keys",
            "older than 90 days",
        ),
        page("users", "/console/users", "Users"),
        later("users, a later page", "/console/users", "Users"),
        page(
            "users, one found",
            &format!("/console/users?search={user}"),
            "ada.lovelace",
        ),
        page("users, none found", "/console/users?search=nobody", "No user has"),
        of_user("a user's permissions", "", "own-credentials"),
        of_user("a user's groups", "/groups", "team-000"),
        of_user("a user's tags", "/tags", "cost-center"),
        of_user("a user's security credentials", "/security-credentials", "AKIA"),
        of_key("an access key", "", "AKIA"),
        of_key("an access key's rotation", "/rotate", "AKIA"),
        page("create a user", "/console/create-user", "Create user"),
        page("groups", "/console/groups", "team-000"),
        page("a group", &group, "ada.lovelace"),
        page(
            "a group's permissions",
            &format!("{group}/permissions"),
            "bucket-access-000",
        ),
        page("policies", "/console/policies", "Policies"),
        page(
            "policies, one found",
            "/console/policies?search=access-000",
            "bucket-access-000",
        ),
        page("a policy", &format!("/console/policy?arn={arn}"), "s3:GetObject"),
        page(
            "a policy's entities",
            &format!("/console/policy/entities?arn={arn}"),
            "ada.lovelace",
        ),
        page("roles", "/console/roles", "deploy-000"),
        page("a role", &role, "bucket-access-000"),
        events("events", ""),
        later("events, a later page", "/console/events?", "Events"),
        events(
            "events by time",
            &format!("from={from}&until={until}").replace('Z', ""),
        ),
        events("events of a key", &format!("key={key}")),
        events("events of a user", &format!("user={user}")),
        events("events of a busy user", &format!("user={busy}")),
        events(
            "events of an operation",
            &format!("operation={FREQUENT_OPERATION}"),
        ),
        events("events that were denied", "outcome=denied"),
        events(
            "events of a busy user that were denied",
            &format!("user={busy}&outcome=denied"),
        ),
        events(
            "events of a busy user, a rare operation",
            &format!("user={busy}&operation={RARE_OPERATION}"),
        ),
        page("account settings", "/console/account", "Account"),
        page("my security credentials", "/console/me", "Access keys"),
    ]
}
