"""Pages of handed-in files with notes as annotations that any reader of PDF shows, each by "Assessor A", never by a name."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    import pikepdf

MOST_PAGES = 200  # of one file
COLOUR, MARKER = (0.64, 0.23, 0.0), (1.0, 0.86, 0.4)
SIDE = 18  # of the sign for a note on a whole page, in points
A4_INCHES = 8.27
PRINTED = 4


@dataclass(frozen=True)
class Sticker:
    """A note on a page. region: fractions left, top, right, bottom of the page as it is seen; None: the whole page."""

    page: int
    number: int
    who: str
    text: str
    region: tuple[float, float, float, float] | None = None


def pdf_of(pictures: Iterable[bytes]) -> bytes:
    """Return a PDF with these pictures as pages, as wide as A4."""
    pages = []
    for data in pictures:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            pages.append(picture.convert("RGB"))
    target = io.BytesIO()
    if pages:
        first, *others = pages
        first.save(target, "PDF", save_all=True, append_images=others, resolution=first.width / A4_INCHES, quality=85)
    return target.getvalue()


def add_pages(target: "pikepdf.Pdf", source: bytes, stickers: Iterable[Sticker]) -> int:
    """Append the pages of a PDF with their notes; returns how many came. What runs by itself is left out."""
    import pikepdf

    stickers = list(stickers)
    with pikepdf.open(io.BytesIO(source)) as document:
        before = len(target.pages)
        target.pages.extend(list(document.pages)[:MOST_PAGES])
        for place, page in enumerate(list(target.pages)[before:], start=1):
            _calm(page)
            annotate(target, page, [sticker for sticker in stickers if sticker.page == place])
        return len(target.pages) - before


def _calm(page: Any) -> None:
    """Take out of a page what would do something when it is opened or clicked, but for links to the web."""
    import pikepdf

    for name in ("/AA", "/Metadata", "/PieceInfo"):
        if name in page:
            del page[name]
    for found in page.get("/Annots", []):
        if not isinstance(found, pikepdf.Dictionary):
            continue
        if "/AA" in found:
            del found["/AA"]
        does = found.get("/A")
        if does is not None and (not isinstance(does, pikepdf.Dictionary) or does.get("/S") != "/URI"):
            del found["/A"]


def annotate(target: "pikepdf.Pdf", page: Any, stickers: Iterable[Sticker]) -> None:
    """Put the notes on a page: a square around a place, a sign in the corner for the whole page."""
    import pikepdf

    made = []
    for place, sticker in enumerate(stickers):
        if sticker.region is None:
            rect = _corner(page, place)
            extra = {"/Subtype": pikepdf.Name.Text, "/Name": pikepdf.Name.Comment}
        else:
            rect = on_page(page, sticker.region)
            look = _square(target, rect, sticker.number)
            extra = {"/Subtype": pikepdf.Name.Square, "/BS": pikepdf.Dictionary(W=1.5), "/AP": look}
        made.append(target.make_indirect(_annotation(rect, sticker, extra)))
    if made:
        page.obj["/Annots"] = pikepdf.Array([*page.get("/Annots", []), *made])


def highlight(target: "pikepdf.Pdf", page: Any, rect: tuple[float, float, float, float], sticker: Sticker) -> None:
    """Highlight a stretch of a page of ours. rect: x, y of the lower left and the upper right corner, in points."""
    import pikepdf

    x0, y0, x1, y1 = rect
    corners = pikepdf.Array([x0, y1, x1, y1, x0, y0, x1, y0])
    extra = {"/Subtype": pikepdf.Name.Highlight, "/QuadPoints": corners, "/C": pikepdf.Array(MARKER)}
    made = target.make_indirect(_annotation(rect, sticker, extra))
    page.obj["/Annots"] = pikepdf.Array([*page.get("/Annots", []), made])


def _annotation(rect: Iterable[float], sticker: Sticker, extra: dict[str, Any]) -> Any:
    import pikepdf

    values = {
        "/Type": pikepdf.Name.Annot, "/Rect": pikepdf.Array([round(edge, 2) for edge in rect]), "/F": PRINTED,
        "/Contents": pikepdf.String(f"{sticker.number}. {sticker.text}"), "/T": pikepdf.String(sticker.who),
        "/NM": pikepdf.String(f"note-{sticker.number}"), "/C": pikepdf.Array(COLOUR),
    }  # fmt: skip
    return pikepdf.Dictionary(values | extra)


def on_page(page: Any, region: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return a place in the coordinates of the page: x, y of the lower left and the upper right corner.

    region: fractions of the page as it is seen, turned by its /Rotate, from the top left.
    """
    (x0, x1), (y0, y1) = _sides(page)
    left, top, right, bottom = region
    turn = int(page.get("/Rotate", 0)) % 360
    corners = [_unturned(u, v, turn) for u, v in ((left, top), (right, bottom))]
    across, down = sorted(corner[0] for corner in corners), sorted(corner[1] for corner in corners)
    width, height = x1 - x0, y1 - y0
    return x0 + across[0] * width, y1 - down[1] * height, x0 + across[1] * width, y1 - down[0] * height


def _unturned(u: float, v: float, turn: int) -> tuple[float, float]:
    """A point of the page as it is seen, on the page as it was written: fractions from the top left."""
    return {90: (v, 1 - u), 180: (1 - u, 1 - v), 270: (1 - v, u)}.get(turn, (u, v))


def _sides(page: Any) -> tuple[list[float], list[float]]:
    """From left to right, and from bottom to top, however the page says it."""
    box = [float(edge) for edge in page.mediabox]
    return sorted(box[::2]), sorted(box[1::2])


def _corner(page: Any, place: int) -> tuple[float, float, float, float]:
    (_x0, x1), (_y0, y1) = _sides(page)
    return x1 - 2 * SIDE, y1 - (2 + 1.5 * place) * SIDE, x1 - SIDE, y1 - (1 + 1.5 * place) * SIDE


def _square(target: "pikepdf.Pdf", rect: tuple[float, float, float, float], number: int) -> Any:
    """How the square looks, with its number, for readers that draw nothing of their own."""
    import pikepdf

    width, height = rect[2] - rect[0], rect[3] - rect[1]
    r, g, b = COLOUR
    drawn = (
        f"{r} {g} {b} RG 1.5 w 0.75 0.75 {max(1, width - 1.5):.2f} {max(1, height - 1.5):.2f} re S "
        f"BT {r} {g} {b} rg /F 10 Tf 4 {max(1, height - 12):.2f} Td ({number}) Tj ET"
    )
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name("/Helvetica-Bold"))
    frame = pikepdf.Array([0, 0, round(width, 2), round(height, 2)])
    form = target.make_stream(
        drawn.encode("ascii"), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=frame,
        Resources=pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font)),
    )  # fmt: skip
    return pikepdf.Dictionary(N=form)
