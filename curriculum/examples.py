"""Stand-ins for files in the previews of blocks: a drawing and a short film that come with the product."""

from pathlib import Path
from typing import Any

from django.templatetags.static import static

TEXT = (
    "<p>技术经理人把企业的“怕出事故”翻译成指标，再把老师的“吸收谱线”翻译成<b>成本、体积和寿命</b>。</p>"
    "<ul><li>先问场景，再问指标。</li><li>每一步留下一份可以交给别人看的文件。</li></ul>"
)
TABLE = (
    '<table><thead><tr><th scope="col">环节</th><th scope="col">留下的文件</th></tr></thead>'
    "<tbody><tr><td>挖掘需求</td><td>走访记录</td></tr><tr><td>翻译需求</td><td>技术需求说明书</td></tr></tbody></table>"
)
STATUTE = {
    "statute": None,
    "article": "第一条",
    "quotation": "此处逐字引用原文。",
    "library": {
        "title": "某项规定（示例）", "title_en": "A certain rule (sample)", "issuer": "示例机关",
        "document_number": "示例〔2026〕1 号",
        "source_url": "https://example.org/", "checked_on": "2026-01-01", "verified": True,
    },
}  # fmt: skip
LIBRARY_TERM = {
    "library_term": None,
    "boxed": True,
    "library": {
        "term": "技术成熟度", "term_en": "technology readiness", "definition": "一项技术离实际应用还有多远，常按九级描述。",
        "definition_en": "How far a technology is from real use, often told in nine levels.", "source": "", "source_url": "",
    },
}  # fmt: skip
SCORM = {"scorm_package": None, "library": {"title": "权属核对练习（示例）"}}


class Picture:
    """Looks like an image to `media.picture`."""

    title = "技术成熟度九级"
    filename = "example.png"

    def picture(self) -> dict[str, Any]:
        src = static("curriculum/examples/levels.png")
        return {"src": src, "width": 960, "height": 540, "sources": [], "srcset": ""}


class File:
    """Looks like a document to `media.film`."""

    pk = None
    file_hash = ""

    def __init__(self, filename: str, title: str, *, size: int = 0, pages: int | None = None) -> None:
        self.filename, self.title = filename, title
        self.size, self.pages = size, pages

    @property
    def path(self) -> Path:
        return Path(__file__).parent / "static" / "curriculum" / "examples" / self.filename

    @property
    def play_url(self) -> str:
        return static(f"curriculum/examples/{self.filename}")

    @property
    def page_url(self) -> str:
        return static(f"curriculum/examples/{Path(self.filename).stem}.png")


def figure() -> dict[str, Any]:
    return {
        "image": Picture(),
        "alt": "九级台阶由左下到右上：一至三级在实验室，四至六级是验证，七至九级走向应用。",
        "decorative": False,
        "caption": "技术成熟度九级（示意图）",
        "source": "本站绘制",
        "source_url": "",
        "licence": "示例内容，可用于教学演示",
    }


def video() -> dict[str, Any]:
    return {
        "title": "技术成熟度九级，一分钟看懂",
        "file": File("levels.mp4", "levels.mp4"),
        "address": "",
        "poster": Picture(),
        "captions": File("levels.zh.vtt", "levels.zh.vtt"),
        "captions_en": File("levels.en.vtt", "levels.en.vtt"),
        "transcript": "<p>技术成熟度分九级：一至三级在实验室，四至六级是验证，七至九级走向应用。</p>",
        "chapters": [
            {"time": "0:00", "title": "为什么要分级", "title_en": "Why levels"},
            {"time": "0:09", "title": "实验室里的三级", "title_en": "Three levels in the laboratory"},
        ],
    }


def document() -> dict[str, Any]:
    return {
        "document": File("disclosure-form.pdf", "成果披露表（空白）", size=52_000, pages=2),
        "title": "成果披露表（空白）",
        "description": "与完成人面谈时逐项填写，双方签名后归档。",
        "preview": True,
    }
