"""Compiled sums for large tables in the host's memory. Importing this loads no compiler."""
