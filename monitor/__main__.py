"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import sys
import traceback

import click


def main() -> None:
    """Run the command line; map failures to the exit codes of docs/commands.md."""
    from monitor.cli import cli
    from monitor.errors import AddressError, ConfigError, DeliveryError, FetchError, MonitorError, StoreError

    try:
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
        temporary = isinstance(error, (StoreError, FetchError, DeliveryError)) and error.retryable
        sys.exit(75 if temporary else 1)
    except Exception as error:  # noqa: BLE001 — the outermost loop of all: no traceback may carry the token
        sys.exit(_last_resort(error))
    sys.exit(code if isinstance(code, int) else 0)


def _redacted(text: str) -> str:
    from monitor.log import redact  # half of the time of `--help`, which has nothing to hide

    return redact(text)


def _last_resort(error: Exception) -> int:
    """Print a click error as click does, anything else as a redacted traceback; give the exit code."""
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
    click.echo(_redacted("".join(traceback.format_exception(error))), err=True, nl=False)
    click.echo("monitor: this is a bug of the monitor, not of your configuration.", err=True)
    return 1


if __name__ == "__main__":
    main()
