"""How gunicorn serves the pages: `gunicorn --config deploy/gunicorn.conf.py sosie.web.wsgi`.

A web server in front speaks TLS and limits what is sent (`deploy/nginx.conf`)."""

import os

bind = os.environ.get("SOSIE_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("SOSIE_WORKERS", "2"))
worker_class = "gthread"
threads = 8
timeout = 120
graceful_timeout = 30
max_requests = 10_000  # a worker is replaced by a fresh one now and then
max_requests_jitter = 1_000
limit_request_line = 4094
limit_request_fields = 50
accesslog = None  # it would tell who asked for what; `SOSIE_LOG=json` tells what an operator needs
loglevel = "error"


def child_exit(server: object, worker: object) -> None:
    """Forget the gauges of a worker that ended; what it counted stays."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
