"""Nobody reads what is not theirs to know: other readers' answers, and the frozen holdout.

Marker texts stand in everything that must stay hidden. Each person's browser then opens every address of the site, and
whatever those pages link to, and none of it may hold a marker. A second test needs no markers: what a reader sees must
not depend on how another reader answered.
"""

import re

import pytest

from labeling.models import Read, Verdict
from tests.accounts.signing_in import sign_in
from tests.site.crawl import Page, everything_readable, fetch
from tests.site.walk import addresses
from tests.site.world import OF_ANOTHER_READER, OF_ANOTHER_SITE, OF_THE_HOLDOUT, OF_THE_READING, OF_THE_SPLIT, read

pytestmark = pytest.mark.django_db
WITHOUT_FILES = ("/studies/images/", "/releases/exports/")  # the world's rows have no files behind them
# Differ from one request to the next by themselves.
CHANGING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|<time[^>]*>[^<]*</time>|name="[a-z_]*key" value="[^"]*"'
    r'|"(?:opened_at|idempotency_key|server_time)": "[^"]*"|data-key="[^"]*"|"token": "[^"]*"'
    r"|--[0-9a-f]{32}"  # the boundary of a multipart answer
    r'|\b\d{1,2}:\d{2}(?::\d{2})?\b|otpauth[^"]*|value="[A-Za-z0-9_-]{20,}"'
)


@pytest.fixture(scope="module")
def urls(url_of) -> list[str]:
    """Every address of ours, filled."""
    return [url_of(address) for address in addresses() if not address.is_of_allauth]


@pytest.fixture(scope="module")
def refused() -> dict[str, dict[str, str]]:
    """Links that lead each person to a refusal, with the page they stand on; filled by ``read_by``."""
    return {}


@pytest.fixture(scope="module")
def read_by(clients, urls, refused) -> dict[str, dict[str, Page]]:
    """All that each person can read."""
    return {role: everything_readable(client, urls, refused.setdefault(role, {})) for role, client in clients.items()}


def places_of(markers: tuple[str, ...], pages: dict[str, Page]) -> dict[str, list[str]]:
    """Where the markers stand, by address; nothing when all is well."""
    found = {
        url: [marker for marker in markers if marker.lower() in (page.text + url).lower()]
        for url, page in pages.items()
    }
    return {url: markers for url, markers in found.items() if markers}


def test_the_crawl_really_reads(read_by):
    assert len(read_by["admin"]) > len(read_by["curator"]) > len(read_by["reader"]) > len(read_by["anonymous"]) > 0
    assert len(read_by["reader"]) > len(read_by["contributor"]) > len(read_by["anonymous"])
    assert any(url.startswith("/reading/case/") for url in read_by["reader"]), "the reader's own case"
    assert any(url.startswith("/api/v1/") for url in read_by["reader"])


def test_the_markers_stand_where_they_may(read_by):
    """Else the tests below could not fail."""
    assert places_of(("zzbea",), read_by["curator"])
    assert places_of(("zzholdoutcase",), read_by["admin"])
    assert places_of(("ZZHOLDOUTSTUDY",), read_by["admin"])
    for marker in (*OF_ANOTHER_SITE, *OF_THE_READING):
        assert places_of((marker,), read_by["curator"]), marker


@pytest.mark.parametrize("role", ["anonymous", "reader", "contributor", "curator", "admin"])
def test_no_link_leads_where_the_person_may_not_go(read_by, refused, role):
    assert {url: page for url, page in refused[role].items() if not url.startswith(WITHOUT_FILES)} == {}


@pytest.mark.parametrize("role", ["reader", "contributor", "anonymous"])
def test_a_reader_reads_nothing_of_another_reader(read_by, role):
    assert places_of(OF_ANOTHER_READER, read_by[role]) == {}


@pytest.mark.parametrize("role", ["curator", "reader", "anonymous"])
def test_the_frozen_holdout_is_an_admins_alone(read_by, role):
    assert places_of(OF_THE_HOLDOUT, read_by[role]) == {}


