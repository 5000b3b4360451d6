/** The latest picture of each camera, decoded off the page's thread; one is kept a camera, the one before is freed. */

import { signal, type Signal } from "@preact/signals";
import { bytesOf } from "./bytes";
import { densityGrid, type DensityGrid } from "./heat";
import type { PreviewShown } from "./messages";
import { epochS } from "./times";

export interface Picture {
  readonly bitmap: ImageBitmap;
  readonly capturedS: number;
  readonly grid: DensityGrid | null;
}

function gridOf(preview: PreviewShown): DensityGrid | null {
  if (preview.density === null) return null;
  const { density_rows, density_columns, density_full_scale_per_m2 } = preview;
  return densityGrid(bytesOf(preview.density), density_rows, density_columns, density_full_scale_per_m2);
}

export class Pictures {
  private readonly pictures = new Map<string, Signal<Picture | null>>();
  /** Cameras whose picture is being decoded; what comes meanwhile waits here, the newest only. */
  private readonly decoding = new Map<string, PreviewShown | null>();

  of(camera: string): Signal<Picture | null> {
    let picture = this.pictures.get(camera);
    if (!picture) this.pictures.set(camera, (picture = signal<Picture | null>(null)));
    return picture;
  }

  show(preview: PreviewShown): void {
    if (this.decoding.has(preview.camera)) {
      this.decoding.set(preview.camera, preview);
      return;
    }
    this.decoding.set(preview.camera, null);
    void this.decode(preview);
  }

  private async decode(preview: PreviewShown): Promise<void> {
    try {
      const bitmap = await createImageBitmap(new Blob([bytesOf(preview.jpeg)]));
      const picture = this.of(preview.camera);
      const before = picture.peek();
      picture.value = { bitmap, capturedS: epochS(preview.captured_at), grid: gridOf(preview) };
      before?.bitmap.close();
    } catch (error) {
      // A broken picture is dropped: the one before stays and says its age.
      console.warn(`camera ${preview.camera}: picture not decoded`, error);
    }
    const next = this.decoding.get(preview.camera);
    this.decoding.delete(preview.camera);
    if (next) this.show(next);
  }
}
