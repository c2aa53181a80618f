"""Who must have signed for what only people may end, by the level of the source; and who may sign for an office that is silent.

One name signs an action for one role, whatever roles the action gives it. A first signature waits a while for the others, then it is void.
"""

from __future__ import annotations

from streams.domain.messages import Action
from streams.domain.scale import Level
from streams.engine.desk import Desk
from streams.engine.parameters import Signing
from streams.engine.state import Asked, Source

Groups = tuple[tuple[str, ...], ...]


def signers_of(action: Action) -> list[str]:
    """Everybody who signs with this action, as "role:name"; of a name that stands for several roles only the first counts."""
    by_name: dict[str, str] = {action.author.strip(): action.role}
    for signer in action.co_signers:
        role, _, name = signer.partition(":")
        by_name.setdefault(name.strip(), role)
    return [f"{role}:{name}" for name, role in by_name.items() if name]


def groups_of(signing: Signing, level: int) -> Groups:
    """One of each group has to sign."""
    return {Level.ORANGE: signing.orange, Level.RED: signing.red}.get(Level(level), signing.yellow)


def roles_of(signers: list[str]) -> set[str]:
    """The roles that are signed for."""
    return {signer.partition(":")[0] for signer in signers}


def missing(desk: Desk, source: Source, asked: Asked, at_ms: int) -> list[str]:
    """Groups of which nobody has signed, as "role/role"; empty when all have."""
    signing, roles = desk.policy(source.enterprise).signing, roles_of(asked.signers)
    late = at_ms - asked.at_ms >= signing.unanswered_s * 1000
    return ["/".join(g) for g in groups_of(signing, source.level)
            if not any(r in roles or (late and signing.next_office.get(r, "") in roles) for r in g)]  # fmt: skip


def sign(desk: Desk, source: Source, subject: str, action: Action, at_ms: int) -> list[str]:
    """Take the signatures of `action` for `subject`, beside earlier ones; returns who is still missing at the present level."""
    asked = source.asked.get(subject)
    if asked is None or at_ms - asked.at_ms >= desk.policy(source.enterprise).signing.request_valid_s * 1000:
        asked = Asked(at_ms=at_ms, signers=[])
    asked.signers = list(dict.fromkeys([*asked.signers, *signers_of(action)]))
    left = missing(desk, source, asked, at_ms)
    if left:
        source.asked[subject] = asked
        desk.asked.add(source.id)
    else:
        source.asked.pop(subject, None)
    return left


def tick(desk: Desk, at_ms: int) -> None:
    """Requests that nobody answered go to the next office; those that are void are forgotten."""
    for source_id in sorted(desk.asked):
        source = desk.source(source_id)
        signing = desk.policy(source.enterprise).signing
        for subject in list(source.asked):
            asked = source.asked[subject]
            if at_ms - asked.at_ms >= signing.request_valid_s * 1000:
                del source.asked[subject]
            elif not asked.passed_ms and at_ms - asked.at_ms >= signing.unanswered_s * 1000:
                _pass_on(desk, source, subject, asked, at_ms)
        if not source.asked:
            desk.asked.discard(source_id)


def _pass_on(desk: Desk, source: Source, subject: str, asked: Asked, at_ms: int) -> None:
    """Say which office was silent and which one may sign now."""
    asked.passed_ms = at_ms
    signing, roles = desk.policy(source.enterprise).signing, roles_of(asked.signers)
    silent = [r for g in groups_of(signing, source.level) if not any(r in roles for r in g) for r in g]
    offices = sorted({signing.next_office[r] for r in silent if r in signing.next_office})
    if offices:
        site = desk.site_of(source)
        desk.voice.finding("signature_passed_on", site.code, at_ms, subject=subject, source=source.code, region=site.record.region,
                           detail={"subject": subject, "silent": sorted(silent), "next": offices, "asked_ms": asked.at_ms})  # fmt: skip
