"""An edition: frozen rows, a hash that can be computed again, content by revision."""

import pytest

from accounts.models import Organisation
from tests.factories.curriculum import make_edition


@pytest.fixture
def own_base(db):
    return Organisation.objects.create(
        kind="base", name="示例基地", slug="own-base", accredited_from="2020-01-01", accredited_levels=["junior"]
    )


def test_first(own_base):
    edition = make_edition(own_base)
    assert edition.recompute_hash() == edition.content_hash
