/** Regions, obstacles or gates: choose one to draw it, name it, say what it is. */

import { useSignal } from "@preact/signals";
import { changedShape, inPicture, renamed, withShape, withoutShape, type Kind, type Shape } from "../draft";
import { change, chosen, draft, tried } from "../screen";
import { words } from "../words";

export function Shapes({ kind }: { kind: Kind }) {
  const shapes = draft.value!.shapes;
  const add = (): void => {
    change((before) => withShape(before, kind));
    chosen.value = draft.value!.shapes.length - 1;
  };
  return (
    <section data-testid={kind}>
      <h2>{words.shapes.headline[kind]}</h2>
      <p class="how">{words.shapes.how[kind]}</p>
      <ul class="shapes">{shapes.map((shape, place) => shape.kind === kind && <One key={`${place}`} shape={shape} place={place} />)}</ul>
      <button type="button" data-testid={`add-${kind}`} onClick={add}>{words.shapes.add[kind]}</button>
    </section>
  );
}

function One({ shape, place }: { shape: Shape; place: number }) {
  const now = chosen.value === place;
  const remove = (): void => {
    chosen.value = "ground";
    change((before) => withoutShape(before, place));
  };
  return (
    <li data-now={now}>
      <button type="button" aria-pressed={now} data-testid={`choose-${shape.id}`} onClick={() => (chosen.value = place)}>{shape.id}</button>
      <Extent shape={shape} place={place} />
      <button type="button" aria-label={words.shapes.remove(shape.id)} onClick={remove}>×</button>
      {now && <Details shape={shape} place={place} />}
    </li>
  );
}

function Extent({ shape, place }: { shape: Shape; place: number }) {
  const seen = tried.value;
  const area = shape.kind === "gates" ? undefined : seen?.[shape.kind][shape.id];
  const found = shape.kind === "gates" ? seen?.gates[shape.id] : area?.outline;
  return (
    <span class="extent">
      {area?.area_m2 != null && words.shapes.area(area.area_m2, shape.kind === "regions" ? area.density_within : null)}
      {shape.corners === null && (
        <>
          {" "}({words.shapes.inMetres}) {found && <button type="button" onClick={() => change((before) => inPicture(before, place, found))}>{words.shapes.draw}</button>}
        </>
      )}
    </span>
  );
}

function Details({ shape, place }: { shape: Shape; place: number }) {
  const taken = useSignal("");
  const rename = (id: string): void => {
    const after = renamed(draft.value!, place, id);
    taken.value = after ? "" : words.shapes.taken(id);
    if (after) change(() => after);
  };
  const say = (key: string, value: string): void => change((before) => changedShape(before, place, { rest: { ...shape.rest, [key]: value } }));
  return (
    <div class="details">
      <label>{words.shapes.id} <input value={shape.id} data-testid="shape-id" onChange={(event) => rename(event.currentTarget.value)} /></label>
      {shape.kind === "regions" && (
        <label>
          {words.shapes.kind}{" "}
          <select value={String(shape.rest["kind"] ?? "standing")} data-testid="shape-kind" onChange={(event) => say("kind", event.currentTarget.value)}>
            <option value="standing">{words.shapes.standing}</option>
            <option value="moving">{words.shapes.moving}</option>
          </select>
        </label>
      )}
      {shape.kind === "gates" && <Into shape={shape} say={say} />}
      {taken.value && <p class="wrong" role="alert">{taken.value}</p>}
    </div>
  );
}

function Into({ shape, say }: { shape: Shape; say: (key: string, value: string) => void }) {
  const regions = draft.value!.shapes.filter((other) => other.kind === "regions");
  return (
    <label>
      {words.shapes.into}{" "}
      <select value={String(shape.rest["into"] ?? "")} data-testid="gate-into" onChange={(event) => say("into", event.currentTarget.value)}>
        {regions.map(({ id }) => <option key={id} value={id}>{id}</option>)}
      </select>
    </label>
  );
}
