"""Law: ids that Arrow and Parquet hold as places in a dictionary are read as the same ids in plain text."""

from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read


def as_read(path):
    found = read(path, "score", "prompt")
    return found.groups.tolist(), list(found.grouping.names)


def as_written(words):
    return words, list(dict.fromkeys(words))


@pytest.mark.parametrize("places", [pa.uint8(), pa.int8(), pa.int16(), pa.uint32(), pa.int64()], ids=str)
def test_a_dictionary_with_words_that_no_row_has(places, tmp_path):
    path = tmp_path / "rollouts.arrow"
    most = 100 if places == pa.int8() else 199  # where a sign would be read, another word is meant
    known = [f"prompt {i}" for i in range(most + 1)]
    numbers = [most, 7, most, 0, 7, most - 1]
    ids = pa.DictionaryArray.from_arrays(pa.array(numbers, places), pa.array(known))
    table = pa.table({"prompt": ids, "score": [1.0] * len(numbers)})
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table, max_chunksize=4)
    assert as_read(path) == as_written([known[number] for number in numbers])


def test_a_parquet_file_whose_pages_are_of_several_kinds(tmp_path):
    random, path = Random(0), tmp_path / "rollouts.parquet"
    words = [f"prompt {random.randrange(40)} {'é' * random.randrange(9)}" for _ in range(900)]
    table = pa.table({"prompt": words, "score": [1.0] * len(words)})
    options = {"row_group_size": 400, "data_page_size": 64, "dictionary_pagesize_limit": 512}
    pq.write_table(table, path, write_batch_size=16, **options)
    with pq.ParquetFile(path) as file:
        chunk = file.metadata.row_group(0).column(0)
    size = chunk.data_page_offset - chunk.dictionary_page_offset
    assert size < 2 * 512 < sum(map(len, set(words[:400])))  # the other words are in plain pages
    assert as_read(path) == as_written(words)


def test_a_word_that_is_missing_from_the_dictionary(tmp_path):
    path = tmp_path / "rollouts.arrow"
    ids = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array(["a", None]))
    table = pa.table({"prompt": ids, "score": [1.0] * 3})
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)
    with pytest.raises(InvalidInputError, match="row 2, column 'prompt': expected a group id, got null"):
        read(path, "score", "prompt")
