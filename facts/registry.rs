//! Under which suffixes the public registers names (publicsuffix.org).

/// The suffix of a name in lower case, and whether the list knows it; of others the last label stands for it.
fn suffix(name: &str) -> Option<(&str, bool)> {
    // The one place that asks: the list is code of half a megabyte wherever it is used.
    let suffix = psl::suffix(name.as_bytes())?;
    Some((std::str::from_utf8(suffix.as_bytes()).ok()?, suffix.is_known()))
}

/// The suffix that the list knows: `co.uk` of `www.contoso.co.uk`.
pub fn public_suffix(name: &str) -> Option<&str> {
    suffix(name).filter(|(_, known)| *known).map(|(suffix, _)| suffix)
}

/// The name that somebody registered: `contoso.co.uk` of `www.contoso.co.uk`; none of a suffix itself.
pub fn registrable(name: &str) -> Option<&str> {
    let (suffix, _) = suffix(name)?;
    let own = name.strip_suffix(suffix)?.strip_suffix('.')?;
    let label = own.rsplit('.').next().filter(|label| !label.is_empty())?;
    name.get(own.len() - label.len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_registered_below_suffixes() {
        assert_eq!(public_suffix("www.contoso.co.uk"), Some("co.uk"));
        assert_eq!(public_suffix("co.uk"), Some("co.uk"));
        assert_eq!(public_suffix("contoso.test"), None);
        assert_eq!(registrable("a.b.contoso.co.uk"), Some("contoso.co.uk"));
        assert_eq!(registrable("contoso.com"), Some("contoso.com"));
        assert_eq!(registrable("a.contoso.test"), Some("contoso.test"));
        for none in ["co.uk", "com", "", ".", "..com", ".com"] {
            assert_eq!(registrable(none), None, "{none}");
        }
    }
}
