//! `EnterpriseEnrollment.<domain>` leads Windows to Intune.

use facts::{Facts, Unknown};

use crate::alias::reasons::{
    DANGLING, DNSSEC_BOGUS, DOMAIN_NOT_FOUND, FLATTENED, INCONSISTENT, LOOKUP_FAILED, LOOP, NOT_A_CNAME,
    PROPAGATING, PROVIDER_MANAGED, RELATIVE_TARGET, SEVERAL_RECORDS, SPLIT_HORIZON, WRONG_CLOUD,
    WRONG_TARGET,
};
use crate::alias::record::AliasRecord;
use crate::alias::verdict;
use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::clouds;
use crate::say;
use crate::subject::{Domain, Platform};
use crate::text::Text;

pub static CHECK: Check = Check {
    id: "dns.enterprise-enrollment",
    title: Text::new("Windows finds Intune by DNS", "Windows trouve Intune par le DNS"),
    why: Text::new(
        "A user who enrolls a Windows device types a work address. Windows asks for EnterpriseEnrollment in the domain of that \
         address, and the CNAME leads it to Intune. Without the record the user has to type the server's name; with a wrong one \
         the device goes to the wrong server. Automatic enrollment does not need it.",
        "L’utilisateur qui inscrit un appareil Windows saisit son adresse professionnelle. Windows cherche EnterpriseEnrollment \
         dans le domaine de cette adresse, et le CNAME le mène à Intune. Sans lui, l’utilisateur doit saisir le nom du serveur ; \
         s’il est faux, l’appareil va au mauvais serveur. L’inscription automatique s’en passe.",
    ),
    affects: Text::new(
        "Windows devices that users enroll by hand",
        "les appareils Windows que les utilisateurs inscrivent à la main",
    ),
    reasons: RECORD.reasons,
    references: &[CREATE_CNAME, RFC1034],
    symptoms: &[Text::new(
        "Windows asks for the address of the server during enrollment.",
        "Windows demande l’adresse du serveur pendant l’inscription.",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const CREATE_CNAME: Reference = Reference {
    title: Text::new(
        "Create a CNAME record for Windows enrollment",
        "Créer un enregistrement CNAME pour l’inscription Windows",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/enrollment/windows-enrollment-create-cname",
};
const RFC1034: Reference = Reference {
    title: Text::new("RFC 1034, 3.6.2: aliases", "RFC 1034, 3.6.2 : alias"),
    url: "https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2",
};

const MISSING: Reason = Reason::warn(
    "missing",
    Text::new(
        "There is no such record. Microsoft calls it optional: users then type the server's name by hand, unless enrollment is automatic.",
        "Cet enregistrement n’existe pas. Microsoft le dit facultatif : les utilisateurs saisissent alors le nom du serveur, sauf inscription automatique.",
    ),
    Text::new(
        "Add the record, or set automatic_enrollment = true if all Windows devices enroll automatically.",
        "Ajoutez l’enregistrement, ou indiquez automatic_enrollment = true si tous les appareils Windows s’inscrivent automatiquement.",
    ),
);
const LEGACY_TARGET: Reason = Reason::warn(
    "legacy-target",
    Text::new(
        "The record leads to an older name (without -s). It works, but users must confirm the server. Microsoft 365's own admin center writes this name and calls it healthy.",
        "L’enregistrement mène à un ancien nom (sans -s). Il fonctionne, mais l’utilisateur doit confirmer le serveur. Le centre d’administration Microsoft 365 écrit ce nom et le juge sain.",
    ),
    Text::new("Replace the target with the -s name.", "Remplacez la cible par le nom en -s."),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("The record leads to the tenant's cloud.", "L’enregistrement mène au cloud du locataire."),
);
const NOT_NEEDED: Reason = Reason::skip(
    "not-needed",
    Text::new(
        "Enrollment is automatic, or no Windows devices enroll: nothing reads the record.",
        "L’inscription est automatique, ou aucun appareil Windows ne s’inscrit : rien ne lit l’enregistrement.",
    ),
);

const RECORD: AliasRecord = AliasRecord {
    label: "EnterpriseEnrollment",
    targets: clouds::enrollment_targets,
    reasons: &[
        DOMAIN_NOT_FOUND,
        SEVERAL_RECORDS,
        LOOP,
        DNSSEC_BOGUS,
        SPLIT_HORIZON,
        INCONSISTENT,
        RELATIVE_TARGET,
        WRONG_CLOUD,
        WRONG_TARGET,
        NOT_A_CNAME,
        DANGLING,
        PROPAGATING,
        LEGACY_TARGET,
        FLATTENED,
        MISSING,
        OK,
        NOT_NEEDED,
        PROVIDER_MANAGED,
        LOOKUP_FAILED,
    ],
    missing: MISSING,
    missing_fails: |tenant| tenant.automatic_enrollment == Some(false),
    legacy: Some(LEGACY_TARGET),
    on_premises: None,
    ok: OK,
};

async fn judge(domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    if domain.tenant.automatic_enrollment == Some(true) {
        return Ok(NOT_NEEDED.because(say!(
            en: "Enrollment is automatic (automatic_enrollment = true); the record is not needed.",
            fr: "L’inscription est automatique (automatic_enrollment = true) ; l’enregistrement n’est pas nécessaire."
        )));
    }
    if !domain.tenant.platforms.contains(&Platform::Windows) {
        return Ok(NOT_NEEDED.because(say!(
            en: "Windows is not among the tenant's platforms; only Windows reads the record.",
            fr: "Windows n’est pas parmi les plateformes du locataire ; seul Windows lit l’enregistrement."
        )));
    }
    verdict::judge(&RECORD, domain, facts).await
}
