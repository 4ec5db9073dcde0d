// Reads a row: one value for each input column; null, undefined and NaN are missing.

export const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);
export const plain = (level) => (level === null || typeof level !== "object" ? level
  : level.type === "float" ? { nan: NaN, inf: Infinity, "-inf": -Infinity }[level.value] : level.value);
export const keyOf = (level) => (typeof level === "boolean" ? Number(level) : level);
const PARTS = {
  year: (date) => date.getUTCFullYear(), month: (date) => date.getUTCMonth() + 1, day: (date) => date.getUTCDate(),
  weekday: (date) => (date.getUTCDay() + 6) % 7, hour: (date) => date.getUTCHours(),
};

// A date is a text in ISO 8601, as the clock in the column's time zone shows it.
function readDate(value, { first, last, parts }) {
  if (isMissing(value)) return Array(1 + parts.length).fill(NaN);
  const time = Date.parse(/[zZ]$/.test(value) ? value : `${value.length > 10 ? value : `${value}T00:00`}Z`);
  const length = (last - first) / 1e6;
  const seconds = Math.min(Math.max((time * 1000 - first) / 1e6, -length), 2 * length);
  const near = new Date(Math.floor((seconds * 1e6 + first) / 1000));
  return [seconds, ...parts.map((part) => PARTS[part](part === "year" ? near : new Date(time)))];
}

export function readInput(value, kind) {
  if (kind.kind === "date") return readDate(value, kind);
  if (isMissing(value)) return [NaN];
  if (kind.kind === "large_integer") return [Number(BigInt(value) - BigInt(kind.origin))];
  return [kind === "category" ? value : Number(value)];
}
