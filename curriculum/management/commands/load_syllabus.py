from pathlib import Path

import yaml
from django.core.management.base import BaseCommand, CommandError

from curriculum.syllabus_file import SyllabusFileError, load


class Command(BaseCommand):
    help = "Loads a syllabus version from a YAML file and puts it in force from its date. The same file twice is harmless."

    def add_arguments(self, parser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, verbosity: int, **options) -> None:
        try:
            data = yaml.safe_load(file.read_text("utf-8"))
            loaded = load(data)
        except (OSError, yaml.YAMLError) as error:
            raise CommandError(f"{file}: {error}") from error
        except SyllabusFileError as error:
            raise CommandError(f"{file}: nothing was loaded\n  " + "\n  ".join(error.problems)) from error
        if verbosity:
            what = "loaded" if loaded.created else "already there, unchanged"
            self.stdout.write(f"{loaded.syllabus}: {what}, {loaded.syllabus.content_hash}")
