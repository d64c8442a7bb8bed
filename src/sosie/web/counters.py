"""What is counted as it happens, by the process that does it; `sosie.web.metrics` tells it."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

REQUESTS = Counter("sosie_requests", "Requests answered.", ["route", "method", "status"])
SECONDS = Histogram("sosie_request_seconds", "Seconds until a request was answered.", ["route"])
VERIFIED = Counter("sosie_verified", "Pictures that anyone had checked, by answer.", ["outcome"])
UNREAD = Counter(
    "sosie_decoder_refusals", "Pictures of strangers that were not decoded, by reason.", ["reason"]
)
