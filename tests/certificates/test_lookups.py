"""Look-ups by way of the journal: what an answer writes down becomes a row, once, and its holder reads it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils.timezone import now

from certificates import lookups
from certificates.models import CarriedLookups, Lookup
from certificates.verification import verify_by_number, verify_by_token
from lms.lib.journal import Journal

from .test_share_codes import make


def test_an_answer_asks_the_database_once_hit_or_miss(journal, certificate, client_for, django_assert_num_queries):
    """The first reader of an answer by link asks once more, for what is on its page (views/kept.py)."""
    client = client_for(None)
    for token, queries in ((certificate.token, 2), (certificate.token, 1), ("0" * len(certificate.token), 1)):
        with django_assert_num_queries(queries):
            client.get(reverse("verify_link", args=[token]))
    _share, code = make(certificate)
    for code_or_not in (code, "0" * 26):
        with django_assert_num_queries(1):
            client.get(reverse("share_link", args=[code_or_not]))
    assert not Lookup.objects.exists()
    journal.carry()
    assert [one.certificate for one in Lookup.objects.order_by("pk")] == [certificate, certificate, None, certificate, None]


def test_a_list_that_is_cut_off_says_so(certificate, client_for, trainee):
    url = reverse("certificate_detail", args=[certificate.uuid])
    for n, said in ((20, False), (1, True)):
        for _one in range(n):
            Lookup.objects.create(certificate=certificate, way="link", looked_up_at=now())
        assert ("The latest 20 are listed." in client_for(trainee, "en").get(url).text) is said


def test_the_rows_say_what_the_answers_were_of(journal, certificate, client_for, employer, trainee):
    share, code = make(certificate)
    client_for(employer).get(reverse("share_link", args=[code]))
    at = now() - timedelta(seconds=5)
    verify_by_number(certificate.number, certificate.holder_name, at=at)
    journal.carry()
    by_share, by_number = Lookup.objects.order_by("pk")
    assert (by_share.share, by_share.certificate, by_share.way) == (share, certificate, "share")
    assert by_share.organisation == employer.active_memberships[0].organisation
    assert (by_number.way, by_number.looked_up_at, by_number.organisation, by_number.share) == ("number", at, None, None)
    page = client_for(trainee).get(reverse("certificate_detail", args=[certificate.uuid])).content.decode()
    assert str(by_share.organisation) in page
    assert not CarriedLookups.objects.exists()


def test_a_process_that_ends_after_the_rows_and_before_the_file_writes_nothing_twice(journal, certificate, monkeypatch):
    def cut_off(*args, **kwargs):
        raise KeyboardInterrupt

    verify_by_token(certificate.token, at=now())
    monkeypatch.setattr("pathlib.Path.unlink", cut_off)
    with pytest.raises(KeyboardInterrupt):
        journal.carry()
    monkeypatch.undo()
    assert Lookup.objects.count() == 1
    journal._start_afresh()  # its lock is gone with it
    Journal(journal._folder, bring=lookups.bring, forget=lookups.forget).carry_left()
    assert Lookup.objects.count() == 1
    assert not CarriedLookups.objects.exists()
    assert list(journal._folder.iterdir()) == []


def test_more_than_a_statement_takes(journal, certificate):
    for _ in range(301):
        verify_by_token(certificate.token, at=now())
    journal.carry()
    assert certificate.lookups.count() == 301


def test_without_room_the_row_is_written_at_once(journal, certificate, monkeypatch, caplog):
    def no_room(row):
        raise OSError("no room")

    monkeypatch.setattr(journal, "write", no_room)
    verify_by_token(certificate.token, at=now())
    assert Lookup.objects.get().certificate == certificate
    assert "at once" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_one_of_something_that_is_no_more_does_not_take_the_others_with_it(journal, caplog):
    journal.write(lookups.as_row(way="link", at=now(), certificate_id=10**9))
    journal.write(lookups.as_row(way="link", at=now()))
    journal.carry()
    assert Lookup.objects.get().certificate is None
    assert "no more" in caplog.text
    assert str(10**9) in caplog.text


def test_an_error_of_the_database_keeps_the_load(journal, certificate, monkeypatch):
    def away(*args):
        raise DatabaseError("away")

    verify_by_token(certificate.token, at=now())
    monkeypatch.setattr(lookups, "insert_many", away)
    with pytest.raises(DatabaseError):
        journal.carry()
    monkeypatch.undo()
    assert not CarriedLookups.objects.exists()
    journal.carry()
    assert Lookup.objects.count() == 1
