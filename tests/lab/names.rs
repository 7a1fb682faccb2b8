//! Name servers: a resolver over all zones, and each zone's own servers, with faults where a test wants them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS, SOA};
use hickory_proto::rr::{Name, RData, Record as Rr, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// A record's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Cname(String),
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Ns(String),
}

/// How a server misbehaves for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    ServFail,
    /// SERVFAIL to the first question of each type, then the truth.
    ServFailOnce,
    /// SERVFAIL, unless validation is switched off.
    Bogus,
    Refused,
    Silent,
    /// An answer that still stands in a cache: another target, for so many seconds more.
    Cached(String, u32),
    /// NXDOMAIN that still stands in a cache, for so many seconds more.
    CachedAbsence(u32),
    /// Answers from a zone of its own, in which the name does not exist.
    InternalZone,
    /// Over UDP nothing but the truncation bit.
    Truncated,
    Garbage,
}

/// What exists, and who answers for it.
#[derive(Clone, Debug, Default)]
pub struct Names {
    records: BTreeMap<String, Vec<(Record, u32)>>,
    zones: BTreeSet<String>,
    resolver_faults: BTreeMap<String, Fault>,
    /// Own servers by name: their zone, and what they say otherwise than the zone.
    servers: BTreeMap<String, Server>,
}

#[derive(Clone, Debug)]
struct Server {
    zone: String,
    differing: BTreeMap<String, Vec<(Record, u32)>>,
    faults: BTreeMap<String, Fault>,
    authoritative: bool,
}

const TTL: u32 = 3600;

impl Names {
    /// A zone with two servers of its own and both records as they should be.
    pub fn healthy(&mut self, domain: &str) -> &mut Self {
        self.zone(domain, &["ns1", "ns2"]);
        self.set(
            &format!("enterpriseenrollment.{domain}"),
            Record::Cname("enterpriseenrollment-s.manage.microsoft.com".into()),
        );
        self.set(
            &format!("enterpriseregistration.{domain}"),
            Record::Cname("enterpriseregistration.windows.net".into()),
        );
        self.set("enterpriseenrollment-s.manage.microsoft.com", Record::A(Ipv4Addr::new(127, 0, 0, 10)));
        self.set("enterpriseregistration.windows.net", Record::A(Ipv4Addr::new(127, 0, 0, 11)))
    }

    /// A zone and its servers, by the label before the domain.
    pub fn zone(&mut self, domain: &str, servers: &[&str]) -> &mut Self {
        self.zones.insert(domain.to_owned());
        for label in servers {
            let name = format!("{label}.{domain}");
            self.add(domain, Record::Ns(name.clone()));
            self.set(&name, Record::A(Ipv4Addr::LOCALHOST));
            let server = Server {
                zone: domain.to_owned(),
                differing: BTreeMap::new(),
                faults: BTreeMap::new(),
                authoritative: true,
            };
            self.servers.insert(name, server);
        }
        self
    }

    pub fn set(&mut self, name: &str, record: Record) -> &mut Self {
        self.set_ttl(name, record, TTL)
    }

    pub fn set_ttl(&mut self, name: &str, record: Record, ttl: u32) -> &mut Self {
        self.records.insert(name.to_ascii_lowercase(), vec![(record, ttl)]);
        self
    }

