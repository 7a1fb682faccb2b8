//! `EnterpriseRegistration.<domain>` leads devices to Entra device registration.

use crate::alias::reasons::{
    DANGLING, DNSSEC_BOGUS, DOMAIN_NOT_FOUND, FLATTENED, INCONSISTENT, LOOKUP_FAILED, LOOP, NOT_A_CNAME,
    PROPAGATING, PROVIDER_MANAGED, RELATIVE_TARGET, SEVERAL_RECORDS, SPLIT_HORIZON, WRONG_CLOUD,
    WRONG_TARGET,
};
use crate::alias::record::AliasRecord;
use crate::alias::verdict;
use crate::check::{Check, Judge, Reason, Reference};
use crate::clouds;
use crate::text::Text;

pub static CHECK: Check = Check {
    id: "dns.enterprise-registration",
    title: Text::new(
        "Devices find Entra registration by DNS",
        "Les appareils trouvent l’inscription Entra par le DNS",
    ),
    why: Text::new(
        "Devices register in Entra before Conditional Access lets them in. They look for EnterpriseRegistration in the user's \
         domain; every domain in users' addresses needs the record of its own, sub-domains too.",
        "Les appareils s’inscrivent dans Entra avant que l’accès conditionnel ne les laisse entrer. Ils cherchent \
         EnterpriseRegistration dans le domaine de l’utilisateur ; chaque domaine des adresses doit avoir cet enregistrement, \
         les sous-domaines aussi.",
    ),
    affects: Text::new(
        "Windows, iOS, macOS and Android devices that register in Entra",
        "les appareils Windows, iOS, macOS et Android qui s’inscrivent dans Entra",
    ),
    reasons: RECORD.reasons,
    references: &[CREATE_CNAME, WORKPLACE_JOIN],
    symptoms: &[Text::new(
        "Windows event 102, \"Workplace Join discovery failed\" (0x80072EE7).",
        "Événement Windows 102, « Workplace Join discovery failed » (0x80072EE7).",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(verdict::judge(&RECORD, domain, facts))),
};

const CREATE_CNAME: Reference = Reference {
    title: Text::new(
        "Create a CNAME record for Windows enrollment",
        "Créer un enregistrement CNAME pour l’inscription Windows",
    ),
    url: "https://learn.microsoft.com/intune/intune-service/enrollment/windows-enrollment-create-cname",
};
const WORKPLACE_JOIN: Reference = Reference {
    title: Text::new(
        "AD FS requirements: names for device registration",
        "Prérequis AD FS : noms pour l’inscription d’appareils",
    ),
    url: "https://learn.microsoft.com/windows-server/identity/ad-fs/overview/ad-fs-requirements",
};

const MISSING: Reason = Reason::warn(
    "missing",
    Text::new(
        "There is no such record; devices fall back to Microsoft's own name where they can.",
        "Cet enregistrement n’existe pas ; les appareils se rabattent sur le nom de Microsoft quand ils le peuvent.",
    ),
    Text::new("Add the record.", "Ajoutez l’enregistrement."),
);
const ON_PREMISES: Reason = Reason::warn(
    "on-premises",
    Text::new(
        "The record leads to the domain's own federation service: devices register there (Workplace Join on AD FS), not in Entra.",
        "L’enregistrement mène au service de fédération du domaine : les appareils s’y inscrivent (Workplace Join sur AD FS), pas dans Entra.",
    ),
    Text::new(
        "Keep it if devices are meant to register on AD FS. For Intune and Conditional Access in Entra, replace it with the CNAME to the cloud.",
        "Gardez-le si les appareils doivent s’inscrire sur AD FS. Pour Intune et l’accès conditionnel d’Entra, remplacez-le par le CNAME vers le cloud.",
    ),
);
const OK: Reason = Reason::pass(
    "ok",
    Text::new("The record leads to Entra registration.", "L’enregistrement mène à l’inscription Entra."),
);

const RECORD: AliasRecord = AliasRecord {
    label: "EnterpriseRegistration",
    targets: clouds::registration_targets,
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
        ON_PREMISES,
        FLATTENED,
        MISSING,
        OK,
        PROVIDER_MANAGED,
        LOOKUP_FAILED,
    ],
    missing: MISSING,
    missing_fails: |_| false,
    legacy: None,
    on_premises: Some(ON_PREMISES),
    ok: OK,
};
