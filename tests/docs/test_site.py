"""Laws of the site: every formula is laid out, every equation has its place, no page needs the network."""

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
from html import unescape
from pathlib import Path

import pytest
from helpers.browser import CONTRASTS, DESKTOP, PHONE, look

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow  # the site is built


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for needed in ("sphinx", "myst_parser", "pydata_sphinx_theme", "sphinx_copybutton", "latex2mathml"):
        pytest.importorskip(needed, reason="pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--builder=dirhtml", "--fail-on-warning", "--quiet", "docs"]
    subprocess.run([*command, folder], cwd=ROOT, check=True, capture_output=True, timeout=600)
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site): path.read_text("utf-8") for path in sorted(site.rglob("index.html"))}


def words(html):
    """What a page says, without code."""
    return unescape(
        re.sub(r"<[^>]*>", "", re.sub(r"<(pre|code|script|style)\b.*?</\1>", "", html, flags=re.S))
    )


def test_no_formula_is_left_as_tex(pages):
    assert sum(html.count("<math") for html in pages.values()) > 1000
    for path, html in pages.items():
        assert re.findall(r"\\[A-Za-z]{2,}|[_^]{", words(html)) == [], path


def test_no_mark_of_another_dialect_of_markdown_is_left(pages):
    assert [path for path, html in pages.items() if re.search("!!! |:::", words(html))] == []


def test_rows_of_a_formula_stand_below_each_other(pages):
    """Eq. (6) has four rows; a browser would run them into one line if they were no table."""
    html = pages[Path("spec/1.1/index.html")]
    assert html[html.index('id="eq-6"') :].partition("</math>")[0].count("<mtr>") == 4
    for path, page in pages.items():
        formulas = "".join(re.findall(r"<math.*?</math>", page, flags=re.S))
        assert "linebreak" not in formulas, path
        assert ">&<" not in formulas, path


