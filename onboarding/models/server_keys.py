"""The server keys that encrypt private keys. The keys themselves are in the keyring, never in the database."""

from django.db import models
from django.utils import timezone


class ServerKey(models.Model):
    """A server key by its id, with a canary: a record without a secret that only this key opens.

    Every transaction that stores a sealed key locks the row of its server key first, so that none is stored with a
    key that was retired meanwhile.
    """

    key_id = models.CharField(primary_key=True, max_length=64)
    canary = models.BinaryField()
    added_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.key_id
