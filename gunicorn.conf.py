"""How gunicorn serves the site: `make run`, the container and the systemd unit use this file.

WEB_CONCURRENCY and WEB_THREADS change the number of processes and of the threads of each. See docs/operating.md.
"""

import os
import shutil
import tempfile
from pathlib import Path

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "16"))
timeout = 60
graceful_timeout = 30  # seconds: a connection test that is running can store its result
keepalive = 75  # seconds: longer than the proxy keeps a connection, so that it never sends into a closed one
control_socket_disable = True

# The files in which the processes of this server collect their metrics. They begin anew with the server.
_own_folder = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
if _own_folder:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="onboarding-metrics-")
_metrics = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])


def on_starting(server):
    """Remove the metrics of an earlier server."""
    _metrics.mkdir(parents=True, exist_ok=True)
    for file in _metrics.glob("*.db"):
        file.unlink()


def child_exit(server, worker):
    """Keep the counters of a process that has ended; drop its gauges."""
    from prometheus_client import multiprocess  # noqa: PLC0415  # it reads the variable when it is imported

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    """Remove the folder, if this file has made it."""
    if _own_folder:
        shutil.rmtree(_metrics, ignore_errors=True)
