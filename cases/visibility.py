"""Rules that hide or open studies, registered by higher rooms at start-up.

``cases`` must not know of releases or rounds, yet decides what a list of studies shows and whose pictures are served:
so releases tells it which studies are hidden (a frozen holdout), and labeling which ones a reader may look at.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:  # rules are registered by apps.py files, before models can be loaded
    from accounts.models import User

HidingRule = Callable[[str], Q]
ViewingRule = Callable[["User", int], bool]

_rules: list[HidingRule] = []
_viewing_rules: list[ViewingRule] = []


def register_hiding_rule(rule: HidingRule) -> None:
    """Adds ``rule(prefix) -> Q``: the studies to hide from everyone but admins.

    ``prefix`` is the path from the queried model to the study, e.g. ``"study__"``; empty for studies themselves.
    """
    if rule not in _rules:
        _rules.append(rule)


def hiding_rules() -> tuple[HidingRule, ...]:
    """The registered rules, which ``hidden_studies`` is made of."""
    return tuple(_rules)


def hidden_studies(prefix: str = "") -> Q:
    """All registered rules joined; matches nothing while none is registered."""
    hidden = Q(pk__in=[])
    for rule in _rules:
        hidden |= rule(prefix)
    return hidden


def register_viewing_rule(rule: ViewingRule) -> None:
    """Adds ``rule(user, study's pk) -> bool``: whether a reader may see the pictures of a study."""
    if rule not in _viewing_rules:
        _viewing_rules.append(rule)


def may_view_as_reader(user: "User", study_pk: int) -> bool:
    """Whether any registered rule lets this reader see the study's pictures; no rule, no picture."""
    return any(rule(user, study_pk) for rule in _viewing_rules)
