//! What ends a run before its last answer: the deadline, or somebody who wants to stop.

use checks::{Reason, common};

/// What ended a run before its last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Deadline,
    /// SIGINT, with its exit code 130.
    Interrupt,
    /// SIGTERM, with its exit code 143.
    Terminate,
}

impl Cut {
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::Deadline => common::DEADLINE,
            Self::Interrupt | Self::Terminate => common::INTERRUPTED,
        }
    }
}

/// Listens from the call on for somebody who wants to stop, and ends when there is one.
#[cfg(unix)]
pub(crate) fn interrupted() -> impl Future<Output = Cut> {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn heard(signal: std::io::Result<Signal>) {
        if let Ok(mut signal) = signal
            && signal.recv().await.is_some()
        {
            return;
        }
        // Without a handler nobody can ask; the deadline still holds.
        std::future::pending().await
    }
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async {
        tokio::select! {
            () = heard(interrupt) => Cut::Interrupt,
            () = heard(terminate) => Cut::Terminate,
        }
    }
}

/// Waits for somebody who wants to stop.
#[cfg(not(unix))]
pub(crate) async fn interrupted() -> Cut {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Cut::Interrupt,
        // Without a handler nobody can ask; the deadline still holds.
        Err(_) => std::future::pending().await,
    }
}
