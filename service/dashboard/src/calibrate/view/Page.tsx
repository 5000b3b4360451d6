/** The page on which a camera is calibrated: the picture, what is drawn on it, what follows, and the lines to keep. */

import { Login } from "../../view/Login";
import { cameraName, draft, signIn, signInNeeded, stuck } from "../screen";
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
      {draft.value ? <Work /> : <p class="stuck" role="status" data-testid="stuck">{stuck.value}</p>}
    </div>
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
