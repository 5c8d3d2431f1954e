"""Structured logs: one JSON object a line, without personal data."""

import logging
import re

import structlog


def formatter() -> logging.Formatter:
    """Return the formatter that `settings.LOGGING` names."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            drop_request_objects,
            hide_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def drop_request_objects(logger, name, event: dict) -> dict:
    """Django attaches the whole request to its records and writes its path, where tokens stand, into the message; the
    access log's line beside it names the route."""
    if event.pop("request", None) is not None and isinstance(event.get("event"), str):
        event["event"] = event["event"].partition(": /")[0]
    event.pop("server_time", None)
    return event


EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
LONG_NUMBER = re.compile(r"(?<![\w-])\d{11,17}[\dXx]?(?![\w-])")  # telephone and identity numbers


def hide_personal_data(logger, name, event: dict) -> dict:
    """Texts of exceptions and of libraries quote what people typed: addresses and long numbers are cut out."""
    for key, value in event.items():
        if isinstance(value, str) and key not in ("timestamp", "request_id"):
            event[key] = LONG_NUMBER.sub("[number]", EMAIL.sub("[e-mail]", value))
    return event
