//! `enrollcheck init`: a commented settings file, with what can be discovered filled in.

use std::fmt::Write as _;
use std::sync::Arc;

use anyhow::Context;
use checks::openid::{self, Place};
use checks::subject::{Domain, Federation, Tenant};

use super::{Exit, apply_colour, block_on, document};
use crate::arguments::{Init, What};
use crate::settings::{self, Problem, ProxyChoice, Settings};
use crate::world::World;
use crate::{atomic, discover};

pub fn execute(arguments: &Init) -> anyhow::Result<Exit> {
    apply_colour(arguments.color);
    let to_file = arguments.output.as_os_str() != "-";
    if to_file && !arguments.force && arguments.output.exists() {
        let problem = Problem::new(format!("{} exists already", arguments.output.display()));
        return Err(problem.help("--force replaces it; --output FILE writes another one").into());
    }
    let what = What { config: arguments.config.clone(), ..What::default() };
    let settings = settings::resolve(&arguments.domains, &what, &arguments.network)?;
    let text = write(&settings, &discovered(&settings)?);
    if !to_file {
        document(|out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::READY);
    }
    atomic::write(&arguments.output, |file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} could not be written", arguments.output.display()))?;
    anstream::eprintln!("Wrote {}. Next: enrollcheck run -c {0}", arguments.output.display());
    Ok(Exit::READY)
}

/// What the clouds say of a tenant.
struct Discovered {
    tenant: Arc<Tenant>,
    /// None where nobody answered in time.
    place: Option<Place>,
    federations: Vec<Federation>,
}

fn discovered(settings: &Settings) -> anyhow::Result<Vec<Discovered>> {
    let world = World::live(settings)?;
    let learning =
        futures_util::future::join_all(settings.tenants.iter().map(|tenant| learn(tenant, settings, &world)));
    let learnt = block_on(async { tokio::time::timeout(settings.deadline, learning).await })?;
    Ok(learnt.unwrap_or_else(|_| settings.tenants.iter().map(nothing).collect()))
}

fn nothing(tenant: &Arc<Tenant>) -> Discovered {
    Discovered { tenant: Arc::clone(tenant), place: None, federations: Vec::new() }
}

async fn learn(tenant: &Arc<Tenant>, settings: &Settings, world: &World) -> Discovered {
    let mut found = nothing(tenant);
    for name in &tenant.domains {
        let facts = world.facts();
        let domain =
            Domain { name: name.clone(), tenant: Arc::clone(tenant), given: Arc::clone(&settings.given) };
        if let Ok(place) = openid::place(&domain, &facts).await
            && place.learnt
        {
            found.place = Some(place);
            break;
        }
    }
    let one = std::slice::from_ref(tenant);
    found.federations = discover::federations(one, &settings.given, world).await.pop().unwrap_or_default();
    found
}

fn write(settings: &Settings, tenants: &[Discovered]) -> String {
    let mut text = String::from(
        "# Settings of enrollcheck: what cannot be seen from outside. Lines that begin with # are examples or defaults.\n\
         # Check with:  enrollcheck run -c FILE      Reference: `enrollcheck schema config` and docs/settings.md\n",
    );
    for found in tenants {
        tenant(found, &mut text);
    }
    network(settings, &mut text);
    text.push_str(REST);
    text
}