    pub fn add(&mut self, name: &str, record: Record) -> &mut Self {
        self.records.entry(name.to_ascii_lowercase()).or_default().push((record, TTL));
        self
    }

    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.records.remove(&name.to_ascii_lowercase());
        self
    }

    /// What the resolver does for one name.
    pub fn resolver(&mut self, name: &str, fault: Fault) -> &mut Self {
        self.resolver_faults.insert(name.to_ascii_lowercase(), fault);
        self
    }

    /// One of a zone's own servers says something else.
    pub fn differing(&mut self, server: &str, name: &str, records: Vec<Record>) -> &mut Self {
        if let Some(server) = self.servers.get_mut(server) {
            server
                .differing
                .insert(name.to_ascii_lowercase(), records.into_iter().map(|r| (r, TTL)).collect());
        }
        self
    }

    /// One of a zone's own servers misbehaves for a name.
    pub fn server_fault(&mut self, server: &str, name: &str, fault: Fault) -> &mut Self {
        if let Some(server) = self.servers.get_mut(server) {
            server.faults.insert(name.to_ascii_lowercase(), fault);
        }
        self
    }

    /// Something on the way answers in the place of the zone's own servers: without authority.
    pub fn intercepted(&mut self) -> &mut Self {
        self.servers.values_mut().for_each(|server| server.authoritative = false);
        self
    }

    pub(crate) async fn start(self, delay: Duration) -> std::io::Result<Started> {
        let mut servers = BTreeMap::new();
        for (name, server) in &self.servers {
            let mut view = self.clone();
            view.records.extend(server.differing.clone());
            let view = View {
                names: view,
                zone: Some(server.zone.clone()),
                faults: server.faults.clone(),
                authoritative: server.authoritative,
                failed: Mutex::default(),
            };
            servers.insert(name.clone(), serve(view, delay).await?);
        }
        let faults = self.resolver_faults.clone();
        let view = View { names: self, zone: None, faults, authoritative: false, failed: Mutex::default() };
        Ok(Started { resolver: serve(view, delay).await?, servers })
    }
}

pub(crate) struct Started {
    pub(crate) resolver: SocketAddr,
    pub(crate) servers: BTreeMap<String, SocketAddr>,
}

/// What one server answers from.
struct View {
    names: Names,
    /// None: a resolver, which follows aliases over all zones.
    zone: Option<String>,
    faults: BTreeMap<String, Fault>,
    authoritative: bool,
    /// Questions that have failed once.
    failed: Mutex<BTreeSet<(String, RecordType)>>,
}

async fn serve(view: View, delay: Duration) -> std::io::Result<SocketAddr> {
    let view = Arc::new(view);
    // UDP and TCP on one port: another process may hold the second, then another pair is tried.
    let (udp, tcp) = loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        if let Ok(tcp) = TcpListener::bind(udp.local_addr()?).await {
            break (Arc::new(udp), tcp);
        }
    };
    let address = udp.local_addr()?;
    let over_tcp = Arc::clone(&view);
    tokio::spawn(async move {
        let mut buffer = vec![0; 4096];
        while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
            let (view, udp, query) = (Arc::clone(&view), Arc::clone(&udp), buffer[..length].to_vec());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                if let Some(answer) = view.answer(&query, true) {
                    let _ = udp.send_to(&answer, from).await;
                }
            });
        }
    });
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = tcp.accept().await {
            let view = Arc::clone(&over_tcp);
            tokio::spawn(async move {
                let mut query = vec![0; usize::from(stream.read_u16().await?)];
                stream.read_exact(&mut query).await?;
                tokio::time::sleep(delay).await;
                if let Some(answer) = view.answer(&query, false) {
                    stream.write_u16(answer.len() as u16).await?;
                    stream.write_all(&answer).await?;
                }
                Ok::<_, std::io::Error>(())
            });
        }
    });
    Ok(address)
}

impl View {
    fn answer(&self, query: &[u8], udp: bool) -> Option<Vec<u8>> {
        let query = Message::from_vec(query).ok()?;
        let question = query.queries.first()?.clone();
        let name = question.name.to_ascii().trim_end_matches('.').to_ascii_lowercase();
        let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
        answer.add_query(question.clone());
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_desired = query.metadata.recursion_desired;
        answer.metadata.recursion_available = self.zone.is_none();
        answer.metadata.authoritative = self.zone.is_some() && self.authoritative;
        match self.faults.get(&name) {
            Some(Fault::Silent) => return None,
            Some(Fault::Garbage) => return Some(b"this is no DNS message at all".to_vec()),
            Some(Fault::ServFailOnce)
                if self.failed.lock().expect("a sound set").insert((name.clone(), question.query_type)) =>
            {
                answer.metadata.response_code = ResponseCode::ServFail;
            }
            Some(Fault::ServFail) => answer.metadata.response_code = ResponseCode::ServFail,
            Some(Fault::Bogus) if !query.metadata.checking_disabled => {
                answer.metadata.response_code = ResponseCode::ServFail;
            }
            Some(Fault::Refused) => answer.metadata.response_code = ResponseCode::Refused,
            Some(Fault::Truncated) if udp => answer.metadata.truncation = true,
            Some(Fault::Cached(target, ttl)) => {
                answer.add_answer(rr(&name, &Record::Cname(target.clone()), *ttl));
            }
            Some(Fault::CachedAbsence(ttl)) => {
                answer.metadata.response_code = ResponseCode::NXDomain;
                answer.add_authority(self.soa(&name, *ttl, "ns1"));
            }
            Some(Fault::InternalZone) => {
                answer.metadata.response_code = ResponseCode::NXDomain;
                answer.metadata.authoritative = true;
                answer.add_authority(self.soa(&name, TTL, "dc01.internal"));
            }
            _ => self.fill(&mut answer, &name, question.query_type),
        }
        answer.to_vec().ok()
    }

