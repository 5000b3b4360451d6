/** The page on which a camera is calibrated: the picture, what is drawn on it, what follows, and the lines to keep. */

import { Login } from "../../view/Login";
import { signIn } from "../begin";
import { cameraName, draft, otherCameras, signInNeeded, stuck } from "../screen";
import { words } from "../words";
import { Board } from "./Board";
import { Excerpt } from "./Excerpt";
import { Floor } from "./Floor";
import { Shapes } from "./Shapes";
import { Tape } from "./Tape";
import { Verdict } from "./Verdict";

export function Page() {
  if (signInNeeded.value) return <Login enter={signIn} />;
  return (
    <div class="calibrate" data-testid="calibrate">
      <header>
        <a href="./">{words.back}</a>
        <h1>{words.title(cameraName.value)}</h1>
      </header>
      {draft.value ? <Work /> : <Stuck />}
    </div>
  );
}

/** Nothing to draw on: why, and which cameras there are. */
function Stuck() {
  return (
    <>
      <p class="stuck" role="status" data-testid="stuck">{stuck.value}</p>
      <ul class="cameras">{otherCameras.value.map((id) => <li key={id}><a href={`calibrate.html?camera=${encodeURIComponent(id)}`}>{id}</a></li>)}</ul>
    </>
  );
}

function Work() {
  return (
    <main>
      <Board />
      <aside>
        <Floor />
        <Verdict />
        <Shapes kind="regions" />
        <Shapes kind="obstacles" />
        <Shapes kind="gates" />
        <Tape />
        <Excerpt />
      </aside>
    </main>
  );
}
