"""Settings that are unsafe or contradict each other: the variable that is named, and the remedy."""

from __future__ import annotations

from tests.support.tokens import SECRET

EVERYWHERE = "0.0.0.0"  # noqa: S104 - refused
PASSWORD = "geheimes-passwort"  # noqa: S105 - made up
"""Is never quoted."""
JWKS = {
    "AUTH_JWKS_URL": "https://issuer.example/keys",
    "AUTH_ISSUER": "https://issuer.example",
    "AUTH_AUDIENCE": "shop",
}
UNSAFE: list[tuple[dict[str, str], str, str]] = [
    # Anybody could speak.
    ({"HOST": EVERYWHERE}, "HOST", "set AUTH_JWT_SECRET or AUTH_JWKS_URL"),
    ({"HOST": "::"}, "HOST", "ALLOW_ANONYMOUS=true if that is wanted"),
    ({"HOST": "gateway.internal"}, "HOST", "or HOST=127.0.0.1"),
    ({"TRUSTED_PROXIES": "10.0.0.1"}, "TRUSTED_PROXIES", "set AUTH_JWT_SECRET or AUTH_JWKS_URL"),
    ({"ALLOW_ANONYMOUS": "false"}, "ALLOW_ANONYMOUS", "set AUTH_JWT_SECRET or AUTH_JWKS_URL"),
    ({"ALLOW_ANONYMOUS": "yes"}, "ALLOW_ANONYMOUS", "set it to true or false"),
    (
        {"ALLOW_ANONYMOUS": "true", "AUTH_JWT_SECRET": SECRET},
        "ALLOW_ANONYMOUS",
        "unset one of them",
    ),
    # Tokens could be made by others, or those for others be taken.
    (
        {"AUTH_JWT_SECRET": "secret"},
        "AUTH_JWT_SECRET",
        "has 6 bytes, and needs 32: set it to 32 or more random",
    ),
    (
        {"AUTH_JWT_SECRET": "change-me " * 5},
        "AUTH_JWT_SECRET",
        "has spaces, or characters that are not visible ASCII: set it to 32 or more random",
    ),
    (
        {"AUTH_JWT_SECRET": "0123456789abcdefghijklmnopqrst\u0142"},
        "AUTH_JWT_SECRET",
        "for example what `openssl rand -base64 32` prints",
    ),
    (
        {"AUTH_JWT_SECRET": "a" * 64},
        "AUTH_JWT_SECRET",
        "has too few different characters (1), and needs 10: set it to 32 or more random",
    ),
    ({**JWKS, "AUTH_JWT_SECRET": SECRET}, "AUTH_JWT_SECRET", "set the one that signs"),
    (
        {**JWKS, "AUTH_JWKS_URL": "http://issuer.example/keys"},
        "AUTH_JWKS_URL",
        "set it to an address such as https://",
    ),
    ({**JWKS, "AUTH_ISSUER": ""}, "AUTH_ISSUER", "set it, since AUTH_JWKS_URL is"),
    ({**JWKS, "AUTH_AUDIENCE": ""}, "AUTH_AUDIENCE", "set it, since AUTH_JWKS_URL is"),
    ({"AUTH_ISSUER": "x"}, "AUTH_ISSUER", "set AUTH_JWT_SECRET or AUTH_JWKS_URL too"),
    ({"AUTH_AUDIENCE": "x"}, "AUTH_AUDIENCE", "set AUTH_JWT_SECRET or AUTH_JWKS_URL too"),
    ({**JWKS, "AUTH_CLOCK_SKEW_S": "86400"}, "AUTH_CLOCK_SKEW_S", "set it to seconds from 0"),
    ({"TICKET_TTL_S": "3600"}, "TICKET_TTL_S", "set it to seconds from 5 to 300"),
    # A password would be in the log, or is in the wrong place.
    (
        {**JWKS, "AUTH_JWKS_URL": f"https://shop:{PASSWORD}@issuer.example/keys"},
        "AUTH_JWKS_URL",
        "without a name or a password in it",
    ),
    (
        {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://shop:{PASSWORD}@traces.example"},
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "without a name or a password in it",
    ),
    (
        {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://traces.example?key={PASSWORD}"},
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "set it to an address such as http://localhost:4318",
    ),
    (
        {"GEMINI_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": f"https://shop:{PASSWORD}@gemini.test"},
        "GOOGLE_GEMINI_BASE_URL",
        "without a name or a password in it",
    ),
    (
        {"GEMINI_API_KEY": "k", "GOOGLE_VERTEX_BASE_URL": f"https:/shop:{PASSWORD}@vertex.test"},
        "GOOGLE_VERTEX_BASE_URL",
        "set it to an address such as https://localhost:8443",
    ),
    (
        {"SESSION_STORE": f"redis://:{PASSWORD}@host:6379/list"},
        "SESSION_STORE",
        "set it to memory, or an address",
    ),
    (
        {"ALLOWED_ORIGINS": f"https://shop:{PASSWORD}@shop.example"},
        "ALLOWED_ORIGINS",
        "set it to web origins",
    ),
    (
        {"ALLOWED_HOSTS": f"https://shop:{PASSWORD}@shop.example"},
        "ALLOWED_HOSTS",
        "set it to host names",
    ),
    # Anybody could be an admin.
    (
        {"HOST": EVERYWHERE, "ALLOW_ANONYMOUS": "true", "ADMIN_TOKEN": "admin"},
        "ADMIN_TOKEN",
        "has 5 characters, and needs 16: set it to 16 or more random characters",
    ),
    (
        {"HOST": EVERYWHERE, "ALLOW_ANONYMOUS": "true", "METRICS_TOKEN": "sesame"},
        "METRICS_TOKEN",
        "has 6 characters, and needs 16: set it to 16 or more random characters",
    ),
    (
        {"ADMIN_TOKEN": PASSWORD, "METRICS_TOKEN": PASSWORD},
        "METRICS_TOKEN",
        "is ADMIN_TOKEN: set it to another random text",
    ),
    (
        {"AUTH_JWT_SECRET": SECRET, "METRICS_TOKEN": SECRET},
        "METRICS_TOKEN",
        "is AUTH_JWT_SECRET: set it to another random text",
    ),
    (
        {"AUTH_JWT_SECRET": SECRET, "ADMIN_TOKEN": SECRET},
        "ADMIN_TOKEN",
        "set it to another random text",
    ),
    ({"ADMIN_ROLE": "admin"}, "ADMIN_ROLE", "set AUTH_JWT_SECRET or AUTH_JWKS_URL too"),
    # Any web page could connect, any client be from anywhere.
    ({"ALLOWED_ORIGINS": "*"}, "ALLOWED_ORIGINS", "set it to web origins"),
    ({"ALLOWED_ORIGINS": "http://shop.example"}, "ALLOWED_ORIGINS", "http on loopback only"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS", "set it to host names"),
    ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "TRUSTED_PROXIES", "set it to addresses or networks"),
    ({"TRUSTED_PROXIES": "my-proxy"}, "TRUSTED_PROXIES", "set it to addresses or networks"),
]
