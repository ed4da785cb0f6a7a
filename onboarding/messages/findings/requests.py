"""The findings about a certificate request.

A key with a dot is a variant of the code before the dot.
"""

from onboarding.messages.message import Owner, Template, error, info, warning
from onboarding.messages.text import gettext_noop as _
from onboarding.messages.text import ngettext_lazy

_CHOOSE_REQUEST = _(
    "Choose the file that begins with -----BEGIN CERTIFICATE REQUEST-----. Its name often ends in .csr."
)
_NEW_KEY = _("Create a new key and a new request.")
_NEW_RSA_KEY = _("Create an RSA key of 2048 bits, and a new request with this key.")
_NEWER_TOOL = _("Create the request again with a newer version of your tool.")
_SHA_256 = _("Create the request again with SHA-256.")

REQUEST_FINDINGS: dict[str, Template] = {
    "private_key_uploaded.request": error(
        Owner.PARTNER,
        _("You sent us a private key. We did not store it."),
        _(
            "Never send a private key to anyone. If you use this key, replace the key and its certificate. Then send "
            "us the request alone."
        ),
    ),
    "pfx_uploaded.request": error(
        Owner.PARTNER,
        _(
            "This is a PKCS#12 file (.pfx or .p12), not a certificate request. Such a file usually contains a private "
            "key. We did not store it."
        ),
        _CHOOSE_REQUEST,
    ),
    "file_empty.request": error(Owner.PARTNER, _("The file is empty."), _CHOOSE_REQUEST),
    "file_too_large.request": error(
        Owner.PARTNER,
        _("This is too large for a certificate request. The limit is {limit} KB."),
        _CHOOSE_REQUEST,
    ),
    "not_a_request": error(Owner.PARTNER, _("We found no certificate request."), _CHOOSE_REQUEST),
    "not_a_request.archive": error(
        Owner.PARTNER, _("This is an archive that we can’t open."), _("Unpack it, and choose the .csr file in it.")
    ),
    "not_a_request.damaged_zip": error(
        Owner.PARTNER,
        _("This is a damaged zip file."),
        _("Download it again, or unpack it yourself and choose the .csr file in it."),
    ),
    "not_a_request.email": error(Owner.PARTNER, _("This is an email without a certificate request."), _CHOOSE_REQUEST),
    "not_a_request.encrypted_zip": error(
        Owner.PARTNER,
        _("This is a zip file with a password."),
        _("Unpack it, and choose the .csr file in it."),
    ),
    "not_a_request.java_keystore": error(
        Owner.PARTNER,
        _("This is a Java keystore, not a certificate request."),
        _("Export the request with keytool -certreq -alias NAME, and choose the file that it writes."),
    ),
    "not_a_request.link": error(
        Owner.PARTNER,
        _("This is a link, not a certificate request. We can’t open links."),
        _("Open the link, save the file, and choose that file."),
    ),
    "not_a_request.outlook_email": error(
        Owner.PARTNER,
        _("This is an email in Outlook’s own format (.msg), not a certificate request."),
        _("Open it in Outlook, save the attached .csr file, and choose that file."),
    ),
    "not_a_request.pdf": error(Owner.PARTNER, _("This is a PDF document, not a certificate request."), _CHOOSE_REQUEST),
    "not_a_request.picture": error(Owner.PARTNER, _("This is a picture, not a certificate request."), _CHOOSE_REQUEST),
    "not_a_request.public_key": error(
        Owner.PARTNER, _("This is a public key, not a certificate request."), _CHOOSE_REQUEST
    ),
    "not_a_request.shortcut": error(
        Owner.PARTNER, _("This is a shortcut to a web page, not a certificate request."), _CHOOSE_REQUEST
    ),
    "not_a_request.sign_in_page": error(
        Owner.PARTNER,
        _("This is a web page that asks you to sign in, not a certificate request."),
        _CHOOSE_REQUEST,
    ),
    "not_a_request.web_page": error(
        Owner.PARTNER, _("This is a web page, not a certificate request."), _CHOOSE_REQUEST
    ),
    "not_a_request.word_document": error(
        Owner.PARTNER,
        _("This is a Word document without a certificate request."),
        _("Copy the text from -----BEGIN to END----- out of the document, and paste it."),
    ),
    "certificate_not_request": error(
        Owner.PARTNER,
        _("This is a certificate, not a certificate request."),
        _("Choose the .csr file. You upload your certificate later, when Stellantis has sent it."),
    ),
    "several_requests": error(
        Owner.PARTNER,
        ngettext_lazy("We found {count} request.", "We found {count} requests.", "count"),
        _("Choose the request that you want to send to Stellantis."),
    ),
    "request_cut_short": error(
        Owner.PARTNER,
        _("The request is incomplete: its end or lines in its middle are missing."),
        _("Copy it again, from -----BEGIN to END-----, or choose the file itself."),
    ),
    "request_damaged": error(
        Owner.PARTNER,
        _("We can’t read the request: some of its characters were changed."),
        _("Choose the file itself instead of copying its text, or create the request again."),
    ),
    "request_version": error(Owner.PARTNER, _("The request has a version number that does not exist."), _NEWER_TOOL),
    "subject_unreadable": error(
        Owner.PARTNER,
        _(
            "Current software can’t read the subject of the request. The usual cause is an accented letter in a wrong "
            "encoding."
        ),
        _NEWER_TOOL,
    ),
    "request_not_strict.attributes_missing": error(
        Owner.PARTNER,
        _(
            "The request has no “attributes” field, which must be there even if it is empty. OpenSSL accepts this, but "
            "other software can’t read the request."
        ),
        _NEWER_TOOL,
    ),
    "request_not_strict.attributes_unsorted": error(
        Owner.PARTNER,
        _(
            "The attributes of the request are not in the order that its format prescribes. OpenSSL accepts this, but "
            "other software can’t read the request."
        ),
        _NEWER_TOOL,
    ),
    "csr_signature_bad": error(
        Owner.PARTNER,
        _("The signature of the request is not valid: the request was changed after it was created."),
        _("Export it again from the tool that created it."),
    ),
    "key_weak.too_short": error(
        Owner.PARTNER, _("The key has only {bits} bits. It needs at least 2048 bits."), _NEW_KEY
    ),
    "key_weak.small_exponent": error(
        Owner.PARTNER, _("The key’s public exponent is {exponent} instead of 65537."), _NEW_KEY
    ),
    "key_weak.small_factor": error(
        Owner.PARTNER,
        _("The key is easy to break: its modulus has a small factor. The key is damaged, or was created incorrectly."),
        _NEW_KEY,
    ),
    "key_weak.roca": error(
        Owner.PARTNER,
        _("The key is easy to break: a faulty chip or library created it (ROCA, CVE-2017-15361)."),
        _NEW_KEY,
    ),
    "key_weak.close_primes": error(
        Owner.PARTNER, _("The key is easy to break: its two primes are too close to each other."), _NEW_KEY
    ),
    "key_type": error(Owner.PARTNER, _("The key type is {found}. Stellantis accepts only RSA keys."), _NEW_RSA_KEY),
    "key_type.unknown": error(
        Owner.PARTNER, _("We don’t know the type of this key. Stellantis accepts only RSA keys."), _NEW_RSA_KEY
    ),
    "key_type.pss": error(
        Owner.PARTNER,
        _("This RSA key can only make RSA-PSS signatures. Many servers and programs can’t use such a key."),
        _("Create an ordinary RSA key of 2048 bits, and a new request with this key."),
    ),
    "hash_weak": error(Owner.PARTNER, _("The request is signed with {found}, which is no longer secure."), _SHA_256),
    "hash_weak.unknown": error(
        Owner.PARTNER, _("The request is signed with an algorithm that current software does not know."), _SHA_256
    ),
    "key_reused": warning(
        Owner.BOTH,
        _("Another of your onboardings already uses this key."),
        _(
            "If the key is lost or stolen, you must replace both certificates. We recommend a separate key for each "
            "onboarding."
        ),
    ),
    "no_answer": info(
        Owner.OPERATOR,
        ngettext_lazy("You sent the request {days} day ago.", "You sent the request {days} days ago.", "days"),
        _("Remind your contact at Stellantis."),
    ),
    "ou_missing": error(
        Owner.PARTNER,
        _("The organizational unit is missing."),
        _("It must be exactly “Programs Partners”."),
    ),
    "cn_missing": error(
        Owner.PARTNER,
        _("The common name is missing."),
        _("It must be your MZP login, for example MZP123456."),
    ),
    "cn_missing.login_known": error(
        Owner.PARTNER,
        _("The common name is missing."),
        _("It must be your MZP login, {expected}."),
    ),
    "double_encoded": error(
        Owner.PARTNER,
        _(
            "The tool that created this request damaged the accents in “{label}”: it wrote “{found}” instead of "
            "“{expected}”."
        ),
        _("Create the request again. If you use OpenSSL, add the option -utf8."),
    ),
    "accents_lost": warning(
        Owner.PARTNER,
        _("The value of “{label}” is “{found}”. The accents seem to be lost."),
        _("If this spelling is wrong, create the request again."),
    ),
    "placeholder_left": error(
        Owner.PARTNER,
        _("“{label}” contains “{found}”, which is an example or a default value."),
        _("Enter your own value, and create the request again."),
    ),
    "spaces_around": warning(
        Owner.PARTNER,
        _("The value of “{label}” begins or ends with a space."),
        _("We recommend “{expected}”, without the space."),
    ),
    "string_type_odd": warning(
        Owner.PARTNER,
        _("The request encodes “{label}” as {found}. The usual type is {expected}."),
        _("Stellantis may accept it. To be safe, create the request again."),
    ),
    "string_type_odd.unknown": warning(
        Owner.PARTNER,
        _("The request encodes “{label}” as an unusual type. The usual type is {expected}."),
        _("Stellantis may accept it. To be safe, create the request again."),
    ),
    "string_type_wrong": error(
        Owner.PARTNER,
        _(
            "The request encodes “{label}” as {found}. This type can’t hold the character “{character}” ({code}), so "
            "much software can’t read the request."
        ),
        _("Create the request again, with the type {expected} for this field."),
    ),
    "string_type_wrong.bytes": error(
        Owner.PARTNER,
        _("The request encodes “{label}” as {found}, but its bytes are not valid in this type."),
        _("Create the request again, with the type {expected} for this field."),
    ),
    "look_alike": warning(
        Owner.PARTNER,
        _("Character {position} of “{label}” looks like “{looks_like}”, but it is another character: {name} ({code})."),
        _("If this is not on purpose, type the text again instead of pasting it."),
    ),
    "look_alike.alphabet": warning(
        Owner.PARTNER,
        _(
            "Character {position} of “{label}”, “{found}”, is from another alphabet than the rest of its word: {name} "
            "({code})."
        ),
        _("If this is not on purpose, type the text again instead of pasting it."),
    ),
    "odd_space": warning(
        Owner.PARTNER,
        _("Character {position} of “{label}” looks like a space, but it is another character: {name} ({code})."),
        _("We recommend an ordinary space."),
    ),
    "attribute_repeated": error(
        Owner.PARTNER,
        ngettext_lazy(
            "The request contains “{label}” {times} time: {found}.",
            "The request contains “{label}” {times} times: {found}.",
            "times",
        ),
        _("Create a request that contains the field once."),
    ),
    "attributes_joined": warning(
        Owner.PARTNER,
        _("The fields {found} are joined into one. The usual cause is a plus sign (“+”) in a value."),
        _("Create the request again, with a backslash in front of the plus sign."),
    ),
    "attribute_extra": warning(
        Owner.PARTNER,
        _("The request also contains a field that Stellantis does not ask for: “{found}”."),
        _("Stellantis may accept it. To be safe, leave the field out."),
    ),
    "order_differs": info(
        Owner.NOBODY, _("The order of the fields differs from Stellantis’ example. This is not a problem.")
    ),
    "challenge_password": warning(
        Owner.PARTNER,
        _("The request contains a “challenge password”. Everybody who sees the request can read this password."),
        _("Stellantis does not ask for one. If you use the password elsewhere, change it there."),
    ),
    "extensions_asked": info(
        Owner.NOBODY,
        _("The request asks for certificate extensions. Stellantis decides which extensions the certificate gets."),
    ),
    "request_converted": info(
        Owner.NOBODY, _("We converted the request from binary to text. Send Stellantis the text form.")
    ),
    "request_unwrapped": info(
        Owner.NOBODY,
        _("The request was inside a {found} message. We took it out. Send Stellantis this request, not your own file."),
    ),
    "request_repaired": info(
        Owner.NOBODY,
        _("We corrected the text format of the request. Send Stellantis the corrected request, not your own file."),
    ),
}
