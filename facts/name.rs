//! Names of the DNS, compared as the DNS compares them.

use std::fmt;
use std::sync::Arc;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A name in lower-case A-labels without the final dot, so that equality is the equality of the DNS (RFC 4343).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

/// Why a text is not a domain that users can have in their addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDomain {
    #[error("a domain name is missing")]
    Empty,
    #[error("this is an address; did you mean the domain `{0}`?")]
    Mailbox(String),
    #[error("this is a URL; did you mean the domain `{0}`?")]
    Url(String),
    #[error("an IP address is not a domain")]
    IpAddress,
    #[error("a domain has at least two labels, as in `contoso.com`")]
    SingleLabel,
    #[error("an empty label (two dots in a row, or a dot at the start)")]
    EmptyLabel,
    #[error("the label `{0}` is longer than 63 octets")]
    LongLabel(String),
    #[error("the name is longer than 253 octets")]
    TooLong,
    #[error("the character {0:?} is not allowed in a domain name")]
    Character(char),
    #[error("the last label `{0}` is a number, as only addresses have it")]
    Number(String),
    #[error("the label `{0}` begins or ends with a hyphen")]
    Hyphen(String),
    #[error("the name is not valid in the DNS (IDNA, UTS 46)")]
    NotIdna,
}

impl Name {
    /// A domain as a user types it, in Unicode or punycode, with or without the final dot.
    pub fn parse_domain(text: &str) -> Result<Self, BadDomain> {
        let name = Self::parse_host(text)?;
        if name.labels().count() < 2 { Err(BadDomain::SingleLabel) } else { Ok(name) }
    }

    /// The same for a host of an internal network, whose name may be a single label.
    pub fn parse_host(text: &str) -> Result<Self, BadDomain> {
        let text = text.trim();
        explain(text)?;
        let ascii = Uts46::new()
            .to_ascii(
                text.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::VerifyAllowRootDot,
            )
            .map_err(|_| BadDomain::NotIdna)?;
        let name = Self::from_wire(&ascii);
        match name.labels().last().filter(|last| is_number(last)) {
            Some(last) => Err(BadDomain::Number(last.to_owned())),
            None => Ok(name),
        }
    }

    /// A name as a server or a file of our own writes it: only the case and the final dot are taken away.
    pub fn from_wire(text: &str) -> Self {
        let text = text.strip_suffix('.').unwrap_or(text);
        Self(text.to_ascii_lowercase().into())
    }