fn tenant(found: &Discovered, text: &mut String) {
    let tenant = &found.tenant;
    let domains: Vec<String> = tenant.domains.iter().map(|domain| quoted(domain.as_str())).collect();
    let _ = writeln!(text, "\n[[tenant]]\nname = {}", quoted(&tenant.name));
    match &found.place {
        Some(place) => {
            if let Some(metadata) = &place.metadata {
                let region = metadata.region.as_deref().map(|region| format!(", region {}", plain(region)));
                let _ = writeln!(text, "# tenant id {}{}", plain(&metadata.id), region.unwrap_or_default());
            }
            let _ = writeln!(text, "cloud = \"{}\"                    # as discovered; others: worldwide, us-government, china", place.cloud.id());
        }
        None => text.push_str("# cloud = \"worldwide\"                # could not be discovered; others: us-government, china\n"),
    }
    let _ = writeln!(text, "domains = [{}]", domains.join(", "));
    text.push_str(TENANT);
    let services: Vec<_> =
        found.federations.iter().filter_map(|federation| federation.service.as_ref()).collect();
    let unlearnt =
        found.federations.is_empty() || found.federations.iter().any(|federation| federation.unlearnt);
    match services.as_slice() {
        [] if unlearnt => text.push_str("\n# [tenant.adfs]                        # whether there is a federation service could not be discovered\n# url = \"https://sts.contoso.com\"\n"),
        [] => text.push_str("\n# [tenant.adfs]                        # no federation service was discovered\n# url = \"https://sts.contoso.com\"\n"),
        [service, others @ ..] => {
            let kind = if service.adfs { "AD FS" } else { "an identity provider other than AD FS" };
            let domains: Vec<String> = service.domains.iter().map(|domain| plain(domain.as_str())).collect();
            let _ = writeln!(text, "\n# {kind} was discovered for {}; it is found in every run, and named here to keep it checked.", domains.join(", "));
            let line = format!("[tenant.adfs]\nurl = {}\n", quoted(&format!("https://{}", service.at)));
            text.push_str(&if service.adfs { line } else { commented(&line) });
            for other in others {
                let _ = writeln!(text, "# also discovered: {}", plain(&other.at.to_string()));
            }
        }
    }
    text.push_str(TENANT_PARTS);
}

/// What was said on the command line, so that the next run needs no options.
fn network(settings: &Settings, text: &mut String) {
    let mut lines = Vec::new();
    match &settings.resolvers {
        Some(resolvers) => {
            let resolvers: Vec<String> =
                resolvers.iter().map(|address| quoted(&address.to_string())).collect();
            lines.push(format!("resolvers = [{}]", resolvers.join(", ")));
        }
        None => lines.push("# resolvers = [\"192.0.2.53\"]          # default: the system's".to_owned()),
    }
    match &settings.proxy {
        ProxyChoice::One { url, .. } => lines.push(format!("proxy = {}", quoted(url))),
        _ => lines
            .push("# proxy = \"http://proxy.contoso.com:3128\"   # default: the environment's".to_owned()),
    }
    lines.push("# proxy_user = \"svc-preflight\"".to_owned());
    lines.push(
        "# proxy_password = { env = \"PROXY_PASSWORD\" }   # a secret never stands in this file".to_owned(),
    );
    if !settings.routes.is_empty() {
        let routes: Vec<String> = settings
            .routes
            .iter()
            .map(|((host, port), to)| {
                format!("{} = {}", quoted(&format!("{host}:{port}")), quoted(&to.to_string()))
            })
            .collect();
        lines.push(format!("routes = {{ {} }}", routes.join(", ")));
    }
    let _ = writeln!(text, "\n[network]\n{}", lines.join("\n"));
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Words of the world in a comment: no line break ends it.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn commented(lines: &str) -> String {
    lines.lines().map(|line| format!("# {line}\n")).collect()
}

const TENANT: &str = "\
# platforms = [\"ios\", \"android\", \"windows\", \"macos\"]   # those that you enroll; default: all
# automatic_enrollment = true          # true: the EnterpriseEnrollment record is not needed; false: it is
# account_driven = false               # true: Apple account-driven enrollment is used
";

const TENANT_PARTS: &str = "
# [[tenant.scep]]                      # a SCEP server: NDES or another
# url = \"https://ndes-contoso.msappproxy.net/certsrv/mscep/mscep.dll\"
# ca_thumbprint = \"...\"                # of the authority that the profiles carry

# [tenant.apns]                        # Apple's MDM push certificate
# certificate = \"apns.pem\"
# previous = \"apns-last-year.pem\"      # renewed, or replaced?

# [[tenant.server]]                    # any other TLS server of yours that devices use
# address = \"radius.contoso.com:2083\"

# [[tenant.certificate]]               # any other certificate file that expires
# path = \"radius.pem\"
";

const REST: &str = "
# [trust]
# enterprise_roots = [\"contoso-root.pem\"]   # your own authorities: trusted for your own servers, the mark of TLS inspection elsewhere

# [thresholds]
# certificate_warn = \"30d\"
# certificate_fail = \"7d\"

# [[waiver]]
# check = \"dns.enterprise-enrollment\"
# subject = \"contoso.com\"
# because = \"moves with the merger, CHG-1234\"
# owner = \"dns-team@contoso.com\"
# until = 2027-03-31                   # required: no waiver is for ever
";
