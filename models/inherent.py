"""Inherent risk (固有风险) of a hazard source by GB 18218-2018: s, R and the grade, from design maxima (RSK-1).

The tables are data (`data/gb18218.json`), each number with its tag. Everything here is a pure function of plain arguments:
a registry change calls `assess` again and gets the new grade at once.
"""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, Literal, NamedTuple

import msgspec

from models.datafile import content_hash, packaged

GradeCode = Literal["I", "II", "III", "IV"]


class InherentError(ValueError):
    """A substance or a count that cannot be assessed. `code` is a key of the texts (inherent.*), `details` fills it in."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(message)
        self.code = code
        self.details: dict[str, object] = details


class Substance(NamedTuple):
    """One chemical of a hazard source. `symbol` may name several classes of table 2 ("W5.3;J5"): the lowest Q counts."""

    name: str
    design_t: float
    cas: str = ""
    symbol: str = ""
    critical_t: float | None = None  # override of Q, tonnes
    beta: float | None = None  # override of beta
    toxic_gas: bool = False  # declared by the registry, beside what the tables know


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of table 1. `conditional`: it covers one concentration or form only, so a given class symbol goes first."""

    name_zh: str
    name_en: str
    cas: tuple[str, ...]
    aliases: tuple[str, ...]
    conditional: bool
    critical_t: float
    beta: float
    beta_basis: str
    toxic_gas: bool
    tags: dict[str, str]


class HazardClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of tables 2 and 4: hazard class with its Q and beta."""

    symbol: str
    class_zh: str
    class_en: str
    critical_t: float
    beta: float
    toxic_gas: bool
    tags: dict[str, str]


class AlphaStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    people_min: int
    alpha: float
    tag: str


class GradeStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    grade: GradeCode
    r_min: float
    tag: str


class Tables(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"edition": "schema"}):
    """The whole standard as data; `hash` (of the file's content) is what a score names as its version."""

    edition: int
    standard: str
    version: str
    in_force: str
    tags: dict[str, str]
    alpha_scope: str
    table1: tuple[Named, ...]
    classes: tuple[HazardClass, ...]
    alpha: tuple[AlphaStep, ...]
    grades: tuple[GradeStep, ...]
    threshold_s: float
    hash: str = ""


class Term(NamedTuple):
    """What one substance adds: `share` = q/Q to s, `weighted` = beta q/Q to R. `basis` says which row or override was used."""

    name: str
    q_t: float
    critical_t: float
    beta: float
    share: float
    weighted: float
    basis: str
    tag: str
    toxic_gas: bool


class Note(NamedTuple):
    """Something a person should look at; the assessment took the stricter reading. `code` is a key of the texts (inherent.*)."""

    code: str
    substance: str
    detail: str


class InherentRisk(NamedTuple):
    """Result of `assess`. `grade` is None below the legal threshold (s < 1)."""

    s: float
    r: float
    alpha: float
    grade: GradeCode | None
    terms: tuple[Term, ...]
    notes: tuple[Note, ...]
    standard: str
    tables: str  # hash of the tables used

    @property
    def toxic_gas_beta(self) -> float:
        """The largest beta among toxic gases, 0.0 when there is none (one matrix column worse from 4 on)."""
        return max((t.beta for t in self.terms if t.toxic_gas and t.q_t > 0), default=0.0)


class _Index(NamedTuple):
    by_name: Mapping[str, tuple[Named, ...]]
    by_cas: Mapping[str, tuple[Named, ...]]
    by_symbol: Mapping[str, HazardClass]


def tables_from(content: Mapping[str, Any]) -> Tables:
    """Checked tables from the content of a JSON file of the same form as `data/gb18218.json`."""
    tables = msgspec.convert(dict(content), Tables)
    return msgspec.structs.replace(tables, hash=content_hash(dict(content)))


@cache
def tables() -> Tables:
    """The tables shipped with this package."""
    return tables_from(packaged("gb18218.json"))


def _plain(text: str) -> str:
    """Spelling folded for look-up: width, case, white space, hyphen forms."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if not c.isspace()).replace("—", "-").replace("–", "-")


def _indexed(rows: Iterable[tuple[str, Named]]) -> dict[str, tuple[Named, ...]]:
    found: dict[str, tuple[Named, ...]] = {}
    for key, row in rows:
        if row not in found.get(key, ()):
            found[key] = (*found.get(key, ()), row)
    return found


_indexes: dict[str, _Index] = {}


def _index(of: Tables) -> _Index:
    """Look-up maps of `of`; kept by content hash, so a second version of the tables gets its own."""
    index = _indexes.get(of.hash)
    if index is None or not of.hash:
        names = ((_plain(name), row) for row in of.table1 for name in (row.name_zh, row.name_en, *row.aliases))
        index = _Index(
            by_name=_indexed(names),
            by_cas=_indexed((cas, row) for row in of.table1 for cas in row.cas),
            by_symbol={_plain(row.symbol): row for row in of.classes},
        )
        _indexes[of.hash] = index
    return index


def alpha(people: int, of: Tables | None = None) -> float:
    """Correction for the residents exposed within 500 m outside the boundary (table 5).

    >>> [alpha(n) for n in (0, 1, 29, 30, 49, 50, 99, 100)]
    [0.5, 1.0, 1.0, 1.2, 1.2, 1.5, 1.5, 2.0]
    """
    if people < 0:
        raise InherentError("bad_people", f"exposed people must be 0 or more, not {people}", people=people)
    return next(step.alpha for step in (of or tables()).alpha if people >= step.people_min)


def grade_of(r: float | Fraction, of: Tables | None = None) -> GradeCode:
    """Grade of R (table 6), boundaries belonging to the graver grade.

    >>> [grade_of(r) for r in (9.99, 10.0, 50.0, 100.0)]
    ['IV', 'III', 'II', 'I']
    """
    return next(step.grade for step in (of or tables()).grades if r >= step.r_min)


def look_up(substance: Substance, of: Tables | None = None) -> tuple[Named, ...]:
    """Rows of table 1 that name the substance: exact name or alias first (it tells forms apart), else the CAS number."""
    index = _index(of or tables())
    by_name = index.by_name.get(_plain(substance.name), ())
    by_cas = index.by_cas.get(substance.cas.strip(), ())
    both = tuple(row for row in by_name if row in by_cas)
    return both or by_name or by_cas


def _classes(substance: Substance, of: Tables) -> tuple[HazardClass, ...]:
    """The classes that `symbol` names; an unknown one is an error, not a class less."""
    symbols = [part for part in re.split("[;,/、；，]", substance.symbol) if part.strip()]
    by_symbol = _index(of).by_symbol
    for symbol in symbols:
        if _plain(symbol) not in by_symbol:
            raise InherentError(
                "unknown_symbol",
                f"{substance.name}: no hazard class {symbol.strip()!r} in table 2 of {of.standard}; use one of "
                f"{', '.join(row.symbol for row in of.classes)}",
                substance=substance.name, symbol=symbol.strip(), known=", ".join(row.symbol for row in of.classes),
            )  # fmt: skip
    return tuple(by_symbol[_plain(symbol)] for symbol in symbols)


def _unknown(substance: Substance, of: Tables) -> InherentError:
    names = [name for row in of.table1 for name in (row.name_zh, row.name_en, *row.aliases)]
    close = difflib.get_close_matches(substance.name, names, n=3, cutoff=0.5)
    hint = f" (did you mean {', '.join(close)}?)" if close else ""
    return InherentError(
        "unknown_substance",
        f"{substance.name}: not named in table 1 of {of.standard}{hint}; give its CAS number, a class symbol of table 2 "
        f"(for example W5.3), or critical_t and beta",
        substance=substance.name, cas=substance.cas, hint=", ".join(close),
    )  # fmt: skip


def _check_number(substance: Substance, field: str, value: float | None, zero: bool = False) -> None:
    if value is None or (math.isfinite(value) and (value > 0 or (zero and value == 0))):
        return
    raise InherentError(
        "bad_number", f"{substance.name}: {field} = {value} is no usable quantity; give tonnes above 0",
        substance=substance.name, field=field, value=value,
    )  # fmt: skip


def _exact(value: float) -> Fraction:
    """The decimal number that was written, not its binary neighbour: a boundary like R = 100 must be hit exactly."""
    return Fraction(repr(value))


class _Row(NamedTuple):
    critical_t: float
    beta: float
    basis: str
    tag: str
    toxic_gas: bool


def _strictest(substance: Substance, of: Tables) -> tuple[_Row, list[Note]]:
    """The row that counts: table 1 before classes (4.1.2), the lowest Q of several; ambiguity is noted, never resolved downward."""
    named, classes = look_up(substance, of), _classes(substance, of)
    if named and not (classes and all(row.conditional for row in named)):
        row = min(named, key=lambda r: (r.critical_t, -r.beta))
        notes = []
        if len(named) > 1:
            notes.append(Note("ambiguous", substance.name, "; ".join(r.name_zh for r in named)))
        elif row.conditional and _plain(substance.name) != _plain(row.name_zh):
            notes.append(Note("condition", substance.name, row.name_zh))
        if not look_up(substance._replace(cas=""), of):
            notes.append(Note("by_cas", substance.name, row.name_zh))
        tag = row.tags["beta"]
        return _Row(row.critical_t, row.beta, f"table1:{row.name_zh}; {row.beta_basis}", tag, row.toxic_gas), notes
    if not classes:
        raise _unknown(substance, of)
    low = min(classes, key=lambda r: (r.critical_t, -r.beta))
    # Lowest Q decides Q; the standard gives beta by class too, so the gravest beta among the classes counts.
    beta = max(row.beta for row in classes)
    return _Row(low.critical_t, beta, f"class:{low.symbol}", low.tags["beta"], any(r.toxic_gas for r in classes)), []


def term(substance: Substance, of: Tables | None = None) -> tuple[Term, tuple[Note, ...]]:
    """What `substance` adds to s and R, and what a person should look at. Raises InherentError naming it and the way out."""
    of = of or tables()
    _check_number(substance, "design_t", substance.design_t, zero=True)
    _check_number(substance, "critical_t", substance.critical_t)
    _check_number(substance, "beta", substance.beta)
    if substance.critical_t is not None and substance.beta is not None:
        row, notes = _Row(substance.critical_t, substance.beta, "override", "override", False), list[Note]()
    else:
        row, notes = _strictest(substance, of)
        if substance.critical_t is not None:
            row = row._replace(critical_t=substance.critical_t, basis=row.basis + "; Q override", tag="override")
        if substance.beta is not None:
            row = row._replace(beta=substance.beta, basis=row.basis + "; beta override", tag="override")
    share = substance.design_t / row.critical_t
    toxic = row.toxic_gas or substance.toxic_gas
    added = Term(substance.name, substance.design_t, row.critical_t, row.beta, share, row.beta * share, row.basis, row.tag, toxic)
    return added, tuple(notes)


def assess(substances: Sequence[Substance], people: int, of: Tables | None = None) -> InherentRisk:
    """Inherent risk of one hazard source: s = sum q/Q, R = alpha sum beta q/Q, grade when s reaches the legal threshold.

    >>> result = assess([Substance("氯", 5), Substance("氨", 5)], people=60)
    >>> result.s, result.r, result.grade
    (1.5, 7.5, 'IV')
    """
    of = of or tables()
    pairs = [term(substance, of) for substance in substances]
    terms = tuple(pair[0] for pair in pairs)
    notes = tuple(note for pair in pairs for note in pair[1])
    factor = alpha(people, of)
    # Exact rationals: neither rounding nor the order in which a registry lists its chemicals can move a grade.
    shares = [_exact(t.q_t) / _exact(t.critical_t) for t in terms]
    s = sum(shares, Fraction(0))
    r = _exact(factor) * sum((_exact(t.beta) * share for t, share in zip(terms, shares, strict=True)), Fraction(0))
    grade = grade_of(r, of) if s >= _exact(of.threshold_s) else None
    return InherentRisk(float(s), float(r), factor, grade, terms, notes, of.standard, of.hash)


def stock_share(terms: Sequence[Term], stock_t: Sequence[float | None]) -> float | None:
    """Share of the design risk that is in stock now, 0 to 1 (rho). For ranking only: it never lowers a level.

    A substance without a stock figure counts with its design maximum; None when there is nothing to divide by.
    """
    design = math.fsum(t.weighted for t in terms)
    if design <= 0.0:
        return None
    in_stock = (t.q_t if q is None else min(max(q, 0.0), t.q_t) for t, q in zip(terms, stock_t, strict=True))
    now = math.fsum(t.beta * q / t.critical_t for t, q in zip(terms, in_stock, strict=True))
    return min(now / design, 1.0)
