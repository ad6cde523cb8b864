"""The writers of ``auth``: log-in, accounts, units, offices. Each runs inside the caller's ``unit_of_work``."""
