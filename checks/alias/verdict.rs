//! All views together: which answer is the zone's, who disagrees with it, and what that means.

use facts::dns::{Code, Kind, Lookup};
use facts::{Facts, Unknown};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::alias::appraisal::{self, Context};
use crate::alias::reasons;
use crate::alias::record::AliasRecord;
use crate::alias::remedy::{TTL, Verb};
use crate::alias::survey::{self, Survey};
use crate::alias::view::{Says, View};
use crate::check::{Outcome, Status};
use crate::documents;
use crate::openid;
use crate::remedy::Remedy;
use crate::say;
use crate::subject::Domain;
use crate::text::Message;

/// A label that nobody gives a record.
const NOBODY: &str = "enrollcheck-nobody";

/// Judges one of the two records of a domain.
pub(crate) async fn judge(record: &AliasRecord, domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    let name = &domain.name;
    if crate::clouds::is_provider_domain(name) {
        return Ok(reasons::PROVIDER_MANAGED.because(say!(
            en: "Microsoft runs the records of {name}.",
            fr: "Microsoft gère les enregistrements de {name}."
        )));
    }
    let (survey, place) = tokio::join!(survey::take(record.label, name, facts), openid::place(domain, facts));
    let (survey, place) = (survey?, place?);
    if let Some(outcome) = domain_not_found(&survey, facts).await? {
        return Ok(outcome);
    }
    let context = appraisal::context(record, domain, place.cloud, &survey, facts).await?;
    let mut outcomes = compare(&survey, &context, facts).await?;
    if survey.resolvers.iter().all(|v| context.is_sound(&v.says) || !v.says.answered()) {
        outcomes.extend(survey.resolvers.iter().find_map(|view| context.dangling(view)));
    } else {
        // A record that is wrong anyway: where it leads adds to the story, and is not the story.
        let note = survey.resolvers.iter().find_map(|view| context.dangling(view));
        outcomes.extend(note.filter(|_| outcomes.iter().any(|o| o.status == Status::Fail)));
    }
    let worst = Outcome::worst_of(record.reasons, outcomes);
    let outcome = worst.unwrap_or_else(|| context.appraise(&Says::Failed("no answer".to_owned())));
    let outcome = prescribe(outcome, &context);
    let outcome = match wildcard(&outcome, &survey, facts).await? {
        Some(note) => outcome.note(note),
        None => outcome,
    };
    let outcome = describe(outcome, &survey, &context);
    Ok(outcome.notes(place.note()))
}

/// NXDOMAIN from the zone above: there is no zone of the domain's own to put a record in.
async fn domain_not_found(survey: &Survey, facts: &Facts) -> Result<Option<Outcome>, Unknown> {
    let domain = &survey.domain;
    let somebody_knows_it = survey.resolvers.iter().any(|v| v.says.answered() && v.says != Says::NxDomain);
    if somebody_knows_it || survey.own.iter().any(|v| v.authoritative) {
        return Ok(None);
    }
    let above = survey.resolvers.iter().find_map(|view| {
        let (zone, _) = view.soa.as_ref().filter(|_| view.says == Says::NxDomain)?;
        survey::is_above(zone, domain).then_some((view, zone))
    });
    let Some((view, zone)) = above else { return Ok(None) };
    let server = &view.server;
    // A name that does not exist says nothing of the one above it: registries hold names without a zone of their own.
    let itself = facts.ask(Lookup::of(server, domain, Kind::Soa)).await?;
    if itself.message().is_none_or(|message| message.code != Code::NxDomain) {
        return Ok(None);
    }
    let above = if zone.is_root() { ".".to_owned() } else { zone.to_string() };
    Ok(Some(
        reasons::DOMAIN_NOT_FOUND
            .because(say!(
                en: "The domain {domain} does not exist: the zone {above} has no such name (NXDOMAIN from {server}).",
                fr: "Le domaine {domain} n’existe pas : la zone {above} n’a pas ce nom (NXDOMAIN de {server})."
            ))
            .evidence("zone_above", above),
    ))
}

