"""Structured logs: one JSON object a line, without personal data."""

import logging

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
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def drop_request_objects(logger, name, event: dict) -> dict:
    """Django attaches the whole request to its records; its URL and user don't belong in a log."""
    for key in ("request", "server_time", "status_code_text"):
        event.pop(key, None)
    return event
