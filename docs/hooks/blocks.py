"""Blocks of code without the empty line that ends an example which doctest reads."""

from typing import Any


def _trim(_app: Any, tree: Any) -> None:
    from docutils import nodes  # which comes with Sphinx; whoever only tests has neither

    for block in tree.findall(nodes.literal_block):
        text = block.astext().rstrip()
        if len(block.children) == 1:  # several where it has been marked up already
            block[0] = nodes.Text(text)
            block.rawsource = text


def setup(app: Any) -> dict[str, bool]:
    """Trim each page once it is read. Sphinx calls this."""
    app.connect("doctree-read", _trim)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