/// The reasons that hold, each once.
async fn compare(survey: &Survey, context: &Context<'_>, facts: &Facts) -> Result<Vec<Outcome>, Unknown> {
    // Port 53 is intercepted where a zone's own server answers without authority: such an answer says nothing.
    let own: Vec<&View> = survey.own.iter().filter(|v| v.authoritative && v.says.answered()).collect();
    let answered: Vec<&View> = survey.resolvers.iter().filter(|v| v.says.answered()).collect();
    let mut outcomes = Vec::new();
    outcomes.extend(inconsistent(&own, context));
    if let Some(bogus) = survey.resolvers.iter().find(|v| v.says == Says::Bogus) {
        outcomes.push(context.appraise(&bogus.says));
    }
    match own.first() {
        Some(truth) => {
            outcomes.push(context.appraise(&truth.says));
            let sound = context.is_sound(&truth.says);
            let mut notes = Vec::new();
            for view in answered.iter().filter(|v| !v.says.agrees(&truth.says)) {
                match (sound, context.is_sound(&view.says)) {
                    (true, false) => outcomes.push(behind(view, survey, context, facts).await?),
                    _ => notes.push(differs(view)),
                }
            }
            let bogus = survey.resolvers.iter().any(|v| v.says == Says::Bogus);
            if answered.is_empty() && sound && !bogus {
                outcomes.push(no_resolver(survey, context));
            }
            if let Some(first) = outcomes.first_mut() {
                *first = first.clone().notes(notes);
            }
        }
        None if answered.is_empty() => {
            if outcomes.is_empty() {
                outcomes.push(no_resolver(survey, context));
            }
        }
        None => {
            let right = answered.iter().find(|v| context.is_sound(&v.says));
            for view in &answered {
                let elsewhere = right.filter(|right| view.authoritative && !right.authoritative);
                outcomes.push(match elsewhere {
                    Some(right) if !context.is_sound(&view.says) => split(view, right, context),
                    _ => context.appraise(&view.says),
                });
            }
        }
    }
    Ok(outcomes)
}

/// The zone's own servers disagree, and at least one of the answers leads devices astray.
fn inconsistent(own: &[&View], context: &Context<'_>) -> Option<Outcome> {
    let (first, rest) = own.split_first()?;
    let other = rest.iter().find(|view| !view.says.agrees(&first.says))?;
    if own.iter().all(|view| context.is_sound(&view.says)) {
        return None;
    }
    let name = context.name();
    let (one, two) = (&first.server, &other.server);
    let (said_one, said_two) = (first.says.in_words(), other.says.in_words());
    let (one_en, one_fr, two_en, two_fr) = (said_one.en, said_one.fr, said_two.en, said_two.fr);
    Some(reasons::INCONSISTENT.because(say!(
        en: "The zone's own servers disagree about {name}: {one} says {one_en}, {two} says {two_en}.",
        fr: "Les serveurs de la zone se contredisent sur {name} : {one} dit {one_fr}, {two} dit {two_fr}."
    )))
}

