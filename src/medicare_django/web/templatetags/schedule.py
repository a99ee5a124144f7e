"""Schedules in the templates of all portals: `{% load schedule %}`."""

from django import template

from medicare_django.web import words

register = template.Library()
register.filter(words.absence_words)
