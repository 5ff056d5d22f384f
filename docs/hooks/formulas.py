"""Formulas of the site as MathML, written while it is built: a page asks nothing of any other machine.

Browsers lay MathML out by themselves. A numbered equation of a page gets an anchor, ``#eq-25``, and every
"eq. (25)" in words, docstrings included, is a link to it in the current specification.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape, unescape
from typing import Any

from latex2mathml.converter import convert

SPECIFICATION = "spec/1.1/index"
TAG = re.compile(r"\\tag\{([^{}]+)\}")
SKIPPED = re.compile(r"(<(pre|a|math|h[1-6]|title)\b.*?</\2>|<[^>]*>)", re.DOTALL)
NUMBER = re.compile(r"\((\d+)\)")
CITED = re.compile(r"\b[Ee]qs?\. \(\d+\)(?:(?:, | and |, and |–)\(\d+\))*")
WIDE = 24
"""Elements of a formula beyond which it may be wider than a telephone, and scrolls by itself."""
PLAIN = [
    (re.compile(r"\\(?:[bB]igg?[lrm]?)\s*\\([{}]|[lr][vV]ert(?![A-Za-z]))"), r"\\\1"),
    (re.compile(r"\\(begin|end)\{(?:aligned|gathered)\}"), r"\\\1{align*}"),
]
"""What latex2mathml does not know: sizes of named delimiters, which MathML stretches by itself, and rows
inside a formula. The style sheet centres a row of one cell."""
BARS = {"lvert": ("❘", "prefix", "|"), "rvert": ("❙", "postfix", "|")}
BARS |= {"lVert": ("❚", "prefix", "‖"), "rVert": ("❛", "postfix", "‖")}
"""Signs that stand for the two bars of a pair. One that opens or ends its row would stretch, without its
partner; between others a bar would have space on both sides."""
NAMED = re.compile(r'<(m[io])>([A-Za-z]{2,})</\1>(?=(<mo stretchy="false">&#x00028;)?)')
"""Functions such as log and max: TeX puts a thin space before and after them, none before a parenthesis."""
OUTLINED = re.compile(r'<mi mathvariant="double-struck">(\w)</mi>')
SIGNS = {"C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}
"""The outlined letters that have a place of their own in Unicode."""


@cache
def mathml(tex: str, display: str) -> str:
    r"""Write a formula as MathML.

    Raises
    ------
    ValueError
        If a command or a sign of the formula would be printed as it stands, or rows would run into one.

    Examples
    --------
    >>> mathml(r"\alpha_j", "inline").count("<mi>")
    2
    >>> bars = mathml(r"\bigl\lvert \tfrac 12 \log b \bigr\rvert_i", "inline")
    >>> bars.count('form="prefix" stretchy="false"'), bars.count('form="postfix" stretchy="false"')
    (1, 1)
    >>> mathml(r"\begin{aligned} a &= b \\ c &= \mathbb E d \end{aligned}", "block").count("<mtr>")
    2
    """
    for pattern, simple in PLAIN:
        tex = pattern.sub(simple, tex)
    for name, (sign, _, _) in BARS.items():
        tex = re.sub(rf"(?<!\\left)(?<!\\right)\\{name}(?![A-Za-z])", sign, tex)
    written = str(convert(tex, display=display)).replace("<mi>&#x027FA;</mi>", "<mo>&#x027FA;</mo>")
    for sign, form, bar in BARS.values():
        written = written.replace(f"<mi>{sign}</mi>", f'<mo form="{form}" stretchy="false">{bar}</mo>')
    written = NAMED.sub(_spaced, written)
    said = unescape(re.sub(r"<[^>]*>", "", written)).replace("\\{", "").replace("\\}", "")
    if "linebreak" in written or set("\\&").union(sign for sign, *_ in BARS.values()) & set(said):
        raise ValueError(f"formula: expected TeX that latex2mathml knows, got {tex!r}")
    written = OUTLINED.sub(lambda letter: f"<mi>{_outlined(letter[1])}</mi>", written)
    return written.replace("<mi>\\{</mi>", "<mo>{</mo>").replace("<mi>\\}</mi>", "<mo>}</mo>")


def _spaced(function: re.Match[str]) -> str:
    after = 0 if function[3] else 0.17
    return f'<mo lspace="0.17em" rspace="{after}em">{function[2]}</mo>'


def _outlined(letter: str) -> str:
    """Give 𝔼 for E: browsers have no other way to outline a letter."""
    return SIGNS.get(letter) or chr(ord("𝔸") + ord(letter) - ord("A"))


def inline(tex: str) -> str:
    """Write a formula of a sentence; a long one may scroll."""
    written = mathml(tex.strip(), "inline")
    return f'<span class="long">{written}</span>' if written.count("<m") > WIDE else written


def block(tex: str) -> str:
    """Write a formula of its own; a numbered one is a row with its number."""
    numbers = TAG.findall(tex)
    inner = f'<div class="formula">{mathml(TAG.sub("", tex).strip(), "block")}</div>'
    if not numbers:
        return f'<div class="equation">{inner}</div>'
    (number,) = map(escape, numbers)
    label = f'<a class="number" href="#eq-{number}">({number})</a>'
    return f'<div class="equation" id="eq-{number}">{inner}{label}</div>'


def linked(html: str, to: str) -> str:
    """Make a link of each "eq. (25)" in the words of a page, but for code, headings and what is a link."""
    parts = SKIPPED.split(html)
    # A match of SKIPPED has two groups: the text between two matches is every third part.
    for i in range(0, len(parts), 3):
        parts[i] = CITED.sub(lambda found: NUMBER.sub(rf'<a href="{to}#eq-\1">(\1)</a>', found[0]), parts[i])
    return "".join(part for i, part in enumerate(parts) if i % 3 != 2)


def _link(_app: Any, page: str, _template: str, context: dict[str, Any], _tree: Any) -> None:
    if "body" in context:
        own = page.startswith("spec/")
        context["body"] = linked(context["body"], "" if own else context["pathto"](SPECIFICATION))


def setup(app: Any) -> dict[str, bool]:
    """Write every formula of a page, and link the equations that it names. Sphinx calls this."""
    from docutils.nodes import SkipNode

    def writing(mathml_of: Callable[[str], str]) -> tuple[Callable[[Any, Any], None], None]:
        def visit(writer: Any, node: Any) -> None:
            writer.body.append(mathml_of(node.astext()))
            raise SkipNode

        return visit, None

    app.add_html_math_renderer("mathml", writing(inline), writing(block))
    app.connect("html-page-context", _link)
    return {"parallel_read_safe": True}
