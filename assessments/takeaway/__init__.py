"""The work with its notes as one PDF to take away: text and list drawn by typst, pages of files annotated with pikepdf. Plain
values and bytes in, bytes out: no database, no names."""
