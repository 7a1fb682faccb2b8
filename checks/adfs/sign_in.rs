//! The federation service's sign-in page answers.

use facts::http::Response;
use facts::{Facts, Unknown};
use url::Url;

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::clouds::Cloud;
use crate::documents::{self, Fetch};
use crate::openid;
use crate::say;
use crate::sts::service::{self, NOT_APPLICABLE, OTHER_IDENTITY_PROVIDER};
use crate::subject::{Domain, Federation, HostPort, Service};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "adfs.sign-in",
    title: Text::new("AD FS shows its sign-in page", "AD FS présente sa page de connexion"),
    why: Text::new(
        "A user of a federated domain is sent to the organisation's own service in the middle of enrollment. If that page does \
         not come, nobody of the domain enrolls, whatever the platform.",
        "Au milieu de l’inscription, un utilisateur d’un domaine fédéré est envoyé au service de l’organisation. Si cette page \
         ne vient pas, personne du domaine ne s’inscrit, quelle que soit la plateforme.",
    ),
    affects: Text::new("every user of the federated domains", "tout utilisateur des domaines fédérés"),
    reasons: &[OK, UNREACHABLE, SERVER_ERROR, NOT_FOUND, OTHER_IDENTITY_PROVIDER, NOT_APPLICABLE],
    references: &[REQUIREMENTS],
    symptoms: &[Text::new(
        "After the address was typed, an empty page, an error page or a time-out instead of the organisation's sign-in page.",
        "Après la saisie de l’adresse, une page vide, une page d’erreur ou une attente au lieu de la page de connexion de l’organisation.",
    )],
    judge: Judge::EachFederation(|federation, facts| Box::pin(judge(federation, facts))),
};

const REQUIREMENTS: Reference = Reference {
    title: Text::new("AD FS requirements", "Configuration requise pour AD FS"),
    url: "https://learn.microsoft.com/windows-server/identity/ad-fs/overview/ad-fs-requirements",
};

const OK: Reason = Reason::pass("ok", Text::new("The sign-in page answers.", "La page de connexion répond."));
const UNREACHABLE: Reason = Reason::fail(
    "unreachable",
    Text::new(
        "No HTTP answer comes from the federation service.",
        "Aucune réponse HTTP ne vient du service de fédération.",
    ),
    Text::new(
        "Publish the federation service by name (DNS) and let TCP 443 through, from the internet to the Web Application Proxy servers and from there to AD FS.",
        "Publiez le nom du service de fédération (DNS) et laissez passer TCP 443, d’Internet aux serveurs Web Application Proxy et de là à AD FS.",
    ),
);
const SERVER_ERROR: Reason = Reason::fail(
    "server-error",
    Text::new(
        "The federation service answers the sign-in with an error.",
        "Le service de fédération répond à la connexion par une erreur.",
    ),
    Text::new(
        "On each AD FS server look at the service (Get-Service adfssrv) and at the log AD FS/Admin; on each Web Application Proxy at the log AD FS/Admin and at the trust with AD FS.",
        "Sur chaque serveur AD FS, examinez le service (Get-Service adfssrv) et le journal AD FS/Admin ; sur chaque Web Application Proxy, le journal AD FS/Admin et l’approbation avec AD FS.",
    ),
);
const NOT_FOUND: Reason = Reason::fail(
    "not-found",
    Text::new(
        "There is no sign-in page at this address.",
        "Il n’y a pas de page de connexion à cette adresse.",
    ),
    Text::new(
        "Correct the address of the federation service: in the cloud (PassiveSignInUri of the domain's federation), in the settings ([tenant.adfs] url), or at the proxy that publishes it.",
        "Corrigez l’adresse du service de fédération : dans le cloud (PassiveSignInUri de la fédération du domaine), dans la configuration ([tenant.adfs] url) ou sur le proxy qui le publie.",
    ),
);

async fn judge(federation: &Federation, facts: &Facts) -> Result<Outcome, Unknown> {
    let service = match service::adfs(federation) {
        Ok(service) => service,
        Err(instead) => return Ok(*instead),
    };
    let (at, trust) = (&service.at, &federation.given.trust);
    let (fetched, note) = match service.sign_in.as_deref().and_then(|url| url.parse::<Url>().ok()) {
        Some(url) => (documents::fetch_url(&url, facts, trust).await?, None),
        None => {
            let (path, note) = own_path(federation, service, facts).await?;
            (documents::fetch_at(at, &path, facts, trust).await?, note)
        }
    };
    let outcome = match fetched {
        Fetch::Answer(answer) => answered(at, &answer.response),
        Fetch::Throttled(seconds) => {
            let again = seconds.map_or_else(String::new, |seconds| format!(" ({seconds} s)"));
            SERVER_ERROR.because(say!(
                en: "{at} asks for patience{again} instead of showing its sign-in page.",
                fr: "{at} demande de patienter{again} au lieu de présenter sa page de connexion."
            ))
        }
        Fetch::Unreachable(Message { en, fr }) => UNREACHABLE.because(say!(
            en: "{en}; the sign-in page of {at} could not be fetched.",
            fr: "{fr} ; la page de connexion de {at} n’a pas pu être obtenue."
        )),
    };
    Ok(outcome.notes(note))
}

