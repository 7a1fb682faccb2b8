//! Which words give somebody away, and what stands in their place.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};

use facts::certificate::sha256;
use serde_json::Value;

use super::addresses;
use super::der;
use super::each_string;
use super::text::each_run;
use crate::endpoints;

/// What replacements are derived from: another one in each recording, and never written down.
pub(super) struct Secret([u64; 4]);

impl Secret {
    pub(super) fn random() -> Self {
        // The standard library's hashers start from the system's randomness.
        Self([0_u64; 4].map(|_| RandomState::new().hash_one(0_u8)))
    }

    /// So many octets, always the same for the same.
    pub(super) fn octets(&self, kind: &[u8], of: &[u8], length: usize) -> Vec<u8> {
        let mut octets = Vec::with_capacity(length + 32);
        let mut block = 0_u64;
        while octets.len() < length {
            let mut input: Vec<u8> = self.0.iter().flat_map(|part| part.to_be_bytes()).collect();
            input.extend(block.to_be_bytes());
            input.extend(kind);
            input.push(0);
            input.extend(of);
            let digest = sha256(&input);
            let pairs = digest.as_bytes().chunks_exact(2).filter_map(|pair| std::str::from_utf8(pair).ok());
            octets.extend(pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()));
            block += 1;
        }
        octets.truncate(length);
        octets
    }
}

/// Words of protocols, products and documents, which tell nobody from anybody else and mean something to judgements.
const COMMON: &str = "a aaaa cname ns soa mx txt dns http https tcp tls udp ldap file path pem der cer crt p7b p12 pfx \
    www mail owa sts adfs fs idp sso login auth ndes scep mscep mscep_admin dll certsrv certenroll mdm mam uem jamf radius vpn wifi proxy gateway \
    autodiscover enterpriseenrollment enterpriseregistration enrollment registration enroll discovery enrollcheck nobody enrollcheck probe invalid localhost local lan internal intranet corp \
    ca root sub issuing intermediate policy authority certificate certificates certification signing encryption services service server client trust global public private \
    inc ltd llc gmbh ag sa sas bv co corp company group org organization the and of for with from to in on at by is not no yes true false null \
    cn ou o c l st dc uid serialnumber email emailaddress hostmaster dnsmaster admin administrator postmaster root ns1 ns2 ns3 ns4 dns1 dns2 user \
    xml html head body title text json utf schema soap wsdl saml oauth openid jwt ws federation metadata trust passive active mex username mixed password windows transport \
    federationmetadata wstrust adfssigning token kerberos x509 rsa sha sha1 sha256 sha384 sha512 ecdsa aes des cbc gcm get post put head options capability renewal pkioperation \
    mgmt external apsp let encrypt zerossl \
    test lab demo example sample one two three first second tenant tenants domain domains name names host hosts web web1 app apps api net com";

/// Below these everybody has a name of their own.
const SHARED: [&str; 9] = [
    "onmicrosoft.com",
    "onmicrosoft.us",
    "onmschina.cn",
    "msappproxy.net",
    "azurewebsites.net",
    "cloudapp.azure.com",
    "azurefd.net",
    "jamfcloud.com",
    "okta.com",
];

pub(super) struct Words {
    pub(super) secret: Secret,
    /// In lower case, with what stands in their place.
    replaced: HashMap<String, String>,
    /// The same of words that tell in the names of certificates, and may mean something elsewhere.
    in_names: HashMap<String, String>,
    /// Never replaced.
    common: HashSet<String>,
}

