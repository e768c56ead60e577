"""The plan of the synthetic world: sites, patients, studies and the findings planted in them, from one seed."""

from dataclasses import dataclass, replace

import numpy as np

LABELS = (
    "airspace_opacity",
    "atelectasis",
    "pulmonary_edema",
    "interstitial_lung_disease",
    "lung_nodule_or_mass",
    "emphysema_hyperinflation",
    "pleural_effusion",
    "pneumothorax",
    "pleural_other",
    "cardiomegaly",
    "mediastinal_hilar_abnormality",
    "acute_fracture",
)
SEVERITIES = ("mild", "moderate", "severe")
DEVICES = ("pacemaker", "sternotomy", "port", "central_line", "endotracheal_tube", "feeding_tube")

_WEIGHT = dict(zip(LABELS, (0.20, 0.17, 0.09, 0.06, 0.10, 0.08, 0.21, 0.05, 0.06, 0.16, 0.06, 0.04), strict=True))
_KINDS = {
    "airspace_opacity": ("lobar", "patchy", "multifocal"),
    "atelectasis": ("plate", "plate", "collapse"),
    "lung_nodule_or_mass": ("nodule", "mass", "nodule", "nodules"),
    "pleural_other": ("thickening", "plaque"),
    "mediastinal_hilar_abnormality": ("wide", "hilar", "bihilar", "mass"),
    "acute_fracture": ("rib", "rib", "clavicle"),
}
_BILATERAL = ("pulmonary_edema", "interstitial_lung_disease", "emphysema_hyperinflation")
_CENTRAL = ("cardiomegaly",)
_EXCLUDES = (
    {"emphysema_hyperinflation", "cardiomegaly"},
    {"emphysema_hyperinflation", "pulmonary_edema"},
    {"emphysema_hyperinflation", "interstitial_lung_disease"},
    {"pulmonary_edema", "interstitial_lung_disease"},
    {"pneumothorax", "pulmonary_edema"},
)
_TOGETHER = {
    "pulmonary_edema": ("cardiomegaly", "pleural_effusion"),
    "pleural_effusion": ("atelectasis", "cardiomegaly"),
    "acute_fracture": ("pneumothorax", "pleural_effusion"),
    "lung_nodule_or_mass": ("mediastinal_hilar_abnormality", "emphysema_hyperinflation"),
    "airspace_opacity": ("pleural_effusion",),
}
_CHRONIC = {
    "interstitial_lung_disease",
    "emphysema_hyperinflation",
    "pleural_other",
    "cardiomegaly",
    "mediastinal_hilar_abnormality",
    "lung_nodule_or_mass",
}


@dataclass(frozen=True)
class Site:
    """A hospital: what its films and its reports look like."""

    code: str
    title: str
    manufacturer: str
    model: str
    photometric: str
    bits_stored: int
    rows: int
    columns: int
    pitch: float  # mm per pixel
    transfer: str  # "plain", "rle", "jpegls" or "jpeg2000"
    style: str  # house style of the reports
    male_share: float
    mean_age: float
    share: float  # of the patients
    bedside_share: float  # of the films taken AP


SITES = (
    Site("north", "Northgate General", "Helion Imaging", "Clarus DR 43", "MONOCHROME2", 12, 1200, 1024, 0.338,
         "jpegls", "sections", 0.52, 61, 0.36, 0.10),
    Site("harbour", "Harbour Teaching Hospital", "Aldine Systems", "AX-700", "MONOCHROME1", 14, 1160, 1000, 0.348,
         "jpegls", "capitals", 0.46, 55, 0.28, 0.15),
    Site("valley", "Valley Community Clinic", "Ostrava Medical", "Lumen F", "MONOCHROME2", 15, 1184, 1024, 0.343,
         "plain", "plain", 0.40, 48, 0.20, 0.05),
    Site("lakeside", "Lakeside Trauma Centre", "Helion Imaging", "Clarus Mobile", "MONOCHROME1", 13, 1024, 1200, 0.343,
         "rle", "short", 0.66, 52, 0.16, 0.35),
)  # fmt: skip


@dataclass(frozen=True)
class Planted:
    """One finding as it is drawn and reported."""

    label: str
    kind: str
    side: str  # "left", "right", "both" or "" where it has none
    zone: str  # "upper", "mid" or "lower"
    severity: str
    size_mm: float
    status: str  # "present" or "uncertain"
    change: str  # "", "new", "unchanged", "increased" or "decreased" against the prior study
    seed: int

    @property
    def strength(self) -> float:
        """How strongly it is drawn: 0.6 mild, 1 moderate, 1.4 severe, less where it is uncertain."""
        return (0.6, 1.0, 1.4)[SEVERITIES.index(self.severity)] * (0.75 if self.status == "uncertain" else 1.0)


def broken_ribs(finding: Planted) -> tuple[int, ...]:
    """The numbers of the neighbouring ribs that an acute fracture broke; none where it broke the clavicle."""
    if finding.kind == "clavicle":
        return ()
    first = int(np.random.default_rng([finding.seed, 32]).integers(4, 8))
    return tuple(range(first, first + 1 + (finding.severity == "moderate") + 2 * (finding.severity == "severe")))


