//! Certificates and what is signed like them: the same structure, with other names, keys, numbers and signatures.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;

use facts::certificate::{hex, sha256};
use facts::der::{BIT_STRING, BOOLEAN, INTEGER, Item, OCTET_STRING, SEQUENCE, Walk};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use super::addresses;
use super::words::Words;

const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;
const T61: u8 = 0x14;
const IA5: u8 = 0x16;
const BMP: u8 = 0x1e;
/// `[7]` of a GeneralName.
const IP_NAME: u8 = 0x87;
/// Signed certificate timestamps (RFC 6962): a public log knows whose they are.
const SCT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
/// Deeper than this nothing honest is nested.
const DEEPEST: usize = 24;

/// Whether octets are one item of DER, constructed, from end to end.
pub(super) fn is_der(octets: &[u8]) -> bool {
    let mut walk = Walk::over(octets);
    octets.len() > 8 && walk.optional(SEQUENCE).is_some() && walk.is_over()
}

/// What stands in the place of keys, numbers and signatures.
pub(super) struct Certificates<'a> {
    words: &'a Words,
    /// By what they were, octet for octet.
    octets: HashMap<Vec<u8>, Vec<u8>>,
    /// Digests and serial numbers in hex, in lower case.
    hex: HashMap<String, String>,
    signatures: RefCell<HashMap<Vec<u8>, Vec<u8>>>,
}

/// The parts of a certificate that are numbers of its own.
struct Parts<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    /// SubjectPublicKeyInfo.
    key: Item<'a>,
    /// Contents of the key's bit string without the count of unused bits.
    key_bits: &'a [u8],
    extensions: Option<Item<'a>>,
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let mut outer = Walk::over(der).optional(SEQUENCE)?.walk();
        let mut inner = outer.optional(SEQUENCE)?.walk();
        outer.optional(SEQUENCE)?;
        let signature = outer.optional(BIT_STRING)?.contents;
        inner.optional(0xa0);
        let serial = inner.optional(INTEGER)?.contents;
        inner.optional(SEQUENCE)?;
        let issuer = inner.optional(SEQUENCE)?.raw;
        inner.optional(SEQUENCE)?;
        let subject = inner.optional(SEQUENCE)?.raw;
        let key = inner.optional(SEQUENCE)?;
        let mut info = key.walk();
        info.optional(SEQUENCE)?;
        let key_bits = info.optional(BIT_STRING)?.contents.get(1..)?;
        let extensions = inner.any("the extensions").ok().flatten();
        Some(Self { serial, issuer, subject, key, key_bits, extensions, signature })
    }
}

impl<'a> Certificates<'a> {
    pub(super) fn new(words: &'a Words) -> Self {
        Self { words, octets: HashMap::new(), hex: HashMap::new(), signatures: RefCell::default() }
    }

    /// Prepares for a certificate that is somebody's own: one whose names tell, or that the settings hold.
    pub(super) fn note(&mut self, der: &[u8], own: bool) {
        let Some(parts) = Parts::of(der) else { return };
        let telling = self.names_of(der) != der;
        if !(own || telling) {
            return;
        }
        self.replace(parts.serial, b"serial", |new, old| {
            // Positive, and as long as before.
            if let (Some(first), Some(was)) = (new.first_mut(), old.first()) {
                *first = if *was == 0 { 0 } else { 1 + (*first & 0x3f) };
            }
            if let (Some(0), Some(second)) = (old.first(), new.get_mut(1)) {
                *second |= 0x80;
            }
        });
        self.key(parts.key_bits);
        for extension in extensions(parts.extensions) {
            let (id, value) = extension;
            if id == SCT {
                self.replace(value, b"sct", |_, _| {});
            } else if id == SUBJECT_KEY_ID
                && let Some(key_id) = Walk::over(value).optional(OCTET_STRING)
            {
                self.replace(key_id.contents, b"key-id", |_, _| {});
            }
        }
        let new = self.words.secret.octets(b"signature", parts.signature, parts.signature.len());
        let mut signature = new;
        if let (Some(first), Some(was)) = (signature.first_mut(), parts.signature.first()) {
            *first = *was;
        }
        self.octets.insert(parts.signature.to_vec(), signature);
        // OCSP names issuers by digests of their name and key.
        let (old_key, new_key) = (parts.key_bits.to_vec(), self.octets.get(parts.key_bits).cloned());
        let name = self.names_of(parts.subject);
        let issuer = self.names_of(parts.issuer);
        let digests = [
            (parts.subject.to_vec(), name),
            (parts.issuer.to_vec(), issuer),
            (old_key.clone(), new_key.unwrap_or(old_key)),
        ];
        for (old, new) in digests {
            for kind in [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256] {
                let (old, new) = (digest(kind, &old).as_ref().to_vec(), digest(kind, &new).as_ref().to_vec());
                if old != new {
                    self.hex.insert(hex(&old), hex(&new));
                    self.octets.insert(old, new);
                }
            }
        }
        self.hex.insert(
            hex(parts.serial),
            hex(self.octets.get(parts.serial).map_or(parts.serial, Vec::as_slice)),
        );
        let (old, new) = (der.to_vec(), self.redacted(der));
        for kind in [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256] {
            self.hex.insert(hex(digest(kind, &old).as_ref()), hex(digest(kind, &new).as_ref()));
        }
        let key = self.redacted(parts.key.raw);
        self.hex.insert(sha256(parts.key.raw), sha256(&key));
    }

