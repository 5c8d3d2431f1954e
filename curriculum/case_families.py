"""A case and all its copies: who has one of them."""

from wagtail.models import Page

from .models import CaseOrigin, CaseScenarioPage, EditionItem, TrainingBasePage


def bases_using(page: CaseScenarioPage, family: str) -> set[int]:
    """Return the bases that have the case, a copy of it, or an edition with it."""
    kin = {page.pk, *CaseOrigin.objects.filter(family=family).values_list("page_id", flat=True)}
    if family.startswith("page:"):
        kin.add(int(family.removeprefix("page:")))
    editions = EditionItem.objects.filter(page__in=kin).values_list("edition__organisation", flat=True)
    paths = [path[: -Page.steplen] for path in Page.objects.filter(pk__in=kin).values_list("path", flat=True)]
    return {*editions, *TrainingBasePage.objects.filter(path__in=paths).values_list("organisation", flat=True)}