@dataclass(frozen=True)
class Patient:
    """A person under a pseudonym."""

    pseudonym: str
    site: Site
    sex: str
    age: int
    build: float  # 0 = thin, 1 = heavy
    seed: int


@dataclass(frozen=True)
class Study:
    """One examination of a patient: what was planted and how it was taken."""

    study_id: str
    patient: Patient
    number: int  # 0 = the patient's first
    seed: int
    findings: tuple[Planted, ...]
    resolved: tuple[Planted, ...]  # of the prior study
    devices: tuple[str, ...]
    has_lateral: bool
    is_large: bool
    projection: str  # "PA" or "AP"
    study_date: str  # YYYYMMDD, shifted
    age: int
    scale: float  # of the films' size; tests draw small ones

    @property
    def site(self) -> Site:
        """The hospital it was taken at."""
        return self.patient.site

    @property
    def has_prior(self) -> bool:
        """Whether the patient was seen before."""
        return self.number > 0

    def truth(self) -> dict[str, str]:
        """The status of every label: present, uncertain or absent."""
        planted = {f.label: f.status for f in self.findings}
        return {label: planted.get(label, "absent") for label in LABELS}


@dataclass(frozen=True)
class World:
    """All studies of a seed."""

    seed: int
    studies: tuple[Study, ...]

    @property
    def patients(self) -> tuple[Patient, ...]:
        """Every patient once, in the order of their first study."""
        return tuple({s.patient.pseudonym: s.patient for s in self.studies}.values())


def plan_world(seed: int, n_studies: int = 240, *, scale: float = 1.0) -> World:
    """The plan of `n_studies` studies (at least 12) of about five patients per six studies; the same for the same seed.

    Every label is planted as present at least once in sixty studies, about 35 % of the studies are normal, half have
    a lateral film and one in ten is drawn at twice the resolution. `scale` shrinks every film.
    """
    if n_studies < len(LABELS):
        raise ValueError(f"n_studies is {n_studies}; every label needs a study, so ask for at least {len(LABELS)}.")
    rng = np.random.default_rng([seed, 1])
    patients = _patients(rng, max(len(LABELS), round(n_studies * 5 / 6)))
    deck = _deck(rng, len(patients), n_studies)
    studies = [_first_study(rng, p, findings, scale) for p, findings in zip(patients, deck, strict=True)]
    chains: list[list[Study]] = [[s] for s in studies]
    for k in range(n_studies - len(patients)):
        chain = chains[(k * 7) % len(chains)] if k % 5 else chains[(max(0, k - 4) * 7) % len(chains)]
        chain.append(_follow_up(rng, chain[-1]))
    ordered = [study for chain in chains for study in chain]
    return World(seed, tuple(_finished(rng, ordered, seed)))


def _patients(rng: np.random.Generator, count: int) -> list[Patient]:
    bounds = np.round(np.cumsum([s.share for s in SITES]) * count).astype(int)
    patients = []
    for index in range(count):
        site = SITES[min(int(np.searchsorted(bounds, index, side="right")), len(SITES) - 1)]
        sex = "M" if rng.random() < site.male_share else "F"
        age = int(np.clip(rng.normal(site.mean_age, 16), 19, 89))
        build = float(np.clip(rng.beta(2, 2.6), 0, 1))
        name = f"{site.code[:3].upper()}P{int(rng.integers(1, 90)):02d}{index:04d}"
        patients.append(Patient(name, site, sex, age, build, int(rng.integers(2**31))))
    return patients


def _deck(rng: np.random.Generator, count: int, n_studies: int) -> list[tuple[Planted, ...]]:
    """The findings of each patient's first study, shuffled; the rare labels are dealt first."""
    ill = count - round(0.37 * count)
    wanted = max(1, round(n_studies / 60))
    seeds = [label for label in LABELS for _ in range(wanted)]
    weights = np.array([_WEIGHT[label] for label in LABELS])
    more = rng.choice(len(LABELS), max(0, ill - len(seeds)), p=weights / weights.sum())
    first = (seeds + [LABELS[i] for i in more])[: max(ill, len(LABELS))]
    deck = [_combination(rng, label, must_be_sure=k < len(seeds)) for k, label in enumerate(first)]
    deck += [()] * (count - len(deck))
    return [deck[i] for i in rng.permutation(count)]


def _combination(rng: np.random.Generator, first: str, *, must_be_sure: bool) -> tuple[Planted, ...]:
    chosen = [first]
    for _ in range(int(rng.choice(4, p=[0.44, 0.31, 0.17, 0.08]))):
        partners = _TOGETHER.get(chosen[-1], ())
        label = str(rng.choice(partners)) if partners and rng.random() < 0.6 else str(rng.choice(LABELS, p=_shares()))
        if label not in chosen and not any({label, c} in _EXCLUDES for c in chosen):
            chosen.append(label)
    drawn = [_planted(rng, label) for label in chosen]
    if must_be_sure:
        drawn[0] = replace(drawn[0], status="present")
    return tuple(drawn)


