import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeverageRow } from "../src/api/types.ts";
import { latest } from "../src/api/latest.ts";
import { fraction } from "../src/market/days.ts";
import { csv } from "../src/text/csv.ts";
import { span } from "../src/text/time.ts";
import { capOf, refusedRanges } from "../src/ticket/ranges.ts";

test("a file is read back as it was, and is never a formula", () => {
  assert.equal(csv(["a", "b"], [["1,5", 'say "x"'], ["=1+1", null], ["-5", "-cmd"]]), 'a,b\r\n"1,5","say ""x"""\r\n\'=1+1,\r\n-5,\'-cmd\r\n');
});

test("percent become fractions", () => {
  assert.deepEqual(["-0.062", "12.5", "100", "0"].map(fraction), ["-0.00062", "0.125", "1.00", "0.00"]);
  assert.equal(span(3_661_999), "01:01:01");
});

const row = (leverage: string, nearest?: string | null): LeverageRow =>
  ({ leverage, accepted: nearest === undefined, refused: nearest === undefined ? null : { code: 0, msg: "", why: "why", nearest_leverage: nearest } }) as unknown as LeverageRow;

test("refused leverages are ranges that end where the server says", () => {
  assert.deepEqual(refusedRanges([row("1"), row("50"), row("100")]), []);
  assert.deepEqual(refusedRanges([row("1", "3"), row("2", "3"), row("5")]), [{ from: 1, to: 3, why: "why" }]);
  assert.deepEqual(refusedRanges([row("10"), row("50", "20"), row("100", "20")]), [{ from: 20, to: 100, why: "why" }]);
  assert.deepEqual(refusedRanges([row("10"), row("50", null)]), [{ from: 10, to: 50, why: "why" }]);
});

test("the cap is that of the last bracket that allows the leverage", () => {
  const bracket = (cap: string, max_leverage: string) => ({ floor: "0", cap, max_leverage, maintenance_rate: "0", cum: "0" });
  const brackets = [bracket("50000", "125"), bracket("600000", "100"), bracket("3000000", "50")];
  assert.deepEqual(["125", "101", "100", "51", "50", "1"].map((leverage) => capOf(brackets, leverage)), ["50000", "50000", "600000", "600000", "3000000", "3000000"]);
  assert.equal(capOf(brackets, "126"), undefined);
});

test("of many questions the newest is answered, and one is under way at most", async () => {
  const answers: string[] = [];
  let under = 0;
  let most = 0;
  const newest = latest<string>((told) => answers.push(told), () => answers.push("failed"));
  const question = (told: string) => async () => {
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, 5));
    under -= 1;
    return told;
  };
  for (const told of ["a", "b", "c", "d"]) newest.ask(question(told));
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(answers, ["a", "d"]);
  assert.equal(most, 1);
  newest.ask(question("e"));
  newest.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(answers, ["a", "d"]);
});
