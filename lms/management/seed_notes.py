"""A page handed in with a work of the sample site, and notes on it, so that marking and taking away can be tried."""

import io
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from assessments.models import Submission, SubmissionFile
from assessments.models.file_copies import hashes_of
from assessments.preparing import prepare
from lms.lib.typesetting import FONT

LINES = [
    ("现场测试记录（示例）", 44), ("", 20), ("日期：2026 年 9 月 18 日    记录人：示例", 26), ("", 20),
    ("序号    项目            目标        实测", 28),
    ("1        响应时间        2 秒以内    1.6 秒", 28), ("2        连续运行        72 小时      65 小时", 28),
    ("3        误报率          1 % 以内  0.8 %", 28), ("", 20), ("结论：除连续运行外均达到目标。", 28),
]  # fmt: skip


def picture() -> bytes:
    page, y = Image.new("RGB", (1000, 1414), "white"), 120
    draw = ImageDraw.Draw(page)
    for text, size in LINES:
        draw.text((110, y), text, fill="#16324f", font=ImageFont.truetype(str(FONT), size))
        y += size * 2
    target = io.BytesIO()
    page.save(target, "PNG")
    return target.getvalue()


def attach_page(draft: Submission, *, at: datetime) -> None:
    """Attach the page to the first draft that takes files."""
    if draft.assignment.script().deliverable.attachment != "none" and not SubmissionFile.objects.exists():
        prepare(draft.add_file(SimpleUploadedFile("测试记录.png", picture()), at=at))


def notes_on(work: Submission) -> list[dict[str, Any]]:
    """Notes on a place of that page and on the beginning of a text; none on works without the page."""
    if not (copies := hashes_of(work.current_files())):
        return []
    key, text = next((key, text) for key, text in work.fields.items() if isinstance(text, str) and len(text) > 40)
    criterion = work.assignment.rubric.lines()[0].key
    return [
        {"passage": key, "start": 0, "end": 24, "quote": text[:24], "text": "开头就点明结论，很好。", "criterion": criterion},
        {"passage": "file.1", "start": 1, "end": 1, "quote": "", "text": "65 小时未达到目标，报告正文却没有提到，请说明原因。",
         "criterion": criterion, "region": [900, 3150, 7800, 3550], "copy": copies[0]},
    ]  # fmt: skip
