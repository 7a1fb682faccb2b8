//! IP addresses, each by another of its kind: loopback stays loopback, private stays private.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::words::Secret;

pub(super) fn replaced(address: IpAddr, secret: &Secret) -> IpAddr {
    match address {
        IpAddr::V4(address) => v4(address, secret).into(),
        IpAddr::V6(address) => v6(address, secret).into(),
    }
}

fn v4(address: Ipv4Addr, secret: &Secret) -> Ipv4Addr {
    if address.is_loopback() || address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
        return address;
    }
    let octets = address.octets();
    // Of a private or shared network what makes it one is kept.
    let kept = match octets {
        [10, ..] => 1,
        [172, 16..=31, ..] | [192, 168, ..] | [169, 254, ..] | [100, 64..=127, ..] => 2,
        _ => 0,
    };
    let random = secret.octets(b"ipv4", &octets, 4);
    let mut new = octets;
    for (place, octet) in new.iter_mut().enumerate().skip(kept) {
        let random = random.get(place).copied().unwrap_or_default();
        // As many digits as before; the first one of no special network.
        *octet = match (*octet, place) {
            (0..=9, 0) => 1 + random % 9,
            (0..=9, _) => random % 10,
            (10..=99, _) => 11 + random % 89,
            (_, 0) => 193 + random % 31,
            (..) => 100 + random % 155,
        };
    }
    new.into()
}

fn v6(address: Ipv6Addr, secret: &Secret) -> Ipv6Addr {
    if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
        return address;
    }
    let octets = address.octets();
    let random = secret.octets(b"ipv6", &octets, 16);
    let mut new = octets;
    // The first group tells what kind of network it is.
    for (octet, random) in new.iter_mut().zip(random).skip(2).filter(|(octet, _)| **octet != 0) {
        // Another one, and not zero: the way it is written stays as long.
        let random = random | 1;
        *octet = if random == *octet { random ^ 2 } else { random };
    }
    new.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_replaced_by_one_of_its_kind() {
        let secret = Secret::random();
        let of = |text: &str| replaced(text.parse().unwrap(), &secret);
        for same in ["127.0.0.1", "127.8.9.10", "0.0.0.0", "::1", "::"] {
            assert_eq!(of(same).to_string(), same);
        }
        for (address, prefix) in [
            ("10.1.2.3", "10."),
            ("192.168.7.8", "192.168."),
            ("172.20.1.1", "172.20."),
            ("fd00::1", "fd00:"),
        ] {
            assert!(
                of(address).to_string().starts_with(prefix) && of(address).to_string() != address,
                "{address}"
            );
        }
        let public = of("203.0.113.25");
        assert_ne!(public.to_string(), "203.0.113.25");
        assert_eq!(public, of("203.0.113.25"), "the same ones by the same");
        let IpAddr::V4(public) = public else { panic!() };
        assert!(!public.is_private() && !public.is_loopback());
    }
}
