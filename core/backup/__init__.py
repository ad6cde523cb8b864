"""Backups: one encrypted file with database, attachments, generated secrets and the head of the audit chain.

``archive`` is the file, ``snapshots`` what a database hands over at one moment, ``making`` and ``restoring`` the two
ways, ``cli`` the commands. The keys that seal (``DONTHU_KEYS``) are never in it.
"""

from core.errors import DomainError


class BackupFailed(DomainError):
    """No backup was made, or one cannot be used; the message is one line for the administrator."""
