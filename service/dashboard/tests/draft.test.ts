import { describe, expect, test } from "vitest";
import {
  asRectangle, changedPoint, draftOf, inPicture, layoutOf, movedCorner, numberIn, pointMeant, renamed, withCorner, withEnd, withPoint, withShape, within, withoutCorner,
  withoutPoint, withoutShape, type Draft, type Px,
} from "../src/calibrate/draft";
import type { LayoutView } from "../src/messages";

const FILE: LayoutView = {
  picture_size_px: [1280, 720],
  ground: { points: [{ px: [10, 20], m: [0, 0] }], head_height_m: 1.4 },
  regions: { front: { polygon_px: [[0, 0], [10, 0], [10, 10], [0, 10]], kind: "moving" }, back: { polygon_m: [[0, 0], [1, 0], [1, 1]] } },
  obstacles: {},
  gates: { door: { into: "front", line_px: [[0, 0], [5, 5]], width_m: 2 } },
};
const EMPTY: Draft = { size: [1280, 720], points: [], ground: {}, shapes: [] };

const square = (): Draft => draftOf(FILE, [1, 1]);

describe("a layout", () => {
  test("comes back as it came", () => {
    const { measure_px, ...back } = layoutOf(square());
    expect(measure_px).toBeNull();
    expect(back).toEqual(FILE);
  });

  test("of a camera of which the file says nothing has the picture's size and no ground", () => {
    const back = layoutOf(draftOf({ picture_size_px: null, ground: null, regions: {}, obstacles: {}, gates: {} }, [1920, 1080]));
    expect([back.picture_size_px, back.ground]).toEqual([[1920, 1080], null]);
  });

  test("has no point that nobody has measured", () => {
    const begun = withPoint(withPoint(EMPTY, [1, 1]), [2, 2]);
    expect(layoutOf(begun).ground).toBeNull();
    expect(layoutOf(changedPoint(begun, 1, { m: [3, null] })).ground).toBeNull();
    expect(layoutOf(changedPoint(begun, 1, { m: [3, 0] })).ground).toEqual({ points: [{ px: [2, 2], m: [3, 0] }] });
  });

  test("has a tape only with both ends", () => {
    expect(layoutOf(EMPTY, [[1, 2]]).measure_px).toBeNull();
    expect(layoutOf(EMPTY, [[1, 2], [3, 4]]).measure_px).toEqual([[1, 2], [3, 4]]);
  });
});

describe("points", () => {
  test("stay in the picture, to a tenth of a pixel", () => {
    expect(within([1280, 720], [-3, 800])).toEqual([0, 720]);
    expect(withPoint(EMPTY, [1.2345, 6.789]).points[0]!.px).toEqual([1.2, 6.8]);
  });

  test("are a rectangle in the order of the clicks, and a fifth is left alone", () => {
    const five = [1, 2, 3, 4, 5].reduce((draft, at) => withPoint(draft, [at, at]), EMPTY);
    const measured = asRectangle(five, 6, 4).points.map(({ m }) => m);
    expect(measured).toEqual([[0, 0], [6, 0], [6, 4], [0, 4], [null, null]]);
  });

  test("go one at a time", () => {
    expect(withoutPoint(withPoint(withPoint(EMPTY, [1, 1]), [2, 2]), 0).points.map(({ px }) => px)).toEqual([[2, 2]]);
  });
});

describe("outlines", () => {
  const place = 0;

  test("are drawn corner after corner around what they enclose", () => {
    const clicks: Px[] = [[0, 0], [10, 0], [10, 10], [0, 10]];
    const drawn = clicks.reduce((draft, px) => withCorner(draft, place, px), withShape(EMPTY, "regions"));
    expect(drawn.shapes[place]!.corners).toEqual(clicks);
  });

  test("get a corner where they are nearest to the click", () => {
    expect(withCorner(square(), place, [11, 5]).shapes[place]!.corners).toEqual([[0, 0], [10, 0], [11, 5], [10, 10], [0, 10]]);
  });

  test("keep what else the file says of them", () => {
    const moved = movedCorner(square(), place, 2, [30, 30]);
    expect(layoutOf(moved).regions["front"]).toEqual({ kind: "moving", polygon_px: [[0, 0], [10, 0], [30, 30], [0, 10]] });
    expect(withoutCorner(moved, place, 2).shapes[place]!.corners).toHaveLength(3);
  });

  test("that are given in metres stay so until they are drawn in the picture", () => {
    const back = 1;
    expect(withCorner(square(), back, [5, 5])).toEqual(square());
    const drawn = inPicture(square(), back, [[1, 2], [3, 4], [5, 7]]);
    expect(layoutOf(drawn).regions["back"]).toEqual({ polygon_px: [[1, 2], [3, 4], [5, 7]] });
  });
});

describe("gates", () => {
  test("have two ends; a third click moves the nearer one", () => {
    expect(withEnd([[0, 0]], [9, 9])).toEqual([[0, 0], [9, 9]]);
    expect(withEnd([[0, 0], [9, 9]], [8, 7])).toEqual([[0, 0], [8, 7]]);
  });

  test("lead into the first region, and follow it when its name changes", () => {
    expect(withShape(square(), "gates").shapes.at(-1)!.rest).toEqual({ into: "front" });
    expect(layoutOf(renamed(square(), 0, "steps")!).gates["door"]!["into"]).toBe("steps");
  });
});

describe("ids", () => {
  test("are new ones", () => {
    const ids = withShape(withShape(EMPTY, "regions"), "regions").shapes.map(({ id }) => id);
    expect(ids).toEqual(["region-1", "region-2"]);
  });

  test("that another of its kind has are refused", () => {
    expect(renamed(square(), 0, "back")).toBeNull();
    expect(renamed(square(), 0, "door")).not.toBeNull();
  });

  test("go with what they name", () => {
    expect(withoutShape(square(), 0).shapes.map(({ id }) => id)).toEqual(["back", "door"]);
  });
});

describe("what the service says of a point", () => {
  test("is said of the one with that number on the page: those without metres are not sent", () => {
    const three = [1, 2, 3].reduce((draft, at) => withPoint(draft, [at, at]), EMPTY);
    const measured = changedPoint(changedPoint(three, 1, { m: [0, 0] }), 2, { m: [1, 1] });
    expect(pointMeant(measured, "ground.points[0].m")).toBe(1);
    expect(pointMeant(measured, "ground.points[1]")).toBe(2);
    expect(pointMeant(measured, "regions.hall")).toBeNull();
  });
});

describe("numbers", () => {
  test("have a comma or a point", () => {
    expect(["1,5", " 2.25 ", "-3", "+.5", "4."].map(numberIn)).toEqual([1.5, 2.25, -3, 0.5, 4]);
  });

  test("are none where nothing stands, and undefined where something else does", () => {
    expect(["", "  "].map(numberIn)).toEqual([null, null]);
    expect(["1e", "6 m", "1.2.3", ",", "-", "1,2,3"].map(numberIn)).toEqual(Array(6).fill(undefined));
  });
});

describe("a gate that leads nowhere", () => {
  test("leads into the next region that is drawn", () => {
    const gateFirst = withShape(withShape(EMPTY, "gates"), "regions");
    expect(layoutOf(gateFirst).gates["gate-1"]!["into"]).toBe("region-1");
  });
});
