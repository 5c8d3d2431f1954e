"""The worker's part: what was marked, and now and then everything, in case a change came by a way nobody listens to."""

from lms.lib.jobs.registry import job

from . import index
from .registry import SOURCES


@job("search.sync")
def sync_marked(handle, **args) -> None:
    """Index what was marked, until nothing is."""
    done = 0
    while count := index.sync_dirty():
        done += count
        handle.beat(done=done)


@job("search.sweep", every=120)
def sweep(handle, **args) -> None:
    """Marks that no worker was told of: one was running while they were written."""
    sync_marked(handle)


@job("search.mend", every=60 * 60)
def mend(handle, **args) -> None:
    """Compare the whole index with its sources by their stamps and write what differs."""
    seen = 0
    for name in list(SOURCES):
        for ids in index.batches(SOURCES[name].ids()):
            index.sync(name, ids)
            seen += len(ids)
            handle.beat(done=seen)
