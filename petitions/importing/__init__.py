"""A backlog comes in: files read as streams, foreign columns mapped, rows checked, petitions written in bulk.

``reading`` knows files and nothing of petitions; ``mapping`` turns foreign columns into native ones; ``validation``
decides on one row; ``loading`` alone knows the database.
"""
