"""Small files of rollouts, marks that are added to them, and how one is refused."""

import re

import numpy as np
import pytest

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, write

CSV = {
    "plain": b"prompt,text,score\n007,a,1\n007,b,0.50\n",
    "CRLF": b"prompt,text,score\r\n007,a,1\r\n007,b,0.50\r\n",
    "CR": b"prompt,text,score\r007,a,1\r007,b,0.50\r",
    "no last newline": b"prompt,text,score\n007,a,1\n007,b,0.50",
    "byte-order mark": b"\xef\xbb\xbfprompt,text,score\n007,a,1\n007,b,1.50E+00\n",
    "byte-order mark, quoted name": b'\xef\xbb\xbf"prompt",text,score\n007,a,1\n007,b,0\n',
    "everything quoted": b'"prompt","text","score"\n"007","a","1"\n"007","","0.50"\n',
    "newlines in cells": b'prompt,score,text\n007,1,"a\nb\r\nc\rd"\r\n007,0,"\n\n"\n',
    "quotes in cells": b'prompt,score,text\n007,1,"""a"", ""b"""\n007,0,"\'"\n',
    "last cell empty": b"prompt,score,text\n007,1,\n007,0,\n",
    "blank lines": b"\n\nprompt,text,score\n007,a,1\n\r\n\n007,b,0\n\n",
    "other line separators": "prompt,score,text\n7,1,a\u2028b\x85c\x0bd\x0ce\n7,0,\x00\n".encode(),
    "unicode": "prompt,score,text\nπ,1,🙂 解\nπ,0,e\u0301\n".encode(),
    "spelling of numbers": b"prompt,score,text\n1e3,+1.,1_000\n1e3, .5e0 ,-0\n1000,1,NaN\n",
    "long cell": b"prompt,score,text\n007,1," + b"x" * 300_000 + b"\n007,0,\n",
    "unrelated names twice": b"prompt,x,x,,,score\n007,1,2,3,4,1\n007,,,,,0\n",
}


JSONL = {
    "spaced": b'{"prompt": "007", "score": 1}\n{"prompt": "007", "score": 0.50}\n',
    "compact": b'{"prompt":7,"score":1.0E-5}\n{"prompt":7,"score":0}\n',
    "room at the brace": b'  { "prompt": 7, "score": 1 } \n\t{"score":0,"prompt":7\t}\t\n',
    "CRLF": b'{"prompt":7,"score":1}\r\n{"prompt":7,"score":0}\r\n',
    "no last newline": b'{"prompt":7,"score":1}\n{"prompt":7,"score":0}',
    "byte-order mark": b'\xef\xbb\xbf{"prompt":7,"score":1}\n{"prompt":7,"score":0}\n',
    "blank lines": b'\n{"prompt":7,"score":1}\n \r\n\n{"prompt":7,"score":0}\n\n',
    "braces in text": b'{"prompt":7,"score":1,"text":"}"}\n{"prompt":7,"score":0,"text":"\\"}"}\n',
    "escapes": b'{"\\u0070rompt":"\\u00e9","score":1}\n{"prompt":"\xc3\xa9","score":0,"x":"\\/"}\n',
    "line separators": '{"prompt":"\u2028","score":1}\n{"prompt":"\x85","score":0}\n'.encode(),
    "nested": b'{"prompt":7,"score":1,"x":{"score":[3]}}\n{"score":0,"prompt":7,"x":[{}]}\n',
    "numbers no float holds": b'{"prompt":7,"score":1,"x":1e400,"y":12345678901234567890.10}\n',
    "unrelated key twice": b'{"prompt":7,"score":1,"x":1,"x":2}\n',
}


MARKS = 3141_0000.25  # values no input holds, so that they can be taken out again


MARK = rb"3141\d{4}\.25"


ADDED = {
    ".csv": rb",(?:advantage|%s)" % MARK,
    ".tsv": rb"\t(?:advantage|%s)" % MARK,
    ".jsonl": rb', "advantage": %s' % MARK,
}


def without_added(suffix, data):
    return re.sub(ADDED[suffix], b"", data)


def append_marks(path, output, reward="score", group="prompt"):
    rollouts = read(path, reward, group)
    write(rollouts, "advantage", MARKS + np.arange(len(rollouts.rewards)), output)
    return rollouts


def refused(path, match, error=InvalidInputError, reward="score", group="prompt"):
    with pytest.raises(error, match=match) as caught:
        read(path, reward, group)
    assert type(caught.value) is error
    assert str(path) in str(caught.value)
