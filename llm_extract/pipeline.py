"""Both stages in a row, with the guards behind them: reports in, findings and suggestions out, as a stream."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from llm_extract.asking.protocol import Fault
from llm_extract.findings import Flag, LabelSuggestion, ReportFinding
from llm_extract.stages import Extractor, Mapped, Mapper, ReportText


@dataclass(frozen=True, slots=True)
class Judged:
    """What stands after the guards, how much the pipeline doubts it (0 to 1; None where nothing speaks of doubt), and
    what is to be said of the report as a whole, which holds where no suggestion is left too; the suggestions have their
    places in `findings`.
    """

    suggestions: tuple[LabelSuggestion, ...]
    doubt: float | None = None
    flags: tuple[Flag, ...] = ()
    findings: tuple[ReportFinding, ...] = ()


Judge = Callable[[Mapped], Judged]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the pipeline made of one report, or the fault that stopped it. `answers` are keys of models' answers."""

    report: ReportText
    findings: tuple[ReportFinding, ...] = ()
    suggestions: tuple[LabelSuggestion, ...] = ()
    doubt: float | None = None
    fault: Fault | None = None
    detail: str = ""
    failed_in_mapping: bool = False
    answers: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """An extractor, a mapper and a judge (the guards). `version` names all three: the same version, the same answers."""

    extractor: Extractor
    mapper: Mapper
    judge: Judge
    version: str

    def read(self, reports: Iterable[ReportText]) -> Iterator[Reading]:
        """One reading per report, in any order; reports are taken as there is room, so memory stays flat."""
        for mapped in self.mapper.map(self.extractor.extract(reports)):
            extracted = mapped.extracted
            if mapped.fault or not mapped.readings:
                yield Reading(
                    extracted.report,
                    fault=mapped.fault or Fault.EMPTY,
                    detail=mapped.detail,
                    failed_in_mapping=extracted.fault is None,
                    answers=mapped.answers,
                )
                continue
            judged = self.judge(mapped)
            yield Reading(
                extracted.report,
                judged.findings,
                judged.suggestions,
                judged.doubt,
                answers=mapped.answers,
                flags=judged.flags,
            )
