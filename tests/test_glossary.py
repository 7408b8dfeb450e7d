"""The words of a page: found as words, linked once and only in running text, and links that lead out are numbered."""

from partnering.report.footnotes import number_links
from partnering.report.glossary import link_first_uses, terms, used_terms
from partnering.report.publish import _quoted

FIELD = "rNPV, IND, BLA, upfront, milestone, royalty, co-promotion, runway, dilution, simulation limits, percentile"
HOUSE = "products that provide a return, as financed, planned, belief table, value of information"


def test_every_term_asked_for_is_explained_once() -> None:
    names = [term.name for term in terms()]
    assert set(f"{FIELD}, {HOUSE}".split(", ")) <= set(names)
    assert len({term.id for term in terms()}) == len(names)
    assert all(term.meaning.endswith(".") for term in terms())


def test_a_term_is_found_as_a_word_of_its_own() -> None:
    assert [term.name for term in used_terms("The IND is filed; royalties follow")] == ["IND", "royalty"]
    assert used_terms("INDEED, leadership is planned-for") == []


def test_the_first_use_in_running_text_is_linked_and_no_other() -> None:
    linked = link_first_uses(["<figcaption>BLA</figcaption><td>BLA</td>", "<p><a href='#x'>BLA</a> a BLA, a BLA</p>"])
    assert linked[0] == "<figcaption>BLA</figcaption><td>BLA</td>"
    assert linked[1] == '<p><a href=\'#x\'>BLA</a> a <a class="word" href="#word-bla">BLA</a>, a BLA</p>'


def test_addresses_outside_are_numbered_once_each() -> None:
    addresses: list[str] = []
    link = '<a href="https://a.example/?x=1&amp;y=2">here</a>'
    assert number_links(link + link, addresses).count('<sup class="footnote">1</sup>') == 2
    assert (
        number_links('<a href="https://b.example/">https://b.example/</a><a href="#x">x</a>', addresses)[-4:] == "</a>"
    )
    assert addresses == ["https://a.example/?x=1&y=2"]


def test_a_title_cannot_leave_the_style_sheet() -> None:
    quoted = _quoted('a"; } </style><script>\\')
    assert quoted.count('"') == 2 and "<" not in quoted and "\\5c " in quoted
