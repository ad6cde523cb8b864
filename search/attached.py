"""The text of files of the petitions on a page, for deciding and quoting: read only where it is needed, and once."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from petitions.queries.file_texts import file_sources

FILE_READ = 40_000
"""Characters read of one file for quoting; what lies beyond is searched but not quoted."""
FILES_READ = 5

NameAndText = tuple[str, str]


class Attached:
    """Files of petitions that the reader may see; whoever asks has made sure of that."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[int, Sequence[NameAndText]] = {}

    def read(self, petition_ids: Iterable[int]) -> None:
        """Read the files of all these petitions with one question."""
        wanted = [petition_id for petition_id in petition_ids if petition_id not in self._known]
        if not wanted:
            return
        self._known.update((petition_id, ()) for petition_id in wanted)
        for source in file_sources(self._session, wanted, text_limit=FILE_READ):
            self._known[source.petition_id] = [(name, text) for _id, name, text in source.texts]

    def of(self, petition_id: int) -> Sequence[NameAndText]:
        """Name and text of the first files of a petition; empty where it has none."""
        self.read([petition_id])
        return self.known(petition_id)

    def known(self, petition_id: int) -> Sequence[NameAndText]:
        """The same, of what was read so far."""
        return self._known.get(petition_id, ())[:FILES_READ]

    def unread(self, petition_id: int) -> bool:
        """Whether its files hold more than what was read."""
        files = self._known.get(petition_id, ())
        return len(files) > FILES_READ or any(len(text) >= FILE_READ for _name, text in files)
