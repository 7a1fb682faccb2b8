//! Faults of the machine itself: full disks, closed pipes, folders that cannot be written to, signals, few
//! descriptors, odd environments, and many runs at once.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use lab::{Adfs, Lab, Proxy, Step, Trouble};
use serde_json::Value;

use crate::judge::{finish, reported, run, servers, table};
use crate::support::{World, command, every_host, file};

const TENANT: &str = "[[tenant]]\ndomains = [\"contoso.com\"]\ncloud = \"worldwide\"\n";
const FORMATS: [&str; 11] =
    ["human", "json", "jsonl", "junit", "markdown", "html", "csv", "prometheus", "nagios", "sarif", "ics"];
/// Where every write fails for want of room.
const FULL: &str = "/dev/full";

/// A world whose settings are written once, for as many runs as there are.
struct Bench {
    world: World,
    settings: String,
}

impl Bench {
    fn of(world: World) -> Self {
        let settings = world.lab.settings(TENANT).unwrap().display().to_string();
        Self { world, settings }
    }
}

fn names() -> Bench {
    Bench::of(World::of_names(&["contoso.com"], |_| {}))
}

/// A run of the two records, ready to start.
fn records(bench: &Bench, more: &[&str]) -> Command {
    let mut all =
        vec!["run", "-c", &bench.settings, "--only", "dns.*", "--timeout", "2s", "--deadline", "20s"];
    all.extend(more);
    command(&all, bench.world.lab.folder())
}

fn cases<T>(of: impl Fn(&'static str) -> T) -> Vec<(&'static str, T, &'static str)> {
    FORMATS.into_iter().map(|format| (format, of(format), "")).collect()
}

/// The exit code and the last words.
fn ended(command: Command) -> (Option<i32>, String) {
    let output = run(command);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn names_of(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    all.sort();
    all
}

#[test]
fn standard_output_is_full() {
    if !Path::new(FULL).exists() {
        return;
    }
    let bench = names();
    table(&cases(|format| format), |format| {
        let mut command = records(&bench, &["-f", format]);
        command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .stdout(OpenOptions::new().write(true).open(FULL).unwrap());
        let output = finish(command.spawn().unwrap());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("could not be written") && said.lines().count() == 1, "{said}");
        String::new()
    });
}

#[test]
fn the_reader_of_standard_output_goes_away() {
    let bench = names();
    table(&cases(|format| format), |format| {
        let mut command = records(&bench, &["-f", format]);
        // The pipe's other end is closed before the first word.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(writer);
        let output = finish(command.spawn().unwrap());
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nobody is told what everybody knows");
        String::new()
    });
}

#[test]
fn a_report_that_cannot_be_written_leaves_the_old_one() {
    let bench = names();
    let beside = |format: &str, file: &Path| {
        let output = format!("{format}={}", file.display());
        ended(records(&bench, &["-q", "-o", &output]))
    };
    table(&cases(|format| format), |format| {
        let folder = tempfile::tempdir().unwrap();
        // A folder stands where the report should.
        let taken = folder.path().join("report");
        fs::create_dir(&taken).unwrap();
        let (code, said) = beside(format, &taken);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("report cannot be written: it is a folder"), "{said}");
        assert_eq!(names_of(folder.path()), ["report"], "no half file is left");
        // No folder.
        let (code, said) = beside(format, &folder.path().join("missing/report"));
        assert!(code == Some(2) && said.contains("missing/report cannot be written"), "{said}");
        // A file stands where its folder should.
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        let (code, said) = beside(format, &file.join("report"));
        assert!(code == Some(2) && said.contains("cannot be written: there is no folder"), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        // A device on which nothing can be put beside the report.
        let (code, said) = beside(format, Path::new("/proc/report"));
        assert!(code == Some(2) && said.contains("could not be written"), "{said}");
        String::new()
    });
}

/// The folder may be read and not written: for root, who may do everything, there is no such folder.
#[test]
fn a_folder_that_may_not_be_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    fs::write(&report, "old").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if File::create(folder.path().join("probe")).is_ok() {
        return;
    }
    let bench = names();
    table(&cases(|format| format), |format| {
        let (code, said) = ended(records(&bench, &["-q", "-o", &format!("{format}={}", report.display())]));
        assert!(code == Some(2) && said.contains("could not be written"), "{said}");
        assert_eq!(fs::read_to_string(&report).unwrap(), "old");
        String::new()
    });
}

