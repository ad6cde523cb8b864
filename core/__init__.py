"""Ground floor: settings, database, clock, text, errors, outbox, audit and languages. Knows no domain."""
