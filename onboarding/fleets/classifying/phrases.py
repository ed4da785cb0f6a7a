"""Which cause the words of a response name, in English, French, German, Spanish and Italian.

Gateways have no common codes for these causes. A rule has what is concerned and what is said about it. Both must be in
one clause, so that "Your certificate is valid, but the password is wrong" is about the password only.
Words are read as `error_bodies.fold` returns them: without case, accents and underscores.
"""

import re
from dataclasses import dataclass

# A comma ends a clause, except before the code of Active Directory, which explains what stands before it.
CLAUSE_END = re.compile(
    r"[|\n;!?]|\.(?:\s|$)|, (?!data [0-9a-f]{3}\b)| but | however | mais | aber"
    r" | sondern | pero | sino | ma | therefore "
)
# Sentences that web servers write for every 401 and 403, and addresses, so they say nothing about the cause: Apache,
# Tomcat, HAProxy, IIS, WebLogic.
UNSPECIFIC = re.compile(
    r"this server could not verify that you.{0,80}(?:document|resource|url)"
    r"|either you supplied the wrong credentials(?: \(e\.g\.,? bad password\))?"
    r"|or your browser.{0,60}credentials required"
    r"|.{0,60}lacks valid authentication credentials.{0,40}|you need a valid user and password to access"
    r"|.{0,90}using the credentials that you supplied|access is denied due to invalid credentials"
    r"|the response must include a www-authenticate[^.]{0,90}|if the request already included.{0,150}those credentials"
    r"|th(?:e|is) request requires (?:user|http) authentication"
    r"|https?://\S+"  # the name of the host contains "cert"
)
CLAUSE_LENGTH_MAX = 400  # characters; a clause of an error is a sentence


def _words(patterns: str) -> str:
    """Return one pattern of alternatives, which are separated by " | " or the end of a line."""
    return "|".join(re.split(r"\s\|\s|\n", "\n".join(line.strip() for line in patterns.strip().splitlines())))


ABOUT_CERTIFICATE = _words(r"""
    (?<![\w.-])cert(?![\w.-]) | certificat | certificado | certificato | zertifikat | \bx\.?509\b
""")
ABOUT_CLIENT_ID = _words(r"""
    client[ -]?id\b | client identifi | \bid client | \bid de client | api[ -]?key | subscription key | consumer key
    \bconsumer\b | app(?:lication)?[ -]?id\b | app(?:lication)?[ -]?key | identifiant client
    identifiant (?:de l'|d')app | cle (?:d'|de l')?api | client-?kennung | kunden-?id | api-?schlussel
    identificador de(?:l)? cliente | clave (?:de )?(?:la )?api | identificativo (?:del )?client | chiave api
    invalid client\b(?! ip) | invalid api ?key | x-ibm-client | app(?:lication)? with (?:the )?(?:id|identifier)
""")
ABOUT_APPLICATION = (
    ABOUT_CLIENT_ID
    + "|"
    + _words(r"""
    \bapp(?:lication)?\b | \bapplikation | \banwendung | \baplicacion | \bapplicazione | \bclient\b | \bdeveloper\b
    requested api | \bapi\b | subscription
""")
)
ABOUT_PASSWORD = _words(r"""
    password | passwort | kennwort | mot de passe | contrasena | passphrase | parola d'ordine
""")
ABOUT_LOGIN = _words(r"""
    \baccount | \buser ?name\b | \buser\b | \blogin\b | \bcompte\b | utilisateur | konto\b | benutzer | \bcuenta\b
    \busuario | \butente\b | \bconto\b | anmeldename
""")
ABOUT_CREDENTIALS = _words(r"""
    credential | \bidentifiants?\b(?! client) | informations d'identification | anmeldedaten | zugangsdaten
    anmeldeinformation | credencial | credenziali | authorization header | header authorization
    authorization-header | basic auth | authentication header | en-tete authorization | autorizzazione
    authentication (?:information|data|parameters?) | authorization field | username and password
    user name and password | cabecera authorization | credenzial
""")
ABOUT_TOKEN = _words(r"""
    signature'? (?:parameter|could|cannot|is|mismatch|does) | access ?token | bearer | \bjwt\b | oauth
    security token | authentication token | \btoken\b | jeton | \bsaml\b | invalid token | id token
""")

