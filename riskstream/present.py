"""Shows outputs to a person as they come, and keeps the counts of the closing line. Demo and replay share it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

import msgspec

from streams.domain.catalogue import Lang, text
from streams.domain.log import Output
from streams.domain.narrate import narrate, narrate_finding
from streams.domain.outputs import Finding, Warning
from streams.domain.scale import Level

_COLOURS = {"red": "\x1b[1;97;41m", "orange": "\x1b[30;48;5;208m", "yellow": "\x1b[30;43m", "blue": "\x1b[97;44m"}
_PLAIN = "\x1b[0m"
_LEVEL_KINDS = frozenset({"raise", "upgrade", "downgrade", "clear", "update"})
_LADDER_KINDS = frozenset({"notice", "supervision", "supervision_result", "follow_up", "report_due", "report_overdue",
                           "report_received", "report_returned", "report_accepted", "closed"})  # fmt: skip


class _Kind(msgspec.Struct):
    """Only what tells the kinds of records on `warnings` apart."""

    kind: str = "finding"  # the default is not on the wire


class _Count(msgspec.Struct):
    """Only how many dead letters a thinned one stands for."""

    count: int = 1


_kind, _count = msgspec.json.Decoder(_Kind), msgspec.json.Decoder(_Count)
_warning = msgspec.json.Decoder(Warning)
_findings = msgspec.json.Decoder(Finding)


class Presenter:
    """Prints warnings from `least` upwards, counts everything."""

    def __init__(self, lang: Lang, out: TextIO = sys.stdout, least: Level = Level.BLUE, *, updates: bool = True) -> None:
        self.kinds: Counter[str] = Counter()  # of records on `warnings`
        self.raised: Counter[str] = Counter()  # raises and upgrades by level
        self.dead_letters = 0
        self._lang = lang
        self._out = out
        self._least = least
        self._updates = updates
        self.present: dict[str, str] = {}  # enterprise/source -> its level, without those at rest
        self._shown: set[str] = set()  # episodes of which something was shown: what becomes of them is shown too
        self._colour = out.isatty()

    def take(self, outputs: Iterable[Output]) -> None:
        """Count `outputs` and print those that people must read."""
        for output in outputs:
            if output.topic == "warnings":
                self._event(output.value)
            elif output.topic == "dead-letters":
                self.dead_letters += _count.decode(output.value).count

    def _event(self, value: bytes) -> None:
        kind = _kind.decode(value).kind
        self.kinds[kind] += 1
        if kind == "finding":
            self._finding(value)
        if kind in _LEVEL_KINDS:
            self._level(_warning.decode(value))
        elif kind in _LADDER_KINDS:
            warning = _warning.decode(value)
            if warning.episode in self._shown:
                self.say(self._dressed(narrate(warning, self._lang), warning.level))

    def _level(self, warning: Warning) -> None:
        if warning.kind in ("raise", "upgrade"):
            self.raised[warning.level] += 1
        place = f"{warning.enterprise}/{warning.source}"
        self.present[place] = warning.level
        if warning.kind == "clear":
            del self.present[place]
        if warning.kind == "update" and not self._updates:
            return
        if max(Level[warning.level.upper()], Level[warning.previous.upper()]) >= self._least:
            self._shown.add(warning.episode)
            self.say(self._dressed(narrate(warning, self._lang), warning.level))

    def _finding(self, value: bytes) -> None:
        """What the platform says of itself is always shown: that it judges nothing, or late, or with rules that nobody could read."""
        finding = _findings.decode(value)
        if not finding.enterprise:
            self.say(narrate_finding(finding, self._lang))

    def _dressed(self, words: str, level: str) -> str:
        """The first line in the colour of the level, on a terminal; colours never stand alone, the words say them too."""
        if not self._colour:
            return words
        head, _, rest = words.partition("\n")
        return f"{_COLOURS[level]}{head}{_PLAIN}" + (f"\n{rest}" if rest else "")

    def say(self, words: str) -> None:
        print(words, file=self._out, flush=True)

    def words(self) -> str:
        """The raises and upgrades by level as people say them."""
        return ", ".join(
            f"{text(f'level.{level.code}', self._lang)} {self.raised[level.code]}" for level in sorted(Level, reverse=True)
        )

    def counts(self) -> dict[str, object]:
        """The counts of the closing JSON object."""
        return {
            "warnings": {level.code: self.raised[level.code] for level in sorted(Level, reverse=True)},
            "downgrades": self.kinds["downgrade"],
            "clears": self.kinds["clear"],
            "notices": self.kinds["notice"],
            "supervision_orders": self.kinds["supervision"],
            "reports_overdue": self.kinds["report_overdue"],
            "dead_letters": self.dead_letters,
        }
