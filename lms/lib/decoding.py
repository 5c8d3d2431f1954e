"""Text files as people bring them."""


def decoded(data: bytes) -> str:
    """Return the text: UTF-8, or GB 18030 as older Chinese software and spreadsheets in China write it. Raises ValueError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")
