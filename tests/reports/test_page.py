"""The audit's web page: made from the JSON form alone, complete, exact and safe.

Law: every finding of every report has its card. Law: nothing that a target says becomes markup.
"""

import json
import sys
from collections import Counter
from html import escape
from html.parser import HTMLParser

import pytest
from helpers.page_reports import reports as all_reports

from ordergrad_ref import cli
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.reports import page, pictures

VOID = {"meta", "br", "wbr", "line", "polyline", "circle", "mspace"}
HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;</style>"""


@pytest.fixture(scope="module")
def reports():
    return all_reports()


class Page(HTMLParser):
    """The elements of a page, with their attributes, and its text; unclosed elements are an error."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self.stack = [], [], []
        self.feed(html)
        assert self.stack == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, attribute):
        return [a[attribute] for _, a in self.elements if attribute in a]


@pytest.mark.slow
def test_every_finding_has_a_card_and_a_mark_that_opens_it(reports):
    parsed = Page(page.render(reports))
    cards = [f"r{i}-{p['name']}" for i, r in enumerate(reports, 1) for p in r["properties"]]
    assert [a["id"] for _, a in parsed.elements if "popover" in a] == cards
    opened = Counter(
        a["popovertarget"]
        for _, a in parsed.elements
        if "popovertarget" in a and "popovertargetaction" not in a
    )
    assert opened == dict.fromkeys(cards, 2)  # from the table of all, and from the report
    single = Counter(Page(page.render(reports[:1])).all("popovertarget"))
    assert set(single.values()) == {2}  # from the report, and to close it


@pytest.mark.slow
def test_ids_are_unique_and_references_lead_somewhere(reports):
    parsed = Page(page.render(reports))
    ids = Counter(parsed.all("id"))
    assert max(ids.values()) == 1
    assert all(link.startswith("#") and link[1:] in ids for link in parsed.all("href"))
    assert all(i in ids for labels in parsed.all("aria-labelledby") for i in labels.split())


@pytest.mark.slow
def test_it_asks_for_nothing_else(reports):
    html = page.render(reports)
    parsed = Page(html)
    assert not {tag for tag, _ in parsed.elements} & {"script", "link", "img", "iframe", "object", "base"}
    assert not parsed.all("src") + parsed.all("srcset") + parsed.all("style")
    assert not any(name.startswith("on") for _, a in parsed.elements for name in a)
    assert html.count("url(") == html.count("url(data:font/woff2;base64,") == 1
    assert "@import" not in html
    (policy,) = (a["content"] for _, a in parsed.elements if "http-equiv" in a)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; font-src data:"


@pytest.mark.slow
def test_numbers_are_there_exactly(reports):
    text = " ".join(" ".join(Page(page.render(reports)).text).split())
    (policy,) = reports[2]["counterexample"]
    assert f"Angle {policy['angle']:.6g}°" in text
    assert all(f"{x:.9g}" in text for x in policy["expected_gradient"])
    batch = next(p["batch"] for p in reports[2]["properties"] if p["name"] == "positively_homogeneous")
    assert all(repr(a).removesuffix(".0") in text for a in batch["advantages"])
    ratio = next(v["ratio"] for v in reports[1]["variances"])
    assert f"{ratio['exact']} ≈ {ratio['approximate']:.9g}" in text
    assert f"≈ {reports[4]['constant']['approximate']!r}" in text  # π/3 is no fraction


@pytest.mark.slow
def test_table_headers_have_a_scope(reports):
    parsed = Page(page.render(reports))
    assert {a.get("scope") for tag, a in parsed.elements if tag == "th"} == {"col", "row"}


def test_pictures_have_words(reports):
    html = page.render(reports)
    parsed = Page(html)
    drawn = sum(tag == "svg" for tag, _ in parsed.elements)
    assert drawn == html.count("<desc ") == html.count("<figcaption>") >= 4
    assert "A ratio of exactly 1" not in html


