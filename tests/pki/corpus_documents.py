"""Archives of every kind, and documents with a certificate in their text or attached to them."""

import base64
import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile

from pypdf import PdfWriter

from tests.pki.corpus_containers import zip_of
from tests.pki.corpus_emails import email, multipart, part, rtf
from tests.pki.formats.compound_file import compound_file, packaged
from tests.pki.formats.seven_zip import METHODS, seven_zip
from tests.pki.workshop import der


def both(shop):
    return {"certificates/certificate.pem": shop.leaf, "ca.pem": shop.authorities}


def tar_of(contents, form=tarfile.PAX_FORMAT, mode="w"):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode, format=form) as archive:
        folder = tarfile.TarInfo("certificates")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        link = tarfile.TarInfo("latest")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        for name, data in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def zip_with(contents, packing):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return packed.getvalue()


def streamed_zip(contents):
    """Return a zip file as a program writes it to a pipe: sizes after the data, and in the format for large files."""

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError

    packed = Pipe()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(data)
    return with_large_directory(packed.getvalue())


def with_large_directory(data):
    """Return the zip file with the end of directory that large files need, which some programs always write."""
    at = data.rfind(b"PK\x05\x06")
    count, size, offset = struct.unpack_from("<HLL", data, at + 10)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + record + locator + end


def marked(data, offset, value):
    """Return a zip file with two bytes of every local header and directory entry replaced."""
    for magic, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        at = data.find(magic)
        while at >= 0:
            data = data[: at + offset + shift] + struct.pack("<H", value) + data[at + offset + shift + 2 :]
            at = data.find(magic, at + 4)
    return data


LONG = "/".join("d" * 60 for _ in range(4))
ARCHIVES = {
    "zip_without_names": lambda shop: zip_of({zipfile.ZipInfo(""): shop.everything}),
    **{
        f"tar_{name}": lambda shop, form=form: tar_of(both(shop), form)
        for name, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("ustar", tarfile.USTAR_FORMAT))
    },
    **{
        f"tar_with_long_names_{name}": lambda shop, form=form: tar_of({f"{LONG}/é.pem": shop.everything}, form)
        for name, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT))
    },
    **{f"tar_{kind}": lambda shop, kind=kind: tar_of(both(shop), mode=f"w:{kind}") for kind in ("gz", "bz2", "xz")},
    "tar_from_a_mac": lambda shop: tar_of({"._ca.pem": b"\0\5\x16\7"} | both(shop)),
    "gz": lambda shop: gzip.compress(shop.everything),
    "gz_twice": lambda shop: gzip.compress(shop.leaf) + gzip.compress(shop.authorities),
    "gz_of_zip": lambda shop: gzip.compress(zip_of(both(shop))),
    "bz2": lambda shop: bz2.compress(shop.everything),
    "xz": lambda shop: lzma.compress(shop.everything, preset=9),
    "lzma": lambda shop: lzma.compress(shop.everything, lzma.FORMAT_ALONE),
    "zip_bzip2": lambda shop: zip_with(both(shop), zipfile.ZIP_BZIP2),
    "zip_lzma": lambda shop: zip_with(both(shop), zipfile.ZIP_LZMA),
    "zip_streamed": lambda shop: streamed_zip(both(shop)),
    **{
        f"seven_zip_{method}{'_with_packed_header' * packs}": lambda shop, method=method, packs=packs: seven_zip(
            both(shop), method, packs_header=packs
        )
        for method in METHODS
        if method not in ("aes", "ppmd")
        for packs in (False, True)
    },
    "seven_zip_in_zip_in_tar": lambda shop: tar_of({"a.zip": zip_of({"b.7z": seven_zip(both(shop))})}),
    "email_with_tar": lambda shop: email(multipart("mixed", part(tar_of(both(shop), mode="w:gz"), name="c.tgz"))),
}


def split(line, seed):
    """Return the line in pieces, as a text processor stores text that was edited."""
    rnd, pieces = random.Random(seed), []  # no secret
    while line:
        size = rnd.randint(1, 12)
        pieces.append(line[:size])
        line = line[size:]
    return pieces


