"""Law: what is cited is what the specification says, to the letter."""

import re
import runpy
from pathlib import Path

import pytest
from helpers.in_turn import in_turn

import ordergrad_ref as og
from ordergrad_ref.citing import cite, equation
from ordergrad_ref.citing.papers import PAPERS
from ordergrad_ref.errors import InvalidInputError

ROOT = Path(og.__file__).parents[1]
SPECIFICATION = (ROOT / "docs" / "spec" / og.__spec_version__ / "index.md").read_text(encoding="utf-8")
NUMBERS = [int(number) for number in re.findall(r"\\tag\{(\d+)\}", SPECIFICATION)]


def test_the_equations_are_those_of_the_specification():
    """After a change of the specification: ``python docs/hooks/equations.py``."""
    script = runpy.run_path(str(ROOT / "docs" / "hooks" / "equations.py"))
    assert script["TARGET"].read_text(encoding="utf-8") == script["written"]()


@pytest.mark.slow
@in_turn("number", NUMBERS)
def test_every_equation_is_quoted(number):
    found = equation(number)
    assert found.number == number
    assert found.tex in re.sub(r"\s*\\tag\{\d+\}\s*", "\n", SPECIFICATION)
    assert f" {found.section}\n" in SPECIFICATION
    assert found.statement in re.sub(r"\s+", " ", SPECIFICATION)
    assert f"eq. ({number})" in cite(number) == cite(f"({number})")


@pytest.mark.parametrize("name", og.maxk.FAMILY)
def test_an_estimator_comes_with_its_equation_and_its_paper(name):
    contract = og.maxk.FAMILY[name].contract
    text = cite(name)
    assert contract.formula in text
    assert equation(contract.equation).tex in text
    for paper in PAPERS.values():
        assert (paper.arxiv in contract.source) == (f"eprint        = {{{paper.arxiv}}}" in text)


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_is_one_of_the_references(name):
    paper = PAPERS[name]
    references = " ".join(SPECIFICATION.partition("## References")[2].split())
    assert paper.arxiv in references
    assert re.sub("[{}]", "", paper.title) in references
    for author in paper.authors.split(" and "):
        assert author == "others" or author in references
    assert paper.bibtex(name) in cite(name)


def test_an_equation_of_a_paper_comes_with_the_paper():
    """(25) is this project's own; (43) is MaxPO's."""
    assert PAPERS["maxpo"].bibtex("maxpo") in cite(43)
    assert cite(25).count("\n@") == 1


@pytest.mark.parametrize("what", ["MaxPO", "arXiv:2606.06080", "2606.06080"])
def test_names_are_read_as_people_write_them(what):
    assert cite(what) == cite("maxpo")
    assert cite("eq. 43") == cite("Eq-43") == cite(43)
    assert cite("dr-grpo") == cite("dr_grpo")


def test_the_package_itself():
    assert cite().startswith("@software{ordergrad_ref,")
    assert og.__version__ in cite()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (0, "number: expected an equation of specification"),
        (10**6, "number: expected an equation of specification"),
        ("maxpoo", "the number of an equation, or one of 'pkpo'.*did you mean 'maxpo'"),
        ("-1", "the number of an equation"),
    ],
)
def test_nothing_to_cite(what, message):
    with pytest.raises(InvalidInputError, match=message):
        cite(what)
