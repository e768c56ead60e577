"""One person under several names: what a report tells of its patient joins those that a site knows by one name each."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.db.models import Q

from cases.models import Patient, Site
from cases.queries import site_key

if TYPE_CHECKING:
    from cases.actions.studies import Placed, Wanted


class Persons:
    """The patients of a site that a batch of reports may mean, by their pseudonyms. A report that names its patient once asks
    nothing of the database.
    """

    def __init__(self, site: Site, named: Iterable[Sequence[str]]) -> None:
        self.site, self.key = site, site_key(site.code)
        names = {self.key.patient(name) for some in named for name in some}
        known = Patient.objects.filter(site=site, pseudonym__in=names) if names else Patient.objects.none()
        self._asked: dict[tuple[str, str], bool] = {}
        self.stored = {one.pseudonym: one for one in known}

    def known(self, names: Sequence[str]) -> str:
        """The pseudonym of the first name by which the site has a patient; empty where it has none."""
        return next((name for name in map(self.key.patient, names) if name in self.stored), "")

    def are_one(self, one: str, other: str) -> bool:
        """Whether two pseudonyms are one person's; asked once for each two."""
        if (one, other) not in self._asked:
            known = Patient.objects.filter(site=self.site, pseudonym__in=[one, other])
            people = [patient.person_id for patient in known]
            self._asked[one, other] = len(people) == 2 and len(set(people)) == 1
        return self._asked[one, other]

    def join(self, placed: Iterable[tuple["Wanted", "Placed"]]) -> None:
        """Keeps that all names of a report's patient, and the patient of its study, are one person's. Where two were stored
        before as two, it is remarked. Call it once the studies are written.
        """
        for want, one in placed:
            names = [self.key.patient(name) for name in want.facts.names_of_patient]
            if not names or set(names) == {one.study.patient.pseudonym}:
                continue
            missing = [Patient(site=self.site, pseudonym=name) for name in names if name not in self.stored]
            Patient.objects.bulk_create(missing, ignore_conflicts=True)
            before = {*self.stored, one.study.patient.pseudonym}
            persons = list(Patient.objects.filter(Q(site=self.site, pseudonym__in=names) | Q(pk=one.study.patient_id)))
            self.stored |= {person.pseudonym: person for person in persons}
            roots = sorted({person.person_id for person in persons})
            if len(roots) == 1:
                continue
            others = Patient.objects.filter(Q(pk__in=roots) | Q(same_as__in=roots)).exclude(pk=roots[0])
            others.update(same_as=roots[0])
            self._tell(
                want, [person.pseudonym for person in persons if person.pseudonym in before and person.studies.exists()]
            )

    @staticmethod
    def _tell(want: "Wanted", known: Sequence[str]) -> None:
        if len(known) < 2:
            return
        message = (
            f"Patients {' and '.join(sorted(known))} are one person, by what the report tells of its patient. Both keep their "
            "studies and count as one from here on: a sample takes one of them, and no new release parts them. If a frozen "
            "release has both, see that they are not on two sides; else withdraw it. If they are two, mend the report's patient."
        )
        want.remark("one_person", "patient_id", "", message)
