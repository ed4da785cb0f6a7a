"""The partner's certificate as tools, editors and email programs write it: all of these are accepted."""

import base64
import html
import json
import quopri
import re
import subprocess
import textwrap
from urllib.parse import quote, quote_plus

from tests.pki.corpus import Case, alone, beside_authorities
from tests.pki.workshop import der

BEGIN, END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


def body(pem):
    return b"".join(pem.split(b"\n")[1:-2])


def indented(by):
    return lambda pem: textwrap.indent(pem.decode(), by, lambda line: True).encode()


def labelled(label):
    return lambda pem: pem.replace(b"CERTIFICATE", label)


def dashed(dashes):
    return lambda pem: pem.replace(b"-----", dashes.encode())


def wrapped_at(width):
    return lambda pem: "\n".join([BEGIN.decode(), *textwrap.wrap(body(pem).decode(), width), END.decode(), ""]).encode()


def openssl(*arguments):
    return lambda pem: subprocess.run(["openssl", *arguments], input=pem, capture_output=True, check=True).stdout


def in_html(pem):
    return (
        b"<html><body><p>Hello,</p><pre>"
        + html.escape(pem.decode()).replace("+", "&#43;").replace("\n", "<br>\n").encode()
        + b"</pre></body></html>"
    )


UNCHANGED = {  # as tools write it: no finding
    "pem": lambda pem: pem,
    "pem_without_last_newline": lambda pem: pem.rstrip(b"\n"),
    "pem_with_blank_lines_around": lambda pem: b"\n\n" + pem + b"\n\n",
    "openssl_text_before": openssl("x509", "-text"),
    "subject_and_issuer_lines_before": openssl("x509", "-subject", "-issuer"),
    "comment_lines_before": lambda pem: b"# our certificate\n# for production\n" + pem,
    "email_sentences_around": lambda pem: b"Dear partner,\nhere it is:\n\n" + pem + b"\n\nBest regards\n--\nOperator\n",
    "bag_attributes": lambda pem: b"Bag Attributes\n    localKeyID: 01 02\nsubject=CN = x\nissuer=CN = y\n" + pem,
    "openssl_x509_ascii_names": openssl("x509", "-text", "-nameopt", "multiline"),
    "the_same_twice": lambda pem: pem + pem,
}
REPAIRED = {  # with the finding text_repaired
    "crlf": lambda pem: pem.replace(b"\n", b"\r\n"),
    "cr": lambda pem: pem.replace(b"\n", b"\r"),
    "mixed_line_breaks": lambda pem: pem.replace(b"\n", b"\r\n", 5),
    "byte_order_mark": lambda pem: b"\xef\xbb\xbf" + pem,
    "byte_order_mark_and_crlf": lambda pem: b"\xef\xbb\xbf" + pem.replace(b"\n", b"\r\n"),
    "utf16_le_with_mark": lambda pem: b"\xff\xfe" + pem.decode().encode("utf-16-le"),
    "utf16_be_with_mark": lambda pem: b"\xfe\xff" + pem.decode().encode("utf-16-be"),
    "utf16_le_without_mark": lambda pem: pem.decode().encode("utf-16-le"),
    "utf16_be_without_mark": lambda pem: pem.decode().encode("utf-16-be"),
    "powershell_redirect": lambda pem: pem.decode().replace("\n", "\r\n").encode("utf-16"),
    "indented_by_spaces": indented("    "),
    "indented_by_tab": indented("\t"),
    "quoted_in_a_reply": indented("> "),
    "quoted_twice": indented(">> "),
    "quoted_thrice_with_spaces": indented("> > > "),
    "quoted_by_bars": indented("| "),
    "trailing_spaces": lambda pem: pem.replace(b"\n", b"   \n"),
    "double_spaced": lambda pem: pem.replace(b"\n", b"\n\n"),
    "no_break_spaces": lambda pem: pem.replace(b"\n", "\u00a0\n".encode()),
    "zero_width_spaces": lambda pem: pem.replace(b"\n", "\u200b\n".encode()),
    "one_line": lambda pem: pem.replace(b"\n", b""),
    "one_line_with_spaces": lambda pem: pem.replace(b"\n", b" "),
    "body_on_one_line": lambda pem: b"\n".join([BEGIN, body(pem), END, b""]),
    "wrapped_at_76": wrapped_at(76),
    "wrapped_at_20": wrapped_at(20),
    "en_dashes": dashed("–––––"),
    "em_dashes": dashed("—–"),
    "one_long_dash": dashed("—"),
    "minus_signs": dashed("−−−−−"),
    "three_hyphens": dashed("---"),
    "six_hyphens": dashed("------"),
    "spaced_hyphens": dashed("- - - - -"),
    "no_hyphens": dashed(""),
    "first_line_missing": lambda pem: pem.split(b"\n", 1)[1],
    "last_line_missing": lambda pem: pem[: pem.index(b"\n-----END")],
    "marker_lines_missing": body,
    "base64_on_one_line": lambda pem: base64.b64encode(der(pem)),
    "base64_wrapped": lambda pem: base64.encodebytes(der(pem)),
    "base64_of_the_pem": base64.b64encode,
    "base64_of_base64": lambda pem: base64.b64encode(base64.b64encode(der(pem))),
    "pem_around_base64_of_the_pem": lambda pem: b"\n".join([BEGIN, base64.b64encode(pem), END]),
    "quoted_printable": lambda pem: quopri.encodestring(pem.replace(b"\n", b"\r\n"), header=False).replace(
        b"-----", b"----=2D"
    ),
    "quoted_printable_soft_breaks": lambda pem: re.sub(rb"(.{40})(?=.)", rb"\1=\r\n", pem),
    "html_page_with_it": in_html,
    "html_escaped_plus": lambda pem: pem.replace(b"+", b"&#43;").replace(b"/", b"&#x2F;").replace(b"=", b"&#61;"),
    "html_no_break_spaces": lambda pem: pem.replace(b"\n", b"&nbsp;\n"),
    "html_paragraphs": lambda pem: b"<p>" + pem.replace(b"\n", b"</p><p>") + b"</p>",
    "html_line_breaks": lambda pem: pem.replace(b"\n", b"<br/>"),
    "percent_encoded": lambda pem: quote(pem.decode(), safe="").encode(),
    "form_encoded": lambda pem: b"cert=" + quote_plus(pem.decode()).encode(),
    "nginx_escaped_header": lambda pem: quote(pem.decode()).encode(),
    "json_string": lambda pem: json.dumps({"certificate": pem.decode()}).encode(),
    "json_in_json": lambda pem: json.dumps(json.dumps({"certificate": pem.decode()})).encode(),
    "json_der": lambda pem: json.dumps({"x5c": [body(pem).decode()]}).encode(),
    "yaml_block": lambda pem: b"tls:\n  certificate: |\n" + indented("    ")(pem),
    "kubernetes_secret": lambda pem: b"data:\n  tls.crt: " + base64.b64encode(pem) + b"\n",
    "environment_variable": lambda pem: b'CERT="' + pem.replace(b"\n", b"\\n") + b'"\n',
    "shell_heredoc": lambda pem: b"cat > c.pem <<EOF\r\n" + pem.replace(b"\n", b"\r\n") + b"EOF\r\n",
    "xml_element": lambda pem: b"<X509Certificate>" + body(pem) + b"</X509Certificate>",
    "xml_wrapped": lambda pem: b"<ds:X509Certificate>\n" + base64.encodebytes(der(pem)) + b"</ds:X509Certificate>",
    "x509_label": labelled(b"X509 CERTIFICATE"),
    "trusted_label": openssl("x509", "-trustout", "-addtrust", "clientAuth"),
    "trusted_label_without_trust": labelled(b"TRUSTED CERTIFICATE"),
    "lower_case_markers": lambda pem: pem.replace(BEGIN, BEGIN.lower()).replace(END, END.lower()),
    "markers_with_two_spaces": lambda pem: pem.replace(b"BEGIN CERT", b"BEGIN  CERT").replace(
        b"END CERT", b"END  CERT"
    ),
    "hexadecimal": lambda pem: der(pem).hex().encode(),
    "hexadecimal_with_colons": lambda pem: der(pem).hex(":").encode(),
    "hexadecimal_lines": lambda pem: textwrap.fill(der(pem).hex(), 60).encode(),
    "nul_at_the_end": lambda pem: pem.replace(b"\n", b"\r\n") + b"\x00",
    "control_z_at_the_end": lambda pem: pem.replace(b"\n", b"\r\n") + b"\x1a",
    "soft_hyphens": lambda pem: pem.replace(b"\n", "\u00ad\n".encode()),
    "markdown_fence": lambda pem: b"```\r\n" + pem.replace(b"\n", b"\r\n") + b"```\r\n",
}
CONVERTED = {
    "der": der,
    "der_with_trailing_newline": lambda pem: der(pem) + b"\r\n",
}

