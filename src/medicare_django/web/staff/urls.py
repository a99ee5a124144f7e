from django.urls import path

from medicare_django.web import logins
from medicare_django.web.portals import STAFF
from medicare_django.web.profiles import own_account
from medicare_django.web.staff import (
    appointments,
    closures,
    dashboard,
    doctor,
    doctors,
    patient,
    patients,
    practice,
)

_APPOINTMENT = "dashboard/appointments/<uuid:appointment>/"
_DOCTOR = "dashboard/doctors/<id:doctor>/"
_PATIENT = "dashboard/patients/<id:patient>/"

urlpatterns = [
    path("login/", logins.LogIn.as_view(portal=STAFF), name="login"),
    path("logout/", logins.LogOut.as_view(portal=STAFF), name="logout"),
    path("dashboard/", dashboard.Dashboard.as_view(), name="dashboard"),
    path("dashboard/appointments/", appointments.Appointments.as_view(), name="appointments"),
    path(f"{_APPOINTMENT}cancel/", appointments.Cancel.as_view(), name="cancel-appointment"),
    path("dashboard/doctors/", doctors.Doctors.as_view(), name="doctors"),
    path("dashboard/doctors/add/", doctor.AddDoctor.as_view(), name="add-doctor"),
    path(_DOCTOR, doctor.DoctorPage.as_view(), name="doctor"),
    path(f"{_DOCTOR}invite/", doctor.InviteAgain.as_view(), name="invite-doctor"),
    path(
        f"{_DOCTOR}time-zone/",
        practice.ChangeTimeZone.as_view(),
        name="change-time-zone",
    ),
    path(
        f"{_DOCTOR}deactivate/",
        practice.DeactivateDoctor.as_view(),
        name="deactivate-doctor",
    ),
    path(f"{_DOCTOR}activate/", practice.ActivateDoctor.as_view(), name="activate-doctor"),
    path("dashboard/patients/", patients.Patients.as_view(), name="patients"),
    path(_PATIENT, patient.PatientPage.as_view(), name="patient"),
    path(
        f"{_PATIENT}deactivate/",
        patient.DeactivatePatient.as_view(),
        name="deactivate-patient",
    ),
    path(f"{_PATIENT}activate/", patient.ActivatePatient.as_view(), name="activate-patient"),
    path("dashboard/closures/", closures.Closures.as_view(), name="closures"),
    path("dashboard/closures/add/", closures.AddClosure.as_view(), name="add-closure"),
    path(
        "dashboard/closures/<id:pk>/delete/",
        closures.DeleteClosure.as_view(),
        name="delete-closure",
    ),
    *own_account(STAFF, "dashboard/"),
]
