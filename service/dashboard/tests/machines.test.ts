import { expect, test } from "vitest";
import { machinesBehind } from "../src/watch/machines";
import { camera } from "./made";

const late = { machine_slow: true, analysed_rate_hz: 0.5 };

test("a machine that falls short is told once, with the pictures of all its late cameras", () => {
  const cameras = [camera({ ...late, id: "north" }), camera({ ...late, id: "alley" }), camera({ id: "stage" })];
  expect(machinesBehind(cameras)).toEqual([{ worker: null, countedHz: 1, askedHz: 4 }]);
});

test("of several workers it is said which one falls short", () => {
  const cameras = [camera({ ...late, worker: "hall-1" }), camera({ id: "stage", worker: "hall-2" })];
  expect(machinesBehind(cameras).map((machine) => machine.worker)).toEqual(["hall-1"]);
});

test("a camera that is lost is not late, and a camera that sends too little is no fault of the machine", () => {
  expect(machinesBehind([camera({ ...late, state: "silent" }), camera({ analysed_rate_hz: 0.5 })])).toEqual([]);
});
