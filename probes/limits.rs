//! How many at once, how many to one host, and patience where a server asks for it.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// New connections to one host and port, outside loopback, in any one second.
const PER_HOST: usize = 50;
/// Datagrams under way to one name server: more overflow the usual receive buffer, and what is lost there comes
/// back a second later.
const PER_NAME_SERVER: usize = 96;
/// Requests to a sign-in host in any one second.
const PER_SIGN_IN_HOST: usize = 5;
const SIGN_IN_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
];

/// Shared by every probe of a run.
pub struct Limits {
    sockets: Arc<Semaphore>,
    paces: Mutex<HashMap<(String, u16), VecDeque<Instant>>>,
    pauses: Mutex<HashMap<String, Instant>>,
    name_servers: Mutex<HashMap<SocketAddr, Arc<Semaphore>>>,
}

impl Limits {
    /// At most that many sockets open at once.
    pub fn new(concurrency: usize) -> Self {
        Self {
            sockets: Arc::new(Semaphore::new(concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            paces: Mutex::default(),
            pauses: Mutex::default(),
            name_servers: Mutex::default(),
        }
    }

    /// Waits for a place. The permit must live as long as the socket.
    pub(crate) async fn socket(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed; without a permit the run would still go on, only unbounded.
        Arc::clone(&self.sockets).acquire_owned().await.ok()
    }

    /// Waits for a place in the queue of a name server.
    pub(crate) async fn name_server(&self, address: SocketAddr) -> Option<OwnedSemaphorePermit> {
        let queue = {
            let mut queues = lock(&self.name_servers);
            Arc::clone(queues.entry(address).or_insert_with(|| Arc::new(Semaphore::new(PER_NAME_SERVER))))
        };
        queue.acquire_owned().await.ok()
    }

    /// Waits until a new connection to that host and port is polite. Loopback needs no politeness.
    pub(crate) async fn pace(&self, host: &str, port: u16, address: Option<IpAddr>) {
        if address.is_some_and(|a| a.is_loopback()) {
            return;
        }
        let allowed = if SIGN_IN_HOSTS.contains(&host) { PER_SIGN_IN_HOST } else { PER_HOST };
        let turn = {
            let mut paces = lock(&self.paces);
            next_turn(paces.entry((host.to_owned(), port)).or_default(), allowed, Instant::now())
        };
        tokio::time::sleep_until(turn).await;
    }

    /// A server asked for patience: nothing more goes to that host for so long.
    pub(crate) fn pause(&self, host: &str, seconds: u32) {
        let until = Instant::now() + Duration::from_secs(seconds.into());
        let mut pauses = lock(&self.pauses);
        let entry = pauses.entry(host.to_owned()).or_insert(until);
        *entry = (*entry).max(until);
    }

    /// How many seconds of patience a host still asks for; none if it may be asked.
    pub(crate) fn paused(&self, host: &str) -> Option<u32> {
        let until = *lock(&self.pauses).get(host)?;
        let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        u32::try_from(left.as_secs() + 1).ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first moment at which no second holds more than `allowed` turns.
fn next_turn(turns: &mut VecDeque<Instant>, allowed: usize, now: Instant) -> Instant {
    let earliest = match turns.len().checked_sub(allowed).and_then(|oldest| turns.get(oldest)) {
        Some(oldest) => *oldest + Duration::from_secs(1),
        None => now,
    };
    let turn = earliest.max(now);
    turns.push_back(turn);
    while turns.len() > allowed {
        turns.pop_front();
    }
    turn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_holds_more_turns_than_allowed() {
        let start = Instant::now();
        let mut turns = VecDeque::new();
        let given: Vec<Instant> = (0..23).map(|_| next_turn(&mut turns, 5, start)).collect();
        for window in given.windows(6) {
            assert!(window[5] - window[0] >= Duration::from_secs(1));
        }
        assert_eq!(given[4], start, "the first five go at once");
        assert_eq!(given[22] - start, Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_lasts_as_long_as_the_server_asked() {
        let limits = Limits::new(4);
        assert_eq!(limits.paused("login.microsoftonline.com"), None);
        limits.pause("login.microsoftonline.com", 3);
        assert!(limits.paused("login.microsoftonline.com").is_some());
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(limits.paused("login.microsoftonline.com"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn loopback_is_not_paced() {
        let limits = Limits::new(4);
        let before = Instant::now();
        for _ in 0..500 {
            limits.pace("login.microsoftonline.com", 443, Some("127.0.0.1".parse().unwrap())).await;
        }
        assert_eq!(before, Instant::now());
        for _ in 0..6 {
            limits.pace("login.microsoftonline.com", 443, None).await;
        }
        assert!(Instant::now() - before >= Duration::from_secs(1));
    }
}
