"""Texts of emails as people and mail programs write them, each with the client IDs in it and their environments.

A case is the text, and pairs of client ID and environment in their order; the environment is "" where none is named.
"""

ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
THIRD = "a3bb189e-8bf9-3888-9912-ace4e6543002"
FOREIGN = "b2a5ed9c-6d1f-4e1b-9c62-6d0b8a1c5b11"  # a UUID that is something else
HEX = "0c5d7e3fa9b84c1d8e2f6a7b9c0d1e2f"
PRODUCTION, PREPRODUCTION = "production", "preproduction"

PEM = """-----BEGIN CERTIFICATE-----
MIIDXTCCAkWgAwIBAgIUFx2nM5mY0kQy9Zb1Jm4bXf8s0d4wDQYJKoZIhvcNAQEL
BQAwPjELMAkGA1UEBhMCRlIxEzARBgNVBAoMClN0ZWxsYW50aXMxGjAYBgNVBAMM
EUV4YW1wbGUgUm9vdCBDQS4xMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAw
q7Z/8w2Kd+0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6+q7r8s9t0u1v2w3x4y5z6
MDBaMD4xCzAJBgNVBAYTAkZSMRMwEQYDVQQKDApTdGVsbGFudGlzMRowGAYDVQQD
AgMBAAGjUzBRMB0GA1UdDgQWBBQ=
-----END CERTIFICATE-----
"""
BASE64 = "".join(PEM.splitlines()[1:-1])
FINGERPRINT = "9F:86:D0:81:88:4C:7D:65:9A:2F:EA:A0:C5:5A:D0:15:A3:BF:4F:1B:2B:0B:82:2C:D1:5D:6C:15:B0:F0:0A:08"
HEXADECIMAL = FINGERPRINT.replace(":", "").lower()

Case = tuple[str, tuple[tuple[str, str], ...]]
ONE = ((ID, ""),)
NONE: tuple[tuple[str, str], ...] = ()

# One sentence or line as people of the country write it.
PROSE: dict[str, Case] = {
    "english_is": (f"Your client ID is {ID}.", ONE),
    "english_for_your_application": (f"The client ID for your application “Fleet Sync” is: {ID}", ONE),
    "english_reversed": (f"Please use {ID} as your client ID in every call.", ONE),
    "english_in_brackets": (f"Your application ({ID} = client ID) is now active.", ONE),
    "english_below": (f"Please find your client ID below.\n\n{ID}\n\nKind regards\nThe API team", ONE),
    "english_application_id": (f"Client ID (= application ID): {ID}", ONE),
    "english_clientid": (f"clientId: {ID}", ONE),
    "english_the_id_of_the_client": (f"The ID of your application is {ID}.", ONE),
    "french_est": (f"Votre identifiant client est le suivant : {ID}.", ONE),
    "french_client_id": (f"Veuillez trouver ci-dessous votre Client ID :\n\n{ID}\n\nCordialement,", ONE),
    "french_id_client": (f"ID client\u00a0: {ID}", ONE),
    "french_application": (f"L’identifiant de l’application est {ID}", ONE),
    "french_id_application": (f"ID de l'application : {ID}", ONE),
    "french_reversed": (f"{ID} est votre identifiant client.", ONE),
    "german_lautet": (f"Ihre Client-ID lautet: {ID}", ONE),
    "german_kennung": (f"Die Client-Kennung für Ihre Anwendung lautet {ID}.", ONE),
    "german_anwendung": (f"Anwendungs-ID: {ID}", ONE),
    "german_below": (f"Anbei erhalten Sie Ihre Client ID:\n\n   {ID}\n\nMit freundlichen Grüßen", ONE),
    "german_reversed": (f"Bitte verwenden Sie {ID} als Client-ID.", ONE),
    "italian_id_client": (f"Il vostro ID client è {ID}.", ONE),
    "italian_identificativo": (f"Identificativo client: {ID}", ONE),
    "italian_applicazione": (f"L'ID dell'applicazione è: {ID}", ONE),
    "spanish_id_de_cliente": (f"Su ID de cliente es {ID}.", ONE),
    "spanish_identificador": (f"El identificador de cliente es el siguiente: {ID}", ONE),
    "spanish_aplicacion": (f"ID de la aplicación: {ID}", ONE),
    "dutch_client_id": (f"Uw client-ID is {ID}.", ONE),
    "dutch_applicatie": (f"Applicatie-ID: {ID}", ONE),
    "dutch_diaeresis": (f"Hierbij uw cliënt-ID: {ID}", ONE),
    "portuguese_id_do_cliente": (f"O seu ID do cliente é {ID}.", ONE),
    "portuguese_identificador": (f"Identificador do cliente: {ID}", ONE),
    "portuguese_aplicacao": (f"ID da aplicação: {ID}", ONE),
    "portuguese_aplicativo": (f"O ID do aplicativo é {ID}.", ONE),
}

