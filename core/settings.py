"""Settings: read once from the environment, typed; a wrong one stops the start with one clear line."""

import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import click

OFFICE_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CHECKOUT = Path(__file__).resolve().parent.parent


class SettingsError(click.ClickException):
    """A setting that cannot be used; the message is one line for the administrator.

    Every command of ``flask`` prints a ``ClickException`` as that one line, without a traceback.
    """


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says about this installation.

    ``data_dir`` is the one folder with database, index, uploads and generated secrets. ``keys_file`` holds the keys
    that seal; it lies outside the data folder and its backups. ``max_upload_mb`` bounds one request body in megabytes.
    ``anchors_dir`` is where the audit chain is anchored, every ``anchor_minutes`` where there is something new.
    ``demo`` says whether an empty database receives demo data at the first start.
    """

    data_dir: Path
    database_url: str
    secret_key: str
    lookup_key: bytes
    keys_file: Path
    anchors_dir: Path
    backup_dir: Path
    anchor_minutes: int = 60
    port: int = 8000
    host: str = "127.0.0.1"
    demo: bool = True
    demo_password: str = ""
    demo_totp_secret: str = ""
    backup_recipients: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    proxies: int = 0
    max_upload_mb: int = 32
    secure_cookies: bool = False
    search_engine: str = ""

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the file in ``data_dir``."""
        return self.database_url.startswith("sqlite")

    @property
    def engine_name(self) -> str:
        """What keeps the search index: ``whoosh`` or ``postgresql``; unless set, what fits the database."""
        return self.search_engine or ("whoosh" if self.is_sqlite else "postgresql")

    @property
    def index_dir(self) -> Path:
        """Folder of the disposable search index."""
        return self.data_dir / "index"

    @property
    def uploads_dir(self) -> Path:
        """Folder of stored files, under random names."""
        return self.data_dir / "uploads"

    @property
    def imports_dir(self) -> Path:
        """Folder of files waiting to be imported; emptied after each run."""
        return self.data_dir / "imports"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings and create the data folder with its generated secrets.

    Raises ``SettingsError`` with one clear line for a value that cannot be used.
    """
    env = os.environ if environ is None else environ
    # Unset means a folder of the checkout, wherever the caller stands: all commands must meet one database.
    data_dir = Path(env.get("DONTHU_DATA") or CHECKOUT / "instance").expanduser().absolute()
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret_key = _secret(data_dir / "secret_key").hex()
        lookup_key = _secret(data_dir / "lookup_key")
        database_url = _database_url(env.get("DATABASE_URL", ""), data_dir)
    except OSError as error:
        raise SettingsError(f"DONTHU_DATA: cannot use the folder {data_dir}: {error.strerror}") from error
    keys_file = _beside(env, "DONTHU_KEYS", data_dir, ".keys")
    demo_password = env.get("DONTHU_DEMO_PASSWORD", "")
    if demo_password and len(demo_password) < 8:
        raise SettingsError("DONTHU_DEMO_PASSWORD: must have at least 8 characters")
    search_engine = _choice(env, "SEARCH_ENGINE", "", ("whoosh", "postgresql"))
    if search_engine == "postgresql" and database_url.startswith("sqlite"):
        raise SettingsError("SEARCH_ENGINE: postgresql needs a DATABASE_URL of a PostgreSQL")
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        secret_key=secret_key,
        lookup_key=lookup_key,
        keys_file=keys_file,
        anchors_dir=_beside(env, "DONTHU_ANCHORS", data_dir, ".anchors"),
        backup_dir=_beside(env, "DONTHU_BACKUP_DIR", data_dir, ".backup"),
        trusted_hosts=tuple(env.get("DONTHU_TRUSTED_HOSTS", "").lower().replace(",", " ").split()),
        proxies=_whole_number(env, "DONTHU_PROXIES", 0, 0, 10),
        backup_recipients=tuple(env.get("DONTHU_BACKUP_RECIPIENT", "").replace(",", " ").split()),
        anchor_minutes=_whole_number(env, "DONTHU_ANCHOR_MINUTES", 60, 1, 24 * 60),
        port=_whole_number(env, "PORT", 8000, 1, 65535),
        host=env.get("HOST") or "127.0.0.1",
        demo=_yes_no(env, "DONTHU_DEMO", default=True),
        demo_password=demo_password,
        demo_totp_secret=_base32(env, "DONTHU_DEMO_TOTP_SECRET"),
        max_upload_mb=_whole_number(env, "DONTHU_MAX_UPLOAD_MB", 32, 1, 1024),
        secure_cookies=_yes_no(env, "DONTHU_SECURE_COOKIES", default=False),
        search_engine=search_engine,
    )


def _base32(env: Mapping[str, str], name: str) -> str:
    raw = env.get(name, "").strip().upper()
    if raw and (len(raw) < 16 or not re.fullmatch("[A-Z2-7]+", raw)):
        raise SettingsError(f"{name}: must be at least 16 letters and digits of base32")
    return raw


def _beside(env: Mapping[str, str], name: str, data_dir: Path, ending: str) -> Path:
    """The path that ``name`` gives, or the one beside the data folder; never one inside it."""
    path = Path(env.get(name) or data_dir.with_name(data_dir.name + ending)).expanduser().absolute()
    if path == data_dir or data_dir in path.parents:
        raise SettingsError(f"{name}: must lie outside the data folder {data_dir}, not at {path}")
    return path


def _database_url(raw: str, data_dir: Path) -> str:
    url = raw.strip()
    if not url:
        path = data_dir / "donthu.sqlite3"
        if not path.exists():
            # SQLite would let others read it; its journal files take over the mode of this one.
            path.touch(mode=0o600)
        return f"sqlite:///{path}"
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    if url.startswith("sqlite:///"):
        return url
    raise SettingsError("DATABASE_URL: must begin with postgresql:// (or be absent, for SQLite in DONTHU_DATA)")


def _whole_number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    raw = env.get(name, "").strip()
    if not raw:
        return default
    if not raw.isascii() or not raw.isdigit() or not least <= int(raw) <= most:
        raise SettingsError(f"{name}: must be a whole number from {least} to {most}, not {raw!r}")
    return int(raw)


def _yes_no(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    raw = env.get(name, "").strip().lower()
    if not raw:
        return default
    if raw in {"1", "true", "yes", "on"}:
        return True
    if raw in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name}: must be 1 or 0, not {raw!r}")


def _choice(env: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    raw = env.get(name, "").strip().lower() or default
    if raw and raw not in allowed:
        raise SettingsError(f"{name}: must be one of {', '.join(allowed)}, not {raw!r}")
    return raw


def _secret(path: Path) -> bytes:
    """Return the secret kept in ``path``; make it once, so that two processes starting together agree."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        value = _read_secret(path)
        if len(value) != 32:
            raise SettingsError(f"{path}: the stored secret is damaged (expected 64 hexadecimal digits)") from None
        return value
    value = secrets.token_bytes(32)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(value.hex())
        file.flush()
        os.fsync(file.fileno())
    return value


def _read_secret(path: Path) -> bytes:
    # Another process may have created the file a moment ago and not yet written it.
    for _ in range(100):
        text = path.read_text(encoding="ascii", errors="replace").strip()
        if text:
            break
        time.sleep(0.02)
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
