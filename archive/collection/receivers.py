"""Who gets notices: the receivers that ``[notify]`` in ``fangtan.toml`` names, each checked for itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from archive.collection.config import Place, Problem, said
from archive.collection.urls import is_web
from archive.errors import ConfigError

if TYPE_CHECKING:
    from email.headerregistry import Address

#: The words of ``mail.tls`` and what they mean.
TLS = {
    "starttls": "TLS begins by STARTTLS, or nothing is sent",
    "yes": "TLS from the first byte",
    "no": "no TLS, no password",
    "loopback": "no TLS, to a server on this machine; the one case in which a password may go in the clear",
}
_PORTS = {"starttls": 587, "yes": 465, "no": 25, "loopback": 25}
FORMATS = ("json", "dingtalk", "wecom", "feishu")
#: Services that sign a message with a secret; the others' secret is their address.
_SIGNED = ("dingtalk", "feishu")
_MAIL_KEYS = ("host", "port", "tls", "from", "to", "user", "password_env")
_HOOK_KEYS = ("url", "format", "secret_env")
_HOST = re.compile(r"[\w](?:[\w.-]*[\w])?", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server and who gets mail by it.

    :param tls: a word of :data:`TLS`
    :param to: at least one address
    :param user: login; ``None`` when the server asks for none
    """

    host: str
    port: int
    tls: str
    sender: Address
    to: tuple[Address, ...]
    user: str | None = None
    password_env: str | None = None

    @property
    def receivers(self) -> dict[str, str]:
        """Each address is a receiver of its own: its name in the crawl database, and in messages."""
        return {f"mail:{a.addr_spec.lower()}": f"mail to {a.addr_spec}" for a in self.to}


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes notices by POST.

    :param format: one of :data:`FORMATS`
    :param secret_env: the environment variable with the secret that signs messages
    """

    url: str
    format: str = "json"
    secret_env: str | None = None

    @property
    def host(self) -> str:
        """For messages: the rest of the address is often a secret."""
        return urlsplit(self.url).netloc

    @property
    def receivers(self) -> dict[str, str]:
        """Its name in the crawl database (a digest: the address is a secret), and in messages."""
        return {f"webhook:{hashlib.sha256(self.url.encode()).hexdigest()[:16]}": f"{self.format} at {self.host}"}


Receiver: TypeAlias = Mail | Webhook


def time_of(text: Any) -> tuple[int, int]:
    """Hour and minute of a time of day.

    :raises ValueError: it is not one
    """
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text, re.ASCII) if isinstance(text, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError
    return int(match[1]), int(match[2])


def receivers(values: Mapping[str, Any]) -> list[Receiver]:
    """The receivers among the right values of ``[notify]``."""
    mail: Mail | None = values.get("mail")
    return [*([mail] if mail is not None else ()), *values.get("webhook", ())]


@dataclass(frozen=True, slots=True)
class MailEntry:
    """``mail``, as a kind of setting: an address that is not one costs that one alone."""

    words: str = f"a table with {', '.join(_MAIL_KEYS)}"
    partial: bool = True

    def check(self, value: Any, place: Place) -> tuple[Mail | None, list[Problem]]:
        """See :class:`archive.collection.config.Kind`."""
        wrong: list[str] = []
        mail = None
        try:
            mail = _mail(value, said(place), wrong)
        except ConfigError as error:
            wrong.append(str(error))
        return mail, [Problem(place, line) for line in wrong]


@dataclass(frozen=True, slots=True)
class WebhookEntries:
    """``webhook``, as a kind of setting: the right entries count beside wrong ones."""

    words: str = f"a list of tables with {', '.join(_HOOK_KEYS)}"
    partial: bool = True

    def check(self, value: Any, place: Place) -> tuple[tuple[Webhook, ...], list[Problem]]:
        """See :class:`archive.collection.config.Kind`."""
        if not isinstance(value, list):
            return (), [Problem(place, f"{said(place)} must be a list: webhook = [{{ url = …, format = … }}]")]
        found: dict[str, Webhook] = {}
        wrong: list[Problem] = []
        for number, entry in enumerate(value):
            here = (*place, number)
            try:
                hook = _webhook(entry, said(here))
                if found.setdefault(hook.url, hook) is not hook:
                    raise ConfigError(f"{said(here)}: {hook.format} at {hook.host} is there twice; remove one")
            except ConfigError as error:
                wrong.append(Problem(here, str(error)))
        return tuple(found.values()), wrong


def _table(value: Any, place: str, keys: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Any]:
    """The entry, with known keys only. Values are not printed: they may be secrets."""
    takes = f"it takes {', '.join(keys)}"
    if not isinstance(value, dict):
        raise ConfigError(f"{place} must be a table {{ … }}; {takes}")
    unknown = sorted(set(value) - set(keys))
    if "password" in unknown:
        raise ConfigError(f"{place}: a password must not be in a file; name an environment variable in password_env")
    if unknown:
        raise ConfigError(f"{place}: unknown key {unknown[0]!r}; {takes}")
    missing = [key for key in needed if not value.get(key)]
    if missing:
        raise ConfigError(f"{place} needs {' and '.join(missing)}; {takes}")
    for key, held in value.items():
        if key not in ("to", "port", "tls") and not _is_line(held):
            raise ConfigError(f"{place}: {key} must be text on one line")
    return value


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and not _CONTROL.search(value)


def _variable(value: dict[str, Any], key: str, place: str) -> str | None:
    name = value.get(key)
    if name is not None and not _VARIABLE.fullmatch(name):
        raise ConfigError(f"{place}: {key} must be the name of an environment variable, such as FANGTAN_SECRET")
    return name


def _mail(value: Any, place: str, wrong: list[str]) -> Mail:
    table = _table(value, place, _MAIL_KEYS, ("host", "from", "to"))
    tls = _tls(table, place)
    host, port = _host(table["host"], place), _port(table.get("port", _PORTS[tls]), place)
    if tls == "loopback" and not is_loopback(host):
        raise ConfigError(
            f'{place}: tls = "loopback" is for a server on this machine (localhost); use "starttls" or "yes"'
        )
    senders = _addresses(table["from"], f"{place}: from")
    if len(senders) != 1:
        raise ConfigError(f"{place}: from must be one address")
    password = _password(table, place, tls)
    user = (table.get("user") or senders[0].addr_spec) if password is not None else None
    return Mail(host, port, tls, senders[0], _to(table["to"], place, wrong), user, password)


def _password(table: dict[str, Any], place: str, tls: str) -> str | None:
    """The name of the environment variable with the password."""
    name = _variable(table, "password_env", place)
    if name is None and table.get("user"):
        raise ConfigError(f"{place}: user needs password_env, the name of the environment variable with the password")
    if name is not None and tls == "no":
        raise ConfigError(
            f'{place}: the password would go in the clear; write tls = "starttls" or "yes" '
            '("loopback" for a server on this machine). 密码不能明文传输。'
        )
    return name


def _port(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 65536:
        raise ConfigError(f"{place}: port must be an integer from 1 to 65535")
    return value


def _tls(table: dict[str, Any], place: str) -> str:
    word = table.get("tls", "no")
    if not isinstance(word, str) or word not in TLS:
        choices = "; ".join(f'"{name}": {meaning}' for name, meaning in TLS.items())
        raise ConfigError(f"{place}: tls must be one of these words ({choices}); found {word!r}")
    return word


def _host(host: str, place: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        plain = host.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    if not _HOST.fullmatch(plain):
        raise ConfigError(f"{place}: host must be a name or an IP address, without scheme and port; found {host!r}")
    return plain


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _to(value: Any, place: str, wrong: list[str]) -> tuple[Address, ...]:
    """One text or a list of texts; an address that is not one costs that one alone."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        raise ConfigError(f"{place}: to must be an address or a list of addresses")
    found: dict[str, Address] = {}
    for text in texts:
        try:
            found |= {a.addr_spec.lower(): a for a in _addresses(text, f"{place}: to")}
        except ConfigError as error:
            wrong.append(str(error))
    if not found:
        raise ConfigError(f"{place}: to names no address")
    return tuple(found.values())


