"""Gold files and what is learnt from them: reading, joining, scoring."""
