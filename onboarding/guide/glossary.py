"""The glossary: twenty terms, each explained in one or two sentences, and the steps on which they first appear."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from onboarding.workflow.next_step import Step


@dataclass(frozen=True)
class Term:
    """A term of the glossary. `slug` is the fragment of its address, `step` the first step that uses it."""

    slug: str
    name: str | Promise
    meaning: str | Promise
    step: Step


TERMS = (
    Term(
        "mzp-login",
        _("MZP login"),
        _("The login that Stellantis gives your company for the fleet API. It usually looks like MZP123456."),
        Step.LOGIN,
    ),
    Term(
        "fleet-api",
        _("Fleet API"),
        _("The interface from which your server reads the data of your vehicles."),
        Step.LOGIN,
    ),
    Term(
        "common-name",
        _("Common name (CN)"),
        _("The name of the holder of a certificate. For the fleet API, it is your MZP login."),
        Step.COMPANY,
    ),
    Term(
        "organizational-unit",
        _("Organizational unit (OU)"),
        _("A part of the request. Stellantis prescribes its value: Programs Partners."),
        Step.COMPANY,
    ),
    Term(
        "private-key",
        _("Private key"),
        _("A secret file that proves who your server is. Never send it to anyone."),
        Step.KEY,
    ),
    Term(
        "public-key",
        _("Public key"),
        _("The other half of a private key. It is not secret. Your request and your certificate contain it."),
        Step.KEY,
    ),
    Term(
        "passphrase",
        _("Passphrase"),
        _("The secret words that encrypt your private key. Only you know them."),
        Step.KEY,
    ),
    Term(
        "csr",
        _("Certificate signing request (CSR)"),
        _("A file that asks an authority to confirm your public key and your company. It contains no secret."),
        Step.KEY,
    ),
    Term(
        "certificate",
        _("Certificate"),
        _("A file in which an authority confirms that a public key belongs to your company."),
        Step.REQUEST,
    ),
    Term(
        "ca",
        _("Certificate authority (CA)"),
        _("An organization that signs certificates. Stellantis has its own."),
        Step.REQUEST,
    ),
    Term(
        "pem",
        _("PEM file"),
        _("A text file with a key, a request or a certificate. Its first line contains the word BEGIN."),
        Step.REQUEST,
    ),
    Term(
        "client-id",
        _("Client ID"),
        _("The identifier of your application at Stellantis. You get it in the email with your certificate."),
        Step.CERTIFICATE,
    ),
    Term(
        "ca-certificate",
        _("CA certificate"),
        _("The certificate of an authority. Your server uses it to recognize the gateway."),
        Step.CERTIFICATE,
    ),
    Term(
        "chain",
        _("Certificate chain"),
        _("Your certificate and the CA certificates above it, up to the root certificate."),
        Step.CERTIFICATE,
    ),
    Term(
        "fingerprint",
        _("Fingerprint"),
        _("A number that is different for each certificate. Compare it to recognize a certificate."),
        Step.CERTIFICATE,
    ),
    Term(
        "gateway",
        _("Gateway"),
        _("The server of Stellantis that answers the requests of your server."),
        Step.TEST,
    ),
    Term(
        "mutual-tls",
        _("Mutual TLS (mTLS)"),
        _("An encrypted connection on which both sides show a certificate."),
        Step.TEST,
    ),
    Term(
        "basic-authentication",
        _("Basic authentication"),
        _("The way in which your server sends its login and password with each request."),
        Step.TEST,
    ),
    Term(
        "proxy",
        _("Proxy"),
        _("A server of your company that passes connections on to the internet."),
        Step.TEST,
    ),
    Term(
        "pkcs12",
        _("PKCS#12 file"),
        _("One file with a private key and its certificates. Its name ends in .p12 or .pfx."),
        Step.DONE,
    ),
)


def terms_of(step: Step) -> list[Term]:
    """Return the terms that first appear on the page of a step."""
    return [term for term in TERMS if term.step == step]
