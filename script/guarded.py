"""Runs gunicorn or celery and ends it, with everything it started, when the launcher is gone, even by kill -9.

Linux tells a child of its parent's death, but not its grandchildren, and a process that is busy ending does not hurry.
So a small process beside it holds the reading end of a pipe whose other end only the launcher has: when that closes, the
whole process group gets SIGTERM, and five seconds later SIGKILL.
"""

import os
import runpy
import select
import signal
import sys
import time


def watch(lifeline: int, guarded: int) -> None:
    """Wait until the launcher or the guarded process is gone, then end the group, this process with it."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # it is in the group it ends
    while os.getppid() == guarded:
        if select.select([lifeline], [], [], 1)[0]:
            os.killpg(0, signal.SIGTERM)
            deadline = time.monotonic() + 5
            while os.getppid() == guarded and time.monotonic() < deadline:
                time.sleep(0.1)
            break
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    lifeline = int(os.environ.pop("LMS_LIFELINE", "-1"))
    if lifeline >= 0 and os.getpid() == os.getpgid(0):
        guarded = os.getpid()
        if os.fork() == 0:
            watch(lifeline, guarded)
    sys.path.insert(0, os.getcwd())
    module = {"gunicorn": "gunicorn", "celery": "celery"}[sys.argv[1]]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
