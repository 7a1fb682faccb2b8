//! Commands for the two ends of the trust: AD FS on its primary server, and the cloud.

use facts::Name;

use crate::remedy::Remedy;
use crate::text::{Message, Text};

const ON_ADFS: Text =
    Text::new("PowerShell, on the primary AD FS server:", "PowerShell, sur le serveur AD FS principal :");

/// Takes the primary certificate from AD FS itself, never from the network, and gives it to the cloud.
pub(crate) fn tell_the_cloud(prose: Message, domain: &Name) -> Remedy {
    Remedy::from(prose).or(
        ON_ADFS,
        format!(
            "Connect-MgGraph -Scopes Domain.ReadWrite.All\n\
             $primary = (Get-AdfsCertificate -CertificateType Token-Signing | Where-Object IsPrimary).Certificate\n\
             $federation = Get-MgDomainFederationConfiguration -DomainId {domain}\n\
             Update-MgDomainFederationConfiguration -DomainId {domain} -InternalDomainFederationId $federation.Id \
             -SigningCertificate ([Convert]::ToBase64String($primary.RawData))"
        ),
    )
}

/// Makes AD FS create its next token-signing certificate.
pub(crate) fn renew(prose: Message) -> Remedy {
    Remedy::from(prose).or(
        ON_ADFS,
        "Get-AdfsProperties | Format-List AutoCertificateRollover, CertificateGenerationThreshold, CertificatePromotionThreshold\n\
         Update-AdfsCertificate -CertificateType Token-Signing\n\
         Get-AdfsCertificate -CertificateType Token-Signing | Format-List IsPrimary, Thumbprint, Certificate",
    )
}

/// Switches an endpoint of AD FS on, inside and through the proxy.
pub(crate) fn enable(path: &str) -> Remedy {
    Remedy::from(Text::new(
        "Enable the endpoint and publish it through the proxy; then restart the service on every server of the farm, and on the Web Application Proxy servers.",
        "Activez le point de terminaison et publiez-le par le proxy ; redémarrez ensuite le service sur chaque serveur de la ferme et sur les serveurs Web Application Proxy.",
    ))
    .or(
        ON_ADFS,
        format!(
            "Enable-AdfsEndpoint -TargetAddressPath {path}\n\
             Set-AdfsEndpoint -TargetAddressPath {path} -Proxy $true\n\
             Restart-Service adfssrv"
        ),
    )
}
