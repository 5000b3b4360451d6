/** What belongs to the person, not to the wall: name, theme, full screen, keys. */

import { askForName, toggleFullScreen } from "../hands";
import { leave } from "../listen";
import { helpOpen, settings, site } from "../screen";
import { THEMES } from "../settings";
import { words } from "../words";

export function Yours() {
  const next = THEMES[(THEMES.indexOf(settings.theme.value) + 1) % THEMES.length]!;
  return (
    <footer class="yours">
      <button type="button" data-testid="name" onClick={() => askForName()}>
        {settings.name.value ? words.tools.name(settings.name.value) : words.tools.noName}
      </button>
      <button type="button" data-testid="theme" onClick={() => (settings.theme.value = next)}>{words.tools.theme[settings.theme.value]}</button>
      <button type="button" onClick={toggleFullScreen}>{words.tools.fullScreen} <kbd>F</kbd></button>
      <button type="button" data-testid="help" onClick={() => (helpOpen.value = true)}>{words.tools.keys} <kbd>?</kbd></button>
      {site.value?.login_required && <button type="button" data-testid="sign-out" onClick={() => void leave()}>{words.tools.signOut}</button>}
    </footer>
  );
}
