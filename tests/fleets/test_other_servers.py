"""The diagnosis of servers that share no code with it: nginx, OpenSSL's s_server, and Java's HttpsServer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.fleets.diagnosis import Endpoint, Limits, diagnose
from tests.fleets import other_servers

SLOW = Limits(total=4.0, body=64 * 1024)
CLIENT_CA = "ssl_client_certificate {folder}/clients.pem; ssl_verify_depth 3;"
VERIFIED = CLIENT_CA + "ssl_verify_client on;"


@pytest.fixture
def folder(tmp_path, identities, authority):
    other_servers.write_files(
        tmp_path, identities.get("good"), (authority.issuing.certificate, authority.root.certificate)
    )
    return tmp_path


@pytest.fixture
def other_authority_folder(tmp_path, identities):
    """Return the files of a server that trusts only another authority for its clients."""
    other_servers.write_files(tmp_path, identities.get("good"), (identities.untrusted_ca.certificate,))
    return tmp_path


def verdict(url, credentials):
    diagnosis = diagnose(Endpoint(url), credentials, limits=SLOW)
    return diagnosis.verdict.code, diagnosis.verdict.confidence, diagnosis.verdict.owner


@pytest.mark.skipif(not other_servers.NGINX, reason="nginx is not installed")
class TestNginx:
    """nginx, which many gateways use as a reverse proxy."""

    @pytest.mark.parametrize("tls", ["1.2", "1.3"])
    def test_a_healthy_server_is_connected(self, folder, credentials, tls):
        """nginx accepts the certificate, and the details have the authorities that nginx names."""
        with other_servers.nginx(folder, f"ssl_protocols TLSv{tls}; " + VERIFIED) as url:
            diagnosis = diagnose(Endpoint(url), credentials, limits=SLOW)
        assert (diagnosis.verdict.code, diagnosis.details.tls_version) == ("connected", f"TLSv{tls}")
        assert diagnosis.details.authorities == (
            "CN=Rehearsal Issuing CA,O=Rehearsal Operator",
            "CN=Rehearsal Root CA,O=Rehearsal Operator",
        )

    def test_an_unknown_authority_is_reported(self, other_authority_folder, credentials):
        """nginx completes the handshake and refuses in HTTP: 400, “The SSL certificate error”."""
        with other_servers.nginx(other_authority_folder, VERIFIED) as url:
            assert verdict(url, credentials) == ("client_certificate_refused", "probable", "operator")

    def test_a_missing_certificate_is_reported(self, folder, credentials):
        """nginx sends 400, “No required SSL certificate was sent”; the verdict differs from a refused certificate."""
        with other_servers.nginx(folder, VERIFIED) as url:
            no_identity = replace(credentials, identity=None)
            diagnosis = diagnose(Endpoint(url), no_identity, limits=SLOW, try_anyway=True)
        assert diagnosis.verdict.code == "client_certificate_demanded"

    def test_a_chain_without_its_intermediate_is_reported(self, folder, without_intermediate, authority):
        """nginx knows only the root: the verdict says that the partner's file may be the cause."""
        (folder / "clients.pem").write_text(other_servers.pem(authority.root.certificate))
        with other_servers.nginx(folder, VERIFIED) as url:
            assert verdict(url, without_intermediate) == ("client_chain_incomplete", "probable", "partner")

    def test_a_revoked_certificate_is_reported(self, folder, credentials, authority):
        """nginx with a revocation list refuses in HTTP without a reason."""
        leaf = credentials.identity.certificates[0]
        lists = [revocation_list(authority.issuing, leaf.serial_number), revocation_list(authority.root)]
        (folder / "crl.pem").write_bytes(b"".join(lists))
        with other_servers.nginx(folder, VERIFIED + "ssl_crl {folder}/crl.pem;") as url:
            assert verdict(url, credentials) == ("client_certificate_refused", "probable", "operator")

    def test_a_server_that_requests_no_certificate_is_reported(self, folder, credentials):
        """A server that refuses without requesting a certificate is probably the wrong host."""
        with other_servers.nginx(folder, "", "return 403;") as url:
            assert verdict(url, credentials) == ("credentials_withheld", "probable", "operator")

    @pytest.mark.parametrize(
        ("location", "expected"),
        [
            ("return 403;", ("blocked_page", "probable", "operator")),
            ("return 404;", ("not_found", "probable", "operator")),
            ("return 429;", ("rate_limited", "probable", "partner")),
            ("return 503;", ("out_of_service", "probable", "operator")),
            ("proxy_pass http://127.0.0.1:1;", ("operator_error", "probable", "operator")),
            ("return 302 https://127.0.0.1:1/;", ("redirected", "probable", "network")),
            ("return 444;", ("answer_missing", "probable", "operator")),
            ("default_type text/html; return 200 '<html>hi</html>';", ("not_the_gateway", "probable", "network")),
        ],
    )
    def test_each_response_gets_its_verdict(self, folder, credentials, location, expected):
        """nginx's own pages, redirects, and closed connections."""
        with other_servers.nginx(folder, VERIFIED, location) as url:
            assert verdict(url, credentials) == expected

    def test_a_port_without_tls_is_reported(self, folder, credentials):
        """The port serves HTTP without encryption."""
        with other_servers.nginx(folder, ssl="") as url:
            assert verdict(url, credentials) == ("not_tls", "certain", "network")

    def test_a_missing_common_cipher_is_reported(self, folder, credentials):
        """nginx with a cipher that the client does not offer refuses the hello."""
        with other_servers.nginx(folder, "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-SHA384;") as url:
            assert verdict(url, credentials) == ("tls_refused", "probable", "operator")


