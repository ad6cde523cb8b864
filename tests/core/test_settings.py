import os
import stat
from pathlib import Path

import pytest

from core.settings import CHECKOUT, SettingsError, load_settings


def load(tmp_path: Path, **environ: str) -> None:
    load_settings({"DONTHU_DATA": str(tmp_path), **environ})


def test_without_any_variable_all_stands_in_the_data_folder(tmp_path: Path) -> None:
    settings = load_settings({"DONTHU_DATA": str(tmp_path / "new" / "folder")})
    assert settings.data_dir == tmp_path / "new" / "folder"
    assert settings.database_url == f"sqlite:///{settings.data_dir}/donthu.sqlite3"
    assert settings.is_sqlite
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.1", 8000, True)
    assert {settings.index_dir.parent, settings.uploads_dir.parent, settings.imports_dir.parent} == {settings.data_dir}


def test_the_data_folder_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings({"DONTHU_DATA": str(tmp_path / "data")})
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    for name in ("secret_key", "lookup_key", "donthu.sqlite3"):
        assert stat.S_IMODE((settings.data_dir / name).stat().st_mode) == 0o600


def test_the_default_folder_is_the_checkouts_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made: list[Path] = []
    monkeypatch.setattr(Path, "mkdir", lambda self, **_: made.append(self))
    monkeypatch.setattr("core.settings._secret", lambda _path: b"\0" * 32)
    monkeypatch.setattr(Path, "touch", lambda *_, **__: None)
    assert load_settings({}).data_dir == CHECKOUT / "instance"
    assert made == [CHECKOUT / "instance"]


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    first = load_settings({"DONTHU_DATA": str(tmp_path)})
    second = load_settings({"DONTHU_DATA": str(tmp_path)})
    assert (first.secret_key, first.lookup_key) == (second.secret_key, second.lookup_key)
    assert bytes.fromhex(first.secret_key) != first.lookup_key
    assert len(first.lookup_key) == 32
    other = load_settings({"DONTHU_DATA": str(tmp_path / "other")})
    assert other.secret_key != first.secret_key


def test_a_damaged_secret_is_not_replaced_in_silence(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("zz")
    with pytest.raises(SettingsError, match="damaged"):
        load(tmp_path)
    assert (tmp_path / "secret_key").read_text() == "zz"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_spoken_through_psycopg_3(tmp_path: Path, scheme: str) -> None:
    settings = load_settings({"DONTHU_DATA": str(tmp_path), "DATABASE_URL": f"{scheme}://u:p@db/donthu"})
    assert settings.database_url == "postgresql+psycopg://u:p@db/donthu"
    assert not settings.is_sqlite


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80a"),
        ("PORT", "٨٠٨٠"),
        ("PORT", "-1"),
        ("DONTHU_DEMO", "maybe"),
        ("DONTHU_DEMO_PASSWORD", "short"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DONTHU_MAX_UPLOAD_MB", "0"),
        ("SEARCH_ENGINE", "lucene"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **{name: value})
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("text", "meant"), [("0", False), ("no", False), ("OFF", False), ("1", True), ("", True)])
def test_demo_may_be_switched_off(tmp_path: Path, text: str, meant: bool) -> None:
    assert load_settings({"DONTHU_DATA": str(tmp_path), "DONTHU_DEMO": text}).demo is meant


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="DONTHU_DATA: cannot use the folder"):
        load_settings({"DONTHU_DATA": str(tmp_path / "file" / "data")})


def test_the_environment_is_read_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in {"DATABASE_URL", "HOST"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("DONTHU_DATA", str(tmp_path))
    monkeypatch.setenv("PORT", "8123")
    assert load_settings().port == 8123
