"use strict";
// What `tfcompat compare` says of two campaigns: which verdicts changed and why, release by release.
const comparison = (() => {
  const { data, add, addFolded } = page;

  // A table in a box of its own, which scrolls where the page is narrow.
  function addTable(parent, heads, rows) {
    const table = add(add(parent, "div", { class: "wide", tabindex: "0" }), "table", { class: "plain" });
    if (heads.length) {
      const line = add(add(table, "thead"), "tr");
      for (const text of heads) add(line, "th", { text, scope: "col" });
    }
    const body = add(table, "tbody");
    for (const [name, ...values] of rows) {
      const line = add(body, "tr");
      add(line, "th", { text: name, scope: "row" });
      for (const text of values) add(line, "td", { text });
    }
  }

  function addGroups(parent, groups, addLinks) {
    for (const group of groups) {
      addFolded(parent, [`${group.entries.length} ${group.old} → ${group.new}: ${group.title}`], (fold) => {
        if (group.why.length) add(fold, "p", { text: `likely why: ${group.why.join("; ")}` });
        addLinks(fold, group.entries);
      });
    }
  }

  function addFold(parent, title, rows, heads = []) {
    return rows.length ? addFolded(parent, [`${title} (${rows.length})`], (fold) => addTable(fold, heads, rows)) : null;
  }

  // Fill a part of the page; addLinks adds links to entries.
  function draw(parent, addLinks) {
    const { summary, groups, heads, standings, packages, only_old, only_new } = data.comparison;
    add(parent, "p", { text: summary });
    addGroups(parent, groups, addLinks);
    addFold(parent, "Release by release", standings, heads)?.setAttribute("open", "");
    addFold(parent, "Packages that moved", packages, ["package", "such as", "in"]);
    addFold(parent, "Only in the older one", only_old.map((name) => [name]));
    addFold(parent, "Only in the newer one", only_new.map((name) => [name]));
  }

  return { draw };
})();
