"""Code as it is read: blocks without the empty line that ends an example, and short pieces on one line."""

from typing import Any

SHORT = 24
"""Letters up to which code in a sentence is never broken, as ``--kwarg k=8`` would be after ``--``."""


def _trim(_app: Any, tree: Any) -> None:
    from docutils import nodes  # which comes with Sphinx; whoever only tests has neither

    for block in tree.findall(nodes.literal_block):
        text = block.astext().rstrip()
        if len(block.children) == 1:  # several where it has been marked up already
            block[0] = nodes.Text(text)
            block.rawsource = text
    for piece in tree.findall(nodes.literal):
        if len(piece.astext()) <= SHORT:
            piece["classes"].append("short")


def setup(app: Any) -> dict[str, bool]:
    """Trim each page once it is read. Sphinx calls this."""
    app.connect("doctree-read", _trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