    fn replace(&mut self, old: &[u8], kind: &[u8], mend: impl FnOnce(&mut Vec<u8>, &[u8])) {
        if old.len() < 4 || self.octets.contains_key(old) {
            return;
        }
        let mut new = self.words.secret.octets(kind, old, old.len());
        mend(&mut new, old);
        self.octets.insert(old.to_vec(), new);
    }

    /// Another key of the same kind and size.
    fn key(&mut self, bits: &[u8]) {
        // RSA: a sequence of modulus and exponent; the exponent is judged, and stays.
        let mut walk = Walk::over(bits);
        if let Some(modulus) = walk.optional(SEQUENCE).and_then(|key| key.walk().optional(INTEGER)) {
            let contents = modulus.contents;
            let mut new = self.words.secret.octets(b"modulus", contents, contents.len());
            if let (Some(first), Some(was)) = (new.first_mut(), contents.first()) {
                *first = *was;
            }
            if let (Some(second), Some(was)) = (new.get_mut(1), contents.get(1)) {
                *second = *was;
            }
            if let Some(last) = new.last_mut() {
                *last |= 1;
            }
            let mut whole = bits.to_vec();
            if let Some(place) = bits.windows(contents.len()).position(|window| window == contents)
                && let Some(slot) = whole.get_mut(place..place + contents.len())
            {
                slot.copy_from_slice(&new);
            }
            self.octets.insert(contents.to_vec(), new);
            self.octets.insert(bits.to_vec(), whole);
            return;
        }
        // A point: its form stands in the first octet.
        self.replace(bits, b"point", |new, old| {
            if let (Some(first), Some(was)) = (new.first_mut(), old.first()) {
                *first = *was;
            }
        });
    }

    /// The same structure with everything replaced; octets that are no DER by what stands in their place, if anything.
    pub(super) fn redacted(&self, der: &[u8]) -> Vec<u8> {
        if let Some(new) = self.octets.get(der) {
            return new.clone();
        }
        let mut out = der.to_vec();
        self.walk(&mut out, true, 0);
        out
    }

    /// A signature as algorithms get it: with or without the count of unused bits before it.
    pub(super) fn signature(&self, signature: &[u8]) -> Vec<u8> {
        if let Some(new) = self.octets.get(signature) {
            return new.clone();
        }
        let with_count = [&[0], signature].concat();
        match self.octets.get(&with_count).and_then(|new| new.get(1..)) {
            Some(new) => new.to_vec(),
            None => self
                .signatures
                .borrow_mut()
                .entry(signature.to_vec())
                .or_insert_with(|| signature.to_vec())
                .clone(),
        }
    }

    /// Names alone.
    fn names_of(&self, der: &[u8]) -> Vec<u8> {
        let mut out = der.to_vec();
        self.walk(&mut out, false, 0);
        out
    }

    /// Items one after the other, in place: nothing changes its length.
    fn walk(&self, octets: &mut [u8], numbers: bool, depth: usize) -> bool {
        if depth > DEEPEST {
            return false;
        }
        let mut place = 0;
        while place < octets.len() {
            let rest = octets.get(place..).unwrap_or_default();
            let Ok(Some(item)) = Walk::over(rest).any("an item") else { return false };
            let (tag, length, contents) = (item.tag, item.raw.len(), item.contents.len());
            let start = place + length - contents;
            if let Some(inside) = octets.get_mut(start..place + length) {
                self.item(tag, inside, numbers, depth);
            }
            place += length;
        }
        true
    }

    fn item(&self, tag: u8, inside: &mut [u8], numbers: bool, depth: usize) {
        if numbers && matches!(tag, INTEGER | OCTET_STRING | 0x80..=0x82) && self.swap(inside) {
            return;
        }
        match tag {
            BIT_STRING => {
                if numbers && self.swap(inside) {
                    return;
                }
                if let Some(bits) = inside.get_mut(1..)
                    && numbers
                {
                    self.swap(bits);
                }
            }
            UTF8 | PRINTABLE | T61 => self.text(inside, Words::name_of),
            BMP => self.wide_text(inside),
            IP_NAME => self.address(inside),
            IA5 | 0x80..=0x9f => self.text(inside, Words::words_of),
            OCTET_STRING => {
                // What is wrapped may be DER again; where it is not, nothing was touched.
                let mut inner = inside.to_vec();
                if !inner.is_empty()
                    && Walk::over(&inner).any("it").is_ok()
                    && self.walk(&mut inner, numbers, depth + 1)
                {
                    inside.copy_from_slice(&inner);
                }
            }
            tag if tag & 0x20 != 0 => {
                self.walk(inside, numbers, depth + 1);
            }
            _ => {}
        }
    }

