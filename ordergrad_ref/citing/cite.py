"""What to write into a paper that uses an equation, an estimator, or this package."""

import re

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.citing.equations import Equation, equation
from ordergrad_ref.citing.papers import PAPERS, PROJECT
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.estimators import NAMED

__all__ = ["cite"]

PREFIX = re.compile(r"^\s*(eqs?\.?|arxiv:)\s*-?", re.IGNORECASE)
"""What people write before the number of an equation or of a paper."""


def cite(what: str | int | None = None) -> str:
    """Give the statement and the bibliography entries for an equation, an estimator, or the package.

    Parameters
    ----------
    what : int or str, optional
        The number of an equation, such as 25, or the name of an estimator or a paper, such as ``"maxpo"``, or
        a paper's number on arXiv. Without it, how to cite the package.

    Returns
    -------
    str
        For an equation its section, statement, TeX; for an estimator its formula and equation. Then BibTeX of
        the paper that defines it, where there is one, and of the package.

    Raises
    ------
    InvalidInputError
        If there is no such equation, estimator or paper.

    Examples
    --------
    >>> print(cite(25))  # doctest: +ELLIPSIS
    ordergrad_ref specification 1.1, section 4.3 The gap form, eq. (25)
    ...
    >>> "2606.06080" in cite("maxpo") and "2606.06080" in cite(43)
    True
    """
    if what is None:
        return "\n\n".join(
            [PROJECT, PAPERS["ordergrad"].bibtex("ordergrad"), PAPERS["maxpo"].bibtex("maxpo")]
        )
    text = PREFIX.sub("", str(what)).strip("() ")
    if text.isdecimal():
        number = int(text)
        stated = [_stated(equation(number))]
        sources = [one.contract.source for one in NAMED.values() if one.contract.equation == number]
        return _with_papers(stated, sources)
    text = text.lower().replace("-", "_")
    text = next((name for name, paper in PAPERS.items() if paper.arxiv == text), text)
    if text not in NAMED and text not in PAPERS:
        known = [*NAMED, *(name for name in PAPERS if name not in NAMED)]
        names = expected_one_of(known, text).removeprefix("expected ")
        raise InvalidInputError(f"what: expected the number of an equation, or {names}")
    if text not in NAMED:
        return _with_papers([], [PAPERS[text].arxiv])
    contract = NAMED[text].contract
    named = f"{text}: {contract.formula}\nSource: {contract.source}"
    return _with_papers([named, _stated(equation(contract.equation))], [contract.source])


def _with_papers(parts: list[str], sources: list[str]) -> str:
    """Add the entries of the papers whose number one of the sources has, and ours."""
    papers = [
        paper.bibtex(name)
        for name, paper in PAPERS.items()
        if any(paper.arxiv in source for source in sources)
    ]
    return "\n\n".join([*parts, *papers, PROJECT])


def _stated(found: Equation) -> str:
    where = f"ordergrad_ref specification {__spec_version__}, section {found.section}, eq. ({found.number})"
    return "\n\n".join(part for part in (where, found.statement, found.tex) if part)
