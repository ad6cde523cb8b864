"""The only writers of the domain: verbs, each inside the caller's unit of work, with the actor as ``by=``."""
