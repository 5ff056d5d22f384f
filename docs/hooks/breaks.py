"""Code in tables may break after a point, an underscore, a colon or an equals sign, and nowhere else.

A column of long names would be wider than the page, and one that breaks anywhere as narrow as a letter.
"""

import re
from typing import Any

TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
WORDS = re.compile(r'(?<=<span class="pre">)[^<]+')
PLACES = re.compile(r"(?<=\w)[._:=]+(?=[^\W\d]|&)")


def broken(body: str) -> str:
    """Mark the places in a page's body."""
    return TABLE.sub(lambda table: WORDS.sub(lambda word: PLACES.sub(r"\g<0><wbr>", word[0]), table[0]), body)


def _put(_app: Any, _page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    if "body" in context:
        context["body"] = broken(context["body"])


def setup(app: Any) -> dict[str, bool]:
    """Mark them in each page. Sphinx calls this."""
    app.connect("html-page-context", _put)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
