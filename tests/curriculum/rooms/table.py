"""A case with a table of three seats, for tests: a school sells, a firm buys, a fund pays a part."""

from typing import Any


def effect(variable: str, amount: str, how: str = "add") -> dict[str, str]:
    return {"variable": variable, "amount": amount, "how": how}


def seat_term(term: str, weight: float, best: float, worst: float, **more: Any) -> dict[str, Any]:
    return {"term": term, "weight": weight, "best": best, "worst": worst, "limit": None, "refusal": "", "values": []} | more


def scope(weight: float, sole: int, plain: int) -> dict[str, Any]:
    values = [{"key": "sole", "value": sole}, {"key": "plain", "value": plain}]
    return seat_term("scope", weight, 0, 0, values=values)


def seat(key: str, name: str, brief: str, terms: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "key": key, "name": name, "name_en": key.title(), "kind": "lab", "profile": f"<p>公开：{name}</p>",
        "brief": f"<p>{brief}</p>", "opening": 80, "reserve": 40, "terms": terms, "outcomes": [],
    } | more  # fmt: skip


SEATS = [
    seat("school", "学校席", "底线秘密甲", [seat_term("fee", 3, 200, 0), scope(1, 20, 100)],
         outcomes=[{"key": "secret", "title": "学校自己的账", "title_en": "", "unit": "万元", "amount": "fee * 0.3"}]),
    seat("firm", "企业席", "底线秘密乙", [seat_term("fee", 2, 0, 200, limit=180, refusal="太贵。"), scope(3, 100, 0)]),
    seat("fund", "基金席", "底线秘密丙", [seat_term("fee", 1, 50, 200), scope(1, 60, 60)]),
]  # fmt: skip
ROOM = {"minutes": 10, "missed": "scripted", "waiting": 0, "reveal": True, "seats": SEATS}
TERMS = [
    {"key": "fee", "label": "入门费", "label_en": "Fee", "kind": "number", "unit": "万元", "weight": 1, "least": 0, "most": 200,
     "step": 5, "best": 0, "worst": 100, "limit": None, "refusal": "", "choices": []},
    {"key": "scope", "label": "许可方式", "label_en": "Scope", "kind": "choice", "unit": "", "weight": 1, "least": 0, "most": 0,
     "step": 1, "best": 0, "worst": 100, "limit": None, "refusal": "",
     "choices": [{"key": "sole", "text": "独占", "value": 50}, {"key": "plain", "text": "普通", "value": 50}]},
]  # fmt: skip
TALK = {
    "counterpart": "", "rounds": 3, "opening": 80, "reserve": 50, "terms": TERMS,
    "outcomes": [{"key": "value", "title": "现值", "title_en": "Present value", "unit": "万元", "amount": "fee + budget"}],
    "on_deal": [effect("budget", "fee")], "on_failure": [effect("budget", "-1")], "deal_text": "<p>三方成交。</p>",
    "failure_text": "<p>三方破裂。</p>", "next_deal": "", "next_failure": "", "room": [ROOM],
}  # fmt: skip
VARIABLES = [{"key": "budget", "title": "预算", "title_en": "Budget", "unit": "万元", "start": "10", "least": None, "most": None,
              "shown": True}]  # fmt: skip
STAGES = [
    {"key": "table", "title": "三方谈判", "narrative": "<p>三方坐下。</p>", "exhibits": ["memo"], "decision": [],
     "negotiation": [TALK], "injects": []},
    {"key": "end", "title": "收尾", "narrative": "<p>收尾。</p>", "exhibits": [], "decision": [], "negotiation": [],
     "injects": []},
]  # fmt: skip
