"""What any extractor and mapper must keep, whatever is behind them: subclass `Conformance` in a test module.

    class TestOurServer(Conformance):
        def stages(self, scope):
            return extractor, mapper

`stages` makes a pair for a scope (use fixtures by overriding `setup_method` or an autouse fixture). `changed` makes a pair with
another option, whose version must differ. Set `reads_faithfully` to False for a model whose answers are not to be trusted: then
only what must hold of any answer is checked, not that the answers are right. Set `is_quick` to False for a slow one: it gets
fewer reports.
"""

from itertools import count, islice

import pytest

from llm_extract.asking.protocol import Fault
from llm_extract.findings import LabelDefinition, Status
from llm_extract.guards.guarding import guarded
from llm_extract.rules.vocabulary import vocabulary_for
from llm_extract.stages import Extracted, Extractor, Mapped, Mapper, ReportText, Scope

CHEST = Scope(
    "CHEST",
    (
        LabelDefinition("pleural_effusion", "Pleural effusion", "Fluid in the pleural space.", ("pleural fluid",)),
        LabelDefinition("pneumothorax", "Pneumothorax", "Air in the pleural space."),
        LabelDefinition("cardiomegaly", "Cardiomegaly", "", ("enlarged heart",)),
        LabelDefinition("normal", "Normal", "No finding at all.", (), exclusive=True),
    ),
)
ABDOMEN = Scope(
    "ABDOMEN",
    (
        LabelDefinition(
            "hepatic_steatosis", "Hepatic steatosis", "", ("fatty liver", "fatty infiltration of the liver")
        ),
        LabelDefinition("appendicitis", "Appendicitis"),
        LabelDefinition("ascites", "Ascites", "Free fluid in the abdomen."),
        LabelDefinition("normal", "Normal", "", (), exclusive=True),
    ),
)
REPORTS = (
    (
        "FINDINGS: There is a small left pleural effusion. The heart is normal in size. No pneumothorax.\n\n"
        "IMPRESSION: Small effusion."
    ),
    "The heart is enlarged. No pleural effusion. Possible small pneumothorax.",
    "INDICATION: Rule out pneumothorax.\n\nFINDINGS: The lungs are clear. No pleural effusion or pneumothorax.",
    "No change in the moderate right pleural effusion, compared with 3 May 2024. Dr. Jane Miller was told at 14:30.",
)
ODD = (
    "Small left\u00a0pleural effu\u00adsion \u2014 stable.\r\n\r\nHeart\tsize is normal\u2026",
    "\ufeffFINDINGS:\u200b No pneumothorax. 心臓は正常です。 القلب طبيعي. ❤️ Herz normal groß.",
    "XXXX effusion ___ [**Name**] <5 mm> & \"quoted\" 'text' {braces} \\n \\u0041 %s {{sentences}}",
    "a" * 5000,
    "....",
    "\x00\x01No\x1f pneumothorax.\x7f",
    "No pneumothorax. \ud83d lone surrogate.",
    "1.\n2.\n3. Effusion.\n\n\n",
)
EMPTY = ("", "   \n\t ", "\u200b")


