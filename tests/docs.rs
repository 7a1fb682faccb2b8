//! What the documents say is what the program does. `BLESS=1 cargo test --test docs` writes what is made by machine.

// A test that cannot go on says so by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use enrollcheck::book;
use lab::{Apple, Dates, Lab, Proxy, Push, Running};
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
    let joined: Vec<String> = blocks(text, "sh").map(|block| block.replace("\\\n", " ")).collect();
    let lines = joined.iter().flat_map(|block| block.lines());
    lines
        .map(|line| line.split(" # ").next().unwrap().trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// The fenced blocks of one language.
fn blocks<'a>(text: &'a str, language: &str) -> impl Iterator<Item = &'a str> {
    let fence = format!("```{language}\n");
    let starts: Vec<usize> = text.match_indices(&fence).map(|(at, _)| at + fence.len()).collect();
    starts.into_iter().filter_map(|at| text[at..].split("```").next())
}

/// Whether a line starts the program, be it with variables of the environment before it.
fn is_ours(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.find(|word| !word.contains('=')).is_some_and(|word| word == "enrollcheck")
}

/// The README and every page of the book, by path.
fn book_pages() -> Vec<String> {
    let pages = std::fs::read_dir(root().join("docs")).unwrap();
    let names = pages.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut paths: Vec<String> =
        names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}")).collect();
    paths.push("README.md".to_owned());
    paths.sort();
    paths
}

/// The proxy of the documents.
const PROXY: &str = "proxy.contoso.com:3128";

/// The tenant of the documents, its servers and its proxy.
struct Desk {
    world: World,
    /// What leads the program into the laboratory, and no tenant.
    direct: PathBuf,
    /// The same through the proxy alone, where a command says so.
    proxied: PathBuf,
    /// With the tenant.
    tenant: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let mut hosts = every_host();
        for (host, port) in [
            ("contoso.com", 443),
            ("jamf.contoso.com", 8443),
            ("sts.contoso.com", 443),
            ("ndes.contoso.com", 443),
            ("ndes-contoso.msappproxy.net", 443),
        ] {
            hosts.push((host.to_owned(), port, "tls"));
        }
        let lab = Lab::with(&["contoso.com", "fabrikam.com"], &hosts);
        let mut world = World::start(lab.behind(Proxy::default()));
        let proxy = world.lab.proxy.take().unwrap();
        world.lab.routes.insert(PROXY.to_owned(), proxy);
        let settings = |lab: &Running, name: &str, parts: &str| {
            let written = lab.settings_with(parts, "", "apple_roots = [\"apple.pem\"]").unwrap();
            let path = written.with_file_name(name);
            std::fs::rename(written, &path).unwrap();
            path
        };
        let proxied = settings(&world.lab, "proxied.toml", "");
        world.lab.routes.extend(world.lab.hosts.clone());
        let direct = settings(&world.lab, "direct.toml", "");
        let tenant = settings(&world.lab, "tenant.toml", "[[tenant]]\ndomains = [\"contoso.com\"]\n");
        Self { world, direct, proxied, tenant }
    }

    /// An administrator's folder with the files that documents speak of.
    fn folder(&self, name: &str) -> PathBuf {
        let lab = &self.world.lab;
        let folder = lab.folder().join(name);
        std::fs::create_dir(&folder).unwrap();
        let apple = Apple::default();
        file(lab.folder(), "apple.pem", format!("{}{}", apple.root_pem(), apple.issuing_pem()));
        for (name, days) in [("apns-last-year.pem", 5), ("apns.pem", 100), ("new.pem", 365)] {
            file(&folder, name, apple.push(&Push::until(days)).pem);
        }
        file(&folder, "radius.pem", lab.authority.leaf_pem(&["radius.contoso.com"], Dates::default()));
        file(&folder, "contoso-root.pem", lab.authority.inspector_pem());
        let yesterday = r#"{"schema_version": 1, "started_at": "2026-11-20T06:00:00Z", "verdict": "ready", "findings": []}"#;
        file(&folder, "yesterday.json", yesterday);
        let mut settings = std::fs::read_to_string(&self.tenant).unwrap();
        settings = settings.replace("\"apple.pem\"", "\"../apple.pem\"");
        settings.push_str("\n[[check]]\nid = \"own.radius-file\"\nfile = \"radius.pem\"\n");
        file(&folder, "enrollcheck.toml", settings);
        folder
    }

    fn run(&self, line: &str, folder: &Path) -> Output {
        // Addresses of documents stand for a server of the laboratory.
        let lab = &self.world.lab;
        let line = line
            .replace("192.0.2.10:8443", &lab.hosts["jamf.contoso.com:8443"].to_string())
            .replace("192.0.2.53", &lab.resolver.to_string());
        let own_settings = folder.join("enrollcheck.toml");
        let writes_settings = line.contains("enrollcheck init") && !line.contains(" -o ");
        if writes_settings {
            std::fs::remove_file(&own_settings).unwrap();
        }
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(&line).current_dir(folder);
        for (name, value) in command(&[], folder).get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let program = Path::new(env!("CARGO_BIN_EXE_enrollcheck")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::iter::once(program.to_owned()).chain(std::env::split_paths(&path));
        shell.env("PATH", std::env::join_paths(places).unwrap()).env("PROXY_PASSWORD", "x");
        if line != "enrollcheck run" {
            let network = if line.contains(PROXY) { &self.proxied } else { &self.direct };
            shell.env("ENROLLCHECK_CONFIG", network);
        }
        let output = shell.output().unwrap();
        if writes_settings {
            // No real tenant needs the laboratory's root.
            let written = std::fs::read_to_string(&own_settings).unwrap();
            let root = lab.root.display().to_string();
            file(folder, "enrollcheck.toml", format!("{written}\n[trust]\npublic_roots = [{root:?}]\n"));
        }
        output
    }
}

