"""The audit's web page in a real browser.

Law: no script, no request, no line wider than a phone, no text too faint, and all of it within reach of a
keyboard.
"""

import json

import pytest
from helpers.browser import CONTRASTS, DESKTOP, PHONE, look
from helpers.page_reports import reports

import ordergrad_ref as og
from ordergrad_ref.reports import page

pytestmark = pytest.mark.slow  # a browser is started for each


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page.render(reports()), encoding="utf-8")
    return file


@pytest.fixture
def visit(chromium, file):
    """Open the page at a size and in a scheme."""

    def at(size=DESKTOP, scheme="light", media="screen"):
        look(chromium, size, scheme, media)
        chromium.get(file.as_uri())
        return chromium

    return at


def mark(browser, card):
    return browser.find_element("css selector", f".matrix [popovertarget={card}]")


def is_open(browser, card):
    return browser.execute_script(
        "return document.getElementById(arguments[0]).matches(':popover-open')", card
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_click_opens_the_counterexample(visit, size):
    browser = visit(size)
    assert not is_open(browser, "r3-unbiased")
    mark(browser, "r3-unbiased").click()
    card = browser.find_element("id", "r3-unbiased")
    assert is_open(browser, "r3-unbiased")
    assert card.is_displayed()
    assert "no positive constant turns one into the other" in card.text
    box = browser.execute_script("return arguments[0].getBoundingClientRect().toJSON()", card)
    assert box["left"] >= 0
    assert box["top"] >= 0
    assert box["right"] <= size[0]
    assert box["bottom"] <= size[1]
    card.find_element("css selector", ".close").click()
    assert not is_open(browser, "r3-unbiased")
    assert not card.is_displayed()


def test_the_keyboard_opens_and_closes(visit):
    from selenium.webdriver import ActionChains, Keys

    browser = visit()
    press = lambda *keys: [ActionChains(browser).send_keys(key).perform() for key in keys]  # noqa: E731
    target = mark(browser, "r2-centred")
    browser.execute_script("arguments[0].focus()", mark(browser, "r2-unbiased"))
    press(Keys.TAB)
    assert browser.switch_to.active_element == target
    press(Keys.ENTER)
    assert is_open(browser, "r2-centred")
    press(Keys.TAB)  # into the card
    assert browser.execute_script("return document.activeElement.closest('[popover]').id") == "r2-centred"
    press(Keys.ESCAPE)
    assert not is_open(browser, "r2-centred")
    assert browser.switch_to.active_element == target
    press(Keys.SPACE)
    assert is_open(browser, "r2-centred")


def test_a_name_leads_to_the_report_and_an_address_to_the_card(visit, file):
    browser = visit()
    content = browser.find_element("id", "r3")
    assert not content.is_displayed()
    browser.find_element("css selector", '.matrix a[href="#r3"]').click()
    assert content.is_displayed()
    browser.get(f"{file.as_uri()}#r3-unbiased")
    assert browser.find_element("id", "r3-unbiased").is_displayed()
    assert not browser.find_element("id", "r3-centred").is_displayed()


def test_no_errors_and_no_requests(visit, file):
    browser = visit()
    browser.get_log("performance"), browser.get_log("browser")
    browser.refresh()
    mark(browser, "r3-unbiased").click()
    browser.refresh()  # its own request comes after all that the click may have made
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    font = "data:font/woff2;base64,"  # which the page holds
    assert [url for url in asked if not url.startswith(font)] == [file.as_uri()] * 2
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_nothing_is_wider_than_the_screen(visit, size):
    browser = visit(size)
    beyond = (
        "return [document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth, innerWidth]"
    )
    assert browser.execute_script(beyond) == [False, size[0]]
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.execute_script(beyond) == [False, size[0]]
    overflowing = """return [...document.querySelectorAll('[popover]')].filter(card => {
      card.showPopover(); const wide = card.scrollWidth > card.clientWidth; card.hidePopover(); return wide;
    }).map(card => card.id)"""
    assert browser.execute_script(overflowing) == []


def test_the_first_column_stays_on_a_phone(visit):
    browser = visit(PHONE)
    left = """const table = document.querySelector('.matrix'), name = table.querySelector('tbody th');
      table.parentElement.scrollLeft = arguments[0];
      return [table.parentElement.scrollLeft, name.getBoundingClientRect().left]"""
    assert browser.execute_script(left, 0) == [0, 16]
    assert browser.execute_script(left, 200) == [200, 16]
    size = mark(browser, "r1-unbiased").size
    assert min(size["width"], size["height"]) >= 36


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(visit, scheme):
    """WCAG 2.2 AA: 4.5 to 1, for every text on the page and on its cards."""
    browser = visit(scheme=scheme)
    browser.execute_script(
        "document.querySelectorAll('details').forEach(d => d.open = true);"
        "document.querySelectorAll('[popover]').forEach(c => c.removeAttribute('popover'))"
    )
    found = browser.execute_script(CONTRASTS)
    assert len(found) > 1000
    assert [low for low in found if low[0] < 4.5] == []


def test_contrast_is_measured(visit):
    browser = visit()
    browser.execute_script("document.documentElement.style.setProperty('--quiet', '#999999')")
    assert any(low[0] < 4.5 for low in browser.execute_script(CONTRASTS))


def test_formulas_are_in_the_font_of_the_page(visit):
    """Every sign of them: another machine has other fonts, or none with a table of mathematics."""
    browser = visit()
    open_all = "document.querySelectorAll('[popover]').forEach(c => c.removeAttribute('popover'))"
    browser.execute_script(f"document.querySelectorAll('details').forEach(d => d.open = true); {open_all}")
    browser.execute_async_script("document.fonts.ready.then(() => arguments[0]())")
    browser.execute_cdp_cmd("DOM.enable", {})
    browser.execute_cdp_cmd("CSS.enable", {})
    root = browser.execute_cdp_cmd("DOM.getDocument", {})["root"]["nodeId"]
    signs = {"nodeId": root, "selector": ":is(.lead, #r2 .inside, [id^=r2-]) :is(mi, mn, mo, mtext)"}
    nodes = browser.execute_cdp_cmd("DOM.querySelectorAll", signs)["nodeIds"]
    fonts = [
        browser.execute_cdp_cmd("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in nodes
    ]
    drawn = [font for found in fonts for font in found]
    assert len(drawn) > 50
    assert {font["isCustomFont"] for font in drawn} == {True}


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_a_report_can_be_read_in_a_notebook(chromium, tmp_path, ground):
    """WCAG 2.2 AA again, where the notebook has a light or a dark ground and a colour for words on it."""
    shown = og.audit("grpo", "mean@1", n=4)._repr_html_()
    ink = {"#ffffff": "#212121", "#111111": "#e0e0e0"}[ground]
    file = tmp_path / "cell.html"
    style = f"background: {ground}; color: {ink}"
    file.write_text(f'<meta charset="utf-8"><body style="{style}">{shown}</body>', encoding="utf-8")
    look(chromium)
    chromium.get(file.as_uri())
    found = chromium.execute_script(CONTRASTS)
    assert {"✓", "✗"} <= {text for _, _, text in found}
    assert [low for low in found if low[0] < 4.5] == []


def test_everything_within_reach_has_a_name(visit):
    browser = visit()
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    mark(browser, "r2-centred").click()
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    names = [
        (n["role"]["value"], n["name"]["value"].strip()) for n in nodes if "name" in n and not n["ignored"]
    ]
    within_reach = {"button", "link", "image", "region", "dialog", "DisclosureTriangle"}
    assert within_reach <= {role for role, _ in names}
    assert [role for role, name in names if role in within_reach and not name] == []
    assert ("button", "pkpo, centred: does not hold") in names
    assert ("dialog", "pkpo: centred does not hold") in names
    assert ("button", "Close") in names


def test_print_shows_what_does_not_hold(visit):
    browser = visit(media="print")
    shown = (
        "return [...document.querySelectorAll('.finding')].filter(c => c.checkVisibility()).map(c => c.id)"
    )
    broken = (
        "return [...document.querySelectorAll('.finding')].filter(c => c.querySelector('.no')).map(c => c.id)"
    )
    assert browser.execute_script(shown) == browser.execute_script(broken) != []
    assert browser.execute_script("return document.querySelector('#r1 dl').checkVisibility()")
