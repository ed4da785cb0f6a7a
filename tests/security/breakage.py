"""Failures in the middle of the work with secrets: while the file `BREAKAGE_FILE` exists, no key opens."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse

from onboarding.workflow import requests


def breakage_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Replace the functions that get a passphrase by some that fail while the file exists."""
    file = Path(os.environ["BREAKAGE_FILE"])

    def breaking(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            if file.exists():
                raise RuntimeError("broken on purpose")
            return function(*args)

        return call

    requests.open_key = breaking(requests.open_key)
    requests.seal_key = breaking(requests.seal_key)
    return get_response
