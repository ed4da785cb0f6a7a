"""The findings about certificates: whether they fit the request, form a chain, and can be used.

A key with a dot is a variant of the code before the dot.
"""

from onboarding.messages.message import Owner, Template, error, info, warning
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.text import ngettext_lazy

_RIGHT_CERTIFICATE = _(
    "Look in the email from Stellantis for the certificate of your current request. If you created a new key after "
    "you sent a request, also send Stellantis the new request."
)
_CA_CERTIFICATE_OF_ISSUER = _(
    "Download both certificates again. If the problem stays, ask your contact for the CA certificate that signed "
    "yours. There may be an older and a newer CA certificate with that name."
)
_READABLE_CERTIFICATE = _(
    "Download it again. If the problem stays, show this message to your contact at Stellantis, and ask for another "
    "certificate."
)
_STRONGER_CERTIFICATE = _("Ask your contact at Stellantis for a certificate with RSA of 2048 bits or more and SHA-256.")
_ANOTHER_CA_CERTIFICATE = _(
    "If the connection test asks for it, ask your contact at Stellantis for another CA certificate with that name."
)
_CHANGED_SUBJECT = _("You can use the certificate as it is. If the change is wrong, ask your contact at Stellantis.")

CERTIFICATE_FINDINGS: dict[str, Template] = {
    "other_key": error(
        Owner.BOTH,
        _("This certificate is for another key. It was not made from your current request."),
        _RIGHT_CERTIFICATE,
    ),
    "other_key.current": error(
        Owner.BOTH,
        _("This certificate is for your request of {date}, but its private key is no longer here."),
        _("Create a new key, and send Stellantis the new request."),
    ),
    "other_key.replaced": error(
        Owner.BOTH,
        _("This certificate is for your request of {date}, which you replaced. Its private key is no longer here."),
        _RIGHT_CERTIFICATE,
    ),
    "other_key.other_onboarding": error(
        Owner.BOTH,
        _("This certificate is for the request of {date} in another onboarding, for {login}."),
        _RIGHT_CERTIFICATE,
    ),
    "older_request": warning(
        Owner.NOBODY,
        _("This certificate is for your request of {date}, which you replaced, not for your latest request."),
        _("We still have its private key, so you can use the certificate. You no longer need the latest request."),
    ),
    "request_unapproved": error(
        Owner.BOTH,
        _("This certificate is for your request of {date}. Our desk never approved that request, so it can’t be used."),
        _("Send Stellantis the approved request, and upload the certificate for that request."),
    ),
    "swapped": info(Owner.NOBODY, _("The CA certificate came first. We put the certificates in order.")),
    "issuer_key_differs": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” has the right name, but it did not sign your certificate."),
        _CA_CERTIFICATE_OF_ISSUER,
    ),
    "issuer_key_differs.intermediate": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” has the right name, but it did not sign “{signed}”."),
        _CA_CERTIFICATE_OF_ISSUER,
    ),
    "issuer_unreadable": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” may have signed your certificate, but current software can’t read it."),
        _READABLE_CERTIFICATE,
    ),
    "issuer_unreadable.intermediate": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” may have signed “{signed}”, but current software can’t read it."),
        _READABLE_CERTIFICATE,
    ),
    "key_usage_odd": warning(
        Owner.OPERATOR,
        _("The certificate does not allow its key to sign, but a connection needs a signature."),
        _(
            "Some servers refuse it. Run the connection test. If the test fails, ask your contact for a certificate "
            "with the key usage “digital signature”."
        ),
    ),
    "root_weak": warning(
        Owner.OPERATOR,
        ngettext_lazy(
            "The root certificate “{found}” is weak by today’s standards: its RSA key has only {bits} bit.",
            "The root certificate “{found}” is weak by today’s standards: its RSA key has only {bits} bits.",
            "bits",
        ),
        _("We left it out, because the CA certificate below it is enough. You need to do nothing."),
    ),
    "leaf_missing": error(
        Owner.PARTNER,
        _("You uploaded only CA certificates. Your own certificate is missing."),
        _("Look for another link in the email from Stellantis. Your certificate is for your login."),
    ),
    "leaf_missing.subject_known": error(
        Owner.PARTNER,
        _("You uploaded only CA certificates. Your own certificate is missing."),
        _("Look for another link in the email from Stellantis. Your certificate is for “{expected}”."),
    ),
    "ca_missing": error(
        Owner.PARTNER,
        _("Your certificate is correct, but the CA certificate is missing."),
        _("The email from Stellantis also links to “{found}”. Save that file, and upload both together."),
    ),
    "not_issued_by_ca": error(
        Owner.OPERATOR,
        _("This CA certificate did not sign your certificate. “{found}” signed it."),
        _("Look for a certificate with that name in the email from Stellantis, or ask your contact for it."),
    ),
    "intermediate_missing": error(
        Owner.OPERATOR,
        _("The certificate “{found}” is missing. It connects your certificate with the CA certificate."),
        _("Ask your contact at Stellantis for it, and upload all certificates together."),
    ),
    "root_missing": warning(
        Owner.OPERATOR,
        _("“{found}” issued the CA certificate “{expected}”, but you did not upload “{found}”."),
        _("This site and cURL don’t need “{found}”. If your software does, ask your contact for it."),
    ),
    "ca_added": info(
        Owner.NOBODY,
        _("Your server now also uses the CA certificate “{found}” to recognize the gateway of Stellantis."),
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
    "ca_left_out.signature": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: its signature uses {hash}."),
        _ANOTHER_CA_CERTIFICATE,
    ),
    "ca_left_out.unknown_algorithm": info(
        Owner.OPERATOR,
        _("We left out the CA certificate “{found}”: hardly any software supports its signature algorithm."),
        _ANOTHER_CA_CERTIFICATE,
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
    "not_belonging": info(
        Owner.PARTNER,
        _("“{found}” is not for your key, and it is not a CA certificate. We left it out."),
        _("If you meant another certificate, upload that one."),
    ),
    "chain_refused": error(
        Owner.OPERATOR,
        _("Software can’t verify your certificate with this CA certificate."),
        _("Tell your contact at Stellantis that “{found}” can’t be verified with the CA certificate."),
    ),
    "self_signed": error(
        Owner.PARTNER,
        _("This certificate is signed with your own key. Stellantis did not sign it."),
        _("Upload the certificate from the email from Stellantis."),
    ),
    "not_yet_valid": error(
        Owner.OPERATOR,
        _("“{found}” is not valid yet. It becomes valid {when} ({date} UTC)."),
        _("Wait until then, or ask your contact at Stellantis for a certificate that is already valid."),
    ),
    "expired": error(
        Owner.OPERATOR,
        _("“{found}” expired {when} ({date} UTC)."),
        _("Ask your contact at Stellantis for a new certificate. You don’t need a new key or a new request."),
    ),
    "expires_soon": warning(
        Owner.OPERATOR,
        _("“{found}” expires {when} ({date} UTC)."),
        _("Ask your contact at Stellantis for a new certificate now: the signature can take weeks."),
    ),
    "no_client_auth": error(
        Owner.OPERATOR,
        _("This certificate is for servers, not for clients."),
        _("Ask your contact at Stellantis for a client certificate. You don’t need a new key or a new request."),
    ),
    "chain_weak.key": error(
        Owner.OPERATOR,
        ngettext_lazy(
            "“{found}” is too weak for current software: its RSA key has only {bits} bit.",
            "“{found}” is too weak for current software: its RSA key has only {bits} bits.",
            "bits",
        ),
        _STRONGER_CERTIFICATE,
    ),
    "chain_weak.signature": error(
        Owner.OPERATOR,
        _("“{found}” is too weak for current software: its signature uses {hash}."),
        _STRONGER_CERTIFICATE,
    ),
    "chain_weak.unknown_algorithm": error(
        Owner.OPERATOR,
        _("Current software can’t use “{found}”: hardly any software supports its signature algorithm."),
        _STRONGER_CERTIFICATE,
    ),
    "subject_changed": warning(
        Owner.BOTH,
        _("In the certificate, “{label}” is “{found}”. In your request, it was “{expected}”."),
        _CHANGED_SUBJECT,
    ),
    "subject_changed.added": warning(
        Owner.BOTH,
        _("In the certificate, “{label}” is “{found}”. Your request had no such field."),
        _CHANGED_SUBJECT,
    ),
    "subject_changed.removed": warning(
        Owner.BOTH,
        _("The certificate has no “{label}”. In your request, it was “{expected}”."),
        _CHANGED_SUBJECT,
    ),
}
