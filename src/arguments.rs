//! The command line, and nothing else.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use checks::subject::{HostPort, ScepTarget};
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use facts::Name;
use jiff::Timestamp;

use crate::language::Language;
use crate::settings::duration;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  enrollcheck run contoso.com                      check one domain; the rest is discovered
  enrollcheck run -c enrollcheck.toml --lang fr    a settings file, the report in French
  enrollcheck run contoso.com --only 'dns.*'       the DNS records alone
  enrollcheck run contoso.com -f json > run.json   for scripts
  enrollcheck explain dns.enterprise-enrollment/wrong-target

Exit codes: 0 ready, 1 not ready, 2 usage or settings, 3 inconclusive, 130 and 143 interrupted.";

/// Will a device enroll in Microsoft Intune, and if not, what exactly must change?
#[derive(Parser, Debug)]
#[command(name = "enrollcheck", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 100, args_override_self = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Check domains, and report what stops enrollment
    Run(Box<Run>),
    /// Show every check; with a domain or a settings file, the plan of a run
    List(Box<List>),
    /// Say what became of each finding between two JSON reports
    Compare(Compare),
    /// Say what a check, a reason, or an enrollment error means, and how to mend it
    Explain(Explain),
    /// Write a commented settings file, with what can be discovered filled in
    Init(Box<Init>),
    /// Print the JSON Schema of the settings file or of the report
    Schema(Schema),
    /// Print completions for a shell
    Completions {
        /// The shell that will read them
        #[arg(value_enum, value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man(Man),
}

#[derive(Args, Debug)]
pub struct Run {
    /// The domains of users' addresses, in Unicode or punycode
    #[arg(value_name = "DOMAIN", value_parser = domain)]
    pub domains: Vec<Name>,
    #[command(flatten)]
    pub what: What,
    /// Form of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
    /// Write a report to a file too: `-o json=run.json`; repeatable
    #[arg(short, long = "output", value_name = "FORMAT=FILE", value_parser = output)]
    pub outputs: Vec<Output>,
    /// Which status makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Fail, value_name = "STATUS")]
    pub fail_on: FailOn,
    #[command(flatten)]
    pub evidence: EvidenceOptions,
    #[command(flatten)]
    pub network: NetworkOptions,
    #[command(flatten)]
    pub show: Show,
}

/// Evidence that is kept, or judged again.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Evidence")]
pub struct EvidenceOptions {
    /// Keep every question and answer of the run in this file (compressed if it ends in .gz)
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// With --record: replace names, addresses and mailboxes, the same ones always by the same
    #[arg(long, requires = "record")]
    pub redact: bool,
    /// Judge a kept run again, without any network
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// Judge as of that time: `2027-07-01T00:00:00Z`, or `+90d` from now (from the recording with --replay)
    #[arg(long, value_name = "TIME", value_parser = at)]
    pub at: Option<At>,
    /// Repeat, and print or write only what changed
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, conflicts_with_all = ["record", "replay", "at"])]
    pub every: Option<Duration>,
    /// With --every: keep what the last run found in this file, so that a restart knows it
    #[arg(long, value_name = "FILE", requires = "every")]
    pub state: Option<PathBuf>,
}

/// A point in time, or so much later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Time(Timestamp),
    Later(Duration),
}

impl At {
    /// The time that is meant, counted from another one; as late as times go where it would be later.
    pub fn after(self, from: Timestamp) -> Timestamp {
        match self {
            Self::Time(time) => time,
            Self::Later(duration) => from.saturating_add(duration).unwrap_or(Timestamp::MAX),
        }
    }
}

#[derive(Args, Debug)]
pub struct Compare {
    /// The earlier report, made with `-o json=FILE`
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The later report
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Form of the comparison
    #[arg(short, long, value_enum, default_value_t = CompareFormat::Human, value_name = "FORMAT")]
    pub format: CompareFormat,
    /// Which status, newly reached, makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Fail, value_name = "STATUS")]
    pub fail_on: FailOn,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Args, Debug)]
