use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::Limits;
use super::activity::{Activity, Clock, Overdue};
use crate::metrics::{ConnectionRefusal, ConnectionTimeout, Metrics};

/// All connections: how many there are, whose they are, and which have outstayed.
pub(super) struct Connections {
    limits: Limits,
    metrics: Metrics,
    clock: Arc<Clock>,
    table: Mutex<Table>,
    empty: Notify,
}

#[derive(Default)]
struct Table {
    open: HashMap<u64, Entry>,
    sources: HashMap<Source, usize>,
    next: u64,
    draining: bool,
}

struct Entry {
    activity: Arc<Activity>,
    /// Asks the connection to end after what it has begun.
    wind_down: Option<oneshot::Sender<()>>,
    task: Option<AbortHandle>,
    /// The tick at which it was asked.
    asked_at: u32,
}

/// One IPv4 address, or the network of 64 bits that one IPv6 user has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Source(IpAddr);

impl Source {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from(network))
            }
            address => address,
        })
    }
}

/// A connection's place among the others; dropping it gives the place back.
pub(super) struct Place {
    connections: Arc<Connections>,
    number: u64,
    source: Option<Source>,
    pub(super) activity: Arc<Activity>,
}

impl Connections {
    pub(super) fn new(limits: Limits, metrics: Metrics) -> Arc<Self> {
        let clock = Arc::new(Clock::new(&limits));
        Arc::new(Self {
            limits,
            metrics,
            clock,
            table: Mutex::default(),
            empty: Notify::new(),
        })
    }

    /// Lets a connection in, unless there are too many. `exempt` ones count for no source.
    pub(super) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        exempt: bool,
    ) -> Result<(Place, oneshot::Receiver<()>), ConnectionRefusal> {
        let source = (!exempt).then(|| Source::of(address));
        let (wind_down, asked) = oneshot::channel();
        let activity = Arc::new(Activity::new(Arc::clone(&self.clock)));
        let mut table = self.table.lock();
        if table.draining {
            return Err(ConnectionRefusal::Draining);
        }
        if table.open.len() >= self.limits.connections_max {
            return Err(ConnectionRefusal::TooMany);
        }
        if let Some(source) = source {
            let count = table.sources.entry(source).or_default();
            if *count >= self.limits.connections_per_source_max {
                return Err(ConnectionRefusal::TooManyOfSource);
            }
            *count += 1;
        }
        let number = table.next;
        table.next += 1;
        table.open.insert(
            number,
            Entry {
                activity: Arc::clone(&activity),
                wind_down: Some(wind_down),
                task: None,
                asked_at: 0,
            },
        );
        drop(table);
        self.metrics.connection_opened();
        Ok((
            Place {
                connections: Arc::clone(self),
                number,
                source,
                activity,
            },
            asked,
        ))
    }

    /// Tells which task serves a connection, so that it can be cut. It may have ended already.
    pub(super) fn set_task(&self, number: u64, task: AbortHandle) {
        if let Some(entry) = self.table.lock().open.get_mut(&number) {
            entry.task = Some(task);
        }
    }

    /// Closes the connections that keep the server waiting, for ever.
    pub(super) async fn sweep(self: Arc<Self>) {
        let mut ticks = interval(self.clock.period);
        // After a pause of the machine, clients get their time again.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.clock.wind();
            for entry in self.table.lock().open.values_mut() {
                match entry.activity.overdue(&self.limits) {
                    None => {}
                    Some(Overdue::Head) => {
                        if let Some(task) = entry.task.take() {
                            self.metrics.connection_closed(ConnectionTimeout::Head);
                            task.abort();
                        }
                    }
                    // Asked first, so that a TLS client gets its close_notify and an HTTP/2 one its
                    // GOAWAY; cut when it does not even read that.
                    Some(Overdue::Idle) => match entry.wind_down.take() {
                        Some(wind_down) => {
                            self.metrics.connection_closed(ConnectionTimeout::Idle);
                            entry.asked_at = now;
                            // An error says that it is ending already.
                            let _ = wind_down.send(());
                        }
                        None if self.clock.exceeds(entry.asked_at, self.limits.head_timeout) => {
                            if let Some(task) = entry.task.take() {
                                task.abort();
                            }
                        }
                        None => {}
                    },
                }
            }
        }
    }

    /// Lets nobody in any more, and asks all connections to end after what they have begun.
    pub(super) fn drain(&self) {
        let mut table = self.table.lock();
        table.draining = true;
        for entry in table.open.values_mut() {
            if let Some(wind_down) = entry.wind_down.take() {
                entry.asked_at = self.clock.now();
                let _ = wind_down.send(());
            }
        }
    }

    /// Waits until no connection is left.
    pub(super) async fn ended(&self) {
        loop {
            let empty = self.empty.notified();
            tokio::pin!(empty);
            empty.as_mut().enable();
            if self.table.lock().open.is_empty() {
                return;
            }
            empty.await;
        }
    }

    /// Cuts all connections, and says how many there were.
    pub(super) fn cut(&self) -> usize {
        let table = self.table.lock();
        for entry in table.open.values() {
            self.metrics.connection_closed(ConnectionTimeout::Shutdown);
            if let Some(task) = &entry.task {
                task.abort();
            }
        }
        table.open.len()
    }
}

impl Place {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.connections.table.lock();
        table.open.remove(&self.number);
        if let Some(source) = self.source
            && let Some(count) = table.sources.get_mut(&source)
        {
            *count -= 1;
            if *count == 0 {
                table.sources.remove(&source);
            }
        }
        let empty = table.open.is_empty();
        drop(table);
        self.connections.metrics.connection_ended();
        if empty {
            self.connections.empty.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_given_back() {
        let limits = Limits {
            connections_max: 3,
            connections_per_source_max: 2,
            ..Limits::default()
        };
        let connections = Connections::new(limits, Metrics::new("0", Vec::new(), &[]));
        let admit = |address: &str, exempt| {
            connections
                .admit(address.parse().unwrap(), exempt)
                .map(|(place, _)| place)
        };
        let one = admit("192.0.2.1", false).ok();
        let two = admit("::ffff:192.0.2.1", false).ok();
        assert!(one.is_some() && two.is_some());
        assert_eq!(
            admit("192.0.2.1", false).err(),
            Some(ConnectionRefusal::TooManyOfSource)
        );
        let three = admit("192.0.2.1", true).ok();
        assert!(three.is_some());
        assert_eq!(admit("192.0.2.2", false).err(), Some(ConnectionRefusal::TooMany));
        drop(one);
        drop(three);
        let six = admit("2001:db8::1", false).ok();
        assert!(six.is_some());
        drop(two);
        let also_six = admit("2001:db8::ffff", false).ok();
        assert!(also_six.is_some());
        assert_eq!(
            admit("2001:db8::2", false).err(),
            Some(ConnectionRefusal::TooManyOfSource)
        );
        assert!(admit("2001:db8:0:1::2", false).is_ok(), "another network");
        connections.drain();
        assert_eq!(admit("192.0.2.3", false).err(), Some(ConnectionRefusal::Draining));
        drop((six, also_six));
        let table = connections.table.lock();
        assert!(table.open.is_empty() && table.sources.is_empty());
    }
}
