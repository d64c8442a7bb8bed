"""What the first visitor would wait for, done before the pages say that they are ready: every page
is loaded, and a picture is checked that was never here."""

from __future__ import annotations

import numpy as np
from django.contrib.auth import get_backends
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import get_resolver
from django.utils import timezone

from sosie.core.values import BadInput
from sosie.core.verification import Question
from sosie.services import verification
from sosie.web import verify
from sosie.web.workspace import outside

_SIZE = 320
"""Pixels of the picture at each side: as many as everything that is read of one needs."""


def warm() -> None:
    """Check a picture of noise as `/verify` does and write its page; nothing is kept or counted."""
    get_backends()
    list(get_resolver().url_patterns)
    request = HttpRequest()
    request.method, request.user = "GET", AnonymousUser()
    request.META = {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    now = timezone.now().replace(microsecond=0)
    noise = np.random.default_rng(1).integers(0, 256, (_SIZE // 8, _SIZE // 8, 3), dtype=np.uint8)
    pixels = noise.repeat(8, axis=0).repeat(8, axis=1)
    try:
        examined = verification.examine(
            outside(),
            data=outside().pictures.encode(pixels),
            where="noise",
            question=Question(now, None, None, None),
        )
    except BadInput:  # this machine refuses what it costs: so each visitor is told
        return
    verify.page(request, verify.QuestionForm(), examined, now)
