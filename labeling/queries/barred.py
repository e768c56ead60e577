"""Who must not get a study on a list for what they know of it: rules registered by higher rooms at start-up."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Exists, Q, QuerySet

BarringRule = Callable[[], "QuerySet[Any]"]

_rules: list[BarringRule] = []


def register_barring_rule(rule: BarringRule) -> None:
    """Adds ``rule() -> rows`` with the columns ``barred_study`` and ``barred_reader``: that reader never gets that study."""
    if rule not in _rules:
        _rules.append(rule)


def barred_readers(studies: Collection[int]) -> dict[int, set[int]]:
    """Readers by study, of those asked about, who must not get it."""
    barred: dict[int, set[int]] = defaultdict(set)
    for rule in _rules:
        pairs = rule().filter(barred_study__in=studies).order_by()
        for study, reader in pairs.values_list("barred_study", "barred_reader"):
            barred[study].add(reader)
    return dict(barred)


def is_barred(study: object, reader: int) -> Q:
    """Whether the reader must not get the study; ``study`` is its key or an expression for it."""
    barred = Q(pk__in=[])
    for rule in _rules:
        barred |= Q(Exists(rule().filter(barred_study=study, barred_reader=reader)))
    return barred
