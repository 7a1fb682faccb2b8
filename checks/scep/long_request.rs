//! The SCEP server takes requests as long as devices send them.

use facts::scep::{End, Longest, LongestRequest};
use facts::{Facts, Unknown};

use super::answer::{INFRASTRUCTURE, TROUBLESHOOT};
use crate::check::{Check, Judge, Outcome, Reason};
use crate::documents::{self, whole};
use crate::enrollment_server::{self as dialogue, Capabilities, UNREACHABLE};
use crate::say;
use crate::subject::{ScepKind, ScepServer};
use crate::text::{Message, Text};

pub static CHECK: Check = Check {
    id: "scep.long-request",
    title: Text::new(
        "The SCEP server takes requests as long as devices send them",
        "Le serveur SCEP accepte des requêtes aussi longues que celles des appareils",
    ),
    why: Text::new(
        "Apple devices put the whole certificate request into the address of a GET. IIS, HTTP.sys and every proxy before them limit \
         how long an address may be, and the usual limits are too short. A padded question for the capabilities shows the limit \
         without asking for a certificate.",
        "Les appareils Apple mettent toute la demande de certificat dans l’adresse d’un GET. IIS, HTTP.sys et chaque proxy devant eux \
         limitent la longueur d’une adresse, et les limites habituelles sont trop courtes. Une question sur les capacités, \
         rallongée, montre la limite sans demander de certificat.",
    ),
    affects: Text::new("iPhone, iPad and Mac above all", "iPhone, iPad et Mac surtout"),
    reasons: &[OK, LIMITED, TOO_LONG, BLOCKED, NOT_APPLICABLE, UNREACHABLE],
    references: &[INFRASTRUCTURE, TROUBLESHOOT],
    symptoms: &[Text::new(
        "GetCACaps and GetCACert succeed, and the request that follows gets 414 or 404.",
        "GetCACaps et GetCACert réussissent, et la demande qui suit reçoit 414 ou 404.",
    )],
    judge: Judge::EachScepServer(|server, facts| Box::pin(judge(server, facts))),
};

const LIFT: Text = Text::new(
    "On the NDES server allow 65534 octets: appcmd set config /section:requestFiltering /requestLimits.maxUrl:65534 /requestLimits.maxQueryString:65534, and in HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters the DWORDs MaxFieldLength and MaxRequestBytes = 65534; then restart the server. A reverse proxy before it must pass addresses up to 40 KB.",
    "Sur le serveur NDES autorisez 65534 octets : appcmd set config /section:requestFiltering /requestLimits.maxUrl:65534 /requestLimits.maxQueryString:65534, et dans HKLM\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters les DWORD MaxFieldLength et MaxRequestBytes = 65534 ; puis redémarrez le serveur. Un proxy inverse devant lui doit transmettre des adresses jusqu’à 40 Ko.",
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new(
        "Requests as long as devices send them pass.",
        "Des requêtes aussi longues que celles des appareils passent.",
    ),
);
const LIMITED: Reason = Reason::warn(
    "limited",
    Text::new(
        "Requests of 8 KiB pass and longer ones do not: unusual requests (large keys, many names) will fail.",
        "Les requêtes de 8 Kio passent et de plus longues non : des demandes inhabituelles (grandes clés, noms nombreux) échoueront.",
    ),
    LIFT,
);
const TOO_LONG: Reason = Reason::fail(
    "too-long",
    Text::new(
        "Requests as devices send them are too long for the server.",
        "Les requêtes des appareils sont trop longues pour le serveur.",
    ),
    LIFT,
);
const BLOCKED: Reason = Reason::unknown(
    "blocked",
    Text::new(
        "Something between refused the padded question, so the limit could not be found out.",
        "Quelque chose en chemin a refusé la question rallongée : la limite n’a pas pu être trouvée.",
    ),
    Text::new(
        "Let the web application firewall pass long addresses for the SCEP path, and run again.",
        "Faites en sorte que le pare-feu applicatif laisse passer de longues adresses pour le chemin SCEP, et relancez.",
    ),
);
const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new(
        "Microsoft runs this server; its limits are its own affair.",
        "Microsoft exploite ce serveur ; ses limites le regardent.",
    ),
);

/// A device's request in an address: 8 KiB are the least that must pass, 32 KiB what Microsoft asks for.
const NEEDED: usize = 8 * 1024;

