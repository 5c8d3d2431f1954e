"""Turns news (signals) into tasks."""
