"""Checks of what is stored, against the rules that a survey has to keep; they report and never change anything."""