class Conformance:
    """See the module."""

    reads_faithfully = True
    is_quick = True
    versions_its_taxonomy = True  # False where a run's own record of the taxonomy is relied on

    def stages(self, scope: Scope) -> tuple[Extractor, Mapper]:
        """Make the pair."""
        raise NotImplementedError

    def changed(self, scope: Scope) -> tuple[Extractor, Mapper] | None:
        """Make a pair with another option; None where there are none to choose."""
        return None

    # -- running ------------------------------------------------------------------------------------------------

    def run(self, texts, scope: Scope = CHEST) -> dict[int, Mapped]:
        """Both stages over reports; every report exactly once."""
        extractor, mapper = self.stages(scope)
        found = list(mapper.map(extractor.extract(ReportText(ref, text) for ref, text in enumerate(texts))))
        assert sorted(one.extracted.report.ref for one in found) == list(range(len(texts)))
        return {one.extracted.report.ref: one for one in found}

    def reports(self) -> tuple[str, ...]:
        return REPORTS if self.is_quick else REPORTS[:2]

    @staticmethod
    def positive(mapped: Mapped, scope: Scope = CHEST) -> dict[str, str]:
        suggestions = guarded(mapped, scope.labels, vocabulary_for(scope.body_part))
        return {one.label: one.status.value for one in suggestions if one.status is not Status.ABSENT}

    @staticmethod
    def check(mapped: Mapped, scope: Scope = CHEST) -> None:
        """What must hold of any result."""
        extracted = mapped.extracted
        text = extracted.report.text
        assert (extracted.fault is None) or not extracted.readings
        assert (mapped.fault is None) == bool(mapped.readings)
        for findings in extracted.readings:
            for one in findings:
                assert 0 <= one.start < one.end <= len(text)
                assert one.evidence == text[one.start : one.end]
                assert one.observation
                assert one.name
        known = [label.key for label in scope.labels]
        for place, suggestions in enumerate(mapped.readings):
            findings = extracted.readings[place] if place < len(extracted.readings) else extracted.findings
            keys = [one.label for one in suggestions]
            assert keys == sorted(set(keys), key=known.index), "one suggestion a label, in the taxonomy's order"
            holding = [one.label for one in suggestions if one.status is not Status.ABSENT]
            assert "normal" not in holding or holding == ["normal"], "an exclusive label stands alone"
            for one in suggestions:
                assert one.confidence is None or 0 <= one.confidence <= 1
                assert all(0 <= number < len(findings) for number in one.findings)
                assert len(set(one.findings)) == len(one.findings)
                assert not one.evidence or one.evidence in text

    # -- the suite ----------------------------------------------------------------------------------------------

    def test_every_report_comes_back_once_with_exact_evidence(self):
        for mapped in self.run(self.reports()).values():
            self.check(mapped)

    def test_what_the_reports_say_is_found(self):
        if not self.reads_faithfully:
            pytest.skip("the model's answers are not to be trusted")
        found = self.run(REPORTS)
        assert all(mapped.fault is None for mapped in found.values())
        assert self.positive(found[0]) == {"pleural_effusion": "present"}
        assert self.positive(found[1]) == {"cardiomegaly": "present", "pneumothorax": "uncertain"}
        assert self.positive(found[2]) == {"normal": "present"}
        assert self.positive(found[3]) == {"pleural_effusion": "present"}
        assert found[3].extracted.findings[0].change == "stable"

    def test_the_order_of_reports_does_not_matter(self):
        texts = self.reports()
        forth, back = self.run(texts), self.run(texts[::-1])
        for ref in range(len(texts)):
            other = back[len(texts) - 1 - ref]
            assert forth[ref].readings == other.readings
            assert forth[ref].extracted.readings == other.extracted.readings

    def test_the_same_report_twice_gives_the_same_twice(self):
        first, second = self.run([REPORTS[0], REPORTS[0]]).values()
        assert first.readings == second.readings
        assert first.extracted.readings == second.extracted.readings

    def test_asked_again_it_says_the_same(self):
        texts = self.reports()[:2]
        assert {ref: one.readings for ref, one in self.run(texts).items()} == {
            ref: one.readings for ref, one in self.run(texts).items()
        }

    @pytest.mark.parametrize("text", EMPTY)
    def test_an_empty_report_has_no_findings_and_no_fault(self, text):
        (mapped,) = self.run([text]).values()
        assert mapped.fault is None
        assert mapped.extracted.findings == ()
        assert [one for suggestions in mapped.readings for one in suggestions] == []

    @pytest.mark.parametrize("text", ODD)
    def test_odd_text_is_read_or_a_fault_never_raised(self, text):
        (mapped,) = self.run([text]).values()
        self.check(mapped)

    def test_a_report_of_a_megabyte_is_read_or_too_long(self):
        text = "There is a small left pleural effusion. " * 26_000
        (mapped,) = self.run([text]).values()
        if mapped.fault is None:
            self.check(mapped)
        else:
            assert mapped.fault is Fault.TOO_LONG
            assert "effusion" not in mapped.detail

    def test_reports_are_taken_as_there_is_room(self):
        extractor, mapper = self.stages(CHEST)
        endless = (ReportText(ref, f"There is a pleural effusion. Film {ref}.") for ref in count())
        few = list(islice(mapper.map(extractor.extract(endless)), 2))
        assert len({one.extracted.report.ref for one in few}) == 2

    def test_a_fault_of_the_first_stage_comes_through_the_second(self):
        _, mapper = self.stages(CHEST)
        failed = Extracted(ReportText(7, "Effusion."), (), Fault.TIMEOUT, "No answer in time.", ("key",))
        (mapped,) = mapper.map([failed])
        assert (mapped.fault, mapped.detail, mapped.readings) == (Fault.TIMEOUT, "No answer in time.", ())
        assert mapped.answers == ("key",)

    def test_a_taxonomy_nobody_prepared(self):
        text = "FINDINGS: Fatty infiltration of the liver. No ascites.\n\nIMPRESSION: No appendicitis."
        (mapped,) = self.run([text], ABDOMEN).values()
        self.check(mapped, ABDOMEN)
        if self.reads_faithfully:
            assert self.positive(mapped, ABDOMEN) == {"hepatic_steatosis": "present"}

    def test_it_is_named_and_versioned(self):
        for first, again in zip(self.stages(CHEST), self.stages(CHEST), strict=True):
            assert first.name
            assert 0 < len(first.version) <= 64
            assert first.version == again.version

    def test_its_version_changes_with_the_taxonomy(self):
        if not self.versions_its_taxonomy:
            pytest.skip("the taxonomy is a part of the run, not of this version")
        versions = [tuple(one.version for one in self.stages(scope)) for scope in (CHEST, ABDOMEN)]
        assert versions[0] != versions[1]

    def test_its_version_changes_with_its_options(self):
        other = self.changed(CHEST)
        if other is None:
            pytest.skip("it has no options")
        for first, second in zip(self.stages(CHEST), other, strict=True):
            assert first.version != second.version
