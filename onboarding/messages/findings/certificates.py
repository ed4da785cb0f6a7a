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
_ASK_FOR_ANOTHER_CHAIN = _("Show this message to your contact at Stellantis, and ask for another certificate.")
_TEST_STRICT_SERVER = _(
    "Some servers refuse it. Run the connection test. If the test fails, show this message to your contact at "
    "Stellantis."
)
_CLIENT_CERTIFICATE = _(
    "Ask your contact at Stellantis for a client certificate. You don’t need a new key or a new request."
)
# True for a certificate that is refused for another reason, too.
_CHANGED_SUBJECT = _("This change alone is not a problem. If it is wrong, ask your contact at Stellantis.")

CERTIFICATE_FINDINGS: dict[str, Template] = {
    "other_key": error(
        Owner.BOTH,
        _("This certificate is for another key. It was not made from your current request."),
        _RIGHT_CERTIFICATE,
    ),
    "other_key.server": error(
        Owner.PARTNER,
        _("“{found}” is the certificate of a server, not yours. Your own certificate is missing."),
        _("Look for another file or link in the email from Stellantis. Your certificate is for your login."),
    ),
    "certificate_to_renew": error(
        Owner.PARTNER,
        _("“{found}” is the certificate that you renew, not the new one."),
        _("Look for the certificate in the newest email from Stellantis."),
    ),
    "other_environment.production": error(
        Owner.PARTNER,
        _("The certificate “{found}” was issued for production, and this onboarding is for another environment."),
        _("Upload it in your onboarding for production. Each environment needs its own certificate."),
    ),
    "other_environment.rehearsal": error(
        Owner.PARTNER,
        _("The certificate “{found}” was issued for practice, and this onboarding is for another environment."),
        _("Upload the certificate that Stellantis signed. A practice certificate does not work anywhere else."),
    ),
    "ca_of_other_environment.production": error(
        Owner.PARTNER,
        _("The CA certificate “{found}” is that of production, and this onboarding is for another environment."),
        _("Leave it out. Each environment needs its own CA certificate."),
    ),
    "ca_of_other_environment.rehearsal": error(
        Owner.PARTNER,
        _("The CA certificate “{found}” is for practice only, and this onboarding is for another environment."),
        _("Leave it out. A practice CA certificate must not be trusted anywhere else."),
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
        _(
            "This alone is not a problem, because we still have its private key. If you use this certificate, you no "
            "longer need the latest request."
        ),
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
    "issuer_damaged": error(
        Owner.PARTNER,
        _("The CA certificate “{found}” is damaged: its own key did not sign it."),
        _("Download it again. If the problem stays, show this message to your contact at Stellantis."),
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
    "key_usage_refused": error(
        Owner.OPERATOR,
        _("The certificate does not allow its key to sign, but a connection needs a signature. Servers refuse it."),
        _("Ask your contact at Stellantis for a certificate with the key usage “digital signature”."),
    ),
    "issuer_not_ca": error(
        Owner.OPERATOR,
        _("“{found}” signed “{signed}”, but “{found}” is not a CA certificate. Servers refuse “{signed}”."),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "issuer_not_ca.key_usage": error(
        Owner.OPERATOR,
        _("“{found}” signed “{signed}”, but its key usage does not allow it to sign certificates."),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "ca_undeclared": warning(
        Owner.OPERATOR,
        _("The CA certificate “{found}” does not say that it is one: it has no basic constraints."),
        _("Some servers refuse it. Run the connection test. If the test fails, ask your contact for another one."),
    ),
    "path_too_long": error(
        Owner.OPERATOR,
        ngettext_lazy(
            "The path is too long: there is {count} CA certificate below “{found}”, which allows {limit}.",
            "The path is too long: there are {count} CA certificates below “{found}”, which allows {limit}.",
            "count",
        ),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "name_not_permitted": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” does not permit certificates for “{name}”. Servers refuse the certificate."),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "name_not_permitted.uncheckable": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” restricts the names below it in a way that current software can’t check."),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "strict_servers.issuer_name": warning(
        Owner.OPERATOR,
        _("The name of the issuer in “{found}” is encoded otherwise than in the issuer’s own certificate."),
        _TEST_STRICT_SERVER,
    ),
    "strict_servers.no_subject": warning(
        Owner.OPERATOR,
        _("The subject of your certificate is empty, so it does not say whose certificate it is."),
        _TEST_STRICT_SERVER,
    ),
    "strict_servers.extension": warning(
        Owner.OPERATOR,
        _("“{found}” has a critical extension, {oid}, that some software does not know."),
        _TEST_STRICT_SERVER,
    ),
    "strict_servers.policies": warning(
        Owner.OPERATOR,
        _("“{found}” demands that every certificate names a policy. Some software checks that."),
        _TEST_STRICT_SERVER,
    ),
    "strict_servers.server_names": warning(
        Owner.OPERATOR,
        _("A CA certificate restricts the names of servers, and some software takes your login for one."),
        _TEST_STRICT_SERVER,
    ),
    "critical_extension": error(
        Owner.OPERATOR,
        _("“{found}” has a critical extension, {oid}, that current software does not know. Servers refuse it."),
        _ASK_FOR_ANOTHER_CHAIN,
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
    "root_weak.other_key": warning(
        Owner.OPERATOR,
        ngettext_lazy(
            "The root certificate “{found}” is weak by today’s standards: its key has only {bits} bit.",
            "The root certificate “{found}” is weak by today’s standards: its key has only {bits} bits.",
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
    "not_belonging": info(
        Owner.PARTNER,
        _("“{found}” is not for your key, and it is not a CA certificate. We left it out."),
        _("If you meant another certificate, upload that one."),
    ),
    "not_belonging.self_signed": info(
        Owner.NOBODY,
        _("“{found}” is signed with your own key, not by Stellantis. We left it out."),
    ),
    "not_belonging.current": info(
        Owner.NOBODY,
        _("“{found}” is for your request of {date}. We left it out, because another certificate fits better."),
    ),
    "not_belonging.replaced": info(
        Owner.NOBODY,
        _("“{found}” is for your request of {date}, which you replaced. We left it out."),
    ),
    "not_belonging.other_onboarding": info(
        Owner.PARTNER,
        _("“{found}” is for the request of {date} in another onboarding, for {login}. We left it out."),
        _("Upload it in that onboarding."),
    ),
    "earlier_certificate": info(
        Owner.NOBODY,
        _("“{found}”, valid until {date}, is an earlier certificate for your key. We use the newer one."),
    ),
    "earlier_certificate.later": info(
        Owner.PARTNER,
        _("There is another certificate for your key, “{found}”. It is not valid before {date}. We left it out."),
        _("Keep it, and upload it when it is valid."),
    ),
    "earlier_certificate.not_used": info(
        Owner.NOBODY,
        _("There is another certificate for your key, “{found}”, valid until {date}. We left it out."),
    ),
    "chain_refused": error(
        Owner.OPERATOR,
        _("Software can’t verify your certificate with this CA certificate."),
        _("Tell your contact at Stellantis that “{found}” can’t be verified with the CA certificate."),
    ),
    "chain_refused.ambiguous": error(
        Owner.OPERATOR,
        _("There are two CA certificates with the name “{found}”, and software can’t tell which one to use."),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "chain_refused.self_issued": error(
        Owner.OPERATOR,
        _("“{found}” names itself as its issuer, but another key signed it. Software can’t verify it."),
        _ASK_FOR_ANOTHER_CHAIN,
    ),
    "chain_refused.loop": error(
        Owner.OPERATOR,
        _("The CA certificates above “{found}” signed each other, and none of them is a root."),
        _("Ask your contact at Stellantis for the root certificate."),
    ),
    "chain_refused.unreadable": error(
        Owner.OPERATOR,
        _("“{found}” has an extension that current software can’t read. Software can’t verify your certificate."),
        _READABLE_CERTIFICATE,
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
        _CLIENT_CERTIFICATE,
    ),
    "no_client_auth.any_purpose": error(
        Owner.OPERATOR,
        _("This certificate is for any purpose, but it does not name clients. Servers that use OpenSSL refuse it."),
        _CLIENT_CERTIFICATE,
    ),
    "no_client_auth.other_purpose": error(
        Owner.OPERATOR,
        _("This certificate is for other purposes, not for clients."),
        _CLIENT_CERTIFICATE,
    ),
    "no_client_auth.ca": error(
        Owner.OPERATOR,
        _("The CA certificate “{found}” does not permit certificates for clients. Servers refuse your certificate."),
        _ASK_FOR_ANOTHER_CHAIN,
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
    "chain_weak.other_key": error(
        Owner.OPERATOR,
        ngettext_lazy(
            "“{found}” is too weak for current software: its key has only {bits} bit.",
            "“{found}” is too weak for current software: its key has only {bits} bits.",
            "bits",
        ),
        _STRONGER_CERTIFICATE,
    ),
    "chain_weak.signature": error(
        Owner.OPERATOR,
        _("“{found}” is too weak for current software: its signature uses {hash}."),
        _STRONGER_CERTIFICATE,
    ),
    "chain_weak.explicit_curve": error(
        Owner.OPERATOR,
        _("Current software can’t use “{found}”: its key does not name its elliptic curve."),
        _STRONGER_CERTIFICATE,
    ),
    "chain_weak.unknown_algorithm": error(
        Owner.OPERATOR,
        _("Current software can’t use “{found}”: hardly any software supports its signature algorithm."),
        _STRONGER_CERTIFICATE,
    ),
    "login_differs": error(
        Owner.OPERATOR,
        _("This certificate is for “{found}”. Your request was for the login “{expected}”."),
        _(
            "Ask your contact at Stellantis for a certificate for your login. You don’t need a new key or a new "
            "request."
        ),
    ),
    "login_differs.removed": warning(
        Owner.OPERATOR,
        _("The certificate does not name your login, “{expected}”. The gateway may not recognize you."),
        _("Run the connection test. If the test fails, ask your contact for a certificate with your login."),
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
