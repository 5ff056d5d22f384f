"""Golden vectors for implementations in any language, and the process protocol by which they are asked."""