@pytest.mark.skipif(not other_servers.OPENSSL, reason="openssl is not installed")
class TestOpenssl:
    """OpenSSL's own server, which refuses a certificate with a precise alert."""

    TRUSTING = ("-CAfile", "clients.pem", "-Verify", "3", "-verify_return_error")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_status_page_is_not_the_gateway(self, folder, credentials, tls):
        """It accepts the certificate and sends a status page, so it is not the gateway."""
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING) as url:
            assert verdict(url, credentials) == ("not_the_gateway", "probable", "network")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_an_unknown_authority_is_reported(self, other_authority_folder, credentials, tls):
        """It sends the alert unknown_ca, in the handshake or after it."""
        with other_servers.s_server(other_authority_folder, "-www", tls, *self.TRUSTING) as url:
            assert verdict(url, credentials) == ("client_certificate_unknown_ca", "certain", "operator")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_chain_without_its_intermediate_is_reported(self, folder, without_intermediate, authority, tls):
        """It sends the same alert; the partner's own file may be the cause."""
        (folder / "clients.pem").write_text(other_servers.pem(authority.root.certificate))
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING) as url:
            assert verdict(url, without_intermediate) == ("client_chain_incomplete", "probable", "partner")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_revoked_certificate_is_reported(self, folder, credentials, authority, tls):
        """It sends the alert certificate_revoked."""
        leaf = credentials.identity.certificates[0]
        (folder / "crl.pem").write_bytes(revocation_list(authority.issuing, leaf.serial_number))
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING, "-CRL", "crl.pem", "-crl_check") as url:
            assert verdict(url, credentials) == ("client_certificate_revoked", "certain", "operator")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_an_expired_certificate_is_reported(self, folder, credentials, tls):
        """A server whose clock is ahead sends the alert certificate_expired for a valid certificate."""
        later = str(int((datetime.now(UTC) + timedelta(days=400)).timestamp()))
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING, "-attime", later) as url:
            assert verdict(url, credentials) == ("client_certificate_expired", "probable", "operator")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_certificate_of_the_wrong_kind_is_not_sent(self, folder, credentials, tls):
        """It accepts only certificates with elliptic curves, so the client does not send its RSA certificate."""
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING, "-client_sigalgs", "ECDSA+SHA256") as url:
            assert verdict(url, credentials) == ("client_certificate_not_sent", "probable", "operator")

    @pytest.mark.parametrize("tls", ["-tls1", "-tls1_1"])
    def test_a_server_with_only_old_tls_is_reported(self, folder, credentials, tls):
        """The server supports no newer version than TLS 1.1."""
        with other_servers.s_server(folder, "-www", tls, "-cipher", "ALL:@SECLEVEL=0") as url:
            assert verdict(url, credentials) == ("tls_too_old", "probable", "network")

    def test_a_missing_response_is_reported(self, folder, credentials):
        """Without -www it reads the request and never responds."""
        with other_servers.s_server(folder, "-tls1_3", *self.TRUSTING) as url:
            diagnosis = diagnose(Endpoint(url), credentials, limits=Limits(total=1.0))
        assert (diagnosis.verdict.code, diagnosis.stage_reached) == ("call_unanswered", "request")

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("expired", ("server_certificate_expired", "probable", "operator")),
            ("not_yet_valid", ("server_certificate_not_yet_valid", "probable", "partner")),
            ("wrong_name", ("server_name_mismatch", "probable", "network")),
            ("self_signed", ("server_self_signed", "probable", "network")),
            ("intercepted", ("proxy_intercepts", "probable", "network")),
            ("missing_intermediate", ("server_chain_incomplete", "probable", "operator")),
        ],
    )
    def test_each_wrong_server_certificate_gets_its_verdict(
        self, tmp_path, identities, credentials, authority, name, expected
    ):
        """Each wrong certificate gets its verdict when another server presents it."""
        other_servers.write_files(tmp_path, identities.get(name), (authority.root.certificate,))
        with other_servers.s_server(tmp_path, "-www") as url:
            assert verdict(url, credentials) == expected


@pytest.mark.skipif(not other_servers.JAVA, reason="no Java is installed")
class TestJava:
    """Java's own HTTPS server, as a gateway in Java would use it."""

    @pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
    def test_a_healthy_server_is_connected(self, folder, credentials, tls):
        """It accepts the certificate and responds."""
        with other_servers.java(folder, "need", tls) as url:
            assert verdict(url, credentials) == ("connected", "certain", "nobody")

    @pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
    def test_an_unknown_authority_is_reported(self, other_authority_folder, credentials, tls):
        """Java closes the connection without an alert, with and without a certificate, so the cause is unknown."""
        with other_servers.java(other_authority_folder, "need", tls) as url:
            assert verdict(url, credentials) == ("connection_dropped", "unknown", "operator")

    @pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
    def test_a_missing_certificate_is_reported(self, folder, credentials, tls):
        """It requests a certificate, and closes the connection without one."""
        with other_servers.java(folder, "need", tls) as url:
            no_identity = replace(credentials, identity=None)
            diagnosis = diagnose(Endpoint(url), no_identity, limits=SLOW, try_anyway=True)
        assert (diagnosis.verdict.code, diagnosis.verdict.owner) == ("client_certificate_demanded", "partner")


def revocation_list(signer, *serials):
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=9))
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(hours=1))
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.PEM)
