"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys

# Failures of the host that no line of the program can prevent, with what helps.
_HOST = {
    errno.EMFILE: "raise the limit on open files (ulimit -n; LimitNOFILE= of the unit)",
    errno.ENFILE: "the host has too many open files",
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the disk quota",
    errno.EROFS: "that file system is read-only: mount it writable, or use another place",
    errno.ENOMEM: "give the process more memory",
    errno.EACCES: "this user may not: change owner or mode",
}
_COLLECT_AFTER = (20_000, 20, 20)
"""Thresholds of the collection of cycles: with the usual 700 objects a sixth of the time of imports is spent on it."""

_TEMPORARY = "/tmp, /var/tmp and the current directory"  # noqa: S108 — where tempfile looks


def main() -> None:
    """Run the command line; map failures to the exit codes of docs/commands.md."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a background job's may be ignored
    if interruptible:  # while libraries load, Ctrl-C would be a traceback out of one of them
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.set_threshold(*_COLLECT_AFTER)
    _open_streams()
    import click

    try:
        os.getcwd()  # noqa: PTH109 — pathlib is not loaded yet for `--help`
    except OSError as error:
        click.echo(f"monitor: the current directory cannot be used ({error.strerror}): cd to another one", err=True)
        sys.exit(1)
    from monitor.cli import cli
    from monitor.errors import (
        AddressError,
        ConfigError,
        DeliveryError,
        FetchError,
        MonitorError,
        SchemaError,
        StoreError,
    )

    try:
        if interruptible:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = cli.main(standalone_mode=False)
    except KeyboardInterrupt:
        sys.exit(130)
    except ConfigError as error:
        click.echo(_redacted(str(error)), err=True)
        sys.exit(78)
    except AddressError as error:  # of the command line: elsewhere adapters turn it into their own
        click.echo(f"monitor: {_redacted(str(error))}", err=True)
        sys.exit(2)
    except MonitorError as error:
        click.echo(f"monitor: {_redacted(str(error))}", err=True)
        if isinstance(error, SchemaError):  # the wrong program is installed: no other try can help
            sys.exit(78)
        temporary = isinstance(error, (StoreError, FetchError, DeliveryError)) and error.retryable
        sys.exit(75 if temporary else 1)
    except Exception as error:  # noqa: BLE001 — the outermost loop of all: no traceback may carry the token
        sys.exit(_last_resort(error))
    sys.exit(code if isinstance(code, int) else 0)


def _open_streams() -> None:
    """Let 0, 1 and 2 be open, and print what the terminal's encoding lacks as escapes.

    Where one is closed, the next file to be opened takes its number: what is printed would go into the database.
    """
    import io

    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")


def _redacted(text: str) -> str:
    from monitor.log import redact  # half of the time of `--help`, which has nothing to hide

    return redact(text)


def _last_resort(error: Exception) -> int:
    """Print a click error as click does, anything else as a redacted traceback; return the exit code."""
    import traceback

    import click

    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        return 130
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()
        return 0
    if (remedy := _hosts_fault(error)) is not None:
        click.echo(f"monitor: {_redacted(str(error))}: {remedy}", err=True)
        return 1
    click.echo(_redacted("".join(traceback.format_exception(error))), err=True, nl=False)
    click.echo("monitor: this is a bug of the monitor, not of your configuration.", err=True)
    return 1


def _hosts_fault(error: BaseException) -> str | None:
    """Return the remedy where the host, not the program, is at fault; None where it is a bug."""
    if isinstance(error, MemoryError):
        return _HOST[errno.ENOMEM]
    if isinstance(error, FileNotFoundError) and "usable temporary directory" in str(error):
        return f"none of {_TEMPORARY} can be written: set TMPDIR, or mount one (a tmpfs on /tmp)"
    if isinstance(error, OSError):
        return _HOST.get(error.errno or 0)
    return None


if __name__ == "__main__":
    main()
