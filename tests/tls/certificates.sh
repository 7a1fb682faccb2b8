#!/bin/sh
# Makes the certificates of tests/tls.rs in the current folder: NAME.pem and NAME.key.
set -eu

# authority NAME SUBJECT ISSUER [EXTENSIONS]
authority() {
  openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"
  openssl req -new -key "$1.key" -subj "$2" -out request.csr
  printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n%b' "${4:-}" > extensions
  sign "$1" "$3" 3650 sha256
}

# leaf NAME ISSUER EXTENSIONS [DAYS] [KEY] [DIGEST]
leaf() {
  case "${5:-ec}" in
    ec) openssl ecparam -genkey -name prime256v1 -noout -out "$1.key" ;;
    rsa*) openssl genrsa -out "$1.key" "${5#rsa}" ;;
  esac
  openssl req -new -key "$1.key" -subj "/CN=$1.test" -out request.csr
  printf 'basicConstraints=CA:FALSE\n%b' "$3" > extensions
  sign "$1" "$2" "${4:-365}" "${6:-sha256}"
}

sign() {
  if [ "$2" = itself ]; then set -- "$1" "$2" "$3" "$4" -signkey "$1.key"
  else set -- "$1" "$2" "$3" "$4" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial; fi
  out=$1 days=$3 digest=$4
  shift 4
  openssl x509 -req -in request.csr "$@" -days "$days" "-$digest" -extfile extensions -out "$out.pem"
}

# dated NAME FROM UNTIL: a leaf of the intermediate with these dates
dated() {
  openssl ecparam -genkey -name prime256v1 -noout -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1.test" -addext "subjectAltName=DNS:$1.test" -out request.csr
  openssl ca -batch -notext -config ca.cnf -cert intermediate.pem -keyfile intermediate.key -in request.csr -startdate "$2" -enddate "$3" -out "$1.pem"
}

usage='extendedKeyUsage=serverAuth\n'
authority root '/O=Lab/CN=Lab Public Root' itself
authority intermediate '/O=Lab/CN=Lab Intermediate' root
authority enterprise '/O=Contoso/CN=Contoso Root' itself
authority stranger '/O=Nobody/CN=Nobody Root' itself
authority stranger-issuing '/O=Nobody/CN=Nobody Issuing' stranger
authority constrained '/O=Lab/CN=Constrained Authority' root 'nameConstraints=critical,permitted;DNS:example.org\n'

leaf good intermediate "subjectAltName=DNS:good.test,DNS:several.test,DNS:required.test,DNS:noems.test\n$usage"
leaf missing intermediate "subjectAltName=DNS:missing.test\n${usage}authorityInfoAccess=caIssuers;URI:http://aia.test:$1/intermediate.cer\n"
leaf enterprised enterprise "subjectAltName=DNS:enterprised.test\n$usage"
leaf strange stranger-issuing "subjectAltName=DNS:strange.test\n$usage"
leaf itself itself "subjectAltName=DNS:itself.test\n$usage"
leaf other intermediate "subjectAltName=DNS:elsewhere.example.com\n$usage"
leaf nameless intermediate "$usage"
leaf client intermediate 'subjectAltName=DNS:client.test\nextendedKeyUsage=clientAuth\n'
leaf outside constrained "subjectAltName=DNS:outside.test\n$usage"
leaf below good "subjectAltName=DNS:below.test\n$usage"
leaf short intermediate "subjectAltName=DNS:short.test\n$usage" 365 rsa1024
leaf sha1 intermediate "subjectAltName=DNS:sha1.test\n$usage" 365 ec sha1
leaf rsa intermediate "subjectAltName=DNS:legacy.test,DNS:enabled.test\n$usage" 365 rsa2048

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
copy_extensions = copy
[any]
commonName = supplied
X
: > index.txt
echo 1000 > serial
dated expired 20240101000000Z 20250101000000Z
day() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
dated soon "$(day '80 days ago')" "$(day '20 days')"
dated verysoon "$(day '80 days ago')" "$(day '3 days')"
dated future 20900101000000Z 20910101000000Z
openssl x509 -in intermediate.pem -outform der -out intermediate.cer
