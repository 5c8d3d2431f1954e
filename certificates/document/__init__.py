"""The certificate as a document: PDF/A-3 drawn by typst. Knows no database."""
