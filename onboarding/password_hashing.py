"""How account passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane, as the OWASP Password Storage Cheat Sheet recommends.

    It costs a sign-in a tenth of the time of Django's default, PBKDF2, and a guess needs 19 MiB of memory. Hashes that
    were made otherwise are replaced when their owner signs in.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
