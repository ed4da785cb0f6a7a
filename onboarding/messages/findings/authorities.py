"""Findings about the CA certificates that were uploaded beside the partner's own chain.

A key with a dot is a variant of the code before the dot.
"""

from onboarding.messages.message import Owner, Template, info
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.text import ngettext_lazy

_ANOTHER_CA_CERTIFICATE = _(
    "If the connection test asks for it, ask your contact at Stellantis for another CA certificate with that name."
)

CA_FINDINGS: dict[str, Template] = {
    "ca_added": info(
        Owner.NOBODY,
        _("We added the CA certificate “{found}”. Confirm it with the test, and it identifies Stellantis’ gateway."),
    ),
    "ca_known": info(Owner.NOBODY, _("We already have the CA certificate “{found}”.")),
    "ca_left_out.unreadable": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: current software can’t read it."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.expired": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: it expired on {date}."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.not_yet_valid": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: it is not valid before {date}."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.key": info(
        Owner.OPERATOR,
        ngettext_lazy(
            "We left out the CA certificate “{found}”: its RSA key has only {bits} bit.",
            "We left out the CA certificate “{found}”: its RSA key has only {bits} bits.",
            "bits",
        ),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.other_key": info(
        Owner.OPERATOR,
        ngettext_lazy(
            "We left out the CA certificate “{found}”: its key has only {bits} bit.",
            "We left out the CA certificate “{found}”: its key has only {bits} bits.",
            "bits",
        ),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.signature": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: its signature uses {hash}."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.explicit_curve": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: its key does not name its elliptic curve."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.unknown_algorithm": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: hardly any software supports its signature algorithm."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.unverified": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: “{issuer}” issued it, and its certificate is missing."),
        _("If you need it, upload it together with the certificate of “{issuer}”."),
    ),
    "ca_left_out.purpose": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: it may not sign certificates of servers."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.own": info(
        Owner.NOBODY,
        _("We left out the CA certificate “{found}”: it is named after you, and is not from Stellantis."),
    ),
    "ca_left_out.signed_another": info(
        Owner.NOBODY,
        _("We left out the CA certificate “{found}”: it signed “{signed}”, which is not yours."),
    ),
    "ca_left_out.damaged": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: it is damaged."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.signature_differs": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: it is damaged, or our CA certificate “{issuer}” did not sign it."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.ambiguous": info(
        Owner.OPERATOR,
        _(
            "We left out the CA certificate “{found}”: software can’t distinguish it from another CA certificate of "
            "the same name."
        ),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.too_many": info(
        Owner.OPERATOR,
        ngettext_lazy(
            "We left out the CA certificate “{found}”: there is already {limit} CA certificate.",
            "We left out the CA certificate “{found}”: there are already {limit} CA certificates.",
            "limit",
        ),
        _ANOTHER_CA_CERTIFICATE,
    ),
}
