"""Stored files; knows no petition."""
