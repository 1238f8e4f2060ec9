"""What is in the way of a crawl: recognised, counted, distinguished. Nothing here evades anything."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from archive.collection.clock import now

#: Answers of a server or firewall that does not want us (or anybody) now.
REFUSED = (401, 403, 405, 412, 429, 503, 512, 521)


@dataclass(slots=True)
class Obstacle:
    """One kind of obstacle of a run."""

    rule: str
    url: str
    detail: str
    count: int = 0

    def as_dict(self) -> dict[str, Any]:
        """For the report."""
        return {"rule": self.rule, "url": self.url, "detail": self.detail, "count": self.count}


@dataclass(slots=True)
class Obstacles:
    """The obstacles of a run, each kind with its first example."""

    found: dict[str, Obstacle] = field(default_factory=dict)

    def add(self, rule: str, url: str, detail: str) -> None:
        """Count one."""
        self.found.setdefault(rule, Obstacle(rule, url, detail)).count += 1

    def as_list(self) -> list[dict[str, Any]]:
        """For the report, the most frequent first."""
        return [o.as_dict() for o in sorted(self.found.values(), key=lambda o: (-o.count, o.rule))]


def of_failure(error: BaseException | None) -> str:
    """The kind of a failure without any response."""
    names = {type(e).__name__ for e in causes(error)}
    text = describe(error)
    if _in_any("DNS", names) or "CannotResolveHostError" in names:
        return "dns"
    if _in_any("Timeout", names):
        return "timeout"
    if _in_any("SSL", names) or _in_any("TLS", names) or "ssl" in text.lower() or 'tls = "legacy"' in text:
        return "tls"
    return "connection"


def _in_any(word: str, names: set[str]) -> bool:
    return any(word in name for name in names)


def causes(error: BaseException | None) -> list[BaseException]:
    """An error and what is behind it: the reasons that Twisted names,
    the errors that Python chained (some ten at most).
    """
    found: list[BaseException] = []
    while error is not None and len(found) < 10:
        found.append(error)
        reasons = (getattr(reason, "value", reason) for reason in getattr(error, "reasons", None) or ())
        found += [reason for reason in reasons if isinstance(reason, BaseException)]
        error = error.__cause__ or error.__context__
    return found


def of_certificate(der: bytes, host: str) -> tuple[str, str] | None:
    """What is wrong with a server's certificate: (rule, detail). Scrapy accepts any; we say so."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        if certificate.not_valid_after_utc < now():
            return "certificate_expired", f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
        if certificate.not_valid_before_utc > now():
            return "certificate_expired", f"not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
        names = _names(certificate)
    except ValueError as error:
        return "certificate_wrong", f"unreadable: {error}"
    if not any(_matches(name, host) for name in names):
        return "certificate_wrong", f"made out to {', '.join(names[:3]) or 'nobody'}"
    if certificate.issuer == certificate.subject:
        return "certificate_wrong", "self-signed"
    return None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names: Any = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
        return [str(n) for n in (*names.get_values_for_type(x509.DNSName), *names.get_values_for_type(x509.IPAddress))]
    except x509.ExtensionNotFound:
        return [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def _matches(name: str, host: str) -> bool:
    if name.startswith("*."):
        return host.partition(".")[2].lower() == name[2:].lower()
    return name.lower() == host.lower()


def describe(error: BaseException | None) -> str:
    """An error in words an operator can act on."""
    if error is None:
        return ""
    if type(error).__name__ == "DownloadFailedError" and error.__cause__ is not None:
        return describe(error.__cause__)
    inner = getattr(error, "reasons", None)
    if inner:
        return "; ".join(describe(getattr(reason, "value", reason)) for reason in inner)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return (
            "the disk is full (nothing captured so far is lost); free some "
            "space, then continue with `fangtan crawl "
            "--resume`. 磁盘已满。"
        )
    name = type(error).__name__
    text = " ".join(str(error).split()) or name
    return f"{name}: {_hint(text) or text}"


#: What OpenSSL says of old servers → what to do.
_HINTS = {
    "dh key too small": 'the server\'s DH key is too small: set tls = "legacy" in the site file',
    "unsafe legacy renegotiation": 'the server needs legacy renegotiation: set tls = "legacy" in the site file',
    "no protocols available": 'the server speaks an old TLS only: set tls = "legacy" in the site file',
}


def _hint(text: str) -> str | None:
    return next((hint for words, hint in _HINTS.items() if words in text), None)