def test_the_home_page_shows_the_truth_table_of_readme(pages):
    shown = re.search(r'<table class="table truth">.*?</table>', pages[Path("index.html")], flags=re.S)[0]
    for script, plain in (
        (r"<sub>(\w)</sub>", r"_\1"),
        (r"<sub>(.*?)</sub>", r"_{\1}"),
        ("<sup>(.*?)</sup>", r"^\1"),
    ):
        shown = re.sub(script, plain, shown)
    cells = [unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", shown)]
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    lines = [line for line in readme.splitlines() if line.startswith("│")]
    assert len(lines) > 10
    assert cells == [cell.strip() for line in lines for cell in line.strip("│").split("│")]


def test_links_lead_somewhere(site, pages):
    """Every link to a page, a file or a place of the site; others begin with a scheme."""
    places = {path.parent: set(re.findall(r'\bid="([^"]+)"', html)) for path, html in pages.items()}
    asked = 0
    for path, html in pages.items():
        for link in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', html):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, place = unescape(link).partition("#")
            target = (site / path.parent / file).resolve()
            assert target.exists(), (path, link)
            page = target.relative_to(site)
            if place and page in places:
                assert place in places[page], (path, link)
            asked += 1
    assert asked > 2000


def test_what_is_searched_for_is_found(pages, site):
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    names, terms = found["docnames"], found["terms"] | found["titleterms"]
    for word, page in {
        "citat": "citing",  # stems, as the search reduces words to them
        "bibtex": "citing",
        "ddp": "guides/sharded",
        "verl": "guides/trainers/verl",
    }.items():
        places = [terms.get(word, []), found["titleterms"].get(word, []), found["terms"].get(word, [])]
        assert page in {names[i] for place in places for i in (place if isinstance(place, list) else [place])}


def test_every_public_function_and_class_is_explained(pages):
    record = json.loads((ROOT / "tests" / "public_api.json").read_text(encoding="utf-8"))["names"]
    explained = set(re.findall(r'<dt class="sig[^>]*id="([^"]+)"', pages[Path("api/index.html")]))
    for name, what in record.items():
        if what["kind"] in ("function", "class"):
            module, _, last = name.replace("og", "ordergrad_ref", 1).rpartition(".")
            assert any(i.startswith(module) and i.endswith(f".{last}") for i in explained), name


def test_every_equation_has_one_place(pages):
    numbers = re.findall(r'id="eq-(\d+)"', pages[Path("spec/1.1/index.html")])
    assert sorted(map(int, numbers)) == list(range(1, len(numbers) + 1))


def test_links_to_equations_lead_there(pages):
    there = set(re.findall(r'id="(eq-\d+)"', pages[Path("spec/1.1/index.html")]))
    linked = 0
    for path, html in pages.items():
        if path.parts[:2] != ("spec", "1.0"):
            cited = re.findall(r'href="[^"#]*#(eq-\d+)"', html)
            assert set(cited) <= there, path
            linked += len(cited)
    assert linked > 300


def test_nothing_is_asked_of_another_machine(pages):
    loaded = r"""<(?:script|img|iframe|source)[^>]*\bsrc="(https?:[^"]*)|<link[^>]*href="(https?:[^"]*)"""
    for path, html in pages.items():
        assert re.findall(loaded, html) == [], path


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


TOO_WIDE = """
return [...document.querySelectorAll("html, .bd-main, .bd-content, .bd-article-container, .bd-article")]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className || e.tagName)
"""
"""The parts of a page that would scroll, or be cut: the theme lets the article scroll instead of the page."""
CUT = """
return [...document.querySelectorAll("h1, h2, h3, .bd-article :is(td, th), .prev-next-area a")]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)
"""
"""What is wider than its place: cut, or printed over its neighbour."""


TABLES = """
return [...document.querySelectorAll(".bd-article table.table:has(th:nth-child(3))")]
    .map(t => [t.offsetHeight, t.textContent.trim().slice(0, 40)])
"""


def test_no_page_scrolls_sideways_or_asks_another_machine(chromium, address, pages):
    chromium.get_log("performance")
    for path in pages:
        look(chromium, PHONE)
        chromium.get(f"{address}/{path.parent.as_posix()}/")
        heights = {}
        for size in (PHONE, DESKTOP):
            look(chromium, size)
            heights[size] = chromium.execute_script(TABLES)
            assert chromium.execute_script("return document.documentElement.scrollWidth") <= size[0], path
            assert chromium.execute_script(TOO_WIDE) == [], (path, size)
            assert chromium.execute_script(CUT) == [], (path, size)
        for (narrow, words), (wide, _) in zip(heights[PHONE], heights[DESKTOP], strict=True):
            assert narrow <= 2 * wide, (path, words)  # it scrolls, and has no words below each other
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert len(asked) > len(pages)
    assert [url for url in asked if url.startswith("http") and not url.startswith(address)] == []


def test_the_whole_table_of_proofs_is_seen(chromium, address):
    """Its names are long, and break at their joints; else all columns but four are out of sight."""
    look(chromium, DESKTOP)
    chromium.get(f"{address}/proofs/")
    beyond = "const e = document.querySelector('table').parentElement; return e.scrollWidth - e.clientWidth"
    assert chromium.execute_script(beyond) <= 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(chromium, address, site, scheme):
    """WCAG 2.2 AA, 4.5 to 1, on the home page and on those that the theme or our own style sheet colours."""
    look(chromium, DESKTOP, scheme)
    for page in ("", "py-modindex/", "genindex/", "search/", "field-reports/"):
        chromium.get(f"{address}/{page}")
        found = chromium.execute_script(CONTRASTS)
        assert len(found) > 10
        assert [low for low in found if low[0] < 4.5] == [], page


def address_of(repository):
    """The name of a project's page."""
    return re.sub(r"[^a-z0-9]+", "-", repository.split(" (")[0].lower())


def test_the_dashboard_shows_every_audit_and_is_filtered(chromium, address, site, pages):
    html = pages[Path("field-reports/index.html")]
    data = json.loads((ROOT / "docs" / "field-reports" / "2026-11.json").read_text(encoding="utf-8"))
    audited = [row for row in data if row.get("report")]
    assert html.count("<tr data-words=") == len(audited)
    linked = set(re.findall(r'<td><a href="projects/([^"]+)/"', html))
    assert len(linked) == len({row["repository"].split(" (")[0] for row in audited})
    for project in linked:
        own = pages[Path("field-reports", "projects", project, "index.html")]
        assert (site / "field-reports" / "projects" / f"{project}.svg").is_file()
        place = f"SITE/field-reports/projects/{project}"  # the line to paste: picture, and link to the page
        assert f"]({place}.svg)]({place}/)</code>" in own
        called = [row["function"] for row in audited if address_of(row["repository"]) == project]
        assert called
        said = unescape(own).replace("<wbr>", "")
        assert all(function in said for function in called)
    releases = unescape(pages[Path("field-reports", "projects", "verl-project-verl", "index.html")])
    assert releases.index("0.9.1 2026-09-20") < releases.index("1dda039 2026-08-22")  # the newest first

    look(chromium, DESKTOP)
    chromium.get(f"{address}/field-reports/")
    biased = [
        row for row in audited if "verl" in row["repository"] and not row["report"]["properties"][0]["holds"]
    ]
    assert 0 < len(biased) < len(audited)
    shown = chromium.execute_script(
        """
        const form = document.querySelector("form.filter");
        [form.words.value, form.column.value, form.answer.value] = ["verl-project", "unbiased", "no"];
        form.dispatchEvent(new Event("input"));
        const rows = [...document.querySelectorAll("table.dashboard tbody tr")];
        return [rows.filter(row => row.offsetHeight > 0).length, form.querySelector("output").textContent];
        """
    )
    assert shown == [len(biased), f"{len(biased)} of {len(audited)} functions"]
