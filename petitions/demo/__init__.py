"""Invented people and petitions, to try the program with."""

from petitions.demo.loading import DEMO_USERNAMES, load_demo

__all__ = ["DEMO_USERNAMES", "load_demo"]
