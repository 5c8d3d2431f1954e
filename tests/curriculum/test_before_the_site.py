"""An installation whose pages are not there yet; alone in its file, as nothing must stand."""

from accounts.models import Organisation
from curriculum.models import TrainingBasePage
from curriculum.tree import ensure_home


def test_before_the_site_exists_an_organisation_is_just_saved(db):
    Organisation.objects.create(kind="base", name="早来的基地", slug="early")
    assert not TrainingBasePage.objects.exists()
    ensure_home()
