"""A batch of certificates for many requests: its files, each of which is then read by itself.

`reading` reads what belongs to one request, and has limits for that.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence

from onboarding.messages.finding import Finding
from onboarding.pki.intake.archives import ENCRYPTED_FLAG, SYSTEM_FILES, SYSTEM_FOLDER, ZIP_ERRORS
from onboarding.pki.intake.containers import CONTAINER_LIMIT_KIB, Upload, not_a_certificate, safe_file_name
from onboarding.pki.intake.file_types import ZIP, FileType
from onboarding.pki.intake.files import too_large

BATCH_FILES_MAX = 500  # the certificates of a batch, with the CSRs that came along
BATCH_KIB_MAX = 8 * 1024  # of all files, unpacked
OFFICE_DOCUMENT = "[Content_Types].xml"  # `reading` reads these as documents
BATCH_ERRORS = (*ZIP_ERRORS, EOFError, OSError, RuntimeError, ValueError)


def split_batch(uploads: Sequence[Upload]) -> Iterator[Upload | Finding]:
    """Yield the files in `uploads` and in the zip files among them, or a finding for one that is not read.

    A zip file within another is read by `reading`. At the limits of the batch, the last finding says so.
    """
    count = size = 0
    for upload in uploads:
        for file in _files_of(upload):
            if isinstance(file, Upload):
                count, size = count + 1, size + len(file.data)
                if count > BATCH_FILES_MAX or size > BATCH_KIB_MAX * 1024:
                    yield Finding("too_many_entries", params={"limit": BATCH_FILES_MAX}, variant="all")
                    return
            yield file


def _files_of(upload: Upload) -> Iterator[Upload | Finding]:
    if not upload.data.startswith(ZIP):
        yield upload
        return
    try:
        with zipfile.ZipFile(io.BytesIO(upload.data)) as archive:
            if OFFICE_DOCUMENT in archive.namelist():
                yield upload
                return
            for entry in archive.infolist()[: 2 * BATCH_FILES_MAX]:
                if not entry.is_dir() and not _is_of_system(entry.filename):
                    yield _read_entry(archive, entry)
    except BATCH_ERRORS:
        yield not_a_certificate(safe_file_name(upload.name), FileType.DAMAGED_ZIP)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Upload | Finding:
    """Return one file of a zip file. Its stated size is not trusted, and no more than the limit is unpacked."""
    name, limit = safe_file_name(entry.filename), CONTAINER_LIMIT_KIB * 1024
    if entry.flag_bits & ENCRYPTED_FLAG:
        return not_a_certificate(name, FileType.ENCRYPTED_ZIP)
    try:
        with archive.open(entry) as file:
            data = file.read(limit + 1)
    except BATCH_ERRORS:
        return not_a_certificate(name, FileType.DAMAGED_ZIP)
    return too_large(name, CONTAINER_LIMIT_KIB) if len(data) > limit else Upload(name, data)


def _is_of_system(path: str) -> bool:
    return path.startswith(SYSTEM_FOLDER) or path.rpartition("/")[2] in SYSTEM_FILES
