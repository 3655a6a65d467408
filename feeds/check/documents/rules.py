"""The rules of documents: one row each, with who demands it, what is wrong and what to do.

A rule's id is its vocabulary and what it is about. Most vocabularies share the same ways of
being wrong; those stand once in ``ruling``, and a row names them.
"""

from feeds.check import Level
from feeds.check.documents.rules_links import LINK_RULES
from feeds.check.documents.rules_mail import MAIL_RULES
from feeds.check.documents.rules_media import MEDIA_RULES
from feeds.check.documents.rules_rss import RSS_RULES
from feeds.check.documents.ruling import STRUCTURE, VALUE, VALUES, Rule, shared

_INNER = "twice unknown attribute-unknown content"
_E, _W, _A = Level.ERROR, Level.WARNING, Level.ADVICE

RULES: dict[str, Rule] = {
    # Any document
    "unreadable": Rule(
        _E, "talkfeeds", "cannot be read: {detail}", "correct the name, or its permissions"
    ),
    "nothing-to-check": Rule(
        _E, "talkfeeds", "holds no document that is checked",
        "correct the name, or name the file itself",
    ),
    "unknown-format": Rule(
        _E, "talkfeeds", "this is no feed that is known here ({detail})",
        "check Atom, RSS, JSON Feed or OPML",
    ),
    "xml-form": Rule(_E, "XML 1.0 §2.1", "not well-formed: {detail}", "correct the XML"),
    "xml-encoding": Rule(
        _E, "XML 1.0 §4.3.3", "cannot be read as text: {detail}", "write it in UTF-8"
    ),
    "xml-encoding-rare": Rule(
        _W, "XML 1.0 §4.3.3", "the document is in {value}, which few readers know",
        "write it in UTF-8",
    ),
    "xml-characters": Rule(
        _A, "XML 1.0 §2.2", "a character that was read in another encoding: {detail}",
        "write the file in the encoding that it names",
    ),
    "xml-entities": Rule(
        _E, "XML 1.0 §4.2", "entities that readers refuse: {detail}",
        "write the characters themselves",
    ),
    "xml-external-entity": Rule(
        _E, "XML 1.0 §4.2.2", "an entity from outside of the document: {detail}", "remove it"
    ),
    "xml-too-large": Rule(_E, "talkfeeds", "too large to be read: {detail}", "list fewer entries"),
    "xml-too-deep": Rule(_E, "talkfeeds", "too deep to be read: {detail}", "nest less"),
    "xml-language": Rule(
        _E, "XML 1.0 §2.12, BCP 47", "xml:lang: “{value}” is not a language tag",
        "write a tag such as es-MX",
    ),
    "xml-version": Rule(
        _E, "RFC 4287 §2, RSS 2.0", "this is XML {value}; feeds are written in XML 1.0",
        'write <?xml version="1.0"?>',
    ),
    "xml-base": Rule(
        _E, "XML Base §3.1", "xml:base: “{value}” is not an IRI", "write an absolute address"
    ),
    "uri-scheme": Rule(
        _E, "RFC 8141 §2, RFC 4151 §2.1, RFC 9562 §4",
        "{where}: “{value}” is not of the form that its scheme has",
        "write such as tag:example.org,2026:my-talk or urn:uuid:…",
    ),
    "xml-namespace": Rule(
        _W, "Namespaces in XML 1.0 §3", "the namespace “{value}” is nearly {wanted}",
        "write it exactly so",
    ),
    "xml-prefix": Rule(
        _W, "Namespaces in XML 1.0 §3",
        "the prefix {prefix} stands for “{value}”, and elsewhere for {wanted}",
        "correct the namespace, or take another prefix",
    ),
    "date-unlikely": Rule(
        _W, "talkfeeds", "{where}: in {value} there were no feeds, or are none yet", "correct it"
    ),
    "language-region": Rule(
        _W, "BCP 47 §2.2.4", "{where}: nobody has registered the region of “{value}”",
        "write a registered one (GB, not UK)",
    ),
    # What its server says of it
    "served-type": Rule(
        _W, "RFC 4287 §7, RFC 9110 §8.3", "the server says that it is {value}",
        "let it say {wanted}",
    ),
    "served-encoding": Rule(
        _W, "RFC 7303 §3", "the server says {value}, the document {found}: the server is believed",
        "let both say utf-8",
    ),
    "served-elsewhere": Rule(
        _A, "RFC 4287 §4.1.1", "the document says that it is at “{value}”",
        "link there, or correct rel=self",
    ),
    # Atom
    **dict(shared("atom", "RFC 4287 §4", STRUCTURE)),
    **dict(shared("atom", "RFC 4287 §2", "space")),
    **dict(shared("atom", "RFC 4287 §4.2", "empty", _W)),
    **dict(shared("atom", "RFC 4287 §2, RFC 3987", "uri")),
    **dict(shared("atom", "RFC 4287 §3.3, RFC 3339", "date")),
    **dict(shared("atom", "RFC 4287 §4.2.7.4, BCP 47", "language")),
    **dict(shared("atom", "RFC 4287 §4.2.7.3, RFC 2045", "media-type")),
    **dict(shared("atom", "RFC 4287 §3.2.3", "email")),
    **dict(shared("atom", "RFC 4287 §4.2.7.6", "number")),
    **dict(shared("atom", "RFC 4287 §3.1.1", "choice")),
    "atom-author": Rule(
        _E, "RFC 4287 §4.1.2", "neither the entry nor the feed has an author",
        "add <author> to the feed",
    ),
    "atom-content-or-link": Rule(
        _E, "RFC 4287 §4.1.2", "the entry has neither content nor an alternate link", "add one"
    ),
    "atom-summary": Rule(
        _E, "RFC 4287 §4.1.2", "content that is elsewhere or in Base64 needs a summary",
        "add <summary>",
    ),
    "atom-alternate-twice": Rule(
        _E, "RFC 4287 §4.1.1, §4.1.2",
        "a second alternate link of the same type and language", "keep one",
    ),
    "atom-text-markup": Rule(
        _A, "RFC 4287 §3.1.1.1", "{where} holds HTML, and is said to be plain text",
        'write plain text, or type="html"',
    ),
    "atom-source": Rule(
        _W, "RFC 4287 §4.2.11", "<source> does not say the {element} of its feed", "add it"
    ),
    "atom-id-form": Rule(
        _W, "RFC 4287 §4.2.6.1", "the id “{value}” can be written in another way too",
        "small letters, no default port, no dots, / for an empty path; never change an old id",
    ),
    "atom-markup": Rule(
        _E, "RFC 4287 §3.1.1, §4.1.3.3", "<{element}> of type {type} holds elements",
        "escape the markup, or write it as xhtml in a div",
    ),
    "atom-xhtml-div": Rule(
        _E, "RFC 4287 §3.1.1.3", "<{element}> of type xhtml is not one XHTML div",
        'put everything into <div xmlns="http://www.w3.org/1999/xhtml">',
    ),
    "atom-xhtml-foreign": Rule(
        _E, "RFC 4287 §3.1.1.3, appendix B",
        "<{element}> of the namespace “{value}” stands in XHTML",
        "write XHTML, or move the element into the entry",
    ),
    "atom-content-xml": Rule(
        _W, "RFC 4287 §4.1.3.3", "<content> of type {type} is not one element",
        "write the root element alone",
    ),
    "atom-content-src": Rule(
        _E, "RFC 4287 §4.1.3.2", "<content> with src is not empty", "remove src, or the content"
    ),
    "atom-content-src-type": Rule(
        _W, "RFC 4287 §4.1.3.2", "<content> with src has no type", "say its media type"
    ),
    "atom-content-composite": Rule(
        _E, "RFC 4287 §4.1.3.1", "<content> of the composite type “{value}”", "take another type"
    ),
    "atom-base64": Rule(
        _E, "RFC 4287 §4.1.3.3", "<content> of type {type} is not in Base64", "encode it"
    ),
    "atom-relation": Rule(
        _W, "RFC 4287 §4.2.7.2", "the relation “{value}” is neither registered nor an IRI",
        "take a registered one, or an address as its name",
    ),
    "atom-no-text": Rule(
        _A, "RFC 4287 §4.1.2", "the entry has neither content nor a summary", "add a summary"
    ),
    "atom-no-namespace": Rule(
        _W, "RFC 4287 §6.1", "<{element}> is of no namespace: nobody can know what it means",
        "correct its prefix, or declare its namespace",
    ),
    "self-relative": Rule(
        _W, "RFC 4287 §4.1.1, RSS profile §5.1",
        "rel=self is “{value}”, which leads nowhere from a copy of the feed",
        "write the whole address",
    ),
    "atom-self": Rule(
        _W, "RFC 4287 §4.1.1", "the feed does not say where it is itself",
        'add <link rel="self" href="…"/>',
    ),
    "atom-order": Rule(
        _W, "RFC 4287 §4.1.1", "<{element}> stands behind the first entry",
        "put it before the entries",
    ),
    "atom-id-twice": Rule(
        _W, "RFC 4287 §4.1.1", "the entry of line {other} has this id and this updated too",
        "an id names one entry; a change gives a new updated",
    ),
    "atom-updated-same": Rule(
        _A, "RFC 4287 §4.2.15", "{count} entries share the updated {value}",
        "readers sort by it: give each its own moment",
    ),
    "atom-updated-early": Rule(
        _A, "RFC 4287 §4.2.15",
        "the feed's updated is older than that of the entry in line {other}",
        "a feed changes when an entry does",
    ),
    "atom-schema": Rule(
        _E, "RFC 4287, appendix B", "the document does not fit the schema: {detail}",
        "correct the structure",
    ),
    "atom-obsolete": Rule(
        _E, "RFC 4287 §2", "this is Atom {value}, which was a draft", "write Atom 1.0"
    ),
    # Atom's extensions
    **dict(shared("history", "RFC 5005 §2, §4", "content attribute-unknown")),
    **dict(shared("history", "RFC 5005 §2, §4", "unknown", _W)),
    "history-both": Rule(
        _E, "RFC 5005 §2, §4", "a feed cannot be complete and an archive",
        "remove fh:complete or fh:archive",
    ),
    "history-place": Rule(
        _E, "RFC 5005 §2, §4", "<fh:{element}> belongs into the head of a feed", "move it"
    ),
    "history-current": Rule(
        _W, "RFC 5005 §4", "the archive does not link the subscription document",
        'add <link rel="current" href="…"/>',
    ),
    "history-complete-linked": Rule(
        _W, "RFC 5005 §2, §3", "a complete feed with a link to {value}",
        "remove the link, or fh:complete",
    ),
    **dict(shared("deleted", "RFC 6721 §3", STRUCTURE)),
    **dict(shared("deleted", "RFC 6721 §3", "uri date email choice space")),
    **dict(shared("deleted", "RFC 6721 §3", "empty", _W)),
    "deleted-place": Rule(
        _E, "RFC 6721 §3", "<at:deleted-entry> belongs into a feed", "move it"
    ),
    "deleted-alive": Rule(
        _W, "RFC 6721 §4", "the entry of line {other} is listed and deleted later",
        "remove the entry, or its tombstone",
    ),
    **dict(shared("app", "RFC 5023 §8, §13", f"{STRUCTURE} space uri date choice")),
    "app-categories": Rule(
        _E, "RFC 5023 §7.2.1", "<app:categories> with href has fixed, scheme or categories too",
        "keep href, or the list",
    ),
    **dict(shared("thread", "RFC 4685 §3, §4", "attribute-missing twice space uri number date")),
    **dict(shared("thread", "RFC 4685 §3, §4", "media-type")),
    **dict(shared("thread", "RFC 4685 §3, §4", "unknown attribute-unknown", _W)),
    **RSS_RULES,
    # HTML inside of feeds
    "html-relative": Rule(
        _W, "RSS profile §2.3, RFC 4287 §3.1.1.2", "the HTML refers to “{value}”",
        "write whole addresses",
    ),
    "html-active": Rule(
        _W, "RFC 4287 §8.1", "the HTML holds {value}, which readers remove", "remove it"
    ),
    "html-frame": Rule(
        _W, "RFC 4287 §8.1", "the HTML holds <{value}>, which many readers remove",
        "put a link beside it",
    ),
    "html-style": Rule(
        _W, "RFC 4287 §8.1", "the HTML has a style with {value}, which readers remove",
        "remove it",
    ),
    "html-form": Rule(
        _W, "RFC 4287 §3.1.1.2", "the HTML could not stand in a <div>: {detail}",
        "close what is open, and write elements of HTML",
    ),
    **MEDIA_RULES,
    # OPML
    **dict(shared("opml", "OPML 2.0", f"{_INNER} missing uri date email number choice")),
    **dict(shared("opml", "OPML 2.0 <outline>, BCP 47", "language")),
    "opml-version": Rule(_E, "OPML 2.0 <opml>", "<opml> has no version that is known", "write 2.0"),
    "opml-outline": Rule(
        _E, "OPML 2.0 <outline>", "<outline> of type {type} has no {attribute}", "add it"
    ),
    "opml-text": Rule(_E, "OPML 2.0 <outline>", "<outline> has no text", "add the attribute text"),
    "opml-type": Rule(
        _W, "OPML 2.0 <outline>", "<outline> has an xmlUrl and no type", 'add type="rss"'
    ),
    "opml-order": Rule(_W, "OPML 2.0", "<body> stands before <head>", "put <head> first"),
    # JSON Feed
    "json-form": Rule(_E, "RFC 8259 §2", "not JSON: {detail}", "correct it"),
    "json-too-large": Rule(_E, "talkfeeds", "too large or too deep: {detail}", "list fewer items"),
    "json-key-twice": Rule(_W, "RFC 8259 §4", "the name “{value}” stands twice", "keep one"),
    "json-missing": Rule(_E, "JSON Feed 1.1", "{where} has no {value}", "add it"),
    "json-type": Rule(_E, "JSON Feed 1.1", "{where} is not {wanted}", "correct the value"),
    "json-version": Rule(
        _E, "JSON Feed 1.1, top-level", "version is “{value}”",
        "write https://jsonfeed.org/version/1.1",
    ),
    "json-content": Rule(
        _E, "JSON Feed 1.1, items", "{where} has neither content_html nor content_text", "add one"
    ),
    "json-unknown": Rule(
        _W, "JSON Feed 1.1, extensions", "{where} has the unknown name “{value}”",
        "begin names of your own with _",
    ),
    "json-empty": Rule(_W, "JSON Feed 1.1", "{where} is empty", "fill it, or leave it out"),
    "json-uri": Rule(_E, "JSON Feed 1.1", VALUE[0], VALUES["uri"]),
    "json-date": Rule(_E, "JSON Feed 1.1, RFC 3339", VALUE[0], VALUES["date"]),
    "json-language": Rule(_E, "JSON Feed 1.1, BCP 47", VALUE[0], VALUES["language"]),
    "json-media-type": Rule(_E, "JSON Feed 1.1, attachments", VALUE[0], VALUES["media-type"]),
    "json-number": Rule(_E, "JSON Feed 1.1, attachments", VALUE[0], VALUES["number"]),
    "json-id-twice": Rule(
        _E, "JSON Feed 1.1, items", "the item of line {other} has the id “{value}” too",
        "an id names one item",
    ),
    "json-id-number": Rule(
        _W, "JSON Feed 1.1, items", "{where} is not text", "write ids as text"
    ),
    "json-author-empty": Rule(
        _E, "JSON Feed 1.1, authors", "{where} has neither name nor url nor avatar", "add one"
    ),
    "json-author-old": Rule(
        _A, "JSON Feed 1.1, deprecations", "{where} has author, which became authors in 1.1",
        "write authors too",
    ),
    "json-feed-url": Rule(
        _A, "JSON Feed 1.1, top-level", "the feed does not say where it is itself", "add feed_url"
    ),
    "json-next": Rule(
        _E, "JSON Feed 1.1, top-level", "next_url is the feed's own address", "remove it"
    ),
    # From document to document
    "cross-entry": Rule(
        _W, "the same entry in every format", "{what} of “{value}” differs from {other}",
        "make both from one source",
    ),
    "cross-absent": Rule(
        _W, "RFC 5005 §4", "the archive “{value}” is not among the files of its site", "make it"
    ),
    "cross-chain": Rule(
        _W, "RFC 5005 §4", "{value} does not lead back here", "link next-archive to this document"
    ),
    "cross-archive": Rule(
        _W, "RFC 5005 §4", "is linked as an archive, and does not say that it is one",
        "add fh:archive to its head",
    ),
    **LINK_RULES,
    **MAIL_RULES,
}  # fmt: skip
