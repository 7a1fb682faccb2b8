//! `[[check]]`: checks of the user's own.

use std::path::Path;
use std::sync::Arc;

use checks::Message;
use checks::own::{Declaration, Expected, Own, Programme, What};
use checks::subject::{Given, HostPort};
use facts::Name;
use facts::dns::Kind;
use serde_spanned::Spanned;
use toml::Value;

use super::duration;
use super::file::{OwnCheck, RecordKind};
use super::load::Loaded;
use super::problem::Problem;
use super::resolve::Builder;
use crate::arguments;

/// Stands for each domain of a tenant in turn.
const DOMAIN: &str = "{domain}";
/// How long a program may take that says nothing of it.
const PROGRAM_TIMEOUT_MS: u32 = 10_000;

impl Builder {
    /// Reads a file's own checks; the tenants are known by now.
    pub(super) fn own_checks(&mut self, loaded: &Loaded, given: &Arc<Given>) -> Result<(), Problem> {
        for check in &loaded.file.check {
            let reader = Reader { loaded, check };
            let id = reader.id()?;
            if self.own.iter().any(|own| own.declaration.id == id) {
                return Err(loaded.problem(check.id.span(), format!("two checks have the id {id}")));
            }
            let tenant = check.tenant.as_ref().map(|name| self.named_tenant(loaded, name)).transpose()?;
            for (tenant, domain) in self.places(&reader, tenant) {
                let declaration = Declaration {
                    id: id.clone(),
                    title: reader.words("title", check.title.as_ref())?.unwrap_or_else(|| Message::same(&id)),
                    remedy: reader.words("remedy", check.remedy.as_ref())?,
                    warns: check.severity.is_some_and(|severity| severity.warns()),
                    what: reader.what(domain.as_ref(), &self.programme_tenants(tenant))?,
                };
                // One check, however many domains it is put to.
                let own = match self.own.iter().find(|own| own.declaration.id == id) {
                    Some(first) => {
                        let (check, given) = (first.check, Arc::clone(given));
                        Own { declaration, check, tenant, given }
                    }
                    None => Own::new(declaration, tenant, Arc::clone(given)),
                };
                self.own.push(Arc::new(own));
            }
        }
        Ok(())
    }

    fn named_tenant(&self, loaded: &Loaded, name: &Spanned<String>) -> Result<usize, Problem> {
        let place = self.tenants.iter().position(|tenant| tenant.name == *name.get_ref());
        place.ok_or_else(|| {
            let problem = loaded.problem(name.span(), format!("there is no tenant {:?}", name.get_ref()));
            problem.help("`tenant` is the name of a [[tenant]]; left out, the check counts for all")
        })
    }

    /// Once, or for each domain where the question has a place for one.
    fn places(&self, reader: &Reader<'_>, tenant: Option<usize>) -> Vec<(Option<usize>, Option<Name>)> {
        if !reader.has_place_for_a_domain() {
            return vec![(tenant, None)];
        }
        let tenants = self.tenants.iter().enumerate().filter(|(place, _)| tenant.is_none_or(|t| t == *place));
        tenants
            .flat_map(|(place, one)| one.domains.iter().map(move |d| (Some(place), Some(d.clone()))))
            .collect()
    }

    fn programme_tenants(&self, tenant: Option<usize>) -> Vec<(String, Vec<String>)> {
        let tenants = self.tenants.iter().enumerate().filter(|(place, _)| tenant.is_none_or(|t| t == *place));
        tenants
            .map(|(_, tenant)| {
                (tenant.name.clone(), tenant.domains.iter().map(ToString::to_string).collect())
            })
            .collect()
    }
}

/// One `[[check]]` and the file that it stands in.
struct Reader<'a> {
    loaded: &'a Loaded,
    check: &'a OwnCheck,
}

