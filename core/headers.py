"""Headers of every answer: nothing foreign runs in our pages, and nobody frames them."""

from flask import Flask, Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


# Once seen over HTTPS, a browser asks over nothing else for a year.
STRICT_TRANSPORT = "max-age=31536000"


def init_app(app: Flask, *, https_only: bool = False) -> None:
    """Set the headers on every answer that has not set them itself. ``https_only``: the pages are served so."""
    headers = HEADERS | ({"Strict-Transport-Security": STRICT_TRANSPORT} if https_only else {})

    def set_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(set_headers)
