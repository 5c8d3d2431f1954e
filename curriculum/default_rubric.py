"""The rubric that a new defence begins with. Our own proposal, written for this product: no official rubric was found."""

from typing import Any


def _bands(*lines: tuple[int, str]) -> list[dict[str, Any]]:
    labels = [("不足", "insufficient"), ("合格", "adequate"), ("良好", "good"), ("优秀", "excellent")]
    return [
        {"points": points, "label": label, "label_en": label_en, "descriptor": text}
        for (points, text), (label, label_en) in zip(lines, labels, strict=True)
    ]


DEFENCE_RUBRIC: list[dict[str, Any]] = [
    {
        "key": "own-part", "title": "本人作用与真实性", "title_en": "Own part, and authorship", "competence": "evaluate",
        "bands": _bands(
            (0, "说不清成果中哪些是自己做的，或所述与提交的文件不符。"),
            (10, "能指出自己承担的部分，细节经追问才说得出。"),
            (18, "主动区分本人与他人的工作，能说明关键数字的来源。"),
            (25, "任取一处追问都能还原当时的依据、选择和放弃的方案。"),
        ),
    },
    {
        "key": "judgement", "title": "专业判断", "title_en": "Professional judgement", "competence": "trade",
        "bands": _bands(
            (0, "结论没有依据，或忽略了足以推翻结论的事实。"),
            (10, "结论有依据，但假设和风险没有说全。"),
            (18, "假设、风险和替代方案都有说明，取舍合理。"),
            (25, "能说明在什么情况下会改变结论，并给出可以核对的标准。"),
        ),
    },
    {
        "key": "law", "title": "合规与权属", "title_en": "Compliance and ownership", "competence": "law",
        "bands": _bands(
            (0, "遗漏权属、审批或保密上的硬性要求。"),
            (10, "要求都提到了，个别环节的责任或时限说不准。"),
            (18, "程序、责任人和时限说得准确，引用有出处。"),
            (25, "还能指出容易出错的环节和留痕的办法。"),
        ),
    },
    {
        "key": "answers", "title": "陈述与答问", "title_en": "Presentation and answers", "competence": "promote",
        "bands": _bands(
            (0, "超时或跑题，回避提问。"),
            (10, "讲清了主线，个别提问答非所问。"),
            (18, "重点突出，回答切题，不懂的如实说明。"),
            (25, "能用双方听得懂的话解释，面对质疑有理有据。"),
        ),
    },
]  # fmt: skip


def defence_rubric() -> list[dict[str, Any]]:
    """Return a copy for a new block of the editor."""
    return [line | {"bands": [dict(band) for band in line["bands"]]} for line in DEFENCE_RUBRIC]
