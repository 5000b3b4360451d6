import { expect, test } from "vitest";
import { missed, missedNothing } from "../src/watch/missed";
import { NOTHING, reduce, type Watch } from "../src/watch/state";
import type { AlertView } from "../src/messages";
import { NOW_S, alert, iso, snapshot } from "./made";

const FROM_S = NOW_S;
const TO_S = NOW_S + 40;

function having(...alerts: AlertView[]): Watch {
  return reduce(NOTHING, snapshot({ alerts }));
}

const ids = (alerts: readonly AlertView[]): string[] => alerts.map((one) => one.alert_id);

test("what was raised meanwhile and is open", () => {
  const what = missed(having(), having(alert({ raised_at: iso(NOW_S + 10) })), [], FROM_S, TO_S);
  expect(ids(what.raised)).toEqual(["a1"]);
});

test("what came and went meanwhile, which only the service's record knows", () => {
  const brief = alert({ raised_at: iso(NOW_S + 5), cleared_at: iso(NOW_S + 20), state: "closed" });
  const old = alert({ alert_id: "old", raised_at: iso(NOW_S - 500), cleared_at: iso(NOW_S - 300), state: "closed" });
  const what = missed(having(), having(), [brief, old], FROM_S, TO_S);
  expect(ids(what.raised)).toEqual(["a1"]);
});

test("what rose, what was acknowledged by others, what is over", () => {
  const before = having(alert({ alert_id: "rose", level: "alert" }), alert({ alert_id: "taken" }), alert({ alert_id: "over" }));
  const taken = alert({ alert_id: "taken", state: "acknowledged", acknowledged_at: iso(NOW_S + 9), acknowledged_by: "Kim" });
  const what = missed(before, having(alert({ alert_id: "rose" }), taken), [], FROM_S, TO_S);
  expect(ids(what.higher)).toEqual(["rose"]);
  expect(ids(what.acknowledged)).toEqual(["taken"]);
  expect(ids(what.ended)).toEqual(["over"]);
});

test("nothing, when nothing happened", () => {
  const what = missed(having(alert()), having(alert()), [alert()], FROM_S, TO_S);
  expect(missedNothing(what)).toBe(true);
});
