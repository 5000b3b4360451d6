import { describe, expect, test } from "vitest";
import type { GateView, RegionReading } from "../src/messages";
import { gateFlow, inwardDeg } from "../src/watch/gates";
import { reading, region } from "./made";

const GATE: GateView = { gate: "turnstiles", name: "Turnstiles", line: [[0.2, 0.5], [0.8, 0.5]] };
const BELOW: [number, number][] = [[0.2, 0.5], [0.8, 0.5], [0.9, 0.9], [0.1, 0.9]];

describe("a gate", () => {
  test("tells people a minute over its whole width", () => {
    const gates: RegionReading["gates"] = [{ gate: "turnstiles", width_m: 4, in_per_m_min: 8.5, out_per_m_min: 0.5, net_people: 12 }];
    expect(gateFlow(GATE, region({ reading: reading({ gates }) }))).toEqual({ inPerMin: 34, outPerMin: 2 });
  });

  test("tells nothing where the reading does not know it", () => {
    expect(gateFlow(GATE, region())).toBeNull();
    expect(gateFlow(GATE, region({ reading: null }))).toBeNull();
  });

  test("points square to its line into its region", () => {
    expect(inwardDeg(GATE.line!, BELOW, 16 / 9)).toBeCloseTo(90);
    expect(inwardDeg([[0.8, 0.5], [0.2, 0.5]], BELOW, 16 / 9)).toBeCloseTo(90);
    expect(inwardDeg(GATE.line!, BELOW.map(([x, y]) => [x, 1 - y]), 1)).toBeCloseTo(-90);
    expect(inwardDeg([[0, 0.1], [0.1, 0]], BELOW, 1)).toBeCloseTo(45);
    expect(inwardDeg([[0, 0.2], [0.1, 0]], BELOW, 2), "slanting in a wide picture").toBeCloseTo(45);
    expect(inwardDeg(GATE.line!, null, 1)).toBeNull();
  });
});
