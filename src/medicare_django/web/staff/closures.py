"""Days and hours at which the whole clinic is closed."""

from medicare_django.web import absences
from medicare_django.web.portals import STAFF

_CLASH = "would fall into this closure"


class Closures(absences.Absences):
    portal = STAFF
    template_name = "web/staff/closures.html"


class AddClosure(absences.AddAbsence):
    portal = STAFF
    back = "staff:closures"
    template_name = "web/staff/add_closure.html"
    clash = _CLASH


class DeleteClosure(absences.DeleteAbsence):
    portal = STAFF
    back = "staff:closures"
    clash = _CLASH
    noun = "this closure"