pub struct List {
    /// The domains of users' addresses, for the plan of a run
    #[arg(value_name = "DOMAIN", value_parser = domain)]
    pub domains: Vec<Name>,
    #[command(flatten)]
    pub what: What,
    /// Form of the list
    #[arg(short, long, value_enum, default_value_t = ListFormat::Human, value_name = "FORMAT")]
    pub format: ListFormat,
    #[command(flatten)]
    pub network: NetworkOptions,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// A check id, `check/reason`, an error code in any spelling (0x80CF0437, -2133916617), or a message text
    #[arg(value_name = "WHAT", required = true, num_args = 1.., allow_negative_numbers = true)]
    pub what: Vec<String>,
    /// Settings that declare checks of your own
    #[arg(short, long, value_name = "FILE", env = "ENROLLCHECK_CONFIG")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub show: Show,
}

#[derive(Args, Debug)]
pub struct Init {
    /// The domains of users' addresses, in Unicode or punycode
    #[arg(value_name = "DOMAIN", value_parser = domain, required = true)]
    pub domains: Vec<Name>,
    /// Where to write it; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "enrollcheck.toml")]
    pub output: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    pub force: bool,
    /// Settings with the network and the trust to discover with
    #[arg(short, long, value_name = "FILE", env = "ENROLLCHECK_CONFIG")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub network: NetworkOptions,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Args, Debug)]
pub struct Schema {
    /// What the schema describes
    #[arg(value_enum, value_name = "WHAT")]
    pub of: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The settings file
    Config,
    /// The JSON report
    Report,
}

#[derive(Args, Debug)]
pub struct Man {
    /// Write a page for each command to this folder instead
    #[arg(long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

/// What is looked at.
#[derive(Args, Clone, Debug, Default)]
pub struct What {
    /// Settings in TOML, or a folder of them [default: ./enrollcheck.toml if it exists and no domain is given]
    #[arg(short, long, value_name = "FILE", env = "ENROLLCHECK_CONFIG")]
    pub config: Option<PathBuf>,
    /// Check this certificate file (PEM, DER, PKCS#7, PKCS#12); repeatable
    #[arg(long = "certificate", value_name = "FILE")]
    pub certificates: Vec<PathBuf>,
    /// Check this Apple MDM push certificate; repeatable
    #[arg(long, value_name = "FILE")]
    pub apns: Vec<PathBuf>,
    /// Compare it with the push certificate in use: renewed, or replaced? Goes with the --apns in the same place
    #[arg(long, value_name = "FILE", requires = "apns")]
    pub apns_previous: Vec<PathBuf>,
    /// Check this SCEP server (NDES or another); repeatable
    #[arg(long = "scep", value_name = "URL", value_parser = scep)]
    pub scep: Vec<ScepTarget>,
    /// Check the TLS of this server; repeatable
    #[arg(long = "server", value_name = "HOST:PORT", value_parser = host_port)]
    pub servers: Vec<HostPort>,
    /// Only the checks whose id matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// Leave out the checks whose id matches; repeatable
    #[arg(long, value_name = "GLOB")]
    pub skip: Vec<String>,
}

/// How the network is asked.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Network")]
pub struct NetworkOptions {
    /// Ask this resolver instead of the system's; repeatable
    #[arg(long = "resolver", value_name = "ADDR[:PORT]", value_parser = resolver)]
    pub resolvers: Vec<SocketAddr>,
    /// Connect through this proxy [default: the environment's proxy variables]
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    pub proxy: Option<String>,
    /// Connect directly, whatever the environment says
    #[arg(long)]
    pub no_proxy: bool,
    /// Connect there instead; names and certificates are judged as usual; repeatable
    #[arg(long = "connect-to", value_name = "HOST:PORT=ADDR:PORT", value_parser = route)]
    pub routes: Vec<Route>,
    /// Bound on one probe [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub timeout: Option<Duration>,
    /// Bound on the whole run [default: 60s]
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    pub deadline: Option<Duration>,
    /// Questions in flight [default: 256]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub concurrency: Option<u32>,
}

/// How it is shown.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Show {
    /// Language of the report [default: the locale's, else English]
    #[arg(long, value_enum, value_name = "LANG")]
    pub lang: Option<Language>,
    /// Show every finding, passed and skipped ones too
    #[arg(short, long)]
    pub verbose: bool,
    /// Show failures and the verdict only
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// No live progress on standard error
    #[arg(long)]
    pub no_progress: bool,
}

impl Show {
    pub fn language(&self) -> Language {
        self.lang.unwrap_or_else(Language::of_the_system)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
    Jsonl,
    Junit,
    Markdown,
    Html,
    Csv,
    Prometheus,
    Nagios,
    Sarif,
    Ics,
}

/// One `FORMAT=FILE`.
#[derive(Clone, Debug)]
pub struct Output {
    pub format: Format,
    pub path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    Human,
    Json,
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    #[default]
    Fail,
    Warn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// One `HOST:PORT=ADDR:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub from: (Name, u16),
    pub to: SocketAddr,
}

/// `HOST:PORT`; the host is a name or an address, IPv6 in brackets.
pub fn host_port(text: &str) -> Result<HostPort, String> {
    let wrong = || format!("{text:?} is not an address with a port");
    let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?;
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host = match (bracketed.map(str::parse::<Ipv6Addr>), host.parse::<IpAddr>()) {
        (Some(Ok(address)), _) => Name::from_wire(&format!("[{address}]")),
        (None, Ok(IpAddr::V4(address))) => Name::from_wire(&address.to_string()),
        (Some(Err(_)), _) | (None, Ok(IpAddr::V6(_))) => return Err(wrong()),
        (None, Err(_)) => Name::parse_host(host).map_err(|bad| bad.to_string())?,
    };
    Ok(HostPort { host, port })
}

fn output(text: &str) -> Result<Output, String> {
    let (format, path) = text.split_once('=').ok_or("there is no `=` between the format and the file")?;
    let format = Format::from_str(format, false).map_err(|_| {
        let known: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(|f| Some(f.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("there is no format {format:?} (there are {})", known.join(", "))
    })?;
    if path.is_empty() {
        return Err("the file is missing".to_owned());
    }
    Ok(Output { format, path: path.into() })
}

fn at(text: &str) -> Result<At, String> {
    let text = text.trim();
    if let Some(later) = text.strip_prefix('+') {
        return duration::parse(later).map(At::Later);
    }
    if let Ok(time) = text.parse() {
        return Ok(At::Time(time));
    }
    // A day alone is meant from its beginning, in UTC; a time of day without a zone is anybody's guess.
    let day: Option<jiff::civil::Date> = text.parse().ok().filter(|_| !text.contains(['T', 't', ':', ' ']));
    let start = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    start.map(|start| At::Time(start.timestamp())).ok_or_else(|| {
        "not a time (wanted something like 2027-07-01T00:00:00Z, 2027-07-01 or +90d)".to_owned()
    })
}

fn scep(text: &str) -> Result<ScepTarget, String> {
    ScepTarget::parse(text, None, None).map_err(|bad| bad.to_string())
}

fn domain(text: &str) -> Result<Name, String> {
    Name::parse_domain(text).map_err(|bad| bad.to_string())
}

/// An address with an optional port.
pub fn resolver(text: &str) -> Result<SocketAddr, String> {
    probes::dns::parse_server(text).ok_or_else(|| {
        "not an address (wanted something like 192.0.2.53, 127.0.0.1:5300 or [2001:db8::53]:53)".to_owned()
    })
}

fn route(text: &str) -> Result<Route, String> {
    let (from, to) = text.split_once('=').ok_or("there is no `=` between the host and the address")?;
    parse_route(from, to)
}

/// Both sides of a route, as the command line and the settings write them.
pub fn parse_route(from: &str, to: &str) -> Result<Route, String> {
    let (host, port) = from.rsplit_once(':').ok_or("the host needs a port, as in sts.contoso.com:443")?;
    let port: u16 =
        port.parse().ok().filter(|port| *port != 0).ok_or_else(|| format!("{port:?} is not a port"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    let to = to.parse().map_err(|_| {
        format!("{to:?} is not an address with a port (wanted something like 192.0.2.10:8443)")
    })?;
    Ok(Route { from: (Name::from_wire(host), port), to })
}

#[cfg(test)]
mod tests {
    use super::host_port;

    #[test]
    fn addresses_with_ports_stand_in_urls_as_they_are() {
        let shown = |text: &str| host_port(text).map(|at| at.to_string());
        assert_eq!(shown("Jamf.contoso.com:8443"), Ok("jamf.contoso.com:8443".to_owned()));
        assert_eq!(shown("[2001:DB8:0::1]:443"), Ok("[2001:db8::1]:443".to_owned()));
        assert_eq!(shown("192.0.2.1:443"), Ok("192.0.2.1:443".to_owned()));
        for wrong in
            ["[[::1]:443", "[::1]]:443", "[192.0.2.1]:443", "::1:443", "[contoso.com]:443", "a:0", "a"]
        {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }
}
