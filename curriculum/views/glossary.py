"""The public glossary: key terms under the first letter of their pinyin (of the English term on English pages)."""

from django.db.models import Case, F, Prefetch, Q, QuerySet, When
from django.db.models.functions import Lower, Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.lib.language import is_english
from lms.lib.listing import paginate
from lms.lib.pagecache import tag

from ..models import Level, Term

PER_PAGE = 30


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """National terms for everyone, those of one's base beside them for its authors and reviewers. Five queries."""
    if request.user.is_authenticated:
        readable = Term.objects.readable_by(request.user)
    else:
        readable = Term.objects.national()
        tag(request, "terms")
    terms = _lettered(readable)
    letters = sorted(set(terms.order_by().values_list("letter", flat=True)))
    words, letter = request.GET.get("q", "").strip()[:80], request.GET.get("letter", "").lower()
    level = request.GET.get("level", "")
    if words:
        spelt = Q(pinyin__icontains=words)
        english = Q(term_en__icontains=words) | Q(definition_en__icontains=words)
        terms = terms.filter(spelt | english | Q(term__icontains=words) | Q(definition__icontains=words))
    if letter in letters:
        terms = terms.filter(letter=letter)
    if level in Level.Code.values:
        terms = terms.filter(level=level)
    terms = terms.select_related("organisation").prefetch_related(Prefetch("see_also", readable))
    context = {
        "page": paginate(request, terms, PER_PAGE),
        "letters": letters,
        "letter": letter if letter in letters else "",
        "q": words,
        "level": level,
        "levels": Level.Code.choices,
    }
    return render(request, "curriculum/glossary.html", context)


def _lettered(terms: QuerySet[Term]) -> QuerySet[Term]:
    """Annotate `letter` and sort as the language of the page does. A term without English stands under its pinyin."""
    if not is_english():
        return terms.annotate(letter=Substr("pinyin", 1, 1)).order_by("pinyin", "term", "pk")
    name = Case(When(term_en="", then=F("pinyin")), default=F("term_en"))
    return terms.annotate(name=Lower(name), letter=Substr(Lower(name), 1, 1)).order_by("name", "pk")
