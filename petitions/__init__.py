"""The domain: the case, its workflow, its clock, its queue."""
