"""English words find the translation once it is approved, in the texts that the person may find anyway."""

from curriculum.models import CoursePage
from lms.lib.search.find import search
from tests.factories.translations import make_translations


def test_english_words_find_the_translation(edition, enrolled, trainee, author, base_reviewer, outsider, run_jobs):
    def count(user):
        return search(user, "descriptor EN").count + search(user, "feedback EN").count + search(user, '"EN t1"').count

    assert search(trainee, "narrative").count == 0
    course = CoursePage.objects.get(pk=edition.course_id)
    make_translations(course, by=author, reviewer=base_reviewer)
    run_jobs()
    assert search(None, "role").count == 1  # the public text of the case
    assert search(trainee, "brief").count == 1
    assert search(trainee, "narrative").count == 0  # a search must not play the case, in English neither
    assert search(author, "narrative").count == 1
    assert search(outsider, "narrative").count == 0
    assert search(None, "question").count == 0 and search(trainee, "question").count > 0
