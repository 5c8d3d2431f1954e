"""The Word file a new base brings: the shipped lessons of the junior level, as somebody would have written them in Word."""

from html import escape

from curriculum.manuscripts.reading import Picture, look_at
from curriculum.manuscripts.write_docx import docx
from curriculum.sample.loader import HERE, drawing, lesson_files, read


def junior_manuscript() -> bytes:
    """Eight lessons with key terms, questions, self-checks, tables and pictures, one with a picture that lacks its words."""
    pictures: dict[str, Picture] = {}
    html = "".join(_lesson(read(path), pictures) for path in lesson_files("junior")[:8])
    return docx(html, {}, pictures)


def _lesson(data: dict, pictures: dict[str, Picture]) -> str:
    given = data.get("provenance", {})
    labels = [f"专题：{'、'.join(data['topics'])}", f"时长：{data['minutes']} 分钟", f"英文标题：{data['title_en']}",
              f"摘要：{data['summary']}", f"作者：{given.get('author', '')}", f"许可：{given.get('licence', '')}"]  # fmt: skip
    said = "<br>".join(escape(line) for line in labels if not line.endswith("："))
    out = [f"<h1>{escape(data['title'])}</h1>", f"<p>{said}</p>"]
    terms, asked, checks = [], [], []
    for block in data["body"]:
        kind = block["type"]
        if kind == "heading":
            out.append(f"<h2>{escape(block['text'])}</h2>")
        elif kind == "text":
            out.append(block["html"])
        elif kind == "statute":
            out.append(f"<blockquote><p>{escape(block['title'])}：{escape(block['quotation'])}</p></blockquote>")
        elif kind == "figure_svg":
            out.append(_figure(block, pictures))
        elif kind == "key_term":
            terms.append(f"<li>{escape(block['term'])}（{escape(block['term_en'])}）：{escape(block['definition'])}</li>")
        elif kind == "discussion":
            asked.append(f"<li>{escape(block['prompt'])}</li>")
        elif kind == "self_check":
            checks.append(f"<p>{escape(block['question'])}</p>")
            for option in block["options"]:
                tick = " ✓" if option.get("correct") else ""
                checks.append(f"<p>({option['key']}) {escape(option['text'])}{tick} 解析：{escape(option['feedback'])}</p>")
    for title, rows in [("关键术语", f"<ul>{''.join(terms)}</ul>" if terms else ""),
                        ("思考题", f"<ol>{''.join(asked)}</ol>" if asked else ""), ("自测", "".join(checks))]:  # fmt: skip
        out += [f"<h2>{title}</h2>", rows] if rows else []
    return "".join(out)


def _figure(block: dict, pictures: dict[str, Picture]) -> str:
    data = drawing(HERE / block["file"])
    suffix, width, height = look_at(data)
    key = block["file"].rpartition("/")[2].removesuffix(".svg")
    alt = "" if not pictures else escape(block["alt"])
    pictures[key] = Picture(key, data, suffix, width, height)
    return f'<p><img src="{key}" alt="{alt}" title="图 {escape(block.get("caption") or "示意")}"></p>'
