"""Whether a certificate fits its request and can be used."""

from onboarding.messages.message import Owner, Template, error, info, warning

CERTIFICATE_FINDINGS: dict[str, Template] = {
    "other_key": error(
        Owner.BOTH,
        "This certificate belongs to {belongs}: it was not made from {expected}.",
        "Look in Stellantis’ mail for the certificate of this request. If you made a new key after sending, the "
        "certificate is for the old key: send the new request to Stellantis, too.",
    ),
    "older_request": warning(
        Owner.NOBODY,
        "This certificate belongs to {label}, not to your latest request.",
        "Its key is still here, so it can be used. The latest request is no longer needed then.",
    ),
    "swapped": info(Owner.NOBODY, "The CA certificate came first; we put them in order."),
    "issuer_key_differs": error(
        Owner.OPERATOR,
        "“{found}” has the right name, but it is not the CA certificate that signed {signed}.",
        "Download both again. If it stays so, ask your contact for the CA certificate that belongs to yours: there "
        "may be an older and a newer one of that name.",
    ),
    "issuer_unreadable": error(
        Owner.OPERATOR,
        "“{found}” may well have signed {signed}, but it is written in a way that current software can’t read.",
        "Download it again. If it stays so, show this to your contact at Stellantis, and ask for another.",
    ),
    "key_usage_odd": warning(
        Owner.OPERATOR,
        "The certificate does not allow its key to sign, which a connection needs.",
        "Some servers refuse it. Try the test; if it fails, ask your contact for one with the usage “digital "
        "signature”.",
    ),
    "root_weak": warning(
        Owner.OPERATOR,
        "The root certificate “{found}” is weak by today’s standards: {why}.",
        "We left it out: the CA certificate below it is enough. Nothing to do for you.",
    ),
    "leaf_missing": error(
        Owner.PARTNER,
        "Only CA certificates are in here; your own certificate is missing.",
        "It is the one for {expected}. Look for the other link in Stellantis’ mail.",
    ),
    "ca_missing": error(
        Owner.PARTNER,
        "Your certificate is right, but the CA certificate is missing.",
        "Stellantis’ mail links to it as well: “{found}”. Save it, and hand in both together.",
    ),
    "not_issued_by_ca": error(
        Owner.OPERATOR,
        "The CA certificate that came did not issue your certificate: “{found}” did.",
        "Look for a certificate of that name in Stellantis’ mail, or ask your contact for it.",
    ),
    "intermediate_missing": error(
        Owner.OPERATOR,
        "A certificate between yours and the CA certificate is missing: “{found}”.",
        "Ask your contact at Stellantis for it, and hand in all of them together.",
    ),
    "root_missing": warning(
        Owner.OPERATOR,
        "The CA certificate “{expected}” is itself issued by “{found}”, which was not sent.",
        "It works here and with cURL; some software wants that one, too. If yours does, ask your contact for it.",
    ),
    "ca_added": info(
        Owner.NOBODY,
        "The CA certificate “{found}” is now among those by which your server recognises Stellantis’ gateway.",
    ),
    "ca_known": info(Owner.NOBODY, "The CA certificate “{found}” was here already."),
    "ca_left_out": info(
        Owner.OPERATOR,
        "We left out the CA certificate “{found}”: {why}.",
        "If the test asks for it, ask your contact at Stellantis for another of that name.",
    ),
    "not_belonging": info(
        Owner.PARTNER,
        "“{found}” does not belong to your certificate, and it is no CA certificate: we left it out.",
        "If you meant another one, hand that in.",
    ),
    "chain_refused": error(
        Owner.OPERATOR,
        "The CA certificate does not confirm your certificate in the way that software requires.",
        "Tell your contact at Stellantis: the certificate “{found}” can’t be verified with the CA certificate.",
    ),
    "self_signed": error(
        Owner.PARTNER,
        "This certificate was signed with your own key, not by Stellantis.",
        "Hand in the one that came back in Stellantis’ mail.",
    ),
    "request_unapproved": error(
        Owner.BOTH,
        "This certificate belongs to {belongs}. Our desk never approved that request, so it can’t be used.",
        "Send Stellantis the request that is approved, and hand in the certificate for that one.",
    ),
    "not_yet_valid": error(
        Owner.OPERATOR,
        "“{found}” is not valid yet: it works from {date} UTC, in {days} days.",
        "Come back then, or ask your contact at Stellantis for one that is valid now.",
    ),
    "expired": error(
        Owner.OPERATOR,
        "“{found}” expired on {date} UTC, {days} days ago.",
        "Ask your contact at Stellantis for a new one; your key and request are still good.",
    ),
    "expires_soon": warning(
        Owner.OPERATOR,
        "“{found}” expires on {date} UTC, in {days} days.",
        "Ask your contact at Stellantis for a new one now: signing can take weeks.",
    ),
    "no_client_auth": error(
        Owner.OPERATOR,
        "This certificate was issued for servers, not for clients.",
        "Ask your contact at Stellantis for a client certificate; your key and request are still good.",
    ),
    "chain_weak": error(
        Owner.OPERATOR,
        "“{found}” is too weak for current software: {why}.",
        "Ask your contact at Stellantis for a certificate with RSA of 2048 bits or more and SHA-256.",
    ),
    "subject_changed": warning(
        Owner.BOTH,
        "In the certificate, the {field} is “{found}”; your request said “{expected}”.",
        "It can be used as it is. If that is not what you want, ask your contact at Stellantis.",
    ),
}
