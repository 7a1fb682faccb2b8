//! DER, one item after the other: for structures that are too large, or too rare, to be read into a tree.

use jiff::Timestamp;
use x509_parser::asn1_rs::BitString;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;
use x509_parser::verify::verify_signature;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

pub const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const OCTET_STRING: u8 = 0x04;
pub const NULL: u8 = 0x05;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const ENUMERATED: u8 = 0x0a;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
/// `[0] EXPLICIT`, and `[0] IMPLICIT` of something constructed.
pub const CONTEXT_0: u8 = 0xa0;
pub const CONTEXT_1: u8 = 0xa1;

/// Where the octets stop making sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or damaged")]
pub struct Broken(pub &'static str);

/// One item. Tags above 30 are not read: nothing here has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    pub tag: u8,
    pub contents: &'a [u8],
    /// With tag and length.
    pub raw: &'a [u8],
}

impl<'a> Item<'a> {
    /// What stands in it.
    pub fn walk(&self) -> Walk<'a> {
        Walk(self.contents)
    }

    /// A UTCTime or a GeneralizedTime; a date past what the calendar library knows is its last instant.
    pub fn time(&self) -> Option<Timestamp> {
        let (_, time) = ASN1Time::from_der(self.raw).ok()?;
        Some(crate::certificate::timestamp(time))
    }
}

/// The items that are still to be read.
#[derive(Clone, Copy, Debug)]
pub struct Walk<'a>(&'a [u8]);

impl<'a> Walk<'a> {
    pub fn over(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next item, which must have that tag.
    pub fn expect(&mut self, tag: u8, what: &'static str) -> Result<Item<'a>, Broken> {
        self.optional(tag).ok_or(Broken(what))
    }

    /// The next item if it has that tag.
    pub fn optional(&mut self, tag: u8) -> Option<Item<'a>> {
        let (item, rest) = first(self.0).filter(|(item, _)| item.tag == tag)?;
        self.0 = rest;
        Some(item)
    }

    /// The next item, whatever it is; nothing at the end.
    pub fn any(&mut self, what: &'static str) -> Result<Option<Item<'a>>, Broken> {
        if self.is_over() {
            return Ok(None);
        }
        let (item, rest) = first(self.0).ok_or(Broken(what))?;
        self.0 = rest;
        Ok(Some(item))
    }
}

fn first(octets: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&tag, after_tag) = octets.split_first()?;
    let (&length, after_length) = after_tag.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, body) = match length {
        short if short < 0x80 => (usize::from(short), after_length),
        long @ 0x81..=0x84 => {
            let (digits, body) = after_length.split_at_checked(usize::from(long & 0x7f))?;
            let length = digits.iter().fold(0_u64, |length, digit| length << 8 | u64::from(*digit));
            (usize::try_from(length).ok()?, body)
        }
        _ => return None,
    };
    let (contents, rest) = body.split_at_checked(length)?;
    let raw = octets.get(..octets.len() - rest.len())?;
    Some((Item { tag, contents, raw }, rest))
}

/// An item around its contents.
pub fn wrap(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|digit| *digit == 0).collect();
    let mut item = vec![tag];
    match (digits.as_slice(), u8::try_from(digits.len())) {
        ([], _) => item.push(0),
        ([short], _) if *short < 0x80 => item.push(*short),
        (long, count) => {
            item.push(0x80 | count.unwrap_or_default());
            item.extend(long);
        }
    }
    item.extend(contents);
    item
}

/// What is signed, how, and the signature: the shape that certificates, revocation lists and OCSP answers share.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// What the signature is over.
    pub message: Item<'a>,
    algorithm: Item<'a>,
    signature: Item<'a>,
}

impl<'a> Signed<'a> {
    /// The three items; whatever follows them is left to the walk.
    pub fn read(walk: &mut Walk<'a>) -> Result<Self, Broken> {
        Ok(Self {
            message: walk.expect(SEQUENCE, "what is signed")?,
            algorithm: walk.expect(SEQUENCE, "the signature algorithm")?,
            signature: walk.expect(BIT_STRING, "the signature")?,
        })
    }

    /// A whole document of that shape.
    pub fn parse(der: &'a [u8]) -> Result<Self, Broken> {
        Self::read(&mut Walk::over(der).expect(SEQUENCE, "the outer sequence")?.walk())
    }

    /// Whether that key signed it; SHA-1 with RSA is still read. `public_key` is a SubjectPublicKeyInfo in DER.
    pub fn by(&self, public_key: &[u8]) -> bool {
        let verified = || {
            let (_, key) = SubjectPublicKeyInfo::from_der(public_key).ok()?;
            let (_, algorithm) = AlgorithmIdentifier::from_der(self.algorithm.raw).ok()?;
            let (_, signature) = BitString::from_der(self.signature.raw).ok()?;
            verify_signature(&key, &algorithm, &signature, self.message.raw).ok()
        };
        let (message, signature) = (self.message.raw, self.signature.contents);
        crate::signatures::fits(&[], public_key, message, signature, || verified().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_wrapped_can_be_read_again_whatever_its_length() {
        for length in [0, 1, 0x7f, 0x80, 0xff, 0x100, 0x1_0000] {
            let wrapped = wrap(OCTET_STRING, &vec![7; length]);
            let mut walk = Walk::over(&wrapped);
            let item = walk.expect(OCTET_STRING, "it").unwrap();
            assert_eq!((item.contents.len(), item.raw.len()), (length, wrapped.len()));
            assert!(walk.is_over());
        }
    }

    #[test]
    fn an_item_longer_than_what_is_there_is_broken() {
        for octets in [&[0x30][..], &[0x30, 5, 0], &[0x30, 0x80], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(Walk::over(octets).expect(SEQUENCE, "it"), Err(Broken("it")));
            assert_eq!(Walk::over(octets).any("it"), Err(Broken("it")));
        }
        assert_eq!(Walk::over(&[]).any("it"), Ok(None));
    }

    proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>) {
            let mut walk = Walk::over(&octets);
            while let Ok(Some(item)) = walk.any("it") {
                let _ = item.time();
            }
            let _ = Signed::parse(&octets).map(|signed| signed.by(&octets));
        }
    }
}