impl Words {
    pub(super) fn of(settings: &Value, lines: &[Value]) -> Self {
        let mut words = Self {
            secret: Secret::random(),
            replaced: HashMap::new(),
            in_names: HashMap::new(),
            common: common(),
        };
        let mut found = BTreeSet::new();
        let mut suffixes = HashSet::new();
        for section in ["tenants", "certificates", "push", "servers", "scep", "own", "vantage", "waivers"] {
            let Some(section) = settings.get(section) else { continue };
            each_string(section, "", &mut |key, text| match key {
                // One's own, whatever they are called.
                "name" | "shown" | "path" | "folder" => found.extend(split(text)),
                "because" | "owner" | "check" | "reason" => {}
                _ => words.hosts(text, &mut found, &mut suffixes),
            });
        }
        for line in lines {
            each_string(line, "", &mut |key, text| words.said(key, text, &mut found, &mut suffixes));
        }
        let mut named = BTreeSet::new();
        let public = public();
        let mut certificates = |value: &Value, own: bool| {
            super::each_octets(value, &mut |octets| {
                // The intermediates of public authorities are everybody's.
                if !own
                    && der::issuer_of_authority(octets)
                        .is_some_and(|issuer| split(&issuer).any(|word| public.contains(&word)))
                {
                    return;
                }
                der::each_text(octets, &mut |text, in_a_name| {
                    words.hosts(text, &mut found, &mut suffixes);
                    match in_a_name {
                        true if own => found.extend(split(text)),
                        true => named.extend(split(text)),
                        false => {}
                    }
                });
            });
        };
        certificates(settings, true);
        lines.iter().for_each(|line| certificates(line, false));
        words.common.extend(suffixes);
        let mut taken = HashSet::new();
        // Short numbers are everybody's: ports, years, counts.
        let numeric = |word: &str| word.len() < 6 && word.chars().all(|c| c.is_ascii_digit());
        let tells =
            |words: &Self, word: &str| word.len() > 1 && !numeric(word) && !words.common.contains(word);
        for word in found {
            if tells(&words, &word) {
                let new = words.another(&word, &mut taken);
                words.replaced.insert(word, new);
            }
        }
        for word in named {
            if tells(&words, &word) && !words.replaced.contains_key(&word) {
                let new = words.another(&word, &mut taken);
                words.in_names.insert(word, new);
            }
        }
        words
    }

    /// What a line of evidence gives away.
    fn said(&self, key: &str, text: &str, found: &mut BTreeSet<String>, suffixes: &mut HashSet<String>) {
        if let Some(octets) = super::octets(key, text) {
            if let Ok(body) = String::from_utf8(octets) {
                self.hosts(&body, found, suffixes);
                found.extend(brands(&body));
            }
            return;
        }
        self.hosts(text, found, suffixes);
    }

