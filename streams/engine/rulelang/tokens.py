"""Text of an expression -> tokens with their columns. Whatever could be read in two ways is refused with what to write instead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal, NamedTuple, NoReturn

from streams.domain.catalogue import Lang, text

MAX_CHARACTERS = 1024

Kind = Literal["number", "unit", "window", "name", "word", "sign", "end"]
WORDS = frozenset(("and", "or", "not"))
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_SPACE = re.compile(r"[ \t\r\n]+")
_WINDOW = re.compile(r"(?P<n>[0-9]{1,6})(?P<unit>[smhd])(?![\w/³])")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_BAD_NUMBER = re.compile(r"0[0-9]|0[xobXOB]|[0-9.]+[eE][-+]?[0-9]|[0-9]+_|[0-9]*\.(?![0-9])|\.[0-9]|[0-9.]*\.[0-9]+\.")
_UNIT = re.compile(r"%[A-Za-z]*|(?:°[CF]|[℃℉]|[^\W\d_][^\W_]*)(?:/[^\W\d_][^\W_]*)?")
_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*", re.ASCII)
_SIGN = re.compile(r"<=|>=|==|!=|[-+*/<>(),]")
_MEANT = {"≥": ">=", "≤": "<=", "≠": "!=", "=": "==", "&": "and", "|": "or", "!": "not", "×": "*", "÷": "/", "%": "25 %LEL",
          "\u2212": "-", "^": "*", "\u3002": ".", "\u3001": ","}  # fmt: skip
"""What people write and mean; full-width forms are found by their compatibility form."""


class Token(NamedTuple):
    kind: Kind
    text: str
    at: int
    value: float = 0.0


class ExpressionRefused(ValueError):
    """An expression that cannot be read: `column` from 0, keys of the catalogue for what and for the way out."""

    def __init__(self, column: int, what: str, hint: str = "", **args: object) -> None:
        self.column, self.what, self.hint = column, what, hint
        self.args_of: Mapping[str, object] = args
        super().__init__(f"{column + 1}: {self.message('en')}")

    @property
    def message_key(self) -> str:
        return f"expr.{self.what}"

    @property
    def hint_key(self) -> str:
        return f"expr.hint.{self.hint}" if self.hint else ""

    def message(self, lang: Lang) -> str:
        return text(self.message_key, lang, **self.args_of)


def refuse(column: int, what: str, hint: str = "", **args: object) -> NoReturn:
    raise ExpressionRefused(column, what, hint, **args)


def tokens(source: str) -> list[Token]:
    """All tokens, an `end` last. Raises ExpressionRefused at the first place that cannot be read."""
    if len(source) > MAX_CHARACTERS:
        refuse(MAX_CHARACTERS, "too_long", "split", size=len(source), most=MAX_CHARACTERS)
    found: list[Token] = []
    at = 0
    while True:
        if space := _SPACE.match(source, at):
            at = space.end()
        if at == len(source):
            return [*found, Token("end", "", at)]
        token = _next(source, at, found[-1].kind if found else "sign")
        found.append(token)
        at += len(token.text)


def _next(source: str, at: int, before: Kind) -> Token:
    if before == "number" and (unit := _UNIT.match(source, at)) and unit.group() not in WORDS:
        return Token("unit", unit.group(), at)
    if source[at] in "0123456789.":
        return _number(source, at)
    if sign := _SIGN.match(source, at):
        return Token("sign", sign.group(), at)
    if name := _NAME.match(source, at):
        return _name(source, name.group(), at)
    if source[at].isascii() and source[at].isalpha():
        refuse(at, "upper_case", "lower_case", found=source[at])
    plain = unicodedata.normalize("NFKC", source[at])
    meant = _MEANT.get(source[at], plain if plain != source[at] and plain.isascii() and plain.isprintable() else "")
    if meant:
        refuse(at, "character", "write", found=source[at], write=meant)
    refuse(at, "character", found=source[at] if source[at].isprintable() else f"U+{ord(source[at]):04X}")


def _name(source: str, name: str, at: int) -> Token:
    after = source[at + len(name) : at + len(name) + 1]
    if after and (after.isalpha() or after == "."):
        refuse(at + len(name), "upper_case" if after.isascii() and after.isalpha() else "character", "lower_case", found=after)
    return Token("word" if name in WORDS else "name", name, at)


def _number(source: str, at: int) -> Token:
    if window := _WINDOW.match(source, at):
        return Token("window", window.group(), at, int(window["n"]) * _SECONDS[window["unit"]])
    if bad := _BAD_NUMBER.match(source, at):
        refuse(at, "number", "plain_number", found=source[at : bad.end()][:20])
    found = _NUMBER.match(source, at) or refuse(at, "number", "plain_number", found=source[at])
    value = float(found.group())
    if value > 1e15:
        refuse(at, "number", "plain_number", found=found.group()[:20])
    return Token("number", found.group(), at, value)
