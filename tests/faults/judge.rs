//! Runs the program against a fault, and judges what must hold whatever the fault is.

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::support::{self, Seen};

/// A run that has not ended by then never will: its own deadline is a fraction of it.
const HANGS: Duration = Duration::from_secs(60);
/// What no fault may bring a run to.
const MOST_KB: u64 = 100 * 1024;
/// Most of a case is waiting.
const AT_ONCE: usize = 8;

/// Where the servers of all cases live.
pub(crate) fn servers() -> &'static Runtime {
    static SERVERS: OnceLock<Runtime> = OnceLock::new();
    SERVERS.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// Runs a command to its end: no hang, no panic, no more memory than allowed.
pub(crate) fn run(mut command: Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    finish(child.expect("the program starts"))
}

/// The same for a program that has been started, with its standard output not yet taken.
pub(crate) fn finish(mut child: Child) -> Output {
    let (done, ends) = mpsc::channel();
    let stdout = drain(child.stdout.take(), done.clone());
    let stderr = drain(child.stderr.take(), done);
    let started = Instant::now();
    let mut peak_kb = 0;
    // Both streams end with the program; until then its memory is watched.
    let mut open = 2;
    while open > 0 {
        peak_kb = peak_kb.max(peak(child.id()));
        match ends.recv_timeout(Duration::from_millis(5)) {
            Ok(()) => open -= 1,
            Err(_) if started.elapsed() > HANGS => {
                let _ = child.kill();
                let _ = child.wait();
                panic!("it hangs");
            }
            Err(_) => {}
        }
    }
    let status = child.wait().expect("the program ends");
    let (stdout, stderr) = (stdout.join().expect("a stream"), stderr.join().expect("a stream"));
    let said = String::from_utf8_lossy(&stderr);
    assert!(!said.contains("panicked"), "{said}");
    assert!(peak_kb < MOST_KB, "{peak_kb} kB of memory");
    Output { status, stdout, stderr }
}

fn drain(stream: Option<impl Read + Send + 'static>, done: mpsc::Sender<()>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut all);
        }
        let _ = done.send(());
        all
    })
}

/// The most memory that the program has held so far; none where the system does not tell.
fn peak(process: u32) -> u64 {
    let status = || std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    // Before it has become the program the process shares this one's memory. What is read after it bears its own name
    // is its own.
    if !status().starts_with("Name:\tenrollcheck\n") {
        return 0;
    }
    let status = status();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// A run in JSON, judged in what holds for every run.
pub(crate) fn report(arguments: &[&str], folder: &Path) -> Seen {
    let mut all = vec!["run", "-f", "json"];
    all.extend(arguments);
    reported(run(support::command(&all, folder)))
}

/// The same of a run that has ended.
pub(crate) fn reported(output: Output) -> Seen {
    let seen = Seen::of(output);
    let has = |status: &str| seen.findings().iter().any(|finding| finding["status"] == status);
    let code = match (has("fail"), has("unknown")) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    };
    assert_eq!(seen.code, code, "the exit code fits: {:?}", seen.trouble());
    let broken = seen.findings().iter().find(|finding| finding["reason"] == "check-failed");
    assert!(broken.is_none(), "a check broke down: {broken:?}");
    for finding in seen.findings() {
        let summary = finding["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty() && summary.chars().count() < 2000, "{finding}");
    }
    seen
}

/// Runs every case, several at a time, and tells all that ended otherwise than they should. What is wanted may name
/// several ends, with bars between, where the machine's own timing decides.
pub(crate) fn table<T: Sync>(cases: &[(&str, T, &str)], said: impl Fn(&T) -> String + Sync) {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(cases.len()) {
            scope.spawn(|| {
                while let Some((name, case, wanted)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = match catch_unwind(AssertUnwindSafe(|| said(case))) {
                        Ok(found) => found,
                        Err(why) => match (why.downcast_ref::<String>(), why.downcast_ref::<&str>()) {
                            (Some(why), _) => why.clone(),
                            (_, Some(why)) => (*why).to_owned(),
                            _ => "a panic without words".to_owned(),
                        },
                    };
                    if !wanted.split('|').any(|wanted| wanted == found) {
                        wrong.lock().expect("a list").push(format!("{name}: wanted {wanted}, found {found}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("a list");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