/// A resolver that does not give the zone's right answer: it still keeps an old one, or it has a zone of its own.
async fn behind(
    view: &View,
    survey: &Survey,
    context: &Context<'_>,
    facts: &Facts,
) -> Result<Outcome, Unknown> {
    let another_zone = match (survey.soa_seen_by(view), survey.own_soa(facts).await?) {
        (Some(seen), Some(own)) => seen.primary != own.primary || seen.mailbox != own.mailbox,
        _ => false,
    };
    if view.authoritative || another_zone {
        let truth = survey.own.iter().find(|v| v.authoritative && v.says.answered());
        return Ok(split(view, truth.unwrap_or(view), context));
    }
    let (name, server, said) = (context.name(), &view.server, view.says.in_words());
    let (en, fr) = (said.en, said.fr);
    let outcome = reasons::PROPAGATING.because(say!(
        en: "{name} is right at the zone's own servers; the resolver {server} still says {en}.",
        fr: "{name} est juste sur les serveurs de la zone ; le résolveur {server} dit encore {fr}."
    ));
    let Some(ttl) = view.ttl else { return Ok(outcome) };
    // Rounded up, because a minute is what people read.
    let wait = SignedDuration::from_secs(i64::from(ttl) + 59);
    let until = facts.now().saturating_add(wait).unwrap_or(facts.now());
    let at = clock(until, facts.now());
    Ok(outcome
        .remedy(say!(
            en: "Wait: {server} gives the right answer by {at}, when the cached record expires.",
            fr: "Attendez : {server} donnera la bonne réponse à {at} au plus tard, quand l’enregistrement en cache expire."
        ))
        .evidence("right_by", until.to_string()))
}

fn split(view: &View, right: &View, context: &Context<'_>) -> Outcome {
    let (name, inside, outside) = (context.name(), &view.server, &right.server);
    let (said, there) = (view.says.in_words(), right.says.in_words());
    let (said_en, said_fr, there_en, there_fr) = (said.en, said.fr, there.en, there.fr);
    reasons::SPLIT_HORIZON
        .because(say!(
            en: "{inside} answers {name} from an internal copy of the zone: {said_en}. Outside, {outside} says {there_en}.",
            fr: "{inside} répond à {name} depuis une copie interne de la zone : {said_fr}. À l’extérieur, {outside} dit {there_fr}."
        ))
        .remedy(context.paste(&Verb::AddInternally))
}

fn differs(view: &View) -> Message {
    let (server, said) = (&view.server, view.says.in_words());
    let (en, fr) = (said.en, said.fr);
    say!(en: "The resolver {server} says {en}.", fr: "Le résolveur {server} dit {fr}.")
}

/// No resolver said anything about the name.
fn no_resolver(survey: &Survey, context: &Context<'_>) -> Outcome {
    let name = context.name();
    let said = survey.resolvers.iter().map(|view| (&view.server, view.says.in_words()));
    let Message { en, fr } = documents::each_said(said);
    if survey.resolvers.is_empty() {
        return reasons::LOOKUP_FAILED.because(say!(
            en: "No resolver is configured to look {name} up.",
            fr: "Aucun résolveur n’est configuré pour chercher {name}."
        ));
    }
    reasons::LOOKUP_FAILED.because(say!(
        en: "The look-up of {name} failed ({en}).",
        fr: "La recherche du nom {name} a échoué ({fr})."
    ))
}

/// Whether the wrong answer is that of a wildcard record: the name itself then has no record at all.
async fn wildcard(outcome: &Outcome, survey: &Survey, facts: &Facts) -> Result<Option<Message>, Unknown> {
    if !["wrong-target", "not-a-cname"].contains(&outcome.reason.id) {
        return Ok(None);
    }
    let domain = &survey.domain;
    let Some(view) = survey.resolvers.iter().find(|view| view.says.answered()) else { return Ok(None) };
    let reply = facts.ask(Lookup::of(&view.server, &domain.child(NOBODY), Kind::A)).await?;
    let answered = reply.about_the_name().is_some_and(|message| !message.answers.is_empty());
    Ok(answered.then(|| {
        say!(
            en: "A wildcard record answers for every name in {domain}; the name itself has no record yet.",
            fr: "Un enregistrement générique répond pour tout nom de {domain} ; le nom lui-même n’a pas encore d’enregistrement."
        )
    }))
}