CASES = (
    {name: Case("accepted", beside_authorities(change)) for name, change in UNCHANGED.items()}
    | {name: Case("accepted text_repaired", beside_authorities(change)) for name, change in REPAIRED.items()}
    | {name: Case("accepted converted", beside_authorities(change)) for name, change in CONVERTED.items()}
    | {
        "everything_in_one_pem": Case("accepted", alone(lambda shop: shop.leaf + shop.authorities)),
        "joined_without_newline": Case(
            "accepted",
            alone(lambda shop: b"".join(pem.rstrip(b"\n") for pem in (shop.leaf, shop.issuing, shop.root))),
        ),
        "the_other_way_round": Case("accepted swapped", alone(lambda shop: shop.root + shop.issuing + shop.leaf)),
        "der_files_joined": Case(
            "accepted converted", alone(lambda shop: der(shop.leaf) + der(shop.issuing) + der(shop.root))
        ),
        "base64_lines_joined": Case(
            "accepted text_repaired", alone(lambda shop: b"\n".join(map(body, (shop.leaf, shop.issuing, shop.root))))
        ),
        "s_client_output": Case(
            "accepted",
            alone(
                lambda shop: (
                    b"CONNECTED(00000003)\n---\nCertificate chain\n 0 s:CN = x\n   i:CN = y\n"
                    + shop.leaf
                    + b" 1 s:CN = y\n   i:CN = z\n"
                    + shop.authorities
                    + b"---\nServer certificate\n"
                )
            ),
        ),
        "without_the_root": Case("accepted root_missing", alone(lambda shop: shop.leaf + shop.issuing)),
    }
)
