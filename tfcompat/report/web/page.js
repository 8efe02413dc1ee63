"use strict";
// The data of the page, and helpers to show it. What scripts printed is hostile: here and everywhere it
// is written with textContent only, and never becomes markup, a style or an address.
const page = (() => {
  const data = {};

  // The data are in the page as JSON, compressed by zlib and encoded in base64.
  async function load() {
    const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    Object.assign(data, await new Response(unpacked).json());
  }

  // Add an element to a parent, and return it.
  function add(parent, tag, { text, ...attributes } = {}) {
    const child = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    if (text !== undefined) child.textContent = text;
    parent.append(child);
    return child;
  }

  // The same for a shape of a drawing.
  function addShape(parent, tag, attributes) {
    const child = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    parent.append(child);
    return child;
  }

  // Show a tooltip over an element that is divided into places from left to right: what textOf returns
  // for the place under the pointer.
  function addTooltip(element, count, textOf) {
    element.addEventListener("mousemove", ({ clientX }) => {
      const { left, width } = element.getBoundingClientRect();
      const place = Math.floor(((clientX - left) / width) * count);
      element.parentElement.title = textOf(Math.max(0, Math.min(count - 1, place)));
    });
  }

  // A part of the page that is filled when it is first opened; its title is text and elements.
  function addFolded(parent, title, fill) {
    const fold = add(parent, "details");
    add(fold, "summary").append(...title);
    fold.addEventListener("toggle", () => { if (fold.childElementCount === 1) fill(fold); });
    return fold;
  }

  // The coloured sign of a verdict.
  function addTile(parent, verdict, glyph, more = "") {
    return add(parent, "span", { text: glyph, class: `tile ${verdict} ${more}`.trimEnd(), "aria-hidden": "true" });
  }

  // A link into this page, without the choices of now, which could hide what it leads to.
  function addLink(parent, text, target) {
    return add(parent, "a", { text, href: filters.address("", target) });
  }

  const cellName = (column) => [column.release, column.python && `Python ${column.python}`, column.campaign]
    .filter(Boolean).join(", ");

  const plural = (count, noun, nouns = `${noun}s`) => `${count} ${count === 1 ? noun : nouns}`;

  // Whether the verdict of an entry is one on an example that runs.
  const runs = (entry) => data.runs.includes(entry?.verdict);

  return { data, load, add, addShape, addTooltip, addFolded, addTile, addLink, cellName, plural, runs };
})();
