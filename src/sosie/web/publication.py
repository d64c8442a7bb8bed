"""The public page of a picture: what a printed QR code points to."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from sosie.core.seal import parse, spell
from sosie.core.source_type import WORDS, SourceType
from sosie.core.term_names import CHANNELS
from sosie.core.terms import Channel
from sosie.core.values import BadInput
from sosie.services import publication
from sosie.web.public_terms import in_words, standing_in_words
from sosie.web.rights import public
from sosie.web.workspace import outside, site


@public
@require_safe
def picture(request: HttpRequest, number: str) -> HttpResponseBase:
    """Show what is public of a sealed picture; of one that was not released, nothing."""
    try:
        spelled = spell(parse(number))
    except BadInput:
        raise Http404 from None
    found = publication.of(outside(), spelled, now=timezone.now())
    if found is None:
        raise Http404
    if number != spelled:
        return redirect("publication", spelled)
    record = found.record
    context = {
        "of": found,
        "record": record,
        "terms": in_words(record.terms.model_copy(update={"credit": ""})),
        "made": WORDS[SourceType(found.source_type)] if found.source_type else "",
        "channel": gettext(CHANNELS[Channel(record.channel)]) if record.channel else "",
        "master": spell(record.master) if record.master is not None else "",
        "stands": standing_in_words(record, found.standing),
        "site": site(request),
    }
    return render(request, "sosie/publication.html", context)
