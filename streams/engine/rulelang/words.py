"""An expression in words, zh and en: what a rule asks, as an officer would read it."""

from __future__ import annotations

from typing import Final

from streams.domain.catalogue import Lang
from streams.engine.rulelang.catalogue import AGGREGATES, FUNCTIONS, NAMES, WINDOWED, WINDOWS, series_of
from streams.engine.rulelang.show import number
from streams.engine.rulelang.tree import All, Any, Arith, Call, Compare, Name, Neg, Node, Not, Num, Window

_COMPARE: Final = {
    ">=": ("不低于", "is at or above"), ">": ("高于", "is above"), "<=": ("不高于", "is at or below"), "<": ("低于", "is below"),
    "==": ("等于", "equals"), "!=": ("不等于", "is not"),
}  # fmt: skip
_ARITH: Final = {"+": ("加", "plus"), "-": ("减", "minus"), "*": ("乘以", "times"), "/": ("除以", "divided by")}
_CHOICE: Final = {"first": ("依次取适用者", "the first that applies of "), "lowest": ("取适用的最小者", "the lowest that applies of "),
                  "highest": ("取适用的最大者", "the highest that applies of ")}  # fmt: skip
_WINDOW: Final = {60: ("1分钟", "1 min"), 600: ("10分钟", "10 min"), 3600: ("1小时", "1 h"), 86_400: ("24小时", "24 h")}
_QUANTITY: Final = {
    "pressure": ("压力", "pressure"), "level": ("液位", "level"), "temperature": ("温度", "temperature"), "flow": ("流量", "flow"),
    "flow_difference": ("流量差", "flow difference"), "combustible_gas": ("可燃气体", "combustible gas"), "toxic_gas": ("有毒气体", "toxic gas"),
    "oxygen": ("氧含量", "oxygen"), "wind": ("风速", "wind"), "speed": ("速度", "speed"), "weight": ("重量", "weight"), "volume": ("体积", "volume"),
    "position": ("位置", "position"), "concentration": ("浓度", "concentration"), "current": ("电流", "current"),
    "vibration": ("振动", "vibration"), "generic": ("监测值", "quantity"),
}  # fmt: skip


def say(node: Node, lang: Lang) -> str:
    """
    >>> from streams.engine.rulelang.parse import parse
    >>> say(parse("rise(10m) >= 0.1 and not weather.thunder"), "en")
    'how far the present value is above the lowest of the window (10 min) is at or above 0.1; and not: weather: thunder'
    """
    return _Words(0 if lang == "zh" else 1).of(node)


class _Words:
    def __init__(self, lang: int) -> None:
        self.lang = lang

    def of(self, node: Node) -> str:
        match node:
            case Num():
                return number(node.value) + (f" {node.unit}" if node.unit else "")
            case Window():
                return (
                    _WINDOW[node.seconds][self.lang]
                    if node.seconds in _WINDOW
                    else WINDOWS.get(node.seconds, f"{node.seconds} s")
                )
            case Name():
                return self.name(node)
            case Call():
                return self.call(node)
            case Neg():
                return ("负", "minus ")[self.lang] + self.of(node.x)
            case Arith():
                return f"{self.inner(node.l)}{self.gap}{_ARITH[node.op][self.lang]}{self.gap}{self.inner(node.r)}"
            case Compare():
                return f"{self.of(node.l)}{self.gap}{_COMPARE[node.op][self.lang]}{self.gap}{self.of(node.r)}"
            case All():
                return (",且", "; and ")[self.lang].join(self.part(p) for p in node.parts)
            case Any():
                return (",或", "; or ")[self.lang].join(self.part(p) for p in node.parts)
            case Not():
                return ("并非:", "not: ")[self.lang] + self.part(node.part)

    @property
    def gap(self) -> str:
        return ("", " ")[self.lang]

    def part(self, node: Node) -> str:
        said = self.of(node)
        return f"({said})" if isinstance(node, All | Any) else said

    def inner(self, node: Node) -> str:
        said = self.of(node)
        return f"({said})" if isinstance(node, Arith) else said

    def name(self, node: Name) -> str:
        entry = NAMES.get(node.path)
        if entry is not None:
            return (entry.zh, entry.en)[self.lang]
        series = series_of(node.path)
        if series is None:
            return node.path
        word = _QUANTITY.get(series[0], (series[0], series[0]))[self.lang]
        return f"{word}({series[1]})" if series[1] else word

    def call(self, node: Call) -> str:
        if node.name in WINDOWED and node.args:
            meaning, window = WINDOWED[node.name][self.lang], self.of(node.args[-1])
            if len(node.args) == 1:
                return (f"{window}内{meaning}", f"{meaning} ({window})")[self.lang]
            series = self.of(node.args[0])
            return (f"{series}的{window}内{meaning}", f"of {series}: {meaning} ({window})")[self.lang]
        if node.name in AGGREGATES and len(node.args) == 1:
            meaning = AGGREGATES[node.name][self.lang]
            return f"{meaning}[{self.of(node.args[0])}]"
        function = FUNCTIONS.get(node.name)
        meaning = (function.zh, function.en)[self.lang] if function else node.name
        if node.name in _CHOICE:
            meaning = _CHOICE[node.name][self.lang]
        inside = (";", "; ")[self.lang].join(self.of(a) for a in node.args)
        return f"{meaning}[{inside}]"
