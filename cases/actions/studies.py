"""Finding or making the studies a batch of files speaks of, in bulk, with the site locked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from benchmarks.models import Benchmark
from cases.actions.gate import enter_pool
from cases.actions.persons import Persons
from cases.adapters.report_files import OWN_PATIENT
from cases.contribution import PATIENT_FIXED, Naming, StudyFacts
from cases.gate.columns import kept_columns
from cases.gate.study_ids import is_named_by
from cases.gate.told_names import stored_id
from cases.models import ImportRun, Patient, Site, Study
from cases.queries import site_key

# Facts that must not contradict what is stored; the others are filled once and then left.
_CHECKED = ("age", "sex", "study_date")
_FILLED = ("modality", "body_part", "view_position", "manufacturer")
Remark = Callable[[str, str, str, str], None]  # kind, field, value, message


@dataclass(frozen=True)
class Wanted:
    """The study a file belongs to: its id if it must be made, other names the site may know it by, and its facts. Names and
    the patient are the site's own: what may name somebody is stored as a pseudonym alone.
    """

    study_id: str
    aliases: tuple[str, ...]
    facts: StudyFacts
    remark: Remark
    naming: Naming = Naming.GIVEN
    named: tuple[str, ...] = field(default=(), repr=False)  # by the row or header beside it: never stored


@dataclass(eq=False)
class Placed:
    """A study at hand; ``is_changed`` once anything of it was written; ``report_sha256`` is empty without a report."""

    study: Study
    is_new: bool = False
    is_changed: bool = False
    is_held: bool = False  # from the pool that it just entered
    pseudonym: str = ""
    report_sha256: str = ""
    remark: Remark | None = None
    changed_fields: set[str] = field(default_factory=set)


def lock_sites(sites: Iterable[Site]) -> None:
    """Two imports never write to one site at once; the lock ends with the transaction. Always in order of id."""
    list(Site.objects.select_for_update(no_key=True).filter(pk__in=[site.pk for site in sites]).order_by("pk"))


def find_studies(site: Site, wanted: Sequence[Wanted]) -> list[Placed | None]:
    """The study each wanted one means among those the site knows; None where it must be made. Changes nothing."""
    book = _StudyBook(site, wanted)
    return [book.find(want) for want in wanted]


def place_studies(
    site: Site, benchmark: Benchmark, wanted: Sequence[Wanted], *, run: ImportRun | None = None
) -> list[Placed]:
    """The study of each wanted one, made where the site does not know it, its empty fields filled, in the pool or
    held from it; ``run`` is the import by which they came.

    Call it inside a transaction that holds ``lock_sites``. What contradicts the stored study is remarked, not stored.
    """
    persons = Persons(site, [want.facts.names_of_patient for want in wanted])
    book = _StudyBook(site, wanted, persons)
    placed = [book.place(want) for want in wanted]
    unique = list(dict.fromkeys(placed))
    _write_patients(site, unique)
    Study.objects.bulk_create([one.study for one in unique if one.is_new])
    persons.join(zip(wanted, placed, strict=True))
    _write_changes(unique)
    _enter_pool(benchmark, unique, run)
    return placed


class _StudyBook:
    """The site's studies that a batch may mean, by the site's id and by StudyInstanceUID."""

    def __init__(self, site: Site, wanted: Sequence[Wanted], persons: "Persons | None" = None) -> None:
        self.site, self.key, self.persons = site, site_key(site.code), persons
        names = {name for want in wanted for name in (want.study_id, *want.aliases, want.facts.study_uid) if name}
        keys = names | {self.key.study(name) for name in names}
        known = Study.objects.filter(Q(study_id__in=keys) | Q(study_uid__in=names), site=site).order_by()
        self.by_id: dict[str, Placed] = {}
        self.by_uid: dict[str, Placed] = {}
        for study in known.select_related("patient", "report").defer("report__text", "report__original"):
            report = getattr(study, "report", None)
            stored = report.sha256 if report else ""
            self._enter(Placed(study, pseudonym=study.patient.pseudonym, report_sha256=stored))

    def _enter(self, placed: Placed) -> None:
        self.by_id[placed.study.study_id] = placed
        if placed.study.study_uid:
            self.by_uid[placed.study.study_uid] = placed

    def place(self, want: Wanted) -> Placed:
        placed = self.find(want)
        if placed is None:
            study_id = stored_id(want.study_id, want.naming, self.key, want.named)
            placed = Placed(Study(site=self.site, study_id=study_id), is_new=True, is_changed=True)
            placed.pseudonym = self._patient(want) or f"{OWN_PATIENT}{study_id}"
        if is_named_by(placed.study.study_id, want.named):
            self._rename(placed)
        patient = self._patient(want)
        is_another = patient not in {"", placed.pseudonym} and not placed.pseudonym.startswith(OWN_PATIENT)
        if is_another and self.persons and self.persons.are_one(placed.pseudonym, patient):
            patient = placed.pseudonym
        _fill(placed, want, patient)
        self._enter(placed)
        return placed

    def _rename(self, placed: Placed) -> None:
        """Calls a study by its pseudonym of whose name a row says now that it is somebody's."""
        old, new = placed.study.study_id, self.key.study(placed.study.study_id)
        _set(placed, "study_id", new)
        if placed.pseudonym == f"{OWN_PATIENT}{old}":
            placed.pseudonym = f"{OWN_PATIENT}{new}"
            if not placed.is_new:
                placed.study.patient.pseudonym = placed.pseudonym
                placed.study.patient.save(update_fields=["pseudonym"])

    def find(self, want: Wanted) -> Placed | None:
        uid = want.facts.study_uid
        if uid and uid in self.by_uid:
            return self.by_uid[uid]
        for name in filter(None, (want.study_id, *want.aliases)):
            placed = self.by_id.get(name) or self.by_id.get(self.key.study(name))
            # A study that has a UID already is another study than the one this file names.
            if placed and (not uid or placed.study.study_uid in {"", uid}):
                return placed
        return None if uid else self.by_uid.get(want.study_id)

    def _patient(self, want: Wanted) -> str:
        """The patient as stored: by a pseudonym, as the site's own name for one may be a person's, or a record's number."""
        if self.persons and (known := self.persons.known(want.facts.names_of_patient)):
            return known
        return self.key.patient(want.facts.patient_id) if want.facts.patient_id else ""


