"""Golden vectors: questions with exact answers, for implementations in any language."""
