#!/bin/sh
# Makes the answers of tests/scep.rs in the current folder: bags of certificates as an NDES server has them.
set -eu

authority_extensions='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
key() { openssl genrsa -out "$1.key" 2048; }
day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

cat > ca.cnf <<X
[ca]
default_ca = lab
[lab]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
X
: > index.txt
echo 1000 > serial

# sign NAME SUBJECT ISSUER FROM UNTIL EXTENSIONS [more arguments of openssl ca]
sign() {
  name=$1 subject=$2 issuer=$3 from=$4 until=$5
  printf '%b' "$6" > extensions
  shift 6
  [ -f "$name.key" ] || key "$name"
  openssl req -new -key "$name.key" -subj "$subject" -out request.csr
  if [ "$issuer" = itself ]; then set -- "$@" -selfsign -keyfile "$name.key"
  else set -- "$@" -cert "$issuer.pem" -keyfile "$issuer.key"; fi
  openssl ca -batch -notext -config ca.cnf -in request.csr -extfile extensions -startdate "$(day "$from")" -enddate "$(day "$until")" -out "$name.pem" "$@"
}

# bag NAME CERTIFICATE...: degenerate PKCS#7 in DER
bag() {
  out=$1
  shift
  files=''
  for certificate in "$@"; do files="$files -certfile $certificate.pem"; done
  # shellcheck disable=SC2086
  openssl crl2pkcs7 -nocrl $files -outform DER -out "$out"
}

agent='extendedKeyUsage=1.3.6.1.4.1.311.20.2.1\nkeyUsage=digitalSignature\n'
cipher='extendedKeyUsage=1.3.6.1.4.1.311.20.2.1\nkeyUsage=keyEncipherment\n'

sign root /CN=Contoso\ Root itself '400 days ago' '3650 days' "$authority_extensions"
sign ca /CN=Contoso\ Issuing root '300 days ago' '1800 days' "$authority_extensions"
for kind in agent cipher; do
  eval "extensions=\$$kind"
  sign "$kind" "/CN=NDES01-MSCEP-RA" ca '30 days ago' '700 days' "$extensions"
done
sign expired "/CN=NDES01-MSCEP-RA" ca '760 days ago' '30 days ago' "$agent"
sign soon "/CN=NDES01-MSCEP-RA" ca '710 days ago' '20 days' "$agent"
sign verysoon "/CN=NDES01-MSCEP-RA" ca '710 days ago' '3 days' "$agent"
bag bag.der root ca agent cipher
bag no-root.der ca agent cipher
bag ca-only.der root ca
bag expired-ra.der root ca expired cipher
bag soon-ra.der root ca soon cipher
bag verysoon-ra.der root ca verysoon cipher
openssl crl2pkcs7 -nocrl -certfile root.pem -certfile ca.pem -certfile agent.pem -certfile cipher.pem -out bag.pem
openssl x509 -in root.pem -outform DER -out ca.der
for name in root ca; do
  for digest in sha1 sha256; do
    openssl x509 -in "$name.pem" -noout -fingerprint "-$digest" | sed 's/.*=//' > "$name.$digest"
  done
done

# The same authority's name with a new key, and the old registration authority.
sign again /CN=Contoso\ Issuing root '1 days ago' '1800 days' "$authority_extensions"
bag renewed.der root again agent cipher
# Authorities near their end, each with a registration authority of its own.
dying() {
  sign "$1" "/CN=Contoso $1" itself '900 days ago' "$2" "$authority_extensions" $3
  sign "$1-ra" "/CN=NDES01-MSCEP-RA" "$1" '30 days ago' '700 days' "$agent"
  bag "$1.der" "$1" "$1-ra"
}
dying expired-ca '10 days ago' ''
dying soon-ca '20 days' ''
dying sha1 '1800 days' '-md sha1'
dying pss '1800 days' '-sigopt rsa_padding_mode:pss'

# Indefinite lengths, as some servers send them.
openssl cms -sign -in root.sha1 -signer agent.pem -inkey agent.key -certfile bag.certs -stream -outform DER -nodetach -out bag.ber 2>/dev/null ||
  { cat root.pem ca.pem cipher.pem > bag.certs
    openssl cms -sign -in root.sha1 -signer agent.pem -inkey agent.key -certfile bag.certs -stream -outform DER -nodetach -out bag.ber; }
