"use strict";
// Which entries are shown: the choices of the form above the grid, which the address holds. Draws nothing.
const filters = (() => {
  const NAMES = ["q", "verdict", "cause", "python", "family", "campaign", "changed", "sort"];
  const SORTS = { "": "by name", newest: "by the newest release that runs", oldest: "by the oldest release that runs" };

  // The choices that an address holds; one that it does not name is empty.
  function fromAddress(hash) {
    const wanted = new URLSearchParams(hash.slice(1));
    return Object.fromEntries(NAMES.map((name) => [name, wanted.get(name) ?? ""]));
  }

  // An address with some of its parts changed; an empty one is left out.
  function address(hash, changes) {
    const wanted = new URLSearchParams(hash.slice(1));
    for (const [name, value] of Object.entries(changes)) {
      if (value) wanted.set(name, value);
      else wanted.delete(name);
    }
    return `#${wanted}`;
  }

  const distinct = (values) => [...new Set(values)].filter(Boolean);

  // What there is to choose from, in the order of the report.
  function options(data) {
    const entries = data.families.flatMap(({ rows }) => rows.flatMap((row) => row.entries.filter(Boolean)));
    const plain = (values) => Object.fromEntries(distinct(values).map((value) => [value, value]));
    return {
      verdict: plain(entries.map(({ verdict }) => verdict)),
      cause: plain(entries.map(({ cause }) => cause).sort()),
      python: plain(data.columns.map(({ python }) => python)),
      family: plain(data.families.map(({ name }) => name)),
      campaign: plain(data.columns.map(({ campaign }) => campaign)),
      changed: data.comparison ? { yes: "another verdict", no: "the same verdict" } : {},
      sort: SORTS,
    };
  }

  // The entries, as row and column, whose verdict changed from one campaign to the other.
  function changedPlaces(data) {
    const places = new Set();
    for (const { entries } of data.comparison?.groups ?? []) {
      for (const [index, path] of entries) {
        const { release, python } = data.columns[index];
        // In both campaigns, so that old and new stand side by side.
        data.columns.forEach((column, other) => {
          if (column.release === release && column.python === python) places.add(`${other} ${path}`);
        });
      }
    }
    return places;
  }

  const columnMatches = (column, { python, campaign }) =>
    (!python || column.python === python) && (!campaign || column.campaign === campaign);
  const entryMatches = (entry, { verdict, cause }) =>
    Boolean(entry) && (!verdict || entry.verdict === verdict) && (!cause || entry.cause === cause);
  const changeMatches = (changed, wanted) => !wanted || changed === (wanted === "yes");

  const rowMatches = (family, row, { family: wanted, q }) =>
    (!wanted || family.name === wanted) && row.path.toLowerCase().includes(q.toLowerCase());

  const countEntries = (rows) => rows.reduce((sum, row) => sum + row.entries.filter(Boolean).length, 0);

  // The lines of one family, as {family, row, hits, count}: which entries match, and how many in some columns.
  function linesOf(family, columns, changed, choices) {
    const selective = Boolean(choices.verdict || choices.cause || choices.changed);
    const rows = sorted(family.rows, choices.sort).filter((row) => rowMatches(family, row, choices));
    return rows.map((row) => {
      const hits = row.entries.map((entry, index) => entryMatches(entry, choices)
        && changeMatches(changed.has(`${index} ${row.path}`), choices.changed));
      return { family, row, hits, count: columns.filter((index) => hits[index]).length };
    }).filter(({ count }) => count > 0 || !selective);
  }

  // What matches the choices: the columns by number, and the lines from top to bottom, which are {family} for
  // its title and {family, row, hits} for its examples; and how many of all entries are among them.
  function choose(data, choices) {
    const columns = data.columns.flatMap((column, index) => (columnMatches(column, choices) ? [index] : []));
    const changed = choices.changed ? changedPlaces(data) : new Set();
    const lines = [];
    let [count, total] = [0, 0];
    for (const family of data.families) {
      const found = linesOf(family, columns, changed, choices);
      total += countEntries(family.rows);
      count += found.reduce((sum, line) => sum + line.count, 0);
      if (found.length) lines.push({ family }, ...found);
    }
    return { columns, lines, count, total };
  }

  // The rows of a family in an order; those of examples that run nowhere come last.
  function sorted(rows, sort) {
    const places = (row) => row.entries.flatMap((entry, index) => (page.runs(entry) ? [index] : []));
    const end = { newest: -1, oldest: 0 }[sort];
    if (end === undefined) return rows;
    const keys = new Map(rows.map((row) => [row, places(row).at(end) ?? Infinity]));
    return [...rows].sort((a, b) => keys.get(a) - keys.get(b) || rows.indexOf(a) - rows.indexOf(b));
  }

  return { NAMES, fromAddress, address, options, choose, sorted };
})();
