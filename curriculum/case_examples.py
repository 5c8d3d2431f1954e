"""Examples that the editor shows of the parts of cases and courses, by the name of the block's class. All fictional."""

from typing import Any

EFFECT = {"variable": "trust", "how": "add", "amount": "10"}
ROUTE = {"condition": "trust >= 60", "next": "offer"}
VALUE = {"name": "price", "value": "120 万元"}
CHOICE = {"key": "exclusive", "text": "五年独占许可", "value": 80}
TERM = {
    "key": "fee", "label": "入门费", "label_en": "upfront fee", "kind": "number", "unit": "万元", "weight": 2.0,
    "least": 0.0, "most": 200.0, "step": 5.0, "best": 150.0, "worst": 40.0, "limit": None, "refusal": "", "choices": [],
}  # fmt: skip
SCOPE = TERM | {
    "key": "scope", "label": "许可范围", "label_en": "scope of the licence", "kind": "choice", "unit": "", "weight": 1.0,
    "choices": [CHOICE, {"key": "plain", "text": "普通许可", "value": 30}],
}  # fmt: skip
OUTCOME = {"key": "income", "title": "五年收入现值", "title_en": "income of five years, present value", "unit": "万元",
           "amount": "fee + annuity(0.08, 12, 5)"}  # fmt: skip
SEAT_CHOICE = {"key": "exclusive", "value": 80}
SEAT_TERM = {"term": "fee", "weight": 2.0, "best": 150.0, "worst": 40.0, "limit": None, "refusal": "", "values": []}
SEAT = {
    "key": "office", "name": "示例大学技术转移办公室", "name_en": "Sample University, technology transfer", "kind": "lab",
    "profile": "<p>管理学校的专利，要按程序定价和公示。</p>", "brief": "<p>入门费低于 80 万元过不了会。</p>", "opening": 80,
    "reserve": 50, "outcomes": [],
    "terms": [SEAT_TERM, SEAT_TERM | {"term": "scope", "values": [SEAT_CHOICE, {"key": "plain", "value": 30}]}],
}  # fmt: skip
ROOM = {
    "minutes": 1440, "missed": "scripted", "waiting": 0, "reveal": True,
    "seats": [SEAT, SEAT | {"key": "plant", "name": "示例热能电器公司", "name_en": "Sample Thermal Appliances"}],
}  # fmt: skip
NEGOTIATION = {
    "room": [],
    "counterpart": "plant", "rounds": 4, "opening": 80, "reserve": 55, "terms": [TERM, SCOPE], "outcomes": [OUTCOME],
    "deal_text": "<p>双方在会议纪要上签字，合同文本由法务起草。</p>", "on_deal": [EFFECT], "next_deal": "contract",
    "failure_text": "<p>企业说再想一想，一个月没有回音。</p>", "on_failure": [], "next_failure": "",
}  # fmt: skip
OPTION = {
    "key": "visit", "text": "先去车间看一天", "consequence": "<p>您看到误报都发生在开窗通风的时候。</p>", "next": "interview",
    "condition": "days >= 1", "effects": [EFFECT], "releases": ["log"], "routes": [ROUTE],
}  # fmt: skip
DECISION = {
    "question": "企业说“传感器不准”。您下一步做什么？",
    "options": [OPTION, {"key": "buy", "text": "推荐一款更贵的传感器", "consequence": "<p>换了以后，误报照旧。</p>", "next": "",
                         "condition": "", "effects": [], "releases": [], "routes": []}],
}  # fmt: skip
INJECT = {
    "key": "competitor", "title": "另一家也来报价", "text": "<p>企业转来一封邮件：另一家研究所开价低两成。</p>", "after": 10,
    "condition": 'not visited("contract")', "effects": [EFFECT], "releases": ["mail"],
}  # fmt: skip
LICENCE = {"key": "exclusive", "label": "独占许可", "label_en": "exclusive licence"}
COLUMN = {
    "key": "clause", "label": "条款", "label_en": "clause", "kind": "text", "choices": [], "unit": "", "total": False, "role": "",
}  # fmt: skip
FIELD = {
    "key": "terms", "label": "条款清单", "label_en": "list of terms", "kind": "table", "required": True,
    "help": "每行一项，写明理由。", "help_en": "One term a row, with the reason.", "max_length": 4000, "min_rows": 3, "role": "",
    "choices": [], "unit": "", "columns": [COLUMN, COLUMN | {"key": "why", "label": "理由", "label_en": "reason"}],
}  # fmt: skip
BANDS = [
    {"points": 0, "label": "不合格", "label_en": "fail", "descriptor": "没有写清权属，或者与附件矛盾。"},
    {"points": 15, "label": "合格", "label_en": "pass", "descriptor": "写清了权利人和授权范围，并指出出处。"},
    {"points": 25, "label": "良好", "label_en": "good", "descriptor": "另外指出了共有人和期限的风险，并给出处理办法。"},
]

