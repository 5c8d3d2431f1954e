"""Manuscripts (.docx, .md) read into lessons. Plain values in and out: nothing here knows the database.

`reading.read` is the way in: `word` and `markdown` turn a file into HTML and pictures, `tree` and `pieces` into headings,
paragraphs, lists and tables, `conventions` recognises key terms, questions and self-checks, `lessons` makes our blocks.
"""
