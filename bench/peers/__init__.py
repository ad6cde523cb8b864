"""Other systems, set up beside ours with the same petitions: Roundup and django-helpdesk, and bare SQLite FTS5."""
