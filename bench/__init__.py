"""Measurements that anyone can repeat; see ``bench/README.md``. No part of the program imports this package."""
