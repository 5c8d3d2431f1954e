"""Runs gunicorn or celery and ends it, with everything it started, when the launcher is gone.

Linux tells a child of its parent's death, but not its grandchildren, and other systems tell nobody; so a thread looks,
twice a second, whether the launcher's process still exists, and ends the whole process group when it does not.
"""

import os
import runpy
import signal
import sys
import threading
import time


def watch(launcher: int) -> None:
    while True:
        time.sleep(0.5)
        if os.getppid() != launcher:
            os.killpg(os.getpgid(0), signal.SIGTERM)
            time.sleep(5)
            os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    launcher = int(os.environ.get("LMS_LAUNCHER_PID", "0"))
    if launcher and os.getpid() == os.getpgid(0):
        threading.Thread(target=watch, args=(launcher,), daemon=True).start()
    sys.path.insert(0, os.getcwd())
    module = {"gunicorn": "gunicorn", "celery": "celery"}[sys.argv[1]]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
