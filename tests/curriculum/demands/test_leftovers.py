"""What of a firm remains in a case. Pure: no database."""

import pytest

from curriculum.leftovers import BLANK, Secret, disguise, found_in, leftovers, secrets_of

FIRM = {
    "names": ["示例市澄清水务（集团）有限公司", "Clear Water Co., Ltd."],
    "contact": ["杨联系", "0592-555 1234", "yang@firm.example"],
    "place": "示例市", "texts": ["每 42 天结垢，登记号 91350211567，2019 年投产，1,250 吨"], "values": ["180", "5"],
}  # fmt: skip


def texts(level):
    return {secret.text for secret in secrets_of(level, **FIRM)}


def test_what_each_level_forbids():
    assert texts("named") == {"杨联系", "0592-555 1234", "yang@firm.example"}
    region = texts("region")
    assert {"示例市澄清水务（集团）有限公司", "示例市澄清水务", "Clear Water", "91350211567"} <= region
    assert "42" not in region and "示例市" not in region
    disguised = texts("disguised")
    assert {"42", "180", "1250", "示例市"} <= disguised
    assert "2019" not in disguised and "5" not in disguised  # a year and a single digit tell nothing


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("澄清", set()),
        ("<p>示例市<b>澄清</b>水务说</p>", {"示例市澄清水务"}),
        ("CLEAR  WATER wrote", {"Clear Water"}),
        ("电话 05925551234", {"0592-555 1234"}),
        ("电话（0592）555-1234", {"0592-555 1234"}),
        ("ｙａｎｇ＠firm.example", {"yang@firm.example"}),
        ("每42天", {"42"}),
        ("142 天", set()),
        ("42.5 天", set()),
        ("4２天", {"42"}),
        ("1,250 吨", {"1250"}),
        ("1250&nbsp;吨", {"1250"}),
    ],
)
def test_finding(text, found):
    got = {s.text for s in found_in(text, secrets_of("disguised", **FIRM)) if s.kind != "place"}
    assert got == found


def test_each_secret_is_named_once_with_its_place():
    secrets = [Secret("name", "澄清水务"), Secret("number", "42")]
    found = leftovers([("brief", "澄清水务"), ("stages", "澄清水务 42"), ("role", f"约 {BLANK} 天")], secrets)
    assert [(left.kind, left.where) for left in found] == [("name", "brief"), ("number", "stages"), ("blank", "role")]


def test_what_is_disguised_is_no_longer_found():
    secrets = secrets_of("disguised", **FIRM)
    text = disguise("示例市澄清水务（集团）有限公司（联系人杨联系）每 42 天结垢，年产 1,250 吨。", secrets)
    assert found_in(text, secrets) == [] and text.count(BLANK) == 2 and "该企业" in text
