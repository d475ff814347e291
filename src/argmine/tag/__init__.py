"""spaCy components that tag: mentions, units, relations, stance. One a file."""