impl Reader<'_> {
    fn problem(&self, span: std::ops::Range<usize>, title: impl Into<String>) -> Problem {
        self.loaded.problem(span, title)
    }

    fn id(&self) -> Result<String, Problem> {
        let id = self.check.id.get_ref();
        let claim = id.strip_prefix("own.").unwrap_or_default();
        let word = |word: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        match claim.split('-').all(word) {
            true => Ok(id.clone()),
            false => {
                let problem = self.problem(self.check.id.span(), format!("{id:?} is no id for a check"));
                Err(problem.help("own checks are named own.<claim> in small letters, digits and hyphens"))
            }
        }
    }

    /// One text for both languages, or `{ en = "...", fr = "..." }`.
    fn words(&self, key: &str, value: Option<&Spanned<Value>>) -> Result<Option<Message>, Problem> {
        let Some(value) = value else { return Ok(None) };
        let text = |table: &toml::Table, language: &str| table.get(language)?.as_str().map(str::to_owned);
        let read = match value.get_ref() {
            Value::String(both) => Some(Message::same(both)),
            Value::Table(table) if table.len() == 2 => {
                text(table, "en").zip(text(table, "fr")).map(|(en, fr)| Message { en, fr })
            }
            _ => None,
        };
        match read {
            Some(message) if !message.en.trim().is_empty() && !message.fr.trim().is_empty() => {
                Ok(Some(message))
            }
            _ => {
                let problem =
                    self.problem(value.span(), format!("{key} is a text, or one for each language"));
                Err(problem.help(format!("{key} = {{ en = \"...\", fr = \"...\" }}")))
            }
        }
    }

    fn has_place_for_a_domain(&self) -> bool {
        let OwnCheck { dns, tcp, tls, http, .. } = self.check;
        [dns, tcp, tls, http].into_iter().flatten().any(|text| text.get_ref().contains(DOMAIN))
    }

    fn what(&self, domain: Option<&Name>, tenants: &[(String, Vec<String>)]) -> Result<What, Problem> {
        let check = self.check;
        let filled = |text: &Spanned<String>| match domain {
            Some(domain) => text.get_ref().replace(DOMAIN, domain.as_str()),
            None => text.get_ref().clone(),
        };
        let what = match (&check.dns, &check.tcp, &check.tls, &check.http, &check.file, &check.program) {
            (Some(name), None, None, None, None, None) => {
                let parsed = Name::parse_host(&filled(name)).or_else(|_| Name::parse_domain(&filled(name)));
                let parsed = parsed.map_err(|bad| self.problem(name.span(), bad.to_string()))?;
                let kind = check.kind.unwrap_or(RecordKind::A).kind();
                What::Record { name: parsed, kind, expected: self.records()? }
            }
            (None, Some(at), None, None, None, None) => What::Connection {
                at: self.host_port(at, &filled(at))?,
                open: self.one_of("open", "closed")?,
            },
            (None, None, Some(at), None, None, None) => {
                What::Server { at: self.host_port(at, &filled(at))?, trusted: self.one_of("trusted", "any")? }
            }
            (None, None, None, Some(url), None, None) => What::Page {
                url: self.url(url, &filled(url))?,
                status: self.status()?,
                contains: check.contains.clone(),
            },
            (None, None, None, None, Some(path), None) => What::File {
                path: self.loaded.beside(path.get_ref()).display().to_string(),
                shown: path.get_ref().display().to_string(),
                there: self.one_of("exists", "missing")?,
                contains: check.contains.clone(),
            },
            (None, None, None, None, None, Some(command)) => What::Program(self.programme(command, tenants)?),
            _ => {
                let problem = self.problem(check.id.span(), "a check asks one question");
                return Err(problem.help("give it one of dns, tcp, tls, http, file and program"));
            }
        };
        self.nothing_idle(&what)?;
        Ok(what)
    }

    /// Keys that this kind of question does not look at would be silently wrong.
    fn nothing_idle(&self, what: &What) -> Result<(), Problem> {
        let check = self.check;
        let idle = [
            ("kind", check.kind.is_some() && !matches!(what, What::Record { .. })),
            ("contains", check.contains.is_some() && !matches!(what, What::Page { .. } | What::File { .. })),
            ("timeout", check.timeout.is_some() && !matches!(what, What::Program(_))),
            ("expect", check.expect.is_some() && matches!(what, What::Program(_))),
        ];
        match idle.iter().find(|(_, idle)| *idle) {
            Some((key, _)) => {
                Err(self.problem(check.id.span(), format!("`{key}` says nothing for this kind of check")))
            }
            None => Ok(()),
        }
    }

    fn records(&self) -> Result<Expected, Problem> {
        let Some(expect) = &self.check.expect else { return Ok(Expected::Exists) };
        let plain = |text: &str| match self.check.kind.unwrap_or(RecordKind::A) {
            RecordKind::Txt => text.to_owned(),
            RecordKind::A | RecordKind::Aaaa => text
                .parse::<std::net::IpAddr>()
                .map_or_else(|_| text.to_owned(), |address| address.to_string()),
            _ => text.trim_end_matches('.').to_ascii_lowercase(),
        };
        let values: Option<Vec<&str>> = match expect.get_ref() {
            Value::String(text) if text == "exists" => return Ok(Expected::Exists),
            Value::String(text) if text == "missing" => return Ok(Expected::Missing),
            Value::String(text) => Some(vec![text]),
            Value::Array(values) if !values.is_empty() => values.iter().map(Value::as_str).collect(),
            _ => None,
        };
        match values {
            Some(values) => Ok(Expected::Values(values.into_iter().map(plain).collect())),
            None => {
                let problem = self.problem(expect.span(), "not an expectation for a DNS record");
                Err(problem.help("\"exists\", \"missing\", or the values: [\"192.0.2.1\"]"))
            }
        }
    }

    /// True for the first word, which is also meant where nothing is said.
    fn one_of(&self, first: &str, second: &str) -> Result<bool, Problem> {
        match self.check.expect.as_ref().map(|expect| (expect, expect.get_ref().as_str())) {
            None => Ok(true),
            Some((_, Some(word))) if word == first => Ok(true),
            Some((_, Some(word))) if word == second => Ok(false),
            Some((expect, _)) => {
                let problem = self.problem(expect.span(), "not an expectation for this kind of check");
                Err(problem.help(format!("wanted {first:?} or {second:?}")))
            }
        }
    }

    fn status(&self) -> Result<u16, Problem> {
        let Some(expect) = &self.check.expect else { return Ok(200) };
        let status = expect.get_ref().as_integer().and_then(|status| u16::try_from(status).ok());
        status.filter(|status| (100..600).contains(status)).ok_or_else(|| {
            self.problem(expect.span(), "not an HTTP status").help("wanted a number such as 200 or 403")
        })
    }

    fn host_port(&self, at: &Spanned<String>, text: &str) -> Result<HostPort, Problem> {
        arguments::host_port(text)
            .map_err(|why| self.problem(at.span(), why).help("wanted something like radius.contoso.com:2083"))
    }

    fn url(&self, url: &Spanned<String>, text: &str) -> Result<url::Url, Problem> {
        let parsed =
            url::Url::parse(text).map_err(|why| self.problem(url.span(), format!("not a URL: {why}")))?;
        if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none_or(str::is_empty) {
            return Err(self.problem(url.span(), "not an http:// or https:// URL with a host"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            // Without its line: that would show them.
            let (path, id) = (self.loaded.path.display(), self.check.id.get_ref());
            let problem = Problem::new(format!("{path}: {id}: the URL holds credentials"));
            return Err(problem.help("a program can read a secret from the environment and ask with it"));
        }
        Ok(parsed)
    }

    fn programme(
        &self,
        command: &Spanned<Vec<String>>,
        tenants: &[(String, Vec<String>)],
    ) -> Result<Programme, Problem> {
        if command.get_ref().first().is_none_or(|program| program.trim().is_empty()) {
            return Err(self.problem(command.span(), "the program is missing"));
        }
        let timeout_ms = match &self.check.timeout {
            None => PROGRAM_TIMEOUT_MS,
            Some(text) => {
                let timeout =
                    duration::parse(text.get_ref()).map_err(|why| self.problem(text.span(), why))?;
                u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX)
            }
        };
        let folder = self.loaded.path.parent().filter(|folder| *folder != Path::new(""));
        Ok(Programme {
            command: command.get_ref().clone(),
            folder: folder.map(|folder| folder.display().to_string()).unwrap_or_default(),
            timeout_ms,
            tenants: tenants.to_vec(),
        })
    }
}

impl RecordKind {
    fn kind(self) -> Kind {
        match self {
            Self::A => Kind::A,
            Self::Aaaa => Kind::Aaaa,
            Self::Cname => Kind::Cname,
            Self::Mx => Kind::Mx,
            Self::Ns => Kind::Ns,
            Self::Txt => Kind::Txt,
        }
    }
}
