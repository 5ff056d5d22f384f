"""The closed forms: sort once, weigh the gaps, add them up, centre. Each function is its equation."""
