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
from helpers.browser import DESKTOP, PHONE, look

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
        assert re.findall(r"\\[A-Za-z]{2,}", words(html)) == [], path


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


CUT_HEADINGS = """
return [...document.querySelectorAll("h1, h2, h3")].filter(h => h.scrollWidth > h.clientWidth + 1)
    .map(h => h.textContent)
"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_scrolls_sideways(chromium, address, pages, size):
    look(chromium, size)
    widest = [Path("index.html"), Path("spec/1.1/index.html"), Path("api/index.html")]
    for path in pages if size == PHONE else widest:
        chromium.get(f"{address}/{path.parent.as_posix()}/")
        width = chromium.execute_script("return document.documentElement.scrollWidth")
        assert width <= size[0], path
        assert chromium.execute_script(CUT_HEADINGS) == [], path


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
        called = [row["function"] for row in audited if address_of(row["repository"]) == project]
        assert called
        assert all(function in unescape(own) for function in called)
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
