"""Annotated articles for people: in the terminal, in Jupyter, as one HTML page."""
