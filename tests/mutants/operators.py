"""Errors that can be planted in a file: one operator, constant, condition, call or SQL word changed at a time."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.FloorDiv: ("//", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
}
_CALLS = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
_SQL = re.compile(r"\b(SELECT|UPDATE|DELETE|INSERT|WHERE|LOCK)\b")
_WORDS = {
    r" < ": " <= ",
    r" <= ": " < ",
    r" > ": " >= ",
    r" >= ": " > ",
    r"\bAND\b": "OR",
    r"\bOR\b": "AND",
    r"\bIS NOT NULL\b": "IS NULL",
    r"\bNOT EXISTS\b": "EXISTS",
    r"\bDESC\b": "ASC",
    r" FOR (NO KEY )?UPDATE\b": "",
}
# Arguments that guard against this very kind of error, or that only say how something is set out or how much is shown.
_UNHEARD = {"strict", "n", "indent"}
# What is only told to people.
_TOLD = re.compile(r"^(log\.|logging\.|print|logger\.|warnings\.)")


@dataclass(frozen=True)
class Mutant:
    """A file with the bytes from `start` to `end` changed to `new`; `was` and `now` are the lines before and after."""

    file: str
    line: int
    start: int
    end: int
    new: str
    was: str
    now: str

    def planted(self, source: bytes) -> bytes:
        """The file's text with the error in it."""
        return source[: self.start] + self.new.encode() + source[self.end :]


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    new: str


@dataclass
class _Source:
    """A parsed file, in bytes, as the tree counts columns."""

    text: bytes
    lines: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = [0, *(match.end() for match in re.finditer(rb"\n", self.text))]

    def start(self, node: ast.AST) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.AST) -> int:
        return self.lines[node.end_lineno - 1] + node.end_col_offset

    def of(self, node: ast.AST) -> str:
        return self.text[self.start(node) : self.end(node)].decode()

    def swapped(self, left: ast.AST, right: ast.AST, old: str, new: str) -> Iterator[_Edit]:
        """The operator between two operands, written otherwise."""
        begin = self.end(left)
        if (at := self.text.find(old.encode(), begin, self.start(right))) >= 0:
            yield _Edit(at, at + len(old), new)

    def whole(self, node: ast.AST, new: str) -> _Edit:
        return _Edit(self.start(node), self.end(node), new)


def mutants_of(file: str, text: bytes) -> list[Mutant]:
    """All errors that can be planted in the file, by place."""
    source = _Source(text)
    edits = {edit for node in _worked(ast.parse(text)) for edit in _edits(node, source)}
    return [_mutant(file, source, edit) for edit in sorted(edits, key=lambda edit: (edit.start, edit.end, edit.new))]


def _worked(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do the work: no types, decorators, docstrings, formatted texts, or messages."""
    if isinstance(tree, ast.keyword) and tree.arg in _UNHEARD:
        return
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list", "type_comment"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _left_out(child):
                yield child
                yield from _worked(child)


def _left_out(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(left=ast.Constant(), op=ast.LShift(), right=ast.Constant()):
            # A size of what is read or held at once.
            return True
        case ast.JoinedStr() | ast.Raise() | ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.Expr(value=ast.Call(func=called)):
            return bool(_TOLD.match(ast.unparse(called)))
    return False


def _edits(node: ast.AST, source: _Source) -> Iterator[_Edit]:
    for kind, operator in _OPERATORS:
        if isinstance(node, kind):
            yield from operator(node, source)


def _compared(node: ast.Compare, source: _Source) -> Iterator[_Edit]:
    for (left, right), operator in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
        yield from source.swapped(left, right, *_COMPARISONS[type(operator)])


def _joined(node: ast.BoolOp, source: _Source) -> Iterator[_Edit]:
    words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in pairwise(node.values):
        yield from source.swapped(left, right, *words)


def _calculated(node: ast.BinOp, source: _Source) -> Iterator[_Edit]:
    texts = ast.JoinedStr | ast.List | ast.ListComp | ast.Tuple
    sides = (node.left, node.right)
    joined = any(isinstance(side, texts) or isinstance(getattr(side, "value", None), str) for side in sides)
    if type(node.op) in _ARITHMETIC and not joined:
        yield from source.swapped(node.left, node.right, *_ARITHMETIC[type(node.op)])


def _signed(node: ast.UnaryOp, source: _Source) -> Iterator[_Edit]:
    if not isinstance(node.op, ast.UAdd):
        yield source.whole(node, source.of(node.operand))


def _written(node: ast.Constant, source: _Source) -> Iterator[_Edit]:
    match node.value:
        case bool(value):
            yield source.whole(node, str(not value))
        case int(value):
            yield source.whole(node, str(value + 1))
        case str(value) if _SQL.search(value):
            yield from _words(node, source)


def _called(node: ast.Call, source: _Source) -> Iterator[_Edit]:
    match node.func:
        case ast.Name(id=name) if name in _CALLS:
            yield source.whole(node.func, _CALLS[name])


def _guarded(node: ast.If, source: _Source) -> Iterator[_Edit]:
    match node:
        case ast.If(test=test, body=[ast.Raise() | ast.Return() | ast.Continue() | ast.Break()], orelse=[]):
            yield source.whole(test, "False")


def _tested(node: ast.If | ast.While | ast.IfExp, source: _Source) -> Iterator[_Edit]:
    guard = bool([*_guarded(node, source)]) if isinstance(node, ast.If) else False
    if not guard and not isinstance(node.test, ast.UnaryOp):
        yield source.whole(node.test, f"(not ({source.of(node.test)}))")


def _filtered(node: ast.comprehension, source: _Source) -> Iterator[_Edit]:
    for condition in node.ifs:
        yield source.whole(condition, "True")


def _done(node: ast.Expr, source: _Source) -> Iterator[_Edit]:
    if isinstance(node.value, ast.Call):
        yield source.whole(node, "pass")


_OPERATORS: list[tuple[Any, Callable[[Any, _Source], Iterator[_Edit]]]] = [
    (ast.Compare, _compared),
    (ast.BoolOp, _joined),
    (ast.BinOp, _calculated),
    (ast.UnaryOp, _signed),
    (ast.Constant, _written),
    (ast.Call, _called),
    (ast.If, _guarded),
    (ast.If | ast.While | ast.IfExp, _tested),
    (ast.comprehension, _filtered),
    (ast.Expr, _done),
    (ast.AugAssign, lambda node, source: iter([source.whole(node, "pass")])),
    (ast.Break, lambda node, source: iter([source.whole(node, "continue")])),
    (ast.Continue, lambda node, source: iter([source.whole(node, "break")])),
]


def _words(node: ast.Constant, source: _Source) -> Iterator[_Edit]:
    text, begin = source.of(node), source.start(node)
    for pattern, new in _WORDS.items():
        for match in re.finditer(pattern, text):
            before = len(text[: match.start()].encode())
            yield _Edit(begin + before, begin + before + len(match.group().encode()), new)


def _mutant(file: str, source: _Source, edit: _Edit) -> Mutant:
    first = source.text.rfind(b"\n", 0, edit.start) + 1
    last = source.text.find(b"\n", edit.end)
    before, after = source.text[first : edit.start].decode(), source.text[edit.end : last].decode()
    was = before + source.text[edit.start : edit.end].decode() + after
    line = source.text.count(b"\n", 0, edit.start) + 1
    return Mutant(file, line, edit.start, edit.end, edit.new, _flat(was), _flat(before + edit.new + after))


def _flat(text: str) -> str:
    return " ".join(text.split())


def parses(text: bytes) -> bool:
    """Whether the text is Python still."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
