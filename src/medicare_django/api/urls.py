from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from medicare_django.api import (
    absences,
    appointments,
    docs,
    doctors,
    exceptions,
    history,
    passwords,
    profile,
    registration,
    reports,
    schedule,
    sessions,
    staff,
)


@csrf_exempt
def unknown_path(request: HttpRequest) -> HttpResponse:
    response: HttpResponse = exceptions.page_not_found(request)
    return response


urlpatterns = [
    path("schema/", docs.Description.as_view(), name="schema"),
    path("docs/", docs.Page.as_view()),
    path("register/", registration.Register.as_view()),
    path("verify-email/", registration.VerifyEmail.as_view()),
    path("resend-otp/", registration.ResendCode.as_view()),
    path("login/", sessions.LogIn.as_view()),
    path("token/", sessions.Token.as_view()),
    path("refresh/", sessions.Refresh.as_view()),
    path("logout/", sessions.LogOut.as_view()),
    path("password/change/", passwords.ChangePassword.as_view()),
    path("password/reset/", passwords.RequestPasswordReset.as_view()),
    path("password/reset/confirm/", passwords.ResetPassword.as_view()),
    path("profile/", profile.Profile.as_view()),
    path("create-doctor/", staff.CreateDoctor.as_view()),
    path("doctors/", doctors.Doctors.as_view()),
    path("doctors/<id:doctor>/", doctors.OneDoctor.as_view()),
    path("doctors/<id:doctor>/image/", doctors.Image.as_view()),
    path("doctor/<id:doctor>/availability/", doctors.Availability.as_view()),
    path("doctor/<id:doctor>/timeslots/", doctors.TimeSlots.as_view()),
    path("book-appointment/", appointments.Book.as_view()),
    path("appointments/history/", history.History.as_view()),
    path("appointments/<uuid:appointment>/reschedule/", appointments.Reschedule.as_view()),
    path("appointments/<uuid:appointment>/cancel/", appointments.Cancel.as_view()),
    path("availability/", schedule.Rules.as_view()),
    path("availability/<id:rule>/", schedule.OneRule.as_view()),
    path("time-off/", absences.TimesOff.as_view()),
    path("time-off/<id:absence>/", absences.OneTimeOff.as_view()),
    path("closures/", absences.Closures.as_view()),
    path("closures/<id:absence>/", absences.OneClosure.as_view()),
    path("reports/", reports.Reports.as_view()),
    path("reports/upload/", reports.Upload.as_view()),
    path("reports/<uuid:report>/file/", reports.ReportFile.as_view()),
    # Last: without it, a path that lacks its slash is redirected, and a POST loses its body.
    re_path("", unknown_path),
]
