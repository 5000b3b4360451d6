/** From the screen to the layout. */

import type { Draft, Px } from "../draft";

/** Where a pointer is, in pixels of the layout. */
export function pixelAt(event: PointerEvent, sheet: Element, drawn: Draft): Px {
  const box = sheet.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * drawn.size[0], ((event.clientY - box.top) / box.height) * drawn.size[1]];
}
