/** The few requests that the page makes; all else comes over the live channel. Each says in words what went wrong. */

import type { AlertView, CameraView, LayoutDraft, LayoutTried, LayoutView } from "./messages";
import { epochS } from "./times";
import { words } from "./words";

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly status: number; readonly why: string };

/** Relative to the page, so that a path put before it by a proxy is kept. */
function pageUrl(path: string): string {
  return new URL(path, document.baseURI).href;
}

function apiUrl(path: string): string {
  return pageUrl(`api/v1/${path}`);
}

export function liveUrl(): string {
  return apiUrl("live").replace(/^http/, "ws");
}

function request<T>(path: string, body?: object): Promise<Answer<T>> {
  const init: RequestInit = body
    ? { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
    : {};
  return ask(path, init, async (response) => (response.status === 204 ? null : await response.json()) as T);
}

async function ask<T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<Answer<T>> {
  try {
    const response = await fetch(apiUrl(path), { ...init, credentials: "same-origin" });
    if (!response.ok) return { ok: false, status: response.status, why: await reason(response) };
    return { ok: true, value: await read(response) };
  } catch {
    return { ok: false, status: 0, why: words.request.unreachable };
  }
}

/** The sentence in a problem document (RFC 9457), or the bare status. */
async function reason(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => null);
  const detail = typeof problem === "object" && problem !== null && "detail" in problem ? problem.detail : null;
  return typeof detail === "string" && detail ? detail : words.request.refused(response.status);
}

export function acknowledge(alertId: string, by: string): Promise<Answer<AlertView>> {
  return request(`alerts/${encodeURIComponent(alertId)}/acknowledge`, { by });
}

/** The latest alerts, open and closed, newest first. */
export async function recentAlerts(): Promise<AlertView[]> {
  const answer = await request<{ items: AlertView[] }>("alerts?state=all&limit=100");
  return answer.ok ? answer.value.items : [];
}

export function cameraNow(camera: string): Promise<Answer<CameraView>> {
  return request(`cameras/${encodeURIComponent(camera)}`);
}

export interface Still {
  readonly jpeg: Blob;
  readonly capturedS: number;
}

/** One picture in the camera's own size, made by its worker now. */
export function stillOf(camera: string): Promise<Answer<Still>> {
  return ask(`cameras/${encodeURIComponent(camera)}/still`, { method: "POST" }, async (response) => ({
    jpeg: await response.blob(),
    capturedS: epochS(response.headers.get("x-captured-at") ?? ""),
  }));
}

/** Ground, regions, obstacles and gates of a camera, as the site file has them. */
export function layoutOfCamera(camera: string): Promise<Answer<LayoutView>> {
  return request(`cameras/${encodeURIComponent(camera)}/layout`);
}

/** What would become of a layout; nothing is stored. */
export function tryLayout(camera: string, draft: LayoutDraft): Promise<Answer<LayoutTried>> {
  return request(`cameras/${encodeURIComponent(camera)}/layout/try`, draft);
}

/** Ids of all cameras, in the order of the site file. */
export async function cameraIds(): Promise<readonly string[]> {
  const answer = await request<{ cameras: string[] }>("site");
  return answer.ok ? answer.value.cameras : [];
}

export async function mustSignIn(): Promise<boolean> {
  const answer = await request("site");
  return !answer.ok && answer.status === 401;
}

/** The service's own login form: it answers a right password by sending the browser on, with a session cookie. */
async function signIn(password: string): Promise<Answer<null>> {
  const form = new URLSearchParams({ password, next: "/" });
  try {
    const response = await fetch(pageUrl("login"), { method: "POST", body: form, redirect: "manual" });
    if (response.type === "opaqueredirect" || response.ok) return { ok: true, value: null };
    return { ok: false, status: response.status, why: words.request.refused(response.status) };
  } catch {
    return { ok: false, status: 0, why: words.request.unreachable };
  }
}

/** Empty once one is in; else why not. */
export async function enter(password: string): Promise<string> {
  const answer = await signIn(password);
  if (answer.ok) return "";
  if (answer.status === 401) return words.login.wrong;
  return answer.status === 429 ? words.login.tooMany : words.login.failed(answer.why);
}

export async function signOut(): Promise<void> {
  await fetch(pageUrl("logout"), { method: "POST", redirect: "manual" }).catch(() => undefined);
}
