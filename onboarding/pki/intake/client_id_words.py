"""The words by which client IDs are found in emails, in the languages of the product, as regular expressions."""

import re

CLIENT_ID_LABEL = re.compile(
    # client-ID, application identifier, Anwendungs-ID, Client-Kennung, applicatie-ID
    r"(?<![A-Za-z])(?:client|cliënt|kunden|klant|application|app|applikations|anwendungs|applicatie|toepassings?)"
    r"[\s_-]{0,3}(?:ids?|identifiers?|identificatie|identifikator|kennung(?:en)?|key)\b"
    # ID of your application, identifiant client, ID dell'applicazione, identificador do cliente
    r"|\b(?:ids?|identifiers?|identifiants?|identificativ[oi]|identificator[ei]|identificador(?:es)?)\s{1,3}"
    r"(?:(?:of|your|the|de|du|des|d|l|la|le|votre|vos|ihrer?|deiner|van|uwe?|del|della|dell|di|do|da|sua?)[\s'’]{1,2}){0,3}"
    r"(?:clients?|cliënt|anwendung|applicatie|clientes?|clienti|applica(?:tion|zione)s?|aplica(?:ción|ção|tivo))\b",
    re.IGNORECASE,
)
# What else has a UUID or a number. The words of the second line are labels only before a colon or a number.
OTHER_LABEL = re.compile(
    r"(?:correlation|tracking|tenant|secret|geheimnis|serial|serien|s[eé]rie|finger ?print|thumb ?print|empreinte"
    r"|fingerabdruck|impronta|huella|vingerafdruk|md5|sha-?\d|checksum|boundary|etag|(?:scan )?ref[eé]ren[cz]e?"
    r"|referenz|referencia|riferimento|kenmerk|ticket|incident|vorgang|bestell|order number|password|passwor[dt]"
    r"|mot de passe|trace.?id|message.?id|request.?id|cid:|(?<!urn:)uuid(?=[\"'\s]{0,3}[:=]))"
    r"|\b(?:session|token|request|demande|anfrage|richiesta|solicitud|pedido|order|message|case|dossier|account|konto"
    r"|subscription|contract|vehicle|device|file|datei|fichier|hash|key)"
    r"(?=[\s_-]{0,2}(?:id\b|no\b|nr\b|number|nummer|n°)|\s{0,2}[:=#])",
    re.IGNORECASE,
)
EXAMPLE = re.compile(
    r"\b(?:for example|example|e\. ?g\.|such as|looks like|par exemple|p\. ?ex\.|z\. ?b\.|zum beispiel|beispiel"
    r"|per esempio|ad esempio|por ejemplo|p\. ?ej\.|bijvoorbeeld|bijv\.|por exemplo)",
    re.IGNORECASE,
)
FORMER = re.compile(
    r"\b(?:old|former|previous|obsolete|ancien|précédent|alten?|bisherigen?|vecchio|precedente|antiguo|anterior|oude"
    r"|antigo)\b",
    re.IGNORECASE,
)
PREPRODUCTION_WORDS = re.compile(
    r"\b(?:pr[eé][\s-]?prod(?:u[\wçãó]{2,8})?|vorproduktion\w{0,10}|staging|sandbox|uat|recette|collaudo"
    r"|abnahme|acceptance|acceptatie|homologa\w{2,6}|qualifi?[ck]a\w{2,6}|entorno de pruebas|rehearsal"
    r"|test(?:s|ing)? ?(?:environment|system|umgebung))\b",
    re.IGNORECASE,
)
PRODUCTION_WORDS = re.compile(
    r"\b(?:prod|produ(?:ction|zione|cción|ção)|produ(?:k|c)t(?:ion|iv|ie)\w{0,12}|live (?:environment|system))\b",
    re.IGNORECASE,
)
CLIENT_ID_UUID = re.compile(
    r"(?<![\w@./%-])(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w@-]|\.\w)"
    r"|(?<![\w@./+%:-])[0-9a-f]{32}(?![\w@/+=:-]|\.\w)",
    re.IGNORECASE,
)
# A name with letters and digits; only directly after a label.
NAME = re.compile(
    r"[ \t]{0,3}(?:\([^()\n]{0,40}\))?[ \t*_\"']{0,3}(?:[:=]|is|est|ist|lautet|è|es|é)[ \t]{0,3}[\"'`*“«<]{0,3}"
    r"(?P<value>(?=[a-z._-]{0,39}[0-9])(?=[0-9._-]{0,39}[a-z])[0-9a-z](?:[0-9a-z_-]|\.(?=\w)){7,62})(?![\w@/+=:%-])",
    re.IGNORECASE,
)
PLACEHOLDER_WORDS = re.compile(
    r"your|client.?id|example|placeholder|insert|change.?me|x{4}|\d{4}-\d\d-\d\dt", re.IGNORECASE
)
SEQUENCES = ("0123456789abcdef" * 2, "1234567890" * 3, "abcdef0123456789" * 2)
HEXADECIMAL = re.compile(r"[0-9a-f]+", re.IGNORECASE)
LOGIN = re.compile(r"MZP[0-9]{6}", re.IGNORECASE)
SIGN = re.compile(
    f"(?P<LABEL>{CLIENT_ID_LABEL.pattern})|(?P<OTHER>{OTHER_LABEL.pattern})|(?P<EXAMPLE>{EXAMPLE.pattern})|(?P<FORMER>{FORMER.pattern})"
    f"|(?P<PREPRODUCTION>{PREPRODUCTION_WORDS.pattern})|(?P<PRODUCTION>{PRODUCTION_WORDS.pattern})|(?P<VALUE>{CLIENT_ID_UUID.pattern})",
    re.IGNORECASE,
)
# Between a value and the label after it: "... is your client ID", "(... = client ID)".
BEFORE_LABEL = re.compile(
    r"[\s\"'`*)”»]{0,4}(?:=|\(|\b(?:is|as|est|comme|ist|als|come|es|como)\b|è|é)\s{0,2}"
    r"(?:(?!not\b|pas\b|nicht\b|niet\b|non\b|no\b|não\b)\w{1,12}\s){0,2}",
    re.IGNORECASE,
)

