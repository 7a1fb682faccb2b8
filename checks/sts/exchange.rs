//! The metadata exchange: at which addresses the service issues tokens to programs.

use std::collections::BTreeSet;

use url::Url;

use super::metadata::not_xml;
use crate::text::{Message, Text};
use crate::xml::{self, Part};

pub(crate) const PATH: &str = "/adfs/services/trust/mex";

/// Names and passwords over WS-Trust 1.3, and over its predecessor of 2005.
pub(crate) const USERNAME_MIXED_13: &str = "/adfs/services/trust/13/usernamemixed";
pub(crate) const USERNAME_MIXED_2005: &str = "/adfs/services/trust/2005/usernamemixed";

/// The paths of all addresses that the document names, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exchange {
    pub(crate) paths: BTreeSet<String>,
}

impl Exchange {
    pub(crate) fn names(&self, path: &str) -> bool {
        self.paths.contains(path)
    }
}

/// Reads a metadata exchange document; what is wrong with it is said as the end of a sentence.
pub(crate) fn parse(document: &[u8]) -> Result<Exchange, Message> {
    let mut open: Vec<String> = Vec::new();
    let mut root = None;
    let mut addresses: Vec<String> = Vec::new();
    let walked = xml::walk(document, |part| match part {
        Part::Open(element) => {
            let name = element.name();
            root.get_or_insert_with(|| name.clone());
            match name.as_str() {
                // SOAP bindings of WSDL.
                "address" => addresses.extend(element.attribute("location")),
                // WS-Addressing.
                "Address" => addresses.push(String::new()),
                _ => {}
            }
            open.push(name);
        }
        Part::Text(text) if open.last().is_some_and(|name| name == "Address") => {
            addresses.iter_mut().last().into_iter().for_each(|address| address.push_str(text));
        }
        Part::Text(_) => {}
        Part::Close => {
            open.pop();
        }
    });
    walked.map_err(|broken| not_xml(broken.in_words()))?;
    // WSDL by itself, or in a WS-MetadataExchange envelope.
    if !root.is_some_and(|name| ["definitions", "Metadata", "Envelope"].contains(&name.as_str())) {
        return Err(Text::new("it describes no service (WSDL)", "il ne décrit aucun service (WSDL)").into());
    }
    let path = |address: &String| {
        let url = Url::parse(address.trim()).ok()?;
        Some(url.path().trim_end_matches('/').to_ascii_lowercase())
    };
    Ok(Exchange { paths: addresses.iter().filter_map(path).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_from_bindings_and_endpoint_references() {
        let document = "<wsdl:definitions xmlns:wsdl='w'><wsdl:service>\
            <soap12:address location='https://sts.contoso.com/adfs/services/trust/2005/usernamemixed'/>\
            <wsa10:Address>\n https://sts.contoso.com/adfs/services/trust/13/UsernameMixed/ </wsa10:Address>\
            <wsa10:Address>not a URL</wsa10:Address></wsdl:service></wsdl:definitions>";
        let exchange = parse(document.as_bytes()).unwrap();
        assert!(exchange.names(USERNAME_MIXED_13) && exchange.names(USERNAME_MIXED_2005));
        assert_eq!(exchange.paths.len(), 2);
    }

    #[test]
    fn a_path_that_merely_contains_the_name_is_another_endpoint() {
        let document =
            format!("<definitions><address location='https://h{USERNAME_MIXED_13}basicauth'/></definitions>");
        assert!(!parse(document.as_bytes()).unwrap().names(USERNAME_MIXED_13));
    }

    #[test]
    fn other_documents_are_refused() {
        for document in ["<html/>", "<html>", "", "<!DOCTYPE d [<!ENTITY a 'b'>]><definitions/>"] {
            assert!(parse(document.as_bytes()).is_err(), "{document}");
        }
        assert_eq!(parse(b"<definitions/>").unwrap().paths.len(), 0);
    }
}
