"""Fills the library of the authority from the shipped lessons: the statutes they quote, the terms they explain.

Titles, quotations and definitions stand in the lessons; here stands what the lessons don't say. None of it has been
compared with the official text by an authority, so nothing is marked as verified. A statute that is not named here
comes with what its lesson says; a term that is not stays in its lesson, because the glossary sorts by pinyin.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from accounts.models import Organisation, User

from ..models import Level, Statute, Term
from .loader import lesson_files, read

NPC, NPCSC = "全国人民代表大会", "全国人民代表大会常务委员会"
# title in the lessons -> English title, issuer, document number, in force from (as the published texts say)
STATUTES = {
    "中华人民共和国促进科技成果转化法（2015 年修正）": (
        "Law on Promoting the Transformation of Scientific and Technological Achievements (2015 amendment)",
        NPCSC, "主席令第三十二号", date(2015, 10, 1),
    ),
    "中华人民共和国专利法（2020 年修正）": ("Patent Law (2020 amendment)", NPCSC, "主席令第五十五号", date(2021, 6, 1)),
    "中华人民共和国民法典": ("Civil Code", NPC, "主席令第四十五号", date(2021, 1, 1)),
    "中华人民共和国科学技术进步法（2021 年修订）": (
        "Law on Progress of Science and Technology (2021 revision)", NPCSC, "主席令第一〇三号", date(2022, 1, 1),
    ),
    "中华人民共和国反垄断法（2022 年修正）": ("Anti-Monopoly Law (2022 amendment)", NPCSC, "主席令第一一六号", date(2022, 8, 1)),
    "中华人民共和国出口管制法": ("Export Control Law", NPCSC, "主席令第五十八号", date(2020, 12, 1)),
}  # fmt: skip
# term in the lessons -> pinyin, English definition
TERMS = {
    "技术经理人": (
        "jishu jingliren",
        "A professional who works along the transfer, transformation and industrialisation of scientific results: "
        "discovering, cultivating, incubating, maturing, evaluating, promoting and trading them, with related services "
        "in finance, law and intellectual property. Listed in the 2022 edition of the occupational classification.",
    ),
    "职务科技成果": (
        "zhiwu keji chengguo",
        "A result made in the course of the work of an institution, or mainly with its material and technical means. "
        "Unless law or a lawful agreement says otherwise, the institution decides on its transfer or licence; those "
        "who made it keep the right to be named and rewarded.",
    ),
    "协议定价": (
        "xieyi dingjia",
        "Setting the price by negotiation with the other party. State-founded research institutions and universities "
        "that do so have to publish the name of the result and the intended price within the institution.",
    ),
    "技术交易额": (
        "jishu jiaoyi e",
        "The contract total less what is paid for equipment, instruments, parts, materials and other things that are "
        "not technology; the registration office decides what counts.",
    ),
    "根本原因": (
        "genben yuanyin",
        "A cause without which the symptom no longer occurs or clearly lessens; comparison data or a test have to "
        "support it.",
    ),
    "技术需求说明书": (
        "jishu xuqiu shuomingshu",
        "One or two pages confirmed by the demand side: background, problem, measurable targets and how they are "
        "tested, limits, budget and time, who decides and who accepts, confidentiality. It says what, not how.",
    ),
    "成果披露表": (
        "chengguo pilubiao",
        "A confidential internal paper by which those who made a result report it to their transfer office: "
        "contributions, funding, content, difference from what is known, disclosures, maturity, possible users.",
    ),
    "比选表": (
        "bixuanbiao",
        "A table that holds each candidate source against criteria fixed beforehand. Every score names its evidence; "
        "a cell without evidence gets no score.",
    ),
    "利益冲突": (
        "liyi chongtu",
        "A situation in which a professional's own interest, or a duty to another party, may affect impartial work or "
        "may seem to. Having a conflict is no misconduct; hiding it is.",
    ),
    "检索式": (
        "jiansuoshi",
        "A query of keywords, classification symbols, fields and operators. It is recorded together with database, "
        "date and number of results, so that others can repeat it.",
    ),
    "调研设计": (
        "diaoyan sheji",
        "A page written before the work begins: the decision to be supported, three to five questions, the standard "
        "of evidence for each, sources, time and when to stop.",
    ),
    "赋权": (
        "fuquan",
        "An arrangement by which an institution, under rules and agreements, grants part of the ownership or a "
        "time-limited right of use of a job-related result to those who made it, before its transformation.",
    ),
    "产业链": (
        "chanyelian",
        "The chain of supply and demand from raw materials, parts and equipment to products, applications and "
        "services; each link has its own technical demands, margins and entry barriers.",
    ),
    "转化漏斗": (
        "zhuanhua loudou",
        "A table of a region or an institution: at each link of the transfer chain the number of results, the share "
        "that passes and the capacity, each figure with its record. It shows where the chain is stuck.",
    ),
    "最终用户与最终用途": (
        "zuizhong yonghu yu zuizhong yongtu",
        "Who will really use a controlled item, and for what. The exporter obtains proof and reports a likely change at "
        "once; the user promises neither to change the use nor to pass the item on without permission.",
    ),
    "公布滞后": (
        "gongbu zhihou",
        "The time between an event and its being visible in a database. Inventions are as a rule published eighteen "
        "months after filing, so the last period is incomplete and only equal months are compared.",
    ),
    "股权结构表": (
        "guquan jiegoubiao",
        "A table of every holder's contribution, share and class of rights before and after each round, with option "
        "pool, convertibles and preferences. It adds up to a hundred per cent, and every change has its papers.",
    ),
    "尽职证据": (
        "jinzhi zhengju",
        "Papers made at the time of a decision that show what was known, checked and compared, and why it was taken. "
        "An explanation written afterwards is no such evidence.",
    ),
    "和解底线": (
        "hejie dixian",
        "The best alternative to settling, brought to today's net value by probability, amount, cost and time. Nothing "
        "below it should be accepted; it moves with new evidence and carries a date.",
    ),
    "下一步投资": (
        "xiayibu touzi",
        "The new money, people and time that bring a project to its next gate, without what is already spent. A "
        "portfolio compares only future costs with future gains.",
    ),
    "领域收回": (
        "lingyu shouhui",
        "A term by which rights in a field that the licensee has not begun to use by a set date return to the licensor, "
        "or become non-exclusive.",
    ),
    "布局目的": (
        "buju mudi",
        "One sentence written before filing: whom the patent stops from doing what and where, or what it is to be "
        "exchanged for.",
    ),
    "开工率": (
        "kaigonglv",
        "Actual output over design capacity. Depreciation and most wages do not move with output, so a low rate raises "
        "the cost of each unit.",
    ),
    "单位经济": (
        "danwei jingji",
        "The gross margin that one customer or one product brings, against what it costs to win and to serve. What "
        "loses money per unit loses more when it grows.",
    ),
    "反事实": (
        "fanshishi",
        "What would have happened without one person's act, with evidence for it. The chief way to tell having been "
        "there from having made a difference.",
    ),
    "标准必要专利": (
        "biaozhun biyao zhuanli",
        "A patent without which a standard cannot be carried out. It is to be disclosed while the standard is drafted "
        "and usually comes with a promise to license on fair, reasonable and non-discriminatory terms.",
    ),
    "稳定的分配": (
        "wending de fenpei",
        "A division that no group of the parties could better by leaving the table and working together alone.",
    ),
    "带教反馈": (
        "daijiao fankui",
        "A remark on one act, made within a day or two: what was seen, what followed, what to try next. It does not "
        "judge the person, and it names the next occasion to look.",
    ),
}


def blocks_of(kind: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield (level, lesson, block) of every shipped block of that kind, lowest level first."""
    for level in Level.Code.values:
        for lesson in map(read, lesson_files(level)):
            yield from ((level, lesson, block) for block in lesson["body"] if block["type"] == kind)


