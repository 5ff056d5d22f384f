"""Chromium without a window, where there is one, and how large and in which scheme it shows a page."""

import shutil

import pytest

FLAGS = ["headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-sync"]
FLAGS += ["disable-background-networking", "disable-component-update", "disable-extensions"]
PHONE, DESKTOP = (390, 844), (1280, 900)

CONTRASTS = """
document.getAnimations().forEach(a => a.finish());
const parse = c => c.match(/[\\d.]+/g).map(Number);
const over = (top, under) => {
  const a = top[3] ?? 1;
  return [0, 1, 2].map(i => a * top[i] + (1 - a) * under[i]);
};
const light = c => {
  const [r, g, b] = c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = e => e ? over(parse(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : canvas;
const canvas = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !e.checkVisibility()) continue;
  const style = getComputedStyle(e), ground = behind(e);
  const ink = over(parse(e.closest('svg') ? style.fill : style.color), ground);
  const [hi, lo] = [light(ink), light(ground)].sort((a, b) => b - a);
  found.push([(hi + .05) / (lo + .05), e.tagName, walker.currentNode.data.trim()]);
}
return found;
"""
"""The contrast of each visible text with its ground, the element that has it, and the text."""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    from selenium.webdriver.chrome.service import Service

    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no chromium, or no chromedriver, on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in [*FLAGS, f"user-data-dir={tmp_path_factory.mktemp('browser')}"]:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


def look(browser, size=DESKTOP, scheme="light", media="screen"):
    """Show pages at a size, and in a scheme, from now on."""
    width, height = size
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
