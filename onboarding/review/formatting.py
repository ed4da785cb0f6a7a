"""Codes and fingerprints as people read them."""

ACRONYMS = {
    "ca": "CA",
    "id": "ID",
    "tls": "TLS",
    "dns": "DNS",
    "http": "HTTP",
    "https": "HTTPS",
    "cn": "CN",
    "ou": "OU",
    "csr": "CSR",
}


def humanize_code(code: str) -> str:
    """Return the code of a finding or verdict with spaces, capitals and acronyms. The code itself is the name."""
    words = " ".join(ACRONYMS.get(word, word) for word in code.split("_"))
    return words[:1].upper() + words[1:]


def group_fingerprint(fingerprint: str) -> list[str]:
    """Return a hexadecimal fingerprint in groups of four digits, so that two people can compare it by phone."""
    return [fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4)]
