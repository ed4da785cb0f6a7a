"""The corpus of requests, for `corpus_malformed`."""

from tests.pki.preflight.corpus_requests import RequestCase, by_openssl, challenged

__all__ = ["RequestCase", "by_openssl", "challenged"]
