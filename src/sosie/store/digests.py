"""The column of a digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField


class Digests(_Text):
    """A SHA-256 digest, written `sha256:` and 64 hexadecimal digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["max_length"] = 71
        super().__init__(**kwargs)
