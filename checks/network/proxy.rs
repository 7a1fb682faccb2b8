//! The configured proxy answers and lets enrollment through.

use facts::proxy::{Refusal, Tunnel};
use facts::{Facts, Unknown};
use futures_util::future::join_all;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::documents;
use crate::reach::look::{self, Sight};
use crate::say;
use crate::subject::{Endpoint, Grade, Landscape};
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "network.proxy",
    title: Text::new("The proxy lets enrollment through", "Le proxy laisse passer l’inscription"),
    why: Text::new(
        "Where devices leave the network through a proxy, it must connect to the enrollment hosts, and to some of them without \
         asking who the user is: at that moment the device has no credentials to give.",
        "Là où les appareils sortent du réseau par un proxy, celui-ci doit se connecter aux hôtes d’inscription, et à certains sans \
         demander qui est l’utilisateur : à ce moment, l’appareil n’a pas d’identifiants à donner.",
    ),
    affects: Text::new("every device behind the proxy", "tous les appareils derrière le proxy"),
    reasons: &[OK, UNREACHABLE, AUTHENTICATION_REQUIRED, REFUSED, NOT_APPLICABLE],
    references: &[PROXY_REQUIREMENTS],
    symptoms: &[Text::new(
        "Enrollment stops at the first step inside the network, and works on a mobile connection.",
        "L’inscription s’arrête à la première étape dans le réseau, et fonctionne en connexion mobile.",
    )],
    judge: Judge::EachProxy(|proxy, landscape, facts| Box::pin(judge(proxy, landscape, facts))),
};

