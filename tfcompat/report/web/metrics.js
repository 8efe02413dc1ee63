"use strict";
// The numbers that an example prints by name, as small plots over the releases.
const metrics = (() => {
  const { data, add, shape, explain, cellName } = page;
  const LINE = /^([A-Za-z][\w .()/-]{0,40}): *([-+]?\d[\d.]*(?:e[-+]?\d+)?)$/gm;
  const [WIDTH, HEIGHT, PAD] = [320, 64, 6];
  const SHOWN = 12;

  // The metrics of an output, by name; of a name that occurs again it is the last.
  const read = (text) => new Map([...text.matchAll(LINE)].map(([, name, value]) => [name, Number(value)]));

  // The values of each metric over the columns, as [name, [[index, value], ...]].
  function series(row) {
    const found = new Map();
    row.entries.forEach((entry, index) => {
      const text = data.texts[entry?.output];
      if (typeof text !== "string") return;
      for (const [name, value] of read(text)) {
        if (!found.has(name)) found.set(name, []);
        found.get(name).push([index, value]);
      }
    });
    return [...found].slice(-SHOWN);
  }

  // A plot of one metric: a dot for each release, and behind them the noise of the baseline.
  function plot(figure, points, band, row, here) {
    const values = [...points.map(([, value]) => value), ...(band ?? [])];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const last = Math.max(points.at(-1)[0] - points[0][0], 1);
    const x = (index) => PAD + ((index - points[0][0]) / last) * (WIDTH - 2 * PAD);
    const y = (value) => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
    const svg = shape(figure, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", "aria-hidden": "true" });
    if (band) {
      const height = Math.max(y(band[0]) - y(band[1]), 1.5);
      shape(svg, "rect", { x: 0, y: y(band[1]) - 0.75, width: WIDTH, height, class: "band" });
    }
    shape(svg, "polyline", { points: points.map(([index, value]) => `${x(index)},${y(value)}`).join(" ") });
    const dots = Map.groupBy(points, ([index]) => (index === here ? "here" : row.entries[index].verdict));
    // A line of no length with round ends is a dot, and one path holds many of them.
    for (const [kind, ones] of dots) {
      shape(svg, "path", { class: kind, d: ones.map(([index, value]) => `M${x(index)} ${y(value)}h0`).join("") });
    }
    explain(svg, WIDTH, (place) => {
      const away = ([index]) => Math.abs(x(index) - place);
      const [index, value] = points.reduce((best, point) => (away(point) < away(best) ? point : best));
      return `${cellName(data.columns[index])}: ${value}`;
    });
  }

  // All plots of an example; the release at hand stands out. They are made when they are wanted.
  function draw(parent, row, here) {
    const baseline = row.entries.find((entry) => entry?.baseline);
    const texts = [row.entries[here], baseline].map((entry) => data.texts[entry?.output]);
    if (!texts.some((text) => typeof text === "string" && read(text).size)) return;
    const fold = add(parent, "details");
    add(fold, "summary", { text: "Metrics over the releases" });
    fold.addEventListener("toggle", () => {
      if (fold.childElementCount > 1) return;
      const box = add(fold, "div", { class: "plots" });
      for (const [name, points] of series(row)) {
        const figure = add(box, "figure");
        const values = points.map(([, value]) => value);
        const [least, most] = [Math.min(...values), Math.max(...values)];
        add(figure, "figcaption", { text: `${name}: ${least === most ? least : `${least} to ${most}`}` });
        plot(figure, points, baseline?.band?.[name], row, here);
      }
    });
  }

  return { read, series, draw };
})();