    /// The telling labels of every host name and mailbox in a text.
    fn hosts(&self, text: &str, found: &mut BTreeSet<String>, suffixes: &mut HashSet<String>) {
        // As addresses are written in URLs.
        let text = &text
            .replace("%40", "@")
            .replace("%2E", ".")
            .replace("%2e", ".")
            .replace("%2F", "/")
            .replace("%2f", "/");
        let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '@' | '%' | '+');
        each_run(text, of_a_name, 4, |run| {
            let (mailbox, host) = match run.rsplit_once('@') {
                Some((mailbox, host)) => (Some(mailbox), host),
                None => (None, run),
            };
            let host = host.trim_matches(['.', '-', '_', '%', '+']).to_ascii_lowercase();
            let own = self.labels(&host, suffixes)?;
            found.extend(own);
            found.extend(mailbox.into_iter().flat_map(split));
            None
        });
    }

    /// The labels of a name that are its owner's; none where it is no name, or everybody's.
    fn labels(&self, host: &str, suffixes: &mut HashSet<String>) -> Option<Vec<String>> {
        let shared = SHARED.iter().find_map(|shared| host.strip_suffix(shared)?.strip_suffix('.'));
        if let Some(own) = shared {
            return Some(split(own).collect());
        }
        let suffix = facts::registry::public_suffix(host).or_else(|| internal_suffix(host))?;
        let own = host.strip_suffix(suffix)?.strip_suffix('.')?;
        let registrable = own.rsplit('.').next()?;
        suffixes.extend(split(suffix));
        // A vendor's name, whatever stands before it.
        if self.common.contains(registrable) {
            return None;
        }
        let labels = own.split('.');
        let whole = labels.clone().filter(|label| label.starts_with("xn--")).map(str::to_owned);
        Some(labels.clone().filter(|label| !label.starts_with("xn--")).flat_map(split).chain(whole).collect())
    }

    /// Another word of the same length and kind, which stands for no other.
    fn another(&self, word: &str, taken: &mut HashSet<String>) -> String {
        for attempt in 0_u8..=255 {
            let random = self.secret.octets(&[attempt], word.as_bytes(), word.len());
            let hexadecimal = word.len() >= 16 && word.chars().all(|c| c.is_ascii_hexdigit());
            let new: String = word
                .chars()
                .zip(random)
                .flat_map(|(c, random)| {
                    let new = match c {
                        _ if hexadecimal => digit(random),
                        '0'..='9' => char::from(b'0' + random % 10),
                        // A label of another alphabet becomes a plain one, of as many octets.
                        _ => char::from(b'a' + random % 26),
                    };
                    std::iter::repeat_n(new, c.len_utf8())
                })
                .collect();
            if !self.common.contains(&new) && new != word && taken.insert(new.clone()) {
                return new;
            }
        }
        "x".repeat(word.len())
    }

    /// The text with addresses and telling words replaced; as long as before, but for addresses.
    pub(super) fn replaced(&self, text: &str) -> String {
        let text =
            each_run(text, |c| c.is_ascii_hexdigit() || matches!(c, '.' | ':'), 2, |run| self.address(run));
        let text = each_run(&text, |c| c.is_ascii_hexdigit() || c == '-', 36, |run| self.guid(run));
        self.words_of(&text)
    }

    /// A part of a certificate's name.
    pub(super) fn name_of(&self, text: &str) -> String {
        let text = each_run(text, |c| c.is_ascii_hexdigit() || c == '-', 36, |run| self.guid(run));
        let text = self.words_of(&text);
        each_run(&text, char::is_alphanumeric, 2, |run| {
            let new = self.in_names.get(&run.to_lowercase())?;
            Some(match run.is_ascii() {
                true => cased(run, new),
                false if new.len() == run.len() => new.clone(),
                false => "x".repeat(run.len()),
            })
        })
    }

    /// The text with telling words replaced, octet for octet.
    pub(super) fn words_of(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        // An octet in percent notation is no part of the word after it.
        while let Some(place) = rest.find('%') {
            let digits =
                rest.get(place + 1..place + 3).filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
            let end = if digits.is_some() { place + 3 } else { place + 1 };
            out.push_str(&self.plain_words_of(rest.get(..place).unwrap_or_default()));
            out.push_str(rest.get(place..end).unwrap_or_default());
            rest = rest.get(end..).unwrap_or_default();
        }
        out.push_str(&self.plain_words_of(rest));
        out
    }

    fn plain_words_of(&self, text: &str) -> String {
        let labels = each_run(
            text,
            |c| c.is_ascii_alphanumeric() || c == '-',
            4,
            |run| {
                let lower = run.to_ascii_lowercase();
                lower.starts_with("xn--").then(|| self.replaced.get(&lower).cloned()).flatten()
            },
        );
        each_run(&labels, char::is_alphanumeric, 2, |run| match self.replaced.get(&run.to_lowercase()) {
            Some(new) if run.is_ascii() => Some(cased(run, new)),
            Some(new) if new.len() == run.len() => Some(new.clone()),
            Some(_) => Some("x".repeat(run.len())),
            None if run.is_ascii() => None,
            // A word may stand against letters of another alphabet.
            None => Some(each_run(
                run,
                |c| c.is_ascii_alphanumeric(),
                2,
                |run| self.replaced.get(&run.to_ascii_lowercase()).map(|new| cased(run, new)),
            )),
        })
    }

    /// Nothing of what was written, but its shape.
    pub(super) fn scrambled(&self, text: &str) -> String {
        let random = self.secret.octets(b"text", text.as_bytes(), text.len());
        let letter = |(c, random): (char, u8)| match c {
            'a'..='z' | '\u{80}'.. => char::from(b'a' + random % 26),
            'A'..='Z' => char::from(b'A' + random % 26),
            '0'..='9' => char::from(b'0' + random % 10),
            c => c,
        };
        text.chars().zip(random).map(letter).collect()
    }

    /// Another number of the same length.
    pub(super) fn hexadecimal(&self, text: &str) -> String {
        let random = self.secret.octets(b"number", text.as_bytes(), text.len());
        let other = |(c, random): (char, u8)| if c.is_ascii_hexdigit() { digit(random) } else { c };
        text.chars().zip(random).map(other).collect()
    }

    fn address(&self, run: &str) -> Option<String> {
        let bare = run.trim_end_matches(['.', ':']);
        let tail = run.get(bare.len()..)?;
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(format!("{}{tail}", addresses::replaced(address, &self.secret)));
        }
        let SocketAddr::V4(socket) = bare.parse().ok()? else { return None };
        let address = addresses::replaced(IpAddr::V4(*socket.ip()), &self.secret);
        Some(format!("{address}:{}{tail}", socket.port()))
    }

    /// Ids of tenants and accounts; those that begin with zeros are everybody's.
    fn guid(&self, run: &str) -> Option<String> {
        let lengths: Vec<usize> = run.split('-').map(str::len).collect();
        if lengths != [8, 4, 4, 4, 12] || run.starts_with("00000000") {
            return None;
        }
        let random = self.secret.octets(b"guid", run.to_ascii_lowercase().as_bytes(), run.len());
        let other = |(c, random): (char, u8)| match c {
            '-' => '-',
            c if c.is_ascii_uppercase() => digit(random).to_ascii_uppercase(),
            _ => digit(random),
        };
        Some(run.chars().zip(random).map(other).collect())
    }
}

