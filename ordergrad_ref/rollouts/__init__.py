"""Files of rollouts: read the rewards and their groups, write the file back with new columns.

A file is delimited text, JSON Lines (where a key is a column), a JSON document, Parquet, Arrow or a log of
inspect_ai; its suffix says which, or its first bytes do. Text comes back byte for byte, but for the new
cells at the end of each row: quoting, line ends, byte-order mark, the spelling of every number.
Parquet keeps columns, types, values, row groups, each column's codec and the schema's metadata, pandas'
included; its pages are encoded afresh, at the codec's usual level.

Messages count the lines of text, and the rows of Parquet, from 1.
"""

from ordergrad_ref.rollouts.files import Rollouts, columns_of, read, write

__all__ = ["Rollouts", "columns_of", "read", "write"]
