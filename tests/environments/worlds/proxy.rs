//! Everything through a forward proxy.

use checks::clouds::Cloud;
use checks::subject::Platform;
use lab::Proxy;

use super::World;
use super::healthy::{in_cloud, tenant};
use crate::laboratory::{Made, PROXY};
use crate::support::hosts_of;

const ONLY: [&str; 2] = ["endpoint.*", "network.proxy"];
/// `svc:right` in base64.
const RIGHT: &str = "Basic c3ZjOnJpZ2h0";

fn behind(proxy: Proxy, only: &[&str]) -> Made {
    of(Cloud::China, Platform::Android, proxy, only)
}

fn of(cloud: Cloud, platform: Platform, proxy: Proxy, only: &[&str]) -> Made {
    let lab = in_cloud(cloud, &[platform], &["contoso.com"]).behind(proxy);
    Made::of(lab, &tenant(cloud, &[platform]), only)
}

fn refusing(hosts: impl IntoIterator<Item = String>, status: u16) -> Proxy {
    Proxy { refuses: hosts.into_iter().map(|host| (host, status)).collect(), ..Proxy::default() }
}

pub fn worlds() -> Vec<World> {
    let asking = || Proxy { wants: Some(RIGHT.into()), ..Proxy::default() };
    vec![
        World::new("everything-through-a-proxy", "", || behind(Proxy::default(), &ONLY)),
        World::new("proxy-asks-for-a-password", "network.proxy/authentication-required", move || {
            behind(asking(), &ONLY)
        }),
        World::new("proxy-password-is-wrong", "network.proxy/authentication-required", move || {
            behind(asking(), &["network.proxy"])
                .network("proxy_user = \"svc\"\nproxy_password = { file = \"proxy-password\" }")
                .file("proxy-password", "wrong\n")
        }),
        World::new("proxy-refuses-a-core-host", "endpoint.reachable/proxy-refused", || {
            behind(refusing(["portal.manage.microsoftonline.cn:443".to_owned()], 403), &ONLY)
        }),
        World::new("proxy-refuses-every-host", "network.proxy/refused", || {
            let hosts = hosts_of(Cloud::UsGovernment, &[Platform::Windows]);
            let hosts = hosts.into_iter().map(|(host, port, _)| format!("{host}:{port}"));
            of(Cloud::UsGovernment, Platform::Windows, refusing(hosts, 403), &ONLY)
        }),
        World::new("proxy-is-not-there", "network.proxy/unreachable", || {
            behind(Proxy::default(), &ONLY).route(PROXY, Some(([127, 0, 0, 1], 1).into()))
        }),
    ]
}
