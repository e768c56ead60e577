"""Who may open which page of the extraction room, and by which method."""

import pytest
from django.urls import reverse

from tests.accounts.signing_in import sign_in
from tests.factories import make_benchmark, make_study, make_user
from tests.llm_extract.model_rows import extracted, make_answer, make_backend, make_model_run, make_prompt

pytestmark = pytest.mark.django_db

# Name, what fills its address, who may open it, which methods it takes.
CURATORS = [
    ("run_list", "", "GET"),
    ("run_create", "", "GET POST"),
    ("run_detail", "run", "GET"),
    ("run_retry", "run", "POST"),
    ("run_go_on", "run", "POST"),
    ("study_suggestions", "study", "GET"),
    ("backend_list", "", "GET"),
    ("prompt_list", "", "GET"),
    ("prompt_shipped", "", "POST"),
    ("prompt_detail", "prompt", "GET"),
    ("prompt_edit", "prompt", "GET POST"),
    ("prompt_promote", "prompt", "GET POST"),
    ("export_list", "", "GET"),
    ("export_download", "export", "GET"),
]
ADMINS = [
    ("study_answers", "extraction", "GET POST"),
    ("backend_create", "", "GET POST"),
    ("backend_detail", "backend", "GET"),
    ("backend_edit", "backend", "GET POST"),
    ("backend_test", "backend", "POST"),
    ("backend_switch", "backend", "POST"),
    ("backend_unmask", "backend", "POST"),
    ("export_sealed", "export", "POST"),
]
EVERY = CURATORS + ADMINS


@pytest.fixture
def url_of(db):
    benchmark = make_benchmark(body_part="CHEST")
    study = make_study(benchmark, report="FINDINGS: Small left pleural effusion.")
    rules_run = extracted(benchmark)
    backend = make_backend()
    run = make_model_run(benchmark, backend)
    answer = make_answer(run, backend)
    extraction = study.report.extractions.create(
        cache_key="1" * 64, backend="gpt", backend_version="1", answers=[answer.key]
    )
    keys = {
        "": [],
        "run": [rules_run.pk],
        "study": [study.pk],
        "extraction": [extraction.pk],
        "backend": [backend.pk],
        "prompt": [make_prompt().pk],
        "export": [benchmark.slug, "jsonl"],
    }
    return lambda name, filled: reverse(f"llm_extract:{name}", args=keys[filled])


def ask(client, method, url):
    return client.post(url) if method == "POST" else client.get(url)


def refusals(client, url_of, rows):
    """Status by page, each asked by the first method it takes."""
    return {name: ask(client, methods.split()[0], url_of(name, filled)).status_code for name, filled, methods in rows}


def test_anonymous_is_sent_to_sign_in(client, url_of):
    for name, filled, methods in EVERY:
        assert "/login/" in ask(client, methods.split()[0], url_of(name, filled)).url, name


def test_a_reader_may_open_none(client, url_of):
    client.force_login(make_user())
    assert set(refusals(client, url_of, EVERY).values()) == {403}


def test_what_is_an_admins_is_not_a_curators(client, url_of):
    client.force_login(make_user("curator"))
    assert set(refusals(client, url_of, ADMINS).values()) == {403}


def test_each_page_takes_only_its_methods(client, url_of):
    sign_in(client, make_user("admin"))
    wrong = {"GET": client.get, "POST": client.post, "PUT": client.put}
    for name, filled, methods in EVERY:
        for method, send in wrong.items():
            if method not in methods.split():
                assert send(url_of(name, filled)).status_code == 405, f"{method} {name}"


@pytest.mark.parametrize(("role", "rows"), [("admin", EVERY), ("curator", CURATORS)])
def test_whoever_may_opens_every_page(client, url_of, role, rows):
    sign_in(client, make_user(role))
    pages = [row for row in rows if "GET" in row[2]]
    assert set(refusals(client, url_of, pages).values()) == {200}


def test_what_is_not_there_is_not_found(client, db):
    sign_in(client, make_user("admin"))
    for name, filled, methods in EVERY:
        if filled not in {"", "export"}:
            url = reverse(f"llm_extract:{name}", args=[999_999])
            assert ask(client, methods.split()[0], url).status_code == 404, name


@pytest.mark.parametrize("name", ["run_list", "backend_list", "prompt_list", "export_list"])
def test_the_tabs_lead_from_part_to_part(client, db, name):
    client.force_login(make_user("curator"))
    page = client.get(reverse(f"llm_extract:{name}")).text
    for other in ("run_list", "backend_list", "prompt_list", "export_list"):
        assert f'href="{reverse(f"llm_extract:{other}")}"' in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run_list", "No extraction yet"),
        ("backend_list", "No backend yet"),
        ("prompt_list", "List the shipped prompts"),
        ("export_list", "No benchmark yet"),
    ],
)
def test_an_empty_list_says_how_to_fill_it(client, db, name, words):
    client.force_login(make_user("curator"))
    assert words in client.get(reverse(f"llm_extract:{name}")).text


def asked(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(60) as captured:
        assert client.get(url).status_code == 200
    return len(captured.captured_queries)


@pytest.mark.parametrize("name", ["run_list", "backend_list", "prompt_list", "export_list"])
def test_a_list_asks_as_often_for_three_rows_as_for_one(client, db, name, django_assert_max_num_queries):
    client.force_login(make_user("curator"))

    def add(number):
        benchmark = make_benchmark(f"chest-{number}")
        backend = make_backend(f"gpt-{number}")
        make_answer(make_model_run(benchmark, backend), backend)
        make_prompt(f"mine-{number}", created_by=make_user("curator"))

    add(1)
    url = reverse(f"llm_extract:{name}")
    client.get(url)
    one = asked(client, url, django_assert_max_num_queries)
    add(2)
    add(3)
    assert asked(client, url, django_assert_max_num_queries) == one
