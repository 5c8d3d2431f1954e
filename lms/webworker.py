"""gunicorn's threads, with one habit more: a thread that has answered looks out for the next request of the same connection.

gunicorn gives every connection back to its main thread after every answer; that one wakes for it, listens to it, wakes again for
its next request and hands it to a thread. A browser that has a page asks for what belongs to it at once, and a proxy asks on the
connection it used last: for them those are two waits for Python's lock too many (bench/README.md). Nobody waits
for this: it is done by a thread that nothing else wants, for five milliseconds at most, and it looks up every one of them.
"""

import select
from collections import deque

from gunicorn.workers.gthread import TConn, ThreadWorker

LOOKS = 5  # of a millisecond each


class Worker(ThreadWorker):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: deque[TConn] = deque()  # given to the threads, begun by none

    def enqueue_req(self, conn: TConn) -> None:
        self._waiting.append(conn)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> object:
        """Return True where the connection is to be kept, as gunicorn's own does, after one request or several."""
        self._waiting.popleft()  # whichever: only how many there are counts
        kept = super().handle(conn)
        while kept is True and self.alive and self._asks_at_once(conn):
            kept = super().handle(conn)
        return kept

    def _asks_at_once(self, conn: TConn) -> bool:
        socket = select.poll()
        socket.register(conn.sock, select.POLLIN)
        return any(not self._waiting and socket.poll(1) for _look in range(LOOKS))
