"""The gap form on a GPU. Importing this loads no CuPy.

Callers go through `ordergrad_ref.arrays.cupy_arrays`, which checks arrays and lays groups out in tables.
"""
