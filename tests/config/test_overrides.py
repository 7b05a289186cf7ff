"""Overrides and secrets from the environment."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path

import pytest

from monitor.app.configuration import load
from monitor.config.load import Config, Secret
from monitor.errors import ConfigError

TOKEN = "123456789:AAFabcdefghijklmnopqrstuvwxyz_12345"
YAML = """\
sources:
  - {name: Ukrinform (uk), url: "https://example.org/rss", every: 3m}
watchlists:
  - {name: arms, keywords: [rocket], notify: [desk]}
channels:
  desk: {telegram: {chat: 1}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


def read(file: Path, **environ: str) -> Config:
    return load(file, environ)


def problem(file: Path, **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file, environ)
    (only,) = caught.value.problems
    return str(only)


# --------------------------------------------------------------------------- overrides


def test_single_values_may_be_overridden(file: Path) -> None:
    config = read(
        file,
        MONITOR_STORAGE__URL="sqlite:////data/x.db",
        MONITOR_POLLING__CATCH_UP="6h",
        MONITOR_POLLING__CONCURRENCY="7",
        MONITOR_CHANNELS__DESK__TELEGRAM__CHAT="-1005",
        MONITOR_SOURCES__0__URL="http://127.0.0.1:1/feed",
        MONITOR_SOURCES__UKRINFORM_UK__EVERY="1m",
        MONITOR_WEB__LISTEN="",
        MONITOR_TELEGRAM__ADMINS="1, 2",
        MONITOR_TELEGRAM__API="http://127.0.0.1:9",
        MONITOR_CONFIG="elsewhere.yaml",
        MONITORING__X="not ours",
    )
    assert config.storage.url == "sqlite:////data/x.db"
    assert (config.polling.catch_up, config.polling.concurrency) == (21600.0, 7)
    assert config.channels["desk"].settings == {"chat": -1005}
    assert (config.sources[0].url, config.sources[0].every) == ("http://127.0.0.1:1/feed", 60.0)
    assert config.web.listen == ""
    assert config.telegram.admins == (1, 2)
    assert config.telegram.api == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("variable", "value", "path", "part"),
    [
        ("MONITOR_STORAGE__URI", "x", "storage", "Did you mean 'url'?"),
        ("MONITOR_STORGE__URL", "x", "", "Did you mean 'storage'?"),
        ("MONITOR_STORAGE__URL", "nothing", "storage.url", "no database"),
        ("MONITOR_POLLING__CATCH_UP", "12", "polling.catch_up", "needs a unit"),
        ("MONITOR_POLLING__CATCH_UP", "", "polling.catch_up", "is no duration"),
        ("MONITOR_CHANNELS__DEKS__TELEGRAM__CHAT", "1", "channels", "Did you mean 'desk'?"),
        ("MONITOR_CHANNELS__DESK", "x", "channels.desk", "only single values"),
        ("MONITOR_SOURCES__7__URL", "x", "sources", "has no entry 7"),
        ("MONITOR_SOURCES__0", "x", "sources[0]", "only single values"),
        ("MONITOR_SOURCES", "x", None, ""),
        ("MONITOR_LOG__LEVEL__X", "x", "log.level", "is a single value"),
        ("MONITOR_TELEGRAM__TOKEN", "123456789:AAFabcdefghijklmnopqrstuvwxyz_1", "telegram", "no setting token"),
    ],
)
def test_mistakes_name_the_variable(file: Path, variable: str, value: str, path: str | None, part: str) -> None:
    if path is None:  # one underscore: not meant for us
        assert read(file, **{variable: value}).sources
        return
    told = problem(file, **{variable: value})
    assert told.startswith(f"{variable}: {path}: " if path else f"{variable}: ")
    assert part in told
    assert "AAFabc" not in told


def test_an_override_mends_a_broken_value(file: Path) -> None:
    file.write_text(YAML.replace("3m", "often"), encoding="utf-8")
    assert "is no duration" in problem(file)
    assert read(file, MONITOR_SOURCES__0__EVERY="5m").sources[0].every == 300.0


# --------------------------------------------------------------------------- the token


def revealed(config: Config) -> str | None:
    return config.token.reveal() if config.token else None


