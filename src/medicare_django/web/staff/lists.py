"""Lists that are searched, narrowed, sorted and paged, all of it by the query string."""

from typing import Any, ClassVar, NamedTuple

from attrs import frozen
from django import forms
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from medicare_django.accounts.search import folded, has_all, words_of
from medicare_django.web.portals import page_of
from medicare_django.web.staff.portal import StaffView


class Filters(forms.Form):
    """What a list is narrowed to. A value that cannot be read narrows nothing, and is told."""

    search = forms.CharField(
        label="Search", required=False, max_length=100, widget=forms.SearchInput()
    )

    @property
    def others(self) -> list[forms.BoundField]:
        """All but the search, which stays in view where the others are folded away."""
        return [field for field in self if field.name != "search"]

    @property
    def narrowing(self) -> int:
        """How many of the others are in use."""
        return sum(1 for field in self.others if self.cleaned_data.get(field.name))


@frozen
class Column:
    """`by` are the fields that it sorts by, under its `name` in the query string; none: it does not.

    Where the first of them is for people to read, it is compared without case and accents.
    """

    label: str
    name: str = ""
    by: tuple[str, ...] = ()
    is_text: bool = False


class Head(NamedTuple):
    """A column as it is shown; `sort` is what its link asks for."""

    label: str
    sort: str
    aria_sort: str


class ListView(StaffView):
    """`search_in` are the fields of a row in which each word that is looked for may stand."""

    template: str
    filters: type[Filters]
    columns: ClassVar[tuple[Column, ...]]
    search_in: ClassVar[tuple[str, ...]]

    def rows(self, asked: dict[str, Any]) -> QuerySet[Any]:
        """Those that are asked for, but for the search."""
        raise NotImplementedError

    def usual_sort(self) -> str:
        """The name of a column, with a minus in front where the last comes first."""
        raise NotImplementedError

    def more(self, page: Page[Any]) -> dict[str, Any]:
        """What the template needs beside the page."""
        return {}

    def get(self, request: HttpRequest) -> HttpResponse:
        form = self.filters(request.GET)
        form.is_valid()
        asked = form.cleaned_data
        sort = self._sort(request)
        page = self._page(asked, sort)
        is_narrowed = bool(form.narrowing or asked.get("search"))
        context = {
            "form": form,
            "page": page,
            "heads": [_head(column, sort) for column in self.columns],
            "sort": request.GET.get("sort", ""),
            "is_narrowed": is_narrowed,
            **self.more(page),
        }
        return render(request, self.template, context)

    def _sort(self, request: HttpRequest) -> str:
        sort = request.GET.get("sort", "")
        known = {column.name for column in self.columns if column.by}
        return sort if sort.removeprefix("-") in known else self.usual_sort()

    def _page(self, asked: dict[str, Any], sort: str) -> Page[Any]:
        name = sort.removeprefix("-")
        [column] = [column for column in self.columns if column.by and column.name == name]
        sign, words = sort[: -len(name)], words_of(asked.get("search", ""))
        rows = self.rows(asked).order_by(*(sign + field for field in column.by), "pk")
        if not (words or column.is_text):
            return page_of(self.request, rows)
        texts = rows.values_list("pk", column.by[0], *self.search_in)
        found = [(pk, first) for pk, first, *own in texts if has_all(words, *own)]
        if column.is_text:
            found.sort(key=lambda each: folded(each[1]), reverse=bool(sign))
        return self._page_by_ids(rows, [pk for pk, _ in found])

    def _page_by_ids(self, rows: QuerySet[Any], ids: list[Any]) -> Page[Any]:
        page = page_of(self.request, ids)
        found = rows.in_bulk(page.object_list)
        page.object_list = [found[pk] for pk in page.object_list if pk in found]
        return page


def _head(column: Column, sort: str) -> Head:
    if not column.by:
        return Head(column.label, "", "")
    if sort == column.name:
        return Head(column.label, f"-{column.name}", "ascending")
    is_down = sort == f"-{column.name}"
    return Head(column.label, column.name, "descending" if is_down else "")
