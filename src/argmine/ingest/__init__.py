"""From bytes to :class:`argmine.schema.Article`: decoding, file formats, page furniture, byline."""
