//! What the documents say is what the program does. `BLESS=1 cargo test --test docs` writes what is made by machine.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use enrollcheck::book;
use lab::{Dates, Lab};
use support::{World, command, every_host, file};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

#[test]
fn the_pages_of_the_checks_are_current() {
    for page in book::pages() {
        if blessing() {
            std::fs::create_dir_all(root().join(&page.path).parent().unwrap()).unwrap();
            std::fs::write(root().join(&page.path), &page.text).unwrap();
        }
        assert_eq!(
            read(&page.path),
            page.text,
            "{}: BLESS=1 cargo test --test docs brings it up to date",
            page.path
        );
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|f| root().join(f)).into();
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { documents.push(path) }
        }
    }
    for document in documents.iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
        let text = std::fs::read_to_string(document).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = document.parent().unwrap().join(target);
            assert!(path.exists(), "{} links to {target}", document.display());
        }
    }
}

/// The commands of a document: lines of its `sh` blocks, joined where they are continued.
fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let joined: Vec<String> = blocks.map(|block| block.replace("\\\n", " ")).collect();
    let lines = joined.iter().flat_map(|block| block.lines());
    lines
        .map(|line| line.split(" # ").next().unwrap().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn every_command_of_the_readme_works() {
    let mut hosts = every_host();
    hosts.push(("contoso.com".to_owned(), 443, "tls"));
    hosts.push(("jamf.contoso.com".to_owned(), 8443, "tls"));
    hosts.push(("ndes.contoso.com".to_owned(), 443, "tls"));
    let world = World::start(Lab::with(&["contoso.com", "fabrikam.com"], &hosts));
    let settings = world.lab.settings("[[tenant]]\ndomains = [\"contoso.com\"]\n").unwrap();
    let radius = world.lab.authority.leaf_pem(&["radius.contoso.com"], Dates::default());
    file(world.lab.folder(), "radius.pem", radius);
    let mut ran = 0;
    for line in commands(&read("README.md")) {
        if line.starts_with("cargo ") {
            // CI runs these as they stand: .ci/run names each.
            assert!(
                read(".ci/run").contains(&line) || line.starts_with("cargo install"),
                "{line} is not in .ci/run"
            );
            continue;
        }
        let whole = line.replace("enrollcheck ", &format!("{} ", env!("CARGO_BIN_EXE_enrollcheck")));
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(&whole).current_dir(world.lab.folder());
        for (name, value) in command(&[], world.lab.folder()).get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        // The laboratory stands in for the internet.
        let output = shell.env("ENROLLCHECK_CONFIG", &settings).output().unwrap();
        let code = output.status.code().unwrap();
        assert!(matches!(code, 0 | 1), "{line}: exit {code}\n{}", String::from_utf8_lossy(&output.stderr));
        ran += 1;
    }
    assert!(ran >= 5, "{ran} commands of the README were run");
}

/// Figures that differ from run to run.
fn normal(line: &str) -> String {
    let thumbprint = |word: &&str| word.len() == 40 && word.chars().all(|c| c.is_ascii_hexdigit());
    let line = match line.split(' ').find(thumbprint) {
        Some(word) => line.replace(word, "#"),
        None => line.to_owned(),
    };
    let mut out = String::new();
    let mut digits = String::new();
    for c in line.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        // Ports and the parts of dates and times; versions and counts stand.
        out.push_str(if digits.len() == 5 || c == '-' || c == ':' || out.ends_with(['-', ':']) {
            "#"
        } else {
            &digits
        });
        digits.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

#[test]
fn the_report_in_the_readme_is_the_demos() {
    let demo = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples/demo");
    if !demo.exists() {
        // Only a run of a single test target leaves the examples unbuilt.
        let built =
            Command::new(env!("CARGO")).args(["build", "--example", "demo"]).current_dir(root()).status();
        assert!(built.unwrap().success());
    }
    let output = Command::new(&demo).env("COLUMNS", "100").env("LC_ALL", "C").output().unwrap();
    let shown: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(normal).collect();
    let readme = read("README.md");
    let block = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let mut rest = shown.iter();
    for line in block.lines().filter(|line| line.trim() != "[...]" && !line.is_empty()) {
        let wanted = normal(line);
        assert!(
            rest.any(|line| *line == wanted),
            "the demo does not show, in this place:\n{line}\n\n{}",
            shown.join("\n")
        );
    }
}

#[test]
fn the_settings_page_is_read_by_the_program() {
    let page = read("docs/settings.md");
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["lab-root.pem", "contoso-root.pem", "lab-apple.pem", "radius.pem", "apns.pem", "apns-last-year.pem"]
    {
        let pem = lab::Authority::new().root_pem();
        file(folder.path(), name, pem);
    }
    for block in page.split("```toml\n").skip(1).filter_map(|block| block.split("```").next()) {
        let path = file(folder.path(), "enrollcheck.toml", block);
        let output = command(&["list", "-c", &path.display().to_string(), "--only", "dns.*"], folder.path())
            .env("RADIUS_PFX_PASSWORD", "x")
            .env("APNS_PFX_PASSWORD", "x")
            .env("PROXY_PASSWORD", "x")
            .output()
            .unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_help_and_the_readme_name_the_same_exit_codes() {
    let help = command(&["--help"], Path::new(".")).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (code, word) in
        [("0", "ready"), ("1", "not ready"), ("2", "usage"), ("3", "inconclusive"), ("130", "interrupted")]
    {
        assert!(help.contains(code) && help.contains(word), "{code} {word}");
        assert!(read("README.md").contains(&format!("| {code}")), "{code} is in the README's table");
    }
}
