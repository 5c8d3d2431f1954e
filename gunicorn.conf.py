"""What every start of the web process has in common; gunicorn reads it by itself where it is started, in this folder."""

import os
import tempfile

worker_class = "lms.webworker.Worker"
timeout = 60  # seconds without a sign of life from a worker
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()  # its sign of life is a file's time
control_socket_disable = True  # one for all processes of a user, under their home: two products would share it
