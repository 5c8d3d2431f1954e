"""People and organisations for the tests of this app: two bases, the authority, and one person in each role needed."""

from datetime import date
from itertools import count

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache

from accounts.models import Membership, Organisation, Role, User

PASSWORD = "a-long-enough-one-7"
_numbers = count(1)


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def authority(db):
    return Organisation.objects.create(kind="authority", name="测试主管机构", slug="authority")


@pytest.fixture
def base(db):
    return Organisation.objects.create(
        kind="base", name="测试基地甲", name_en="Base A", slug="base-a", accredited_from=date(2020, 1, 1),
        accredited_levels=["junior"],
    )  # fmt: skip


@pytest.fixture
def other_base(db):
    return Organisation.objects.create(kind="base", name="测试基地乙", name_en="Base B", slug="base-b")


@pytest.fixture
def make_person(db):
    def make(name="测试人", *, at=None, role=None, verified=True, password=PASSWORD) -> User:
        email = f"p{next(_numbers)}@example.org"
        user = User.objects.create_user(email, password, full_name=name)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=verified)
        if at is not None:
            Membership.objects.create(user=user, organisation=at, role=role, valid_from=date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def an_officer(make_person, authority):
    return make_person("测试官员", at=authority, role=Role.OFFICER)


@pytest.fixture
def a_registrar(make_person, base):
    return make_person("测试教务", at=base, role=Role.REGISTRAR)


@pytest.fixture
def an_author(make_person, base):
    return make_person("测试作者", at=base, role=Role.AUTHOR)


@pytest.fixture
def a_trainee(make_person):
    return make_person("测试学员")


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client
