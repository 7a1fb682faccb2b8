//! The record to paste.

use crate::alias::appraisal::Context;
use crate::remedy::Remedy;
use crate::say;
use crate::text::Text;

/// The TTL that Microsoft's table gives, in seconds.
pub(crate) const TTL: u32 = 3600;

impl Context<'_> {
    /// The right record in zone-file form, and as a command of the usual server.
    pub(crate) fn paste(&self, verb: &Verb) -> Remedy {
        let zone = &self.zone;
        let label = self.record.label;
        let owner = match self.domain.name.relative_to(zone) {
            Some(below) => format!("{label}.{below}"),
            None => label.to_owned(),
        };
        let target = self.targets.preferred;
        let line = format!("{owner} {TTL} IN CNAME {target}.");
        let azure = format!(
            "az network dns record-set cname set-record --resource-group RESOURCE-GROUP --zone-name {zone} \
             --record-set-name {owner} --cname {target} --ttl {TTL}"
        );
        let (verb_en, verb_fr) = match verb {
            Verb::Add => ("add the record", "ajoutez l’enregistrement"),
            Verb::Replace => ("replace the record with", "remplacez l’enregistrement par"),
            Verb::AddInternally => (
                "as the internal servers hold it, add the record",
                "telle que la tiennent les serveurs internes, ajoutez l’enregistrement",
            ),
        };
        let prose =
            say!(en: "In the DNS zone {zone}, {verb_en}:", fr: "Dans la zone DNS {zone}, {verb_fr} :");
        let remedy = Remedy::from(prose).copy(line);
        match verb {
            // Internal copies are nearly always Active Directory's.
            Verb::AddInternally => {
                let windows = format!(
                    "Add-DnsServerResourceRecordCName -ZoneName {zone} -Name {owner} -HostNameAlias {target}."
                );
                remedy.or(Text::new("Windows DNS, PowerShell:", "DNS Windows, PowerShell :"), windows)
            }
            Verb::Add | Verb::Replace => remedy.or(Text::new("Azure DNS:", "Azure DNS :"), azure),
        }
    }
}

pub(crate) enum Verb {
    Add,
    Replace,
    AddInternally,
}