async fn judge(server: &ScepServer, facts: &Facts) -> Result<Outcome, Unknown> {
    let url = &server.target.url;
    if server.target.kind == ScepKind::CloudPki {
        return Ok(NOT_APPLICABLE.because(NOT_APPLICABLE.meaning.into()));
    }
    let way = match dialogue::reach(server, facts).await? {
        Ok(way) => way,
        Err(outcome) => return Ok(outcome),
    };
    let asked = dialogue::capabilities(server, &way, facts).await?;
    let read = asked.iter().find_map(|(_, fetched)| {
        let response = fetched.outcome.as_ref().ok().filter(|response| response.status == 200)?;
        Capabilities::read(whole(response).ok()?)
    });
    let Some(capabilities) = read else {
        return Ok(UNREACHABLE.because(say!(
            en: "{url} does not answer GetCACaps, so a longer one says nothing.",
            fr: "{url} ne répond pas à GetCACaps : une question plus longue ne dirait rien."
        )));
    };
    let question = LongestRequest { url: dialogue::operation(server, "GetCACaps", "ca"), way };
    let longest = facts.ask(question).await?;
    Ok(judged(server, &capabilities, &longest).evidence("longest_octets", longest.passed()))
}

fn judged(server: &ScepServer, capabilities: &Capabilities, longest: &Longest) -> Outcome {
    let passed = longest.passed();
    if let Some(blocked) = longest.blocked() {
        let octets = blocked.octets;
        let Message { en, fr } = how(&blocked.end);
        return BLOCKED.because(say!(
            en: "A question of {octets} octets was not answered as the short one: {en}.",
            fr: "Une question de {octets} octets n’a pas reçu la même réponse que la courte : {fr}."
        ));
    }
    let Some((octets, status)) = longest.refused() else {
        return OK.because(say!(
            en: "A question of {passed} octets passes.",
            fr: "Une question de {passed} octets passe."
        ));
    };
    let ndes = server.target.kind == ScepKind::Ndes;
    let limit = likely_limit(passed, status);
    let sentence = say!(
        en: "Questions pass up to {passed} octets; {octets} are too long (status {status}).",
        fr: "Les questions passent jusqu’à {passed} octets ; {octets} sont trop longs (statut {status})."
    );
    if !ndes && capabilities.posts() {
        return OK.because(sentence).note(say!(
            en: "The server offers POST, which has no such limit.",
            fr: "Le serveur offre POST, qui n’a pas cette limite."
        ));
    }
    let reason = if ndes && passed < NEEDED { TOO_LONG } else { LIMITED };
    reason.because(sentence).wanted(say!(en: "32768 octets", fr: "32768 octets")).note(limit)
}

/// Which limit of which product it probably is.
fn likely_limit(passed: usize, status: u16) -> Message {
    match (status, passed) {
        (404, ..2100) => say!(
            en: "Probably IIS request filtering, maxQueryString (2048 unless set, 404.15).",
            fr: "Probablement le filtrage des demandes d’IIS, maxQueryString (2048 par défaut, 404.15)."
        ),
        (404, _) => say!(
            en: "Probably IIS request filtering, maxUrl or maxQueryString (4096 and 2048 unless set, 404.14 and 404.15).",
            fr: "Probablement le filtrage des demandes d’IIS, maxUrl ou maxQueryString (4096 et 2048 par défaut, 404.14 et 404.15)."
        ),
        (400, _) => say!(
            en: "Probably HTTP.sys, MaxFieldLength or MaxRequestBytes (16384 unless set).",
            fr: "Probablement HTTP.sys, MaxFieldLength ou MaxRequestBytes (16384 par défaut)."
        ),
        _ => say!(
            en: "Probably a reverse proxy (nginx: large_client_header_buffers, 8 KB unless set; Apache: LimitRequestLine, 8190), or HTTP.sys (MaxRequestBytes).",
            fr: "Probablement un proxy inverse (nginx : large_client_header_buffers, 8 Ko par défaut ; Apache : LimitRequestLine, 8190), ou HTTP.sys (MaxRequestBytes)."
        ),
    }
}

fn how(end: &End) -> Message {
    match end {
        End::Failed(failure) => documents::connection(*failure).into(),
        End::Page => say!(en: "a web page came back", fr: "une page web est revenue"),
        End::Passed => Message::same(""),
        End::TooLong(status) | End::Other(status) => say!(en: "status {status}", fr: "statut {status}"),
    }
}
