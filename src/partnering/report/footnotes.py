"""Links on paper: every address outside the report gets a number, and the page ends with the list of them."""

import html
import re

LINK = re.compile(r'<a (?:[^>]*\s)?href="(https?://[^"]+)"[^>]*>(.*?)</a>', re.DOTALL)


def number_links(markup: str, addresses: list[str]) -> str:
    """Return markup with a number after every link out of the report; new addresses are added to the list.

    A link whose text is its address needs no note.
    """

    def numbered(match: re.Match[str]) -> str:
        """Return a link with the number of its footnote; none where its text is its address."""
        address = html.unescape(match[1])
        if html.unescape(match[2]).strip() == address:
            return match[0]
        if address not in addresses:
            addresses.append(address)
        return f'{match[0]}<sup class="footnote">{addresses.index(address) + 1}</sup>'

    return LINK.sub(numbered, markup)
