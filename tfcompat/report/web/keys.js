"use strict";
// The keys of the whole page, and the box that lists them. Those of the grid are in grid.js.
const keys = (() => {
  const help = document.getElementById("help");

  const isTyping = (element) => element.matches("input, select, textarea");

  // Call a function for each key of a table, wherever the focus is but where one writes.
  function listen(actions) {
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target) || help.open) return;
      if (!Object.hasOwn(actions, event.key)) return;
      event.preventDefault();
      actions[event.key]();
    });
  }

  const show = () => help.showModal();
  document.getElementById("keys").addEventListener("click", show);

  return { listen, show };
})();
