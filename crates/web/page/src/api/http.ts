/** Calls over HTTP: our own, and Binance's signed by the account that is chosen. */

import { account, link, token } from "../state.ts";
import { Refusal } from "./refusal.ts";
import { signature } from "./sign.ts";

export { Refusal };

export type Fields = Readonly<Record<string, string | number | undefined>>;

function given(fields: Fields): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
}

async function answer<T>(asked: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await asked;
  } catch {
    link.http.value = false;
    throw new Refusal(0, "The exchange does not answer.", 0);
  }
  link.http.value = true;
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body as T;
  if (response.status === 401 && token.asked.peek() === false) token.asked.value = true;
  const told = body as { code?: number; msg?: string } | null;
  throw new Refusal(told?.code ?? 0, told?.msg ?? `HTTP ${response.status}`, response.status);
}

function withToken(): Record<string, string> {
  return token.value.value === "" ? {} : { "x-ringfence-token": token.value.value };
}

/** Asks a call of our own. */
export function ask<T>(path: string, fields: Fields = {}): Promise<T> {
  const query = new URLSearchParams(given(fields)).toString();
  return answer<T>(fetch(`/local/v1/${path}${query === "" ? "" : `?${query}`}`, { headers: withToken() }));
}

/** Does something that only whoever controls the exchange may do, or looks at what something would do. */
export function control<T>(path: string, fields: Fields = {}, signal?: AbortSignal): Promise<T> {
  const body = JSON.stringify(Object.fromEntries(given(fields)));
  const headers = { "content-type": "application/json", ...withToken() };
  return answer<T>(fetch(`/local/v1/${path}`, { method: "POST", headers, body, ...(signal ? { signal } : {}) }));
}

/** Public market data. */
export function open<T>(path: string, fields: Fields = {}): Promise<T> {
  return answer<T>(fetch(`${path}?${new URLSearchParams(given(fields)).toString()}`));
}

/** Binance's API, signed with the test key of the account that is chosen. */
export async function signed<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, fields: Fields = {}): Promise<T> {
  const who = account.value;
  if (who === undefined || who.api_key === null || who.secret === null) {
    throw new Refusal(0, "This account has no test key: the page can look at it, and not trade for it.", 0);
  }
  const query = new URLSearchParams([...given(fields), ["recvWindow", "60000"], ["timestamp", String(Date.now())]]).toString();
  const target = `${path}?${query}&signature=${await signature(who.secret, query)}`;
  return answer<T>(fetch(target, { method, headers: { "X-MBX-APIKEY": who.api_key } }));
}

/** A listen key of the account that is chosen. */
export function listenKey(api: string, key: string): Promise<{ listenKey: string }> {
  return answer(fetch(`${api}/v1/listenKey`, { method: "POST", headers: { "X-MBX-APIKEY": key } }));
}
