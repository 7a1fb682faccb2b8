//! What a revocation list says of one certificate (RFC 5280, 6.3).

use facts::Certificate;
use facts::crl::{Covers, Fetched, List};
use jiff::Timestamp;

use super::{Said, dated};
use crate::documents;
use crate::say;
use crate::text::{Message, Text};

pub(crate) fn judge(fetched: &Fetched, certificate: &Certificate, now: Timestamp) -> Said {
    let list = match fetched {
        Fetched::List(list) => list,
        Fetched::Failed(failure) => return Said::Unreached(documents::no_answer(failure)),
        Fetched::Status(status) => return Said::Unusable(super::status(*status)),
        Fetched::TooLarge(most) => {
            let most = most / (1024 * 1024);
            return Said::Unusable(say!(
                en: "the list is larger than {most} MiB and was not read",
                fr: "la liste dépasse {most} Mio et n’a pas été lue"
            ));
        }
        Fetched::Malformed(why) => {
            return Said::Unusable(say!(
                en: "what comes is no revocation list ({why})",
                fr: "ce qui arrive n’est pas une liste de révocation ({why})"
            ));
        }
    };
    if let Some(why) = objection(list, certificate) {
        return Said::Unusable(why);
    }
    let revoked = list.revoked_since(&certificate.serial);
    match (dated(list.this_update, list.next_update, revoked, now), revoked) {
        (Some(out_of_date), _) => out_of_date,
        (None, Some(since)) => Said::Revoked { since },
        (None, None) => Said::Good { as_of: list.this_update, until: list.next_update },
    }
}

/// Why the list says nothing of this certificate.
fn objection(list: &List, certificate: &Certificate) -> Option<Message> {
    let authority = certificate.short_issuer();
    if *list.issuer != *certificate.issuer_der {
        return Some(say!(
            en: "the list is another issuer's, not that of {authority}",
            fr: "la liste est celle d’un autre émetteur, pas de {authority}"
        ));
    }
    if !list.signed {
        return Some(say!(
            en: "the list is not signed with the key of {authority}",
            fr: "la liste n’est pas signée avec la clé de {authority}"
        ));
    }
    let covered = match list.covers {
        Covers::Everything => true,
        Covers::EndEntities => !certificate.authority,
        Covers::Authorities => certificate.authority,
        Covers::Part => false,
    };
    // A list in pieces names the piece that it is; certificates name theirs (RFC 5280, 6.3.3 b).
    let this_piece = list.points.is_empty() || list.points.iter().any(|p| certificate.crl_urls.contains(p));
    if covered && this_piece {
        return None;
    }
    Some(
        Text::new(
            "the list does not cover this certificate, by its own words",
            "la liste ne couvre pas ce certificat, d’après ses propres termes",
        )
        .into(),
    )
}
