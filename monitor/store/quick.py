"""A connection to SQLite that runs often repeated statements without SQLAlchemy's part, nine tenths of their time.

SQLAlchemy looks a statement up in its cache, makes a context and a result for each run of it: 35 µs where SQLite needs
2. Statements are built once here (see `base.py`), so that what was compiled for one object serves all of its runs. The
types of parameters and columns, the errors and the rows are SQLAlchemy's own. SQLAlchemy itself runs whatever is out of
the ordinary: statements with defaults made in Python, options, listeners, other databases.

A list of values (`IN`) has one place for each; longer ones are filled up with their last value to some lengths alone,
as SQLite keeps a limited number of prepared statements by their text.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Connection, Dialect, Engine, Executable, Label
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase

_OFTEN = 3  # runs of one statement after which it is compiled: most that is built for one run is never seen again

_LIST = re.compile(r"\bIN \(__\[POSTCOMPILE_\w+\]\)")  # as SQLAlchemy writes a list of values that it fills in later
_AS_LONG = 4  # values up to which a list has as many places
_FILLED = 512  # values up to which it is filled up

Converter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _CompiledStatement:
    """A statement, compiled for parameters of certain names.

    `parameters` are (name, fixed value, converter) in their order; a name of None has the fixed value. `converters` are
    those of columns. `columns` is None where no rows come back. `lists` are the names of parameters that are lists of
    values, and `pieces` what stands between these in `sql`.
    """

    sql: str
    parameters: tuple[tuple[str | None, Any, Converter | None], ...]
    columns: SimpleResultMetaData | None
    converters: tuple[tuple[int, Converter], ...]
    writes: bool
    lists: frozenset[str | None] = frozenset()
    pieces: tuple[str, ...] = ()

    def filled(self, given: Mapping[str, Any]) -> tuple[str, Sequence[Any]]:
        """Return the text and what SQLite is given. Raises KeyError where a parameter is missing."""
        if not self.lists:
            return self.sql, self.values(given)
        pieces = iter(self.pieces)
        text, values = [next(pieces)], list[Any]()
        for name, fixed, convert in self.parameters:
            if name is None:
                values.append(fixed)
            elif name in self.lists:
                each = list(given[name]) if convert is None else [convert(value) for value in given[name]]
                places = _places(len(each))
                values += each + each[-1:] * (places - len(each))
                text += ("IN (", ", ".join("?" * places), ")", next(pieces))
            else:
                values.append(given[name] if convert is None else convert(given[name]))
        return "".join(text), values

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what SQLite is given. Raises KeyError where a parameter is missing."""
        return tuple(
            [
                fixed if name is None else given[name] if convert is None else convert(given[name])
                for name, fixed, convert in self.parameters
            ]
        )

    def row(self, found: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a row as its columns' types read it."""
        if not self.converters:
            return found
        row = list(found)
        for at, convert in self.converters:
            row[at] = convert(row[at])
        return tuple(row)


def _places(count: int) -> int:
    """Return how many places a list of so many values gets."""
    return count if count <= _AS_LONG or count > _FILLED else 1 << (count - 1).bit_length()


@dataclass(slots=True)
class _StatementRuns:
    """How often a statement ran, and its plans by the names of parameters; None: SQLAlchemy's."""

    runs: int = 0
    plans: dict[tuple[str, ...], _CompiledStatement | None] = field(default_factory=dict)


class CompiledStatements:
    """Compiled statements of a database; they end with the statements."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._seen: WeakKeyDictionary[Executable, _StatementRuns] = WeakKeyDictionary()

    def of(self, statement: Executable, names: tuple[str, ...]) -> _CompiledStatement | None:
        """Return the plan of a statement; None where it is not known to run often, or needs SQLAlchemy."""
        if not isinstance(statement, (SelectBase, UpdateBase)):
            return None
        seen = self._seen.get(statement)
        if seen is None:
            seen = self._seen[statement] = _StatementRuns()
        seen.runs += 1
        if seen.runs < _OFTEN:
            return None
        if names not in seen.plans:
            seen.plans[names] = _plan(statement, names, self._dialect)
        return seen.plans[names]


def _plan(statement: SelectBase | UpdateBase, names: tuple[str, ...], dialect: Dialect) -> _CompiledStatement | None:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.positiontup is None:
        return None  # values that Python makes for each row
    binds = [compiled.binds[name] for name in compiled.positiontup]
    parameters = [_parameter(bind, names, dialect) for bind in binds]
    sql = str(compiled)
    lists = [bind.key for bind in binds if bind.expanding]
    pieces = tuple(_LIST.split(sql)) if lists else ()
    if None in parameters or (lists and (len(pieces) != len(lists) + 1 or "POSTCOMPILE" in "".join(pieces))):
        return None
    writes = isinstance(statement, UpdateBase)
    given = tuple(parameter for parameter in parameters if parameter is not None)
    plan = _CompiledStatement(sql, given, None, (), writes, frozenset(lists), pieces)
    if writes and not statement._returning:  # type: ignore[union-attr]  # noqa: SLF001 – nothing public says it
        return plan
    return _with_columns(plan, list(statement.exported_columns), dialect)


def _parameter(bind: Any, names: tuple[str, ...], dialect: Dialect) -> tuple[str | None, Any, Converter | None] | None:
    """Return a parameter as plans have it; None where SQLAlchemy makes its value."""
    if bind.literal_execute or bind.callable is not None:
        return None
    convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
    if bind.key in names:
        tuples = bind.type._is_tuple_type  # noqa: SLF001 – nothing public says it
        return None if bind.expanding and tuples else (bind.key, None, convert)
    if bind.required or bind.expanding:
        return None
    return None, bind.value if convert is None else convert(bind.value), None


def _with_columns(plan: _CompiledStatement, found: Sequence[Any], dialect: Dialect) -> _CompiledStatement | None:
    """Return the plan of a statement that returns these columns; None where SQLAlchemy has to make up names."""
    if not all(isinstance(column, (Column, Label)) for column in found):
        return None
    names = [column.name for column in found]
    if len(set(names)) != len(names):
        return None
    reads = [(at, column.type.dialect_impl(dialect).result_processor(dialect, None)) for at, column in enumerate(found)]
    columns = SimpleResultMetaData(names, extra=[(column,) for column in found])
    return replace(plan, columns=columns, converters=tuple((at, read) for at, read in reads if read is not None))


class WriteResult:
    """What comes of a statement that returns no rows."""

    __slots__ = ("rowcount",)

    def __init__(self, rowcount: int) -> None:
        self.rowcount = rowcount


class QuickConnection(Connection):
    """A connection of an engine on SQLite; `before(connection, statement)` is called before a plan that writes."""

    def __init__(self, engine: Engine, plans: CompiledStatements, before: Callable[[Connection, object], None]) -> None:
        super().__init__(engine)
        self._plans = plans
        self._before = before
        self._raw: sqlite3.Connection | None = None

    def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Run a statement, as `Connection.execute` does."""
        plan = None if execution_options else self._plan(statement, parameters)
        if plan is None:
            return super().execute(statement, parameters, execution_options=execution_options)
        cursor = self._run(plan, statement, parameters)
        if plan.columns is None:
            return WriteResult(cursor.rowcount)
        return IteratorResult(plan.columns, self._rows(plan, cursor))

    def scalar(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Run a statement and return the first value of its first row, as `Connection.scalar` does."""
        plan = None if execution_options else self._plan(statement, parameters)
        if plan is None or plan.columns is None:
            return super().scalar(statement, parameters, execution_options=execution_options)
        found = next(self._rows(plan, self._run(plan, statement, parameters)), None)
        return None if found is None else found[0]

    def scalars(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """Run a statement and return the first values of its rows, as `Connection.scalars` does."""
        return self.execute(statement, parameters, execution_options=execution_options).scalars()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Do what `begin_nested` does: take back what the block wrote where it raises. A sixth of the time."""
        self._bare("SAVEPOINT apart")
        try:
            yield
        except BaseException:
            self._bare("ROLLBACK TO apart")
            self._bare("RELEASE apart")
            raise
        self._bare("RELEASE apart")

    def _bare(self, sql: str) -> None:
        try:
            self._sqlite.execute(sql)
        except sqlite3.Error as error:
            raise _wrapped(self, sql, (), error) from error

    @property
    def _sqlite(self) -> sqlite3.Connection:
        if self._raw is None:
            self._raw = self.connection.dbapi_connection  # type: ignore[assignment]  # SQLite's own
        return self._raw  # type: ignore[return-value]

    def _plan(self, statement: Executable, parameters: Any) -> _CompiledStatement | None:
        """Return the plan of a statement; None where SQLAlchemy is to run it."""
        if parameters is None:
            names: tuple[str, ...] = ()
        elif isinstance(parameters, dict):
            names = tuple(parameters)
        elif isinstance(parameters, list) and parameters:
            names = tuple(parameters[0])
        else:
            return None
        plan = self._plans.of(statement, names)
        if plan is None or not self.in_transaction() or self.dispatch.before_cursor_execute:
            return None
        return None if (plan.columns is not None or plan.lists) and isinstance(parameters, list) else plan

    def _run(self, plan: _CompiledStatement, statement: Executable, parameters: Any) -> sqlite3.Cursor:
        if plan.writes:
            self._before(self, statement)
        many = isinstance(parameters, list)
        try:
            values: Any
            if many:
                sql, values = plan.sql, [plan.values(each) for each in parameters]
            else:
                sql, values = plan.filled(parameters or {})
        except Exception as error:  # a value's type refuses it
            raise _wrapped(self, plan.sql, parameters, error) from error
        cursor = self._sqlite.cursor()
        try:
            return cursor.executemany(sql, values) if many else cursor.execute(sql, values)
        except sqlite3.Error as error:  # what else Python raises, such as MemoryError, stays as it is
            raise _wrapped(self, sql, values, error) from error

    def _rows(self, plan: _CompiledStatement, cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
        """Yield a statement's rows as they are read, as SQLAlchemy does: some look at a whole table."""
        try:
            for found in cursor:
                yield plan.row(found)
        except sqlite3.Error as error:
            raise _wrapped(self, plan.sql, (), error) from error
        finally:
            cursor.close()


def _wrapped(connection: Connection, sql: str, values: Any, error: Exception) -> Exception:
    """Return SQLAlchemy's error of SQLite's."""
    return DBAPIError.instance(sql, values, error, sqlite3.Error, dialect=connection.dialect)
