"""What a certificate costs a worker, and a check of its PDF the web: `.venv/bin/python -m bench.document [count]`."""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from certificates.document.render import CertificateDocument, render_pdf
from certificates.document.signature_check import check_signature
from certificates.document.signing import PdfIdentity, make_self_signed, read_key, sign_pdf, signer_in_memory

WORDS = ("level", "syllabus", "course", "base", "authority")
TEXT = dict.fromkeys(WORDS, "技术经理人培养基地") | {f"{name}_en": "Technology manager" for name in WORDS}


def document(number: int) -> CertificateDocument:
    return CertificateDocument(
        number=f"TM-J-{number:05}-00000-0", name="陈䶮样", name_latin="CHEN Yanyang", syllabus_version="2020",
        issued_on="2026-10-07", valid_until="2029-10-07", verify_url="https://lms.example/v/abcdefgh12345678/",
        verify_page="https://lms.example/verify/", is_sample=True, hours_verified=False, signed_at=datetime.now(UTC),
        **TEXT,
    )  # fmt: skip


def main(count: int) -> None:
    key, chain = read_key(make_self_signed("Bench", at=datetime.now(UTC)))
    identity = PdfIdentity(signer_in_memory(key, chain))
    sign_pdf(render_pdf(document(0), b"{}"), identity)  # font, compiler, modules
    times: dict[str, list[float]] = {"draw": [], "sign (B-B)": [], "check the signature": []}

    def timed(name: str, work: Callable):
        began = time.perf_counter()
        result = work()
        times[name].append((time.perf_counter() - began) * 1000)
        return result

    for number in range(count):
        drawn = timed("draw", lambda number=number: render_pdf(document(number), b"{}"))
        signed = timed("sign (B-B)", lambda drawn=drawn: sign_pdf(drawn, identity))
        assert timed("check the signature", lambda signed=signed: check_signature(signed, chain)) == "whole"
    for name, values in times.items():
        print(f"{name}: median {statistics.median(values):.1f} ms, worst {max(values):.1f} ms ({count} certificates)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
