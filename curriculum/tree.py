"""The root of the page tree: site, locale, front page. Safe to call again."""

from django.conf import settings
from wagtail.models import Locale, Page, Site

from .models import HomePage


def ensure_home() -> HomePage:
    """Return the front page, making locale, root and site where they are missing."""
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    if home := HomePage.objects.first():
        return home
    root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root", locale=locale)
    for page in root.get_children():  # Wagtail's welcome page
        page.delete()
    root.refresh_from_db()
    home = HomePage(
        title="技术经理人培训与认证",
        title_en="Technology manager training and certification",
        slug="home",
        locale=locale,
        lead="把实验室的成果和产业的需求互相“翻译”的人，从这里学起、练起，并拿到人人可以查验的证书。",
        lead_en=(
            "For people who translate between laboratories and industry: study, practise on real cases, and earn a "
            "certificate that anyone can check."
        ),
    )
    root.add_child(instance=home)
    home.save_revision().publish()
    Site.objects.all().delete()
    Site.objects.create(
        hostname="localhost", port=80, root_page=home, is_default_site=True, site_name=settings.WAGTAIL_SITE_NAME
    )
    return home
