/** What is drawn on canvases of the page. */

export function drawBitmap(canvas: HTMLCanvasElement, bitmap: ImageBitmap): void {
  resize(canvas, bitmap.width, bitmap.height);
  canvas.getContext("2d", { alpha: false })?.drawImage(bitmap, 0, 0);
}

/** Setting a size clears a canvas and costs memory: only when it changes. */
export function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
