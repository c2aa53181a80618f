"""Invented Chinese names of places, firms and people. No real place, firm or person is meant."""

from __future__ import annotations

import numpy as np

_FIRST = "青临望镜云岚霁苍沐澜霜砚屿汀栖鹭枫棠苇岫泠澄蓼莘峤珣郦洹浔漪崤筠葭蔚朔晏璟曦翎"
_SECOND = "屿滩石湖岭川洲桥陂渡崖泽谷浦塬坞溪门台港墟关峡塘原坪圩湾渚堰"
_BRANDS_1 = "海宏银瑞启兴盛德恒华裕泰鼎通润弘景正远昌同嘉永新天诚"
_BRANDS_2 = "岳垣杉源丰成辉宇达科茂安和信升联邦腾立隆锦铭博泓晟元"
_SURNAMES = "郑沈贺卢蒋范丁柳白方汪秦徐梁宋唐韩冯董萧程曹袁邓许傅曾彭吕苏"
_GIVEN = (
    "启明", "若川", "大勇", "雁秋", "维岳", "思远", "守田", "成栋", "建业", "敬亭", "知秋", "铁山", "文博", "立群", "海涛",
    "春晖", "国梁", "玉珍", "志高", "晓峰", "佩兰", "长庚", "景行", "少波", "永年", "其琛", "慕白", "松涛", "静仪", "云鹤",
)  # fmt: skip
_HAZCHEM = ("化工", "石化", "精细化工", "新材料", "化学", "农化", "气体", "储运")
_OTHER = {"steel": ("钢铁", "特钢", "冶金"), "aluminium": ("铝业", "铝材", "轻合金")}


class Names:
    """Hands out names that are used once. The same generator state gives the same names."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def _pick(self, letters: str | tuple[str, ...]) -> str:
        return letters[int(self._rng.integers(len(letters)))]

    def _once(self, make: str, *parts: str | tuple[str, ...]) -> str:
        for attempt in range(1000):
            name = make.format(*(self._pick(part) for part in parts))
            if attempt > 50:  # the stock of short names is used up
                name = self._pick(_FIRST) + name
            if name not in self._used:
                self._used.add(name)
                return name
        raise RuntimeError("names ran out")

    def place(self, ending: str) -> str:
        return self._once("{}{}" + ending, _FIRST, _SECOND)

    def firm(self, place: str, profile: str) -> str:
        return self._once(place + "{}{}{}有限公司", _BRANDS_1, _BRANDS_2, _OTHER.get(profile, _HAZCHEM))

    def person(self) -> str:
        """May occur twice, as people's names do."""
        return self._pick(_SURNAMES) + self._pick(_GIVEN)

    def phone(self) -> str:
        return f"139000{int(self._rng.integers(100_000)):05d}"
