"""A person whose name has rare characters: from their own page to the certificate, and to whoever checks it."""

import shutil
import subprocess
from urllib.parse import quote

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from accounts.forms import ProfileForm
from certificates.document.badge import glyphs_of
from certificates.document.glyphs import drawn_ranges
from certificates.filecheck import verify_file
from certificates.forms import VerifyForm
from certificates.list_reading import read
from certificates.models import AwardBatch, AwardProposal, Certificate, ChangeRequest, Lookup
from certificates.numbers import mask_name, normalise_name
from certificates.qr import seal_name, unseal_name
from lms.lib.errors import WrongState
from tests.factories.certificates import make_certificate, pass_everything, second_officer

NAME = "𠮷鿭䶮𪚥𮧵"  # from three fonts, five blocks
PRIVATE = "王\ue863"


@pytest.fixture
def rare(enrolment, rule, registrar, officer, at, client_for) -> Certificate:
    """They typed it themselves."""
    answer = client_for(enrolment.user).post(reverse("profile"), {"full_name": NAME, "name_latin": ""})
    assert answer.status_code == 302
    enrolment.user.refresh_from_db()
    return make_certificate(enrolment, registrar=registrar, officer=officer, at=at)


def test_it_works(rare, client_for):
    assert rare.holder_name == NAME
    client = client_for(rare.holder)
    for kind in ("pdf", "png", "svg"):
        raw = b"".join(client.get(reverse(f"certificate_{kind}", args=[rare.uuid])).streaming_content)
        found = verify_file(raw, at=timezone.now())
        assert (found.verdict.state, found.verdict.name) == ("valid", NAME)
    assert all(".notdef" not in names for _font, names in glyphs_of(rare.holder_name))
    page = client.get(reverse("certificate_detail", args=[rare.uuid]))
    assert page.status_code == 200 and NAME in page.content.decode()


def test_the_name_can_be_copied_from_the_signed_pdf(rare, client_for, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "c.pdf"
    path.write_bytes(b"".join(client_for(rare.holder).get(reverse("certificate_pdf", args=[rare.uuid])).streaming_content))
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert text.count(NAME) == 2


@pytest.mark.parametrize("typed", [NAME, f" {' '.join(NAME)} "])
def test_by_number_and_name(rare, client_for, typed):
    page = client_for(None).post(reverse("verify"), {"number": rare.number, "name": typed})
    assert "verdict--ok" in page.content.decode() and NAME in page.content.decode()
    headers = {"X-Certificate-Number": rare.number, "X-Holder-Name": quote(typed)}
    assert client_for(None).get(reverse("verify_json"), headers=headers).json()["name"] == NAME


@pytest.mark.parametrize("wrong", [NAME[:-1], NAME.replace("𠮷", "吉"), NAME.replace("𮧵", "𮧶")])
def test_a_character_that_looks_alike_is_another_name(rare, client_for, wrong):
    page = client_for(None).post(reverse("verify"), {"number": rare.number, "name": wrong})
    assert "verdict--unknown" in page.content.decode()
    assert Lookup.objects.filter(certificate=rare).count() == 0


def test_a_stranger_sees_the_first_character_whole(rare, client_for):
    """One character and four stars, not half of a pair or nine stars."""
    assert client_for(None).get(reverse("verify_link_json", args=[rare.token])).json()["name"] == "𠮷****"
    assert unseal_name(seal_name("𪚥𮧵", rare.number), rare.number) == mask_name("𪚥𮧵") == "𪚥*"


def test_compatibility_forms_are_the_same_name():
    """U+2F81A is the compatibility form of 冬; an accent may be typed as a letter or after one."""
    assert normalise_name("\U0002f81a𪚥") == normalise_name("冬𪚥")
    assert normalise_name("Zoe\u0308") == normalise_name("Zo\u00eb")


@pytest.mark.parametrize("many", [80, 81])
def test_lengths_are_counted_in_characters(trainee, many):
    fits = many <= 80
    name = "𪚥" * many
    assert ProfileForm({"full_name": name, "name_latin": ""}, instance=trainee).is_valid() is fits
    assert VerifyForm({"number": "TM-J-4K7QX-93HPB-T", "name": name}).is_valid() is fits


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_in_an_employers_list(rare, encoding):
    rows, troubles = read(f"证书编号,姓名\n{rare.number},{NAME}\n".encode(encoding), "csv", most=10)
    assert ([row.name for row in rows], troubles) == ([NAME], [])


@pytest.mark.parametrize(
    ("language", "hint"), [("en", "A private code is no character"), ("zh-hans", "私有码位不是国家标准规定的字符")]
)
def test_a_private_code_is_refused_with_what_to_do(enrolment, rule, registrar, at, language, hint):
    pass_everything(enrolment, at=at, registrar=registrar)
    type(enrolment.user).objects.filter(pk=enrolment.user.pk).update(full_name=PRIVATE)
    enrolment.refresh_from_db()
    with translation.override(language), pytest.raises(WrongState) as refused:
        AwardProposal.propose(enrolment, by=registrar, at=at)
    said = str(refused.value)
    assert "U+E863 (GBK 䶮 U+4DAE)" in said and "\ue863" not in said and hint in said and drawn_ranges() in said
    assert not AwardProposal.objects.exists()


def test_the_page_of_the_refusal_says_what_is_the_matter(enrolment, rule, registrar, at, client_for):
    pass_everything(enrolment, at=at, registrar=registrar)
    type(enrolment.user).objects.filter(pk=enrolment.user.pk).update(full_name=PRIVATE)
    page = client_for(registrar, "en").post(reverse("award_propose", args=[enrolment.uuid]))
    text = page.content.decode()
    assert page.status_code == 409 and "This name can&#x27;t be printed as it is" in text and "U+E863" in text
    assert "changed in the meantime" not in text


def test_a_list_of_awards_names_the_character_too(enrolment, rule, registrar, at, run_jobs):
    pass_everything(enrolment, at=at, registrar=registrar)
    type(enrolment.user).objects.filter(pk=enrolment.user.pk).update(full_name=PRIVATE + "\U00031350")
    batch = AwardBatch.ask(enrolment.cohort, by=registrar, at=at)
    run_jobs()
    row = batch.rows.get()
    assert row.state == "open" and row.proposal is None
    assert all("U+E863 (GBK 䶮 U+4DAE) \U00031350 (U+31350)" in text for words in row.said for text in words)


def test_a_new_name_may_have_them_and_may_not_have_what_is_not_drawn(certificate, officer, client_for, run_jobs):
    url = reverse("certificate_correct", args=[certificate.uuid])
    data = {"name": "𱍐", "name_latin": "", "reason": "data_correction", "text": "姓名有误。", "note": "见户口页", "sure": "on"}
    page = client_for(officer).post(url, data)
    assert page.status_code == 422 and "𱍐 (U+31350)" in page.content.decode() and drawn_ranges() in page.content.decode()
    client_for(officer).post(url, data | {"name": NAME})
    found = ChangeRequest.objects.get()
    found.confirm(by=second_officer(), at=timezone.now())
    run_jobs()
    new = Certificate.objects.get(replaces=certificate)
    assert new.holder_name == NAME and new.prepared_at and new.belongs_to(NAME)