/// The record to paste, wherever a record of the public zone is what has to change.
fn prescribe(outcome: Outcome, context: &Context<'_>) -> Outcome {
    let verb = match outcome.reason.id {
        "missing" => Verb::Add,
        "several-records" | "loop" | "inconsistent" | "relative-target" | "wrong-cloud" | "wrong-target"
        | "not-a-cname" | "legacy-target" | "flattened" => Verb::Replace,
        "dangling" if outcome.remedy == reasons::DANGLING.remedy.map(Remedy::from) => Verb::Replace,
        _ => return outcome,
    };
    let mut paste = context.paste(&verb);
    // The general remedy says first what else has to be done.
    if let ("several-records" | "inconsistent", Some(first)) = (outcome.reason.id, outcome.reason.remedy) {
        let (first_en, first_fr, Message { en, fr }) = (first.en, first.fr, &paste.prose);
        paste.prose = say!(en: "{first_en} {en}", fr: "{first_fr} {fr}");
    }
    outcome.remedy(paste)
}

/// Figures and sources that every finding about a record shows.
fn describe(outcome: Outcome, survey: &Survey, context: &Context<'_>) -> Outcome {
    let views: Vec<&View> = survey.own.iter().filter(|v| v.authoritative).chain(&survey.resolvers).collect();
    let shown = views.iter().find(|view| view.says.answered());
    let ttl = shown.and_then(|view| view.ttl);
    let mut outcome = outcome
        .wanted(Message::same(format!("CNAME {}", context.targets.preferred)))
        .evidence("name", survey.alias.absolute())
        .evidence("zone", context.zone_known.then(|| context.zone.absolute()))
        .evidence("ttl_s", ttl);
    outcome = match shown.map(|view| &view.says) {
        Some(Says::Alias(chain)) => {
            let names: Vec<String> = chain.first().map(facts::Name::absolute).into_iter().collect();
            outcome.evidence("cname", names)
        }
        Some(Says::Several { targets, addresses }) => outcome
            .evidence("cname", targets.iter().map(facts::Name::absolute).collect::<Vec<_>>())
            .evidence("addresses", json!(addresses)),
        Some(Says::Addresses(addresses)) => {
            outcome.evidence("cname", json!([])).evidence("addresses", json!(addresses))
        }
        _ => outcome.evidence("cname", json!([])),
    };
    outcome = outcome.found(survey.own.iter().map(|view| from(view, true)));
    outcome = outcome.found(survey.resolvers.iter().map(|view| from(view, false)));
    let is_cname = matches!(shown.map(|view| &view.says), Some(Says::Alias(_)));
    if let Some(ttl) = ttl.filter(|ttl| is_cname && *ttl > TTL) {
        outcome = outcome.note(say!(
            en: "The record's TTL is {ttl} s; Microsoft's table gives {TTL}. A change takes that long to reach everybody.",
            fr: "Le TTL de l’enregistrement est de {ttl} s ; la table de Microsoft donne {TTL}. Un changement met ce temps à atteindre tout le monde."
        ));
    }
    if survey.own.iter().any(|v| !v.authoritative && v.says.answered()) {
        outcome = outcome.note(say!(
            en: "A zone server's answer came without authority (port 53 may be intercepted here); it was not counted.",
            fr: "La réponse d’un serveur de la zone est venue sans autorité (le port 53 est peut-être intercepté ici) ; elle n’a pas été comptée."
        ));
    }
    outcome
}

fn from(view: &View, own: bool) -> Message {
    let (server, said) = (&view.server, view.says.in_words());
    let (en, fr) = (said.en, said.fr);
    match own {
        true => say!(
            en: "{server} (the zone's own server): {en}",
            fr: "{server} (serveur de la zone) : {fr}"
        ),
        false => say!(en: "{server} (resolver): {en}", fr: "{server} (résolveur) : {fr}"),
    }
}

/// A moment as people name it: the time of day, with the date when it is not today.
fn clock(instant: Timestamp, now: Timestamp) -> String {
    let day = |t: Timestamp| t.strftime("%Y-%m-%d").to_string();
    if day(instant) == day(now) {
        instant.strftime("%H:%M UTC").to_string()
    } else {
        instant.strftime("%Y-%m-%d %H:%M UTC").to_string()
    }
}
