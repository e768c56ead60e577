"""What the words around a mention do to it: negation, doubt, history, advice, change."""

from collections.abc import Sequence

from llm_extract.findings import Change
from llm_extract.rules.corrections import NOW, Corrections
from llm_extract.rules.language import Context, Cue, Language
from llm_extract.rules.phrases import Match
from llm_extract.rules.vocabulary import Mention

# Scopes that open at a cue and run forward, and cues that look back.
FORWARD = {
    "negation_before": "absent",
    "uncertain_before": "uncertain",
    "history": "history",
    "advice": "advice",
    "resolved_before": "resolved",
    "unsaid_before": "unsaid",
    "weighs": "uncertain",
    "family_before": "family",
}
BACKWARD = {
    "negation_after": "absent",
    "answer_no": "absent",
    "unsaid_after": "unsaid",
    "uncertain_after": "uncertain",
    "resolved_after": "resolved",
    "history_after": "history",
    "past_after": "history",
    "weighs": "uncertain",
    "unseen_after": "absent",
    "unassessed_after": "unsaid",
    "family_after": "family",
}
# Signs ("(-)", "neg", a box): what each does to the name behind it, and to the one before it.
_SIGNS = {
    "says_no": ("negation_before", "negation_after"),
    "says_yes": ("end", "affirmed_after"),
    "says_maybe": ("uncertain_before", "uncertain_after"),
    "says_nothing": ("unsaid_before", "unsaid_after"),
}
_VALUES = frozenset({"value_no", "value_no_in_brackets"})
_SIGN_KINDS = _VALUES | _SIGNS.keys()
CHANGES = ("new", "worse", "better", "stable")
_VERBS = frozenset(
    {"is", "are", "was", "were", "has", "have", "with", "remain", "appear", "show", "demonstrate", "there"}
)
_JOINS = frozenset({"or", "nor", "and", ","})
# A sign behind a list speaks of its last name alone: "small effusion, pneumothorax (-)"; "effusion/pneumothorax (-)" is both.
_JOINS_FOR_SIGNS = frozenset({"or", "nor"})
# After a word of change, these say that it closed the statement before it.
_REFERS_BACK = frozenset({",", ";", "from", "since", "compared"})
_REACH_BACK = 14
# Doubt that also looks back where the sentence ends with it: "kidney stone likely", "effusion, probable".
_LAST_DOUBT = frozenset(
    {"likely", "probable", "probably", "presumed", "presumably", "possibly", "questionable", "equivocal"}
)
_PAST = frozenset({"was", "were"})
# Behind one word for a finding these are only where it is: "non-consolidated lung".
_BEARERS = frozenset({"lung", "lobe"})
# What may not happen: "resolution of the effusion has not occurred".
_EVENTS = frozenset({"resolution", "clearing", "disappearance", "removal"})
# Only of what is itself looked for do these cues speak, not of a part of it or of what lies beside it.
_OF_THE_WHOLE = frozenset({"unseen_after", "unassessed_after"})
_LEADS_AWAY = frozenset({"of", "to", "by", "from", "with", "behind", "under", "beneath"})
_LOOKED_FOR = frozenset({"presence", "absence", "evidence", "existence", "possibility", "sign"})
_PLACED_BY = frozenset({"in", "on", "at", "within", ":", ",", "("})
# First words of cues that speak of an operation: what was put in then is still there.
_OPERATED = frozenset({"status", "s"})


def read_contexts(
    stems: Sequence[str], mentions: Sequence[Mention], cues: Sequence[Cue], language: Language
) -> list[Context]:
    """Return the context of each mention of one sentence, in order.

    The scopes follow NegEx and ConText (Chapman 2001, Harkema 2009): a cue reaches forward to the end of its clause or list, or
    back to the mention it follows.
    """
    sentence = _Sentence(stems, mentions, cues, language)
    sentence.read_forward()
    sentence.read_backward()
    sentence.read_explanations()
    sentence.read_changes()
    Corrections(stems, mentions, cues, sentence.contexts, language).read()
    return sentence.contexts


