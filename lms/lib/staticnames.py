"""Addresses of static files as the manifest of this release names them: each is worked out once in a process."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ReleaseStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage with a memory. A page names a dozen files, and a manifest does not change while a process runs."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        if force:  # collectstatic, which makes the manifest
            return super().url(name, force=force)
        if name not in self._addresses:
            self._addresses[name] = super().url(name)
        return self._addresses[name]