@pytest.mark.parametrize("role", ["curator", "contributor", "reader", "anonymous"])
def test_the_secrets_of_the_split_are_on_no_page(read_by, role):
    assert places_of(OF_THE_SPLIT, read_by[role]) == {}


def test_a_contributor_reads_of_their_own_site_alone(read_by, world):
    pages = read_by["contributor"]
    assert f"/studies/contributions/{world.extra['sent'].pk}/" in pages
    assert places_of(OF_ANOTHER_SITE, pages) == {}


def test_a_contributor_reads_nothing_of_what_readers_rules_and_curators_make_of_the_studies(read_by):
    assert places_of(OF_THE_READING, read_by["contributor"]) == {}


def test_a_contributor_sees_a_held_out_study_as_any_other_of_the_site_and_so_nothing_of_the_holdout(read_by, world):
    """The gate's finding on it stands there before the freeze and after; only its name does, which the site gave it."""
    url = f"/studies/contributions/{world.extra['sent'].pk}/gate/"
    assert "ZZHOLDOUTSTUDY" in read_by["contributor"][url].text
    rest = tuple(marker for marker in OF_THE_HOLDOUT if marker != "ZZHOLDOUTSTUDY")
    assert places_of(rest, read_by["contributor"]) == {}


def test_others_contributions_and_uploads_are_not_there_for_a_contributor(clients, world):
    for key in ("theirs", "elsewhere"):
        for url in ("/studies/contributions/{}/", "/studies/contributions/{}/gate/", "/studies/imports/{}/"):
            assert fetch(clients["contributor"], url.format(world.extra[key].pk)) is None
    assert fetch(clients["contributor"], f"/studies/uploads/{world.extra['others_upload'].pk}/") is None


def test_addresses_of_the_holdout_study_open_for_admins_only(clients, world):
    pk, slot_pk = (
        world.holdout_study.pk,
        world.closed_round.slots.filter(round_study__study=world.holdout_study).first().pk,
    )
    for url in (f"/studies/{pk}/", f"/extraction/study/{pk}/", f"/api/v1/studies/{pk}/", f"/reading/case/{slot_pk}/"):
        for role in ("anonymous", "reader", "curator"):
            page = fetch(clients[role], url)
            assert page is None or places_of(OF_THE_HOLDOUT, {url: page}) == {}, f"{url} as {role}"
    assert fetch(clients["admin"], f"/studies/{pk}/") is not None


def test_searching_for_the_holdout_finds_nothing(clients, world):
    """A filter must not tell what the list does not show."""
    for url in ("/studies/?q=", "/studies/?search=", "/api/v1/studies/?search=", "/api/v1/suggestions/?study="):
        real, made_up = (fetch(clients["curator"], url + text) for text in ("ZZHOLDOUTSTUDY", "ZZNOSUCHSTUDY0"))
        if real and made_up:
            assert plain(real).replace("ZZHOLDOUTSTUDY", "ZZNOSUCHSTUDY0") == plain(made_up), url


def plain(page: Page) -> str:
    """The page without what changes by itself."""
    return CHANGING.sub("", page.text)


@pytest.mark.parametrize("is_by_htmx", [False, True])
def test_what_a_reader_sees_does_not_depend_on_how_another_one_answered(clients, world, urls, is_by_htmx):
    client, reader = clients["reader"], world.people["reader"]
    headers = {"HX-Request": "true"} if is_by_htmx else {}
    sign_in(client, reader)

    def seen() -> dict[str, str]:
        pages = {url: fetch(client, url, **headers) for url in urls}
        return {url: plain(page) for url, page in pages.items() if page}

    seen()  # opens the case once
    before = seen()
    first = Read.objects.get(slot=world.others_slot, superseded_by=None)
    read(world.others_slot, Verdict.DISAGREE, comment="no", added=("pneumothorax",), supersedes=first)
    after = seen()
    assert after.keys() == before.keys()
    assert [url for url in after if after[url] != before[url]] == []