const PROXY_REQUIREMENTS: Reference = Reference {
    title: Text::new(
        "Network endpoints for Microsoft Intune: proxies",
        "Points de terminaison réseau de Microsoft Intune : proxys",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/fundamentals/intune-endpoints",
};

const UNREACHABLE: Reason = Reason::fail(
    "unreachable",
    Text::new("The proxy does not answer.", "Le proxy ne répond pas."),
    Text::new(
        "Correct the proxy's address (--proxy, [network] proxy, HTTPS_PROXY), or start the proxy.",
        "Corrigez l’adresse du proxy (--proxy, [network] proxy, HTTPS_PROXY), ou démarrez-le.",
    ),
);
const AUTHENTICATION_REQUIRED: Reason = Reason::fail(
    "authentication-required",
    Text::new(
        "The proxy answers 407: it wants to know who asks, and a device that enrolls cannot say.",
        "Le proxy répond 407 : il veut savoir qui demande, et un appareil qui s’inscrit ne peut pas le dire.",
    ),
    Text::new(
        "Let the enrollment hosts through without authentication; for this tool, correct proxy_user and proxy_password.",
        "Laissez passer les hôtes d’inscription sans authentification ; pour cet outil, corrigez proxy_user et proxy_password.",
    ),
);
const REFUSED: Reason = Reason::fail(
    "refused",
    Text::new(
        "The proxy refuses to connect to the enrollment hosts.",
        "Le proxy refuse de se connecter aux hôtes d’inscription.",
    ),
    Text::new(
        "Allow CONNECT to the enrollment hosts on port 443.",
        "Autorisez CONNECT vers les hôtes d’inscription sur le port 443.",
    ),
);
const OK: Reason = Reason::pass("ok", Text::new("The proxy opens tunnels.", "Le proxy ouvre des tunnels."));
const NOT_APPLICABLE: Reason =
    Reason::skip("not-applicable", Text::new("No proxy is configured.", "Aucun proxy n’est configuré."));

async fn judge(proxy: Option<&str>, landscape: &Landscape, facts: &Facts) -> Result<Outcome, Unknown> {
    let Some(proxy) = proxy else {
        return Ok(NOT_APPLICABLE.because(say!(
            en: "No proxy is configured; connections are direct.",
            fr: "Aucun proxy n’est configuré ; les connexions sont directes."
        )));
    };
    let host = landscape.cloud.sign_in_host();
    let opened = facts.ask(Tunnel { proxy: proxy.to_owned(), host: host.to_owned(), port: 443 }).await?;
    let signed_in = opened.authenticated;
    let fine = || {
        let outcome = OK.because(say!(
            en: "{proxy} opens tunnels to the enrollment hosts.",
            fr: "{proxy} ouvre des tunnels vers les hôtes d’inscription."
        ));
        if !signed_in {
            return outcome;
        }
        outcome.note(say!(
            en: "This tool signed in to the proxy. A device that enrolls cannot: manage.microsoft.com, graph.microsoft.com and *.azureedge.net must pass without authentication.",
            fr: "Cet outil s’est authentifié auprès du proxy. Un appareil qui s’inscrit ne le peut pas : manage.microsoft.com, graph.microsoft.com et *.azureedge.net doivent passer sans authentification."
        ))
    };
    let Some(refusal) = &opened.refusal else { return Ok(fine()) };
    let Message { en, fr } = documents::refusal(refusal);
    Ok(match refusal {
        Refusal::AuthenticationRequired(schemes) | Refusal::CredentialsRefused(schemes) => {
            asked_to_sign_in(proxy, schemes, signed_in)
        }
        Refusal::Unreachable(_) | Refusal::Silent => {
            UNREACHABLE.because(say!(en: "{proxy}: {en}.", fr: "{proxy} : {fr}."))
        }
        // It may refuse that one host, and let the others pass.
        Refusal::Status(_) | Refusal::NotHttp if somebody_passes(proxy, landscape, facts).await => {
            fine().note(say!(en: "For {host}, {en}.", fr: "Pour {host}, {fr}."))
        }
        Refusal::Status(_) | Refusal::NotHttp => {
            REFUSED.because(say!(en: "{proxy}: {en} for {host}.", fr: "{proxy} : {fr} pour {host}."))
        }
    })
}

fn asked_to_sign_in(proxy: &str, schemes: &[String], signed_in: bool) -> Outcome {
    let Message { en, fr } = listed(schemes);
    let outcome = if signed_in {
        AUTHENTICATION_REQUIRED.because(say!(
            en: "{proxy} refused the credentials that it was given (407); they were sent once and not again.",
            fr: "{proxy} a refusé les identifiants fournis (407) ; ils n’ont été envoyés qu’une fois."
        ))
    } else {
        AUTHENTICATION_REQUIRED.because(say!(
            en: "{proxy} asks for authentication (407).",
            fr: "{proxy} demande une authentification (407)."
        ))
    };
    let outcome = outcome.evidence("schemes", schemes.to_vec());
    if schemes.is_empty() {
        return outcome;
    }
    let outcome = outcome.found([say!(en: "It offers: {en}.", fr: "Il propose : {fr}.")]);
    if schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case("basic")) {
        return outcome;
    }
    outcome.note(say!(
        en: "This tool speaks Basic authentication only, which this proxy does not offer.",
        fr: "Cet outil ne parle que l’authentification Basic, que ce proxy ne propose pas."
    ))
}

/// Whether any core host is reached through that proxy.
async fn somebody_passes(proxy: &str, landscape: &Landscape, facts: &Facts) -> bool {
    let aside = facts.aside();
    let through = |e: &&Endpoint| {
        let chosen = facts.vantage().proxies.proxy_for(e.host.as_str(), e.port, true);
        e.grade == Grade::Core && e.probed() && e.port == 443 && chosen.as_deref() == Some(proxy)
    };
    let looks = landscape.endpoints.iter().filter(through).map(|e| look::look(e, &aside));
    let passes = |sight: Result<Sight, Unknown>| match sight {
        Ok(Sight::Visited { visited, .. }) => visited.connected(),
        _ => false,
    };
    join_all(looks).await.into_iter().any(passes)
}
