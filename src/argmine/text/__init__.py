"""From a text to its tokens, sentences, clauses and sections."""
