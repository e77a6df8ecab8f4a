// A running exchange, and calls to it that do not go through the page.

import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE_MS = 20_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts the program and waits for its ready file. */
export async function start(arguments_ = [], listen = "127.0.0.1:0") {
  const folder = mkdtempSync(join(tmpdir(), "ringfence-page-"));
  const ready = join(folder, "ready.json");
  const child = spawn(process.env.RINGFENCE, ["--listen", listen, "--ready-file", ready, ...arguments_], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (let waited = 0; waited < PATIENCE_MS; waited += 50) {
    await sleep(50);
    const told = read(ready);
    if (told !== undefined) return exchange(told, () => stop(child, ended, folder));
  }
  await stop(child, ended, folder);
  throw new Error("the exchange did not become ready");
}

function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

async function stop(child, ended, folder) {
  child.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

async function answer(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${JSON.stringify(body)}`);
  return body;
}

function exchange({ rest: base }, end) {
  return {
    base,
    end,
    ask: (path, fields = {}) => fetch(`${base}/local/v1/${path}?${new URLSearchParams(fields)}`).then(answer),
    control: (path, body = {}) =>
      fetch(`${base}/local/v1/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }).then(answer),
    signed: (name, method, path, fields = {}) => {
      const query = new URLSearchParams({ ...fields, recvWindow: "60000", timestamp: String(Date.now()) }).toString();
      const signature = createHmac("sha256", `test-${name}-secret`).update(query).digest("hex");
      return fetch(`${base}${path}?${query}&signature=${signature}`, { method, headers: { "X-MBX-APIKEY": `test-${name}` } }).then(answer);
    },
    /** A price that stands still; only the maker trades. */
    async still(symbol, price) {
      await this.control("flow", { symbol, on: "false" });
      await this.control("mark", { symbol, price });
      await sleep(600);
    },
    desk: (account) => fetch(`${base}/local/v1/desk?account=${account}`).then(answer),
  };
}
