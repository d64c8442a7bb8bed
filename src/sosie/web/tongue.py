"""In which language a page speaks: the one that an account chose, else a cookie, else what the
browser asks for. Programs and files are answered in English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from unicodedata import normalize
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sosie.account_store.models import Account
from sosie.core import country_names
from sosie.services import account as accounts
from sosie.web.names import GROUPS
from sosie.web.rights import public

_IN_ENGLISH = ("/api/", "/static/", "/.well-known/")
_LOCALES = {"en": "en_GB", "pt": "pt_PT", "zh-hans": "zh_Hans_CN"}
"""How days are written where a language is written in several ways."""
_WEEKDAYS = {
    **dict.fromkeys(("en", "ru"), "EEEE, d MMMM"),
    **dict.fromkeys(("es", "pt"), "EEEE, d 'de' MMMM"),
    "zh": "M月d日EEEE",
}
"""The day of the week with a day, where CLDR has it in short only."""
_YEAR_OF_COOKIE = 365 * 24 * 60 * 60


class Speaks:
    """Has each page speak the language of whoever reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in its language."""
        if request.path.startswith(_IN_ENGLISH):
            return self.get_response(request)
        chosen = getattr(request.user, "language", "")
        with translation.override(chosen or translation.get_language_from_request(request)):
            response = self.get_response(request)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                patch_vary_headers(response, ("Accept-Language", "Cookie"))
                response.headers["Content-Language"] = translation.get_language() or "en"
        return response


@csrf_exempt
@public
@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Keep the language that somebody chose, in a cookie and in her account, and go back.

    Without a token against other sites, for which each page would need a cookie: what they could
    do is to change in which language somebody reads, and of nobody who is signed in (SameSite).
    """
    chosen, there = request.POST.get("language", ""), request.POST.get("next", "")
    response = redirect(
        there if url_has_allowed_host_and_scheme(there, None) else reverse("verify")
    )
    if chosen in dict(settings.LANGUAGES):
        if isinstance(request.user, Account):
            accounts.speak(request.user, language=chosen)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=_YEAR_OF_COOKIE,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def of_the_page(request: HttpRequest) -> dict[str, Any]:
    """Return the languages to choose from, and where a page is read again in another: the page
    itself; of one that answers a form, the page with the form."""
    there = request.get_full_path()
    if request.method == "POST":
        from_ = urlsplit(request.headers.get("Referer", ""))
        same = from_.netloc == request.get_host()
        there = from_._replace(scheme="", netloc="").geturl() if same else reverse("verify")
    return {"languages": settings.LANGUAGES, "in_another_language": there}


def paper_language() -> str:
    """Return the language of the reader as papers call it."""
    return (translation.get_language() or "en").partition("-")[0]


def locale() -> Locale:
    """Return the locale in which days and countries are written for the reader."""
    language = translation.get_language() or "en"
    return Locale.parse(_LOCALES.get(language, translation.to_locale(language)))


def day(value: date) -> str:
    """Return a day in full: `23 November 2026`; `1er mars 2027` in French."""
    here = locale()
    text = _year_in_full(str(format_date(value, "long", locale=here)))
    return f"1er{text[1:]}" if here.language == "fr" and value.day == 1 else text


def moment(value: datetime) -> str:
    """Return a day in full and the time: `23 November 2026, 14:05`."""
    return f"{day(value)}{_between()}{clock(value)}"


def hour(value: datetime) -> str:
    """Return a day of this year and the time: `23 November, 14:05`."""
    return f"{day_of_year(value)}{_between()}{clock(value)}"


def _between() -> str:
    return " " if locale().language == "zh" else ", "


def clock(value: datetime) -> str:
    """Return the time of a day: `14:05`."""
    return str(format_time(value, "HH:mm", locale=locale()))


def day_of_year(value: date) -> str:
    """Return a day without its year: `23 November`."""
    return str(format_skeleton("MMMMd", value, locale=locale()))


def weekday(value: date) -> str:
    """Return a day with its name and without its year: `Saturday, 28 November`."""
    here = locale()
    return str(format_date(value, _WEEKDAYS.get(here.language, "EEEE d MMMM"), locale=here))


def month(value: date) -> str:
    """Return a month: `November 2026`."""
    return _year_in_full(str(format_skeleton("yMMMM", value, locale=locale())))


def _year_in_full(text: str) -> str:
    """Return a day without the short word for the year in Russian: its stop would stand before that
    of a sentence. With a whole blank before it: in the faces of the pages a narrow one is none."""
    return f"{text[:-2].rstrip()}\xa0года" if text.endswith("г.") else text


def short_month(value: date) -> str:
    """Return a month without its year, in short: `Nov`."""
    return str(format_date(value, "LLL", locale=locale()))[:4].rstrip(".")


def year(value: date) -> str:
    """Return a year: `2026`, `2026年`."""
    return str(format_skeleton("y", value, locale=locale()))


def places() -> list[tuple[str, str]]:
    """Return every group and country as its code and its name, to choose from: the groups, then the
    countries by their names."""
    return list(_places(translation.get_language() or "en").items())


@cache
def _places(language: str) -> dict[str, str]:
    english, here = dict(country_names.places()), locale()
    if language.partition("-")[0] == "en":
        return english
    groups = {code: gettext(name) for code, name in GROUPS.items()}
    named = [(c, str(here.territories.get(c, name))) for c, name in english.items()]
    countries = sorted(named, key=lambda each: normalize("NFD", each[1]))
    return groups | {code: name for code, name in countries if code not in groups}


def countries(codes: Iterable[str]) -> str:
    """Return the names of countries and groups, with commas between."""
    named = _places(translation.get_language() or "en")
    return gettext(", ").join(named.get(code, code) for code in codes)


def split(text: str) -> list[str]:
    """Return what was typed with commas between, as any language sets them, one by one."""
    return [part for each in re.split("[,;，、；]", text) if (part := each.strip())]


def options(names: Mapping[Any, str]) -> list[tuple[str, Promise]]:
    """Return names of the core to choose from, said when they are shown."""
    return [(str(key), gettext_lazy(words)) for key, words in names.items()]
