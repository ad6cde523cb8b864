"""Commands of the domain; each module adds its own to the groups of ``groups``."""
