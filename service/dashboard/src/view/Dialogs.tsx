/** The two questions and answers that cover the page: who are you, and what are the keys. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { LEVELS, type Level } from "../levels";
import { saveName } from "../hands";
import { helpOpen, horn, nameAsked, settings, watch } from "../screen";
import { PATTERNS, type Sound } from "../sound/patterns";
import { words } from "../words";
import { LevelMark } from "./LevelMark";

interface ModalProps {
  readonly testId: string;
  readonly label: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** The browser's own modal dialog: it keeps the focus, and Escape closes it. */
function Modal({ testId, label, close, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} data-testid={testId} aria-label={label} onClose={close}>
      {children}
    </dialog>
  );
}

export function NameDialog() {
  const asked = nameAsked.value;
  if (!asked) return null;
  const submit = (event: Event): void => {
    event.preventDefault();
    saveName(new FormData(event.currentTarget as HTMLFormElement).get("name")?.toString() ?? "");
  };
  return (
    <Modal testId="name-dialog" label={words.name.question} close={() => (nameAsked.value = null)}>
      <form onSubmit={submit}>
        <h2>{words.name.question}</h2>
        {asked.alarms[0] && <p><b>{watch.value.alerts[asked.alarms[0]]?.title}</b></p>}
        <p>{words.name.why}</p>
        <label>
          {words.name.label}
          <input name="name" required maxLength={80} autocomplete="nickname" defaultValue={settings.name.value} data-testid="operator-name" />
        </label>
        <div class="buttons">
          <button type="button" onClick={() => (nameAsked.value = null)}>{words.name.cancel}</button>
          <button type="submit" class="main" data-testid="name-save">{asked.alarms.length ? words.name.saveAndAcknowledge : words.name.save}</button>
        </div>
      </form>
    </Modal>
  );
}

export function Help() {
  if (!helpOpen.value) return null;
  const close = (): void => void (helpOpen.value = false);
  return (
    <Modal testId="help-dialog" label={words.help.headline} close={close}>
      <h2>{words.help.headline}</h2>
      <dl class="keys">
        {words.help.keys.map(([key, meaning]) => (
          <div key={key}>
            <dt><kbd>{key}</kbd></dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>{words.help.levels}</h3>
      <ul class="levels">
        {(Object.keys(LEVELS) as Level[]).map((level) => (
          <li key={level}><LevelMark level={level} /> <span>{words.levelMeaning[level]}</span></li>
        ))}
      </ul>
      <h3>{words.help.sounds}</h3>
      <div class="buttons">
        {(Object.keys(PATTERNS) as Sound[]).map((sound) => (
          <button key={sound} type="button" onClick={() => horn.play(sound)}>{words.sound.play(soundName(sound))}</button>
        ))}
        <button type="button" class="main" onClick={close}>{words.help.close}</button>
      </div>
    </Modal>
  );
}

function soundName(sound: Sound): string {
  return sound === "cutOff" ? words.sound.cutOff : words.level(sound);
}
