//! Signatures that are known to fit: those of a recording whose names were replaced, so that they cannot be verified
//! any more.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use ring::digest::{Context, SHA256};

use crate::certificate::hex;

/// What was signed, by which key, and the signature: a fit that was proved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// What tells algorithms apart, where that counts.
    pub kind: Vec<u8>,
    pub key: Vec<u8>,
    pub message: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Proof {
    /// Names the proof and says nothing of what is in it. Each part counts with its length, so that no two look alike.
    pub fn digest(&self) -> String {
        digest([&self.kind, &self.key, &self.message, &self.signature])
    }
}

fn digest(parts: [&[u8]; 4]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    }
    hex(context.finish().as_ref())
}

#[derive(Default)]
struct State {
    /// None: nobody wants to know what fits.
    noted: Option<HashSet<Proof>>,
    believed: HashSet<String>,
}

static STATE: LazyLock<Mutex<State>> = LazyLock::new(Mutex::default);

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From here on, what fits is noted.
pub fn note() {
    state().noted.get_or_insert_default();
}

/// What was found to fit since it is noted.
pub fn noted() -> Vec<Proof> {
    state().noted.take().unwrap_or_default().into_iter().collect()
}

/// Believes what a recording proved, by its digests.
pub fn believe(digests: impl IntoIterator<Item = String>) {
    state().believed.extend(digests);
}

/// Whether a signature fits: because that is known, or because it can be verified.
pub fn fits(
    kind: &[u8],
    key: &[u8],
    message: &[u8],
    signature: &[u8],
    verify: impl FnOnce() -> bool,
) -> bool {
    let believes = !state().believed.is_empty();
    if believes && state().believed.contains(&digest([kind, key, message, signature])) {
        return true;
    }
    let fits = verify();
    if fits && let Some(noted) = &mut state().noted {
        let [kind, key, message, signature] = [kind, key, message, signature].map(<[u8]>::to_vec);
        noted.insert(Proof { kind, key, message, signature });
    }
    fits
}