def test_the_token_comes_from_the_variable_the_file_or_the_credential(file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{TOKEN}f\n", encoding="utf-8")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    assert revealed(read(file, CREDENTIALS_DIRECTORY=str(credentials))) is None
    (credentials / "telegram_bot_token").write_text(f"{TOKEN}c", encoding="utf-8")
    every = {"TELEGRAM_BOT_TOKEN_FILE": str(secret), "CREDENTIALS_DIRECTORY": str(credentials)}
    assert revealed(read(file, TELEGRAM_BOT_TOKEN=f" {TOKEN}\n", **every)) == TOKEN
    assert revealed(read(file, TELEGRAM_BOT_TOKEN="", **every)) == f"{TOKEN}f"
    assert revealed(read(file, CREDENTIALS_DIRECTORY=str(credentials))) == f"{TOKEN}c"
    assert revealed(read(file)) is None


def test_a_file_that_says_none_is_no_token_and_an_empty_one_is_a_mistake(file: Path, tmp_path: Path) -> None:
    credential = tmp_path / "telegram_bot_token"
    for text in ("none", " none\n"):
        credential.write_text(text, encoding="utf-8")
        assert revealed(read(file, CREDENTIALS_DIRECTORY=str(tmp_path))) is None
        assert revealed(read(file, TELEGRAM_BOT_TOKEN_FILE=str(credential))) is None
    for text in ("", "\n", "None of it"):
        credential.write_text(text, encoding="utf-8")
        assert "token" in problem(file, CREDENTIALS_DIRECTORY=str(tmp_path))
    credential.unlink()
    credential.mkdir()
    assert "cannot be read" in problem(file, CREDENTIALS_DIRECTORY=str(tmp_path))


def test_with_a_token_nothing_is_warned_of(file: Path) -> None:
    assert read(file, TELEGRAM_BOT_TOKEN=TOKEN).warnings == ()
    assert any("no bot token" in warning for warning in read(file).warnings)


@pytest.mark.parametrize("value", [f'"{TOKEN}"', f"bot{TOKEN}", TOKEN.replace(":", " : "), "hunter2hunter2"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(file: Path, tmp_path: Path, value: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(value, encoding="utf-8")
    for told in (problem(file, TELEGRAM_BOT_TOKEN=value), problem(file, TELEGRAM_BOT_TOKEN_FILE=str(secret))):
        assert told.startswith("TELEGRAM_BOT_TOKEN")
        assert "@BotFather" in told
        assert "AAFabc" not in told
        assert "hunter2" not in told


def test_a_token_file_that_cannot_be_read_is_refused(file: Path, tmp_path: Path) -> None:
    assert f"{tmp_path}/none cannot be read" in problem(file, TELEGRAM_BOT_TOKEN_FILE=f"{tmp_path}/none")
    assert "Is a directory" in problem(file, TELEGRAM_BOT_TOKEN_FILE=str(tmp_path))
    (tmp_path / "empty").touch()
    assert "is empty" in problem(file, TELEGRAM_BOT_TOKEN_FILE=f"{tmp_path}/empty")
    # The token itself in the variable that wants a file.
    assert "AAFabc" not in problem(file, TELEGRAM_BOT_TOKEN_FILE=TOKEN)


def test_a_token_in_the_yaml_is_refused_wherever_it_stands(file: Path) -> None:
    file.write_text(YAML.replace("rocket", f'"{TOKEN}"'), encoding="utf-8")
    told = problem(file)
    assert f"{file}:4:29: watchlists[0].keywords[0]: " in told
    assert "AAFabc" not in told


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(TOKEN)
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret!s:>50}", "%s" % secret, repr([secret])):  # noqa: UP031
        assert "AAF" not in shown
    assert secret == Secret(TOKEN)
    assert secret != Secret("1:x")
    assert len({secret, Secret(TOKEN)}) == 1
    assert copy.deepcopy(secret).reveal() == pickle.loads(pickle.dumps(secret)).reveal() == TOKEN  # noqa: S301


def test_the_configuration_does_not_show_the_token(file: Path) -> None:
    assert "AAF" not in repr(read(file, TELEGRAM_BOT_TOKEN=TOKEN))


# --------------------------------------------------------------------------- what cannot be read


def test_watchlists_that_are_there_and_cannot_be_listed_are_not_left_out(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "watchlists.d"
    place.write_text("watchlists: []", encoding="utf-8")
    assert problem(file).startswith(f"{place}: is not a directory")
    place.unlink()
    place.mkdir()
    read(file)

    def refuse(path: object) -> list[str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.listdir", refuse)  # root may list any directory
    assert problem(file).startswith(f"{place}: may not be listed")


@pytest.mark.parametrize("url", ["postgresql://h:port/db", "postgresql://[::1/db", "postgresql://h:99999/db"])
def test_a_database_that_no_address_can_mean_is_a_bad_configuration(file: Path, url: str) -> None:
    assert "storage.url" in problem(file, MONITOR_STORAGE__URL=url)


# --------------------------------------------------------------------------- variables that are not read


def test_a_variable_that_almost_names_a_setting_is_warned_of(file: Path) -> None:
    found = read(
        file,
        MONITOR_STORAGE_URL="sqlite:///x.db",
        MONITOR_POLLING_PER_HOST="1",
        MONITOR_CHANNELS_DESK_TELEGRAM_CHAT="5",
        MONITOR_ENV_FILE="x",
        MONITOR_WEBHOOK_SECRET="x",
        MONITOR_APPRISE_DESK="x",
        MONITOR_CONFIG="x",
        MONITOR_STORAGE="x",
        MONITOR_LOG__LEVEL="info",
    ).warnings
    right = re.findall(r"is written with two underscores, (\w+)", "\n".join(found))
    assert right == [
        "MONITOR_CHANNELS__DESK__TELEGRAM__CHAT",
        "MONITOR_POLLING__PER_HOST",
        "MONITOR_STORAGE__URL",
    ]


TOKENS = (
    "TELEGRAM_TOKEN",
    "BOT_TOKEN",
    "TELEGRAM_BOT_TOKN",
    "TG_BOT_TOKEN",
    "MONITOR_TOKEN",
    "TELEGRAM_BOT_TOKEN_PATH",
)


@pytest.mark.parametrize("variable", TOKENS)
def test_a_variable_that_is_meant_as_the_token_is_warned_of_where_there_is_none(file: Path, variable: str) -> None:
    said = f"the variable {variable} is not read: the bot's token is taken from TELEGRAM_BOT_TOKEN, or"
    assert any(warning.startswith(said) for warning in read(file, **{variable: TOKEN}).warnings)
    assert not any(TOKEN in warning for warning in read(file, **{variable: TOKEN}).warnings)
    assert not any("is not read" in each for each in read(file, TELEGRAM_BOT_TOKEN=TOKEN, **{variable: "x"}).warnings)


@pytest.mark.parametrize("variable", ["GITHUB_TOKEN", "PATH", "TELEGRAM_CHAT", "BOTTOM", "NPM_TOKEN"])
def test_variables_of_others_are_nobodys_business(file: Path, variable: str) -> None:
    assert not any("is not read" in warning for warning in read(file, **{variable: "x"}).warnings)
