//! Settings as text: read or refused at a place that can be shown, and a password in plain sight is never repeated.
#![no_main]

use std::path::Path;

use enrollcheck::settings::{Problem, of_text};

const SECRET: &str = "hunter2-in-plain-sight";

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let file = Path::new("enrollcheck.toml");
    match of_text(file, octets.to_vec()) {
        Ok(settings) => {
            assert!((1..=65536).contains(&settings.concurrency));
            assert!(!settings.timeout.is_zero() && !settings.deadline.is_zero());
            assert!(settings.ipv4 || settings.ipv6);
            for tenant in &settings.tenants {
                assert!(
                    !tenant.domains.is_empty() && !tenant.platforms.is_empty() && !tenant.name.is_empty()
                );
            }
        }
        Err(problem) => drop(shown(&problem)),
    }
    if !octets.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()) {
        let careless = format!("\n[network]\nproxy_password = \"{SECRET}\"\n");
        let commented = format!(" # proxy_password = \"{SECRET}\"");
        let read = |more: String| of_text(file, [octets, more.as_bytes()].concat()).err();
        let refused = read(careless).expect("no password in plain sight is taken");
        for problem in [Some(refused), read(commented)].into_iter().flatten() {
            let text = shown(&problem);
            assert!(!text.contains(SECRET), "{text}");
        }
    }
});

fn shown(problem: &Problem) -> String {
    let (plain, styled) = (problem.rendered(false), problem.rendered(true));
    assert!(plain.starts_with("error: ") && !styled.is_empty());
    let foul = plain.chars().find(|c| c.is_control() && *c != '\n');
    assert!(foul.is_none(), "{foul:?} in {plain:?}");
    plain
}
