"""A server with the old keyring that adds sealed keys, as a process; and the check that every key can be opened.

`python -m tests.security.rotation fill NUMBER` adds keys, and `check` opens all of them and prints their number. The
environment is that of the site. One RSA key and a cheap derivation serve for all rows: the rotation reads neither.
"""

import sys
import uuid
from dataclasses import asdict

import django

if __name__ == "__main__":
    django.setup()  # before the models are imported

from django.conf import settings

from onboarding.models import CertificateRequest, Onboarding, SealedPrivateKey, User
from onboarding.pki import custody
from onboarding.pki.csr import csr_fingerprint, csr_pem, make_csr
from onboarding.pki.keys import generate_key
from onboarding.pki.subject import Subject
from onboarding.workflow import requests
from tests import factories


def fill(number: int) -> None:
    """Add onboardings with a sealed key each, encrypted with the first key of the keyring; print a dot for each."""
    custody.MEMORY_KIB, custody.ITERATIONS, custody.LANES = 8, 1, 1
    owner, _ = User.objects.get_or_create(email="rotation@flottes.example")
    key = generate_key(2048)
    csr = make_csr(key, Subject(common_name="MZP128745", **factories.COMPANY))
    keyring = custody.Keyring.read(settings.KEYRING_FILE)
    for _ in range(number):
        onboarding = Onboarding.objects.create(owner=owner, mzp_login="MZP128745", environment="production")
        request = CertificateRequest(onboarding=onboarding, uid=uuid.uuid4(), csr_pem=csr_pem(csr), key_size=2048)
        binding = custody.Binding(str(onboarding.pk), str(request.uid), csr_fingerprint(csr))
        sealed = custody.seal_key(key, factories.PASSPHRASE, keyring, binding)
        request.spki, request.fingerprint = sealed.spki, binding.csr_fingerprint
        request.save()
        SealedPrivateKey.objects.create(request=request, **asdict(sealed))
        print(".", end="", flush=True)


def check() -> None:
    """Open every key; print their number, and the ids of the server keys that encrypt them."""
    rows = CertificateRequest.objects.select_related("sealed_key")
    for request in list(rows):  # opening a key gives the connection back
        requests.open_private_key(request, request.onboarding.owner, factories.PASSPHRASE)
    ids = SealedPrivateKey.objects.order_by().values_list("server_key_id", flat=True).distinct()
    print(rows.count(), *ids)


if __name__ == "__main__":
    fill(int(sys.argv[2])) if sys.argv[1] == "fill" else check()
