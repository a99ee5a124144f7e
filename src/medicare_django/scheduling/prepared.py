"""Querysets that are compiled once per database and run again with other parameters.

Building and compiling a queryset costs more than running it: docs/decisions/0006-prepared-queries.md.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Field, QuerySet, Value


class _Gap(NamedTuple):
    """Stands in the compiled parameters where a value is filled in."""

    name: str
    field: "Field[Any, Any]"


class Param(Value):
    """A value that is named when the queryset is built and given when it is run."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(name, output_field=field)
        self.gap = _Gap(name, field)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        del compiler, connection
        return "%s", (self.gap,)


class _Compiled(NamedTuple):
    sql: str
    params: tuple[Any, ...]
    converters: list[tuple[int, tuple[list[Callable[[Any, Any, Any], Any]], Any]]]


class Prepared:
    """`build` makes a queryset of tuples with a `Param` for each value that varies."""

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        compiled = self._compiled.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, [_fill(param, values) for param in compiled.params])
            found = cursor.fetchall()
        return [_convert(row, compiled) for row in found]

    def _compile(self) -> _Compiled:
        compiler = self._build().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        selected = [column[0] for column in compiler.select[: compiler.col_count]]
        converters = list(compiler.get_converters(selected).items())
        compiled = _Compiled(sql, tuple(params), converters)
        self._compiled[connection.vendor] = compiled
        return compiled


def _fill(param: Any, values: dict[str, Any]) -> Any:
    if isinstance(param, _Gap):
        return param.field.get_db_prep_value(values[param.name], connection)
    return param


def _convert(row: tuple[Any, ...], compiled: _Compiled) -> tuple[Any, ...]:
    values = list(row)
    for position, (functions, expression) in compiled.converters:
        for function in functions:
            values[position] = function(values[position], expression, connection)
    return tuple(values)
