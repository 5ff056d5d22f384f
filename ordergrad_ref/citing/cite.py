"""What to write into a paper that uses an equation, an estimator, or this package."""

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.citing.equations import Equation, equation
from ordergrad_ref.citing.papers import PAPERS, PROJECT
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.estimators import NAMED

__all__ = ["cite"]


def cite(what: str | int | None = None) -> str:
    """Give the statement and the bibliography entries for an equation, an estimator, or the package.

    Parameters
    ----------
    what : int or str, optional
        The number of an equation, such as 25, or the name of an estimator or a paper, such as ``"maxpo"``.
        Without it, how to cite the package.

    Returns
    -------
    str
        For an equation its section, statement, TeX; for an estimator its formula and equation. Then BibTeX.

    Raises
    ------
    InvalidInputError
        If there is no such equation, estimator or paper.

    Examples
    --------
    >>> print(cite(25))  # doctest: +ELLIPSIS
    ordergrad_ref specification 1.1, section 4.3 The gap form, eq. (25)
    ...
    >>> "2606.06080" in cite("maxpo")
    True
    """
    if what is None:
        return "\n\n".join(
            [PROJECT, PAPERS["ordergrad"].bibtex("ordergrad"), PAPERS["maxpo"].bibtex("maxpo")]
        )
    text = str(what).strip().strip("()")
    if text.isdecimal():
        return f"{_stated(equation(int(text)))}\n\n{PROJECT}"
    if text not in NAMED and text not in PAPERS:
        known = [*NAMED, *(name for name in PAPERS if name not in NAMED)]
        names = expected_one_of(known, text).removeprefix("expected ")
        raise InvalidInputError(f"what: expected the number of an equation, or {names}")
    parts = []
    if text in NAMED:
        contract = NAMED[text].contract
        parts = [
            f"{text}: {contract.formula}\nSource: {contract.source}",
            _stated(equation(contract.equation)),
        ]
        papers = {name: paper for name, paper in PAPERS.items() if paper.arxiv in contract.source}
    else:
        papers = {text: PAPERS[text]}
    return "\n\n".join([*parts, *(paper.bibtex(name) for name, paper in papers.items()), PROJECT])


def _stated(found: Equation) -> str:
    where = f"ordergrad_ref specification {__spec_version__}, section {found.section}, eq. ({found.number})"
    return "\n\n".join(part for part in (where, found.statement, found.tex) if part)
