"""The doubtful queue of addresses in the database: proposed by rule, decided by people, always to be undone."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from gis.address_text import Parts
from gis.errors import Conflict, NotFound
from gis.models import Address, AddressPair, Verdict
from gis.registers import Entry, Likeness, Pair, joined, settled

PARTS = ("road", "number", "estate", "block", "unit", "room", "name")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a run came to: addresses compared, copies led to another row, pairs joined by rule, pairs to be asked."""

    addresses: int
    copies: int
    same: int
    doubtful: int


def entries(ids: Iterable[int] | None = None) -> dict[int, Entry]:
    """The addresses as they are compared, all or some, by id."""
    rows = Address.objects.all() if ids is None else Address.objects.filter(pk__in=list(ids))
    names = ("pk", "source", "source_id", "code", "building_id", "score", "geom", *PARTS)
    found = {}
    for row in rows.values(*names).iterator():
        place = row["geom"].x, row["geom"].y
        code = "".join(row["code"].split()).upper()
        found[row["pk"]] = Entry(
            row["pk"], row["source"], row["source_id"], code, Parts.of({name: row[name] for name in PARTS}),
            place, row["building_id"], row["score"] or 0.0,
        )  # fmt: skip
    return found


@transaction.atomic
def merge_addresses() -> Merged:
    """Compare all registers afresh. What people decided stays; what rules said before is said anew or withdrawn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('spatial.registers'))")  # one at a time
    found = entries()
    people, apart = decided(AddressPair.objects.all())
    leads, pairs = settled(found, people, apart)
    wanted = {ids: (link, Verdict.SAME if sure else Verdict.OPEN) for ids, (link, sure) in pairs.items()}
    keep(wanted)
    lead(set(found), leads)
    verdicts = [verdict for _, verdict in wanted.values()]
    return Merged(len(found), len(leads), verdicts.count(Verdict.SAME), verdicts.count(Verdict.OPEN))


def decided(pairs: Any) -> tuple[list[Likeness], frozenset[Pair]]:
    """What people said: links to follow, and pairs that are not one."""
    rows = pairs.filter(decided_at__isnull=False).values_list("first_id", "second_id", "score", "verdict")
    links = [Likeness(a, b, score, True, True) for a, b, score, verdict in rows if verdict == Verdict.SAME]
    return links, frozenset(frozenset((a, b)) for a, b, _, verdict in rows if verdict == Verdict.DIFFERENT)


def keep(wanted: dict[tuple[int, int], tuple[Likeness, Verdict]]) -> None:
    """Make the undecided pairs those that are wanted now, touching only what differs."""
    there = {(pair.first_id, pair.second_id): pair for pair in AddressPair.objects.filter(decided_at__isnull=True)}
    gone = [pair.pk for key, pair in there.items() if key not in wanted]
    AddressPair.objects.filter(pk__in=gone).delete()
    fresh: list[AddressPair] = []
    moved: list[AddressPair] = []
    for key, (link, verdict) in wanted.items():
        pair = there.get(key) or AddressPair(first_id=key[0], second_id=key[1], score=-1)
        said = link.score, link.reasons, verdict
        if (pair.score, pair.reasons, pair.verdict) != said:
            pair.score, pair.reasons, pair.verdict = said
            (moved if pair.pk else fresh).append(pair)
    AddressPair.objects.bulk_create(fresh, batch_size=2000)
    AddressPair.objects.bulk_update(moved, ("score", "reasons", "verdict"), batch_size=2000)


def lead(ids: set[int], leads: dict[int, int]) -> None:
    """Point the copies among these addresses to what stands for them, and free the others; touch only what differs."""
    now = dict(Address.objects.filter(pk__in=ids, same_as__isnull=False).values_list("pk", "same_as_id"))
    changed = {ident: leads.get(ident) for ident in ids if now.get(ident) != leads.get(ident)}
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE spatial_address a SET same_as_id = n.leads"
            " FROM unnest(%s::bigint[], %s::bigint[]) n (id, leads) WHERE n.id = a.id",
            [list(changed), list(changed.values())],
        )


@transaction.atomic
def decide(pk: int, verdict: Verdict, user: Any) -> AddressPair:
    """Write down what a person says of a pair (OPEN withdraws it), and follow it at once.

    Raises NotFound for no such pair, Conflict when SAME would join what someone has called different.
    """
    pair = AddressPair.objects.select_for_update().filter(pk=pk).first()
    if pair is None:
        raise NotFound(f"没有编号为 {pk} 的地址对 / no such pair of addresses")
    open_again = verdict == Verdict.OPEN
    pair.verdict, pair.decided_by = verdict, None if open_again else user
    pair.decided_at = None if open_again else timezone.now()
    pair.save()
    found, links, apart = around(pair)
    leads, refused = joined(found, links, apart)
    if any(link.decided for link in refused):
        raise Conflict(
            "与其他人的结论矛盾：相连的地址中有两条已判为不同，请先撤回那条结论。 / "
            "This contradicts another verdict: two of the addresses it would join were called different."
        )
    lead(set(found), leads)
    for link in refused:
        AddressPair.objects.filter(first=link.first, second=link.second).update(verdict=Verdict.OPEN)
    log.info("address pair %s: %s by %s", pk, verdict, user)
    return pair


def around(pair: AddressPair) -> tuple[dict[int, Entry], list[Likeness], frozenset[Pair]]:
    """The addresses that hang together with a pair through links, those links, and the pairs among them called two."""
    ids: set[int] = set()
    new = {pair.first_id, pair.second_id}
    while new - ids:
        ids |= new
        touching = AddressPair.objects.filter(Q(first__in=ids) | Q(second__in=ids), verdict=Verdict.SAME)
        new = {ident for both in touching.values_list("first", "second") for ident in both}
        new |= set(Address.objects.filter(same_as__in=ids).values_list("pk", flat=True))
    among = AddressPair.objects.filter(first__in=ids, second__in=ids)
    rows = among.filter(verdict=Verdict.SAME).values_list("first", "second", "score", "decided_at")
    links = [Likeness(a, b, score, True, at is not None) for a, b, score, at in rows]
    return entries(ids), links, decided(among)[1]
