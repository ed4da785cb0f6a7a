"""The keys and certificates of the corpus, made with real tools for a partner, an operator and a stranger."""

import ssl
import subprocess
import tempfile
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from cryptography import x509

from onboarding.pki.keys import spki_fingerprint
from onboarding.pki.validation.certificates import CandidateRequest

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PASSWORD = "changeit-changeit"
SUBJECT = (
    "/C=FR/ST=Île-de-France/L=Saint-Ouen/O=Flottes et Cie/OU=Programs Partners"
    "/CN=MZP128745/emailAddress=it@flottes.example"
)
# The operator's configuration in its own layout: prompts instead of values, and one default value.
RECIPE = """
[ req ]
default_bits = 2048
distinguished_name = names
[ names ]
countryName = Country, two letters
stateOrProvinceName = State or province
localityName = City
organizationName = Company
organizationalUnitName = Unit
organizationalUnitName_default = Programs Partners
commonName = Login
emailAddress = E-mail address
"""
AUTHORITY = """
[ ca ]
default_ca = here
[ here ]
new_certs_dir = .
database = index.txt
rand_serial = yes
unique_subject = no
default_md = sha256
email_in_dn = yes
policy = any
x509_extensions = client
string_mask = utf8only
[ any ]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
[ authority ]
basicConstraints = critical,CA:TRUE
[ client ]
basicConstraints = CA:FALSE
extendedKeyUsage = clientAuth
[ server ]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
[ bare ]
[ agreeing ]
keyUsage = critical,keyAgreement
[ enciphering ]
keyUsage = critical,keyEncipherment
"""


class Workshop:
    """Keys, requests and certificates by name, each made once by openssl."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "recipe.cnf").write_text(RECIPE)
        (folder / "ca.cnf").write_text(AUTHORITY)
        (folder / "index.txt").touch()

    def run(self, *command, given=b""):
        done = subprocess.run(command, cwd=self.folder, input=given, capture_output=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def openssl(self, *arguments, given=b""):
        return self.run("openssl", *arguments, given=given)

    def path(self, name):
        return self.folder / name

    def key(self, name, *how):
        file = self.path(f"{name}.key")
        if not file.exists():
            how = how or ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
            self.openssl("genpkey", *how, "-out", file.name)
        return file

    def csr(self, name, key="partner", subject=SUBJECT, *options):
        file = self.path(f"{name}.csr")
        if not file.exists():
            self.key(key)
            options = options or ("-utf8",)
            subject = ("-subj", subject) if subject else ()
            self.openssl(
                "req", "-new", "-key", f"{key}.key", *subject, *options, "-config", "recipe.cnf", "-out", file.name
            )
        return file.read_bytes()

    def sign(self, name, issuer, csr="request", use="client", begins="20260101", ends="20280101", *options):
        """Return the certificate `name`, as PEM, for the request `csr`. It is a root if `issuer` is its own name."""
        file = self.path(f"{name}.pem")
        if not file.exists():
            dates = ("-startdate", f"{begins}000000Z", "-enddate", f"{ends}000000Z")
            by = ("-selfsign",) if issuer == name else ("-cert", f"{issuer}.pem")
            key = ("-keyfile", f"{issuer}.key")
            self.openssl(
                "ca", "-batch", "-config", "ca.cnf", "-in", f"{csr}.csr", "-notext", "-out", file.name,
                *by, *key, *dates, "-extensions", use, "-utf8", *options,
            )  # fmt: skip
        return file.read_bytes()

    def authority(self, name, issuer=None, organization="Operator", common_name=None, **dates):
        self.csr(name, name, f"/O={organization}/CN={common_name or name}")
        return self.sign(name, issuer or name, name, "authority", **dates)

    @cached_property
    def request(self):
        return self.csr("request")

    @cached_property
    def root(self):
        return self.authority("root", begins="20200101", ends="20400101")

    @cached_property
    def issuing(self):
        assert self.root
        return self.authority("issuing", "root", begins="20200101", ends="20400101")

    @cached_property
    def leaf(self):
        assert self.request
        assert self.issuing
        return self.sign("leaf", "issuing")

    @cached_property
    def authorities(self):
        return self.issuing + self.root

    @cached_property
    def everything(self):
        return self.leaf + self.authorities

    def certificate_for(self, name):
        """Return the certificate for the request `name` and its authorities, as PEM."""
        assert self.csr(name, name)
        assert self.issuing
        return self.sign(name, "issuing", name) + self.authorities

    @cached_property
    def ec_key(self):
        return self.key("ec", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256").read_bytes()

    def cat(self, *files):
        """Return the concatenated contents of files in the folder."""
        return b"".join(self.path(file).read_bytes() for file in files)

    def pkcs7(self, *pems, form="DER"):
        self.path("bundled.pem").write_bytes(b"".join(pems))
        return self.openssl("crl2pkcs7", "-nocrl", "-certfile", "bundled.pem", "-outform", form)

    def pfx(self):
        assert self.leaf
        return self.openssl(
            "pkcs12", "-export", "-inkey", "partner.key", "-in", "leaf.pem", "-passout", f"pass:{PASSWORD}"
        )

    def keytool(self, *arguments):
        return self.run("keytool", *arguments, "-storepass", PASSWORD)

    def keystore(self, kind):
        """Return a Java keystore of type `kind` with a new key, made by keytool."""
        file = self.path(f"keystore.{kind}")
        if not file.exists():
            self.keytool(
                "-genkeypair", "-alias", "partner", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=MZP128745",
                "-storetype", kind, "-keypass", PASSWORD, "-keystore", file.name,
            )  # fmt: skip
        return file.read_bytes()

    def truststore(self):
        file = self.path("truststore.jks")
        if not file.exists():
            assert self.root
            self.keytool(
                "-importcert", "-noprompt", "-alias", "ca", "-file", "root.pem", "-storetype", "JKS",
                "-keystore", file.name,
            )  # fmt: skip
        return file.read_bytes()

    def zip(self, files, *options):
        """Return a zip file with `files` (name to contents), made by zip."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            for name, data in files.items():
                target = Path(folder) / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            subprocess.run(["zip", "-q", "-r", *options, "out.zip", *files], cwd=folder, check=True)
            return (Path(folder) / "out.zip").read_bytes()

    def known(self):
        """Return the requests of the account: the current request, a replaced one, and one of another onboarding."""
        old, foreign = self.csr("old", "old"), self.csr("foreign", "foreign")
        return [
            known(self.request),
            known(old, current=False),
            known(foreign, current=False, usable=False, login="MZP999999"),
        ]


def known(csr_pem, **how):
    csr = x509.load_pem_x509_csr(csr_pem)
    return CandidateRequest(spki_fingerprint(csr.public_key()), csr.subject, **how)


def der(pem):
    """Return the DER of the first certificate in `pem`."""
    return ssl.PEM_cert_to_DER_cert(pem.decode().strip())