    fn swap(&self, inside: &mut [u8]) -> bool {
        match self.octets.get(&*inside) {
            Some(new) if new.len() == inside.len() => {
                inside.copy_from_slice(new);
                true
            }
            _ => false,
        }
    }

    fn text(&self, inside: &mut [u8], replaced: fn(&Words, &str) -> String) {
        let Some(text) = std::str::from_utf8(inside).ok().filter(|text| !text.contains(char::is_control))
        else {
            return;
        };
        let new = replaced(self.words, text);
        if new.len() == inside.len() {
            inside.copy_from_slice(new.as_bytes());
        }
    }

    /// Two octets a letter.
    fn wide_text(&self, inside: &mut [u8]) {
        let units = inside.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
        let Some(text) = char::decode_utf16(units).collect::<Result<String, _>>().ok() else { return };
        let new: Vec<u8> = self.words.name_of(&text).encode_utf16().flat_map(u16::to_be_bytes).collect();
        if new.len() == inside.len() {
            inside.copy_from_slice(&new);
        }
    }

    fn address(&self, inside: &mut [u8]) {
        let address = match *inside {
            [a, b, c, d] => IpAddr::from([a, b, c, d]),
            _ => match <[u8; 16]>::try_from(&*inside) {
                Ok(octets) => IpAddr::from(octets),
                Err(_) => return,
            },
        };
        match addresses::replaced(address, &self.words.secret) {
            IpAddr::V4(new) if inside.len() == 4 => inside.copy_from_slice(&new.octets()),
            IpAddr::V6(new) if inside.len() == 16 => inside.copy_from_slice(&new.octets()),
            _ => {}
        }
    }

    /// A text with fingerprints and serial numbers replaced.
    pub(super) fn in_hex(&self, text: &str) -> String {
        super::text::each_run(
            text,
            |c| c.is_ascii_hexdigit(),
            8,
            |run| {
                let new = self.hex.get(&run.to_ascii_lowercase())?;
                Some(if run.chars().any(|c| c.is_ascii_uppercase()) {
                    new.to_ascii_uppercase()
                } else {
                    new.clone()
                })
            },
        )
    }
}

/// Each extension's id and value.
fn extensions(item: Option<Item<'_>>) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    let Some(mut all) = item.and_then(|item| item.walk().optional(SEQUENCE)).map(|all| all.walk()) else {
        return found;
    };
    while let Some(extension) = all.optional(SEQUENCE) {
        let mut parts = extension.walk();
        let Some(id) = parts.optional(facts::der::OBJECT_IDENTIFIER) else { continue };
        parts.optional(facts::der::BOOLEAN);
        if let Some(value) = parts.optional(OCTET_STRING) {
            found.push((id.contents, value.contents));
        }
    }
    found
}

/// Who issued a certificate of an authority, in words; none of any other.
pub(super) fn issuer_of_authority(der: &[u8]) -> Option<String> {
    const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    const AUTHORITY: &[u8] = &[BOOLEAN, 1, 0xff];
    let parts = Parts::of(der)?;
    let constraints = extensions(parts.extensions).into_iter().find(|(id, _)| *id == BASIC_CONSTRAINTS)?;
    constraints.1.windows(AUTHORITY.len()).any(|part| part == AUTHORITY).then_some(())?;
    let mut words = String::new();
    texts(parts.issuer, 0, &mut |text, _| {
        words.push_str(text);
        words.push(' ');
    });
    Some(words)
}

/// Every text in what is signed, and whether it is a part of a name; only there words alone tell.
pub(super) fn each_text(der: &[u8], visit: &mut dyn FnMut(&str, bool)) {
    texts(der, 0, visit);
}

fn texts(octets: &[u8], depth: usize, visit: &mut dyn FnMut(&str, bool)) {
    if depth > DEEPEST {
        return;
    }
    let mut walk = Walk::over(octets);
    while let Ok(Some(item)) = walk.any("an item") {
        match item.tag {
            UTF8 | PRINTABLE | T61 | IA5 | 0x80..=0x9f => {
                if let Ok(text) = std::str::from_utf8(item.contents) {
                    visit(text, matches!(item.tag, UTF8 | PRINTABLE | T61));
                }
            }
            OCTET_STRING => texts(item.contents, depth + 1, visit),
            tag if tag & 0x20 != 0 => texts(item.contents, depth + 1, visit),
            _ => {}
        }
    }
}
