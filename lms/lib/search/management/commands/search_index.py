"""`manage.py search_index`: bring the search index up to date, or only say what is stale."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.lib.search import index
from lms.lib.search.models import SearchEntry
from lms.lib.search.registry import SOURCES


class Command(BaseCommand):
    help = (
        "Brings the search index up to date with everything that can be found. --rebuild starts from an empty index, "
        "--audit changes nothing and ends with code 1 when an entry is missing, outdated or too much."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="empty the index first")
        parser.add_argument("--audit", action="store_true", help="only compare")
        parser.add_argument("--source", choices=sorted(SOURCES), help="only this source")

    def handle(self, *args: Any, rebuild: bool, audit: bool, source: str | None, **options: Any) -> None:
        if rebuild and audit:
            raise CommandError("--rebuild and --audit exclude each other.")
        if rebuild:
            index.clear()
        names = [source] if source else sorted(SOURCES)
        differing = 0
        for name in names:
            seen = 0
            for rows, found in index.stale(name):
                seen += rows
                differing += found.count
                if audit:
                    self._tell(found)
                elif found.count:
                    ids = {d.object_id for d in found.write} | {e.object_id for e, _a in found.grant}
                    index.sync(name, sorted(ids | {entry.object_id for entry in found.gone}))
                if options["verbosity"] > 1:
                    self.stdout.write(f"{name}: {seen} looked at, {differing} differed so far")
            self.stdout.write(f"{name}: {seen} looked at")
        for name in [] if source else index.orphans():
            count = SearchEntry.objects.filter(source=name).count()
            differing += count
            self.stdout.write(f"{name}: {count} entries of a source that is gone")
            if not audit:
                SearchEntry.objects.filter(source=name).delete()
        if audit and differing:
            raise CommandError(f"{differing} entries of the search index are stale; run manage.py search_index.")
        self.stdout.write(self.style.SUCCESS(f"{differing} entries {'stale' if audit else 'written'}"))

    def _tell(self, found: index.Difference) -> None:
        for document in found.write:
            self.stdout.write(f"missing or outdated: {document.key}")
        for entry, audiences in found.grant:
            self.stdout.write(f"wrong audiences: {entry.key} (should be {', '.join(sorted(audiences))})")
        for entry in found.gone:
            self.stdout.write(f"gone: {entry.key}")