# The same value in other clothes.
CLOTHES: dict[str, Case] = {
    "capitals": (f"CLIENT ID: {ID.upper()}", ((ID.upper(), ""),)),
    "braces": (f"Client ID: {{{ID}}}", ONE),
    "angle_brackets": (f"Client ID: <{ID}>", ONE),
    "quotes": (f"Client ID: “{ID}”", ONE),
    "backticks": (f"**Client ID:** `{ID}`", ONE),
    "bold_marks": (f"*Client ID*: *{ID}*", ONE),
    "quoted_reply": (f"> Client ID:\n> {ID}\n> Regards", ONE),
    "non_breaking_hyphens": (f"Client ID: {ID.replace('-', chr(0x2011))}", ONE),
    "zero_width_space": (f"Client ID: \u200b{ID}\u200b", ONE),
    "wrapped_after_a_hyphen": (f"Client ID: {ID[:24]}\n{ID[24:]}\n", ONE),
    "hexadecimal": (f"Client ID: {HEX}", ((HEX, ""),)),
    "urn": (f"Client ID: urn:uuid:{ID}", ONE),
    "in_an_address": (f"https://api-cert.example.com/connectedcar/v3/fleets?client_id={ID}&pageSize=10", ONE),
    "in_a_curl_line": (f"curl --data-urlencode 'client_id={ID}' --header 'Authorization: Basic abc='", ONE),
    "in_a_header": (f"X-IBM-Client-Id: {ID}", ONE),
    "in_json": (f'{{"client_id": "{ID}", "request_id": "{FOREIGN}"}}', ONE),
    "in_yaml": (f"client_id: {ID}\nrequest_id: {FOREIGN}\n", ONE),
    "in_xml": (f"<clientId>{ID}</clientId>", ONE),
    "with_a_name": ("Client ID: acme-fleet-2f6b91", (("acme-fleet-2f6b91", ""),)),
    "with_a_dot_after": (f"client id {ID}. Thank you.", ONE),
    "twice": (f"Client ID: {ID}\n\n-- \nOn Monday you wrote:\n> Client ID: {ID}", ONE),
    "after_the_secret": (f"Client secret: {FOREIGN}\nClient ID: {ID}", ONE),
    "before_the_secret": (f"Client ID: {ID}\nClient secret: {FOREIGN}", ONE),
}