def test_numbers_beyond_float64_are_exact_text(reports):
    huge = {"exact": "1" + 400 * "0", "approximate": None}
    rows = [v | {"variance": huge, "ratio": huge} for v in reports[1]["variances"]]
    changed = reports[1] | {"constant": huge, "to_gradient": huge, "variances": rows}
    assert "".join(Page(page.render([changed])).text).count(huge["exact"]) == 2 * len(rows) + 3
    assert pictures.variance_pictures(changed) == []


@pytest.mark.slow
@pytest.mark.parametrize("i", range(7))
def test_each_alone(reports, i):
    html = page.render([reports[i]])
    assert f"<title>Audit of {escape(reports[i]['target'])}</title>" in html
    assert Page(html)


def hostile(
    data, structural=("format", "exact", "probabilities", "offset", "values", "rewards", "weights", "numbers")
):
    """The same report, saying something hostile wherever it is free to."""
    if isinstance(data, dict):
        free = {k: v if k in structural else hostile(v, structural) for k, v in data.items()}
        return free | ({"name": data["name"]} if "equation" in data else {})
    if isinstance(data, list):
        return [hostile(x, structural) for x in data]
    return HOSTILE if isinstance(data, str) else data


@pytest.mark.slow
def test_what_a_target_says_is_text(reports):
    """A function may be called anything, and an exception may say anything."""
    html = page.render([hostile(r) for r in reports], title=HOSTILE)
    parsed = Page(html)
    honest = Page(page.render(reports))
    assert (
        Counter(tag for tag, _ in parsed.elements if tag != "wbr")
        - Counter(tag for tag, _ in honest.elements)
        == Counter()
    )
    assert not any(name.startswith("on") for _, a in parsed.elements for name in a)
    assert "<script" not in html
    assert html.count("</style") == 1
    assert HOSTILE in "".join(parsed.text)


def test_saved_reports(reports, tmp_path):
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text(json.dumps(reports[0]), encoding="utf-8")
    many.write_text(json.dumps(reports[1:]), encoding="utf-8")
    assert page.read(one, many) == reports


def test_reports_that_were_saved_without_lessons_can_still_be_read(reports, tmp_path):
    """Everything else of them is shown, and the caller's own data is left alone."""
    first = tmp_path / "first.json"
    old = {
        name: value for name, value in reports[0].items() if name not in {"diagnosis", "module", "command"}
    } | {
        "properties": [{k: v for k, v in p.items() if k != "lesson"} for p in reports[0]["properties"]],
    }
    first.write_text(json.dumps(old), encoding="utf-8")
    (read,) = page.read(first)
    assert read["verdict"] == reports[0]["verdict"]
    assert all(p["lesson"] is None for p in read["properties"])
    assert reports[0]["target"] in page.render([old])
    assert "diagnosis" not in old


@pytest.mark.parametrize("text", ["no JSON", "3", "{}", '[{"format": "another"}]', '{"format_version": 1}'])
def test_what_is_no_report(text, tmp_path):
    file = tmp_path / "saved.json"
    file.write_text(text)
    with pytest.raises(InvalidInputError, match=r"saved: expected .*saved\.json"):
        page.read(file)


def test_what_makes_no_page(reports):
    with pytest.raises(InvalidInputError, match="reports: expected at least one"):
        page.render([])
    with pytest.raises(InvalidInputError, match="reports: expected reports, at index 1"):
        page.render([reports[0], reports[0] | {"format_version": 2}])
    with pytest.raises(InvalidInputError, match=r"at index 0 of the published schema; .*'sweep' is a"):
        page.render([{name: value for name, value in reports[0].items() if name != "sweep"}])


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["ordergrad-ref", "audit", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code or 0, capsys.readouterr()

    return run


@pytest.mark.slow
def test_on_the_command_line(command, tmp_path):
    status, printed = command("grpo", "-n", "5", "--json", "--html", "one.html")
    assert status == 0
    written = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert written == page.render([json.loads(printed.out)])
    status, printed = command("-n", "5", "--html", "family.html")
    assert status == 0
    assert printed.err == "Wrote family.html\n"
    assert "Audit of 11 estimators" in (tmp_path / "family.html").read_text(encoding="utf-8")
    status, printed = command("rloo", "--html", "no/such/folder.html")
    assert status == 2
    assert "No such file or directory" in printed.err
