"""Destruction on purpose: whether the program keeps what it promises. One command each; see README."""
