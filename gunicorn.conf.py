"""What every start of the web process has in common; gunicorn reads it by itself where it is started, in this folder."""

import os
import resource
import tempfile

worker_class = "lms.webworker.Worker"
timeout = 60  # seconds without a sign of life from a worker
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()  # its sign of life is a file's time
control_socket_disable = True  # one for all processes of a user, under their home: two products would share it

# Many systems let a process open 1,024 files until it asks for more. A worker of gunicorn's that can't open one more for somebody
# who comes ends, with all that it was about to answer; so it asks, and takes no more people than there is room for.
_files, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
_room = 4096 if _most == resource.RLIM_INFINITY else min(_most, 4096)
if _files != resource.RLIM_INFINITY and _files < _room:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_room, _most))
worker_connections = min(1000, _room // 2)
