"""Identities, given by whoever embeds the core."""

from typing import NewType
from uuid import UUID

DoctorId = NewType("DoctorId", int)
PatientId = NewType("PatientId", int)
AppointmentId = NewType("AppointmentId", UUID)
