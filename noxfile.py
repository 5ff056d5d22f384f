"""The few commands of everyday work: ``nox -s quick``; ``nox -l`` lists them.

nox and not just or make: each command gets an environment of its own on every system, Windows included, the
commands are Python, and the workflows in ``.github`` call the same ones.
"""

import nox

nox.needs_version = ">=2024.4.15"
nox.options.sessions = ["quick", "lint", "types", "imports"]
nox.options.default_venv_backend = "uv|virtualenv"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
OTHER_LIBRARIES = ["torch", "jax", "dask[array,distributed]"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run all tests, doctests and documented examples."""
    session.install("-e", ".[test]", *OTHER_LIBRARIES)
    session.run("pytest", "--quiet", *session.posargs)


@nox.session
def quick(session: nox.Session) -> None:
    """Run the tests that are not marked slow: about a minute on two cores."""
    session.install("-e", ".[test]")
    session.run("pytest", "--quiet", "-n", "auto", "-m", "not slow", *session.posargs)


@nox.session(python="3.11", venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """Run the quick tests on the oldest releases of all dependencies that the package admits."""
    session.install("--resolution=lowest-direct", "-e", ".[test]")
    session.run("pytest", "--quiet", "-m", "not slow", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, format and spelling."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("codespell")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types, strictly."""
    session.install("-e", ".[lint]")
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check that no room imports one that stands above it, and no two files import each other."""
    session.install("-e", ".[test]")
    session.run("lint-imports")
    session.run("pytest", "--quiet", "tests/test_architecture.py")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation; a warning is an error."""
    session.install("-e", ".[docs]")
    session.run("sphinx-build", "--builder=dirhtml", "--fail-on-warning", "docs", "site")


@nox.session
def proofs(session: nox.Session) -> None:
    """Check the proofs: by SymPy, and by Coq with Mathematical Components."""
    session.install("-e", ".[test]")
    session.run("pytest", "--quiet", "tests/proofs")
    session.run("proofs/coq/check", external=True)
    session.run("proofs/coq/mutants", external=True)
    session.run("proofs/oracle/mutants", external=True)


@nox.session
def coverage(session: nox.Session) -> None:
    """Report what the quick tests reach, branches included."""
    session.install("-e", ".[test]", "pytest-cov")
    session.run(
        "pytest", "--quiet", "-m", "not slow", "--cov", "--cov-report=term:skip-covered", *session.posargs
    )


@nox.session
def mutation(session: nox.Session) -> None:
    """Change the core in one place at a time, and list the changes that no test notices: an hour or so."""
    session.install("-e", ".[test]", "coverage")
    session.run("python", "tests/mutation.py", session.create_tmp(), *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write ``requirements-dev.txt`` anew: one release of everything, the same for all who want it."""
    session.install("uv")
    session.run(
        *[
            "uv",
            "pip",
            "compile",
            "pyproject.toml",
            "--extra=test",
            "--extra=lint",
            "--extra=docs",
            "--upgrade",
        ],
        *[
            "--universal",
            "--python-version=3.11",
            "--no-emit-index-url",
            "--no-emit-find-links",
            "--no-annotate",
        ],
        *["--no-header", "--output-file=requirements-dev.txt"],
    )
