"""Certificate requests as the tools of partners make them, good and bad, each with the verdict of the preflight.

A verdict is "passes" or "refused", then every code with its field, in the order in which they are found.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt, prod

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.pki.corpus_containers import email_message
from tests.pki.corpus_encodings import body
from tests.pki.workshop import PASSWORD, SUBJECT, Workshop

LOGIN = "MZP128745"
GOOD = dict(part.split("=", 1) for part in SUBJECT[1:].split("/"))


@dataclass(frozen=True)
class RequestCase:
    """How to make the request, and the verdict of the preflight for LOGIN."""

    verdict: str
    make: Callable[[Workshop], bytes]


def subj(**changes):
    """Return the good subject with some values changed (None: left out), for the -subj of openssl."""
    return "".join(f"/{name}={value}" for name, value in (GOOD | changes).items() if value is not None)


def by_openssl(subject=SUBJECT, *options, key="partner"):
    """Make a request with the real openssl, in a file named after the arguments."""
    name = "r" + hashlib.sha256(repr((subject, options, key)).encode()).hexdigest()[:16]
    return lambda shop: shop.csr(name, key, subject, *(options or ("-utf8",)))


def by_keytool(dname, *options):
    """Make a request with the real keytool, in files named after the arguments."""
    name = "k" + hashlib.sha256(repr((dname, options)).encode()).hexdigest()[:16]

    def make(shop):
        if not shop.path(f"{name}.csr").exists():
            shop.keytool(
                "-genkeypair", "-alias", "KeyName", "-keyalg", "RSA", "-keysize", "2048", "-dname", dname,
                "-keypass", PASSWORD, "-keystore", f"{name}.jks",
            )  # fmt: skip
            shop.keytool("-certreq", "-alias", "KeyName", "-keystore", f"{name}.jks", "-file", f"{name}.csr", *options)
        return shop.path(f"{name}.csr").read_bytes()

    return make


def by_recipe(*values):
    """Make a request with the operator's own recipe: openssl prompts for each field, and gets `values` line by line."""

    def make(shop):
        shop.openssl(
            "req", "-new", "-config", "recipe.cnf", "-keyout", "asked.key", "-out", "asked.csr",
            "-passout", f"pass:{PASSWORD}", given="\n".join([*values, ""]).encode(),
        )  # fmt: skip
        return shop.path("asked.csr").read_bytes()

    return make


def with_key(numbers):
    """Make a request with the key of (p, q, exponent) from `numbers`."""

    def make(shop):
        p, q, exponent = numbers()
        private = pow(exponent, -1, (p - 1) * (q - 1))
        key = rsa.RSAPrivateNumbers(
            p, q, private, private % (p - 1), private % (q - 1), rsa.rsa_crt_iqmp(p, q),
            rsa.RSAPublicNumbers(exponent, p * q),
        ).private_key(unsafe_skip_rsa_key_validation=True)  # fmt: skip
        name = f"n{p % 10**12}"
        shop.path(f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return by_openssl(key=name)(shop)

    return make


def is_prime(number):
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7))


def next_prime(number):
    number |= 1
    while not is_prime(number):
        number += 2
    return number


def close_primes():
    p = next_prime(isqrt(1 << 2047) + 12345678901234567890)
    return p, next_prime(p + 2), 65537


def roca_primes():
    """Return primes of the form that the faulty generator made."""
    primes = [n for n in range(2, 702) if all(n % d for d in range(2, isqrt(n) + 1))]
    modulus = prod(primes)
    found = []
    for seed in (3, 7):
        residue, factor = pow(65537, seed, modulus), (3 << 1022) // modulus + seed
        while not is_prime(factor * modulus + residue):
            factor += 1
        found.append(factor * modulus + residue)
    return found[0], found[1], 65537


def small_exponent():
    p, q = next_prime(3 << 1022), next_prime((3 << 1022) + (1 << 1000))
    while (p - 1) % 3 == 0:
        p = next_prime(p + 2)
    while (q - 1) % 3 == 0:
        q = next_prime(q + 2)
    return p, q, 3


def flipped_in(marker):
    """Return the good request, with the case of `marker` in its subject changed after signing."""

    def make(shop):
        data = base64.b64decode(body(shop.request))
        return data.replace(marker, marker.swapcase(), 1)

    return make


KEYTOOL_GOOD = (
    f"CN={LOGIN},OU=Programs Partners,O=Flottes,L=Paris,ST=Ile-de-France,C=FR,EMAILADDRESS=it@flottes.example"
)
WITH_PASSWORD = """
[req]
prompt = no
distinguished_name = names
attributes = more
[names]
{names}
[more]
challengePassword = secret1234
"""