NOT_SENT = _words(r"""
    \bmissing\b | \brequires\b | \babsent | \brequired\b
    not (?:been )?(?:provided|sent|supplied|present|included|given|received)
    no (?:\w+ ){0,4}(?:was |were )?(?:sent|provided|supplied|found|present|received|given)
    not found in (?:the )?request | failed to resolve | could not be resolved
    \bmust (?:be )?(?:provide|sen[dt]|suppl|include) | not specified | is empty | \bnone\b | lacks | manquant
    \brequis | \baucune?\b | non fourni | pas fourni | n'a pas ete (?:fourni|envoye|transmis) | non transmis
    fehl(?:t|en|ende) | erforderlich | \bkeine?n?\b | nicht (?:mitgesendet|angegeben|ubermittelt|gesendet|vorhanden)
    \bfalta | requerid | no se (?:ha )?(?:proporcion|envi|recib|incluy) | no proporcionad | ausente | mancante
    richiest[oa] | non fornit | non inviat | assente | \bnessun | no se han? (?:proporcion|envi|recib|incluy)
    did not (?:include|send|provide|contain) | ^no \w+ \w+$ | mancanti?\b | se requiere
""")
WRONG = _words(r"""
    \binvalid | \bunknown | not (?:been )?(?:recogni[sz]ed|registered|valid|known|found|exist) | unrecogni[sz]ed
    does not exist | doesn't exist | \bincorrect | \bwrong\b | \bbad\b | mismatch | does not match | not match
    \bfailed\b | failure | unable to validate | could not be verified | denied | rejected | refused | not accepted
    inconnu | invalide | introuvable | errone | non reconnu | n'existe pas | non valide | pas valide | refuse
    unbekannt | ungultig | falsch | nicht gefunden | nicht registriert | stimmt nicht | abgelehnt | nicht gultig
    nicht bekannt | desconocid | no (?:es )?valid | no encontrad | no existe | no reconocid | erronea | incorrecta
    rechazad | sconosciut | non valid | \berrat[aoie]\b | non trovat | non riconosciut | non registrat | inesistente
    rifiutat | non corrett | scorrett | non e valid | non e corrett | n'est pas valide
    no (?:client|application|app|user|account) (?:was )?found | aucune? \w+ (?:ne )?correspond
""")
LOCKED = _words(r"""
    \blocked\b | gesperrt | verrouille | bloqueada? | bloccat | \bbloque | \bsuspended | \bdisabled | deactivated
    \bdesactive | suspendu | deaktiviert | suspendid | deshabilitad | desactivad | sospes | disabilitat | disattivat
    inactive | not active | lockout | too many failed | \bblocked\b | deshabilitado | inactif
""")
EXPIRED = _words(r"""
    \bexpired?\b | \bexpire\b | expiree?s? | abgelaufen | caducad | expirad | vencid | scadut
""")
CHANGE = _words(r"""
    must be changed | needs to be changed | change required | doit etre change | geandert werden | debe cambiar
    deve essere cambiata | reset required | must change | muss geandert
""")
REVOKED = _words(r"""
    revoked | revoque | widerrufen | zuruckgezogen | revocad | revocat
""")
UNTRUSTED = _words(r"""
    not (?:been )?trusted | untrusted | unknown (?:ca|issuer|authority) | unable to get (?:local )?issuer
    self[- ]?signed | unable to verify | not issued by | nicht vertrauenswurdig | pas (?:de |approuve)
    non approuve | no (?:es )?(?:de )?confianza | non attendibile | unknown certificate authority
    autorite inconnue | unbekannte(?:r|n)? (?:ca|aussteller|zertifizierungsstelle) | autoridad desconocida
    autorita sconosciuta | not signed by a trusted | issuer is not | issuer not | non fidato | emetteur inconnu
    emisor desconocido | unbekannte\w* (?:ca|aussteller|zertifizierungsstelle)
""")
NOT_SUBSCRIBED = _words(r"""
    not registered to plan | not subscribed | no (?:active |valid )?subscription
    subscription to the api is inactive | subscription (?:validation failed|not found|required|expired|missing)
    not entitled | no apiproduct match | api ?product match | for given resource | api ?key is not approved
    not approved | unauthorized client | cannot consume this service
    not associated with (?:a|any) (?:plan|product) | no (?:plan|product)\b
    not authori[sz]ed to (?:use|access|call) (?:this|the) api
    not authori[sz]ed for (?:the |this )?(?:api|product|plan)
    (?:can ?not|can't|could not|unable to|failed to) find (?:an? )?(?:active |valid )?subscription
    (?:pas|non|n'est pas) (?:abonne|souscrit)
    aucun abonnement | abonnement (?:inactif|expire|requis|introuvable) | nicht abonniert | kein (?:\w+ )?abonnement
    nicht fur (?:die|diese) api freigeschaltet | no (?:esta )?suscrit | sin suscripcion
    no (?:tiene )?(?:una )?suscripcion | non (?:e )?(?:sottoscritt|abbonat)
    nessun(?:a|') (?:sottoscrizione|abbonamento)
    subscription (?:has |is )?(?:validation failed|not found|required|expired|missing|inactive)
""")
QUOTA = _words(r"""
    \bquota | call volume | limit exceeded exception | daily limit | monthly limit | ^\s*limit exceeded | kontingent
    \bcuota | limite (?:journaliere|mensuelle|quotidienne) | limite (?:diario|mensual)
    limite (?:giornalier|mensile) | tageslimit | monatslimit
""")
USED_UP = _words(r"""
    exceed | reached | used up | exhausted | out of | violation | depasse | atteint | epuise | uberschritten
    erschopft | aufgebraucht | erreicht | superad | agotad | excedid | alcanzad | superat | esaurit | raggiunt
    replenished
""")
RATE = _words(r"""
    rate limit | too many requests | throttl | spike arrest | local rate ?limited | trop de requetes
    zu viele anfragen | demasiadas (?:solicitudes|peticiones) | troppe richieste | request limit | error code: 1015
    anfragelimit | burst limit | local rate limited | ratelimit | limite de (?:taux|requetes|solicitudes|peticiones)
    limite di richieste
""")
NOT_LINKED = _words(r"""
    not (?:associated|linked|bound|mapped|allowed|authori[sz]ed|permitted) | non (?:associe|autorise)
    pas (?:associe|autorise) | nicht (?:zugeordnet|zugelassen) | no (?:esta )?(?:asociad|autorizad)
    non (?:e )?(?:associat|autorizzat)
""")
NOTHING_FOUND = _words(r"""
    no (?:client|application|app|consumer) (?:was )?found | aucune? (?:client|application) ne correspond
    keine? (?:client|anwendung) gefunden | ningun(?:a aplicacion)? corresponde
    nessun(?:a applicazione)? corrisponde
""")
ABOUT_ADDRESS = _words(r"""
    \bip\b | ip[- ]?adress | adresse ip | direccion ip | indirizzo ip | source address | client address
    remote address
""")
NOT_ALLOWED = _words(r"""
    not (?:allowed|whitelist|white-list|allowlist|permitted|authori[sz]ed) | denied | blocked | rejected | restrict
    forbidden | non autorise | interdit | bloque | refuse | nicht (?:zugelassen|erlaubt|freigegeben|freigeschaltet)
    gesperrt | no (?:esta )?(?:permitid|autorizad) | bloquead | non (?:e )?(?:autorizzat|consentit|ammess) | bloccat
""")
MAINTENANCE = _words(r"""
    \bmaintenance\b | \bwartung | mantenimiento | manutenzione | temporarily (?:unavailable|out of service)
    out of service | hors service | voruber?gehend nicht | temporairement (?:in)?disponible | temporalmente no
    fuera de servicio | fuori servizio | momentaneamente non | service is unavailable
""")
POLICY = _words(r"""
    rejected by (?:policy|filter) | rejected \(from client\) | internal error \(from client\) | refused by policy
    blocked by (?:policy|rule) | policy (?:denied|violation|falsified) | forbidden by administrative rules
    par (?:la )?politique | durch (?:die )?richtlinie | por (?:la )?politica | dalla politica | assertion falsified
""")
# What Active Directory says about a login over LDAP: Windows' error code in hexadecimal digits, after "data".
DIRECTORY = "accept ?security ?context error"
DIRECTORY_REFUSED = r"\bdata (?:525|52e)\b"  # no such user, wrong password
DIRECTORY_EXPIRED = r"\bdata (?:532|773)\b"  # the password has expired, or must be changed first
DIRECTORY_LOCKED = r"\bdata (?:530|531|533|701|775)\b"  # wrong time or computer; disabled, expired, locked out
ABOUT_CLOCK = _words(r"""
    timestamp | \bclock\b | not yet valid | too old | in the future | horodatage | zeitstempel | marca de tiempo
    request time | time skew
""")


