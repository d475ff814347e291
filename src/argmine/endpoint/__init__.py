"""Units, relations and stance from a language model behind an OpenAI-compatible address."""
