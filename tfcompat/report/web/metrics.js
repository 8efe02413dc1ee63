"use strict";
// The numbers that an example prints by name, as small plots over the releases.
const metrics = (() => {
  const { data, add, addShape, addTooltip, addFolded, cellName } = page;
  const LINE = /^([A-Za-z][\w .()/-]{0,40}): *([-+]?\d[\d.]*(?:e[-+]?\d+)?)$/gm;
  const [WIDTH, HEIGHT, PAD] = [320, 64, 6];
  const SHOWN = 12;

  // The metrics in an output, by name; the last one of each name.
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

  const rangeOf = (values) => [Math.min(...values), Math.max(...values)];

  // Functions from an index and from a value to pixels; the noise of the baseline is in view as well.
  function scales(points, band) {
    const [low, high] = rangeOf([...points.map(([, value]) => value), ...(band ?? [])]);
    const first = points[0][0];
    const width = Math.max(points.at(-1)[0] - first, 1);
    return {
      x: (index) => PAD + ((index - first) / width) * (WIDTH - 2 * PAD),
      y: (value) => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD),
    };
  }

  function addBand(svg, [low, high], y) {
    const height = Math.max(y(low) - y(high), 1.5);
    addShape(svg, "rect", { x: 0, y: y(high) - 0.75, width: WIDTH, height, class: "band" });
  }

  // A plot of one metric: a dot for each release, and behind them the noise of the baseline.
  function addPlot(figure, points, band, classOf) {
    const { x, y } = scales(points, band);
    const svg = addShape(figure, "svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "plot", "aria-hidden": "true" });
    if (band) addBand(svg, band, y);
    addShape(svg, "polyline", { points: points.map(([index, value]) => `${x(index)},${y(value)}`).join(" ") });
    // A line of no length with round ends is a dot, and one path holds many of them.
    for (const [name, dots] of Map.groupBy(points, ([index]) => classOf(index))) {
      addShape(svg, "path", { class: name, d: dots.map(([index, value]) => `M${x(index)} ${y(value)}h0`).join("") });
    }
    addTooltip(svg, WIDTH, (place) => {
      const distance = ([index]) => Math.abs(x(index) - place);
      const [index, value] = points.reduce((best, point) => (distance(point) < distance(best) ? point : best));
      return `${cellName(data.columns[index])}: ${value}`;
    });
  }

  function addFigure(parent, [name, points], band, classOf) {
    const figure = add(parent, "figure");
    const [least, most] = rangeOf(points.map(([, value]) => value));
    add(figure, "figcaption", { text: `${name}: ${least === most ? least : `${least} to ${most}`}` });
    addPlot(figure, points, band, classOf);
  }

  // All plots of an example, in which the column of a number stands out.
  function draw(parent, row, here) {
    const baseline = row.entries.find((entry) => entry?.is_baseline);
    const texts = [row.entries[here], baseline].map((entry) => data.texts[entry?.output]);
    if (!texts.some((text) => typeof text === "string" && read(text).size)) return;
    const classOf = (index) => (index === here ? "here" : row.entries[index].verdict);
    addFolded(parent, ["Metrics over the releases"], (fold) => {
      const box = add(fold, "div", { class: "plots" });
      for (const metric of series(row)) addFigure(box, metric, baseline?.band?.[metric[0]], classOf);
    });
  }

  return { read, series, draw };
})();
