"""Invented people and petitions, to try the program with."""

from petitions.demo.loading import DEMO_USERNAMES, demo_secrets, load_demo

__all__ = ["DEMO_USERNAMES", "demo_secrets", "load_demo"]