def _shares() -> np.ndarray:
    weights = np.array([_WEIGHT[label] for label in LABELS])
    return np.asarray(weights / weights.sum())


def _planted(rng: np.random.Generator, label: str, change: str = "") -> Planted:
    kind = str(rng.choice(_KINDS.get(label, ("",))))
    severity = SEVERITIES[int(rng.choice(3, p=[0.36, 0.42, 0.22]))]
    is_uncertain = rng.random() < 0.16
    if is_uncertain:
        severity = "mild"
    side = str(rng.choice(("left", "right")))
    if label in _BILATERAL or kind in ("multifocal", "nodules", "bihilar"):
        side = "both"
    elif label in _CENTRAL or kind == "wide":
        side = ""
    elif label == "pleural_effusion" and rng.random() < 0.3:
        side = "both"
    zone = str(rng.choice(("upper", "mid", "lower")))
    if label == "atelectasis":
        zone = "lower"
    size = {"nodule": rng.uniform(9, 26), "nodules": rng.uniform(8, 16), "mass": rng.uniform(34, 62)}.get(kind, 0.0)
    status = "uncertain" if is_uncertain else "present"
    return Planted(label, kind, side, zone, severity, round(float(size), 1), status, change, int(rng.integers(2**31)))


def _first_study(rng: np.random.Generator, patient: Patient, findings: tuple[Planted, ...], scale: float) -> Study:
    is_bedside = rng.random() < patient.site.bedside_share
    devices: list[str] = []
    if findings and rng.random() < 0.22 + 0.4 * is_bedside:
        pool = DEVICES if is_bedside else DEVICES[:3]
        devices = [str(d) for d in rng.choice(pool, int(rng.integers(1, 3)), replace=False)]
    return Study(
        study_id="",
        patient=patient,
        number=0,
        seed=int(rng.integers(2**31)),
        findings=findings,
        resolved=(),
        devices=tuple(sorted(devices)),
        has_lateral=False,
        is_large=False,
        projection="AP" if is_bedside else "PA",
        study_date=f"{int(rng.integers(2016, 2023))}{int(rng.integers(1, 7)):02d}{int(rng.integers(1, 29)):02d}",
        age=patient.age,
        scale=scale,
    )


def _follow_up(rng: np.random.Generator, prior: Study) -> Study:
    fates = [(finding, _changed(rng, finding)) for finding in prior.findings]
    kept = [later for _, later in fates if later]
    resolved = [finding for finding, later in fates if not later]
    if rng.random() < 0.3 and len(kept) < 4:
        label = str(rng.choice(LABELS, p=_shares()))
        present = [f.label for f in kept]
        if label not in present and not any({label, c} in _EXCLUDES for c in present):
            kept.append(_planted(rng, label, "new"))
    year, rest = int(prior.study_date[:4]), prior.study_date[4:]
    month = int(rest[:2]) + int(rng.integers(1, 4))
    return replace(
        prior,
        number=prior.number + 1,
        seed=int(rng.integers(2**31)),
        findings=tuple(kept),
        resolved=tuple(f for f in resolved if f.label not in {k.label for k in kept}),
        study_date=f"{year}{month:02d}{rest[2:]}",
    )


def _changed(rng: np.random.Generator, finding: Planted) -> Planted | None:
    rank = SEVERITIES.index(finding.severity)
    if finding.label in _CHRONIC:
        grows = rank < 2 and rng.random() < 0.2
        severity = SEVERITIES[rank + 1] if grows else finding.severity
        return replace(
            finding,
            change="increased" if grows else "unchanged",
            severity=severity,
            size_mm=round(finding.size_mm * (1.3 if grows else 1.0), 1),
            status="present" if grows else finding.status,
        )
    fate = str(rng.choice(("resolved", "decreased", "unchanged", "increased"), p=[0.4, 0.2, 0.2, 0.2]))
    if fate == "resolved" or (fate == "decreased" and rank == 0):
        return None
    if fate == "increased" and rank == 2:
        fate = "unchanged"
    step = {"increased": 1, "decreased": -1}.get(fate, 0)
    status = "present" if fate == "increased" else finding.status
    return replace(finding, change=fate, severity=SEVERITIES[rank + step], status=status)


def _finished(rng: np.random.Generator, studies: list[Study], seed: int) -> list[Study]:
    """The studies with their identifiers, and with exactly the share of laterals and large films that is promised."""
    count = len(studies)
    large = set(rng.permutation(count)[: count // 10].tolist())
    upright = [i for i, s in enumerate(studies) if s.projection == "PA"]
    bedside = [i for i, s in enumerate(studies) if s.projection == "AP"]
    order = [upright[i] for i in rng.permutation(len(upright))] + bedside
    lateral = set(order[: count // 2])
    return [
        replace(
            s,
            study_id=f"{s.site.code[:3].upper()}{seed % 100:02d}-{i + 1:05d}",
            has_lateral=i in lateral,
            is_large=i in large,
        )
        for i, s in enumerate(studies)
    ]