def _fill(placed: Placed, want: Wanted, patient: str) -> None:
    study, facts = placed.study, want.facts
    if facts.study_uid and not study.study_uid:
        _set(placed, "study_uid", facts.study_uid)
    for name in _FILLED:
        if getattr(facts, name) and not getattr(study, name):
            _set(placed, name, getattr(facts, name))
    for name in _CHECKED:
        new, old = getattr(facts, name), getattr(study, name)
        if new in {None, ""}:
            continue
        if old in {None, ""}:
            _set(placed, name, new)
        elif new != old:
            by = f" by {abs((new - old).days):,} days" if isinstance(new, date) else ""
            message = f"{name} differs{by} from the one stored for study {study.study_id}, which is kept."
            want.remark("contradiction", name, "" if by else str(new), message)
    more = {key: value for key, value in facts.metadata.items() if key not in study.metadata}
    if kept := kept_columns(more):
        _set(placed, "metadata", {**study.metadata, **kept})
    _fill_patient(placed, want, patient)


def _set(placed: Placed, name: str, value: object) -> None:
    setattr(placed.study, name, value)
    placed.changed_fields.add(name)
    placed.is_changed = True


def _fill_patient(placed: Placed, want: Wanted, patient: str) -> None:
    if not patient or placed.pseudonym == patient:
        return
    if placed.pseudonym.startswith(OWN_PATIENT):
        placed.pseudonym, placed.is_changed, placed.remark = patient, True, want.remark
        return
    if want.facts.names_of_patient:
        return  # the report's other names of the patient are told as one person's
    message = f"The patient differs from the one stored for study {placed.study.study_id}, who is kept."
    want.remark("contradiction", "patient_id", "", message)


def _write_patients(site: Site, placed: Sequence[Placed]) -> None:
    moved = [one for one in placed if one.is_new or one.pseudonym != one.study.patient.pseudonym]
    names = {one.pseudonym for one in moved}
    Patient.objects.bulk_create([Patient(site=site, pseudonym=name) for name in sorted(names)], ignore_conflicts=True)
    patients = {patient.pseudonym: patient for patient in Patient.objects.filter(site=site, pseudonym__in=names)}
    for one in moved:
        if one.is_new:
            one.study.patient = patients[one.pseudonym]
    known = [(one, patients[one.pseudonym]) for one in moved if not one.is_new]
    if known and not _move(known):
        for pair in known:
            if not _move([pair]):
                _remark_unmoved(pair[0])


def _move(moves: Sequence[tuple[Placed, Patient]]) -> bool:
    """Gives studies their named patients. False, and nothing is changed, when rows beyond this room hold the old one."""
    old = [placed.study.patient_id for placed, _ in moves]
    try:
        with transaction.atomic():
            for placed, patient in moves:
                Study.objects.filter(pk=placed.study.pk).update(patient=patient)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("DELETE FROM cases_patient WHERE id = ANY(%s)", [old])
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        return False
    for placed, patient in moves:
        placed.study.patient = patient
    return True


def _remark_unmoved(placed: Placed) -> None:
    if placed.remark:
        message = (
            f"Study {placed.study.study_id} stays a patient of its own: it is sampled or released already, so a "
            "patient can no longer be named for it."
        )
        placed.remark(PATIENT_FIXED, "patient_id", "", message)


def _write_changes(placed: Sequence[Placed]) -> None:
    changed = [one for one in placed if one.changed_fields and not one.is_new]
    names = sorted({name for one in changed for name in one.changed_fields})
    if names:
        Study.objects.bulk_update([one.study for one in changed], names)


def _enter_pool(benchmark: Benchmark, placed: Sequence[Placed], run: ImportRun | None) -> None:
    entered, held = enter_pool(benchmark, [one.study for one in placed], run)
    for one in placed:
        one.is_held = one.study.pk in held
        if one.study.pk in entered:
            one.is_changed = True
