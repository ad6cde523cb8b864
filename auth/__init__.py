"""Who you are, and what your role may do: offices, units, users, sessions, permissions."""
