/** Asked for when the service answers 401. */

import { useSignal } from "@preact/signals";
import { tryPassword } from "../listen";
import { words } from "../words";

export function Login() {
  const wrong = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const password = new FormData(event.currentTarget as HTMLFormElement).get("password")?.toString() ?? "";
    busy.value = true;
    wrong.value = await tryPassword(password);
    busy.value = false;
  };
  return (
    <main class="login" data-testid="login">
      <form onSubmit={(event) => void submit(event)}>
        <h1>{words.login.headline}</h1>
        <p>{words.login.why}</p>
        <label>
          {words.login.label}
          <input name="password" type="password" required autocomplete="current-password" autofocus data-testid="password" />
        </label>
        {wrong.value && <p class="wrong" role="alert" data-testid="login-wrong">{wrong.value}</p>}
        <button type="submit" class="main" disabled={busy.value} data-testid="sign-in">{words.login.submit}</button>
      </form>
    </main>
  );
}