/// A disk of one page, where root may mount one.
#[test]
fn the_disk_is_full() {
    let bench = names();
    table(&cases(|format| format), |format| {
        let folder = tempfile::tempdir().unwrap();
        let output = format!("{format}=disk/report");
        let program = records(&bench, &["-q", "-o", &output]);
        let arguments: Vec<String> =
            program.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        // A mount of this process alone, gone with it.
        let script = "mkdir disk && mount -t tmpfs -o size=4k none disk && echo old > disk/report || exit 77\n\
                      \"$@\"; code=$?\n\
                      ls -A disk; cat disk/report; exit $code";
        let mut within = Command::new("unshare");
        within.args(["--mount", "sh", "-c", script, "sh"]).arg(program.get_program()).args(&arguments);
        within.current_dir(folder.path()).env("LC_ALL", "C");
        within.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(child) = within.spawn() else { return String::new() };
        let output = finish(child);
        let (out, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match output.status.code() {
            // Not root, or a machine that does not let it.
            Some(1 | 77) if said.contains("unshare") || said.contains("mount") || said.contains("denied") => {
            }
            code => {
                assert_eq!(code, Some(2), "{out}{said}");
                assert!(said.contains("disk/report could not be written"), "{said}");
                assert!(out.ends_with("report\nold\n"), "the old one, and nothing beside it: {out}");
            }
        }
        String::new()
    });
}

#[test]
fn a_hundred_runs_at_once() {
    let bench = names();
    let runs: Vec<_> = (0..100)
        .map(|_| {
            records(&bench, &["-f", "json"])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .map(|child| thread::spawn(move || reported(finish(child))))
        .collect();
    for one in runs {
        let seen = one.join().unwrap();
        assert_eq!(seen.trouble(), Vec::<String>::new());
        assert_eq!((seen.code, &seen.report["complete"]), (0, &Value::Bool(true)));
    }
}

/// The same report, written by many at once: in the end it is one of them, whole.
#[test]
fn many_runs_write_one_report() {
    let bench = names();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let output = format!("json={}", path.display());
    let runs: Vec<_> = (0..12)
        .map(|_| {
            records(&bench, &["-q", "-o", &output])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .map(|child| thread::spawn(move || finish(child).status.code()))
        .collect();
    for one in runs {
        assert_eq!(one.join().unwrap(), Some(0));
    }
    let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(report["verdict"], "ready");
    assert_eq!(names_of(folder.path()), ["run.json"]);
}

/// Every format is whole when the run is cut short by a signal.
#[test]
fn signals_in_the_middle_of_a_run() {
    let mut lab = Lab::with(&["contoso.com"], &every_host());
    lab.hosts.change("manage.microsoft.com", 443, |manner| manner.fault = Some(Trouble::Silent));
    let bench = Bench::of(World::start(lab));
    let cases: Vec<(&str, (&str, &str, i32), &str)> = FORMATS
        .into_iter()
        .zip([("INT", 130), ("TERM", 143)].into_iter().cycle())
        .map(|(format, (signal, code))| (format, (format, signal, code), ""))
        .collect();
    table(&cases, |(format, signal, code)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        let output = format!("{format}={}", path.display());
        let arguments = [
            "run",
            "-c",
            &bench.settings,
            "-f",
            "jsonl",
            "-o",
            &output,
            "--timeout",
            "60s",
            "--deadline",
            "60s",
        ];
        let mut child = command(&arguments, folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The first finding says that the run is under way.
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        std::io::BufRead::read_line(&mut lines, &mut first).unwrap();
        let killed = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut lines, &mut rest).unwrap();
        let ended = finish(child);
        assert_eq!(ended.status.code(), Some(*code));
        let last: Value = serde_json::from_str(rest.lines().last().unwrap()).unwrap();
        assert_eq!(last["complete"], false);
        assert!(fs::metadata(&path).unwrap().len() > 0);
        if *format == "json" {
            let report: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            assert_eq!(report["complete"], false);
        }
        String::new()
    });
}

/// As a shell runs it, with few descriptors, little memory for addresses, or closed streams.
fn in_a_shell(bench: &Bench, before: &str, arguments: &[&str], after: &str) -> std::process::Output {
    let mut shell = command(&[], bench.world.lab.folder());
    let program = shell.get_program().to_owned();
    let environment: Vec<_> =
        shell.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    shell = Command::new("sh");
    for (name, value) in environment {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(bench.world.lab.folder());
    shell.args(["-c", &format!("{before} exec \"$@\" {after}"), "sh"]).arg(program).args([
        "run",
        "-c",
        &bench.settings,
        "-f",
        "json",
    ]);
    shell.args(arguments);
    run(shell)
}

/// What fails for want of descriptors says nothing about the other side: nothing fails that does not fail anyway.
#[test]
fn few_descriptors() {
    let ndes = servers()
        .block_on(lab::scripted_http(|_| vec![Step::send("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n")]))
        .unwrap();
    let scep: String = (0..6)
        .map(|i| format!("[[tenant.scep]]\nurl = \"http://{ndes}/{i}/certsrv/mscep/mscep.dll\"\n"))
        .collect();
    let server = "[[tenant.server]]\naddress = \"manage.microsoft.com:443\"\n";
    let settings = format!("{TENANT}account_driven = true\n{scep}{server}");
    let lab = || {
        let mut hosts = every_host();
        hosts.push(("contoso.com".to_owned(), 443, "tls"));
        let mut lab = Lab::with(&["contoso.com"], &hosts);
        lab.federate("contoso.com", &Adfs::new("sts.contoso.com", 200));
        lab
    };
    for (way, world) in
        [("direct", World::start(lab())), ("by proxy", World::start(lab().behind(Proxy::default())))]
    {
        let settings = world.lab.settings(&settings).unwrap().display().to_string();
        let bench = Bench { world, settings };
        let failed = |before: &str| -> Vec<String> {
            let arguments = ["--timeout", "10s", "--deadline", "40s", "--skip", "settings.*"];
            let seen = reported(in_a_shell(&bench, before, &arguments, ""));
            let bad = |finding: &&Value| matches!(finding["status"].as_str(), Some("fail" | "warn"));
            let shown =
                |f: &Value| format!("{} {} {} {}", f["status"], f["check"], f["reason"], f["subject"]);
            seen.findings().iter().filter(bad).map(shown).collect()
        };
        let usual = failed("");
        for limit in [20, 32, 64] {
            let mut more = failed(&format!("ulimit -n {limit};"));
            more.retain(|finding| !usual.contains(finding));
            assert_eq!(more, Vec::<String>::new(), "{way}, {limit} descriptors");
        }
    }
}

#[test]
fn closed_streams() {
    let bench = names();
    let only = ["--only", "dns.*"];
    let seen = reported(in_a_shell(&bench, "", &only, "<&-"));
    assert_eq!(seen.trouble(), Vec::<String>::new(), "standard input is not read");
    let seen = reported(in_a_shell(&bench, "", &only, "2>&-"));
    assert_eq!(seen.trouble(), Vec::<String>::new(), "standard error has nothing to say");
}

#[test]
fn odd_environments() {
    let bench = names();
    let long = "x".repeat(100_000);
    for (name, value) in [
        ("LC_ALL", "tlh_KLINGON.UTF-99@nowhere"),
        ("LC_ALL", ""),
        ("LANG", "\u{202e}"),
        ("LC_ALL", long.as_str()),
        ("COLUMNS", "0"),
        ("COLUMNS", "-1"),
        ("COLUMNS", "99999999999999999999"),
        ("COLUMNS", "1"),
        ("TERM", "no-such-terminal"),
        ("NO_COLOR", ""),
        ("TZ", "Nowhere/Never"),
        ("TZ", ":/dev/null"),
        ("HOME", ""),
        ("PATH", ""),
        ("TMPDIR", "/nowhere"),
    ] {
        let mut command = records(&bench, &[]);
        command.env_remove("LC_ALL").env(name, value);
        let output = run(command);
        let shown: String = value.chars().take(20).collect();
        assert_eq!(
            output.status.code(),
            Some(0),
            "{name}={shown}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stdout.is_empty());
    }
    let mut command = records(&bench, &[]);
    command.env_clear();
    assert_eq!(run(command).status.code(), Some(0), "nothing at all");
}

/// A pipe that nobody writes to, and devices that never end: time and memory stay bounded.
#[test]
fn files_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let made = Command::new("mkfifo").arg("pipe").current_dir(at).status();
    if !made.is_ok_and(|status| status.success()) || !Path::new("/dev/zero").exists() {
        return;
    }
    let bounds = ["--timeout", "1s", "--deadline", "20s"];
    for path in ["pipe", "/dev/zero"] {
        let arguments = [&["run", "-f", "json", "--certificate", path], &bounds[..]].concat();
        let seen = reported(run(command(&arguments, at)));
        assert_eq!(seen.said("certificate.validity", path), "unknown/unreadable");
    }
    let tenant = "[[tenant]]\ndomains = [\"contoso.com\"]\n";
    file(at, "roots.toml", format!("{tenant}[trust]\npublic_roots = [\"/dev/zero\"]\n"));
    let password = "[[tenant.certificate]]\npath = \"roots.toml\"\npassword = { file = \"/dev/zero\" }\n";
    file(at, "secret.toml", format!("{tenant}{password}"));
    for settings in ["/dev/zero", "roots.toml", "secret.toml"] {
        let (code, said) = ended(command(&["run", "-c", settings], at));
        assert!(code == Some(2) && said.contains("file too large"), "{settings}: {said}");
    }
    let (code, said) = ended(command(&["run", "--replay", "/dev/zero"], at));
    assert!(code == Some(2) && said.contains("of a pipe 32 MB"), "{said}");
}
