"""Who may read: anyone who reaches the port, or those who have a token."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from archive.errors import ConfigError

App = Callable[[Any, Any, Any], Awaitable[None]]
MIN_LENGTH = 20
_REFUSAL = "A token is needed: as the password, or in the header Authorization: Bearer. 需要访问令牌。\n".encode()


def read_tokens(path: Path) -> list[str]:
    """The tokens of a file, one a line; what follows a ``#`` says whose it is.

    :raises ConfigError: the file cannot be read, is readable by others, holds no token or a short one
    """
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others can read it; chmod 600")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    tokens = [token for line in lines if (token := line.partition("#")[0].strip())]
    if not tokens:
        raise ConfigError(f"{path}: no token in it")
    if short := [n for n, token in enumerate(tokens, 1) if len(token) < MIN_LENGTH]:
        raise ConfigError(
            f"{path}: token {short[0]} has fewer than {MIN_LENGTH} characters; make one with `openssl rand -hex 20`"
        )
    return tokens


#: Of this process: a form that was made before a restart is asked for again.
_SECRET = secrets.token_bytes(32)
_FORM_LIVES = 12 * 3600


def form_token(shown: str, now: float | None = None) -> str:
    """A token that a form carries, so that no foreign page can send it in a reader's name.

    :param shown: the reader's own ``Authorization``; the token is good for nobody else's
    """
    made = str(int(time.time() if now is None else now))
    return f"{made}.{hmac.digest(_SECRET, f'{made} {shown}'.encode(), 'sha256').hex()}"


def is_form_token(token: str, shown: str, now: float | None = None) -> bool:
    """Whether a form's token was made here for this reader, within the last twelve hours."""
    made = token.partition(".")[0]
    if not (made.isascii() and made.isdigit() and len(made) < 12):
        return False
    age = (time.time() if now is None else now) - int(made)
    return 0 <= age + 1 <= _FORM_LIVES and hmac.compare_digest(token.encode(), form_token(shown, int(made)).encode())


def guarded(app: App, tokens: list[str]) -> App:
    """An application that answers only to those who show a token, Datasette's pages and JSON included."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not _allowed(dict(scope["headers"]).get(b"authorization", b""), tokens):
            headers = [
                (b"content-type", b"text/plain; charset=utf-8"),
                (b"www-authenticate", b'Basic realm="fangtan", charset="UTF-8"'),
                (b"cache-control", b"no-store"),
            ]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSAL})
            return
        await app(scope, receive, send)

    return wrapped


def _allowed(header: bytes, tokens: list[str]) -> bool:
    scheme, _, value = header.strip().partition(b" ")
    shown = value.strip()
    if scheme.lower() == b"basic":
        try:
            shown = base64.b64decode(shown, validate=True).partition(b":")[2]
        except ValueError:
            return False
    elif scheme.lower() != b"bearer":
        return False
    return any(hmac.compare_digest(shown, token.encode()) for token in tokens)
