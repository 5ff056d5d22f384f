"""Law: no fault of the cache of compiled loops reaches the caller; one warning says what it is.

Each fault is made in a folder of its own, before or between calls, in a process of its own: Numba keeps
what it has loaded.
"""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from ordergrad_ref.kernels.cpu import compiler, loops

CALL = """
import warnings, numpy as np
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from ordergrad_ref.kernels.cpu import compiler, loops
    {fault}
    assert loops.smallest_of(np.array([3.0, 1.0, 2.0])) == 1.0
    assert loops.smallest_of(np.array([3.0, 1.0, 2.0], dtype=np.float32)) == 1.0
    total = np.empty((1, 3)); from ordergrad_ref.kernels.cpu import population_loops
    population_loops.running_sum(np.array([[1.0, 2.0, 3.0]]), total)
    assert total.tolist() == [[1.0, 3.0, 6.0]]
print(*[str(w.message) for w in caught if "compiled loops" in str(w.message)], sep="\\n")
"""


def call(folder, fault="pass"):
    """The warnings of a process that calls some loops with its cache in the folder."""
    run = subprocess.run(
        [sys.executable, "-c", CALL.format(fault=fault)],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split("\n")[:-1]


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    assert call(folder) == [""]
    return folder


def cut(size):
    def fault(file):
        file.write_bytes(file.read_bytes()[:size])

    return fault


def garbage(file):
    file.write_bytes(b"\x80\x05garbage" * 10)


def a_folder_instead(file):
    file.unlink()
    file.mkdir()


FAULTS = {"empty": cut(0), "cut": cut(40), "cut at the end": cut(-1), "garbage": garbage}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("fault", [*FAULTS, "a folder"])
def test_files_that_cannot_be_read_are_compiled_again(filled, tmp_path, kind, fault):
    folder = tmp_path / "cache"
    shutil.copytree(filled, folder)
    files = sorted(folder.rglob(f"*.{kind}"))
    assert len(files) >= 3
    for file in files:
        FAULTS.get(fault, a_folder_instead)(file)
    said = call(folder)
    if (kind, fault) != ("nbc", "a folder"):  # what is no file Numba takes for one that was removed
        (warning,) = said
        assert str(folder) in warning
        assert "NUMBA_CACHE_DIR" in warning
    if fault != "a folder":
        assert call(folder) == [""], "what could not be read was kept anew"


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        "raise_ = lambda *_: (_ for _ in ()).throw(OSError(28, 'No space left on device'));"
        "compiler.FunctionCache._save_overload = raise_",
        "raise_ = lambda *_: (_ for _ in ()).throw(PermissionError(13, 'Permission denied'));"
        "compiler.FunctionCache._save_overload = raise_",
        "import shutil, os; os.path.isdir(os.environ['NUMBA_CACHE_DIR']) and "
        "shutil.rmtree(os.environ['NUMBA_CACHE_DIR']); open(os.environ['NUMBA_CACHE_DIR'], 'w').close()",
    ],
    ids=["full disk", "read-only", "folder replaced by a file"],
)
def test_a_disk_that_takes_nothing_costs_one_warning(tmp_path, fault):
    (warning,) = call(tmp_path / "cache", fault)
    assert "OSError" in warning or "PermissionError" in warning or "Error" in warning


@pytest.mark.slow
def test_a_place_that_cannot_be_made_costs_nothing(tmp_path):
    (tmp_path / "file").touch()
    assert call(tmp_path / "file" / "cache") == [""]


def test_a_warning_comes_once(monkeypatch):
    compiler._warned.cache_clear()
    with pytest.warns(RuntimeWarning, match=r"kept in /a cannot be read \(why\).*Delete that folder"):
        compiler._warn_once("/a", "read", "why")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiler._warn_once("/b", "read", "why")
    compiler._warned.cache_clear()


@pytest.mark.slow
def test_the_loops_have_that_cache():
    assert isinstance(loops.smallest_of._cache, compiler.CacheThatMayFail)
    assert Path(loops.smallest_of._cache.cache_path).is_dir()
    assert loops.smallest_of(np.array([2.0, 1.0])) == 1.0


@pytest.mark.slow
def test_without_compiler_numpy_goes_on_answering():
    """Population formulas load the loops; smaller tables then ask whether these are at hand."""
    code = (
        "import numpy as np, ordergrad_ref as og\n"
        "from ordergrad_ref.kernels import at_hand\n"
        "before = og.advantage([0.0, 1.0, 3.0, 5.0], 'max@2')\n"
        "at_hand.loops()\n"
        "for answered in (0, at_hand.READING_PAYS):\n"
        "    at_hand.AT_HAND.answered = answered\n"
        "    assert (og.advantage([0.0, 1.0, 3.0, 5.0], 'max@2') == before).all()\n"
    )
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=300)