# Between a label and a value in the same line: nothing but signs, or words that end in a sign or a verb.
LINK_VERBS = r"(?:is|are|has|est|sont|ist|sind|lautet|lauten|sono|es|son|zijn|são|è|é)"
SAME_LINE = re.compile(
    r"[\s\"'`*“”«»<({)\]}:=|>_-]{0,20}"
    r"|(?:[^.!?;,:=\x00\n]|[.,](?!\s)){0,120}(?:[:=|\t>]| {2}|\b" + LINK_VERBS + r"\b)[\s\"'`*“«<({\[]{0,20}",
    re.IGNORECASE,
)
# The rest of a label's line, if the value is in a later line: nothing, a word such as "below", or a colon at its end.
LABEL_LINE = re.compile(
    r"\W{0,20}(?:\([^()\n]{0,40}\)\W{0,5})?(?:[\w'’ ]{0,30}\b(?:below|follow(?:s|ing)|here|suivante?s?|ci-dessous"
    r"|ci-après|unten|folgende[rns]?|nachstehend\w{0,3}|seguent[ei]|sotto|siguientes?|abajo|continuación|hieronder"
    r"|volgende|abaixo|seguintes?)\b[\w ]{0,20}\W{0,5})?"
    r"|[^.!?;:\x00\n]{0,60}:[\W_]{0,5}",
    re.IGNORECASE,
)
BULLET = re.compile(r"(?:[\W_]{0,8}|[\W_]{0,4}\d{1,2}[\W_]{1,4})")
ITEM_NAME = re.compile(
    r"[\W_\d]{0,8}(?!.{0,40}\b(?:ids?|nr|no|number|sn)\b)[^:=|\n\x00]{1,40}[:=|-]\W{0,6}", re.IGNORECASE
)
PLURAL_LABEL = re.compile(
    r"(?:ids|identifiers|kennungen|(?:identifiants|identificadores)\b.{0,20}|identificativi.{0,20})", re.IGNORECASE
)
# Between two values in the same line.
NEXT_IN_LINE = re.compile(
    r"[\W_]{0,12}(?:\b(?:and|et|und|ed?|y|en|or|ou)\b)?(?:[\w'’() ]{0,30}\b(?:second|other|autre|zweite|andere|altr[ao]"
    r"|otr[ao]|segund[ao]|seconda?|tweede|outr[ao]|deuxième)\b[\w'’() ]{0,30}\b" + LINK_VERBS + r"\b)?\W{0,6}",
    re.IGNORECASE,
)
