"""Expression text -> tree: a Pratt parser. Nothing of Python is evaluated; size and depth are bounded before anything is built.

or < and < not < comparison (never chained) < + - < * / < unary -
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

from streams.engine.rulelang.tokens import ExpressionRefused, Token, refuse, tokens
from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, Name, Neg, Node, Not, Num, Window, depth

__all__ = ["MAX_DEPTH", "MAX_NODES", "ExpressionRefused", "parse"]

MAX_NODES = 64
MAX_DEPTH = 12

_BINDS = {"or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_NOT, _COMPARE, _NEG = 3, 4, 7


@lru_cache(maxsize=4096)
def parse(source: str) -> Node:
    """The tree of `source`. Raises ExpressionRefused, and nothing else, for any text.

    >>> parse("value >= limit.h")
    Compare(op='>=', l=Name(path='value'), r=Name(path='limit.h'))
    """
    return _Parser(tokens(source)).whole()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.place = 0
        self.nodes = 0
        self.nesting = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def step(self) -> Token:
        token = self.here
        self.place += token.kind != "end"
        return token

    def whole(self) -> Node:
        if self.here.kind == "end":
            refuse(0, "empty")
        node = self.expression(0)
        self.nothing_after(self.here)
        if (deep := depth(node)) > MAX_DEPTH:
            refuse(node.at, "too_deep", "split", found=deep, most=MAX_DEPTH)
        return node

    def made(self, node: Node) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            refuse(node.at, "too_many", "split", most=MAX_NODES)
        return node

    def expression(self, binds: int) -> Node:
        self.nesting += 1
        if self.nesting > 2 * MAX_DEPTH:  # brackets make no node; without this bound a text of brackets would exhaust the stack
            refuse(self.here.at, "too_deep", "split", found=self.nesting, most=MAX_DEPTH)
        node = self.prefix()
        while (strength := _BINDS.get(self.here.text, 0) if self.here.kind in ("word", "sign") else 0) > binds:
            node = self.infix(node, self.step(), strength)
        self.nesting -= 1
        return node

    def infix(self, left: Node, op: Token, strength: int) -> Node:
        right = self.expression(strength)
        if op.text in ("and", "or"):
            kind: type[All] | type[Any] = All if op.text == "and" else Any
            return self.chain(kind, left, right)
        if strength == _COMPARE:
            if isinstance(left, Compare) or (self.here.text in _BINDS and _BINDS[self.here.text] == _COMPARE):
                refuse(op.at, "chained", "two_comparisons")
            return self.made(Compare(op.text, left, right, left.at))  # type: ignore[arg-type]
        return self.made(Arith(op.text, left, right, left.at))  # type: ignore[arg-type]

    def chain(self, kind: type[All] | type[Any], left: Node, right: Node) -> Node:
        """One node for `a and b and c`, however bracketed: parts that are chains of the same word are taken apart."""
        parts: list[Node] = []
        for side in (left, right):
            if isinstance(side, kind):
                self.nodes -= 1
                parts += side.parts
            else:
                parts.append(side)
        return self.made(kind(tuple(parts), left.at))

    def prefix(self) -> Node:
        token = self.step()
        if token.kind == "number":
            unit = self.step().text if self.here.kind == "unit" else ""
            return self.made(Num(token.value, unit, token.at))
        if token.kind == "window":
            return self.made(Window(int(token.value), token.at))
        if token.kind == "name":
            return self.call(token) if self.here.text == "(" else self.made(Name(token.text, token.at))
        if token.text == "-":
            return self.made(Neg(self.expression(_NEG), token.at))
        if token.text == "not":
            return self.made(Not(self.expression(_NOT), token.at))
        if token.text == "(":
            node = self.expression(0)
            self.close(token)
            return node
        self.unexpected(token)

    def call(self, name: Token) -> Node:
        bracket = self.step()
        if "." in name.text:
            refuse(name.at, "dotted_call", found=name.text)
        args: list[Node] = []
        if self.here.text != ")":
            args.append(self.expression(0))
            while self.here.text == ",":
                self.step()
                args.append(self.expression(0))
        self.close(bracket)
        return self.made(Call(name.text, tuple(args), name.at))

    def close(self, opened: Token) -> None:
        if self.here.kind == "end":
            refuse(opened.at, "not_closed")
        if self.here.text != ")":
            self.unexpected(self.here)
        self.step()

    def nothing_after(self, token: Token) -> None:
        if token.kind != "end":
            self.unexpected(token)

    def unexpected(self, token: Token) -> NoReturn:
        if token.kind == "end":
            refuse(token.at, "ends")
        refuse(token.at, "unexpected", "operator_missing" if token.kind in ("name", "number") else "", found=token.text)
