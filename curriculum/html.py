"""Rich text and simple HTML of authors, reduced to an allow-list. One policy for everything that is drawn."""

import nh3

TAGS = {
    "p", "br", "b", "strong", "i", "em", "u", "sub", "sup", "ul", "ol", "li", "a", "blockquote", "h3", "h4", "h5",
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "code", "hr",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}, "ol": {"start"}}


def clean(html: str) -> str:
    """Return the HTML with nothing in it but the tags and attributes above; links open as links of strangers do."""
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener nofollow"
    )
