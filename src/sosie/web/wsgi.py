"""The pages for a server of several processes, such as gunicorn: `sosie.web.wsgi:application`.

The workspace is the one of `SOSIE_WORKSPACE`, opened at the start: a wrong database or a wrong
passphrase of the house stops the process, not somebody who signs. Each process is warm before it
answers.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.wsgi import get_wsgi_application

from sosie import wiring

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sosie.settings")
os.environ.setdefault("SOSIE_ORIGIN", os.environ.get("SOSIE_PUBLIC_URL", "http://localhost:8000"))
wiring.make_web_key(Path(os.environ["SOSIE_WORKSPACE"]))
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - the pages are set up just above

from sosie.web.warm import warm  # noqa: E402
from sosie.web.workspace import outside  # noqa: E402

_opened = outside()
if settings.HOUSE_PASSPHRASE:
    _opened.log_key.sign(b"")
warm()
