//! The company's name has no character that once stopped enrollment.

use facts::{Facts, Unknown};

use crate::check::{Check, Judge, Outcome, Reason, Reference};
use crate::realm::{self, Answered};
use crate::say;
use crate::subject::Domain;
use crate::text::{Message, Text, listed};

pub static CHECK: Check = Check {
    id: "discovery.company-name",
    title: Text::new(
        "The company's name has no special characters",
        "Le nom de l’entreprise est sans caractères spéciaux",
    ),
    why: Text::new(
        "Microsoft's troubleshooting article says that policies cannot be created and devices cannot be enrolled while the \
         company's name holds special characters. It does not say which; the condition is old, and most tenants never meet it.",
        "L’article de dépannage de Microsoft dit qu’on ne peut ni créer de stratégies ni inscrire d’appareils tant que le nom de \
         l’entreprise contient des caractères spéciaux. Il ne dit pas lesquels ; la condition est ancienne et rare.",
    ),
    affects: Text::new("every device of the tenant", "tous les appareils du client"),
    reasons: &[OK, SPECIAL_CHARACTERS, NOT_PUBLISHED, UNREACHABLE],
    references: &[TROUBLESHOOT],
    symptoms: &[Text::new(
        "Policies cannot be created, or devices cannot be enrolled, without a reason given.",
        "Impossible de créer des stratégies ou d’inscrire des appareils, sans raison affichée.",
    )],
    judge: Judge::EachDomain(|domain, facts| Box::pin(judge(domain, facts))),
};

const TROUBLESHOOT: Reference = Reference {
    title: Text::new(
        "Troubleshoot device enrollment in Intune",
        "Résoudre les problèmes d’inscription dans Intune",
    ),
    url: "https://learn.microsoft.com/troubleshoot/mem/intune/device-enrollment/troubleshoot-device-enrollment-in-intune",
};

const OK: Reason = Reason::pass("ok", Text::new("The name is plain.", "Le nom est simple."));
const SPECIAL_CHARACTERS: Reason = Reason::warn(
    "special-characters",
    Text::new(
        "The company's name holds special characters.",
        "Le nom de l’entreprise contient des caractères spéciaux.",
    ),
    Text::new(
        "If enrollment fails without a reason, take them out of the name in the Microsoft 365 admin center (Settings > Org settings > Organization profile).",
        "Si l’inscription échoue sans raison, retirez-les du nom dans le centre d’administration Microsoft 365 (Paramètres > Paramètres de l’organisation > Profil de l’organisation).",
    ),
);
const NOT_PUBLISHED: Reason = Reason::skip(
    "not-published",
    Text::new(
        "The cloud does not publish the company's name for this domain.",
        "Le cloud ne publie pas le nom de l’entreprise pour ce domaine.",
    ),
);
const UNREACHABLE: Reason = Reason::unknown(
    "unreachable",
    Text::new("The cloud could not be asked.", "Le cloud n’a pas pu être interrogé."),
    Text::new("Look at discovery.realm for the cause.", "Voyez discovery.realm pour la cause."),
);

async fn judge(domain: &Domain, facts: &Facts) -> Result<Outcome, Unknown> {
    let realm = match realm::ask(domain, facts).await? {
        Answered::Realm(realm) => realm,
        Answered::Unexpected(Message { en, fr }) | Answered::Unreachable(Message { en, fr }) => {
            return Ok(UNREACHABLE.because(say!(en: "{en}.", fr: "{fr}.")));
        }
        Answered::Throttled(_) => {
            return Ok(UNREACHABLE.because(say!(
                en: "The sign-in host asks for patience.",
                fr: "L’hôte de connexion demande de patienter."
            )));
        }
    };
    // A federated domain publishes the name of its federation, which is another name.
    let published = realm.federation_brand_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let Some(company) = published.filter(|_| realm.is("Managed")) else {
        let name = &domain.name;
        return Ok(NOT_PUBLISHED.because(say!(
            en: "The cloud does not publish the company's name for {name}.",
            fr: "Le cloud ne publie pas le nom de l’entreprise pour {name}."
        )));
    };
    let special = special_characters(company);
    let outcome = if special.is_empty() {
        OK.because(say!(
            en: "The company's name is {company}.",
            fr: "Le nom de l’entreprise est {company}."
        ))
    } else {
        let shown: Vec<String> = special.iter().map(|c| format!("{c:?}")).collect();
        let Message { en, fr } = listed(&shown);
        SPECIAL_CHARACTERS.because(say!(
            en: "The company's name, {company}, holds {en}.",
            fr: "Le nom de l’entreprise, {company}, contient {fr}."
        ))
    };
    Ok(outcome.evidence("company_name", company))
}

/// Characters that are neither letters of any script, digits, spaces nor the punctuation of ordinary names.
fn special_characters(name: &str) -> Vec<char> {
    let ordinary = |c: char| c.is_alphanumeric() || c == ' ' || ".,-'’()".contains(c);
    // Combining marks belong to the letters before them.
    let mark = |c: char| matches!(c, '\u{300}'..='\u{36f}');
    let mut special: Vec<char> = name.chars().filter(|c| !ordinary(*c) && !mark(*c)).collect();
    special.sort_unstable();
    special.dedup();
    special
}

#[cfg(test)]
mod tests {
    use super::special_characters;

    #[test]
    fn ordinary_names_of_any_language_are_plain() {
        for name in [
            "Contoso",
            "Société Générale d’Études",
            "Müller-Lüdenscheidt (Holding), Inc.",
            "株式会社コントソ",
        ] {
            assert!(special_characters(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn the_characters_are_named() {
        assert_eq!(special_characters("Contoso & Co. <test>"), ['&', '<', '>']);
        assert_eq!(special_characters("Contoso™"), ['™']);
    }
}
