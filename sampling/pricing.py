"""Why a study was picked or not, in points: its own value and the prices of its buckets, which add up to its margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sampling.design import (
    SampleCandidate,
    SampleDesign,
    ValueScale,
    bucket_names,
    difficulty_edges,
    seed_value,
    value_scale,
    value_terms,
)
from sampling.optimum import Around

NEGLIGIBLE = 1e-9


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a study's margin, in points: a value (`rarity`, ...), a bucket's price, its patient's, the threshold."""

    group: str
    name: str
    points: float


@dataclass(frozen=True, slots=True)
class Pricing:
    """The price list of a draw, from the relaxed optimum: what one study more in each bucket is worth.

    A bucket that is scarce has a price above 0, one that is full below. `patients` holds those of whom several studies
    would be picked; `threshold` is what a study must be worth to be picked.
    """

    threshold: float
    buckets: Mapping[tuple[str, str], float]
    patients: Mapping[str, float]
    scale: ValueScale
    edges: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data to be stored with a run."""
        return {
            "threshold": self.threshold,
            "buckets": [[group, name, price] for (group, name), price in self.buckets.items()],
            "patients": dict(self.patients),
            "rarity": dict(self.scale.rarity),
            "difficulty": [self.scale.easiest, self.scale.hardest],
            "edges": list(self.edges),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Pricing:
        """The price list that `as_json` wrote."""
        return cls(
            threshold=data["threshold"],
            buckets={(group, name): price for group, name, price in data["buckets"]},
            patients=data["patients"],
            scale=ValueScale(data["rarity"], *data["difficulty"]),
            edges=tuple(data["edges"]),
        )


def pricing_of(candidates: Sequence[SampleCandidate], solved: Around) -> Pricing:
    """The price list of a solved draw over these candidates; what is worth nothing is left out."""
    prices = zip(solved.rest.weighted(), solved.of_rest.bucket_prices.tolist(), strict=True)
    of_patient = solved.of_rest.patient_prices
    owners = [
        (candidates[index].patient, number) for index, number in zip(solved.free, solved.rest.patient, strict=True)
    ]
    return Pricing(
        threshold=-solved.of_rest.size_price,
        buckets={(bucket.group, bucket.name): price for bucket, price in prices if abs(price) > NEGLIGIBLE},
        patients={patient: float(of_patient[n]) for patient, n in owners if abs(of_patient[n]) > NEGLIGIBLE},
        scale=value_scale(candidates),
        edges=tuple(difficulty_edges(candidates)),
    )


def explain(candidate: SampleCandidate, pricing: Pricing, design: SampleDesign) -> tuple[Term, ...]:
    """The terms of a study's margin, the largest first and the threshold last; a pick's mostly add up to 0 or more.

    They add up to less where a study was locked. Studies are whole, so the last few places go to those that fit together
    best: a few picks may be a little below 0, and a few that were not picked a little above.
    """
    values = value_terms(candidate, design, pricing.scale)
    terms = [Term("value", name, points) for name, points in values.items()]
    terms.append(Term("value", "seed", seed_value(candidate.key, design, design.seed)))
    for group, name in bucket_names(candidate, pricing.edges):
        terms.append(Term(group, name, pricing.buckets.get((group, name), 0.0)))
    terms.append(Term("patient", "", pricing.patients.get(candidate.patient, 0.0)))
    found = sorted((term for term in terms if abs(term.points) > NEGLIGIBLE), key=lambda term: -abs(term.points))
    return (*found, Term("threshold", "", -pricing.threshold))
