"""Queries whose SQL is made once: the same rows as the query set gives, other values each time, and what they refuse."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.models import Value
from django.utils import timezone

from accounts.models import Membership, Organisation, Role, User
from lms.lib.compiled import MOST_IN_A_LIST, Compiled, attach, change, insert, insert_one
from lms.lib.jobs.models import Job
from lms.lib.prepared import preparing


@pytest.fixture
def people(db):
    return [User.objects.create_user(f"p{number}@example.org", None, full_name=f"某人{number}") for number in range(4)]


@pytest.fixture
def posts(people, base, other_base):
    def post(person, organisation, role, since):
        return Membership.objects.create(user=person, organisation=organisation, role=role, valid_from=since)

    return [
        post(people[0], base, Role.AUTHOR, date(2020, 1, 1)), post(people[0], other_base, Role.AUTHOR, date(2024, 1, 1)),
        post(people[1], base, Role.REGISTRAR, date(2021, 1, 1)),
    ]  # fmt: skip


def test_other_values_give_other_rows(people, django_assert_num_queries):
    by_mail = Compiled(lambda email: User.objects.filter(email=email))
    for person in people:
        with django_assert_num_queries(1):
            assert by_mail.first(person.email) == person
    assert by_mail("nobody@example.org") == [] and by_mail.first("nobody@example.org") is None


def test_every_kind_of_value(posts, base):
    since = Compiled(lambda user, day: Membership.objects.filter(user=user, valid_from__lte=day).order_by("pk"))
    user = posts[0].user_id
    assert since(user, date(2019, 12, 31)) == []
    assert since(user, date(2020, 1, 1)) == posts[:1]
    assert since(user, date(2024, 1, 1)) == posts[:2]
    by_uuid = Compiled(lambda uuid: Organisation.objects.filter(uuid=uuid))
    assert by_uuid(base.uuid) == [base] and by_uuid(uuid4()) == []
    at = timezone.now()
    job = Job.objects.create(kind="none", run_after=at)
    due = Compiled(lambda at: Job.objects.filter(run_after__lte=at))
    assert due(at) == [job] and due(at - timedelta(seconds=1)) == []


def test_lists_by_their_length(people):
    chosen = Compiled(lambda keys: User.objects.filter(pk__in=keys).order_by("pk"))
    keys = [person.pk for person in people]
    assert chosen(keys) == people and chosen(keys[1:3]) == people[1:3] and chosen(keys[2:]) == people[2:]
    assert chosen([]) == []


def test_rows_as_the_query_set_gives_them(posts, base, django_assert_num_queries):
    with_base = Compiled(lambda user: Membership.objects.filter(user=user).select_related("organisation").order_by("pk"))
    with django_assert_num_queries(1):
        first = with_base(posts[0].user_id)[0]
        assert first.organisation == base
    first.valid_until = date(2030, 1, 1)
    first.save()
    assert with_base(posts[0].user_id)[0].valid_until == date(2030, 1, 1)
    values = Compiled(lambda user: Membership.objects.filter(user=user).order_by("pk").values_list("role", "valid_from"))
    assert values(posts[0].user_id) == [("author", date(2020, 1, 1)), ("author", date(2024, 1, 1))]
    flat = Compiled(lambda user: Membership.objects.filter(user=user).values_list("role", flat=True)[:1])
    assert flat.first(posts[2].user_id) == "registrar"
    marked = Compiled(lambda user: Membership.objects.filter(user=user).annotate(mark=Value("x")).values("role", "mark"))
    assert marked(posts[2].user_id) == [{"role": "registrar", "mark": "x"}]
    fetched = Compiled(lambda pk: User.objects.filter(pk=pk).prefetch_related("memberships"))
    with django_assert_num_queries(2):
        assert set(fetched.first(posts[0].user_id).memberships.all()) == set(posts[:2])


def test_given_as_prefetched(people, posts, django_assert_num_queries):
    attach(people, "memberships", posts, "user_id")
    with django_assert_num_queries(0):
        assert [list(person.memberships.all()) for person in people] == [posts[:2], posts[2:], [], []]


def test_a_value_that_changes_the_question_is_found_out(people):
    hidden = {}
    wrong = Compiled(lambda pk: User.objects.filter(pk=pk, **hidden))
    assert wrong.first(people[0].pk) == people[0]
    hidden["full_name"] = "另一人"
    with pytest.raises(AssertionError, match="Not the query that was compiled"):
        wrong(people[0].pk)


def test_a_value_that_is_not_given_as_it_is_can_not_be_compiled(people):
    with pytest.raises(TypeError):
        Compiled(lambda text: User.objects.filter(full_name__icontains=text))("某人")
    with pytest.raises(KeyError):
        Compiled(lambda pk: User.objects.filter(pk=pk))(None)


def test_a_row_is_written_and_nothing_read(base, people, django_assert_num_queries):
    with django_assert_num_queries(1):
        insert(
            Membership, uuid=uuid4(), user_id=people[3].pk, organisation_id=base.pk, role=Role.AUTHOR,
            valid_from=date(2020, 1, 1),
        )  # fmt: skip
    assert people[3].memberships.get().valid_until is None


def test_a_row_is_written_and_its_key_returned(base, people, django_assert_num_queries):
    with django_assert_num_queries(1):
        pk = insert_one(Membership, uuid=uuid4(), user_id=people[3].pk, organisation_id=base.pk, role=Role.AUTHOR,
                        valid_from=date(2020, 1, 1))  # fmt: skip
    assert people[3].memberships.get().pk == pk


def test_rows_are_changed_where_the_values_still_hold(posts, django_assert_num_queries):
    post = posts[0]
    with django_assert_num_queries(1):
        assert change(Membership, {"id": post.pk, "role": Role.AUTHOR.value}, role=Role.REGISTRAR.value) == 1
    assert change(Membership, {"id": post.pk, "role": Role.AUTHOR.value}, valid_from=date(2000, 1, 1)) == 0
    post.refresh_from_db()
    assert (post.role, post.valid_from) == (Role.REGISTRAR, date(2020, 1, 1))
    assert change(Membership, {"role": Role.REGISTRAR.value}, valid_from=date(2001, 1, 1)) == 2
    assert Membership.objects.filter(valid_from=date(2001, 1, 1)).count() == 2


def test_long_lists_ask_as_ever(people):
    chosen = Compiled(lambda keys: User.objects.filter(pk__in=keys).order_by("pk"))
    keys = [person.pk for person in people]
    assert chosen(keys + list(range(10**6, 10**6 + MOST_IN_A_LIST))) == people
    assert not chosen._kept
    assert chosen(keys) == people and len(chosen._kept) == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite plans nothing worth keeping")
def test_postgresql_plans_it_once(people, django_assert_num_queries):
    by_mail = Compiled(lambda email: User.objects.filter(email=email))

    def prepared() -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements")
            return {text: times for text, times in cursor.fetchall() if "email" in text}

    before = prepared()
    for person in people:
        with django_assert_num_queries(1):
            assert by_mail.first(person.email) == person
    list(User.objects.filter(email="nobody@example.org", full_name="无"))  # not one of these
    new = {text: times for text, times in prepared().items() if times != before.get(text)}
    assert [times - before.get(text, 0) for text, times in new.items()] == [len(people)]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="as above")
@pytest.mark.django_db(transaction=True)
def test_a_migration_under_a_plan(people):
    """The version before goes on while its tables change: a query by itself succeeds, one in a transaction fails once."""
    by_mail, email = Compiled(lambda email: User.objects.filter(email=email)), people[0].email

    migrating = connection.copy()

    def become(kind: str) -> None:
        with migrating.cursor() as cursor:
            cursor.execute(f"ALTER TABLE accounts_user ALTER COLUMN full_name TYPE {kind}")

    as_it_is = f"varchar({User._meta.get_field('full_name').max_length})"
    try:
        assert by_mail.first(email) == people[0]
        become("text")
        assert by_mail.first(email) == people[0]
        assert by_mail.first(email) == people[0]  # planned again
        become(as_it_is)
        with pytest.raises(NotSupportedError), transaction.atomic():
            by_mail.first(email)
        with transaction.atomic():
            assert by_mail.first(email) == people[0]
    finally:
        become(as_it_is)
        migrating.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="as above")
def test_where_a_pooler_between_does_not_know_them(people, monkeypatch):
    monkeypatch.delitem(connection.settings_dict["OPTIONS"], "prepare_threshold")
    assert preparing(connection) is connection
    assert Compiled(lambda email: User.objects.filter(email=email)).first(people[0].email) == people[0]
