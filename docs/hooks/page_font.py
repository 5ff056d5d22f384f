"""Write the font of the audit page's formulas, a part of the site's: ``python docs/hooks/page_font.py``."""

import re
import unicodedata
from html import unescape
from pathlib import Path

from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES
from ordergrad_ref.reports.mathml import PAGE_FORMULAS, mathml

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "docs" / "stylesheets" / "fonts" / "formulas.woff2"
TARGET = ROOT / "ordergrad_ref" / "reports" / "fonts" / "formulas.woff2"
ITALICS = (0x210E, *range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C))
"""As which a browser draws the letters of variables."""


def signs() -> set[int]:
    """Collect the code points that the formulas need."""
    written = "".join(f for name in (*PROPERTIES, *FULL_PROPERTIES, *PAGE_FORMULAS) for f in mathml(name))
    plain = set(unescape(re.sub(r"<[^>]*>", "", written)))
    return {
        *map(ord, plain),
        *(code for code in ITALICS if unicodedata.normalize("NFKC", chr(code)) in plain),
    }


if __name__ == "__main__":
    from fontTools.subset import main

    codes = ",".join(f"{code:X}" for code in sorted(signs()))
    main([str(SOURCE), f"--unicodes={codes}", "--flavor=woff2", f"--output-file={TARGET}"])
