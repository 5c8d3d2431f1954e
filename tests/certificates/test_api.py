"""The JSON API: answers, keys and scopes, quotas, problems, queries, and the schema held against the answers."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from jsonschema import Draft202012Validator

from certificates import receipts
from certificates.credential.proof import multikey, timestamp
from certificates.employer_jobs import keep_api_usage
from certificates.log.entries import cosigned_text
from certificates.log.stamping import stamp_latest
from certificates.log.tree import head_json, signed_text_of, text_of
from certificates.models import ApiKey, ApiUsage, EmployerTerms, Lookup, ShareCode, Witness
from certificates.numbers import new_number
from certificates.verification import verify_by_number
from tests.certificates.log import tsa
from tests.factories.certificates import share_arguments
from tests.factories.employers import make_key

NUMBER = "/api/v1/verify/number"


@pytest.fixture
def key(employer_org, employer):
    return make_key(employer_org, employer, at=timezone.now())


@pytest.fixture
def call(client, key):
    """Return what asks with the key; the body as JSON."""

    def ask(path=NUMBER, body=None, *, secret=key[1], **headers):
        return client.post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {secret}", **headers})

    return ask


def question(certificate, **more):
    return {"number": certificate.number, "name": certificate.holder_name} | more


def fits(answer, path: str, *, method: str = "post") -> None:
    """Hold an answer against the published schema, media type included."""
    schema = json.loads(json.dumps(_schema(answer)))
    content = schema["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    wanted = content[answer["Content-Type"].split(";")[0]]["schema"]
    Draft202012Validator({**wanted, "components": schema["components"]}).validate(answer.json())


def _schema(answer):
    return answer.client.get(reverse("api_openapi")).json()


def test_it_works(certificate, call, employer_org):
    answer = call(body=question(certificate))
    data = answer.json()
    assert answer.status_code == 200
    assert (data["state"], data["name"], data["number"]) == ("valid", certificate.holder_name, certificate.number)
    assert set(data) == set(verify_by_number(certificate.number, certificate.holder_name, at=timezone.now()).as_json())
    assert data["competences"] == certificate.facts["competences"]
    assert Lookup.objects.get(way="api").organisation == employer_org
    fits(answer, NUMBER)


def test_every_miss_is_the_same_answer_and_no_error(certificate, call):
    bodies = [
        {"number": certificate.number, "name": "某某某"},
        {"number": new_number("junior"), "name": certificate.holder_name},
        {"number": "12345", "name": "x"},
    ]
    answers = [call(body=body) for body in bodies]
    assert {(a.status_code, a.json()["state"], tuple(sorted(a.json()))) for a in answers} == {
        (200, "unknown", ("checked_at", "state"))
    }
    fits(answers[0], NUMBER)


@pytest.mark.parametrize("hit", [True, False])
def test_an_answer_costs_two_queries(certificate, call, django_assert_num_queries, hit):
    call(body={"number": "x", "name": "y"})  # the key is known for a minute from now on
    with django_assert_num_queries(2):
        call(body=question(certificate) if hit else {"number": new_number("junior"), "name": "张三"})


def test_by_share_code(certificate, call, django_assert_num_queries):
    code = share_arguments(certificate, at=timezone.now())["share_link"]["code"]
    call(body={"number": "x", "name": "y"})
    with django_assert_num_queries(2):
        answer = call("/api/v1/verify/share", {"code": code})
    assert answer.json()["name"] == certificate.holder_name
    fits(answer, "/api/v1/verify/share")
    ShareCode.objects.get().revoke(by=certificate.holder, at=timezone.now())
    assert call("/api/v1/verify/share", {"code": code}).json()["state"] == "unknown"


def test_by_file(certificate, client, key, django_assert_num_queries):
    headers = {"Authorization": f"Bearer {key[1]}"}
    text = certificate.credentials.get().credential.encode()
    for data, state in ((text, "valid"), (text.replace(b"2026", b"2025", 1), "altered"), (b"nothing", "unreadable")):
        answer = client.post("/api/v1/verify/file", {"file": SimpleUploadedFile("c.json", data)}, headers=headers)
        assert answer.json()["state"] == state
        fits(answer, "/api/v1/verify/file")
    with django_assert_num_queries(3):
        client.post("/api/v1/verify/file", {"file": SimpleUploadedFile("c.json", text)}, headers=headers)


def test_a_file_that_is_too_large_is_not_read(call):
    answer = call("/api/v1/verify/file", "x" * 1_200_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    fits(answer, "/api/v1/verify/file")


def test_a_receipt_of_the_answer(certificate, call):
    checked = receipts.check(call(body=question(certificate, receipt=True)).json()["receipt"])
    assert checked.problem == "" and checked.statement["answer"]["state"] == "valid"
    assert "receipt" not in call(body=question(certificate)).json()


@pytest.mark.parametrize("secret", ["", "tmk_00000000_" + "0" * 32, "x"])
def test_no_key_no_answer(certificate, call, secret):
    answer = call(body=question(certificate), secret=secret)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"] == "Bearer" and answer.json()["code"] == "no_key"
    assert not Lookup.objects.exists()
    fits(answer, NUMBER)


def test_a_withdrawn_key_opens_nothing_at_once(certificate, call, key, employer, django_capture_on_commit_callbacks):
    assert call(body=question(certificate)).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        key[0].withdraw(by=employer, at=timezone.now())
    assert call(body=question(certificate)).status_code == 401


def test_a_key_that_has_run_out(certificate, call, employer_org, employer):
    _row, secret = make_key(employer_org, employer, at=timezone.now() - timedelta(days=31))
    assert call(body=question(certificate), secret=secret).status_code == 401


def test_a_key_does_only_what_it_may(certificate, call, employer_org, employer):
    _row, secret = make_key(employer_org, employer, at=timezone.now(), scopes=["verify:share"])
    answer = call(body=question(certificate), secret=secret)
    assert (answer.status_code, answer.json()["scope"]) == (403, "verify:number")
    fits(answer, NUMBER)


def test_who_tries_keys_is_stopped(client, db):
    def tries():
        return client.post(NUMBER, {}, content_type="application/json", headers={"Authorization": "Bearer tmk_x"})

    assert {tries().status_code for _ in range(30)} == {401}
    assert tries().status_code == 429


def set_terms(officer, **values):
    EmployerTerms(source="测试", **values).put_in_force(by=officer, at=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize(("limit", "code"), [("calls_per_minute", "minute_quota"), ("calls_per_day", "day_quota")])
def test_quotas(certificate, officer, call, limit, code):
    set_terms(officer, **{limit: 3})
    answers = [call(body={"number": new_number("junior"), "name": "张三"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    last = answers[-1]
    assert (last.json()["code"], last.json()["limit"]) == (code, 3) and 0 < int(last["Retry-After"]) <= 86_400
    fits(last, NUMBER)


def test_a_name_is_not_found_by_trying(certificate, officer, call):
    """The same for a number that exists and one that does not."""
    set_terms(officer, tries_per_number=2)
    for number in (certificate.number, new_number("junior")):
        codes = [call(body={"number": number, "name": name}).status_code for name in ("甲", "乙", certificate.holder_name)]
        assert codes == [200, 200, 429]


def test_the_use_is_written_down_and_never_goes_down(certificate, call, key, client):
    for _ in range(2):
        call(body=question(certificate))
    answer = client.get(reverse("api_usage"), headers={"Authorization": f"Bearer {key[1]}"})
    assert answer.json()["today"] == 2
    fits(answer, "/api/v1/usage", method="get")
    for _ in range(2):
        keep_api_usage(None)
    assert ApiUsage.objects.get(key=key[0]).calls == 2


@pytest.mark.parametrize(
    "body", [{}, {"number": "x"}, {"number": "x", "name": "张三丰" * 40}, {"number": "x", "name": "y", "nmae": "张三丰"}, "{"]
)
def test_a_bad_request_says_where_and_repeats_nothing(call, body):
    answer = call(body=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert "张三丰" not in answer.content.decode()
    fits(answer, NUMBER)


def test_problems_speak_the_callers_language(call):
    titles = {call(secret="", **{"Accept-Language": language}).json()["title"] for language in ("zh-CN", "en")}
    assert len(titles) == 2


def test_public_addresses_need_no_key(certificate, client, base):
    issuers = client.get(reverse("api_issuers"))
    assert [row["name"] for row in issuers.json()["issuers"]] == [base.name]
    fits(issuers, "/api/v1/issuers", method="get")
    head = client.get(reverse("api_log_head"))
    assert head.json()["size"] >= 1
    fits(head, "/api/v1/log/head", method="get")


def test_a_pdf_whose_key_was_withdrawn(certificate, client, key, officer):
    copy = certificate.credentials.get()
    with storages["private"].open(copy.pdf_name) as file:
        raw = file.read()
    copy.pdf_signer.withdraw(as_of=timezone.now(), reason="演练", by=officer, at=timezone.now())
    headers = {"Authorization": f"Bearer {key[1]}"}
    answer = client.post("/api/v1/verify/file", {"file": SimpleUploadedFile("c.pdf", raw)}, headers=headers)
    fits(answer, "/api/v1/verify/file")
    found = answer.json()["file"]
    assert (answer.json()["state"], found["signature"]) == ("valid", "withdrawn")
    today = timezone.localdate().isoformat()
    assert found["withdrawn_pdf_key"] == {"as_of": today, "stamped_on": None, "fresh_pdf_on": None}


def test_the_head_carries_what_others_put_to_it(certificate, client, officer, settings, tmp_path, django_assert_num_queries):
    """And its ETag changes when a stamp or a witness arrives, so nobody keeps a head without them."""
    settings.LOG_TIMESTAMPS = "tests.certificates.log.tsa.local_stamper"
    settings.LOG_TIMESTAMP_ROOTS = str(tsa.roots_file(tmp_path))
    address = reverse("api_log_head")
    bare = client.get(address)
    assert (bare.json()["timestamp"], bare.json()["cosignatures"]) == (None, [])
    assert client.get(address, headers={"If-None-Match": bare["ETag"]}).status_code == 304
    stamp = stamp_latest(at=timezone.now())
    stamped = client.get(address, headers={"If-None-Match": bare["ETag"]})
    assert stamped.status_code == 200 and stamped.json()["timestamp"]["authority"] == stamp.authority
    links = stamped.json()["timestamp"]
    served = [client.get(links[name].removeprefix(settings.BASE_URL)).content for name in ("text", "response")]
    assert served == [signed_text_of(stamp.head).encode(), bytes(stamp.response)]
    key, head = Ed25519PrivateKey.generate(), head_json(stamp.head)
    public = multikey(key.public_key())
    Witness.register(code="example-uni", name="示例大学", address="", public_multibase=public, by=officer, at=timezone.now())
    time = timestamp(timezone.now())
    signature = key.sign(cosigned_text(witness="example-uni", time=time, head=text_of(stamp.head)).encode()).hex()
    line = {"witness": "example-uni", "time": time, "head": head, "signature": signature}
    assert client.post(reverse("log_cosign"), line, content_type="application/json").status_code == 201
    with django_assert_num_queries(2):
        whole = client.get(address, headers={"If-None-Match": stamped["ETag"]})
    fits(whole, "/api/v1/log/head", method="get")
    assert whole.json()["cosignatures"] == [
        {"witness": "example-uni", "name": "示例大学", "key": public, "time": time, "signature": signature}
    ]
    page = client.get(reverse("log_head")).json()
    assert page == whole.json()
    assert client.get(address, headers={"If-None-Match": whole["ETag"]}).status_code == 304


def test_no_log_yet(client, db):
    answer = client.get(reverse("api_log_head"))
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_anonymous_path_keeps_working(certificate, client):
    from urllib.parse import quote

    headers = {"X-Certificate-Number": certificate.number, "X-Holder-Name": quote(certificate.holder_name)}
    assert client.get(reverse("verify_json"), headers=headers).json()["state"] == "valid"


def test_the_description_is_openapi_3_1(client, db):
    schema = client.get(reverse("api_openapi")).json()
    assert schema["openapi"] == "3.1.0"
    secured = {path for path, item in schema["paths"].items() for op in item.values() if op.get("security")}
    assert secured == {NUMBER, "/api/v1/verify/share", "/api/v1/verify/file", "/api/v1/usage"}
    for name, shape in schema["components"]["schemas"].items():
        Draft202012Validator.check_schema(shape), name


def test_the_cache_may_be_away(certificate, call, monkeypatch):
    """Nobody is locked out; a key then costs its query."""

    def away(*args, **kwargs):
        raise OSError

    for name in ("get", "set", "add", "incr"):
        monkeypatch.setattr(f"django.core.cache.cache.{name}", away, raising=False)
    assert call(body=question(certificate)).status_code == 200
    assert ApiKey.objects.count() == 1
