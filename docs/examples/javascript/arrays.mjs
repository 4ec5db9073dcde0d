// NumPy's arrays: {shape, data}, the last index fastest.

const TYPES = { "<f4": Float32Array, "<f8": Float64Array, "<i4": Int32Array, "<i8": BigInt64Array };

// an array from the bytes of its entry
function arrayOf(bytes) {
  const nHeader = 10 + bytes[8] + 256 * bytes[9];
  const header = new TextDecoder().decode(bytes.subarray(10, nHeader));
  const [, type, order, sizes] = header.match(/'descr': '(...)', 'fortran_order': (\w+), 'shape': \((.*?)\)/);
  const shape = sizes.split(",").filter((size) => size.trim()).map(Number);
  const raw = new TYPES[type](Uint8Array.from(bytes.subarray(nHeader)).buffer);
  const data = type === "<i8" ? Float64Array.from(raw, Number) : raw;
  if (order === "False" || shape.length < 2) return { shape, data };
  const inOrder = new data.constructor(data.length); // the first index varies fastest in the file
  for (let place = 0; place < data.length; place++) {
    let rest = place, to = 0;
    for (const size of shape) { to = to * size + (rest % size); rest = Math.floor(rest / size); }
    inOrder[to] = data[place];
  }
  return { shape, data: inOrder };
}

// Puts arrays in the place of the names of their entries, everywhere in a part of model.json.
export function withArrays(part, entries) {
  if (typeof part === "string") return part.endsWith(".npy") && entries[part] ? arrayOf(entries[part]) : part;
  if (Array.isArray(part)) return part.map((item) => withArrays(item, entries));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withArrays(value, entries)]));
}

// a member's part of an array: its last `rank` dimensions
export const partOf = ({ shape, data }, member, rank) => {
  const size = shape.slice(-rank).reduce((a, b) => a * b, 1);
  return data.length > size ? data.subarray(member * size, (member + 1) * size) : data;
};

// a row times a member's part of an array
export function times(row, kernel, member) {
  const [nIn, nOut] = kernel.shape.slice(-2), values = partOf(kernel, member, 2), out = new Float64Array(nOut);
  for (let i = 0; i < nIn; i++) for (let j = 0; j < nOut; j++) out[j] += row[i] * values[i * nOut + j];
  return out;
}
