"""The doctor before servers that share no code with it: nginx, OpenSSL's own and Java's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from onboarding.fleets.diagnosis import Endpoint, Limits, diagnose
from tests.fleets import other_servers

PATIENT = Limits(total=4.0, body=64 * 1024)
WANTED = "ssl_client_certificate {folder}/clients.pem; ssl_verify_depth 3;"
VERIFIED = WANTED + "ssl_verify_client on;"


@pytest.fixture
def folder(tmp_path, identities, authority):
    other_servers.lay_out(tmp_path, identities.get("good"), (authority.issuing.certificate, authority.root.certificate))
    return tmp_path


@pytest.fixture
def stranger_folder(tmp_path, identities):
    """A server in order, that knows only another authority's partners."""
    other_servers.lay_out(tmp_path, identities.get("good"), (identities.stranger.certificate,))
    return tmp_path


def verdict(url, credentials):
    diagnosis = diagnose(Endpoint(url), credentials, limits=PATIENT)
    return diagnosis.verdict.code, diagnosis.verdict.confidence, diagnosis.verdict.owner


@pytest.mark.skipif(not other_servers.NGINX, reason="nginx is not installed")
class TestNginx:
    """nginx, as many gateways are fronted by it."""

    @pytest.mark.parametrize("tls", ["1.2", "1.3"])
    def test_healthy(self, folder, credentials, tls):
        """A partner's certificate passes, and the authorities that nginx names are kept as evidence."""
        with other_servers.nginx(folder, f"ssl_protocols TLSv{tls}; " + VERIFIED) as url:
            diagnosis = diagnose(Endpoint(url), credentials, limits=PATIENT)
        assert (diagnosis.verdict.code, diagnosis.details.tls_version) == ("connected", f"TLSv{tls}")
        assert diagnosis.details.authorities == (
            "CN=Rehearsal Issuing CA,O=Rehearsal Operator",
            "CN=Rehearsal Root CA,O=Rehearsal Operator",
        )

    def test_an_unknown_authority(self, stranger_folder, credentials):
        """nginx finishes the handshake and refuses in HTTP: 400, “The SSL certificate error”."""
        with other_servers.nginx(stranger_folder, VERIFIED) as url:
            assert verdict(url, credentials) == ("client_certificate_refused", "certain", "operator")

    def test_no_certificate(self, folder, credentials):
        """nginx answers 400, “No required SSL certificate was sent”; it is told apart from a refused one."""
        with other_servers.nginx(folder, VERIFIED) as url:
            nobody = replace(credentials, identity=None)
            diagnosis = diagnose(Endpoint(url), nobody, limits=PATIENT, try_anyway=True)
        assert diagnosis.verdict.code == "client_certificate_demanded"

    def test_a_chain_without_its_intermediate(self, folder, without_intermediate, authority):
        """nginx knows only the root: the partner's file may be the cause, and the verdict says so."""
        (folder / "clients.pem").write_text(other_servers.pem(authority.root.certificate))
        with other_servers.nginx(folder, VERIFIED) as url:
            assert verdict(url, without_intermediate) == ("client_chain_incomplete", "probable", "partner")

    def test_a_revoked_certificate(self, folder, credentials, authority):
        """nginx with a revocation list refuses in HTTP, without saying why."""
        leaf = credentials.identity.certificates[0]
        lists = [revoked(authority.issuing, leaf.serial_number), revoked(authority.root)]
        (folder / "crl.pem").write_bytes(b"".join(lists))
        with other_servers.nginx(folder, VERIFIED + "ssl_crl {folder}/crl.pem;") as url:
            assert verdict(url, credentials) == ("client_certificate_refused", "certain", "operator")

    def test_never_asked(self, folder, credentials):
        """A location that forbids without having asked for a certificate is probably the wrong host."""
        with other_servers.nginx(folder, "", "return 403;") as url:
            assert verdict(url, credentials) == ("client_certificate_not_requested", "probable", "operator")

    @pytest.mark.parametrize(
        ("location", "expected"),
        [
            ("return 403;", ("blocked_page", "probable", "operator")),
            ("return 404;", ("not_found", "probable", "operator")),
            ("return 429;", ("rate_limited", "certain", "partner")),
            ("return 503;", ("operator_error", "certain", "operator")),
            ("proxy_pass http://127.0.0.1:1;", ("operator_error", "certain", "operator")),
            ("return 302 https://127.0.0.1:1/;", ("redirected", "probable", "network")),
            ("return 444;", ("answer_missing", "probable", "operator")),
            ("default_type text/html; return 200 '<html>hi</html>';", ("not_the_gateway", "probable", "network")),
        ],
    )
    def test_answers(self, folder, credentials, location, expected):
        """nginx's own pages, redirects and hang-ups."""
        with other_servers.nginx(folder, VERIFIED, location) as url:
            assert verdict(url, credentials) == expected

    def test_without_tls(self, folder, credentials):
        """A port that speaks HTTP in clear."""
        with other_servers.nginx(folder, ssl="") as url:
            assert verdict(url, credentials) == ("not_tls", "certain", "network")

    def test_no_cipher_in_common(self, folder, credentials):
        """nginx with a cipher that nobody offers refuses the hello."""
        with other_servers.nginx(folder, "ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-AES256-SHA384;") as url:
            assert verdict(url, credentials) == ("tls_refused", "probable", "operator")


