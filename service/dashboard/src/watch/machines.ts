/** Workers whose machines do not keep up with their cameras. Pure. */

import type { CameraView } from "../messages";

export interface MachineBehind {
  /** Null where there is only one. */
  readonly worker: string | null;
  /** Pictures a second of all its cameras that come late, and those asked for. */
  readonly countedHz: number;
  readonly askedHz: number;
}

export function machinesBehind(cameras: readonly CameraView[]): MachineBehind[] {
  const late = cameras.filter((camera) => camera.machine_slow && camera.state === "ok");
  const isOnly = new Set(cameras.map((camera) => camera.worker).filter(Boolean)).size < 2;
  return [...new Set(late.map((camera) => camera.worker))].map((worker) => {
    const its = late.filter((camera) => camera.worker === worker);
    return {
      worker: isOnly ? null : worker,
      countedHz: its.reduce((sum, camera) => sum + camera.analysed_rate_hz, 0),
      askedHz: its.reduce((sum, camera) => sum + camera.asked_rate_hz, 0),
    };
  });
}