@dataclass(frozen=True)
class Rule:
    """A cause, as the code of its verdict: what is concerned (`subject`) and what is said about it, in any order."""

    code: str
    subject: re.Pattern[str]
    said: re.Pattern[str]

    def matches(self, clause: str) -> bool:
        return self.subject.search(clause) is not None and self.said.search(clause) is not None


def _rule(code: str, subject: str, said: str = "") -> Rule:
    return Rule(code, re.compile(subject), re.compile(said))


# The first rule that matches a clause decides about it. A cause that would also match as another one stands above it.
RULES = (
    _rule("client_certificate_revoked", ABOUT_CERTIFICATE, REVOKED),
    _rule("client_certificate_expired", ABOUT_CERTIFICATE, EXPIRED),
    _rule("client_certificate_unknown_ca", ABOUT_CERTIFICATE, UNTRUSTED),
    _rule("client_certificate_missing", ABOUT_CERTIFICATE, NOT_SENT),
    _rule("client_certificate_missing", "post-handshake authentication"),
    _rule("client_certificate_refused", ABOUT_CERTIFICATE, WRONG),
    _rule("client_certificate_refused", ABOUT_CERTIFICATE, r"\berror\b|\bfehler|\berreur|\berrore|verification"),
    _rule("client_certificate_refused", ABOUT_CERTIFICATE, NOT_LINKED),
    _rule("refused_by_policy", POLICY),
    _rule("quota_exceeded", QUOTA, f"{USED_UP}|limit exceeded"),
    _rule("rate_limited", RATE),
    _rule("address_not_allowed", ABOUT_ADDRESS, NOT_ALLOWED),
    _rule("client_id_not_subscribed", NOT_SUBSCRIBED),
    _rule("client_id_unknown", ABOUT_CLIENT_ID, NOTHING_FOUND),
    _rule("client_id_not_received", ABOUT_CLIENT_ID, NOT_SENT),
    _rule("client_id_blocked", ABOUT_CLIENT_ID, f"{LOCKED}|{REVOKED}|{EXPIRED}"),
    _rule("client_id_unknown", ABOUT_CLIENT_ID, WRONG),
    _rule("other_authentication", ABOUT_TOKEN, f"{NOT_SENT}|{WRONG}|{EXPIRED}|authorization: bearer"),
    _rule("password_expired", DIRECTORY, DIRECTORY_EXPIRED),
    _rule("account_locked", DIRECTORY, DIRECTORY_LOCKED),
    _rule("password_rejected", DIRECTORY, DIRECTORY_REFUSED),
    _rule("password_expired", ABOUT_PASSWORD, f"{EXPIRED}|{CHANGE}"),
    _rule("account_locked", f"{ABOUT_LOGIN}|{ABOUT_PASSWORD}", LOCKED),
    _rule("client_id_blocked", ABOUT_APPLICATION, LOCKED),
    _rule("credentials_not_received", f"{ABOUT_CREDENTIALS}|{ABOUT_PASSWORD}|{ABOUT_LOGIN}", NOT_SENT),
    _rule("credentials_not_received", r"header\.authorization", "does not exist|unresolved"),
    _rule("password_rejected", f"{ABOUT_PASSWORD}|{ABOUT_CREDENTIALS}", WRONG),
    _rule(
        "password_rejected",
        ABOUT_LOGIN,
        r"unknown|invalid|incorrect|wrong|inconnu|unbekannt|falsch|desconocid|sconosciut|errat",
    ),
    _rule("out_of_service", MAINTENANCE),
)