/// The sign-in as the cloud would ask for it, and a note where the cloud is not known. The bare page would be an error
/// in the server's log.
async fn own_path(
    federation: &Federation,
    service: &Service,
    facts: &Facts,
) -> Result<(String, Option<Message>), Unknown> {
    let (cloud, note) = match service.domains.first() {
        Some(name) => {
            let (tenant, given) = (federation.tenant.clone(), federation.given.clone());
            let place = openid::place(&Domain { name: name.clone(), tenant, given }, facts).await?;
            (place.cloud, place.note())
        }
        None => (Cloud::Worldwide, None),
    };
    let realm = match cloud {
        Cloud::Worldwide | Cloud::UsGovernment => "urn:federation:MicrosoftOnline",
        Cloud::China => "urn:federation:partner.microsoftonline.cn",
    };
    Ok((format!("/adfs/ls/?wa=wsignin1.0&wtrealm={realm}"), note))
}

fn answered(at: &HostPort, response: &Response) -> Outcome {
    let status = response.status;
    let outcome = match status {
        200..=399 | 401 => OK.because(say!(
            en: "{at} answers the sign-in with status {status}.",
            fr: "{at} répond à la connexion par le statut {status}."
        )),
        404 | 410 => NOT_FOUND.because(say!(
            en: "{at} has no sign-in page at the address that users are sent to (status {status}).",
            fr: "{at} n’a pas de page de connexion à l’adresse où sont envoyés les utilisateurs (statut {status})."
        )),
        503 => SERVER_ERROR
            .because(say!(
                en: "{at} answers the sign-in with status 503, not with its page.",
                fr: "{at} répond à la connexion par le statut 503, et non par sa page."
            ))
            .remedy(Text::new(
                "Start the service on every AD FS server (Start-Service adfssrv; then Get-WinEvent -LogName 'AD FS/Admin' says why it stopped); if it runs, look at what stands before it: the Web Application Proxy, the load balancer.",
                "Démarrez le service sur chaque serveur AD FS (Start-Service adfssrv ; Get-WinEvent -LogName 'AD FS/Admin' dit pourquoi il s’est arrêté) ; s’il fonctionne, voyez ce qui se trouve devant lui : le Web Application Proxy, le répartiteur de charge.",
            )),
        _ => SERVER_ERROR.because(say!(
            en: "{at} answers the sign-in with status {status}, not with its page.",
            fr: "{at} répond à la connexion par le statut {status}, et non par sa page."
        )),
    };
    outcome.notes(remarks(at, response)).evidence("status", status)
}

/// What is worth knowing of an answer that is not a failure.
fn remarks(at: &HostPort, response: &Response) -> Option<Message> {
    let body = String::from_utf8_lossy(&response.body).to_ascii_lowercase();
    match (response.status, response.header("location")) {
        (300..=399, Some(to)) => Some(say!(
            en: "It redirects to {to}, which is not followed.",
            fr: "Il redirige vers {to}, qui n’est pas suivi."
        )),
        (401, _) => Some(
            Text::new(
                "The service asks for Windows authentication, as AD FS does inside the network; devices outside get its form from the Web Application Proxy. Run from the internet to see that page.",
                "Le service demande l’authentification Windows, comme le fait AD FS à l’intérieur du réseau ; les appareils de l’extérieur reçoivent son formulaire du Web Application Proxy. Lancez la vérification depuis Internet pour voir cette page.",
            )
            .into(),
        ),
        // An element that AD FS has on its error page alone.
        (200..=299, _) if body.contains("errordetailslink") => Some(say!(
            en: "{at} shows the error page of AD FS; its log AD FS/Admin says why.",
            fr: "{at} présente la page d’erreur d’AD FS ; son journal AD FS/Admin en dit la cause."
        )),
        (200..=299, _) if !body.contains("/adfs/") => Some(say!(
            en: "The page does not look like one of AD FS; something else may answer at {at}.",
            fr: "La page ne ressemble pas à celles d’AD FS ; autre chose répond peut-être à {at}."
        )),
        _ => None,
    }
}
