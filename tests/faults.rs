//! Faults, each with its name, at every place that reads what others send, and faults of the machine itself: the run
//! ends, nothing breaks down, memory stays bounded, and the finding says what is true.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg(unix)]

mod support;

#[path = "faults/certificates.rs"]
mod certificates;
#[path = "faults/dns.rs"]
mod dns;
#[path = "faults/documents.rs"]
mod documents;
#[path = "faults/http.rs"]
mod http;
#[path = "faults/judge.rs"]
mod judge;
#[path = "faults/machine.rs"]
mod machine;
#[path = "faults/name_server.rs"]
mod name_server;
#[path = "faults/proxies.rs"]
mod proxies;
#[path = "faults/tls.rs"]
mod tls;
#[path = "faults/visits.rs"]
mod visits;
