"""How the web part runs: `gunicorn --config python:config.gunicorn config.wsgi`."""

import os
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from prometheus_client.multiprocess import mark_process_dead

from config.logs import redacted

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or max(2, min(4, os.cpu_count() or 2)))
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 60
graceful_timeout = 15
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a heartbeat file, no content
control_socket_disable = True


class RedactingLogger(Logger):  # type: ignore[misc]
    """Access log without tokens: whoever reads the log must not be able to act for a customer or a colleague."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """The words that a log line may use; the path is redacted in each of them."""
        known: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {
            name: redacted(word) if isinstance(word, str) and word.find("/") >= 0 else word
            for name, word in known.items()
        }


def child_exit(server: Any, worker: Any) -> None:
    """A web process that ended counts no longer among the live ones of /metrics."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


logger_class = RedactingLogger
