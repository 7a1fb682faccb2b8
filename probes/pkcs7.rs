//! The certificates of a PKCS#7 bag (RFC 5652), in DER or BER, exactly as their bytes stand in it.

use facts::Octets;

/// Deeper than any honest nesting of a certificate bag.
const DEPTH: usize = 32;
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;
const CONSTRUCTED: u8 = 0x20;

/// Why there are no certificates in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotPkcs7 {
    /// Something else altogether.
    Other,
    /// PKCS#7 by its first words, and broken further in.
    Damaged(&'static str),
}

/// Every certificate of the bag, in its order.
pub(crate) fn certificates(bytes: &[u8]) -> Result<Vec<Octets>, NotPkcs7> {
    let outer = Element::first(bytes).filter(|e| e.tag == SEQUENCE).ok_or(NotPkcs7::Other)?;
    let names_signed_data = |e: &Element<'_>| e.tag == OID && e.contents == SIGNED_DATA;
    if !Element::first(outer.contents).is_some_and(|e| names_signed_data(&e)) {
        return Err(NotPkcs7::Other);
    }
    let der = to_der(bytes).ok_or(NotPkcs7::Damaged("its lengths contradict each other"))?;
    let signed_data = (|| {
        let info = Element::first(&der)?;
        let content = info.children().find(|e| e.tag == CONTEXT_0)?;
        content.children().next().filter(|e| e.tag == SEQUENCE).map(|e| e.contents.to_vec())
    })()
    .ok_or(NotPkcs7::Damaged("it holds no signed data"))?;
    // version, digest algorithms, content, then the certificates under the implicit tag 0.
    let bag = Element::all(&signed_data).skip(1).find(|e| e.tag == CONTEXT_0);
    let certificates: Vec<Octets> = bag
        .map(|bag| bag.children().filter(|e| e.tag == SEQUENCE).map(|e| Octets::from(e.whole)).collect())
        .unwrap_or_default();
    if certificates.is_empty() { Err(NotPkcs7::Damaged("it holds no certificate")) } else { Ok(certificates) }
}

/// One element of an encoding with definite lengths, or the outside of an indefinite one.
struct Element<'a> {
    tag: u8,
    contents: &'a [u8],
    whole: &'a [u8],
}

impl<'a> Element<'a> {
    fn first(bytes: &'a [u8]) -> Option<Self> {
        Self::all(bytes).next()
    }

    fn all(bytes: &'a [u8]) -> impl Iterator<Item = Self> {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            let header = Header::read(rest)?;
            let end = match header.length {
                Some(length) => header.octets.checked_add(length)?,
                None => rest.len(),
            };
            let whole = rest.get(..end)?;
            rest = rest.get(end..)?;
            Some(Self { tag: header.tag, contents: whole.get(header.octets..)?, whole })
        })
    }

    fn children(&self) -> impl Iterator<Item = Element<'a>> {
        Self::all(self.contents)
    }
}

struct Header {
    tag: u8,
    /// None: indefinite.
    length: Option<usize>,
    /// The size of tag and length.
    octets: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
        // Tags above 30 take more octets; nothing in a certificate bag uses them.
        if tag & 0x1f == 0x1f {
            return None;
        }
        if first == 0x80 {
            return (tag & CONSTRUCTED != 0).then_some(Self { tag, length: None, octets: 2 });
        }
        if first < 0x80 {
            return Some(Self { tag, length: Some(first.into()), octets: 2 });
        }
        let size = usize::from(first & 0x7f);
        if size > 4 {
            return None;
        }
        let length = bytes.get(2..2 + size)?.iter().fold(0, |sum, octet| (sum << 8) | usize::from(*octet));
        Some(Self { tag, length: Some(length), octets: 2 + size })
    }
}

/// The same encoding with definite lengths throughout; parts that had them already stay as they are, octet for
/// octet, because signatures were made over them.
fn to_der(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    convert(bytes, &mut out, DEPTH)?;
    Some(out)
}

