//! Which federation service a check is about, and what it says where there is none of its kind.

use crate::check::{Outcome, Reason};
use crate::common::NOT_LEARNT;
use crate::say;
use crate::subject::{Federation, HostPort, Service};
use crate::text::Text;

pub(crate) const OTHER_IDENTITY_PROVIDER: Reason = Reason::skip(
    "other-identity-provider",
    Text::new(
        "Users sign in at another identity provider than AD FS.",
        "Les utilisateurs se connectent auprès d’un autre fournisseur d’identité qu’AD FS.",
    ),
);
pub(crate) const NOT_APPLICABLE: Reason = Reason::skip(
    "not-applicable",
    Text::new("There is no federation service.", "Il n’y a pas de service de fédération."),
);

/// The tenant's AD FS; else what to say instead.
pub(crate) fn adfs(federation: &Federation) -> Result<&Service, Box<Outcome>> {
    let tenant = &federation.tenant.name;
    match &federation.service {
        Some(service) if service.adfs => Ok(service),
        Some(service) => Err(Box::new(other(&service.at))),
        None if federation.unlearnt => Err(Box::new(NOT_LEARNT.because(say!(
            en: "Whether the tenant {tenant} has a federation service could not be learnt.",
            fr: "On n’a pas pu savoir si le locataire {tenant} a un service de fédération."
        )))),
        None => Err(Box::new(NOT_APPLICABLE.because(say!(
            en: "The tenant {tenant} has no federation service: none of its domains is federated.",
            fr: "Le locataire {tenant} n’a pas de service de fédération : aucun de ses domaines n’est fédéré."
        )))),
    }
}

/// Somebody else's server is not ours to examine.
pub(crate) fn other(at: &HostPort) -> Outcome {
    OTHER_IDENTITY_PROVIDER.because(say!(
        en: "Users sign in at {at}, which is not an AD FS.",
        fr: "Les utilisateurs se connectent auprès de {at}, qui n’est pas un AD FS."
    ))
}
