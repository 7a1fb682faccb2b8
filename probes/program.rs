//! A program of the user's: JSON in, an answer out, within bounds of time and size.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use facts::program::{Ran, Run};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// What is kept of standard output: a verdict has a few hundred bytes.
const MOST_OUTPUT: u64 = 64 * 1024;
/// How long a program's pipes are read after its end.
const LINGERING: Duration = Duration::from_millis(250);
/// What is kept of standard error.
const MOST_COMPLAINT: u64 = 4 * 1024;

pub(crate) async fn run(question: &Run, places: &Semaphore) -> Ran {
    // The semaphore is never closed; without a permit the program would still be run.
    let _place = places.acquire().await.ok();
    let mut child = match start(question) {
        Ok(child) => child,
        Err(why) => return Ran::NotStarted(why.to_string()),
    };
    let _group = Group::of(&child);
    let bound = Duration::from_millis(question.timeout_ms.into());
    match tokio::time::timeout(bound, converse(&mut child, &question.input)).await {
        Ok(Ok(ran)) => ran,
        Ok(Err(why)) => Ran::NotStarted(why.to_string()),
        Err(_) => Ran::TimedOut,
    }
}

fn start(question: &Run) -> io::Result<Child> {
    let (program, arguments) = question.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let folder = Path::new(&question.folder);
    // A path is meant from the folder of the settings; a bare name is looked for where programs are.
    let program = match program.contains(['/', '\\']) {
        true => std::path::absolute(folder.join(program))?.into_os_string(),
        false => program.into(),
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if !question.folder.is_empty() {
        command.current_dir(folder);
    }
    command.kill_on_drop(true);
    // A group of its own, so that what the program started ends with it.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn()
}

async fn converse(child: &mut Child, input: &str) -> io::Result<Ran> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let asking = async move {
        // A program that wants to know nothing may close its input.
        let _ = stdin.write_all(input.as_bytes()).await;
    };
    let (mut output, mut complaint) = (Kept::default(), Kept::default());
    let status = {
        let talking = async {
            tokio::join!(asking, output.fill(stdout, MOST_OUTPUT), complaint.fill(stderr, MOST_COMPLAINT))
        };
        tokio::pin!(talking);
        tokio::select! {
            ((), said, complained) = &mut talking => {
                said.and(complained)?;
                child.wait().await?
            }
            status = child.wait() => {
                // What it started may hold its output open: what it said itself is there by now.
                let _ = tokio::time::timeout(LINGERING, &mut talking).await;
                status?
            }
        }
    };
    let truncated = output.truncated;
    Ok(Ran::Ended { code: status.code(), output: output.text(), complaint: complaint.text(), truncated })
}

/// The beginning of what a pipe gives.
#[derive(Default)]
struct Kept {
    octets: Vec<u8>,
    truncated: bool,
}

impl Kept {
    /// The rest is read and left, so that the program comes to its end.
    async fn fill(&mut self, mut pipe: impl AsyncRead + Unpin, most: u64) -> io::Result<()> {
        (&mut pipe).take(most).read_to_end(&mut self.octets).await?;
        let rest = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
        self.truncated = rest > 0;
        Ok(())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.octets).into_owned()
    }
}

/// The program and what it has started: whatever ends the question (an answer, time, a signal) ends them too.
struct Group {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        Self { id: child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.id {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}