#[test]
fn every_command_of_the_book_works() {
    let desk = Desk::new();
    let mut ran = 0;
    for page in book_pages() {
        let lines = commands(&read(&page));
        let ours: Vec<&String> = lines.iter().filter(|line| is_ours(line)).collect();
        let folder = desk.folder(&page.replace('/', "-"));
        for line in ours {
            let output = desk.run(line, &folder);
            let code = output.status.code().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            println!("{page}: {line}: exit {code}");
            assert!(matches!(code, 0 | 1), "{page}: {line}: exit {code}\n{said}");
            ran += 1;
        }
    }
    assert!(ran >= 20, "{ran} commands were run");
}

#[test]
fn the_other_commands_of_the_readme_are_run_by_ci() {
    for line in commands(&read("README.md")).iter().filter(|line| !is_ours(line)) {
        assert!(
            read(".ci/run").contains(line) || line.starts_with("cargo install"),
            "{line} is not in .ci/run"
        );
    }
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
fn the_reports_in_the_book_are_the_demos() {
    let demo = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples/demo");
    if !demo.exists() {
        // Only a run of a single test target leaves the examples unbuilt.
        let built =
            Command::new(env!("CARGO")).args(["build", "--example", "demo"]).current_dir(root()).status();
        assert!(built.unwrap().success());
    }
    let output = Command::new(&demo).env("COLUMNS", "100").env("LC_ALL", "C").output().unwrap();
    let shown: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(normal).collect();
    for page in ["README.md", "docs/first-run.md"] {
        let text = read(page);
        let block = blocks(&text, "text").next().unwrap();
        let mut rest = shown.iter();
        for line in block.lines().filter(|line| line.trim() != "[...]" && !line.is_empty()) {
            let wanted = normal(line);
            assert!(
                rest.any(|line| *line == wanted),
                "{page}: the demo does not show, in this place:\n{line}\n\n{}",
                shown.join("\n")
            );
        }
    }
}

#[test]
fn settings_in_the_book_are_read_by_the_program() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["lab-root.pem", "contoso-root.pem", "lab-apple.pem", "radius.pem", "apns.pem", "apns-last-year.pem"]
    {
        let pem = lab::Authority::new().root_pem();
        file(folder.path(), name, pem);
    }
    // The entries of errors.md are no settings.
    for page in book_pages().iter().filter(|page| *page != "docs/errors.md") {
        for block in blocks(&read(page), "toml") {
            let path = file(folder.path(), "enrollcheck.toml", block).display().to_string();
            let output = command(&["list", "-c", &path, "--only", "dns.*"], folder.path())
                .env("RADIUS_PFX_PASSWORD", "x")
                .env("APNS_PFX_PASSWORD", "x")
                .env("PROXY_PASSWORD", "x")
                .output()
                .unwrap();
            assert!(output.status.success(), "{page}\n{block}\n{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn the_entry_in_the_page_of_errors_is_in_the_list() {
    let page = read("docs/errors.md");
    let entry = blocks(&page, "toml").next().unwrap();
    assert!(read("data/errors.toml").contains(entry), "{entry}");
}

#[test]
fn the_table_of_contents_names_every_page() {
    let contents = read("docs/README.md");
    for page in book_pages() {
        let Some(name) = page.strip_prefix("docs/").filter(|name| *name != "README.md") else { continue };
        assert!(contents.contains(&format!("]({name})")), "docs/README.md does not lead to {name}");
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
