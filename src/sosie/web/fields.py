"""Fields of forms for what people write."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from sosie.core.writing import unseen


def seen(text: str) -> None:
    """Refuse a text with a character that nobody sees, or that turns what is read."""
    if found := unseen(text):
        said = _("This holds a character that nobody sees ({code}): delete it, or type it anew.")
        raise ValidationError(said.format(code=found), code="unseen")


class Text(forms.CharField):
    """A text of which every character is seen."""

    default_validators = [seen]  # noqa: RUF012 - as Django declares it
