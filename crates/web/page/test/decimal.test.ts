import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, digitsOf, fill, opposite, percent, plain, rounded, shown, sign } from "../src/text/decimal.ts";

test("all digits are shown, the usual ones apart from the rest", () => {
  for (const [text, usual, least, head, tail] of [
    ["64000.1", 1, 1, "64\u202f000.1", ""],
    ["63976.40735091", 1, 1, "63\u202f976.4", "0735091"],
    ["-1234567.5", 2, 2, "\u22121\u202f234\u202f567.50", ""],
    ["0.00015613", 6, 8, "0.000156", "13"],
    ["100", 2, 8, "100.00", "000000"],
    ["0", 0, 0, "0", ""],
    ["1.5", 0, 0, "1", ".5"],
    ["9007199254740993.00000001", 2, 2, "9\u202f007\u202f199\u202f254\u202f740\u202f993.00", "000001"],
  ] as const) {
    assert.deepEqual(shown(text, usual, least), { head, tail }, text);
  }
  assert.equal(plain("1000000"), "1\u202f000\u202f000");
});

test("percent are fractions with the point moved, halves away from zero", () => {
  for (const [text, digits, signed, wanted] of [
    ["0.0123456", 2, false, "1.23\u202f%"],
    ["-0.00574500", 2, true, "\u22120.57\u202f%"],
    ["0.00575", 2, true, "+0.58\u202f%"],
    ["7.4618", 1, false, "746.2\u202f%"],
    ["-0.00001", 2, true, "0.00\u202f%"],
    ["0.0001", 4, true, "+0.0100\u202f%"],
    ["0", 2, true, "0.00\u202f%"],
  ] as const) {
    assert.equal(percent(text, digits, signed), wanted, text);
  }
  assert.equal(rounded("9.995", 2), "10.00");
  assert.equal(rounded("-0.004", 2), "0.00");
  assert.equal(rounded("12.5", 0), "13");
});

test("signs and order without floats", () => {
  for (const [text, wanted] of [["0", 0], ["-0.00", 0], ["0.00000001", 1], ["-3", -1]] as const) assert.equal(sign(text), wanted, text);
  assert.equal(opposite("1.5"), "-1.5");
  assert.equal(opposite("-1.5"), "1.5");
  assert.equal(opposite("0"), "0");
  assert.ok(compare("9007199254740993", "9007199254740992") > 0);
  assert.ok(compare("-2", "1") < 0 && compare("-2", "-1") < 0 && compare("0.10", "0.1") === 0);
  assert.equal(digitsOf("0.10"), 1);
  assert.equal(digitsOf("1"), 0);
});

test("what is drawn stays within its box", () => {
  assert.deepEqual([fill("1", "2"), fill("3", "2"), fill("-1", "2"), fill("1", "0")], [0.5, 1, 0, 0]);
});
