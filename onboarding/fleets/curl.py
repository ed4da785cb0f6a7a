"""The request as a cURL line that runs as printed, in bash, over the downloaded files."""

import shlex

from onboarding.fleets.request import ACCEPT


def curl_command(
    *, base_url: str, client_id: str, login: str, key_file: str, certificate_file: str, ca_file: str
) -> str:
    """A command over several lines; cURL asks for the password of `login` and for the key's passphrase by itself."""
    parts = [
        "curl --get",
        f"  --url {shlex.quote(base_url.rstrip('/') + '/fleets')}",
        f"  --data-urlencode {shlex.quote('client_id=' + client_id)}",
        f"  --header {shlex.quote('Accept: ' + ACCEPT)}",
        f"  --user {shlex.quote(login)}",
        f"  --cert {shlex.quote('./' + certificate_file)}",
        f"  --key {shlex.quote('./' + key_file)}",
        f"  --cacert {shlex.quote('./' + ca_file)}",
    ]
    return " \\\n".join(parts)
