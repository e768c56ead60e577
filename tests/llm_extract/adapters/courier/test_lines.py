import json

from hypothesis import given
from hypothesis import strategies as st

from llm_extract.adapters.courier.lines import MOST_FORMS, QuestionReader, QuestionWriter, answer_in, answer_line
from llm_extract.asking.protocol import Answer, Fault, LostRequest, Question, RefusedRequest, Sending, Turn, Usage
from tests.llm_extract.adapters.asking import SCHEMA, question

TEXTS = st.text(st.characters(codec="utf-8"))
ANSWERS = st.builds(
    Answer,
    key=TEXTS,
    text=TEXTS,
    fault=st.none() | st.sampled_from(Fault),
    reasoning=TEXTS,
    usage=st.none() | st.builds(Usage, *[st.integers(0, 10**6)] * 4),
    model=TEXTS,
    request_id=TEXTS,
    seconds=st.floats(0, 1e4),
    retries=st.integers(0, 9),
    wait_seconds=st.none() | st.floats(1, 1e4),
    lost=st.lists(
        st.builds(LostRequest, TEXTS, st.sampled_from(Fault), st.integers(0, 10**6), st.integers(0, 10**6)), max_size=3
    ).map(tuple),
    refused=st.lists(st.builds(RefusedRequest, TEXTS, st.sampled_from(Fault)), max_size=3).map(tuple),
    again_after=st.none() | st.floats(0, 1e3),
)


@given(ANSWERS)
def test_answers_travel_as_one_line_each(answer):
    line = answer_line(answer)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert answer_in(json.loads(line)) == answer


def read_back(lines: bytes, reader: QuestionReader) -> list[Question]:
    records = [json.loads(line) for line in lines.splitlines()]
    return [one for one in map(reader.question, records) if one]


def test_instructions_and_schema_are_sent_once():
    writer, reader = QuestionWriter(), QuestionReader()
    asked = [
        question(
            f"report {number}",
            turns=(Turn("user", "a"), Turn("assistant", "b\n")),
            seed=number,
            temperature=None,
            sending=Sending(number, 0.5),
        )
        for number in range(5)
    ]
    lines = [writer.lines(one) for one in asked]
    assert b"enum" in lines[0]
    assert not any(b"enum" in line for line in lines[1:])
    assert [one for line in lines for one in read_back(line, reader)] == asked


def test_memory_stays_flat_when_every_question_has_its_own_instructions():
    writer, reader = QuestionWriter(), QuestionReader()
    asked = [question(f"r{number}", system=f"s{number % (3 * MOST_FORMS)}") for number in range(8 * MOST_FORMS)]
    assert [one for each in asked for one in read_back(writer.lines(each), reader)] == asked
    assert len(writer._forms) == len(reader._forms) == MOST_FORMS


def test_schemas_of_one_name_are_told_apart():
    writer, reader = QuestionWriter(), QuestionReader()
    asked = [question("a", schema=SCHEMA), question("b", schema={"type": "object"})]
    assert [one for each in asked for one in read_back(writer.lines(each), reader)] == asked