def lines(shop):
    return shop.everything.decode().splitlines()


def office(contents):
    return zip_of({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<Relationships/>"} | contents)


def word(paragraphs, **more):
    body = "".join(f"<w:p><w:pPr/>{each}</w:p>" for each in paragraphs)
    return office({"word/document.xml": f"<w:document><w:body>{body}</w:body></w:document>".encode(), **more})


def runs(pieces):
    return "".join(
        f'<w:r><w:rPr><w:lang w:val="fr"/></w:rPr><w:t xml:space="preserve">{each}</w:t></w:r>' for each in pieces
    )


def ole_object(name, data):
    return compound_file({"\x01Ole10Native": packaged(name, data), "\x01CompObj": bytes(80)})


def open_document(contents):
    return zip_of(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": contents.encode(), "a/b.xml": b""}
    )


def old_word(shop, encoding):
    contents = bytes(1536) + shop.everything.replace(b"\n", b"\r").decode().encode(encoding) + bytes(3000)
    return compound_file({"WordDocument": contents, "1Table": bytes(5000), "\x05SummaryInformation": bytes(300)})


def rtf_object(name, data):
    package = packaged(name, data)[4:]
    header = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + struct.pack("<III", 0, 0, len(package))
    digits = (header + package).hex()
    wrapped = "\r\n".join(digits[start : start + 128] for start in range(0, len(digits), 128))
    start = b"{\\rtf1\\ansi See:{\\object\\objemb{\\*\\objclass Package}{\\*\\objdata "
    return start + wrapped.encode() + b"}{\\result x}}}"


def pdf_of(pages):
    """Return a PDF document with lines of text on each page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"]
    kids = []
    for page in pages:
        shown = b"".join(b"(%s) Tj T*\n" % line.encode().replace(b"(", b"\\(") for line in page)
        stream = b"BT /F1 8 Tf 10 TL 40 800 Td\n" + shown + b"ET"
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 850] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    written, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start, count = len(written), len(objects) + 1
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return written + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)


def pdf_with(attachments=(), password=None):
    writer = PdfWriter()
    writer.add_blank_page(500, 500)
    for name, data in attachments:
        writer.add_attachment(name, data)
    if password is not None:
        writer.encrypt(password, "owner", algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


DOCUMENTS = {
    "word": lambda shop: word(runs([line]) for line in lines(shop)),
    "word_split": lambda shop: word(runs(split(line, number)) for number, line in enumerate(lines(shop))),
    "word_breaks": lambda shop: word(["<w:br/>".join(f"<w:t>{line}</w:t>" for line in lines(shop))]),
    "word_footer": lambda shop: word([], **{"word/footer1.xml": b"<w:p>" + shop.everything + b"</w:p>"}),
    "word_objects": lambda shop: word(
        ["See the file"],
        **{
            "word/embeddings/oleObject1.bin": ole_object("leaf.cer", der(shop.leaf)),
            "word/embeddings/oleObject2.bin": ole_object("ca.zip", zip_of({"ca.pem": shop.authorities})),
        },
    ),
    "excel": lambda shop: office(
        {"xl/workbook.xml": b"<workbook/>", "xl/sharedStrings.xml": b"<si><t>" + shop.everything + b"</t></si>"}
    ),
    "powerpoint": lambda shop: office(
        {"ppt/slides/slide1.xml": "".join(f"<a:p><a:t>{line}</a:t></a:p>" for line in lines(shop)).encode()}
    ),
    "xps": lambda shop: office(
        {"Documents/1/Pages/1.fpage": "".join(f'<Glyphs UnicodeString="{line}"/>' for line in lines(shop)).encode()}
    ),
    "open_document": lambda shop: open_document(
        "".join(f"<text:p>{line.replace(' ', '<text:s/>')}</text:p>" for line in lines(shop))
    ),
    "open_document_in_one_file": lambda shop: (
        "<?xml version='1.0'?><office:document>" + "".join(f"<text:p>{line}</text:p>" for line in lines(shop))
    ).encode(),
    "old_word": lambda shop: old_word(shop, "cp1252"),
    "old_word_in_utf_16": lambda shop: old_word(shop, "utf-16-le"),
    "old_word_object": lambda shop: compound_file(
        {"WordDocument": bytes(5000), "ObjectPool": {"_1": {"\x01Ole10Native": packaged("a.pem", shop.everything)}}}
    ),
    "rtf": rtf,
    "rtf_split": lambda shop: b"{\\rtf1\\ansi " + "\\par ".join(
        "".join(f"{{\\rtlch\\fcs1 \\insrsid123 {each}}}\r\n" for each in split(line, number))
        for number, line in enumerate(lines(shop))
    ).encode() + b"}",
    "rtf_object": lambda shop: rtf_object("a.pem", shop.everything),
    "pdf": lambda shop: pdf_of([lines(shop)]),
    "pdf_on_pages": lambda shop: pdf_of([lines(shop)[:30], lines(shop)[30:]]),
    "pdf_attachments": lambda shop: pdf_with([("leaf.cer", der(shop.leaf)), ("ca.pem", shop.authorities)]),
    "pdf_for_the_owner": lambda shop: pdf_with([("a.pem", shop.everything)], password=""),
    "pdf_in_an_email": lambda shop: email(multipart("mixed", part(pdf_of([lines(shop)]), "application/pdf", "a.pdf"))),
}  # fmt: skip

# Archives that 7-Zip 26 made: 7zz a, with -psecret, with -psecret -mhe=on, and with -m0=PPMd.
SEVEN_ZIP_SAMPLES = {
    name: base64.b64decode(encoded)
    for name, encoded in {
        "three_files":
        "N3q8ryccAATQl5tjiQAAAAAAAAAhAAAAAAAAAM7YAyngACYAEl0ANBlJ7o3pT36cIRak4LKcG6AAAAAAgTMHrg/PpC64D+vqnL82"
        "Pf6I7foNrUtSMYauEShBMmbjivs5W81g7f045XoXk4TEWwqWaoeOzO0kwiV66x+W+CLwbwdkqFnbJd7/XIR0R5BzVm6Ty9f2dOab"
        "fnlo0287vHX9NL/xlHd04AAAABcGGgEJbwAHCwEAASMDAQEFXQAQAAAMgKYKAalsYuoAAA==",
        "password":
        "N3q8ryccAAS+bfDCIAAAAAAAAABiAAAAAAAAAH2VXrdoQ950MgyO/6YAWNeFTFkYlZcmVrmLwNxTrAEYM0w8cQEEBgABCSAABwsB"
        "AAIkBvEHARJTD5JtqM7SB4kB5jfhpEiFiNUhIQEAAQAMExEACAoBgIj55QAABQEZAQARDQBhAC4AdAB4AHQAAAAUCgEAAJNUSt98"
        "3QEVBgEAIICkgQAA",
        "password_for_names":
        "N3q8ryccAARqivgQkAAAAAAAAAAuAAAAAAAAAKrCkfCnQ6c+xQQ82K9baOP/UPkJnOae48B369V+Y833Mwl2p+Wjrs5A2AIaG3KZ"
        "qkCoSkqXdQfFjdzLYwxV1c7nMINVOeJ2QMHYGcjHnWg65L9CruJqZ5SZaYGTRur9gjVutWOLXyQLrKk9llrAPRxC9yySPbUD9J0y"
        "s94FjXKlXWSYRJ2byeQkKb07g8jI2QfJbYQXBiABCXAABwsBAAEkBvEHARJTD03vBk4+PIy3TBcqH99qAAcMYgoBN6zzOQAA",
        "ppmd":
        "N3q8ryccAARfOMThDAAAAAAAAABSAAAAAAAAAIJ6RyEAZ/uDfXAkW+QwAAABBAYAAQkMAAcLAQABIwMEAQUGAAABAAwRAAgKAYCI"
        "+eUAAAUBGQYAAAAAAAARDQBhAC4AdAB4AHQAAAAUCgEAAJNUSt983QEVBgEAIICkgQAA",
    }.items()
}  # fmt: skip
ACCEPTED = {f"archive_{name}": make for name, make in ARCHIVES.items()} | {
    f"document_{name}": make for name, make in DOCUMENTS.items()
}
NAMED = {
    "zip_aes": ("encrypted_zip", lambda shop: marked(marked(zip_of(both(shop)), 6, 1), 8, 99)),
    **{
        f"zip_method_{method}": ("other_zip", lambda shop, method=method: marked(zip_of(both(shop)), 8, method))
        for method in (9, 93, 95, 98)
    },
    "seven_zip_aes": ("encrypted_archive", lambda shop: seven_zip(both(shop), "aes")),
    "seven_zip_ppmd": ("archive", lambda shop: seven_zip(both(shop), "ppmd")),
    "seven_zip_password": ("encrypted_archive", lambda shop: SEVEN_ZIP_SAMPLES["password"]),
    "seven_zip_password_for_names": ("encrypted_archive", lambda shop: SEVEN_ZIP_SAMPLES["password_for_names"]),
    "seven_zip_ppmd_sample": ("archive", lambda shop: SEVEN_ZIP_SAMPLES["ppmd"]),
    "seven_zip_truncated": ("damaged_archive", lambda shop: seven_zip(both(shop))[:-20]),
    "gz_truncated": ("damaged_archive", lambda shop: gzip.compress(shop.everything)[:-600]),
    "tar_truncated": ("damaged_archive", lambda shop: tar_of({"a.pem": shop.everything})[:4000]),
    **{
        f"archive_{name}": ("archive", lambda shop, magic=magic: magic + bytes(range(256)) * 4)
        for name, magic in (
            ("rar", b"Rar!\x1a\x07\x01\x00"), ("cab", b"MSCF\0\0\0\0"), ("zstandard", b"\x28\xb5\x2f\xfd"),
            ("lz4", b"\x04\x22\x4d\x18"), ("compress", b"\x1f\x9d\x90"),
        )
    },
    "pdf_scan": ("pdf", lambda shop: pdf_with()),
    "pdf_text": ("pdf", lambda shop: pdf_of([["Your certificate will follow."]])),
    "pdf_truncated": ("pdf", lambda shop: pdf_of([lines(shop)])[:200]),
    "pdf_password": ("encrypted_pdf", lambda shop: pdf_with(password="secret")),
    "word_text": ("word_document", lambda shop: word(["Your certificate will follow."])),
    "word_password": (
        "encrypted_document",
        lambda shop: compound_file({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(300)}),
    ),
    "old_word_text": ("word_document", lambda shop: compound_file({"WordDocument": b"Your certificate" * 400})),
    "old_excel_text": ("document", lambda shop: compound_file({"Workbook": bytes(5000)})),
    "open_document_text": ("document", lambda shop: open_document("<text:p>Your certificate</text:p>")),
    "open_document_in_one_file_text": ("document", lambda shop: b"<?xml version='1.0'?><office:document/>"),
    "rtf_text": ("rtf_document", lambda shop: b"{\\rtf1\\ansi Your certificate\\par}"),
    "onenote": ("document", lambda shop: bytes.fromhex("e4525c7b8cd8a74d") + bytes(900)),
    "drawing": ("picture", lambda shop: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
}  # fmt: skip
EMPTY = {
    "tar_empty": lambda shop: tar_of({}),
    "tar_of_nothing": lambda shop: bytes(10240),
    "seven_zip_of_a_folder": lambda shop: seven_zip({}, "copy"),
}
TOO_LARGE = {
    "gz": lambda: gzip.compress(bytes(30_000_000)),
    "bz2": lambda: bz2.compress(bytes(30_000_000)),
    "xz": lambda: lzma.compress(bytes(30_000_000)),
    "seven_zip": lambda: seven_zip({"a.pem": bytes(3_000_000)}),
}
