"""Whether 32 bytes are a public Ed25519 key for which only the owner of the private half can sign. Plain arithmetic."""

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def _x_squared(y: int) -> int:
    """Of the points with this y: -x² + y² = 1 + d·x²·y². d is no square, so that the divisor is never 0."""
    return (y * y - 1) * pow(D * y * y + 1, -1, P) % P


def _doubled(y: int) -> int:
    """y of a point added to itself."""
    square = _x_squared(y)
    return (y * y + square) * pow(2 - y * y + square, -1, P) % P


def only_its_owner_signs(raw: bytes) -> bool:
    """False for what is no point of the curve, and for the points of small order, such as 32 zero bytes: the library takes
    them, and signatures that fit them can be made by anybody. Source: RFC 8032, 5.1.3 and 5.1.4."""
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if len(raw) != 32 or y >= P or pow(_x_squared(y), (P - 1) // 2, P) == P - 1:
        return False
    return _doubled(_doubled(_doubled(y))) != 1
