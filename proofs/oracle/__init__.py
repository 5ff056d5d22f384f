"""The oracle: the definitions as a program that Coq has proved right, behind the process protocol.

``build`` extracts and compiles it, ``main.ml`` reads and prints, and ``python -m proofs.oracle PROGRAM``
answers the golden vectors with it anew.
"""
