import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { defineConfig } from "vite";

/** Writes a packed copy beside every file that gets shorter by it. */
const packed = () => {
  let target = "dist";
  const pack = (folder) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) { pack(path); continue; }
      const whole = readFileSync(path);
      const short = gzipSync(whole, { level: 9 });
      if (short.length + 64 < whole.length) writeFileSync(path + ".gz", short);
    }
  };
  return {
    name: "packed",
    configResolved(config) { target = config.build.outDir; },
    closeBundle() { pack(target); },
  };
};

/** While the page is worked on (`npx vite`): everything else comes from a running exchange, which takes no other page's requests. */
const served = {
  target: process.env.RINGFENCE ?? "http://127.0.0.1:8600",
  changeOrigin: true,
  ws: true,
  configure(proxy) {
    for (const event of ["proxyReq", "proxyReqWs"]) proxy.on(event, (request) => request.removeHeader("origin"));
  },
};

export default defineConfig({
  plugins: [packed()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: { output: { hashCharacters: "hex" } },
  },
  server: { proxy: Object.fromEntries(["/fapi", "/dapi", "/local", "/futures", "/stream", "/docs"].map((path) => [path, served])) },
});