/// The new word with capitals where the old one has them.
fn cased(old: &str, new: &str) -> String {
    let cased =
        |(old, new): (char, char)| if old.is_ascii_uppercase() { new.to_ascii_uppercase() } else { new };
    old.chars().zip(new.chars()).map(cased).collect()
}

/// A hexadecimal digit.
fn digit(random: u8) -> char {
    char::from_digit(u32::from(random % 16), 16).unwrap_or('0')
}

/// What networks call themselves that the public does not see.
fn internal_suffix(host: &str) -> Option<&str> {
    const INTERNAL: [&str; 8] =
        ["local", "lan", "internal", "intranet", "corp", "home", "private", "localdomain"];
    host.rsplit('.').next().filter(|last| INTERNAL.contains(last))
}

/// Words in lower case.
fn split(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// What a cloud calls the company, in a document of its own.
fn brands(body: &str) -> Vec<String> {
    let Ok(document) = serde_json::from_str::<Value>(body) else { return Vec::new() };
    let mut found = Vec::new();
    each_string(&document, "", &mut |key, text| {
        let key = key.to_ascii_lowercase();
        if ["brand", "company", "displayname"].iter().any(|word| key.contains(word)) {
            found.extend(split(text));
        }
    });
    found
}

/// What public authorities are called.
fn public() -> HashSet<String> {
    let everybodys: HashSet<String> = split(COMMON).collect();
    let names = checks::roots::names().chain(checks::apple::names());
    names.flat_map(split).filter(|word| word.len() > 4 && !everybodys.contains(word)).collect()
}

/// Everybody's words: protocols, the clouds' and vendors' hosts, public authorities.
fn common() -> HashSet<String> {
    let mut common: HashSet<String> = split(COMMON).collect();
    if let Ok(list) = endpoints::list() {
        common.extend(list.hosts().flat_map(split));
    }
    common.extend(checks::roots::names().flat_map(split));
    common.extend(checks::apple::names().flat_map(split));
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_tells_somebody_is_replaced_and_what_means_something_stays() {
        let settings = json!({
            "tenants": [{ "name": "Contoso Ltd", "domains": ["contoso.com", "xn--mnchen-3ya.de"] }],
            "servers": [{ "host": "radius.fabrikam.co.uk", "port": 2083 }],
        });
        let lines = [
            json!({ "asked": [{ "name": "enterpriseenrollment.contoso.com" }, { "target": "Mdm.Wingtip.net", "mail": "jane.doe@contoso.com" }] }),
        ];
        let words = Words::of(&settings, &lines);
        let text = "EnterpriseEnrollment.Contoso.com -> mdm.wingtip.net, radius.fabrikam.co.uk, xn--mnchen-3ya.de, jane.doe@contoso.com, login.microsoftonline.com";
        let new = words.replaced(text);
        for gone in ["ontoso", "wingtip", "fabrikam", "mnchen", "jane", "doe"] {
            assert!(!new.to_lowercase().contains(gone), "{gone}: {new}");
        }
        for kept in
            ["EnterpriseEnrollment.", ".com", ".net", "radius.", ".co.uk", "login.microsoftonline.com"]
        {
            assert!(new.contains(kept), "{kept}: {new}");
        }
        assert_eq!(new.len(), text.len());
        assert_eq!(new, words.replaced(text), "the same ones by the same");
        assert_eq!(words.replaced("CONTOSO").to_lowercase(), words.replaced("contoso"));
        let id = words.replaced("tenant 72f988bf-86f1-41af-91ab-2d7cd011db47");
        assert!(!id.contains("72f988bf") && id.len() == 43, "{id}");
    }
}
