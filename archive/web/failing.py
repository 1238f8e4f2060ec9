"""What a reader sees when a page cannot be made; what the operator sees stays one line without the values of
variables.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.utils.asgi import Base400, Request, Response
from datasette.views.base import DatasetteError
from markupsafe import Markup

from archive.web.beside import extra_template_vars
from archive.web.views import refusal

log = logging.getLogger(__name__)
#: Datasette's own answer to exceptions prints tracebacks with all local variables when ``rich`` happens to be
#: installed.
_DATASETTES = "datasette.handle_exception"


def replace_datasettes() -> None:
    """Take the place of Datasette's own answer; all that are registered would be run."""
    if pm.has_plugin(_DATASETTES):
        pm.unregister(name=_DATASETTES)


@hookimpl
def handle_exception(datasette: Datasette, request: Request, exception: Exception) -> Callable[[], Awaitable[Response]]:
    """An error page, or JSON for programs."""

    async def answer() -> Response:
        status, title, message, more = _told(request, exception)
        info = {**more, "ok": False, "error": str(message), "status": status, "title": title}
        if request.path.endswith(".json"):
            return Response.json(info, status=status)
        if not request.path.startswith("/fangtan"):
            return await refusal(datasette, request, status, str(message))
        template = datasette.jinja_env.select_template([f"{status}.html", "error.html"])
        facts = {
            **info,
            "error": message,
            "urls": datasette.urls,
            "app_css_hash": datasette.app_css_hash(),
            "menu_links": list,
            **extra_template_vars(request),
        }
        return Response.html(await template.render_async(facts), status=status)

    return answer


def _told(request: Request, exception: Exception) -> tuple[int, str | None, str, dict[str, Any]]:
    """Status, title, message and further facts."""
    if isinstance(exception, Base400):
        return exception.status, None, str(exception.args[0] if exception.args else ""), {}
    if isinstance(exception, DatasetteError):
        message = exception.message
        if exception.message_is_html:
            message = Markup(message)  # noqa: S704 - Datasette's own, escaped there
        # Datasette says 500 of SQL and parameters that it cannot use.
        status = 400 if exception.status == 500 else exception.status
        return status, exception.title, message, exception.error_dict
    if request.path.startswith("/fangtan"):
        log.info("%s: %r", request.path[:200], exception)
        return 400, None, f"That cannot be answered as it was asked ({type(exception).__name__}). 请求无法处理。", {}
    log.error("%s: %r", request.path[:200], exception, exc_info=exception)
    return 500, None, "This page has a fault; the server's log names it. 页面出错，详见服务器日志。", {}
