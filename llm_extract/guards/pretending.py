"""Pasted data, marks of chat templates, and pretended turns and reports; their patterns are for folded text in small letters."""

import re
from collections.abc import Iterator

from llm_extract.guards.speaking import Reach, Sign, Speech, may_hold

_ROLES = r"(?:system|user|assistant|human|developer|instructions?|response|input|output|tasks?|prompt|tool|chatgpt)"
_SPEAKERS = r"(?:system|user|assistant|human|developer|instructions?|tasks?|prompt|tool|chatgpt)"
# Control tokens, tags and headings of chat templates: what follows them is another speaker's.
_TURNS = re.compile(
    rf"<\s*\||\|\s*>|\[\s*/?\s*(?:inst|sys)\b|<<\s*/?\s*sys|<\s*(?:start|end)_of_turn|</?s>|<!--"
    rf"|<\s*(?:{_ROLES}|think|thinking|answer|example|function|tool_\w+|\w+_prompt)\s*>"
    rf"|#{{2,}}\s*{_ROLES}\b|={{3,}}\s*(?:end|begin|new|system)\s+(?:of|report|input|prompt|system|instructions?)"
    rf"|(?:\A|(?<=[.!?>]\s)|(?<=\n))[ \t]*(?:{_SPEAKERS}(?: (?:message|note|notice|output|result))?"
    rf"|expected output|gold label|ground truth)[ \t]*:"
    r"|\b(?:expected|model|tool|sample|example|demo) (?:output|answer)\s*:|\b(?:example|few shot"
    r"|sample) (?:\d|one|report|case|input)\s*:"
    r"|\b(?:begin|start) (?:of )?(?:new|real|actual|trusted|second|next) (?:report|instructions?|document|input)\b"
    r"|\byou are now\b(?! \d)|\bpretend (?:that )?(?:you|to be)\b"
)
# Honest ends of a report look like these; something is pretended only where more is said.
_ENDS = re.compile(
    r"\bend of (?:the )?(?:report|input|document|text|data|prompt|user input|instructions?|context"
    r"|message|file)\b|</\s*report[^>\n]{0,40}>"
    r"|\b(?:report|document) (?:ends|is (?:over|finished)) (?:here|now)\b|```"
)
_ODD_TAG = re.compile(r"</?\s*[a-z]+[-_][0-9a-z]{6,}\s*>")
_PASTED = re.compile(r"\{[^{}]*[\"':][^{}]*\}|[{}]|/\*|(?<![a-z0-9+/])[a-z0-9+/]{40,}={0,2}")
# Parts one of which stands in whatever a pattern matches; what is pasted is a mark, or a word of forty letters and more.
_TURN_MARKS = (
    "<", "|", "[", "##", "===", "system", "user", "assistant", "human", "developer", "instruction", "task", "prompt", "tool",
    "chatgpt", "output", "answer", "gold label", "ground truth", "example", "few shot", "sample", "begin ", "start ",
    "you are now", "pretend",
)  # fmt: skip
_END_MARKS = ("end of ", "</", "ends", "is over", "is finished", "```")
_PASTED_MARKS = ("{", "}", "/*")
_LONG_WORD = 40
_TAG = re.compile(r"<[^<>\n]{0,60}>")


def pretended(seen: str) -> Iterator[Sign]:
    """Yield where the folded text pretends to be somebody else's turn, another report, or data."""
    for match in _TURNS.finditer(seen) if may_hold(seen, _TURN_MARKS) else ():
        yield Sign(match.start(), match.end(), Speech.PRETENDED, Reach.BLOCK)
    for match in _ODD_TAG.finditer(seen) if "<" in seen else ():
        yield Sign(match.start(), match.end(), Speech.PASTED, Reach.BLOCK)
    for match in _ENDS.finditer(seen) if may_hold(seen, _END_MARKS) else ():
        if _is_followed(seen, match.end()):
            yield Sign(match.start(), match.end(), Speech.PRETENDED, Reach.BLOCK)
    if may_hold(seen, _PASTED_MARKS) or max(map(len, seen.split()), default=0) >= _LONG_WORD:
        for match in _PASTED.finditer(seen):
            yield Sign(match.start(), match.end(), Speech.PASTED, Reach.SENTENCE)


def _is_followed(seen: str, end: int) -> bool:
    """Say whether anything but tags is said after this place ("END OF REPORT" closes many honest reports)."""
    return any(character.isalpha() for character in _TAG.sub("", seen[end:]))