class _Sentence:
    """One sentence under reading."""

    def __init__(
        self, stems: Sequence[str], mentions: Sequence[Mention], cues: Sequence[Cue], language: Language
    ) -> None:
        self.stems, self.mentions, self.language = stems, mentions, language
        self.cues = self._with_placed_signs(cues)
        self.contexts = [Context() for _ in mentions]
        self.starts = {mention.match.start: index for index, mention in enumerate(mentions)}
        self.cue_at = {cue.match.start: cue for cue in self.cues}

    # -- signs --------------------------------------------------------------------------------------------------

    def _with_placed_signs(self, cues: Sequence[Cue]) -> Sequence[Cue]:
        """Return the cues, each sign as one that speaks of the name before it or of the one behind it.

        All signs between two commas stand alike: behind their names if a name comes before the first of them, else before.
        """
        if not any(not cue.kinds.isdisjoint(_SIGN_KINDS) for cue in cues):
            return cues
        is_behind: dict[int, bool] = {}
        return [self._placed(cue, sign, is_behind) if (sign := self._sign(cue)) else cue for cue in cues]

    def _sign(self, cue: Cue) -> str:
        """Return which sign a cue is; a word is one only where a value ends with it, or in brackets."""
        own = next((sign for sign in _SIGNS if sign in cue.kinds), "")
        if own or cue.kinds.isdisjoint(_VALUES):
            return own
        before, after = self.stems[cue.match.start - 1 : cue.match.start], self.stems[cue.match.end : cue.match.end + 1]
        is_last = not after or after[0] in {",", ";", ")"}
        in_brackets = list(before) == ["("] and list(after) == [")"]
        return "says_no" if in_brackets or (is_last and "value_no" in cue.kinds) else ""

    def _placed(self, cue: Cue, sign: str, is_behind: dict[int, bool]) -> Cue:
        """Return a sign as a cue that looks one way; one without a name to speak of only ends what stands before it."""
        start, end = cue.match.start, cue.match.end
        stops = [at for at in range(start) if self.stems[at] in {",", ";"}]
        if stops and stops[-1] == start - 1 and self.stems[end : end + 1] in ([], [","], [";"]):
            stops.pop()  # "pneumothorax, no": the sign has no name in its own part
        clause = stops[-1] + 1 if stops else 0
        named = any(clause <= mention.match.start < start for mention in self.mentions)
        before, after = _SIGNS[sign]
        if is_behind.setdefault(clause, named):
            return Cue(frozenset({after, "sign", "end"}), cue.match)
        following = next((mention.match.start for mention in self.mentions if mention.match.start >= end), None)
        is_near = following is not None and not {",", ";"} & set(self.stems[end:following])
        return Cue(frozenset({before, "end"} if is_near else {"end"}), cue.match)

    # -- forward scopes -----------------------------------------------------------------------------------------

    def read_forward(self) -> None:
        """Carry each open scope over the words, closing it where its clause or list ends."""
        open_scopes: dict[str, Cue] = {}
        used: set[str] = set()
        inside = 0
        for position, word in enumerate(self.stems):
            index = self.starts.get(position)
            if index is not None:
                self.contexts[index].effects.update(self._fitting(index, open_scopes))
                used.update(open_scopes)
            cue = self.cue_at.get(position)
            inside = cue.match.end if cue is not None else inside
            if cue is not None and (around := self._around(position)) is not None:
                self.contexts[around].effects.update({FORWARD[kind]: cue for kind in cue.kinds if kind in FORWARD})
            elif cue is not None and "negation_of_word" in cue.kinds:
                self._deny_word(cue)
            elif cue is not None:
                self._open(cue, open_scopes, used)
            elif open_scopes and position >= inside and self._closes(position, word, used):
                kept = self._differential(open_scopes) if word in {",", "and"} else {}
                for closing in used if word not in {";", ":", "than"} else list(open_scopes):
                    # What stands behind an empty box is all one item.
                    if closing != "unsaid" or word == ";":
                        open_scopes.pop(closing, None)
                used.clear()
                open_scopes.update(kept)

    def _deny_word(self, cue: Cue) -> None:
        """Deny the mention that is the one word behind the cue."""
        index = self.starts.get(cue.match.end)
        if index is None:
            return
        _, *more = self.stems[cue.match.end : self.mentions[index].match.end]
        if _BEARERS.issuperset(more):
            self.contexts[index].effects["absent"] = cue

    def _fitting(self, index: int, open_scopes: dict[str, Cue]) -> dict[str, Cue]:
        """Return the scopes that say something of a mention: a device or a bone is as "status post" an event left it."""
        observation = self.mentions[index].observation
        past = open_scopes.get("history")
        if past is None or observation is None or not (observation.is_device or observation.group == "bone"):
            return open_scopes
        if self.stems[past.match.start] not in _OPERATED:
            return open_scopes
        return {effect: cue for effect, cue in open_scopes.items() if effect != "history"}

    def _differential(self, open_scopes: dict[str, Cue]) -> dict[str, Cue]:
        """Return the scope of a differential diagnosis: its list goes on over every comma and "and"."""
        doubt = open_scopes.get("uncertain")
        is_list = doubt is not None and self.stems[doubt.match.end - 1] in {"include", "including"}
        return {"uncertain": doubt} if doubt is not None and is_list else {}

    def _open(self, cue: Cue, open_scopes: dict[str, Cue], used: set[str]) -> None:
        """Let a cue open its scopes; the end of a clause closes all."""
        if "end" in cue.kinds or "asserts" in cue.kinds:
            closing = list(open_scopes) if "end" in cue.kinds else list(used)
            for effect in closing:
                open_scopes.pop(effect, None)
            used.clear()
        if "no_effect" in cue.kinds or not self._may_reach_forward(cue):
            return
        for kind in cue.kinds:
            if kind in FORWARD:
                open_scopes[FORWARD[kind]] = cue
                used.discard(FORWARD[kind])

    def _around(self, position: int) -> int | None:
        """Return the mention whose own words stand on both sides of a word ("heart is possibly enlarged")."""
        return next(
            (
                i
                for i, m in enumerate(self.mentions)
                if m.observation and m.match.gap and m.match.start < position < m.match.end
            ),
            None,
        )

    def _may_reach_forward(self, cue: Cue) -> bool:
        """Say whether a cue that can look both ways looks forward: only if a mention follows in its clause."""
        return not (cue.kinds & BACKWARD.keys()) or self._next_mention(cue) is not None

    def _closes(self, position: int, word: str, used: set[str]) -> bool:
        """Say whether the scopes that have met a mention end at this word."""
        if word == ";" or (word == ":" and self.stems[position - 1 : position] not in (("following",), ["following"])):
            return True
        if word == "than" and "sooner" in self.stems[:position]:
            return True
        if not used:
            return False
        if word == "with":
            return True
        return word in {",", "and", "("} and not self._list_goes_on(position)

    def _list_goes_on(self, position: int) -> bool:
        """Say whether what follows a comma or "and" is the next item of a list, and not a statement of its own."""
        start = position + 1
        if start < len(self.stems) and self.stems[start] in {"or", "nor"}:
            return True
        following = next((m for m in self.mentions if m.match.start >= start), None)
        if following is None:
            return True
        between = self.stems[start : following.match.start]
        if following.match.gap or any(word in _VERBS for word in between):
            return False
        if any(
            start <= cue.match.start < following.match.start and cue.kinds & {"uncertain_before", *CHANGES}
            for cue in self.cues
        ):
            return False
        has_or = "or" in self.stems[start:] or "nor" in self.stems[start:]
        is_graded = any(word in self.language.graded or word in {"a", "an", "the"} for word in between)
        if has_or or not is_graded:
            after = self.stems[following.match.end : following.match.end + 2]
            return has_or or not any(word in {"is", "are", "remain", "noted", "seen", "present"} for word in after[:1])
        return False

    # -- backward cues ------------------------------------------------------------------------------------------

    def read_backward(self) -> None:
        """Apply each cue that follows what it speaks of."""
        for cue in self.cues:
            ends = cue.match.end == len(self.stems) and "uncertain_before" in cue.kinds
            is_last = ends and self.stems[cue.match.end - 1] in _LAST_DOUBT
            last = "absent" if "not" in self.stems[cue.match.start - 1 : cue.match.start] else "uncertain"
            effects = [last] if is_last else [effect for kind, effect in BACKWARD.items() if kind in cue.kinds]
            if not (effects or "affirmed_after" in cue.kinds) or "no_effect" in cue.kinds:
                continue
            weighs = "weighs" in cue.kinds
            if cue.kinds & FORWARD.keys() and self._may_reach_forward(cue) and not (weighs or is_last):
                continue
            if "resolved_after" in cue.kinds and self._goes_on(cue):
                continue
            if "past_after" in cue.kinds and not self._is_past(cue):
                continue
            for index in self._mentions_before(cue, only_last=weighs):
                self._say_of(index, cue, effects)

    def _say_of(self, index: int, cue: Cue, effects: Sequence[str]) -> None:
        """Apply a cue to a mention before it."""
        context = self.contexts[index]
        if "absent" in effects and self._is_event(context.effects.get("resolved")):
            context.effects.pop("resolved")
            return
        for effect in effects:
            context.effects.setdefault(effect, cue)
        if "affirmed_after" in cue.kinds:
            context.effects.pop("absent", None)

    def _is_event(self, cue: Cue | None) -> bool:
        """Say whether a resolution is told as an event, so that what denies it leaves the finding where it is."""
        return cue is not None and bool(_EVENTS & set(self.stems[cue.match.start : cue.match.end]))

    def _is_past(self, cue: Cue) -> bool:
        """Say whether the sentence tells of the prior alone: "was seen on the prior", and not how it is now."""
        changing = any(other.kinds & set(CHANGES) for other in self.cues)
        return bool(_PAST & set(self.stems[: cue.match.start])) and not changing and not NOW & set(self.stems)

    def read_explanations(self) -> None:
        """Mark a vague mention that the sentence says to be something else ("nodular density represents a nipple shadow")."""
        explaining = [cue for cue in self.cues if "explains" in cue.kinds]
        for index, mention in enumerate(self.mentions if explaining else ()):
            if mention.observation is None or not mention.observation.is_vague:
                continue
            cue = next((cue for cue in explaining if cue.match.start >= mention.match.end), None)
            if cue is None or {";", "and", "with"} & set(self.stems[mention.match.end : cue.match.start]):
                continue
            following = self.mentions[index + 1 :]
            named = any(other.observation and other.match.start >= cue.match.end for other in following)
            if named or self.language.illusions & set(self.stems[cue.match.end :]):
                self.contexts[index].effects["explained"] = cue

    def _goes_on(self, cue: Cue) -> bool:
        """Say whether a later word takes a resolution back in part ("has resolved on the right but persists on the left")."""
        followed = any(mention.match.start >= cue.match.end for mention in self.mentions)
        return not followed and any(
            "stable" in other.kinds and other.match.start >= cue.match.end for other in self.cues
        )

    def _mentions_before(self, cue: Cue, only_last: bool) -> list[int]:
        """Return the mention the cue looks back on, and those joined with it in a list."""
        found: list[int] = []
        limit = cue.match.start
        for index in range(len(self.mentions) - 1, -1, -1):
            match = self.mentions[index].match
            if match.end > limit:
                continue
            between = self.stems[match.end : limit]
            joins = _JOINS_FOR_SIGNS if "sign" in cue.kinds else _JOINS
            if not self._is_joined(between, match.end, limit, joins=joins if found else None) or (
                only_last and len(between) > 1
            ):
                break
            if not found and cue.kinds & _OF_THE_WHOLE and not self._is_looked_for(match, limit):
                break
            found.append(index)
            limit = match.start
            if only_last:
                break
        return found

    def _is_looked_for(self, match: Match, cue_at: int) -> bool:
        """Say whether a mention is what could not be seen, and not where, behind what or of what something could not."""
        if self.stems[match.end : cue_at] and self.stems[match.end] not in _PLACED_BY:
            return False
        for position in range(match.start - 1, max(match.start - 5, -1), -1):
            word = self.stems[position]
            if word in {",", ";", ":"}:
                return True
            if word in _LEADS_AWAY:
                return word == "of" and self.stems[position - 1] in _LOOKED_FOR
        return True

    def _is_joined(self, between: Sequence[str], start: int, end: int, *, joins: frozenset[str] | None) -> bool:
        """Say whether only such words stand between that a cue still speaks of the mention before them.

        `joins` are the words that join it with a mention met already; None for the first.
        """
        if len(between) > _REACH_BACK or ";" in between:
            return False
        if any(start <= cue.match.start < end and cue.kinds & {"end", "asserts"} for cue in self.cues):
            return False
        if joins is None:
            return "," not in between[:-1] and not ("and" in between and any(word in _VERBS for word in between[:-1]))
        crossed = any(start <= cue.match.start < end and cue.kinds & FORWARD.keys() for cue in self.cues)
        return bool(joins & set(between)) and not any(word in _VERBS for word in between) and not crossed

    # -- change -------------------------------------------------------------------------------------------------

    def read_changes(self) -> None:
        """Give each mention the change against the prior that its own phrase states."""
        changing = [(cue, Change(kind)) for cue in self.cues for kind in CHANGES if kind in cue.kinds]
        if not changing:
            return
        for index, mention in enumerate(self.mentions):
            before = self.mentions[index - 1].match.end if index else 0
            after = self.mentions[index + 1].match.start if index + 1 < len(self.mentions) else len(self.stems)
            self.contexts[index].change = self._change_of(mention, before, after, changing) or self._carried(
                index, before
            )

    def _change_of(
        self, mention: Mention, before: int, after: int, changing: list[tuple[Cue, Change]]
    ) -> Change | None:
        """Return the change stated between the neighbours of a mention: its own words first, then what follows a verb."""
        match = mention.match
        ahead = [
            change
            for cue, change in changing
            if before <= cue.match.start < match.start and not self._is_cut(cue.match.end, match.start)
        ]
        if ahead:
            return ahead[-1]
        behind = [
            (cue, change)
            for cue, change in changing
            if match.end <= cue.match.start < after or match.start <= cue.match.start < match.end
        ]
        for cue, change in behind:
            between = self.stems[match.end : cue.match.start]
            is_own = (
                after == len(self.stems)
                or any(word in _VERBS for word in between)
                or self.stems[cue.match.start] == "remain"
                or any(word in _REFERS_BACK for word in self.stems[cue.match.end : after])
            )
            if is_own and not ("," in between and "and" in between):
                return change
        return None

    def _is_cut(self, start: int, end: int) -> bool:
        """Say whether a clause ends between two words."""
        between = self.stems[start:end]
        if any("end" in cue.kinds and start <= cue.match.start < end for cue in self.cues):
            return True
        return ";" in between or any(word in _VERBS for word in between) or "," in between

    def _carried(self, index: int, before: int) -> Change | None:
        """Return the change of the mention before it in a list ("stable effusion and atelectasis")."""
        if not index:
            return None
        between = self.stems[before : self.mentions[index].match.start]
        is_list = between and between[0] in {"and", "or", ","} and not any(word in _VERBS for word in between)
        carried = self.contexts[index - 1].change
        return carried if is_list and len(between) <= 3 else None

    def _next_mention(self, cue: Cue) -> int | None:
        """Return the mention that follows a cue within the clause, if any; a mention with a colon is a heading of its own."""
        ends = {";"} if self.stems[cue.match.start] == ":" else {";", ","}
        if "sooner" in self.stems:
            ends.add("than")
        for index, mention in enumerate(self.mentions):
            if mention.match.start >= cue.match.end:
                is_heading = self.stems[mention.match.end : mention.match.end + 1] in ((":",), [":"])
                return None if is_heading or ends & set(self.stems[cue.match.end : mention.match.start]) else index
        return None
