/** Ctrl-Z anywhere but in a field; the handles have keys of their own. */

import { undo } from "./screen";

export function takeKeys(): void {
  document.addEventListener("keydown", (event) => {
    const inField = event.target instanceof Element && event.target.closest("input, select, textarea") !== null;
    if (inField || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    undo();
  });
}
