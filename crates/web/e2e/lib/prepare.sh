# Program, browser and packages; what is missing is said.
root=$(cd "$here/../../.." && pwd)
RINGFENCE=${RINGFENCE:-${CARGO_TARGET_DIR:-$root/target}/debug/ringfence}
if [ ! -x "$RINGFENCE" ]; then
  (cd "$root" && cargo build --locked)
fi
for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  if [ -n "$browser" ] && command -v "$browser" >/dev/null; then CHROMIUM=$(command -v "$browser"); break; fi
done
if [ -z "${CHROMIUM:-}" ]; then echo "no Chromium found: install it, or name it in CHROMIUM" >&2; exit 2; fi
if [ ! -d "$here/node_modules/playwright-core" ]; then
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error)
fi
export RINGFENCE CHROMIUM