EXAMPLES: dict[str, dict[str, Any]] = {
    "EffectBlock": EFFECT,
    "RouteBlock": ROUTE,
    "ValueBlock": VALUE,
    "ChoiceBlock": CHOICE,
    "TermBlock": TERM,
    "OutcomeBlock": OUTCOME,
    "NegotiationBlock": NEGOTIATION,
    "SeatChoiceBlock": SEAT_CHOICE,
    "SeatTermBlock": SEAT_TERM,
    "SeatBlock": SEAT,
    "RoomBlock": ROOM,
    "DecisionOptionBlock": OPTION,
    "DecisionBlock": DECISION,
    "InjectBlock": INJECT,
    "StageBlock": {
        "key": "visit", "title": "到厂里去", "narrative": "<p>车间主任带您走到三号炉前：“就是它，一开窗就报警。”</p>",
        "exhibits": ["log"], "decision": [DECISION], "negotiation": [], "injects": [INJECT],
    },
    "VariableBlock": {
        "key": "trust", "title": "信任", "title_en": "trust", "unit": "", "start": "50", "least": 0.0, "most": 100.0,
        "shown": True,
    },
    "CounterpartBlock": {
        "key": "plant", "name": "示例热能电器公司技术部", "name_en": "Sample Thermal Appliances, engineering",
        "kind": "enterprise",
        "profile": "<p>要在入冬前解决误报，预算由总经理批。</p>", "brief": "<p>最多能出 150 万元，但想先看到三个月的数据。</p>",
    },
    "VariantBlock": {"key": "north", "title": "北方工厂", "values": [VALUE, {"name": "city", "value": "样例市"}]},
    "FieldChoiceBlock": LICENCE,
    "ColumnBlock": COLUMN,
    "DeliverableFieldBlock": FIELD,
    "DeliverableBlock": {
        "kind": "", "ai_shown": "beside", "team_least": 1, "team_most": 1, "instructions_en": "",
        "title": "许可条款清单", "title_en": "term sheet", "instructions": "<p>按会谈结果写，拿不准的注明“待核实”。</p>",
        "attachment": "optional", "fields": [FIELD],
    },
    "BandBlock": BANDS[1],
    "RubricCriterionBlock": {
        "key": "ownership", "title": "权属核对", "title_en": "ownership checked", "competence": "trade", "bands": BANDS,
    },
    "OptionBlock": {"key": "a", "text": "权属", "correct": True, "feedback": "先弄清是谁的，再谈怎么用。"},
    "ChapterBlock": {"time": "0:09", "title": "实验室里的三级", "title_en": "Three levels in the laboratory"},
    "PartBlock": {
        "key": "cases", "kind": "case", "title": "实战案例", "title_en": "Case work", "weight": 60, "pass_mark": 60, "cases": [],
        "defence": [], "portfolio": [],
    },
    "DefenceBlock": {
        "seats_least": 3, "seats_most": 5, "quorum": 3, "majority": "half", "tie": "chair", "work": "handed_in",
        "marks_shown": False, "choose": True, "moves": 1, "moves_hours": 48, "attempts": 2, "absence_counts": True,
        "rubric": [{"key": "own-part", "title": "本人作用", "title_en": "own part", "competence": "trade", "bands": BANDS}],
    },
    "PortfolioBlock": {
        "deals": 3, "kinds": 2, "years": 5, "referees": 1, "referee_days": 21, "reminder_days": 7, "keep_days": 365,
    },
}  # fmt: skip
