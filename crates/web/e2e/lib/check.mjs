// A small runner: one test after the other, all in one browser.

let passed = 0;
let failed = 0;

export async function test(name, what) {
  const wanted = process.argv[2];
  if (wanted !== undefined && !name.includes(wanted)) return;
  const began = Date.now();
  try {
    await what();
    passed += 1;
    console.log(`ok    ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error?.stack ?? error).split("\n").slice(0, 6).join("\n      ")}`);
  }
}

export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

export function same(found, wanted, what) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${what}: found ${left}, wanted ${right}`);
}

export function holds(is, what) {
  if (!is) throw new Error(what);
}

/** Waits until something holds. */
export async function until(look, what, ms = 8_000) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  throw new Error(`not within ${ms} ms: ${what}${last === undefined ? "" : ` (${last.message})`}`);
}

/** Sum of decimals, exactly. */
export function sum(...texts) {
  const raw = (text) => {
    const negative = text.startsWith("-");
    const [whole, fraction = ""] = (negative ? text.slice(1) : text).split(".");
    const size = BigInt(whole + fraction.padEnd(8, "0"));
    return negative ? -size : size;
  };
  const total = texts.reduce((all, text) => all + raw(text), 0n);
  const size = (total < 0n ? -total : total).toString().padStart(9, "0");
  const text = `${total < 0n ? "-" : ""}${size.slice(0, -8)}.${size.slice(-8)}`;
  return text.replace(/\.?0+$/, "");
}
