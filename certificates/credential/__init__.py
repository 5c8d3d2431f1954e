"""The credential as data: building, signing, status lists and offline checking. Knows no database and fetches nothing."""
