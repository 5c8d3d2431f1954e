"""Writes a Word file from the tree of a manuscript: what the reader `word` reads, and no more. Makes the sample for authors."""

import re
import zipfile
from html import escape
from io import BytesIO

from .reading import Picture
from .tree import Node, address, parse

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
P = "http://schemas.openxmlformats.org/package/2006"
A = "http://schemas.openxmlformats.org/drawingml/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EMU = 9525  # of a pixel
WIDEST = 5_400_000
MARKS = {"b": "<w:b/>", "strong": "<w:b/>", "i": "<w:i/>", "em": "<w:i/>", "sup": '<w:vertAlign w:val="superscript"/>',
         "sub": '<w:vertAlign w:val="subscript"/>'}  # fmt: skip


def docx(html: str, footnotes: dict[str, str], pictures: dict[str, Picture]) -> bytes:
    """Return the bytes of a Word file. html, footnotes: as `markdown.to_html` gives them; pictures: by their key."""
    return _Writing(footnotes, pictures).file(parse(html))


class _Writing:
    def __init__(self, footnotes: dict[str, str], pictures: dict[str, Picture]) -> None:
        self.footnotes, self.pictures = footnotes, pictures
        self.relations: list[str] = []
        self.ordered: list[bool] = []

    def file(self, root: Node) -> bytes:
        body = "".join(self.block(node) for node in root.nodes)
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.parts(body).items():
                entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # the same sample is the same file
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, text)
        return out.getvalue()

    # --- Text ---

    def block(self, node: Node, style: str = "") -> str:
        if re.fullmatch(r"h[1-6]", node.tag):
            return _paragraph(self.runs(node.children), f'<w:pStyle w:val="Heading{node.tag[1]}"/>')
        if node.tag in ("ul", "ol"):
            return self.points(node, 0)
        if node.tag == "table":
            return self.table(node)
        if node.tag == "blockquote":
            return "".join(self.block(child, '<w:pStyle w:val="Quote"/>') for child in node.nodes)
        if node.tag == "p":
            caption = next((img.attrs.get("title", "") for img in node.nodes if img.tag == "img"), "")
            below = _paragraph(_run(caption, ""), '<w:pStyle w:val="Caption"/>') if caption else ""
            return _paragraph(self.runs(node.children), style) + below
        return ""

    def points(self, node: Node, level: int) -> str:
        self.ordered.append(node.tag == "ol")
        number = len(self.ordered)
        out = []
        for item in node.nodes:
            below = [child for child in item.nodes if child.tag in ("ul", "ol")]
            words = [child for child in item.children if child not in below]
            words = [child.strip("\n") if isinstance(child, str) else child for child in words]
            place = f'<w:pStyle w:val="ListParagraph"/><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
            out.append(_paragraph(self.runs(words), place))
            out += [self.points(child, level + 1) for child in below]
        return "".join(out)

    def table(self, node: Node) -> str:
        rows = []
        for row in (inner for inner in node.walk() if inner.tag == "tr"):
            cells = "".join(f"<w:tc><w:tcPr/>{_paragraph(self.runs(cell.children), '')}</w:tc>" for cell in row.nodes)
            head = "<w:trPr><w:tblHeader/></w:trPr>" if any(cell.tag == "th" for cell in row.nodes) else ""
            rows.append(f"<w:tr>{head}{cells}</w:tr>")
        return f'<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/></w:tblPr>{"".join(rows)}</w:tbl>'

    def runs(self, children: list[Node | str], marks: str = "") -> str:
        out = []
        for child in children:
            if isinstance(child, str):
                out.append(self.text(child, marks))
            elif child.tag == "br":
                out.append("<w:r><w:br/></w:r>")
            elif child.tag == "img":
                out.append(self.picture(child))
            elif child.tag == "a" and (href := address(child.attrs.get("href", ""))):
                link = self.relation("hyperlink", href, external=True)
                out.append(f'<w:hyperlink r:id="{link}">{self.runs(child.children, marks)}</w:hyperlink>')
            else:
                out.append(self.runs(child.children, marks + MARKS.get(child.tag, "")))
        return "".join(out)

    def text(self, text: str, marks: str) -> str:
        """A text with its footnotes' marks in place, and its lines as they were typed."""
        out = []
        for piece in re.split(r"(\[\d+\]|\n)", text.strip("\n") if not text.strip() else text):
            if piece == "\n":
                out.append("<w:r><w:br/></w:r>")
            elif re.fullmatch(r"\[\d+\]", piece) and piece[1:-1] in self.footnotes:
                out.append(f'<w:r><w:footnoteReference w:id="{piece[1:-1]}"/></w:r>')
            elif piece:
                out.append(_run(piece, marks))
        return "".join(out)

    def picture(self, node: Node) -> str:
        picture = self.pictures.get(node.attrs.get("src", ""))
        if picture is None:
            return ""
        link = self.relation("image", f"media/{picture.key[:20]}{picture.suffix}")
        wide = min(picture.width * EMU, WIDEST)
        high = wide * picture.height // picture.width
        number, alt = len(self.relations), escape(node.attrs.get("alt", ""))
        return (
            f'<w:r><w:drawing><wp:inline xmlns:wp="{A}/wordprocessingDrawing"><wp:extent cx="{wide}" cy="{high}"/>'
            f'<wp:docPr id="{number}" name="picture {number}" descr="{alt}"/><a:graphic xmlns:a="{A}/main">'
            f'<a:graphicData uri="{A}/picture"><pic:pic xmlns:pic="{A}/picture"><pic:nvPicPr><pic:cNvPr id="{number}" name=""/>'
            f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="{link}"/><a:stretch><a:fillRect/></a:stretch>'
            f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{wide}" cy="{high}"/></a:xfrm>'
            '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline>'
            "</w:drawing></w:r>"
        )

    # --- The file ---

    def relation(self, kind: str, target: str, *, external: bool = False) -> str:
        name = f"r{len(self.relations) + 10}"
        outside = ' TargetMode="External"' if external else ""
        self.relations.append(f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{escape(target)}"{outside}/>')
        return name

    def parts(self, body: str) -> dict[str, bytes | str]:
        parts = "".join(
            f'<Override PartName="/word/{name}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            f'wordprocessingml.{kind}+xml"/>'
            for name, kind in [("document", "document.main"), ("styles", "styles"), ("numbering", "numbering"),
                               ("footnotes", "footnotes")]
        )  # fmt: skip
        own = "".join(
            f'<Relationship Id="r{place}" Type="{R}/{name}" Target="{name}.xml"/>'
            for place, name in enumerate(["styles", "numbering", "footnotes"], start=1)
        )
        notes = "".join(
            f'<w:footnote w:id="{number}">{_paragraph(self.runs(parse(words).children), "")}</w:footnote>'
            for number, words in self.footnotes.items()
        )
        pictures = {f"word/media/{p.key[:20]}{p.suffix}": p.data for p in self.pictures.values()}
        return {
            "[Content_Types].xml": f'{HEAD}<Types xmlns="{P}/content-types"><Default Extension="rels" ContentType="application/'
            'vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="png" ContentType="image/png"/><Default Extension="jpg" ContentType="image/jpeg"/>'
            f"{parts}</Types>",
            "_rels/.rels": f'{HEAD}<Relationships xmlns="{P}/relationships"><Relationship Id="r1" Type="{R}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'{HEAD}<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}<w:sectPr/></w:body></w:document>',
            "word/_rels/document.xml.rels": f'{HEAD}<Relationships xmlns="{P}/relationships">{own}{"".join(self.relations)}'
            "</Relationships>",
            "word/styles.xml": f'{HEAD}<w:styles xmlns:w="{W}">{_styles()}</w:styles>',
            "word/numbering.xml": f'{HEAD}<w:numbering xmlns:w="{W}">{_numbering(self.ordered)}</w:numbering>',
            "word/footnotes.xml": f'{HEAD}<w:footnotes xmlns:w="{W}" xmlns:r="{R}">{notes}</w:footnotes>',
            **pictures,
        }


