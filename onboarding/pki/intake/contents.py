"""The contents of one file: the DER values in it, and whether one of them is a private key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from cryptography import x509

from onboarding.pki.der import Shape, is_complete, known_values, shape_of
from onboarding.pki.intake.private_keys import contains_private_key, text_contains_key
from onboarding.pki.intake.text import DecodedText, Item, Transformation, decode_text, decodings, find_items, unfoldings
from onboarding.pki.validation.chain import MALFORMED, canonical_name, issued_by

CERTIFICATES_COMPARED = 12  # values of one text; a chain has three or four


@dataclass(frozen=True)
class Contents:
    """The contents of a file. `undone` has the transformations that were needed to find `items` in a text."""

    items: tuple[Item, ...]
    binary: bool
    text: str
    undone: tuple[Transformation, ...]
    private_key: bool


def read_contents(data: bytes) -> Contents:
    """Return everything found in `data`. The effort is bounded by its size; never raises."""
    private_key = contains_private_key(data)
    if shape_of(data) != Shape.UNKNOWN:
        values = tuple(Item(shape_of(value), value, is_complete(value)) for value in known_values(data))
        return Contents(values, True, "", (), private_key or _has_key(values))
    text, transformations = decode_text(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    candidates = [(decoded, find_items(decoded.text)) for decoded in decodings(text)]
    decoded, items = _best_decoding(candidates)
    is_damaged = bool(decoded.transformations) and _is_damaged(items)
    joined = [[(each, find_items(each.text)) for each in decodings(line)] for line in unfoldings(text, is_damaged)]
    for readings in joined:
        decoded, items = _less_damaged((decoded, items), _best_decoding(readings))
    if items != candidates[-1][1]:  # the last candidate is the text without any decoding
        transformations = (*transformations, *decoded.transformations)
    private_key = private_key or any(
        _has_key(found) or text_contains_key(candidate.text) for candidate, found in chain(candidates, *joined)
    )
    return Contents(tuple(items), False, decoded.text, transformations, private_key)


def _has_key(items: Sequence[Item]) -> bool:
    return any(item.shape == Shape.PRIVATE_KEY for item in items)


Reading = tuple[DecodedText, list[Item]]


def _best_decoding(candidates: Sequence[Reading]) -> Reading:
    """Return the candidate with most complete values; the first of several, which has most transformations."""
    return max(candidates, key=_score)


def _score(candidate: Reading) -> int:
    known = [item for item in candidate[1] if item.shape != Shape.UNKNOWN]
    return sum(2 if item.complete else -1 for item in known)


def _less_damaged(plain: Reading, unfolded: Reading) -> Reading:
    """Return the better of two readings: of a text as it is, and of the text with its lines joined.

    A line that breaks inside an escape puts a letter too many into the base64. The certificate can often be read
    nevertheless, but its signature is wrong.
    """
    if plain[1] == unfolded[1]:
        return plain
    # Signatures count before the number of values: a damaged certificate may break up into several.
    of_plain, of_unfolded = ((_undamaged(items), _score((text, items))) for text, items in (plain, unfolded))
    # Where they don't tell, other escapes show that the broken one is an escape, too.
    is_better = of_unfolded > of_plain or (of_unfolded == of_plain and bool(plain[0].transformations))
    return unfolded if is_better else plain


def _is_damaged(items: Sequence[Item]) -> bool:
    """Return whether a value stops too early, a certificate can't be read, or a signature is wrong."""
    if not all(item.complete for item in items):
        return True
    certificates = _certificates(items)
    return None in certificates or any(signed is False for signed in _signed(certificates))


def _undamaged(items: Sequence[Item]) -> int:
    """Return how many certificates of `items` can be read, plus those signed rightly, minus those signed wrongly."""
    certificates = _certificates(items)
    signatures = list(_signed(certificates))
    readable = sum(1 for certificate in certificates if certificate)
    return readable + signatures.count(True) - signatures.count(False)


def _certificates(items: Sequence[Item]) -> list[x509.Certificate | None]:
    """Return the first certificates of `items`; one that can't be read is None."""
    return [_loaded(item.der) for item in items[:CERTIFICATES_COMPARED] if item.shape == Shape.CERTIFICATE]


def _signed(certificates: Sequence[x509.Certificate | None]) -> Iterator[bool]:
    """Yield for each certificate whose issuer is among `certificates` whether the issuer signed it."""
    readable = [certificate for certificate in certificates if certificate]
    for certificate in readable:
        wanted = canonical_name(certificate.issuer)
        issuers = [each for each in readable if canonical_name(each.subject) == wanted]
        if issuers:
            yield any(issued_by(certificate, issuer) for issuer in issuers)


def _loaded(der: bytes) -> x509.Certificate | None:
    """Return the certificate if its key and its names can be read."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        certificate.public_key()
        for name in (certificate.subject, certificate.issuer):
            canonical_name(name)
    except MALFORMED:
        return None
    return certificate
