"use strict";
// The details of one entry: what happened, what was printed, and how to run it again.
const details = (() => {
  const { data, add, addFolded, addTile, addLink, cellName } = page;
  const root = document.getElementById("details");

  // Write the lines of a text, with one of them marked; lines count from 1.
  function addLines(box, lines, marked) {
    if (marked === undefined || marked > lines.length) {
      box.append(lines.join("\n"));
      return;
    }
    if (marked > 1) box.append(`${lines.slice(0, marked - 1).join("\n")}\n`);
    add(box, "mark", { text: lines[marked - 1] || " " });
    box.append(`\n${lines.slice(marked).join("\n")}`);
  }

  // Write the text of a number. It is one string, or the head and the tail of a long one.
  function addText(parent, number, marked) {
    const box = add(parent, "pre", { tabindex: "0" });
    const text = data.texts[number] ?? "";
    addLines(box, (text.head ?? text).split("\n"), marked);
    if (text === "") add(box, "em", { text: "(nothing)" });
    if (text.head !== undefined) {
      add(box, "em", { text: `\n[${text.left_out} characters are left out here]\n` });
      box.append(text.tail);
    }
    const mark = box.querySelector("mark");
    if (mark) box.scrollTop = mark.offsetTop - box.offsetTop - box.clientHeight / 3;
  }

  function addFoldedText(parent, title, number) {
    if (number !== undefined && number !== null) addFolded(parent, [title], (fold) => addText(fold, number));
  }

  function addStream(parent, title, number, marked) {
    const side = add(parent, "div");
    add(side, "h3", { text: title });
    addText(side, number, marked);
  }

  function addStreams(entry) {
    const sides = add(root, "div", { class: "sides" });
    const [baselineLine, line] = entry.lines ?? [];
    if (entry.compared && entry.baseline_output === entry.output) {
      addStream(sides, "Output (identical to that of its baseline)", entry.output);
    } else {
      if (entry.compared) addStream(sides, "Output of its baseline", entry.baseline_output, baselineLine);
      addStream(sides, "Output here", entry.output, line);
    }
    addStream(root, "Standard error", entry.error);
  }

  // A picture as it is stored, or why there is none.
  function addPicture(parent, heading, size, number) {
    const side = add(parent, "figure");
    add(side, "figcaption", { text: `${heading}: ${size}` });
    const picture = number === null ? undefined : data.pictures[number];
    if (picture) add(side, "img", { src: `data:image/png;base64,${picture}`, alt: `${heading}, ${size}` });
  }

  // The figures that are not the same to the pixel: the baseline's beside what was drawn here.
  function addFigures(figures) {
    for (const { title, sizes, pictures } of figures) {
      add(root, "h3", { text: title });
      const sides = add(root, "div", { class: "drawn" });
      addPicture(sides, "In the baseline", sizes[0], pictures[0]);
      addPicture(sides, "Here", sizes[1], pictures[1]);
    }
  }

  function addFacts(parent, facts) {
    const list = add(parent, "dl");
    for (const [label, value] of facts) {
      add(list, "dt", { text: label });
      add(list, "dd", { text: value });
    }
  }

  // Characters that move a cursor or change the direction of text must neither be shown nor be pasted.
  const HARMFUL = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/g;
  const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

  // A word, quoted for a shell where it has to be.
  function quoted(text) {
    if (/^[\w./:=@%+-]+$/.test(text)) return text;
    if (text.search(HARMFUL) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
    return `$'${text.replaceAll(/[\\']/g, "\\$&").replaceAll(HARMFUL, escaped)}'`;
  }

  // A command line, and a button that copies it.
  function addCommand(title, words) {
    const line = words.map(quoted).join(" ");
    const box = add(root, "p", { class: "command" });
    add(box, "span", { text: title });
    add(box, "code", { text: line, tabindex: "0" });
    const button = add(box, "button", { text: "copy", type: "button" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(line);
      button.textContent = "copied";
    });
  }

  function addCommands(row, { release, python }) {
    if (!python) return;
    const words = ["tfcompat", "run", "--release", release, "--python", python, "--test", row.path, "--force"];
    addCommand("Run it again", words);
    addCommand("Make its environment, and keep it", [...words, "--keep"]);
  }

  // The column of the same campaign nearest to one, in which the example gives the same result.
  function nearestSame(row, index) {
    const { campaign } = data.columns[index];
    const isSame = (entry, place) => entry?.verdict === "same" && data.columns[place].campaign === campaign;
    const places = row.entries.flatMap((entry, place) => (isSame(entry, place) ? [place] : []));
    return places.sort((a, b) => Math.abs(a - index) - Math.abs(b - index))[0];
  }

  // The packages whose versions differ between two lists of [name, version], as [name, there, here].
  function changedPackages(there, here) {
    const [old, now] = [new Map(there), new Map(here)];
    return [...new Set([...old.keys(), ...now.keys()])].sort()
      .map((name) => [name, old.get(name) ?? "absent", now.get(name) ?? "absent"])
      .filter(([, before, after]) => before !== after);
  }

  function addChangedPackages(row, index) {
    const same = nearestSame(row, index);
    if (row.entries[index].verdict === "same" || same === undefined) return;
    const [there, here] = [data.columns[same].packages, data.columns[index].packages];
    const changes = there && here ? changedPackages(there, here) : [];
    if (!changes.length) return;
    const title = `Packages that differ from ${cellName(data.columns[same])}, where it is the same (${changes.length})`;
    addFolded(root, [title], (fold) => addFacts(fold, changes.map(([name, old, now]) => [name, `${old} → ${now}`])));
  }

  // What is predicted to break, whatever became of the run: that ends at the first break.
  function addPredicted(entry) {
    if (!entry.breaks) return;
    const what = entry.breaks === 1 ? "1 break" : `${entry.breaks} breaks`;
    add(root, "h3", { text: `Predicted, not run: ${what}` });
    addText(root, entry.predicted);
  }

  function addTitle(row, column, { verdict, glyph }) {
    const title = add(root, "h2");
    addTile(title, verdict, glyph);
    title.append(` ${verdict}: ${row.name} with ${cellName(column)}`);
  }

  // Show the entry of a row in the column of a number.
  function show(row, index) {
    const [entry, column] = [row.entries[index], data.columns[index]];
    root.replaceChildren();
    addTitle(row, column, entry);
    add(root, "p", { text: entry.sentence, class: "sentence" });
    if (entry.source !== undefined) addText(root, entry.source, entry.source_line);
    addLink(add(root, "p"), "All releases of this example, and what changed where", { example: row.path });
    addFacts(root, entry.facts);
    addPredicted(entry);
    addFigures(entry.figures ?? []);
    if (entry.ran) addStreams(entry);
    metrics.draw(root, row, index);
    picture.addTo(root, row, index);
    add(root, "h3", { text: "Environment" });
    addFacts(root, column.facts);
    addCommands(row, column);
    addChangedPackages(row, index);
    addFoldedText(root, "Installed packages (freeze)", column.freeze);
    addFoldedText(root, "Output of building the environment", column.build);
    root.querySelector("h2").scrollIntoView({ block: "nearest" });
  }

  // Show an example over all releases.
  const showExample = (row) => timeline.show(root, row);

  // Show no entry, with a note where the address names one.
  function clear(message) {
    root.replaceChildren();
    if (message) add(root, "p", { text: message });
  }

  return { show, showExample, clear, quoted, changedPackages };
})();
