"""What bytes look like that are not what a test expects: another protocol, or HTTP without encryption.

Each protocol is recognized by what its server sends first, or sends as an error, by the document in the comment.
"""

import re
from collections.abc import Iterator

from onboarding.messages.verdict import Observation

PATTERNS: tuple[tuple[str, str, str], ...] = (
    # variant of the observation "looks_like", name of the protocol, pattern in Latin-1
    ("http", "HTTP", r"HTTP/\d"),
    ("html", "HTML", r"\s*<(?i:!doctype html|html|head|body|title)\b"),
    (
        "http_2",
        "HTTP/2",
        r"\x00[\x00-\x01].[\x00-\x09][\x00-\x2d]\x00\x00\x00[\x00\x01]|PRI \* HTTP/2",
    ),  # RFC 9113, 4.1
    ("tls", "TLS", r"[\x14-\x17]\x03[\x00-\x04]"),  # RFC 8446, 5.1
    ("", "SSH", r"SSH-\d"),  # RFC 4253, 4.2
    ("", "FTP", r"220[ -][^\r\n]*(?i:ftp|filezilla|pure-ftpd)"),  # RFC 959
    ("", "SMTP", r"(?:220|421|554)[ -][^\r\n]*(?i:smtp|mail|postfix|exim|sendmail|exchange)|220[ -]"),  # RFC 5321, 4.2
    ("", "IMAP", r"\* (?:OK|PREAUTH|BYE)"),  # RFC 9051, 7.1
    ("", "POP3", r"\+OK|-ERR [^\r\n]*(?i:pop)"),  # RFC 1939
    ("", "Redis", r"-(?:ERR|DENIED|NOAUTH|MISCONF|LOADING)\b"),
    ("", "MySQL", r".\x00\x00[\x00\x01][\x0a\xff]"),  # its protocol's initial handshake packet
    ("", "PostgreSQL", r"E\x00\x00\x00.S(?:ERROR|FATAL)"),
    ("", "LDAP", r"0[\x0c-\x84].{0,5}\x02\x01[\x00-\x7f]"),  # RFC 4511, 4.1.1
    ("", "RDP", r"\x03\x00\x00.[\x06-\x20]\xd0"),
    ("", "VNC", r"RFB \d{3}\."),  # RFC 6143, 7.1.1
    ("", "Telnet", r"\xff[\xfb-\xfe]"),  # RFC 854
    ("", "AMQP", r"AMQP"),
    ("", "SOCKS", r"\x05[\x00-\x02\xff]|\x00[\x5a-\x5d]"),  # RFC 1928
    ("", "PROXY", r"PROXY (?:TCP|UNKNOWN)|\r\n\r\n\x00\r\nQUIT\n"),  # HAProxy's PROXY protocol
    ("", "RTSP", r"RTSP/\d"),
    ("", "SIP", r"SIP/\d"),
    ("", "JSON", r"\s*[\[{]\s*(?:\"|\]|\}|\{)"),
    ("", "XML", r"\s*<\?xml"),
    ("text", "text", r"[\t\n\r\x20-\x7e]{4,}(?:[\x80-\xff]|\Z|[\t\n\r\x20-\x7e])"),
)
# What web servers write when HTTP without encryption comes to a port for TLS: nginx, Apache, Go.
HTTP_AT_TLS_PORT = re.compile(
    r"plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled server port"
    r"|sent an HTTP request to an HTTPS server",
    re.IGNORECASE,
)
COMPILED_PATTERNS = tuple((variant, name, re.compile(pattern, re.DOTALL)) for variant, name, pattern in PATTERNS)


def observe_protocol(data: bytes) -> Observation:
    """Return what the bytes look like: the observation "looks_like" with the parameter protocol, or "bytes_unknown"."""
    text = data.decode("latin-1")
    for variant, name, pattern in COMPILED_PATTERNS:
        if pattern.match(text):
            return Observation("looks_like", {"protocol": name}, variant)
    return Observation("bytes_unknown")


def observe_bytes(data: bytes) -> Iterator[Observation]:
    """Yield what the bytes look like, and their printable characters; nothing if there are none."""
    if not data:
        return
    yield observe_protocol(data)
    # Cut for display after secrets are removed.
    yield Observation("first_bytes", {"bytes": data.decode("latin-1").strip()})
