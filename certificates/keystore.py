"""The issuer's keys: the public half and life of each as rows, the private half as files in `LMS_KEYS_DIR`."""


def public_did_document() -> dict | None:
    return None
