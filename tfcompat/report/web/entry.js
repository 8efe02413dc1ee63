"use strict";
// The details of one entry. What scripts printed is hostile: here and everywhere it is written with
// textContent only, and never becomes markup, a style or an address.
const page = (() => {
  const data = {};

  // The data lie in the page as JSON: compressed, and in the letters of base64.
  async function load() {
    const packed = Uint8Array.from(atob(document.getElementById("data").textContent), (letter) => letter.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    Object.assign(data, await new Response(unpacked).json());
  }

  const details = document.getElementById("details");

  function add(parent, tag, { text, ...attributes } = {}) {
    const child = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    if (text !== undefined) child.textContent = text;
    parent.append(child);
    return child;
  }

  function shape(parent, tag, attributes) {
    const child = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    parent.append(child);
    return child;
  }

  // Have an element's tooltip say what lies under the pointer, of so many places from left to right.
  function explain(element, count, say) {
    element.addEventListener("mousemove", ({ clientX }) => {
      const { left, width } = element.getBoundingClientRect();
      const place = Math.floor(((clientX - left) / width) * count);
      element.parentElement.title = say(Math.max(0, Math.min(count - 1, place)));
    });
  }

  const cellName = (column) => [column.release, column.python && `Python ${column.python}`, column.campaign]
    .filter(Boolean).join(", ");

  // A text is one string, or the head and the tail of a long one.
  function write(parent, number, line) {
    const box = add(parent, "pre", { tabindex: "0" });
    const text = number === undefined ? "" : data.texts[number];
    const head = (text.head ?? text).split("\n");
    if (line === undefined || line > head.length) {
      box.textContent = head.join("\n");
    } else {
      if (line > 1) box.append(`${head.slice(0, line - 1).join("\n")}\n`);
      add(box, "mark", { text: head[line - 1] || " " });
      box.append(`\n${head.slice(line).join("\n")}`);
    }
    if (text === "") add(box, "em", { text: "(nothing)" });
    if (text.head !== undefined) {
      add(box, "em", { text: `\n[${text.left_out} characters are left out here]\n` });
      box.append(text.tail);
    }
    const mark = box.querySelector("mark");
    if (mark) box.scrollTop = mark.offsetTop - box.offsetTop - box.clientHeight / 3;
  }

  function stream(parent, title, number, line) {
    const side = add(parent, "div");
    add(side, "h3", { text: title });
    write(side, number, line);
  }

  function facts(parent, pairs) {
    const list = add(parent, "dl");
    for (const [label, value] of pairs) {
      add(list, "dt", { text: label });
      add(list, "dd", { text: value });
    }
  }

  function folded(parent, title, number) {
    if (number === undefined || number === null) return;
    const fold = add(parent, "details");
    add(fold, "summary", { text: title });
    write(fold, number);
  }

  // What moves a cursor or turns a direction must neither be shown nor be pasted.
  const HARMFUL = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g;
  const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

  // A word as a shell reads it.
  function quoted(text) {
    if (/^[\w./:=@%+-]+$/.test(text)) return text;
    if (text.search(HARMFUL) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
    return `$'${text.replaceAll(/[\\']/g, "\\$&").replaceAll(HARMFUL, escaped)}'`;
  }

  // A line, and a button that copies it.
  function command(parent, title, words) {
    const line = words.map(quoted).join(" ");
    const box = add(parent, "p", { class: "command" });
    add(box, "span", { text: title });
    add(box, "code", { text: line, tabindex: "0" });
    const button = add(box, "button", { text: "copy", type: "button" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(line);
      button.textContent = "copied";
    });
  }

  function commands(parent, row, column) {
    if (!column.python) return;
    const words = ["tfcompat", "run", "--release", column.release, "--python", column.python, "--test", row.path, "--force"];
    command(parent, "Run it again", words);
    command(parent, "Make its environment, and keep it", [...words, "--keep"]);
  }

  // The versions of a freeze by package; null where it is not known, or not whole.
  function packages(number) {
    const text = data.texts[number];
    if (typeof text !== "string") return null;
    return new Map(text.split("\n").filter(Boolean).map((line) => {
      const [, name, version] = line.match(/^([^=\s@]+)\s*(?:==|@)?\s*(.*)$/) ?? [line, line, ""];
      return [name, version];
    }));
  }

  // The nearest cell of the same campaign in which the example gives the same result.
  function nearestGood(row, index) {
    const good = row.entries.flatMap((entry, place) =>
      (entry?.verdict === "same" && data.columns[place].campaign === data.columns[index].campaign ? [place] : []));
    return good.sort((a, b) => Math.abs(a - index) - Math.abs(b - index))[0];
  }

  // Each package that is another one here than in the nearest good cell, as [name, there, here].
  function moved(there, here) {
    return [...new Set([...there.keys(), ...here.keys()])].sort()
      .map((name) => [name, there.get(name) ?? "absent", here.get(name) ?? "absent"])
      .filter(([, old, now]) => old !== now);
  }

  function drift(parent, row, index) {
    const good = nearestGood(row, index);
    if (row.entries[index].verdict === "same" || good === undefined) return;
    const [there, here] = [good, index].map((place) => packages(data.columns[place].freeze));
    const changes = there && here ? moved(there, here) : [];
    if (!changes.length) return;
    const fold = add(parent, "details");
    add(fold, "summary", { text: `Packages that differ from ${cellName(data.columns[good])}, where it is the same (${changes.length})` });
    facts(fold, changes.map(([name, old, now]) => [name, `${old} → ${now}`]));
  }

  function showDetails(row, index) {
    const entry = row.entries[index];
    const column = data.columns[index];
    const [here, there] = [entry.lines?.[1], entry.lines?.[0]];
    details.replaceChildren();
    const title = add(details, "h2");
    add(title, "span", { text: entry.glyph, class: `tile ${entry.verdict}`, "aria-hidden": "true" });
    title.append(` ${entry.verdict}: ${row.name} with ${cellName(column)}`);
    add(details, "p", { text: entry.sentence, class: "sentence" });
    facts(details, entry.facts);
    if (entry.facts.some(([label]) => label === "Ended")) {
      const sides = add(details, "div", { class: "sides" });
      if (entry.held && entry.against === entry.output) {
        stream(sides, "Output (its baseline’s is the same to the letter)", entry.output);
      } else {
        if (entry.held) stream(sides, "Output of its baseline", entry.against, there);
        stream(sides, "Output here", entry.output, here);
      }
      stream(details, "Standard error", entry.error);
    }
    metrics.draw(details, row, index);
    add(details, "h3", { text: "Environment" });
    facts(details, column.facts);
    commands(details, row, column);
    drift(details, row, index);
    folded(details, "Installed packages (freeze)", column.freeze);
    folded(details, "What building the environment said", column.build);
  }

  return { data, details, add, shape, explain, cellName, load, quoted, moved, showDetails };
})();