def load_library(owner: Organisation, by: User) -> None:
    """Make the statutes and terms of the shipped lessons as national entries. What is there already is left alone."""
    for _level, _lesson, block in blocks_of("statute"):
        if Statute.objects.filter(organisation=owner, title=block["title"]).exists():
            continue
        title_en, issuer, number, since = STATUTES.get(block["title"], ("", "", "", None))
        checked = block["valid_on"]
        statute = Statute(
            organisation=owner, title=block["title"], title_en=title_en, issuer=issuer, document_number=number,
            source_url=block["source_url"], in_force_from=since, checked_on=checked, checked_by=by,
            next_check_on=checked.replace(year=checked.year + 1),
            note="来源为公开存储文本，使用前请与国家法律法规数据库（https://flk.npc.gov.cn/）核对。",
        )  # fmt: skip
        _keep(statute, by)
    for level, lesson, block in blocks_of("key_term"):
        known = TERMS.get(block["term"])
        if known is None or Term.objects.filter(organisation=owner, term=block["term"]).exists():
            continue
        pinyin, definition_en = known
        given = lesson.get("provenance") or {}
        term = Term(
            organisation=owner, term=block["term"], term_en=block.get("term_en") or "", pinyin=pinyin, level=level,
            definition=block["definition"], definition_en=definition_en,
            source=f"示例课《{lesson['title']}》：{given.get('source') or '本站原创'}"[:255],
            source_url=given.get("source_url") or "",
        )  # fmt: skip
        _keep(term, by)


def _keep(entry: Statute | Term, by: User) -> None:
    entry.full_clean()
    entry.save()
    entry.save_revision(user=by)