    fn fill(&self, answer: &mut Message, name: &str, kind: RecordType) {
        if let Some(zone) = &self.zone
            && name != zone
            && !name.ends_with(&format!(".{zone}"))
        {
            answer.metadata.response_code = ResponseCode::Refused;
            return;
        }
        let mut current = name.to_owned();
        for _ in 0..12 {
            let records = self.names.records.get(&current);
            let wanted = |record: &Record| kind_of(record) == kind;
            let found: Vec<&(Record, u32)> =
                records.into_iter().flatten().filter(|(record, _)| wanted(record)).collect();
            if kind == RecordType::SOA && self.names.zones.contains(&current) {
                answer.add_answer(self.soa(&current, TTL, "ns1"));
                return;
            }
            for (record, ttl) in &found {
                answer.add_answer(rr(&current, record, *ttl));
            }
            if !found.is_empty() {
                return;
            }
            let aliases: Vec<&(Record, u32)> = records
                .into_iter()
                .flatten()
                .filter(|(record, _)| matches!(record, Record::Cname(_)))
                .collect();
            let Some((Record::Cname(target), _)) = aliases.first() else {
                self.negative(answer, &current);
                return;
            };
            for (record, ttl) in &aliases {
                answer.add_answer(rr(&current, record, *ttl));
            }
            // A zone's own server says what it holds and no more.
            if self.zone.is_some() {
                return;
            }
            current = target.trim_end_matches('.').to_ascii_lowercase();
        }
        answer.metadata.response_code = ResponseCode::ServFail;
    }

    fn negative(&self, answer: &mut Message, name: &str) {
        let below = format!(".{name}");
        let exists = self.names.records.contains_key(name)
            || self.names.zones.contains(name)
            || self.names.records.keys().any(|other| other.ends_with(&below));
        if !exists {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        answer.add_authority(self.soa(name, 900, "ns1"));
    }

    /// The start of authority of the zone that holds a name; above every zone of ours stands its top-level domain.
    fn soa(&self, name: &str, ttl: u32, primary: &str) -> Rr {
        let holds = |zone: &&String| name == zone.as_str() || name.ends_with(&format!(".{zone}"));
        let zone = self.names.zones.iter().filter(holds).max_by_key(|zone| zone.len());
        let top = name.rsplit('.').next().unwrap_or_default();
        let zone = zone.map_or(top, String::as_str);
        let (primary, mailbox) = (fqdn(&format!("{primary}.{zone}")), fqdn(&format!("hostmaster.{zone}")));
        Rr::from_rdata(fqdn(zone), ttl, RData::SOA(SOA::new(primary, mailbox, 7, 3600, 600, 604_800, ttl)))
    }
}

fn kind_of(record: &Record) -> RecordType {
    match record {
        Record::Cname(_) => RecordType::CNAME,
        Record::A(_) => RecordType::A,
        Record::Aaaa(_) => RecordType::AAAA,
        Record::Ns(_) => RecordType::NS,
    }
}

fn rr(name: &str, record: &Record, ttl: u32) -> Rr {
    let data = match record {
        Record::Cname(target) => RData::CNAME(CNAME(fqdn(target))),
        Record::A(address) => RData::A(A(*address)),
        Record::Aaaa(address) => RData::AAAA(AAAA(*address)),
        Record::Ns(server) => RData::NS(NS(fqdn(server))),
    };
    Rr::from_rdata(fqdn(name), ttl, data)
}

fn fqdn(name: &str) -> Name {
    Name::from_str(&format!("{}.", name.trim_end_matches('.'))).expect("a name")
}
