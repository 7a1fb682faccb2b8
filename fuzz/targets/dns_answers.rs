//! DNS messages off the wire, as answers to a question: names and records stay within what a message can hold.
#![no_main]

use facts::Name;
use facts::dns::{Data, Kind, Lookup, Message, Record, Server};

const KINDS: [Kind; 5] = [Kind::A, Kind::Aaaa, Kind::Cname, Kind::Ns, Kind::Soa];
/// An owner name of one octet, type, class, TTL and length.
const SHORTEST_RECORD: usize = 11;
/// RFC 1035, 2.3.4; each octet may be written as `\ddd`.
const LONGEST_NAME: usize = 255 * 4;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let Some((choice, wire)) = octets.split_first() else { return };
    let server = Server::at(([192, 0, 2, 53], 53).into());
    let name = Name::from("enterpriseenrollment.contoso.com");
    let question = Lookup::of(&server, &name, KINDS[usize::from(*choice) % KINDS.len()]);
    let Some(message) = probes::dns::read(wire, &question) else { return };
    assert!(message.answers.len() * SHORTEST_RECORD <= wire.len());
    message.answers.iter().chain(&message.soa).for_each(bounded);
    let targets = message.cnames(&name).count();
    assert!(targets + message.addresses(&name).len() <= message.answers.len());
    assert!(message.negative_ttl().is_none() || message.any_soa().is_some());
    let written = serde_json::to_vec(&message).expect("written");
    assert_eq!(serde_json::from_slice::<Message>(&written).expect("read again"), message);
});

fn bounded(record: &Record) {
    well_formed(&record.name);
    match &record.data {
        Data::Cname(name) | Data::Ns(name) => well_formed(name),
        Data::Soa(soa) => [&soa.primary, &soa.mailbox].into_iter().for_each(well_formed),
        _ => {}
    }
}

fn well_formed(name: &Name) {
    let text = name.as_str();
    assert!(text.len() <= LONGEST_NAME, "{} octets", text.len());
    assert!(text.chars().all(|c| c.is_ascii_graphic() && !c.is_ascii_uppercase()), "{text:?}");
}