@pytest.mark.skipif(not other_servers.OPENSSL, reason="openssl is not installed")
class TestOpenssl:
    """OpenSSL's own server, which refuses a certificate with the alert that says why."""

    TRUSTING = ("-CAfile", "clients.pem", "-Verify", "3", "-verify_return_error")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_page_in_the_place_of_fleets(self, folder, credentials, tls):
        """It takes the certificate, and answers with a status page: not the gateway."""
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING) as url:
            assert verdict(url, credentials) == ("not_the_gateway", "probable", "network")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_an_unknown_authority(self, stranger_folder, credentials, tls):
        """The alert unknown_ca, in the handshake or after it."""
        with other_servers.s_server(stranger_folder, "-www", tls, *self.TRUSTING) as url:
            assert verdict(url, credentials) == ("client_certificate_unknown_ca", "certain", "operator")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_chain_without_its_intermediate(self, folder, without_intermediate, authority, tls):
        """The same alert; the partner's own file may be the cause."""
        (folder / "clients.pem").write_text(other_servers.pem(authority.root.certificate))
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING) as url:
            assert verdict(url, without_intermediate) == ("client_chain_incomplete", "probable", "partner")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_revoked_certificate(self, folder, credentials, authority, tls):
        """The alert certificate_revoked."""
        leaf = credentials.identity.certificates[0]
        (folder / "crl.pem").write_bytes(revoked(authority.issuing, leaf.serial_number))
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING, "-CRL", "crl.pem", "-crl_check") as url:
            assert verdict(url, credentials) == ("client_certificate_revoked", "certain", "operator")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_an_expired_certificate(self, folder, credentials, tls):
        """By a clock that is ahead at their side: the alert certificate_expired, though here it is in date."""
        later = str(int((datetime.now(UTC) + timedelta(days=400)).timestamp()))
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING, "-attime", later) as url:
            assert verdict(url, credentials) == ("client_certificate_expired", "probable", "operator")

    @pytest.mark.parametrize("tls", ["-tls1_2", "-tls1_3"])
    def test_a_certificate_of_another_kind(self, folder, credentials, tls):
        """It takes certificates with elliptic curves alone: the RSA one is not even sent, and nobody forgot it."""
        with other_servers.s_server(folder, "-www", tls, *self.TRUSTING, "-client_sigalgs", "ECDSA+SHA256") as url:
            assert verdict(url, credentials) == ("client_certificate_not_sent", "probable", "operator")

    @pytest.mark.parametrize("tls", ["-tls1", "-tls1_1"])
    def test_only_old_tls(self, folder, credentials, tls):
        """A server that stopped in 2008."""
        with other_servers.s_server(folder, "-www", tls, "-cipher", "ALL:@SECLEVEL=0") as url:
            assert verdict(url, credentials) == ("tls_too_old", "probable", "network")

    def test_silence_after_the_request(self, folder, credentials):
        """Without -www it reads, and never answers."""
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
    def test_wrong_server_certificates(self, tmp_path, identities, credentials, authority, name, expected):
        """Each wrong certificate, presented by a server that did not make it."""
        other_servers.lay_out(tmp_path, identities.get(name), (authority.root.certificate,))
        with other_servers.s_server(tmp_path, "-www") as url:
            assert verdict(url, credentials) == expected


@pytest.mark.skipif(not other_servers.JAVA, reason="no Java is installed")
class TestJava:
    """Java's own HTTPS server, as a gateway in Java would be."""

    @pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
    def test_healthy(self, folder, credentials, tls):
        """It takes the certificate and answers."""
        with other_servers.java(folder, "need", tls) as url:
            assert verdict(url, credentials) == ("connected", "certain", "nobody")

    @pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
    def test_an_unknown_authority(self, stranger_folder, credentials, tls):
        """Java hangs up without a word, also on who sends none: what it is can't be told, and both are named."""
        with other_servers.java(stranger_folder, "need", tls) as url:
            assert verdict(url, credentials) == ("connection_dropped", "unknown", "operator")

    @pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
    def test_no_certificate(self, folder, credentials, tls):
        """It asks for one and hangs up on who has none: one is demanded."""
        with other_servers.java(folder, "need", tls) as url:
            nobody = replace(credentials, identity=None)
            diagnosis = diagnose(Endpoint(url), nobody, limits=PATIENT, try_anyway=True)
        assert (diagnosis.verdict.code, diagnosis.verdict.owner) == ("client_certificate_demanded", "partner")


def revoked(signer, *serials):
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(now - timedelta(days=1))
        .next_update(now + timedelta(days=9))
    )
    for serial in serials:
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(hours=1)).build()
        builder = builder.add_revoked_certificate(one)
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.PEM)
