from datetime import timedelta

import pytest
from django.utils import timezone


@pytest.fixture
def at():
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)
