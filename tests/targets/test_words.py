"""Law: whatever a user's code says fits one printable line."""

import pytest

from ordergrad_ref.targets.words import LONGEST, one_line


class UnprintableError(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("", ""),
        ("a\n\tb\r", "a b"),
        ("\a\x1b[31mred\ud800", "[31mred"),
        ("x" * LONGEST, "x" * LONGEST),
        ("x" * (LONGEST + 1), "x" * LONGEST + "…"),
        (KeyError("a"), "KeyError: 'a'"),
        (ValueError("a\nb"), "ValueError: a b"),
        (ValueError("x" * 10**6), f"ValueError: {'x' * LONGEST}…"),
        (UnprintableError(), "UnprintableError: (it cannot be printed)"),
        (NotImplementedError(), "NotImplementedError"),
    ],
    ids=range(10),
)
def test_one_line(what, line):
    assert one_line(what) == line


def test_it_may_be_shorter():
    assert one_line("abcdef", 3) == "abc…"


def test_an_error_without_words_is_told_by_its_code():
    with pytest.raises(NotImplementedError) as caught:
        raise NotImplementedError
    assert one_line(caught.value) == "NotImplementedError: raise NotImplementedError"