    /// The host of a URL. One with empty labels is nobody's: the root of the DNS (`https://./`) would vanish from the next
    /// URL that it is written into, and `0..` would become an address there.
    pub fn of_host(host: &str) -> Option<Self> {
        Some(Self::from_wire(host)).filter(|name| name.as_str().split('.').all(|label| !label.is_empty()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name with its final dot, as a zone file has it.
    pub fn absolute(&self) -> String {
        format!("{}.", self.0)
    }

    pub fn child(&self, label: &str) -> Self {
        Self::from_wire(&format!("{label}.{}", self.0))
    }

    /// The name without its first label; none above a single label.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_once('.').map(|(_, rest)| Self(rest.into()))
    }

    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').filter(|label| !label.is_empty())
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the name is that zone's apex or lies below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        zone.is_root() || self == zone || self.relative_to(zone).is_some()
    }

    /// What stands before the zone's own name, without the dot between them; none when nothing does.
    pub fn relative_to(&self, zone: &Self) -> Option<&str> {
        self.0.strip_suffix(zone.as_str())?.strip_suffix('.').filter(|head| !head.is_empty())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

/// A name as it was written down, without a detour over a text of its own: recordings hold them by the million.
struct Written;

impl Visitor<'_> for Written {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Name, E> {
        Ok(Name(text.into()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::from_wire(text)
    }
}

/// What URLs take for the end of an IPv4 address, right or wrong (WHATWG URL, "ends in a number").
fn is_number(label: &str) -> bool {
    let digits = label.chars().all(|c| c.is_ascii_digit());
    digits || label.strip_prefix("0x").is_some_and(|hex| hex.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Says what is wrong in words of its own where the IDNA library would only say that something is.
fn explain(text: &str) -> Result<(), BadDomain> {
    if text.is_empty() || text == "." {
        return Err(BadDomain::Empty);
    }
    if let Some((_, rest)) = text.split_once("://") {
        let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
        return Err(BadDomain::Url(host.to_owned()));
    }
    if let Some((_, domain)) = text.rsplit_once('@') {
        return Err(BadDomain::Mailbox(domain.to_owned()));
    }
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<std::net::IpAddr>().is_ok() {
        return Err(BadDomain::IpAddress);
    }
    let body = text.strip_suffix('.').unwrap_or(text);
    for label in body.split('.') {
        if label.is_empty() {
            return Err(BadDomain::EmptyLabel);
        }
        if let Some(bad) = label.chars().find(|c| c.is_ascii() && !(c.is_ascii_alphanumeric() || *c == '-')) {
            return Err(BadDomain::Character(bad));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(BadDomain::Hyphen(label.to_owned()));
        }
        if label.is_ascii() && label.len() > 63 {
            return Err(BadDomain::LongLabel(label.to_owned()));
        }
    }
    if body.is_ascii() && body.len() > 253 {
        return Err(BadDomain::TooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unicode_and_punycode_are_the_same_domain() {
        let unicode = Name::parse_domain("Bücher.Example.").unwrap();
        assert_eq!(unicode, Name::parse_domain("xn--bcher-kva.example").unwrap());
        assert_eq!(unicode.as_str(), "xn--bcher-kva.example");
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        let long = "a".repeat(64);
        let endless = format!("{}com", "abcdefgh.".repeat(30));
        let cases: [(&str, BadDomain); 17] = [
            ("", BadDomain::Empty),
            (" . ", BadDomain::Empty),
            ("https://contoso.com/x", BadDomain::Url("contoso.com".into())),
            ("anna@contoso.com", BadDomain::Mailbox("contoso.com".into())),
            ("192.0.2.1", BadDomain::IpAddress),
            ("[2001:db8::1]", BadDomain::IpAddress),
            ("localhost", BadDomain::SingleLabel),
            ("contoso..com", BadDomain::EmptyLabel),
            (".contoso.com", BadDomain::EmptyLabel),
            ("con toso.com", BadDomain::Character(' ')),
            ("_dmarc.contoso.com", BadDomain::Character('_')),
            ("192.0.2.256", BadDomain::Number("256".into())),
            ("contoso.\u{ff11}", BadDomain::Number("1".into())),
            ("contoso.0xff", BadDomain::Number("0xff".into())),
            ("-contoso.com", BadDomain::Hyphen("-contoso".into())),
            (&format!("{long}.com"), BadDomain::LongLabel(long.clone())),
            (&endless, BadDomain::TooLong),
        ];
        for (text, wanted) in cases {
            assert_eq!(Name::parse_domain(text), Err(wanted), "{text}");
        }
        assert_eq!(Name::parse_domain("xn--a.example"), Err(BadDomain::NotIdna));
    }

    #[test]
    fn a_name_is_within_its_zone_only_at_a_label_boundary() {
        let zone = Name::from("contoso.com");
        assert!(Name::from("us.contoso.com.").is_within(&zone));
        assert!(Name::from("CONTOSO.com").is_within(&zone));
        assert!(!Name::from("notcontoso.com").is_within(&zone));
        assert_eq!(Name::from("a.b.contoso.com").relative_to(&zone), Some("a.b"));
    }

    #[test]
    fn a_host_has_no_empty_label() {
        assert_eq!(Name::of_host("Sts.contoso.com."), Some(Name::from("sts.contoso.com")));
        assert_eq!(Name::of_host("[2001:db8::1]"), Some(Name::from("[2001:db8::1]")));
        for nobody in ["", ".", "..", "0..", "a..b"] {
            assert_eq!(Name::of_host(nobody), None, "{nobody}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(text in "\\PC{0,80}") {
            if let Ok(name) = Name::parse_domain(&text) {
                prop_assert_eq!(Name::parse_domain(name.as_str()), Ok(name));
            }
        }
    }
}
