"""Numbers in, a decision out: nothing here calls the function that is judged."""
