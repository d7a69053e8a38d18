// Signing in again over the page, so that what is typed on it stays.
import { html, nothing } from "lit";
import { user } from "../link/page";
import { openDialog, type DialogHandle } from "./dialog";
import { t } from "./text";

/** Asks for the password; `done` is called once the session is there. */
export function signInAgain(done: () => void): Promise<void> {
  let dialog: DialogHandle | undefined;
  let problem = "";
  let busy = false;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const fields = new FormData(event.target as HTMLFormElement);
    problem = await signIn(String(fields.get("user")), String(fields.get("password")));
    busy = false;
    if (problem) return dialog?.update();
    dialog?.close();
    done();
  };
  return openDialog(
    {
      title: () => t("signInAgain"),
      body: () => html`<form id="sign-in" @submit=${(event: Event) => void submit(event)}>
        ${problem ? html`<p class="error" role="alert">${problem}</p>` : nothing}
        <label><span>${t("userName")}</span>
          <input name="user" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" .value=${user.user} /></label>
        <label><span>${t("password")}</span>
          <input name="password" type="password" autocomplete="current-password" required maxlength="256" autofocus /></label>
        <a href="/sign-in?next=/account" target="_blank">${t("signInOtherWay")}</a>
      </form>`,
      buttons: () => html`<button type="submit" form="sign-in" class="primary">${t("signIn")}</button>`,
    },
    (handle) => (dialog = handle),
  );
}

/** What went wrong; empty: signed in. */
async function signIn(name: string, password: string): Promise<string> {
  try {
    const answer = await fetch("/sign-in", {
      method: "POST",
      body: new URLSearchParams({ user: name, password, next: "/account" }),
      redirect: "manual", // a way on is how the server says yes; the cookie has come with it
    });
    if (answer.type === "opaqueredirect") return "";
    const wait = answer.headers.get("Retry-After");
    if (answer.status === 503) return t("signInBusy");
    return wait ? `${t("signInWrong")} ${t("signInWait", { n: wait })}` : t("signInWrong");
  } catch {
    return t("failed", { why: t("failedNetwork") });
  }
}