def _paragraph(runs: str, properties: str) -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def _run(text: str, marks: str) -> str:
    return f'<w:r><w:rPr>{marks}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _styles() -> str:
    known = [("Normal", "Normal", 21), ("ListParagraph", "List Paragraph", 21), ("Quote", "Quote", 21),
             ("Caption", "caption", 18)]  # fmt: skip
    known += [(f"Heading{n}", f"heading {n}", size) for n, size in enumerate([32, 28, 24, 22, 21, 21], start=1)]
    out = [
        f'<w:style w:type="paragraph" w:styleId="{key}"><w:name w:val="{name}"/><w:pPr><w:spacing w:after="120"/></w:pPr>'
        f'<w:rPr>{"<w:b/>" if key.startswith("Heading") else ""}<w:sz w:val="{size}"/></w:rPr></w:style>'
        for key, name, size in known
    ]
    line = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
    grid = f'<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>{line}'
    return "".join(out) + grid + "</w:tblBorders></w:tblPr></w:style>"


def _numbering(ordered: list[bool]) -> str:
    shapes = []
    for number, kind in [(0, "bullet"), (1, "decimal")]:
        levels = "".join(
            f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
            f'<w:lvlText w:val="{"•" if kind == "bullet" else f"%{level + 1}."}"/><w:pPr><w:ind w:left="{420 * (level + 1)}" '
            'w:hanging="420"/></w:pPr></w:lvl>'
            for level in range(5)
        )
        shapes.append(f'<w:abstractNum w:abstractNumId="{number}">{levels}</w:abstractNum>')
    nums = "".join(
        f'<w:num w:numId="{place}"><w:abstractNumId w:val="{int(is_ordered)}"/><w:lvlOverride w:ilvl="0"><w:startOverride '
        'w:val="1"/></w:lvlOverride></w:num>'
        for place, is_ordered in enumerate(ordered, start=1)
    )
    return "".join(shapes) + nums


