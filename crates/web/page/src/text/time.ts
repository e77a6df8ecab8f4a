/** Times as people read them. */

const two = (number: number): string => String(number).padStart(2, "0");

/** Hours, minutes and seconds of a span. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** The time of day in UTC. */
export function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** Day and time in UTC. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(5, 19).replace("T", " ");
}
