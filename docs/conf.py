"""How Sphinx builds the site: ``sphinx-build -b dirhtml docs site``.

Sphinx, with MyST for Markdown and the theme of NumPy and SciPy, is what the libraries below this one build
their sites with: it has been kept for many years, pages stay plain Markdown, and no page needs the network.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "hooks"), str(HERE.parent)]

project = "ordergrad_ref"
html_title = "ordergrad_ref"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "blocks",
    "breaks",
    "dashboard",
    "docstrings",
    "formulas",
    "projects",
    "truth_table",
]
exclude_patterns = ["hooks", "packaging", "paper", "examples/trainers", "stylesheets"]

myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_heading_anchors = 4

html_math_renderer = "mathml"
html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "show_toc_level": 2,
    "header_links_before_dropdown": 8,
    "navigation_with_keys": False,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": [],
    "footer_end": [],
}
html_sidebars = {  # pages without siblings need no list of them
    page: []
    for page in (
        "api",
        "citing",
        "examples/*",
        "faq",
        "field-reports/*",
        "field-reports/projects/*",
        "index",
        "proofs",
        "spec/1.0/*",
        "spec/1.1/*",
    )
}
html_static_path = ["stylesheets"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False

default_role = "code"
copybutton_prompt_text = r">>> |\.\.\. "  # what is copied is code that runs
copybutton_prompt_is_regexp = True
smartquotes = False  # "--option" is no dash
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True  # "lambda rows: None", not "<function <lambda>>"
autodoc_typehints = "none"  # shapes and units stand in the docstrings
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
