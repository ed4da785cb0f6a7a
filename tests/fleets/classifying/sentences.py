"""Sentences that gateways write about each cause, in five languages, by the code of the verdict."""

SENTENCES = {
    "client_id_unknown": """
        Invalid client id or secret.
        Client id not registered.
        Unknown client_id
        The client_id parameter is invalid
        INVALID_CLIENT_ID
        InvalidApiKey
        API key not valid. Please pass a valid API key.
        The provided API key does not exist
        Client ID 'abc-123' was not recognized
        No client found for the given client id
        Consumer key is wrong
        invalid_client
        Bad API key
        Application with identifier abc-123 was not found
        Identifiant client inconnu
        L'identifiant client est invalide
        Clé d'API non valide
        Le client_id fourni n'existe pas
        Aucune application ne correspond à cet identifiant client
        Unbekannte Client-ID
        Die Client-ID ist ungültig
        Der API-Schlüssel ist falsch
        Client-ID wurde nicht gefunden
        Identificador de cliente no válido
        El client_id no existe
        Clave de API incorrecta
        ID client sconosciuto
        Il client_id non è valido
        Chiave API errata
    """,
    "client_id_not_received": """
        No API key found in request
        Client id missing.
        Missing client_id
        The client_id query parameter is required
        API key is missing
        client_id was not provided
        Access denied due to missing subscription key.
        You must provide an API key
        Le paramètre client_id est manquant
        Clé d'API absente de la requête
        L'identifiant client est requis
        Client-ID fehlt
        Der Parameter client_id ist erforderlich
        Falta el client_id
        El identificador de cliente es requerido
        Il parametro client_id è mancante
        Chiave API mancante
    """,
    "client_id_not_subscribed": """
        Not registered to plan
        Application is not subscribed to this API
        The application has no active subscription
        API Subscription validation failed.
        Invalid ApiKey for given resource
        Client is not entitled to use this product
        unauthorized_client
        You cannot consume this service
        Your subscription has expired
        L'application n'est pas abonnée à cette API
        Aucun abonnement actif pour cette application
        Die Anwendung hat kein aktives Abonnement
        Diese API ist nicht abonniert
        La aplicación no está suscrita a esta API
        No tiene una suscripción activa
        L'applicazione non è abbonata a questa API
        Nessuna sottoscrizione attiva
    """,
    "client_id_blocked": """
        The application is not active.
        Application suspended
        Your API key has been revoked
        API key disabled
        This client has been deactivated
        Client ID blocked
        API key expired
        L'application est suspendue
        Clé d'API révoquée
        Die Anwendung ist gesperrt
        API-Schlüssel gesperrt
        La aplicación está suspendida
        La clave de API ha sido revocada
        L'applicazione è sospesa
        La chiave API è stata revocata
    """,
    "password_rejected": """
        Authentication failed: invalid login or password.
        Invalid username or password
        Bad credentials
        Wrong password
        The password is incorrect
        Invalid authentication credentials
        Login failed: unknown user
        The supplied credentials are invalid
        User name or password is not valid
        Incorrect user ID or password
        Mot de passe incorrect.
        Identifiant ou mot de passe invalide
        Le mot de passe est erroné
        Utilisateur inconnu
        Benutzername oder Kennwort falsch
        Ungültige Anmeldedaten
        Das Passwort ist nicht gültig
        Unbekannter Benutzer
        Usuario o contraseña incorrectos
        Credenciales no válidas
        La contraseña no es válida
        Nome utente o password errati
        Credenziali non valide
        La password non è corretta
    """,
    "password_expired": """
        Password expired.
        Your password has expired and must be changed
        The user must change the password
        Le mot de passe a expiré
        Votre mot de passe doit être changé
        Das Kennwort ist abgelaufen
        Das Passwort muss geändert werden
        La contraseña ha caducado
        La password è scaduta
    """,
    "account_locked": """
        Account locked after too many attempts.
        Your account has been locked
        User account disabled
        The user is suspended
        This login has been deactivated
        Too many failed login attempts
        ACCOUNT_LOCKED
        Votre compte est verrouillé.
        Compte bloqué
        Le compte utilisateur a été désactivé
        Das Benutzerkonto ist gesperrt
        Ihr Konto wurde deaktiviert
        La cuenta está bloqueada
        Usuario deshabilitado
        L'account è bloccato
        Utente disabilitato
    """,
    "credentials_not_received": """
        Authorization header is missing
        Missing credentials
        No credentials provided
        No Authorization header found
        Authentication credentials were not provided.
        The request lacks an Authorization header
        Username and password are required
        Aucun identifiant fourni dans la requête
        En-tête Authorization manquant
        Es wurden keine Anmeldedaten übermittelt
        Der Authorization-Header fehlt
        No se han proporcionado credenciales
        Falta la cabecera Authorization
        Credenziali mancanti
        Header Authorization mancante
    """,
    "other_authentication": """
        Access token is missing
        Jwt is missing
        Invalid bearer token
        invalid_token
        Token expired
        OAuth token required
        Missing OAuth access token
        The access token provided is expired, revoked, malformed, or invalid
        Jeton d'accès manquant
        Access Token fehlt
        Token inválido
        Token non valido
    """,
    "quota_exceeded": """
        Daily quota exceeded
        Out of call volume quota. Quota will be replenished in 5.03:23:11.
        You have used up your quota
        Monthly limit reached
        Quota journalier dépassé
        Votre quota est épuisé
        Das Kontingent ist erschöpft
        Tageslimit überschritten
        Cuota diaria agotada
        Quota giornaliera esaurita
    """,
    "rate_limited": """
        Rate Limit exceeded
        API rate limit exceeded
        Too many requests, please slow down
        Message throttled out
        Spike arrest violation. Allowed rate : 10ps
        local_rate_limited
        Trop de requêtes
        Zu viele Anfragen
        Demasiadas solicitudes
        Troppe richieste
    """,
    "address_not_allowed": """
        Your IP address is not whitelisted
        IP address not allowed: 192.0.2.7
        Access denied for client ip : 192.0.2.7
        Requests from this IP are blocked
        Source address not permitted
        Adresse IP non autorisée
        Votre adresse IP est bloquée
        Ihre IP-Adresse ist nicht freigegeben
        Die IP-Adresse ist gesperrt
        Su dirección IP no está permitida
        Indirizzo IP non autorizzato
    """,
    "client_certificate_missing": """
        No required SSL certificate was sent
        No client certificate
        Client certificate required
        Client certificate is missing
        SSL Certificate Required
        No required TLS certificate was sent
        The request did not include a client certificate
        Certificat client absent
        Aucun certificat client n'a été fourni
        Le certificat client est requis
        Es wurde kein Clientzertifikat gesendet
        Clientzertifikat fehlt
        Falta el certificado de cliente
        Se requiere un certificado de cliente
        Certificato client mancante
        Nessun certificato client fornito
    """,
    "client_certificate_refused": """
        The SSL certificate error
        Invalid client certificate
        TLS certificate failed verification
        Client certificate rejected
        Certificate does not match the client_id
        Client certificate validation failed
        Certificate unknown
        Certificat client invalide
        Le certificat client a été refusé
        Ungültiges Clientzertifikat
        Das Zertifikat wurde abgelehnt
        Certificado de cliente no válido
        Certificato client non valido
        Il certificato è stato rifiutato
    """,
    "client_certificate_expired": """
        Client certificate has expired
        FAILED:certificate has expired
        The certificate is expired
        Le certificat client a expiré
        Das Clientzertifikat ist abgelaufen
        El certificado ha caducado
        Il certificato client è scaduto
    """,
    "client_certificate_revoked": """
        Client certificate revoked
        FAILED:certificate revoked
        The certificate was revoked by its issuer
        Le certificat a été révoqué
        Das Zertifikat wurde widerrufen
        El certificado de cliente ha sido revocado
        Il certificato è stato revocato
    """,
    "client_certificate_unknown_ca": """
        FAILED:unable to verify the first certificate
        FAILED:self-signed certificate in certificate chain
        FAILED:unable to get local issuer certificate
        Client certificate is not trusted
        Certificate signed by unknown authority
        The certificate was not issued by a trusted CA
        Le certificat n'est pas de confiance
        Certificat émis par une autorité inconnue
        Das Zertifikat ist nicht vertrauenswürdig
        Zertifikat von unbekanntem Aussteller
        El certificado no es de confianza
        Certificato emesso da un'autorità sconosciuta
    """,
    "refused_by_policy": """
        Rejected by policy.
        Internal Error (from client)
        Rejected (from client)
        Blocked by policy
        Policy Falsified
    """,
    "out_of_service": """
        The service is temporarily unavailable
        The API is down for maintenance
        Service en maintenance
        Der Dienst ist wegen Wartung nicht verfügbar
        Servicio en mantenimiento
        Servizio in manutenzione
        Scheduled maintenance in progress
        Service temporairement indisponible
        Dienst vorübergehend nicht verfügbar
    """,
    # Sentences that name no cause, or several.
    "": """
        Unauthorized
        Forbidden
        Access denied
        Not authorized
        You are not allowed to read this resource
        Bad request
        Something about 403.
        Your request was blocked
        An unexpected error occurred
        Invalid request
        The requested resource was not found.
        No data available for such context.
        Unsupported media type
        Accès refusé
        Accès interdit
        Zugriff verweigert
        Acceso denegado
        Accesso negato
        Nothing to see.
        no Route matched with those values
        Insufficient permissions for fleet 0a123
        User MZP128745 may not read fleets
        The server encountered an error
        Your certificate was accepted
        Unknown domain: api-cert.example.com
        Access to https://api-cert.example.com/connectedcar/v3/fleets?client_id=abc denied
    """,
}


def sentences():
    """Yield (code, sentence) for every sentence."""
    for code, text in SENTENCES.items():
        for line in text.strip().splitlines():
            yield code, line.strip()