# "Credentials" may be a password or a client ID, and an API key may be another one than the client ID.
EXPLICIT = {
    "password_rejected": ABOUT_PASSWORD,
    "client_id_unknown": (
        r"client[ -]?id\b|\bid client|\bid de client|identifi\w+ (?:del? )?client|client-?kennung|kunden-?id"
    ),
}


@dataclass(frozen=True)
class NamedCause:
    """The cause that a response names. `is_clear`: no clause names another one, and no general word is used."""

    code: str
    is_clear: bool


def named_cause(words: str) -> NamedCause | None:
    """Return the cause that the words name; if they name several, the one that stands first in RULES."""
    clauses = (clause.strip()[:CLAUSE_LENGTH_MAX] for clause in CLAUSE_END.split(UNSPECIFIC.sub(" ", words)))
    codes = {code for clause in clauses if clause and (code := _cause_of(clause))}
    if not codes:
        return None
    code = next(rule.code for rule in RULES if rule.code in codes)
    return NamedCause(code, len(codes) == 1 and re.search(EXPLICIT.get(code, ""), words) is not None)


def _cause_of(clause: str) -> str:
    return next((rule.code for rule in RULES if rule.matches(clause)), "")


def mentions_clock(words: str) -> bool:
    """Return whether the words are about the time of a request."""
    return re.search(f"{ABOUT_CLOCK}|{EXPIRED}", words) is not None and "password" not in words
