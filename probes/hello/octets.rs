//! Numbers and length-prefixed fields, as TLS writes them.

/// Reads from the front; none where the octets end too early.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of `width` octets, at most four.
    pub(super) fn number(&mut self, width: usize) -> Option<usize> {
        let octets = self.take(width)?;
        Some(octets.iter().fold(0, |number, octet| number << 8 | usize::from(*octet)))
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.number(2).and_then(|number| u16::try_from(number).ok())
    }

    /// A field preceded by its length in `width` octets.
    pub(super) fn field(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.number(width)?;
        self.take(length)
    }
}

/// `body` preceded by its length in `width` octets.
pub(super) fn field(width: usize, body: &[u8]) -> Vec<u8> {
    let length = body.len().to_be_bytes();
    let mut field = length.get(length.len().saturating_sub(width)..).unwrap_or_default().to_vec();
    field.extend_from_slice(body);
    field
}

/// Numbers of two octets in a row.
pub(super) fn pairs(numbers: impl IntoIterator<Item = u16>) -> Vec<u8> {
    numbers.into_iter().flat_map(u16::to_be_bytes).collect()
}
