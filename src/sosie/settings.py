"""Django settings. The database is the one of the workspace that `SOSIE_WORKSPACE` names."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

WORKSPACE = Path(os.environ.get("SOSIE_WORKSPACE", "demo")).absolute()

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": WORKSPACE / "sosie.sqlite3",
        "OPTIONS": {
            # Every writer takes the lock first: a quota that is read is the quota that holds.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            # The rollback journal: WAL has a known corruption race below SQLite 3.51.3.
            "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
            " PRAGMA mmap_size=0;",
        },
    }
}
INSTALLED_APPS = ["sosie.store", "sosie.web"]
ROOT_URLCONF = "sosie.web.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "sosie.web.headers.SecurityHeaders",
    "django.middleware.common.CommonMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    }
]
# No cookie, session or signed value is made by this process: the key is never used twice.
SECRET_KEY = os.urandom(32).hex()
DEBUG = False
# Where others reach this workspace, through a web server in front; empty: this machine alone.
PUBLIC_URL = os.environ.get("SOSIE_PUBLIC_URL", "")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", *filter(None, [urlsplit(PUBLIC_URL).hostname])]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
