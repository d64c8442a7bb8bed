"""Django settings. The database is the one of the workspace that `SOSIE_WORKSPACE` names, unless
`SOSIE_DATABASE_URL` names one of PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sosie.adapters.passphrase import passphrase

WORKSPACE = Path(os.environ.get("SOSIE_WORKSPACE", "demo")).absolute()
WEB_KEY = WORKSPACE / "keys" / "web.key"
"""What links and sessions of the pages are signed with; made by whoever first needs it."""


def database(url: str) -> dict[str, Any]:
    """This function will return where the tables are: in a SQLite file of the workspace, or in the
    PostgreSQL at an address (`postgresql://…`). On both, every writer takes the lock first: a quota
    that is read is the quota that holds."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": WORKSPACE / "sosie.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                # The rollback journal: WAL has a known corruption race below SQLite 3.51.3.
                "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;"
                # What is erased does not stay in the file.
                " PRAGMA mmap_size=0; PRAGMA secure_delete=ON;",
            },
        }
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - an extra

    named = conninfo_to_dict(url)
    named["options"] = f"{named.get('options') or ''} -c lock_timeout=30s".strip()
    return {
        "ENGINE": "sosie.store.postgresql",
        "NAME": named.pop("dbname", ""),
        "OPTIONS": named,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": database(os.environ.get("SOSIE_DATABASE_URL", ""))}
INSTALLED_APPS = [
    "sosie.store",
    "sosie.account_store",
    "sosie.web",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
ROOT_URLCONF = "sosie.web.urls"
MIDDLEWARE = [
    "sosie.web.observed.Observed",
    "django.middleware.security.SecurityMiddleware",
    "sosie.web.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sosie.web.tongue.Speaks",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sosie.web.rights.DeclaredRights",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "sosie.web.rights.of_the_visitor",
                "sosie.web.navigation.of_the_page",
                "sosie.web.tongue.of_the_page",
            ]
        },
    }
]
# Without a key of the workspace this process signs nothing that another one reads.
SECRET_KEY = WEB_KEY.read_text() if WEB_KEY.exists() else os.urandom(32).hex()
DEBUG = False
# Opens the keys with which what happens is recorded; without it, nothing is signed on the pages.
HOUSE_PASSPHRASE = passphrase("house") or ""
# Where others reach this workspace, through a web server in front; empty: this machine alone.
PUBLIC_URL = os.environ.get("SOSIE_PUBLIC_URL", "")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", *filter(None, [urlsplit(PUBLIC_URL).hostname])]
CSRF_TRUSTED_ORIGINS = [*filter(None, [PUBLIC_URL])]

# Who signs in: accounts with passkeys, made by invitation only. There are no passwords or e-mails.
AUTH_USER_MODEL = "account_store.Account"
AUTHENTICATION_BACKENDS = ["sosie.web.passkeys.NoPasswords"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_ADAPTER = "sosie.web.passkeys.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_MODEL_USERNAME_FIELD = "number"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
# Whose tries are counted: the address that the web server in front says, if there is one.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if PUBLIC_URL else 0
# Of one token of the API.
API_REQUESTS_A_MINUTE = 600
ACCOUNT_RATE_LIMITS = {
    "verify": "20/m/ip",  # pictures that anyone may have checked
    "capture": "60/m/user",  # photographs that a model may have judged
}
MFA_ADAPTER = "sosie.web.passkeys.Passkeys"
MFA_SUPPORTED_TYPES = ["webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_DIGITS = 12
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}  # signing in takes two requests
RELYING_PARTY = os.environ.get("SOSIE_RELYING_PARTY", "localhost")
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(PUBLIC_URL)
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if PUBLIC_URL else 0

# `json`: one JSON object a line, without anything that tells who asked, or about whom.
if os.environ.get("SOSIE_LOG") == "json":
    LOGGING = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "sosie.web.lines.Lines"}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            "django": {"handlers": [], "level": "ERROR"},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "sosie": {"level": "INFO"},
        },
    }

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# What the pages speak, each as it calls itself: the languages of papers.
LANGUAGES = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("sv", "Svenska"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("zh-hans", "中文"),
]
LANGUAGE_COOKIE_NAME = "language"
