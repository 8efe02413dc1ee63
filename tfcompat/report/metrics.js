"use strict";
// The numbers that an example prints by name, as small plots over the releases.
const metrics = (() => {
  const LINE = /^([A-Za-z][\w .()/-]{0,40}): *([-+]?\d[\d.]*(?:e[-+]?\d+)?)$/gm;
  const [WIDTH, HEIGHT, PAD] = [320, 64, 6];
  const SHOWN = 12;

  // The metrics of an output, by name; of a name that occurs again it is the last.
  const read = (text) => new Map([...text.matchAll(LINE)].map(([, name, value]) => [name, Number(value)]));

  // The values of each metric over the columns, as [name, [[index, value], ...]].
  function series(row, data) {
    const found = new Map();
    row.entries.forEach((entry, index) => {
      const text = data.texts[entry?.output];
      if (typeof text !== "string") return;
      for (const [name, value] of read(text)) {
        if (!found.has(name)) found.set(name, []);
        found.get(name).push([index, value]);
      }
    });
    return [...found].filter(([, points]) => points.length > 1).slice(-SHOWN);
  }

  function shape(parent, tag, attributes) {
    const child = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    parent.append(child);
    return child;
  }

  // A plot of one metric: a point for each release, and behind them the noise of the baseline.
  function plot(parent, points, band, label) {
    const values = [...points.map(([, value]) => value), ...(band ?? [])];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const last = Math.max(points.at(-1)[0] - points[0][0], 1);
    const x = (index) => PAD + ((index - points[0][0]) / last) * (WIDTH - 2 * PAD);
    const y = (value) => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
    const svg = shape(parent, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", role: "img", "aria-label": label });
    if (band) {
      const height = Math.max(y(band[0]) - y(band[1]), 1.5);
      shape(svg, "rect", { x: 0, y: y(band[1]) - 0.75, width: WIDTH, height, class: "band" });
    }
    shape(svg, "polyline", { points: points.map(([index, value]) => `${x(index)},${y(value)}`).join(" ") });
    return points.map(([index, value]) => shape(svg, "circle", { cx: x(index), cy: y(value), r: 3, "data-index": index }));
  }

  // All plots of an example; the release at hand stands out.
  function draw(parent, row, here, { data, add, cellName }) {
    const found = series(row, data);
    if (!found.length) return;
    const fold = add(parent, "details");
    add(fold, "summary", { text: `Metrics over the releases (${found.length})` });
    const box = add(fold, "div", { class: "plots" });
    const bands = row.entries.find((entry) => entry?.baseline)?.band ?? {};
    for (const [name, points] of found) {
      const figure = add(box, "figure");
      const [least, most] = [Math.min, Math.max].map((pick) => pick(...points.map(([, value]) => value)));
      const label = `${name}: ${least === most ? least : `${least} to ${most}`}`;
      add(figure, "figcaption", { text: label });
      const circles = plot(figure, points, bands[name], label);
      points.forEach(([index, value], number) => {
        shape(circles[number], "title", {}).textContent = `${cellName(data.columns[index])}: ${value}`;
        circles[number].setAttribute("class", index === here ? "here" : row.entries[index].verdict);
      });
    }
  }

  return { read, draw };
})();
