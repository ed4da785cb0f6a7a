"""What every process counts for Prometheus: the durations of requests, and the line before slow cryptography.

With PROMETHEUS_MULTIPROC_DIR, which gunicorn.conf.py sets, the processes of a server collect in shared files.
"""

from prometheus_client import Gauge, Histogram

# No label has a login, an address or an id: the view is the name of an address in `onboarding/urls.py`.
REQUEST_SECONDS = Histogram(
    "onboarding_http_request_seconds",
    "Durations of requests, until the response begins, in seconds.",  # not shown: for Prometheus
    ["view", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8, 1.5, 3, 6, 12, 30),
)
REQUESTS_IN_LINE = Gauge(
    "onboarding_requests_in_line",
    "Requests that wait for slow cryptography, or run it.",  # not shown: for Prometheus
    multiprocess_mode="livesum",
)
HTTP_METHODS = {"GET", "HEAD", "POST", "OPTIONS"}  # anybody can send other names


def observe_request(view: str, method: str, status: int, seconds: float) -> None:
    """Count a request that has ended."""
    REQUEST_SECONDS.labels(view, method if method in HTTP_METHODS else "other", str(status)).observe(seconds)