def challenged(shop):
    names = "\n".join(f"{name} = {value}" for name, value in GOOD.items())
    shop.path("challenge.cnf").write_text(WITH_PASSWORD.format(names=names))
    shop.key("partner")
    return shop.openssl("req", "-new", "-key", "partner.key", "-config", "challenge.cnf", "-utf8")


def masked(mask):
    """Make a request for the good subject with another string mask of openssl."""

    def make(shop):
        shop.path(f"{mask.replace(':', '')}.cnf").write_text(
            f"[req]\nstring_mask={mask}\ndistinguished_name=names\n[names]\n"
        )
        shop.key("partner")
        config = ["-config", f"{mask.replace(':', '')}.cnf"]
        return shop.openssl("req", "-new", "-key", "partner.key", *config, "-subj", SUBJECT, "-utf8")

    return make


CASES = {
    "good": RequestCase("passes", by_openssl()),
    "good_from_the_recipe": RequestCase(
        "passes", by_recipe("FR", "Kansas", "Paris", "Flottes", "", LOGIN, "it@flottes.example")
    ),
    "recipe_accents_without_utf8": RequestCase(
        "refused double_encoded:organization",
        by_recipe("FR", "Kansas", "Paris", "Société", "", LOGIN, "it@flottes.example"),
    ),
    "recipe_all_left_empty": RequestCase(
        "refused country_missing:country state_missing:state locality_missing:locality "
        "organization_missing:organization email_missing:email cn_missing:common_name",
        by_recipe("", "", "", "", "", "", ""),
    ),
    "good_by_keytool": RequestCase("passes order_differs:", by_keytool(KEYTOOL_GOOD)),
    "keytool_email_instead_of_emailaddress": RequestCase(
        "passes order_differs:", by_keytool(KEYTOOL_GOOD.replace("EMAILADDRESS", "email"))
    ),
    "keytool_as_in_the_quick_start_without_the_bracket": RequestCase(
        "refused placeholder_left:email placeholder_left:organization placeholder_left:common_name "
        "state_missing:state ou_wrong:organizational_unit cn_not_login:common_name order_differs:",
        by_keytool("CN=MZPXXXX,OU=Programs Partner,O=PatrnerName,L=Paris,C=FR,email=it@partner.com"),
    ),
    "keytool_sha1": RequestCase(
        "refused hash_weak: order_differs:", by_keytool(KEYTOOL_GOOD, "-sigalg", "SHA1withRSA")
    ),
    "wrong_unit": RequestCase("refused ou_wrong:organizational_unit", by_openssl(subj(OU="Programs Partner"))),
    "missing_unit": RequestCase("refused ou_missing:organizational_unit", by_openssl(subj(OU=None))),
    "login_of_another": RequestCase("refused cn_not_login:common_name", by_openssl(subj(CN="MZP999999"))),
    "login_in_small_letters": RequestCase("refused cn_not_login:common_name", by_openssl(subj(CN="mzp128745"))),
    "login_with_a_space": RequestCase("refused cn_not_login:common_name", by_openssl(subj(CN="MZP 128745"))),
    "country_in_small_letters": RequestCase("refused country_unknown:country", by_openssl(subj(C="fr"))),
    "unknown_country_code": RequestCase("refused country_unknown:country", by_openssl(subj(C="ZZ"))),
    "no_country": RequestCase("refused country_missing:country", by_openssl(subj(C=None))),
    "no_state": RequestCase("refused state_missing:state", by_openssl(subj(ST=None))),
    "no_city": RequestCase("refused locality_missing:locality", by_openssl(subj(L=None))),
    "no_company": RequestCase("refused organization_missing:organization", by_openssl(subj(O=None))),
    "no_email": RequestCase("refused email_missing:email", by_openssl(subj(emailAddress=None))),
    "email_malformed": RequestCase("refused email_malformed:email", by_openssl(subj(emailAddress="it.flottes"))),
    "company_too_long": RequestCase(
        "refused value_too_long:organization order_differs:", by_keytool(KEYTOOL_GOOD.replace("Flottes", "F" * 65))
    ),
    "hidden_character": RequestCase(
        "refused value_control_character:organization", by_openssl(subj(O="Flottes\u200b et Cie"))
    ),
    "spaces_around": RequestCase("passes spaces_around:organization", by_openssl(subj(O=" Flottes "))),
    "double_encoded": RequestCase(
        "refused double_encoded:state double_encoded:organization", by_openssl(subj(O="Société"), "-batch")
    ),
    "accents_replaced_by_question_marks": RequestCase(
        "passes accents_lost:organization", by_openssl(subj(O="Soci?t?"))
    ),
    "openssl_defaults_left": RequestCase(
        "refused placeholder_left:state placeholder_left:organization",
        by_openssl(subj(ST="Some-State", O="Internet Widgits Pty Ltd")),
    ),
    "unit_twice": RequestCase(
        "refused attribute_repeated:organizational_unit", by_openssl(subj(OU="Programs Partners/OU=Fleet"))
    ),
    "joined_by_a_plus": RequestCase(
        "passes attributes_joined:", by_openssl(subj(O="Flottes+OU=Programs Partners", OU=None))
    ),
    "extra_attribute": RequestCase("passes attribute_extra:2.5.4.5", by_openssl(subj() + "/serialNumber=4711")),
    "another_order": RequestCase(
        "passes order_differs:", by_openssl("/" + "/".join(f"{name}={GOOD[name]}" for name in reversed(GOOD)))
    ),
    "wide_strings": RequestCase("passes string_type_odd:state", masked("MASK:0x802")),
    "latin_strings": RequestCase("refused string_type_wrong:state", masked("nombstr")),
    "challenge_password": RequestCase("passes challenge_password:", challenged),
    "extensions_asked": RequestCase(
        "passes extensions_asked:", by_openssl(SUBJECT, "-utf8", "-addext", "subjectAltName=DNS:flottes.example")
    ),
    "sha1": RequestCase("refused hash_weak:", by_openssl(SUBJECT, "-utf8", "-sha1")),
    "md5": RequestCase("refused hash_weak:", by_openssl(SUBJECT, "-utf8", "-md5")),
    "pss": RequestCase("passes", by_openssl(SUBJECT, "-utf8", "-sigopt", "rsa_padding_mode:pss")),
    "key_of_1024_bits": RequestCase("refused key_weak:", lambda shop: short_key(shop, 1024)),
    "key_with_close_primes": RequestCase("refused key_weak:", with_key(close_primes)),
    "key_of_the_faulty_chip": RequestCase("refused key_weak:", with_key(roca_primes)),
    "key_with_a_small_exponent": RequestCase("refused key_weak:", with_key(small_exponent)),
    "elliptic_key": RequestCase("refused key_type:", lambda shop: shop.ec_key and by_openssl(key="ec")(shop)),
    "ed25519_key": RequestCase(
        "refused key_type:", lambda shop: shop.key("ed", "-algorithm", "ED25519") and by_openssl(key="ed")(shop)
    ),
    "altered": RequestCase("refused csr_signature_bad: request_converted:", flipped_in(b"Flottes")),
    "der": RequestCase("passes request_converted:", lambda shop: base64.b64decode(body(shop.request))),
    "crlf_and_byte_order_mark": RequestCase(
        "passes request_repaired:", lambda shop: b"\xef\xbb\xbf" + shop.request.replace(b"\n", b"\r\n")
    ),
    "utf16": RequestCase("passes request_repaired:", lambda shop: shop.request.decode().encode("utf-16")),
    "quoted": RequestCase("passes", lambda shop: b"> " + shop.request.replace(b"\n", b"\n> ")),
    "base64_alone": RequestCase("passes", lambda shop: body(shop.request)),
    "new_label": RequestCase("passes", lambda shop: shop.request.replace(b"CERTIFICATE REQ", b"NEW CERTIFICATE REQ")),
    "with_text": RequestCase("passes", lambda shop: shop.openssl("req", "-text", given=shop.request)),
    "in_a_zip": RequestCase("passes", lambda shop: shop.zip({"r.csr": shop.request})),
    "in_an_email": RequestCase(
        "passes", lambda shop: email_message(("r.csr", shop.request, "application/pkcs10")).as_bytes()
    ),
    "cut_short": RequestCase("refused request_cut_short:", lambda shop: shop.request[:500]),
    "two_requests": RequestCase("refused several_requests:", lambda shop: shop.request + shop.csr("old", "old")),
    "the_same_twice": RequestCase("passes", lambda shop: shop.request + shop.request),
    "private_key": RequestCase("refused private_key_uploaded:", lambda shop: shop.key("partner").read_bytes()),
    "key_and_request": RequestCase(
        "refused private_key_uploaded:", lambda shop: shop.request + shop.key("partner").read_bytes()
    ),
    "keystore": RequestCase("refused pfx_uploaded:", lambda shop: shop.pfx()),
    "certificate": RequestCase("refused certificate_not_request:", lambda shop: shop.leaf),
    "public_key": RequestCase(
        "refused not_a_request:", lambda shop: shop.openssl("pkey", "-pubout", "-in", str(shop.key("partner")))
    ),
    "web_page": RequestCase("refused not_a_request:", lambda shop: b"<!DOCTYPE html><html></html>"),
    "text": RequestCase("refused not_a_request:", lambda shop: b"my request"),
    "empty": RequestCase("refused file_empty:", lambda shop: b""),
}


def short_key(shop, bits):
    shop.key(f"short{bits}", "-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")
    return by_openssl(key=f"short{bits}")(shop)