def _addresses(text: Any, what: str) -> list[Address]:
    """E-mail addresses as RFC 5322 writes them, with or without names.

    :raises ConfigError: one is invalid
    """
    examples = '"archive@example.org" or "Archive <archive@example.org>"'
    expected = f"{what} must be an e-mail address such as {examples}; found {text!r}"
    if not isinstance(text, str) or not text.strip() or _CONTROL.search(text):
        raise ConfigError(expected)
    try:
        header = import_module("email.policy").default.header_factory("To", text)  # loaded where mail is configured
        if header.defects or not header.addresses or any(group.display_name is not None for group in header.groups):
            raise ConfigError(expected)
        return [_plain(address) for address in header.addresses]
    except (HeaderParseError, UnicodeError, ValueError, IndexError) as error:
        raise ConfigError(expected) from error


def _plain(address: Address) -> Address:
    """The address with its domain in ASCII, as mail servers want it.

    :raises ValueError: a part is invalid
    """
    domain = address.domain.encode("idna").decode("ascii")
    literal = domain.startswith("[") and domain.endswith("]")
    if literal:
        ip_address(domain[1:-1].removeprefix("IPv6:"))
    if not address.username or not address.username.isascii() or not (literal or _HOST.fullmatch(domain)):
        raise ValueError(address)
    return type(address)(address.display_name, address.username, domain)


def _webhook(value: Any, place: str) -> Webhook:
    table = _table(value, place, _HOOK_KEYS, ("url",))
    url, form = table["url"], table.get("format", "json")
    if form not in FORMATS:
        raise ConfigError(f"{place}: format must be one of {', '.join(FORMATS)}; found {form!r}")
    _check_url(url, form, place)
    secret = _variable(table, "secret_env", place)
    if secret is not None and form not in _SIGNED:
        raise ConfigError(f"{place}: {form} signs nothing, so secret_env has no use; only {' and '.join(_SIGNED)} do")
    return Webhook(url, form, secret)


def _check_url(url: str, form: str, place: str) -> None:
    """:raises ConfigError: no address that notices may go to"""
    if not is_web(url) or not url.isascii() or " " in url:
        raise ConfigError(f"{place}: url must be an https address (in ASCII, as the service shows it)")
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ConfigError(f"{place}: url must not hold a user or a password")
    if parts.scheme == "http" and form != "json" and not is_loopback(parts.hostname or ""):
        raise ConfigError(f"{place}: {form} needs https: its address is a secret, which http sends in the clear")
