"""The body of a request, read as JSON whose every text can be kept, and is what is read."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from sosie.core import writing
from sosie.core.values import BadInput

_HALF = re.compile("[\ud800-\udfff]")


class Reader(Parser):
    """Reads a body; the whole of it is refused where a text or a key is not ``kept``, or holds a
    character that nobody sees."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Return what a body says; raises ``ValueError`` for what is no JSON, and ``BadInput``."""
        said = super().parse_body(request)
        left: list[object] = [said]
        while left:
            each = left.pop()
            if isinstance(each, dict):
                left += [*each, *each.values()]
            elif isinstance(each, list):
                left += each
            elif isinstance(each, str) and not kept(each):
                raise BadInput(
                    "a text of it holds a NUL or half of a surrogate pair",
                    where="body",
                    remedy="send it without: no database keeps these",
                    code="request.invalid",
                )
        writing.check(said)
        return said


def kept(text: str) -> bool:
    """Return whether a database keeps a text, and UTF-8 can say it."""
    return "\0" not in text and (text.isascii() or not _HALF.search(text))
