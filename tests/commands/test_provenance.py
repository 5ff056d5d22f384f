"""What a report says of its making: the commit of the file that was judged, if Git keeps it."""

import shutil
import subprocess

import pytest

from ordergrad_ref.commands.provenance import commit_of, provenance


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("git") is None, reason="no Git")
def test_the_commit_of_a_file(tmp_path):
    def git(*words):
        command = ("git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", *words)
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    kept, other = tmp_path / "kept.py", tmp_path / "other.py"
    kept.write_text("a = 1\n")
    other.write_text("a = 1\n")
    assert commit_of(kept) is None
    git("init", "-q")
    assert commit_of(kept) is None
    git("add", "kept.py")
    git("commit", "-qm", "first")
    head = git("rev-parse", "HEAD")
    assert head.startswith(commit_of(kept))
    assert commit_of(other) is None
    kept.write_text("a = 2\n")
    assert commit_of(kept) == f"{head[:12]}, changed since"


def test_what_was_in_no_module_has_no_commit():
    assert provenance(None)["commit"] is None
    assert provenance("no.such.module")["commit"] is None
