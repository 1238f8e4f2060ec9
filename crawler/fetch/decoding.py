"""Codings of a response undone by the archive's own list, so that the spider and the store read the same page."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response

from archive.errors import ArchiveError, DecodedTooLarge
from archive.warc.codings import undo

#: How the flag of a response begins whose body could not be decoded, and that of one that contradicts its label.
UNREADABLE = "undecoded: "
#: The flag of a response whose body is larger without its codings than we take.
OWN_LIMIT = "a limit of ours"
REMARK = "coding: "


class Decoding:
    """In the place of Scrapy's own middleware, which knows other codings and leaves what it does not know as it is."""

    def process_response(self, request: Request, response: Response) -> Response:
        """The response with its body as an application sees it; what cannot be decoded is empty and says why in its
        flags.
        """
        if request.method == "HEAD" or not response.body:
            return response
        named = _values(response, "Content-Encoding")
        try:
            found = undo(response.body, named, (), next(iter(_values(response, "Content-Type")), ""))
        except ArchiveError as error:
            limits = [OWN_LIMIT] if isinstance(error, DecodedTooLarge) else []
            return response.replace(body=b"", flags=[*response.flags, f"{UNREADABLE}{error}", *limits])
        if not named and found.data is response.body:
            return response
        headers = response.headers.copy()
        headers.pop("Content-Encoding", None)
        flags = [*response.flags, *(f"{REMARK}{remark}" for remark in found.remarks)]
        return response.replace(headers=headers, body=found.data, flags=flags)


def _values(response: Response, name: str) -> list[str]:
    return [value.decode("latin-1") for value in response.headers.getlist(name)]
