"""Every page speaks every language: nothing is left out, filled otherwise, or said unmarked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po, write_po
from django.template.loader import get_template
from tools import tongues

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(tongues.WEB.joinpath("templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_says_nothing_that_cannot_be_translated(path: Path) -> None:
    assert not tongues.unmarked(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_loads_what_it_uses(path: Path) -> None:
    assert get_template(str(path.relative_to(tongues.WEB / "templates")))


@pytest.mark.parametrize(
    "template",
    [
        "<p>Nothing yet.</p>",
        '<nav aria-label="Which month"></nav>',
        '{% if her %}<b>{% translate "Yours" %}</b> of it{% endif %}',
        "<p>{% blocktranslate %}{{ n }} files{% endblocktranslate %} lie here</p>",
        "<span>{{ n }} pictures</span>",
    ],
)
def test_what_is_not_marked_is_found(template: str) -> None:
    assert tongues.unmarked(template)


def _problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, other: str) -> list[str]:
    """Return what is wrong with the French catalog once one of its texts is another."""
    text = tongues.path_of("fr").read_text(encoding="utf-8")
    assert text.count(said) == 1
    path = tmp_path / "django.po"
    path.write_text(text.replace(said, other), encoding="utf-8")
    monkeypatch.setattr(tongues, "path_of", lambda _language: path)
    with path.open("rb") as file:
        path.with_suffix(".mo").write_bytes(tongues.compiled(read_po(file, locale="fr")))
    return tongues.problems("fr")


@pytest.mark.parametrize(
    ("said", "other", "found"),
    [
        ('msgstr "Aujourd’hui"', 'msgstr "Aujourd’hui"', ""),
        ('msgstr "Aujourd’hui"', 'msgstr ""', "fr: not translated: Today"),
        ('msgid "Today"', 'msgid "Tomorrow"', "fr: not translated: Today"),
        ('msgid "Today"', 'msgid "Tomorrow"', "fr: not said any more: Tomorrow"),
        ('msgstr "sceau %(seal)s"', 'msgstr "sceau %(sceau)s"', "other values"),
        ('msgstr "rien d’autre"', 'msgstr "rien {d}’autre"', "other values"),
        ('msgstr[1] "%(n)s jumeaux"', 'msgstr[1] "jumeaux"', "other values"),
        ('msgstr[1] "%(n)s jumeaux"', 'msgstr[1] ""', "not translated"),
    ],
)
def test_a_catalog_that_is_not_whole_is_found(
    said: str, other: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = _problems(tmp_path, monkeypatch, said, other)
    assert any(found in each for each in wrong) if found else not wrong


def test_a_catalog_that_was_not_compiled_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tongues.path_of("ru").open("rb") as file:
        catalog = read_po(file, locale="ru")
    path = tmp_path / "django.po"
    with path.open("wb") as file:
        write_po(file, catalog)
    path.with_suffix(".mo").write_bytes(tongues.compiled(catalog)[:-1])
    monkeypatch.setattr(tongues, "path_of", lambda _language: path)
    assert tongues.problems("ru") == ["ru: not compiled: call tools/tongues.py"]


def test_a_message_that_no_catalog_knows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tongues.messages()
    assert len(known) > 1000
    monkeypatch.setattr(tongues, "messages", lambda: [*known, "A new sentence."])
    for language in tongues.LANGUAGES:
        assert tongues.problems(language) == [f"{language}: not translated: A new sentence."]


def test_the_catalogs_are_made_of_the_sources_of_today() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.tongues", "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert (done.stdout.strip(), done.returncode) == ("every page speaks every language", 0)
