"""What is set right once every scope of a sentence is read: denials of one side alone, what is prior, double denials."""

from collections.abc import Sequence
from dataclasses import dataclass

from llm_extract.rules.language import Context, Cue, Language
from llm_extract.rules.vocabulary import Mention

NOW = frozenset({"is", "are", "remain", "still", "now", "again", "today", "currently"})
# Before "prior", these say that it is only compared with.
_COMPARES = frozenset({"from", "since", "than", "compared", "comparison"})
# Where these stand before or behind it, what was there is there now.
_GOES_ON_BEFORE = frozenset({"redemonstration", "persistence", "recurrence", "reaccumulation"})
_GOES_ON_BEHIND = NOW | {"measure", "persist", "extend"}
_SIDES = frozenset({"left", "right"})
# Words beside a side that name nothing else.
_BESIDE_SIDES = frozenset(
    {"on", "in", "at", "the", "a", "one", "side", "is", "are", "seen", "noted", "present", "only", "asked", ":"}
)


@dataclass(frozen=True, slots=True)
class Corrections:
    """One sentence whose mentions have their contexts; `read` changes these."""

    stems: Sequence[str]
    mentions: Sequence[Mention]
    cues: Sequence[Cue]
    contexts: Sequence[Context]
    language: Language

    def read(self) -> None:
        """Set every context right."""
        self.read_sides()
        self.read_past()
        self.read_reversals()

    def read_sides(self) -> None:
        """Take a denial back that holds for one side alone, where the sentence says that the finding is on the other."""
        if len(_SIDES & set(self.stems)) < len(_SIDES):
            return
        for index, context in enumerate(self.contexts):
            cue = context.effects.get("absent")
            if cue is None:
                continue
            start = max(cue.match.end, self.mentions[index].match.end)
            if (described := self._on_the_other_side(index, start)) is not None:
                context.effects.pop("absent")
                context.described = described

    def _on_the_other_side(self, index: int, start: int) -> tuple[int, int] | None:
        """Return the words that say a finding is there on one side, where those from `start` deny it on the other alone.

        "None on the right, small on the left", or the other way round; None where anything else is said.
        """
        stops = [at for at, word in enumerate(self.stems) if word in {",", ";"}]
        end = next((at for at in stops if at >= start), len(self.stems))
        denied = _SIDES & set(self.stems[start:end])
        if len(denied) != 1 or not self._is_about_side(start, end):
            return None
        match = self.mentions[index].match
        opening = max((at + 1 for at in stops if at < match.start), default=0)
        closing = max((at for at in stops if match.end <= at < start), default=match.end)
        behind = (end + 1, next((at for at in stops if at > end), len(self.stems)))
        for first, last in (behind, (opening, closing)):
            own = set(self.stems[first:last])
            is_plain = self._is_about_side(first, match.start) if first == opening else True
            is_plain = is_plain and self._is_about_side(max(first, match.end), last)
            if is_plain and own & _SIDES - denied and not own & denied and own & self.language.graded:
                return first, last
        return None

    def _is_about_side(self, start: int, end: int) -> bool:
        """Say whether words tell nothing but how much there is, and on which side."""
        return (self.language.qualifiers | _BESIDE_SIDES).issuperset(self.stems[start:end])

    def read_past(self) -> None:
        """Let "prior" make the name behind it history, where nothing says how it is now; a device or a bone stays."""
        for cue in self.cues:
            before = set(self.stems[max(0, cue.match.start - 3) : cue.match.start])
            if "past_before" not in cue.kinds or before & (_COMPARES | _GOES_ON_BEFORE):
                continue
            index = next((at for at, one in enumerate(self.mentions) if one.match.start >= cue.match.end), None)
            if index is None or not self._is_told_of(index, cue):
                continue
            self.contexts[index].effects["history"] = cue

    def _is_told_of(self, index: int, cue: Cue) -> bool:
        """Say whether "prior" belongs to a mention, and the mention to the past alone."""
        match, observation, context = self.mentions[index].match, self.mentions[index].observation, self.contexts[index]
        if observation is None or observation.is_device or observation.group == "bone":
            return False
        is_own = self.language.qualifiers.issuperset(self.stems[cue.match.end : match.start])
        end = len(self.stems)
        if index + 1 < len(self.mentions):
            end = self.mentions[index + 1].match.start
            end = next((at for at in range(match.end, end) if self.stems[at] in {",", ";", "and"}), end)
        is_now = bool(_GOES_ON_BEHIND & set(self.stems[match.end : end]))
        return is_own and not is_now and context.change is None and "resolved" not in context.effects

    def read_reversals(self) -> None:
        """Turn what "it is not true that" stands before into its opposite."""
        for cue in self.cues:
            for mention, context in zip(self.mentions, self.contexts, strict=True) if "reverses" in cue.kinds else ():
                if mention.match.start >= cue.match.end and context.effects.pop("absent", None) is None:
                    context.effects["absent"] = cue
