"""Search: one index table of texts with the audiences that may find each, filled by sources that the apps register.

Knows nothing of courses or people: an app says what is searchable (`registry.Source`) and who sees what
(`registry.register_viewer`).
"""