RULE = f"+{12 * '-'}+{38 * '-'}+"
# Tables and lists.
TABLES: dict[str, Case] = {
    "tabs": (
        f"Environment\tClient ID\nProduction\t{ID}\nPre-production\t{OTHER}\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "tabs_with_a_request_id": (
        f"Environment\tRequest ID\tClient ID\nProduction\t{FOREIGN}\t{ID}\n",
        ((ID, PRODUCTION),),
    ),
    "tabs_request_id_last": (f"Environment\tClient ID\tRequest ID\nProduction\t{ID}\t{FOREIGN}\n", ((ID, PRODUCTION),)),
    "markdown": (
        f"| Environment | Client ID |\n|---|---|\n| PROD | `{ID}` |\n| PREPROD | `{OTHER}` |\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "markdown_three_columns": (f"| Name | Client ID | Ticket |\n|:--|:--|--:|\n| Fleet | {ID} | {FOREIGN} |\n", ONE),
    "spaces": (
        f"Environment      Client ID                               Login\nProduction       {ID}    MZP128745\n",
        ((ID, PRODUCTION),),
    ),
    "box": (
        f"{RULE}\n| Umgebung   | Client-ID                            |\n{RULE}\n| Produktion | {ID} |\n{RULE}\n",
        ((ID, PRODUCTION),),
    ),
    "cells_on_lines": (f"Login\nMZP128745\nClient ID\n{ID}\nRequest ID\n{FOREIGN}\n", ONE),
    "html_row": (
        f"\n\n\nEnvironment\n\nClient ID\n\n\n\nProduction\n\n{ID}\n\n\n\nPreproduction\n\n{OTHER}\n\n\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "rows_as_labels": (f"Login       MZP128745\nClient ID   {ID}\nTicket      {FOREIGN}\n", ONE),
    "bullets": (
        f"Your client IDs:\n- Production: {ID}\n- Pre-production: {OTHER}\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "numbered": (
        f"Client IDs:\n1. {ID} (production)\n2. {OTHER} (preproduction)\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "three_applications": (
        f"Client IDs\n  Fleet A: {ID}\n  Fleet B: {OTHER}\n  Fleet C: {THIRD}\n",
        ((ID, ""), (OTHER, ""), (THIRD, "")),
    ),
    "and": (f"Your client IDs are {ID} and {OTHER}.", ((ID, ""), (OTHER, ""))),
    "et": (f"Vos identifiants client sont {ID} et {OTHER}.", ((ID, ""), (OTHER, ""))),
    "label_says_environment": (
        f"Client ID production: {ID}\nClient ID preproduction: {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "environment_in_brackets": (
        f"Client ID (PROD): {ID}\nClient ID (UAT): {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "headings": (
        f"Production\n==========\nClient ID: {ID}\n\nSandbox\n=======\nClient ID: {OTHER}\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "sentence": (
        f"For production, your client ID is {ID}; for pre-production it is {OTHER}.",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "sentence_after": (
        f"Client ID {ID} for production and {OTHER} for pre-production",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "french_environments": (
        f"Identifiants client :\n• Production : {ID}\n• Pré-production : {OTHER}\n",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "german_environments": (
        f"Client-ID Produktion: {ID}\nClient-ID Vorproduktion: {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "italian_environments": (
        f"ID client (produzione): {ID}\nID client (collaudo): {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "spanish_environments": (
        f"ID de cliente de producción: {ID}\nID de cliente de preproducción: {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "dutch_environments": (
        f"Client-ID productie: {ID}\nClient-ID acceptatie: {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "portuguese_environments": (
        f"ID do cliente (produção): {ID}\nID do cliente (homologação): {OTHER}",
        ((ID, PRODUCTION), (OTHER, PREPRODUCTION)),
    ),
    "csv": (f"environment,client_id,request_id\nproduction,{ID},{FOREIGN}\n", ((ID, PRODUCTION),)),
    "csv_semicolons": (f"Umgebung;Client-ID;Vorgang\nProduktion;{ID};{FOREIGN}\n", ((ID, PRODUCTION),)),
}

# No client ID is there, although the text speaks of one.
ABSENT: dict[str, Case] = {
    "follows_separately": (f"Your client ID will follow separately.\n\n{PEM}", NONE),
    "follows_french": (f"Votre identifiant client vous sera communiqué séparément.\n\n{PEM}", NONE),
    "follows_german": (f"Die Client-ID erhalten Sie in einer separaten E-Mail.\n\n{PEM}", NONE),
    "follows_italian": (f"L'ID client seguirà in un messaggio separato.\n\n{PEM}", NONE),
    "follows_spanish": (f"El ID de cliente se enviará por separado.\n\n{PEM}", NONE),
    "follows_dutch": (f"De client-ID volgt in een aparte e-mail.\n\n{PEM}", NONE),
    "follows_portuguese": (f"O ID do cliente será enviado separadamente.\n\n{PEM}", NONE),
    "follows_with_ticket": (f"Your client ID will follow separately. Ticket: {FOREIGN}", NONE),
    "follows_with_reference": (f"The client ID will be sent in another email (reference {FOREIGN}).", NONE),
    "follows_with_a_request_id": (f"Your client ID will follow.\nRequest ID: {FOREIGN}\n", NONE),
    "pem_right_after": (f"Client ID:\n\n{PEM}", NONE),
    "pem_on_the_line": (f"Client ID: {PEM}", NONE),
    "base64_without_markers": (f"Client ID:\n{BASE64}\n", NONE),
    "base64_in_lines": ("Client ID and certificate:\n\n" + "\n".join(PEM.splitlines()[1:-1]), NONE),
    "base64_quoted": ("Client ID and certificate:\n" + "".join(f"> {line}\n" for line in PEM.splitlines()), NONE),
    "base64_url_alphabet": (f"Client ID: {BASE64.replace('+', '-').replace('/', '_')}", NONE),
    "fingerprint": (f"Client ID attached. SHA-256 fingerprint: {FINGERPRINT}", NONE),
    "fingerprint_without_colons": (f"Client ID: see portal\nThumbprint {HEXADECIMAL}", NONE),
    "sha1_thumbprint": (f"Client ID: see portal\nThumbprint: {HEXADECIMAL[:40]}", NONE),
    "md5_thumbprint": (f"Client ID: see portal\nMD5: {HEXADECIMAL[:32]}", NONE),
    "serial_number": (f"Client ID: see attachment\nSerial number: {HEX}", NONE),
    "placeholder_angle": ("client_id=<your client id>", NONE),
    "placeholder_x": ("Client ID: xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", NONE),
    "placeholder_zero": ("Client ID: 00000000-0000-0000-0000-000000000000", NONE),
    "placeholder_counting": ("Client ID: 12345678-1234-1234-1234-123456789012", NONE),
    "placeholder_alphabet": ("Client ID: 01234567-89ab-cdef-0123-456789abcdef", NONE),
    "placeholder_tbd": ("Client ID: TBD", NONE),
    "placeholder_words": ("Client ID: YOUR_CLIENT_ID_HERE_1", NONE),
    "placeholder_braces": ("client_id={client_id_1234567890}", NONE),
    "placeholder_stars": ("Client ID: ********-1234-****", NONE),
    "example": (f"The client ID looks like this, for example: {FOREIGN}. Yours will follow.", NONE),
    "example_french": (f"L’identifiant client (par exemple {FOREIGN}) vous sera communiqué.", NONE),
    "example_german": (f"Die Client-ID (z. B. {FOREIGN}) folgt.", NONE),
    "message_id": (f"Message-ID: <{FOREIGN}@mail.example>\nSubject: Client ID and certificate\n", NONE),
    "correlation_id": (f"Client ID unknown.\nX-Correlation-ID: {FOREIGN}\n", NONE),
    "request_id": (f"The client ID was created.\nRequest-ID {FOREIGN}\n", NONE),
    "error_body": (f'{{"code": 40101, "message": "Client ID missing", "uuid": "{FOREIGN}"}}', NONE),
    "download_link": (f"Client ID and certificate: https://portal.example/download/{FOREIGN}", NONE),
    "download_link_query": (f"Get your client ID here: https://portal.example/d?token={FOREIGN}", NONE),
    "ticket_before": (f"Ticket {FOREIGN}: your client ID will follow.", NONE),
    "order_number": ("Client ID pending. Bestellnummer: 4500012345AB67CD89", NONE),
    "tenant": (f"Client ID: see below\nTenant ID: {FOREIGN}\n", NONE),
    "secret_only": (f"Client ID: as before\nClient secret: {FOREIGN}\n", NONE),
    "secret_german": (f"Client-ID: wie bisher\nClient-Secret: {FOREIGN}\n", NONE),
    "cid": (f"Client ID in the picture [cid:{FOREIGN}]", NONE),
    "boundary": (f'Client ID in the attachment\nContent-Type: multipart/mixed; boundary="{HEX}"', NONE),
    "file_name": (f"Client ID: see certificate_{FOREIGN}.pem", NONE),
    "tracking_footer": (f"Client ID: see attachment\n\n--\nThis email was scanned. Scan reference {HEX}", NONE),
    "far_away": ("Client ID: not yet known.\n" + "Text about other things that go on. " * 12 + FOREIGN, NONE),
    "login": ("Client ID: MZP128745", NONE),
    "number_of_the_customer": ("Your client ID request of 2026-11-25T10-15-30Z was received.", NONE),
    "date_time": ("Client ID requested on 2026-11-25T10-15-30Z", NONE),
    "phone": ("Client ID: please call +33-1-2345-6789-0123", NONE),
    "old_one": (f"Your old client ID {FOREIGN} no longer works. The new one will follow.", NONE),
    "old_and_new": (f"Your old client ID {FOREIGN} was replaced. Your new client ID is {ID}.", ONE),
    "session": (f"Please sign in to see your client ID. Session: {FOREIGN}", NONE),
}

# Whole emails and other layouts.
EMAILS: dict[str, Case] = {
    "en1": (
        (
            "Dear partner,\n\nYour access has been created. Please note the following information:\n\n  "
            f"Login: MZP128745\n  Client-ID: {ID}\n  Base URL: "
            "https://api-cert.groupe-psa.com/connectedcar/v3\n\nRegards"
        ),
        ((ID, ""),),
    ),
    "en2": (
        (
            "Hello, we have created two applications for you. The first one (Fleet EU) has the client id "
            f"{ID}, the second one (Fleet UK) has {OTHER}. Cheers"
        ),
        (
            (ID, ""),
            (OTHER, ""),
        ),
    ),
    "en3": (
        f"client id (prod) = {ID}\nclient id (preprod) = {OTHER}\nsupport ticket = {FOREIGN}",
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "en4": (
        (
            f"PROD\n  client_id     : {ID}\n  client_secret : {FOREIGN}\nPREPROD\n  client_id     : {OTHER}\n"
            f"  client_secret : {THIRD}"
        ),
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "en5": (
        (
            f"Subject: Re: [INC0012345] Your certificate\nMessage-ID: <{FOREIGN}@eu.mail>\n"
            f"X-MS-Exchange-CrossTenant-Id: {THIRD}\n\nThe client ID: {ID}"
        ),
        ((ID, ""),),
    ),
    "en6": (
        (
            f"X-MS-Exchange-CrossTenant-Id: {THIRD}\nSubject: client id and certificate\n"
            f"X-MS-Office365-Filtering-Correlation-Id: {FOREIGN}\n\nSee attachment"
        ),
        (),
    ),
    "en7": (
        (
            f"Your certificate has been signed. The client ID has not changed.\n\n{PEM}\nIf you have "
            f"questions, reply to this mail and keep the number {FOREIGN}."
        ),
        (),
    ),
    "en8": (f"We could not find your client ID. Please send us the number of your request ({FOREIGN}).", ()),
    "en10": (f"Certificate chain:\n{PEM}{PEM}{PEM}\nClient ID = {ID}\n", ((ID, ""),)),
    "en11": (f"Client ID\n\n{ID}\n\nClient Secret\n\n{FOREIGN}\n", ((ID, ""),)),
    "en12": (f"API Key: {FOREIGN}\nApp ID: {ID}", ((ID, ""),)),
    "en13": (f"Your Client Id : {ID.replace('-', '')}", ((ID.replace("-", ""), ""),)),
    "en15": (f"Client ID:\t\t{ID}\nCertificate SN:\t{HEX}", ((ID, ""),)),
    "en16": ("Client ID: psa-fleet-4711-prod", (("psa-fleet-4711-prod", ""),)),
    "en18": ("Client ID is attached as client_id_2026.txt", ()),
    "en19": ("your client id: see https://portal.groupe-psa.com/app/" + FOREIGN + "/details", ()),
    "en20": (f"Client ID .......... {ID}\nLogin .............. MZP128745", ((ID, ""),)),
    "en21": (f"Client ID -> {ID}", ((ID, ""),)),
    "en22": (f'client_id: "{ID}",\n"vehicle": "{FOREIGN}"', ((ID, ""),)),
    "fr1": (
        (
            f"Bonjour,\nVotre certificat est signé. Votre client_id de production : {ID}\nVotre client_id de "
            f"préproduction : {OTHER}\nCordialement"
        ),
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "fr2": (f"L'ID de votre application en production est {ID}.", ((ID, PRODUCTION),)),
    "fr3": (f"Référence de la demande : {FOREIGN}\nIdentifiant client : à venir", ()),
    "fr4": (f"Identifiant client (= identifiant de l’application) : {ID}", ((ID, ""),)),
    "de1": (
        (
            f"Guten Tag,\nIhre Zugangsdaten:\nMZP-Login: MZP128745\nClient-ID (Produktivumgebung): {ID}\n"
            f"Client-ID (Testumgebung): {OTHER}"
        ),
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "de2": (f"Die ID Ihrer Anwendung lautet: {ID}", ((ID, ""),)),
    "de3": (f"Ihre Client-ID bleibt unverändert. Ticketnummer: {FOREIGN}", ()),
    "de4": (f"Kundennummer: 4711\nVorgangsnummer: {FOREIGN}\nClient-ID: {ID}", ((ID, ""),)),
    "it1": (f"Buongiorno,\nl'ID cliente assegnato è il seguente: {ID}\nRiferimento: {FOREIGN}", ((ID, ""),)),
    "it2": (
        f"Client ID di produzione: {ID} - Client ID di preproduzione: {OTHER}",
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "es1": (f"Le enviamos su Client ID ({ID}) y el certificado.", ((ID, ""),)),
    "es2": (
        f"Su identificador de cliente para el entorno de producción es {ID} y para preproducción {OTHER}.",
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "nl1": (f"De client-ID van uw applicatie is {ID}. Referentie: {FOREIGN}", ((ID, ""),)),
    "pt1": (f"O Client ID da sua aplicação é: {ID}\nNúmero do pedido: {FOREIGN}", ((ID, ""),)),
    "pt2": (f"Segue o ID de cliente:\n\n{ID}\n\nAtenciosamente", ((ID, ""),)),
    "tab1": (
        f"Application\tEnvironnement\tIdentifiant client\nFlotte\tProduction\t{ID}\nFlotte\tPréproduction\t{OTHER}",
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "tab2": (f"Name | Value\n-----|------\nClient ID | {ID}\nRequest | {FOREIGN}", ((ID, ""),)),
    "tab3": (
        f"|Client ID (production)|Client ID (preproduction)|\n|--|--|\n|{ID}|{OTHER}|",
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "tab4": (
        f"            Production                             Pre-production\nClient ID   {ID}   {OTHER}\n",
        (
            (ID, PRODUCTION),
            (OTHER, PREPRODUCTION),
        ),
    ),
    "neg1": (f"The application key pair was generated on host {FOREIGN}", ()),
    "neg2": (f"app id pending\n{BASE64}\n{FINGERPRINT}", ()),
    "neg4": (f"Client ID: N/A\nObject ID: {FOREIGN}", ()),
    "neg5": (f"Client ID: --\nOperation {FOREIGN} completed", ()),
    "neg6": (f"client id = ${{CLIENT_ID}}\nexport TRACE={FOREIGN}", ()),
}

CLIENT_ID_CASES: dict[str, Case] = {**PROSE, **CLOTHES, **TABLES, **ABSENT, **EMAILS}
