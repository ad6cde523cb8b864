"""The only readers of the domain. Who may see which row is decided in ``visibility``."""
