"""Show what an audit found: on a terminal, on a page, as a list of unmet requirements."""
