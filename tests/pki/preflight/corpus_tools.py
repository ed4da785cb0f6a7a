"""Requests of many tools: read from `requests/`, made by openssl and keytool, or built as Windows writes them.

A verdict is "passes" or "refused", then every code with its field and variant, in order, then the tool that made the
request, as far as the corrected command depends on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.pki.preflight.builder import (
    BMP,
    EXTENSION_REQUEST,
    GOOD,
    IA5,
    PRINTABLE,
    RSA_PSS,
    TELETEX,
    UNIVERSAL,
    UTF8,
    changed,
    cmc,
    der,
    extension,
    name,
    pem,
    pss_parameters,
    public_key,
    renewal,
    request,
    request_attribute,
    signed_data,
    windows_attributes,
    windows_pem,
)  # fmt: skip
from tests.pki.preflight.corpus_requests import by_openssl, subj
from tests.pki.workshop import SUBJECT, Workshop
from tests.pki.workshop import der as workshop_der

FOLDER = Path(__file__).parent / "requests"


@dataclass(frozen=True)
class ToolCase:
    """How to make the request, the verdict of the preflight, and the tool of the correction."""

    verdict: str
    make: Callable[[Workshop], bytes]
    tool: str = "openssl"


def stored(file):
    return lambda shop: (FOLDER / f"{file}.csr").read_bytes()


def built(*arguments, **options):
    return lambda shop: pem(request(*arguments, **options))


def windows(*arguments, **options):
    return lambda shop: windows_pem(request(*arguments, **{"attributes": windows_attributes()} | options))


def by_openssl_config(text, *options):
    """Make a request with a configuration file of openssl."""

    def make(shop):
        path = shop.path("tool.cnf")
        path.write_text(text)
        shop.key("partner")
        return shop.openssl("req", "-new", "-key", "partner.key", "-config", path.name, *options)

    return make


NAMES = (
    "[req]\nprompt = no\ndistinguished_name = names\n{req}\n[names]\nC = FR\nST = Ile-de-France\nL = Saint-Ouen\n"
    "O = Flottes et Cie\nOU = Programs Partners\nCN = MZP128745\nemailAddress = it@flottes.example\n"
)
ODD = "string_type_odd"
ASKS = "extensions_asked:"
DIFFERS = "order_differs:"
SAN = request_attribute(
    EXTENSION_REQUEST,
    der(0x30, extension("2.5.29.17", der(0x30, der(0x81, b"it@flottes.example")))),
)

LIBRARIES = {
    "botan": ToolCase(
        "refused state_missing:state locality_missing:locality ou_missing:organizational_unit "
        f"email_missing:email:in_san {DIFFERS} {ASKS}",
        stored("botan"),
    ),
    "bouncycastle": ToolCase("passes", stored("bouncycastle_string")),
    "bouncycastle_reversed": ToolCase(f"passes {DIFFERS}", stored("bouncycastle_reversed")),
    "bouncycastle_multi_valued": ToolCase("passes attributes_joined:", stored("bouncycastle_multi_valued")),
    "cfssl": ToolCase(f"refused email_missing:email {ASKS}", stored("cfssl")),
    "cfssl_defaults": ToolCase(
        "refused placeholder_left:common_name organization_missing:organization ou_missing:organizational_unit "
        f"email_missing:email cn_not_login:common_name {ASKS}",
        stored("cfssl_defaults"),
    ),
    "forge": ToolCase("refused string_type_wrong:email", stored("forge")),
    "forge_accents": ToolCase(
        "refused string_type_wrong:organization string_type_wrong:email", stored("forge_accents")
    ),
    "forge_utf8": ToolCase(f"passes {ODD}:country {ODD}:email", stored("forge_utf8")),
    "forge_utf8_twice": ToolCase(
        f"refused {ODD}:country double_encoded:organization {ODD}:email", stored("forge_utf8_twice")
    ),
    "forge_example": ToolCase(
        "refused placeholder_left:common_name placeholder_left:organization ou_wrong:organizational_unit "
        f"email_missing:email cn_not_login:common_name {DIFFERS} challenge_password: {ASKS}",
        stored("forge_example"),
    ),
    "gnutls": ToolCase(f"refused email_missing:email {ASKS}", stored("gnutls")),
    "gnutls_example_template": ToolCase(
        "refused placeholder_left:organization placeholder_left:common_name locality_missing:locality "
        f"ou_wrong:organizational_unit email_missing:email:in_san cn_not_login:common_name challenge_password: {ASKS}",
        stored("gnutls_example_template"),
    ),
    "go_email_in_san": ToolCase(f"refused email_missing:email:in_san {ASKS}", stored("go_email_in_san")),
    "go_extra_names": ToolCase(f"passes {ODD}:email", stored("go_extra_names")),
    "go_ia5": ToolCase("passes", stored("go_ia5")),
    "go_two_organizations": ToolCase(
        "refused attribute_repeated:organization attributes_joined:", stored("go_two_organizations")
    ),
    "jsrsasign": ToolCase(f"passes {ODD}:email", stored("jsrsasign")),
    "nss_certutil": ToolCase("passes", stored("nss_certutil")),
    "nss_certutil_wrong_way": ToolCase(f"passes {DIFFERS} {ASKS}", stored("nss_certutil_wrong_way")),
}

KEYTOOL = {
    **{
        f"keytool{version}_all_defaults": ToolCase(
            "refused placeholder_left:country placeholder_left:state placeholder_left:locality "
            "placeholder_left:organization ou_wrong:organizational_unit placeholder_left:common_name "
            "email_missing:email cn_not_login:common_name",
            stored(f"keytool{version}_all_defaults"),
            "keytool",
        )
        for version in (17, 25)
    },
    **{
        f"keytool{version}_pss_key": ToolCase(
            f"refused key_type::pss {DIFFERS}", stored(f"keytool{version}_pss_key"), "keytool"
        )
        for version in (17, 25)
    },
    **{
        f"keytool{version}_unknown_{field}": ToolCase(
            f"refused placeholder_left:{field} {DIFFERS}", stored(f"keytool{version}_unknown_{field}"), "keytool"
        )
        for version, field in ((17, "organization"), (17, "locality"), (25, "state"))
    },
    "keytool_email_in_san": ToolCase(
        f"refused email_missing:email:in_san {ASKS}", stored("keytool25_email_in_san"), "keytool"
    ),
    "keytool_s_instead_of_st": ToolCase(f"passes {DIFFERS}", stored("keytool17_s_instead_of_st"), "keytool"),
}

OPENSSL = {
    "openssl_mask_default": ToolCase("passes", by_openssl_config(NAMES.format(req="string_mask = default"))),
    "openssl_mask_pkix": ToolCase("passes", by_openssl_config(NAMES.format(req="string_mask = pkix"))),
    "openssl_mask_nombstr": ToolCase("passes", by_openssl_config(NAMES.format(req="string_mask = nombstr"))),
    "openssl_mask_default_accents": ToolCase(
        "refused string_type_wrong:state",
        by_openssl_config(
            NAMES.replace("Ile-de", "Île-de").format(req="string_mask = default\nutf8 = yes")
        ),
    ),
    "openssl_red_hat_defaults": ToolCase(
        "refused placeholder_left:country placeholder_left:locality placeholder_left:organization "
        "state_missing:state",
        by_openssl(subj(C="XX", ST=None, L="Default City", O="Default Company Ltd")),
    ),
    "openssl_dummy_certificate": ToolCase(
        "refused placeholder_left:state placeholder_left:locality placeholder_left:organization "
        "ou_wrong:organizational_unit placeholder_left:common_name placeholder_left:email "
        "cn_not_login:common_name",
        by_openssl(
            "/C=FR/ST=SomeState/L=SomeCity/O=SomeOrganization/OU=SomeOrganizationalUnit/CN=localhost.localdomain"
            "/emailAddress=root@localhost.localdomain"
        ),
    ),
    "openssl_easy_rsa_defaults": ToolCase(
        "refused placeholder_left:organization ou_wrong:organizational_unit placeholder_left:email",
        by_openssl(
            subj(C="US", ST="California", L="San Francisco", O="Copyleft Certificate Co", OU="My Organizational Unit",
                 emailAddress="me@example.net")
        ),
    ),
    **{
        f"openssl_left_{number}": ToolCase("refused placeholder_left:state", by_openssl(subj(ST=value)))
        for number, value in enumerate((".", "-", "--", "?", r"N\/A", r"n\/a", "none", "State", "State or Province",
                                        "TBD", "xxx", "TODO", "unknown", "test"))
    },
    **{
        f"openssl_kept_{number}": ToolCase("passes", by_openssl(subj(O=value)))
        for number, value in enumerate(("Unknown Pleasures SARL", "3M", "Test & Go GmbH", "None of the Above Ltd",
                                        "City Cars", "State Fleet AG", "X-Fleet", "N.A. Transports", "Société Test"))
    },
    "openssl_pss_key": ToolCase(
        "refused key_type::pss",
        lambda shop: shop.key("psskey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")
        and by_openssl(key="psskey")(shop),
    ),
    "openssl_pss_signature_sha1": ToolCase(
        "refused hash_weak:",
        by_openssl(SUBJECT, "-utf8", "-sha1", "-sigopt", "rsa_padding_mode:pss"),
    ),
    "openssl_pss_signature_sha512": ToolCase(
        "passes", by_openssl(SUBJECT, "-utf8", "-sha512", "-sigopt", "rsa_padding_mode:pss")
    ),
    "openssl_text_before": ToolCase("passes", lambda shop: shop.openssl("req", "-text", given=shop.request)),
    "openssl_state_with_a_comma": ToolCase("passes", by_openssl(subj(ST="Paris, Ile-de-France"))),
    "openssl_multi_valued": ToolCase(
        f"passes attributes_joined: {DIFFERS}",
        by_openssl(subj(OU="Programs Partners+CN=MZP128745", CN=None), "-utf8", "-multivalue-rdn"),
    ),
}  # fmt: skip

WINDOWS = {
    "certreq": ToolCase(f"passes {ASKS}", windows(), "windows"),
    "certreq_utf16": ToolCase(
        f"passes {ASKS} request_repaired:",
        lambda shop: windows()(shop).decode().encode("utf-16"), "windows",
    ),
    "certreq_der": ToolCase(
        f"passes {ASKS} request_converted:", lambda shop: request(attributes=windows_attributes()), "windows"
    ),
    "certreq_reversed": ToolCase(f"passes {DIFFERS} {ASKS}", windows(name(*reversed(GOOD))), "windows"),
    "certreq_missing_unit": ToolCase(f"refused ou_missing:organizational_unit {ASKS}", windows(changed(OU=None)),
                                     "windows"),
    "certreq_wide_strings": ToolCase(
        f"passes {ODD}:state {ODD}:organization {ASKS}",
        windows(changed(ST=("Île-de-France", BMP), O=("Flottes et Cie", BMP))), "windows",
    ),
    "certreq_printable": ToolCase(
        f"passes {ASKS}",
        windows(changed(ST=("Ile-de-France", PRINTABLE), L=("Paris", PRINTABLE), O=("Flottes", PRINTABLE))), "windows",
    ),
    "certreq_teletex": ToolCase(
        f"refused string_type_wrong:state {ASKS}", windows(changed(ST=("Île-de-France", TELETEX))), "windows"
    ),
    "certreq_cmc": ToolCase(
        f"passes {ASKS} request_unwrapped:", lambda shop: windows_pem(cmc(request(attributes=windows_attributes()))),
        "windows",
    ),
    "certreq_cmc_der": ToolCase(
        f"passes {ASKS} request_unwrapped:", lambda shop: cmc(request(attributes=windows_attributes())), "windows"
    ),
    "certreq_cmc_refused": ToolCase(
        f"refused cn_not_login:common_name {ASKS} request_unwrapped:",
        lambda shop: windows_pem(cmc(request(changed(CN="MZP999999"), windows_attributes()))), "windows",
    ),
    "certreq_renewal": ToolCase(
        f"passes {ASKS} request_unwrapped:",
        lambda shop: windows_pem(renewal(request(attributes=windows_attributes()))), "windows",
    ),
    "certreq_renewal_with_the_old_certificate": ToolCase(
        f"passes {ASKS} request_unwrapped:",
        lambda shop: windows_pem(
            renewal(request(attributes=windows_attributes()), workshop_der(shop.leaf))
        ),
        "windows",
    ),
    "pkcs7_of_certificates": ToolCase("refused certificate_not_request:", lambda shop: shop.pkcs7(shop.everything),
                                      ""),
    "cmc_without_a_request": ToolCase(
        "refused certificate_not_request:", lambda shop: windows_pem(signed_data("1.3.6.1.5.5.7.12.2", der(0x30))), ""
    ),
    "certreq_pss_signature": ToolCase(f"passes {ASKS}", windows(pss=True), "windows"),
    "certreq_pss_key": ToolCase(
        f"refused key_type::pss {ASKS}", windows(key=public_key(RSA_PSS, pss_parameters()), pss=True), "windows"
    ),
    "iis_old_attributes": ToolCase(
        "passes", windows(attributes=request_attribute("1.3.6.1.4.1.311.13.2.3", der(IA5, b"6.1.7601.2"))), "windows"
    ),
}  # fmt: skip

STRINGS = {
    "universal_string": ToolCase(f"passes {ODD}:organization", built(changed(O=("Flottes", UNIVERSAL)))),
    "teletex_ascii": ToolCase(f"passes {ODD}:organization", built(changed(O=("Flottes", TELETEX)))),
    "teletex_accents": ToolCase("refused string_type_wrong:organization", built(changed(O=("Société", TELETEX)))),
    "ia5_organization": ToolCase(f"passes {ODD}:organization", built(changed(O=("Flottes", IA5)))),
    "ia5_accents": ToolCase("refused string_type_wrong:organization", built(changed(O=("Société", IA5)))),
    "printable_ampersand": ToolCase(
        "refused string_type_wrong:organization", built(changed(O=("Dupont & Fils", PRINTABLE)))
    ),
    "printable_at_sign": ToolCase(
        "refused string_type_wrong:email", built(changed(E=("it@flottes.example", PRINTABLE)))
    ),
    "printable_underscore": ToolCase(
        "refused string_type_wrong:organization", built(changed(O=("Flottes_Cie", PRINTABLE)))
    ),
    "utf8_that_is_latin": ToolCase(
        "refused string_type_wrong:organization", built(changed(O=(b"Soci\xe9t\xe9", UTF8)))
    ),
    "utf8_email": ToolCase(f"passes {ODD}:email", built(changed(E=("it@flottes.example", UTF8)))),
    "utf8_country": ToolCase(f"passes {ODD}:country", built(changed(C=("FR", UTF8)))),
    "bmp_odd_length": ToolCase("refused string_type_wrong:organization", built(changed(O=(b"\x00F\x00l\x00", BMP)))),
    "no_attributes_field": ToolCase("refused request_not_strict:", built(has_attributes=False)),
    "unsorted_attributes": ToolCase(
        f"refused request_not_strict: {ASKS}", windows(attributes=windows_attributes(ordered=False)), "windows"
    ),
    "domain_components": ToolCase(
        "passes attribute_extra:0.9.2342.19200300.100.1.25",
        built(name(*GOOD, ("DC", "example", IA5))),
    ),
    "email_in_san": ToolCase(f"refused email_missing:email:in_san {ASKS}", built(changed(E=None), SAN)),
    "email_in_common_name": ToolCase("refused cn_not_login:common_name", built(changed(CN="it@flottes.example"))),
    "three_units": ToolCase(
        "refused attribute_repeated:organizational_unit",
        built(name(*GOOD, ("OU", "Fleet"), ("OU", "IT"))),
    ),
    "country_of_three_letters": ToolCase(
        "refused country_unknown:country", built(changed(C="FRA"))
    ),
}  # fmt: skip

LOOKALIKES = {
    "cyrillic_in_the_unit": ToolCase(
        "refused ou_wrong:organizational_unit look_alike:organizational_unit",
        built(changed(OU="Programs P\u0430rtners")),
    ),
    "no_break_space_in_the_unit": ToolCase(
        "refused ou_wrong:organizational_unit odd_space:organizational_unit",
        built(changed(OU="Programs\u00a0Partners")),
    ),
    "two_spaces_in_the_unit": ToolCase(
        "refused ou_wrong:organizational_unit", built(changed(OU="Programs  Partners"))
    ),
    "zero_width_in_the_unit": ToolCase(
        "refused ou_wrong:organizational_unit value_control_character:organizational_unit",
        built(changed(OU="Programs\u200b Partners")),
    ),
    "greek_in_the_login": ToolCase(
        "refused cn_not_login:common_name look_alike:common_name", built(changed(CN="\u039cZP128745"))
    ),
    "cyrillic_o_for_zero_free_login": ToolCase(
        "refused cn_not_login:common_name look_alike:common_name", built(changed(CN="MZ\u0420128745"))
    ),
    "fullwidth_login": ToolCase(
        "refused cn_not_login:common_name look_alike:common_name", built(changed(CN="MZP\uff1128745"))
    ),
    "byte_order_mark_in_the_login": ToolCase(
        "refused cn_not_login:common_name value_control_character:common_name:at_start",
        built(changed(CN="\ufeffMZP128745")),
    ),
    "cyrillic_in_a_latin_word": ToolCase("passes look_alike:organization", built(changed(O="Fl\u043ettes"))),
    "greek_in_a_latin_word": ToolCase("passes look_alike:organization", built(changed(O="Fl\u03bfttes"))),
    "latin_in_a_cyrillic_word": ToolCase("passes look_alike:organization", built(changed(O="М\u043eсквa Fleet"))),
    "whole_cyrillic_word": ToolCase("passes", built(changed(O="Москва Fleet"))),
    "whole_greek_name": ToolCase("passes", built(changed(O="Εταιρεία Στόλου ΑΕ"))),
    "cyrillic_in_the_email": ToolCase(
        "refused email_not_ascii:email", built(changed(E=("it@fl\u043ettes.example", UTF8)))
    ),
    "no_break_space": ToolCase("passes odd_space:organization", built(changed(O="Flottes\u00a0et Cie"))),
    "thin_space": ToolCase("passes odd_space:organization", built(changed(O="Flottes\u2009et Cie"))),
    "ideographic_space": ToolCase("passes odd_space:organization", built(changed(O="Flottes\u3000et Cie"))),
    "tab": ToolCase("refused value_control_character:organization", built(changed(O="Flottes\tet Cie"))),
    "soft_hyphen": ToolCase("refused value_control_character:organization", built(changed(O="Flot\u00adtes"))),
    "variation_selector": ToolCase("refused value_control_character:organization", built(changed(O="Flottes\ufe0f"))),
    "hangul_filler": ToolCase("refused value_control_character:organization", built(changed(O="Flottes\u3164Cie"))),
    "combining_grapheme_joiner": ToolCase(
        "refused value_control_character:organization", built(changed(O="Flo\u034fttes"))
    ),
    "braille_blank": ToolCase("refused value_control_character:organization", built(changed(O="Flottes\u2800Cie"))),
    "right_to_left_override": ToolCase(
        "refused value_control_character:organization", built(changed(O="Flottes\u202eeiC"))
    ),
    "tag_characters": ToolCase(
        "refused value_control_character:organization", built(changed(O="Flottes\U000e0041"))
    ),
    "emoji": ToolCase("passes", built(changed(O="Flottes \U0001f698"))),
    "decomposed_accents": ToolCase("passes", built(changed(O="Socie\u0301te\u0301"))),
}  # fmt: skip

TOOL_CASES = {**LIBRARIES, **KEYTOOL, **OPENSSL, **WINDOWS, **STRINGS, **LOOKALIKES}
