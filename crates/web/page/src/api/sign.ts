/** HMAC-SHA256 by the browser itself. */

const words = new TextEncoder();
let known: { secret: string; key: Promise<CryptoKey> } | undefined;

/** The signature of a query in hex. */
export async function signature(secret: string, query: string): Promise<string> {
  if (known?.secret !== secret) {
    const terms = { name: "HMAC", hash: "SHA-256" };
    known = { secret, key: crypto.subtle.importKey("raw", words.encode(secret), terms, false, ["sign"]) };
  }
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", await known.key, words.encode(query)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
