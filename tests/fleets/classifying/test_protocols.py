"""Bytes that are no TLS, or no HTTP, are shown for what they look like."""

import pytest

from onboarding.fleets.diagnosis import Endpoint, diagnose
from onboarding.rehearsal.faults.connection import unencrypted
from onboarding.rehearsal.faults.gateway import Fault, FaultyGateway
from onboarding.rehearsal.faults.responses import raw_bytes
from tests.fleets.conftest import QUICK

# What servers send first, or to a client that speaks another protocol: the name of the protocol, and the bytes.
GREETINGS = [
    ("SSH", b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"),
    ("SMTP", b"220 mail.example ESMTP Postfix\r\n"),
    ("SMTP", b"554 5.7.1 mail.example: no access\r\n"),
    ("FTP", b"220 ProFTPD Server (Debian) [::ffff:192.0.2.1]\r\n"),
    ("FTP", b"220 (vsFTPd 3.0.3)\r\n"),
    ("IMAP", b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n"),
    ("POP3", b"+OK Dovecot ready.\r\n"),
    ("Redis", b"-ERR unknown command\r\n"),
    ("MySQL", b"J\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00" + bytes(40)),
    ("VNC", b"RFB 003.008\n"),
    ("Telnet", b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27"),
    ("AMQP", b"AMQP\x00\x00\x09\x01"),
    ("RTSP", b"RTSP/1.0 400 Bad Request\r\n\r\n"),
    ("SIP", b"SIP/2.0 400 Bad Request\r\n\r\n"),
    ("XML", b"<?xml version='1.0'?><stream:stream xmlns='jabber:client'>"),
    ("JSON", b'{"error": "TLS is not spoken here"}'),
]
WITHOUT_TLS = [
    *GREETINGS,
    ("http", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ("http", b"HTTP/1.0 502 Bad Gateway\r\n\r\n<html>"),
    ("html", b"<html><body>The plain page</body></html>"),
    ("text", b"This port needs a plain connection.\n"),
]
WITHIN_TLS = [
    *(greeting for greeting in GREETINGS if greeting[0] != "RTSP"),
    ("html", b"<!DOCTYPE html>\n<html><head><title>no status</title></head></html>"),
    ("html", b"\n<HTML><BODY>old server</BODY></HTML>"),
    ("http_2", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64" + bytes(12)),
    ("tls", b"\x15\x03\x01\x00\x02\x02\x46"),
    ("tls", b"\x16\x03\x03\x00\x50\x02\x00\x00\x4c" + bytes(76)),
    ("text", b"ready to serve\r\n"),
]


def what_was_seen(verdict):
    """Return the variant of what the bytes look like, or the name of the protocol."""
    seen = [observation for observation in verdict.observations if observation.code == "looks_like"]
    return [observation.variant or observation.params["protocol"] for observation in seen]


def shown(verdict):
    return "".join(text.text for text in verdict.observations if text.code == "first_bytes")


@pytest.mark.parametrize(("protocol", "data"), WITHOUT_TLS)
def test_a_server_without_tls_is_recognized(identities, credentials, protocol, data):
    """The verdict is certain, because the bytes are known, and quotes them."""
    with FaultyGateway(Fault("any", "", connection=unencrypted(data)), identities) as gateway:
        verdict = diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.confidence, what_was_seen(verdict)) == ("not_tls", "certain", [protocol])
    assert data[:2].decode("latin-1").strip("\n\0") in shown(verdict)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\n", b""])
@pytest.mark.parametrize(("protocol", "data"), WITHIN_TLS)
def test_another_protocol_within_tls_is_recognized(identities, credentials, protocol, data, end):
    """The verdict says that this is no HTTP, and what it is; also if the server says only part of a line."""
    respond = raw_bytes(data + end)
    with FaultyGateway(Fault("any", "", respond=respond), identities) as gateway:
        verdict = diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.confidence, what_was_seen(verdict)) == ("not_http", "probable", [protocol])


def test_unknown_bytes_are_not_certain(identities, credentials):
    """They may be damaged TLS."""
    with FaultyGateway(Fault("any", "", connection=unencrypted(b"\x00\x9d\x81\xf3" * 9)), identities) as gateway:
        verdict = diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK).verdict
    assert (verdict.code, verdict.confidence) == ("not_tls", "probable")
    assert verdict.has_observation("bytes_unknown")


@pytest.mark.parametrize("before", [b"", b"x" * 480, b"x" * 495])
def test_the_bytes_shown_contain_no_secret(identities, credentials, before):
    """A server that echoes the password instead of answering does not get it onto the page."""
    secret = credentials.password
    data = before + b" " + secret.encode() + b" " + credentials.authorization.encode() + b"\r\n\r\n"
    with FaultyGateway(Fault("any", "", respond=raw_bytes(data)), identities) as gateway:
        diagnosis = diagnose(Endpoint(gateway.base_url), credentials, limits=QUICK)
    assert diagnosis.verdict.code == "not_http"
    halves = (secret[: len(secret) // 2], secret[len(secret) // 2 :])
    assert [half for half in halves if half in repr(diagnosis.to_dict())] == []