/// Converts one element and returns how many octets it took.
fn convert(bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> Option<usize> {
    let header = Header::read(bytes)?;
    match header.length {
        Some(length) => {
            let end = header.octets.checked_add(length)?;
            let whole = bytes.get(..end)?;
            let mut contents = whole.get(header.octets..)?;
            // Only a wrapper can hide an indefinite part; a certificate (SEQUENCE of definite parts) is copied whole.
            if matches!(header.tag, SEQUENCE | SET | CONTEXT_0)
                && has_indefinite(contents, depth.checked_sub(1)?)
            {
                let mut inner = Vec::with_capacity(contents.len());
                while !contents.is_empty() {
                    let taken = convert(contents, &mut inner, depth.checked_sub(1)?)?;
                    contents = contents.get(taken..)?;
                }
                write(header.tag, &inner, out);
            } else {
                out.extend_from_slice(whole);
            }
            Some(end)
        }
        None => {
            let depth = depth.checked_sub(1)?;
            let mut taken = header.octets;
            let mut inner = Vec::new();
            loop {
                let rest = bytes.get(taken..)?;
                if rest.starts_with(&[0, 0]) {
                    taken += 2;
                    break;
                }
                taken += convert(rest, &mut inner, depth)?;
            }
            write(header.tag, &inner, out);
            Some(taken)
        }
    }
}

/// Whether one of the elements, at any depth, has an indefinite length.
fn has_indefinite(bytes: &[u8], depth: usize) -> bool {
    let mut rest = bytes;
    while let Some(header) = Header::read(rest) {
        let Some(length) = header.length else { return true };
        let Some(end) = header.octets.checked_add(length) else { return false };
        let Some(contents) = rest.get(header.octets..end) else { return false };
        if header.tag & CONSTRUCTED != 0 && depth > 0 && has_indefinite(contents, depth - 1) {
            return true;
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    false
}

fn write(tag: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    let length = contents.len();
    if length < 0x80 {
        out.push(length.to_le_bytes().first().copied().unwrap_or_default());
    } else {
        let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
        out.push(0x80 | octets.len().to_le_bytes().first().copied().unwrap_or_default());
        out.extend_from_slice(&octets);
    }
    out.extend_from_slice(contents);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn definite(tag: u8, contents: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(tag, contents, &mut out);
        out
    }

    fn indefinite(tag: u8, contents: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], contents, &[0, 0]].concat()
    }

    fn bag(certificates: &[u8], wrap: fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let version = definite(0x02, &[1]);
        let content = wrap(SEQUENCE, &definite(OID, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]));
        let parts = [version, definite(SET, &[]), content, wrap(CONTEXT_0, certificates), definite(SET, &[])];
        let signed = wrap(CONTEXT_0, &wrap(SEQUENCE, &parts.concat()));
        wrap(SEQUENCE, &[definite(OID, &SIGNED_DATA), signed].concat())
    }

    #[test]
    fn definite_and_indefinite_lengths_give_the_same_certificates() {
        let one = definite(SEQUENCE, &definite(0x02, &[7; 200]));
        let two = definite(SEQUENCE, &definite(0x02, &[9]));
        let both = [one.clone(), two.clone()].concat();
        let wanted = vec![Octets::from(one), Octets::from(two)];
        assert_eq!(certificates(&bag(&both, definite)).unwrap(), wanted);
        assert_eq!(certificates(&bag(&both, indefinite)).unwrap(), wanted);
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = (0..10_000).fold(vec![0x02, 0x00], |inner, _| indefinite(SEQUENCE, &inner));
        let bytes = [definite(OID, &SIGNED_DATA), deep].concat();
        assert!(certificates(&indefinite(SEQUENCE, &bytes)).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = certificates(&bytes);
            let prefixed = [definite(OID, &SIGNED_DATA), bytes].concat();
            let _ = certificates(&definite(SEQUENCE, &prefixed));
            let _ = certificates(&indefinite(SEQUENCE, &prefixed));
        }

        #[test]
        fn an_encoding_in_der_comes_out_as_it_went_in(contents in proptest::collection::vec(any::<u8>(), 0..400)) {
            let der = definite(SEQUENCE, &definite(0x04, &contents));
            prop_assert_eq!(to_der(&der), Some(der));
        }
    }
}
