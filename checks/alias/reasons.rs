//! What can be wrong with either record.

use crate::check::Reason;
use crate::text::Text;

pub(crate) const DOMAIN_NOT_FOUND: Reason = Reason::fail(
    "domain-not-found",
    Text::new(
        "The domain itself does not exist in the DNS: the zone above it says so.",
        "Le domaine lui-même n’existe pas dans le DNS : la zone supérieure le dit.",
    ),
    Text::new(
        "Check the spelling. If it is right, renew the registration of the domain or have its name servers entered in the zone above.",
        "Vérifiez l’orthographe. Si elle est juste, renouvelez l’enregistrement du domaine ou faites inscrire ses serveurs de noms dans la zone supérieure.",
    ),
);
pub(crate) const SEVERAL_RECORDS: Reason = Reason::fail(
    "several-records",
    Text::new(
        "The name has more than one CNAME, or a CNAME and other data beside it. Resolvers may take either (RFC 1034, 3.6.2).",
        "Le nom a plusieurs CNAME, ou un CNAME à côté d’autres données. Les résolveurs prennent l’un ou l’autre (RFC 1034, 3.6.2).",
    ),
    Text::new(
        "Delete all records of the name but the right CNAME.",
        "Supprimez tous les enregistrements du nom sauf le bon CNAME.",
    ),
);
pub(crate) const LOOP: Reason = Reason::fail(
    "loop",
    Text::new(
        "The chain of CNAME records leads back to itself.",
        "La chaîne de CNAME revient sur elle-même.",
    ),
    Text::new(
        "Replace the record with a CNAME to the cloud's own name.",
        "Remplacez l’enregistrement par un CNAME vers le nom du cloud.",
    ),
);
pub(crate) const DNSSEC_BOGUS: Reason = Reason::fail(
    "dnssec-bogus",
    Text::new(
        "The record exists, but its DNSSEC signatures do not verify: every validating resolver refuses it.",
        "L’enregistrement existe, mais ses signatures DNSSEC ne se vérifient pas : tout résolveur validant le refuse.",
    ),
    Text::new(
        "Sign the zone again, or make the DS record in the zone above fit the zone's keys. Do not switch validation off.",
        "Signez de nouveau la zone, ou faites correspondre l’enregistrement DS de la zone supérieure aux clés de la zone. Ne désactivez pas la validation.",
    ),
);
pub(crate) const SPLIT_HORIZON: Reason = Reason::fail(
    "split-horizon",
    Text::new(
        "An internal copy of the zone answers otherwise than the zone's own servers; it will never pick the public record up.",
        "Une copie interne de la zone répond autrement que les serveurs de la zone ; elle ne reprendra jamais l’enregistrement public.",
    ),
    Text::new(
        "Create the record in the internal zone too.",
        "Créez aussi l’enregistrement dans la zone interne.",
    ),
);
pub(crate) const INCONSISTENT: Reason = Reason::fail(
    "inconsistent",
    Text::new(
        "The zone's own name servers give different answers.",
        "Les serveurs de noms de la zone donnent des réponses différentes.",
    ),
    Text::new(
        "Bring all name servers to the same copy of the zone (transfer, serial), or take the stale one out of the delegation.",
        "Mettez tous les serveurs de noms sur la même copie de la zone (transfert, numéro de série), ou retirez de la délégation celui qui est périmé.",
    ),
);
pub(crate) const RELATIVE_TARGET: Reason = Reason::fail(
    "relative-target",
    Text::new(
        "The target ends in the zone's own name: the final dot was forgotten when the record was entered.",
        "La cible se termine par le nom de la zone : le point final a été oublié à la saisie.",
    ),
    Text::new("Enter the target with its final dot.", "Saisissez la cible avec son point final."),
);
pub(crate) const WRONG_CLOUD: Reason = Reason::fail(
    "wrong-cloud",
    Text::new(
        "The record leads to another of Microsoft's clouds than the tenant's.",
        "L’enregistrement mène à un autre cloud de Microsoft que celui du locataire.",
    ),
    Text::new(
        "Replace the target with the one of the tenant's cloud.",
        "Remplacez la cible par celle du cloud du client.",
    ),
);
pub(crate) const WRONG_TARGET: Reason = Reason::fail(
    "wrong-target",
    Text::new("The record leads somewhere else.", "L’enregistrement mène ailleurs."),
    Text::new("Replace the record.", "Remplacez l’enregistrement."),
);
pub(crate) const NOT_A_CNAME: Reason = Reason::fail(
    "not-a-cname",
    Text::new(
        "The name has addresses of its own, and they are not those of the cloud: a proxied or hand-made record, which Intune does not support.",
        "Le nom a ses propres adresses, qui ne sont pas celles du cloud : un enregistrement relayé ou fait à la main, qu’Intune ne prend pas en charge.",
    ),
    Text::new(
        "Replace the address records with the CNAME.",
        "Remplacez les enregistrements d’adresses par le CNAME.",
    ),
);
pub(crate) const DANGLING: Reason = Reason::fail(
    "dangling",
    Text::new(
        "The record leads to a name that has no address.",
        "L’enregistrement mène à un nom sans adresse.",
    ),
    Text::new("Replace the target with a name that exists.", "Remplacez la cible par un nom qui existe."),
);
pub(crate) const PROPAGATING: Reason = Reason::warn(
    "propagating",
    Text::new(
        "The zone's own servers already give the right answer; a resolver still keeps the old one.",
        "Les serveurs de la zone donnent déjà la bonne réponse ; un résolveur garde encore l’ancienne.",
    ),
    Text::new(
        "Wait until the cached record has expired.",
        "Attendez l’expiration de l’enregistrement en cache.",
    ),
);
pub(crate) const FLATTENED: Reason = Reason::warn(
    "flattened",
    Text::new(
        "The name answers with the target's own addresses (ALIAS, CNAME flattening): devices see no difference, until the addresses change.",
        "Le nom répond avec les adresses de la cible (ALIAS, aplatissement de CNAME) : les appareils ne voient pas de différence, tant que les adresses ne changent pas.",
    ),
    Text::new(
        "Enter a plain CNAME (on a content network: DNS only, not proxied).",
        "Saisissez un simple CNAME (sur un réseau de diffusion : DNS seul, non relayé).",
    ),
);
pub(crate) const PROVIDER_MANAGED: Reason = Reason::skip(
    "provider-managed",
    Text::new(
        "Microsoft runs this domain; its records are not the administrator's.",
        "Microsoft gère ce domaine ; ses enregistrements ne relèvent pas de l’administrateur.",
    ),
);
pub(crate) const LOOKUP_FAILED: Reason = Reason::unknown(
    "lookup-failed",
    Text::new(
        "No resolver could say what the record is; that is not the same as missing.",
        "Aucun résolveur n’a pu dire ce qu’est l’enregistrement ; ce n’est pas la même chose qu’absent.",
    ),
    Text::new(
        "Check the resolvers of this machine and the zone's name servers, or name other resolvers with --resolver.",
        "Vérifiez les résolveurs de cette machine et les serveurs de noms de la zone, ou désignez d’autres résolveurs avec --resolver.",
    ),
);
