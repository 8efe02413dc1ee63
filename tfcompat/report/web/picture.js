"use strict";
// A picture of one entry, for a paper or an issue: what happened, what shows it, and where else it works.
const picture = (() => {
  const { data, add, addShape, addFolded, cellName } = page;
  const [WIDTH, PAD, TILE] = [720, 16, 20];
  const SANS = '"DejaVu Sans", system-ui, sans-serif';
  const MONO = '"DejaVu Sans Mono", ui-monospace, monospace';
  const [MOST_LINES, MOST_LETTERS, SCALE] = [3, 84, 2];
  const ruler = document.createElement("canvas").getContext("2d");

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // A text cut into lines of a width in pixels, at most so many; a word that is too long is cut as well.
  function wrapped(text, font, width) {
    ruler.font = font;
    const lines = [""];
    for (const part of text.match(/\S{1,60}\s*/g) ?? []) {
      if (lines.at(-1) && ruler.measureText(lines.at(-1) + part.trimEnd()).width > width) lines.push("");
      lines[lines.length - 1] += part;
    }
    return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1].trimEnd()} …`] : lines;
  }

  // Writes lines from top to bottom; y is where the next one begins.
  class Sheet {
    constructor(svg) {
      Object.assign(this, { svg, y: PAD });
    }

    write(text, { x = PAD, size = 13, family = SANS, fill = "text", weight = 400, step = size * 1.5 } = {}) {
      const line = addShape(this.svg, "text", {
        x, y: this.y + size, fill: colour(fill), "font-size": size, "font-family": family, "font-weight": weight,
      });
      // Spaces beside each other would become one.
      line.textContent = text.replaceAll(" ", "\u00a0");
      this.y += step;
    }

    wrap(text, { x = PAD, size = 13, weight = 400, fill = "text" } = {}) {
      const font = `${weight} ${size}px ${SANS}`;
      for (const line of wrapped(text, font, WIDTH - PAD - x)) this.write(line.trimEnd(), { x, size, weight, fill });
    }

    // Lines of code or output, on a ground of their own.
    block(title, lines) {
      if (title) this.write(title, { size: 12, fill: "soft" });
      const height = lines.length * 18 + 10;
      addShape(this.svg, "rect", { x: PAD, y: this.y, width: WIDTH - 2 * PAD, height, rx: 4, fill: colour("raised") });
      this.y += 5;
      for (const line of lines) {
        const text = line.length > MOST_LETTERS ? `${line.slice(0, MOST_LETTERS - 1)}…` : line;
        this.write(text, { x: PAD + 8, size: 12, family: MONO, step: 18 });
      }
      this.y += 13;
    }

    tile(verdict, glyph) {
      const fill = colour(verdict) || "none";
      addShape(this.svg, "rect", { x: PAD, y: this.y, width: TILE, height: TILE, rx: 3, fill, stroke: colour("line") });
      const sign = addShape(this.svg, "text", {
        x: PAD + TILE / 2, y: this.y + 15, fill: colour(`${verdict}-text`) || colour("soft"), "font-size": 14,
        "font-family": SANS, "font-weight": 600, "text-anchor": "middle",
      });
      sign.textContent = glyph;
    }
  }

  // A bar over the releases of the campaign of one column, which is marked.
  function addReleases(sheet, row, here) {
    const { campaign } = data.columns[here];
    const places = [...data.columns.keys()].filter((index) => data.columns[index].campaign === campaign);
    const width = (WIDTH - 2 * PAD) / places.length;
    const x = (index) => PAD + places.indexOf(index) * width;
    for (const index of places) {
      const fill = colour(row.entries[index]?.verdict ?? "raised") || colour("line");
      addShape(sheet.svg, "rect", { x: x(index), y: sheet.y, width, height: 14, fill, "shape-rendering": "crispEdges" });
    }
    addShape(sheet.svg, "rect", {
      x: x(here), y: sheet.y - 3, width: Math.max(width, 2), height: 20, fill: "none", stroke: colour("ring"), "stroke-width": 2,
    });
    sheet.y += 20;
    const [first, last] = [data.columns[places[0]].release, data.columns[places.at(-1)].release];
    const text = first === last ? first : `${first} … ${last}: runs with ${row.runs_with}`;
    sheet.wrap(text, { size: 11, fill: "soft" });
  }

  const linesOf = (number) => {
    const text = data.texts[number];
    return typeof text === "string" ? text.replace(/\n$/, "").split("\n") : [];
  };

  // What shows it: the line of the script that failed, or the line of the output that differs.
  function addEvidence(sheet, entry) {
    if (entry.source !== undefined) sheet.block("", linesOf(entry.source));
    const [there, here] = entry.lines ?? [];
    const lineAt = (number, line) => (line === undefined ? undefined : linesOf(number)[line - 1]);
    const pair = [[there, lineAt(entry.baseline_output, there)], [here, lineAt(entry.output, here)]];
    if (entry.source !== undefined || pair.every(([, text]) => text === undefined)) return;
    sheet.block("", pair.map(([line, text], at) => `${at ? "here    " : "baseline"} ${line}  ${text ?? "(no such line)"}`));
  }

  // The picture of an entry, as an element that is on no page yet.
  function draw(row, index) {
    const [entry, column] = [row.entries[index], data.columns[index]];
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const ground = addShape(svg, "rect", { x: 0, y: 0, width: WIDTH, fill: colour("page") });
    const sheet = new Sheet(svg);
    sheet.tile(entry.verdict, entry.glyph);
    sheet.wrap(`${entry.verdict}: ${row.name}`, { x: PAD + TILE + 8, size: 15, weight: 600 });
    sheet.wrap(`with ${cellName(column)}`, { x: PAD + TILE + 8, fill: "soft" });
    sheet.y += 6;
    sheet.wrap(entry.sentence);
    sheet.y += 6;
    addEvidence(sheet, entry);
    addReleases(sheet, row, index);
    const height = Math.ceil(sheet.y + PAD - 6);
    ground.setAttribute("height", height);
    for (const [name, value] of Object.entries({ width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` })) {
      svg.setAttribute(name, value);
    }
    return svg;
  }

  function save(blob, name) {
    const address = URL.createObjectURL(blob);
    const link = document.createElement("a");
    Object.assign(link, { href: address, download: name });
    link.click();
    URL.revokeObjectURL(address);
  }

  // The picture in pixels, two for each of its own.
  async function pixels(text, width, height) {
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: width * SCALE, height: height * SCALE });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  function addButtons(parent, svg, name) {
    const text = new XMLSerializer().serializeToString(svg);
    const [width, height] = [Number(svg.getAttribute("width")), Number(svg.getAttribute("height"))];
    const box = add(parent, "p", { class: "command" });
    const kinds = {
      SVG: async () => new Blob([text], { type: "image/svg+xml" }),
      PNG: () => pixels(text, width, height),
    };
    for (const [kind, make] of Object.entries(kinds)) {
      const button = add(box, "button", { type: "button", text: `save as ${kind}` });
      button.addEventListener("click", async () => save(await make(), `${name}.${kind.toLowerCase()}`));
    }
  }

  // A part of the page that holds the picture of an entry and the buttons that save it.
  function addTo(parent, row, index) {
    addFolded(parent, ["Picture of this entry, to save"], (fold) => {
      const svg = draw(row, index);
      const label = `${row.entries[index].verdict}: ${row.name} with ${cellName(data.columns[index])}`;
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", label);
      svg.setAttribute("class", "picture");
      const stem = `${row.name.split("/").at(-1)}-${data.columns[index].release}`.replaceAll(/[^\w.-]+/g, "-").slice(0, 80);
      addButtons(fold, svg, stem);
      fold.append(svg);
    });
  }

  return { draw, addTo };
})();
