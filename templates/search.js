// Searches the files below search/ that a build made (feeds/render/search.py says how).
"use strict";

const form = document.getElementById("search");
const field = form.elements.q;
const said = document.getElementById("said");
const list = document.getElementById("found");
const more = document.getElementById("more");
const PER_STEP = 20;
const WEIGHTS = [0, 1, 4, 10];
const CJK = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff";
const WORDS = new RegExp(`[${CJK}]|(?:(?![${CJK}])[\\p{L}\\p{N}])+`, "gu");
const files = new Map();
let asked = "";

// The same folding as the index has.
function wordsOf(text) {
  const folded = text.normalize("NFKD").toLowerCase().replace(/\p{M}+/gu, "").replaceAll("ς", "σ");
  return [...new Set((folded.match(WORDS) ?? []).map((word) => [...word].slice(0, 32).join("")))];
}

function file(name) {
  if (!files.has(name)) {
    const loading = fetch(name).then((answer) => {
      if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
      return answer.json();
    });
    loading.catch(() => files.delete(name));
    files.set(name, loading);
  }
  return files.get(name);
}

function hex(beginning) {
  return [...new TextEncoder().encode(beginning)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Page → score for one word; whoever is still typing it means its beginning.
async function scores(word, unfinished, index) {
  const wanted = index.words.filter(
    (beginning) => word.startsWith(beginning) || (unfinished && beginning.startsWith(word)),
  );
  const found = new Map();
  const parts = await Promise.all(wanted.map((beginning) => file(`words-${hex(beginning)}.json`)));
  for (const part of parts) {
    for (const [known, steps] of Object.entries(part)) {
      if (known !== word && !(unfinished && known.startsWith(word))) continue;
      const rare = Math.log(1 + index.pages / steps.length) * (known === word ? 1.5 : 1);
      let posting = 0;
      for (const step of steps) {
        posting += step;
        const page = posting >> 2;
        found.set(page, Math.max(found.get(page) ?? 0, WEIGHTS[posting & 3] * rare));
      }
    }
  }
  return found;
}

// The pages that hold every word: best first, then newest first.
async function search(words) {
  const index = await file("index.json");
  const last = words.length - 1;
  const each = await Promise.all(
    words.map((word, number) => scores(word, number === last && word.length > 1, index)),
  );
  const [first, ...others] = each;
  const found = [];
  for (const [page, score] of first) {
    if (others.every((other) => other.has(page))) {
      found.push([page, others.reduce((sum, other) => sum + other.get(page), score)]);
    }
  }
  return found.sort((a, b) => b[1] - a[1] || b[0] - a[0]).map(([page]) => page);
}

async function entries(pages) {
  const index = await file("index.json");
  return Promise.all(
    pages.map(async (page) => {
      const number = Math.floor(page / index.pages_a_file);
      return (await file(`pages-${number}.json`))[page % index.pages_a_file];
    }),
  );
}

function item([path, title, below]) {
  const link = document.createElement("a");
  link.href = `../${path}`;
  link.className = "talk";
  link.textContent = title;
  const line = document.createElement("span");
  line.className = "who";
  line.textContent = below;
  const entry = document.createElement("li");
  entry.append(link, line);
  return entry;
}

async function show(pages, start) {
  const shown = await entries(pages.slice(start, start + PER_STEP));
  const end = start + shown.length;
  return () => {
    if (start === 0) list.replaceChildren();
    list.append(...shown.map(item));
    more.hidden = end >= pages.length;
    more.onclick = async () => {
      const query = asked;
      const put = await show(pages, end);
      if (query !== asked) return;
      put();
      list.children[end].querySelector("a").focus();
    };
  };
}

function told(count) {
  const words = form.dataset;
  if (count === 0) return words.none;
  return (count === 1 ? words.one : words.many).replace("{}", count.toLocaleString(document.documentElement.lang));
}

async function answer() {
  const query = field.value.trim();
  if (query === asked) return;
  asked = query;
  const url = new URL(location.href);
  url.search = query ? `?q=${encodeURIComponent(query)}` : "";
  try {
    history.replaceState(null, "", url);
  } catch {
    // A page opened as a file has no history of its own.
  }
  const words = wordsOf(query);
  if (!words.length) {
    list.replaceChildren();
    more.hidden = true;
    said.textContent = "";
    return;
  }
  try {
    const pages = await search(words);
    const put = await show(pages, 0);
    if (query !== asked) return; // typed on in the meantime
    put();
    said.textContent = told(pages.length);
  } catch {
    if (query !== asked) return;
    asked = "";
    list.replaceChildren();
    more.hidden = true;
    said.textContent = form.dataset.failed;
  }
}

// Down and up walk through the results, Escape leads back to the field, and so does "/".
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const links = [...list.querySelectorAll("a")];
  const here = links.indexOf(document.activeElement);
  const typing = document.activeElement === field;
  if (event.key === "ArrowDown" && (typing || here >= 0) && links.length) {
    links[Math.min(here + 1, links.length - 1)].focus();
  } else if (event.key === "ArrowUp" && here >= 0) {
    (here ? links[here - 1] : field).focus();
  } else if (event.key === "Escape" && here >= 0) {
    field.focus();
    field.select();
  } else if (event.key === "/" && !typing) {
    field.focus();
    field.select();
  } else {
    return;
  }
  event.preventDefault();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await answer();
  list.querySelector("a")?.focus();
});
field.addEventListener("input", answer);
form.hidden = false;
field.value = new URLSearchParams(location.search).get("q") ?? field.value;
field.focus();
answer();
