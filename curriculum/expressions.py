"""The small language in which a case says when something holds and how much something changes. Pure; knows no case.

    budget >= 10 and not visited("escrow")          a condition
    chose("visit", "users") or trust > 60           decisions are named by stage and option
    -0.5 * fee + bonus                              an amount

Numbers, names, + - * /, comparisons (= == != < <= > >=), and/or/not, brackets, min(), max() and the functions of the world the
expression is asked in. No loops, no attributes, no strings but as arguments of functions: it always ends, and soon.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

Value = float | bool
MAX_LENGTH = 400
MAX_DEPTH = 30


class ExpressionError(ValueError):
    """What was written can't be read or asked. `place`: where, counted from 0; `kind`: a key for the page's words."""

    def __init__(self, kind: str, word: str = "", place: int = 0) -> None:
        super().__init__(f"{kind}: {word}" if word else kind)
        self.kind, self.word, self.place = kind, word, place


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Call:
    """A function with numbers or names of things: chose("stage", "option"), min(a, b)."""

    name: str
    arguments: tuple["Node | str", ...]


@dataclass(frozen=True)
class Unary:
    operator: str
    operand: "Node"


@dataclass(frozen=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"


Node = Number | Name | Call | Unary | Binary

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<sign><=|>=|==|!=|[-+*/()<>=,]))"
)
COMPARE = {"=", "==", "!=", "<", "<=", ">", ">="}


@lru_cache(maxsize=2048)
def parse(text: str) -> Node:
    """Return the expression as a tree. Raises ExpressionError where it can't be read."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError("too_long")
    return _Parser(list(_tokens(text))).whole()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            raise ExpressionError("sign", text[place:].strip()[:1], place)
        kind = found.lastgroup or ""
        yield kind, found.group(kind), found.start(kind)
        place = found.end()
    yield "end", "", end


class _Parser:
    """Recursive descent: or, and, not, comparison, sum, product, sign, atom."""

    def __init__(self, tokens: list[tuple[str, str, int]]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    @property
    def word(self) -> str:
        kind, word, _place = self.tokens[self.at]
        return word if kind in ("sign", "name") else ""

    def take(self) -> tuple[str, str, int]:
        self.at += 1
        return self.tokens[self.at - 1]

    def fail(self, kind: str = "unexpected") -> ExpressionError:
        _kind, word, place = self.tokens[self.at]
        return ExpressionError(kind if word else "unfinished", word, place)

    def expect(self, sign: str) -> None:
        if self.word != sign:
            raise self.fail()
        self.take()

    def whole(self) -> Node:
        node = self.disjunction()
        if self.tokens[self.at][0] != "end":
            raise self.fail()
        return node

    def disjunction(self) -> Node:
        node = self.conjunction()
        while self.word == "or":
            self.take()
            node = Binary("or", node, self.conjunction())
        return node

    def conjunction(self) -> Node:
        node = self.negation()
        while self.word == "and":
            self.take()
            node = Binary("and", node, self.negation())
        return node

    def negation(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("too_deep")
        try:
            if self.word == "not":
                self.take()
                return Unary("not", self.negation())
            return self.comparison()
        finally:
            self.depth -= 1

    def comparison(self) -> Node:
        node = self.sum()
        if self.word in COMPARE:
            operator = self.take()[1]
            node = Binary("==" if operator == "=" else operator, node, self.sum())
            if self.word in COMPARE:
                raise self.fail()
        return node

    def sum(self) -> Node:
        node = self.product()
        while self.word in ("+", "-"):
            operator = self.take()[1]
            node = Binary(operator, node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.word in ("*", "/"):
            operator = self.take()[1]
            node = Binary(operator, node, self.signed())
        return node

    def signed(self) -> Node:
        signs = 0
        while self.word in ("-", "+"):
            signs += self.take()[1] == "-"
        node = self.atom()
        return Unary("-", node) if signs % 2 else node

    def atom(self) -> Node:
        kind, word, _place = self.tokens[self.at]
        if kind == "number":
            self.take()
            return Number(float(word))
        if kind == "name" and word not in ("and", "or", "not"):
            self.take()
            return self.call(word) if self.word == "(" else Name(word)
        if word == "(":
            self.take()
            node = self.disjunction()
            self.expect(")")
            return node
        raise self.fail()

    def call(self, name: str) -> Call:
        self.expect("(")
        arguments: list[Node | str] = []
        while self.word != ")":
            kind, word, _place = self.tokens[self.at]
            if kind == "text":
                self.take()
                arguments.append(word[1:-1])
            else:
                arguments.append(self.disjunction())
            if self.word != ")":
                self.expect(",")
        self.expect(")")
        return Call(name, tuple(arguments))


BUILT_IN: dict[str, Callable[..., Value]] = {"min": min, "max": max}


def evaluate(node: Node, names: Mapping[str, float], functions: Mapping[str, Callable[..., Value]]) -> Value:
    """Return what the expression comes to in a world. Division by zero gives 0: a case must go on.

    Raises ExpressionError for a name or function that the world does not have.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.name not in names:
            raise ExpressionError("unknown_name", node.name)
        return names[node.name]
    if isinstance(node, Call):
        function = functions.get(node.name) or BUILT_IN.get(node.name)
        if function is None:
            raise ExpressionError("unknown_function", node.name)
        given = [a if isinstance(a, str) else evaluate(a, names, functions) for a in node.arguments]
        try:
            return function(*given)
        except TypeError as error:
            raise ExpressionError("arguments", node.name) from error
    if isinstance(node, Unary):
        value = evaluate(node.operand, names, functions)
        return not value if node.operator == "not" else -value
    left = evaluate(node.left, names, functions)
    if node.operator == "and":
        return bool(left) and bool(evaluate(node.right, names, functions))
    if node.operator == "or":
        return bool(left) or bool(evaluate(node.right, names, functions))
    return _apply(node.operator, left, evaluate(node.right, names, functions))


def _apply(operator: str, left: Value, right: Value) -> Value:
    if operator == "/":
        return left / right if right else 0.0
    return {
        "+": lambda: left + right, "-": lambda: left - right, "*": lambda: left * right,
        "==": lambda: left == right, "!=": lambda: left != right, "<": lambda: left < right,
        "<=": lambda: left <= right, ">": lambda: left > right, ">=": lambda: left >= right,
    }[operator]()  # fmt: skip


def names_in(node: Node) -> set[str]:
    """Return the variables the expression asks for."""
    if isinstance(node, Name):
        return {node.name}
    if isinstance(node, Unary):
        return names_in(node.operand)
    if isinstance(node, Binary):
        return names_in(node.left) | names_in(node.right)
    if isinstance(node, Call):
        return {name for argument in node.arguments if not isinstance(argument, str) for name in names_in(argument)}
    return set()


def calls_in(node: Node) -> list[Call]:
    """Return the functions the expression calls, with their arguments."""
    if isinstance(node, Call):
        inner = [call for argument in node.arguments if not isinstance(argument, str) for call in calls_in(argument)]
        return [node, *inner]
    if isinstance(node, Unary):
        return calls_in(node.operand)
    if isinstance(node, Binary):
        return calls_in(node.left) + calls_in(node.right)
    return []
