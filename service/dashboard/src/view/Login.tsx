/** Asked for when the service answers 401. */

import { useSignal } from "@preact/signals";
import { words } from "../words";

interface Props {
  /** Empty once one is in; else why not. */
  readonly enter: (password: string) => Promise<string>;
}

export function Login({ enter }: Props) {
  const wrong = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const password = new FormData(event.currentTarget as HTMLFormElement).get("password")?.toString() ?? "";
    busy.value = true;
    wrong.value = await enter(password);
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
