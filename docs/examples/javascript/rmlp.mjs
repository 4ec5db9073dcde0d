// Reads a model file of robust_mlp and predicts, in plain JavaScript without any dependency.
// The format is described in docs/model_file.md; the order of the steps here is the order there.
import { createHash } from "node:crypto";

const END = 0x06054b50, DIRECTORY_LINE = 0x02014b50; // of a zip
const COMMENT = /^robust_mlp model, format (\d+), written by (\S+), sha256 ([0-9a-f]{64})$/;

// --- The archive: {name: bytes} of the stored entries, once the hash of all bytes before it is right

function entriesOf(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let end = file.length - 22;
  while (end > file.length - 300 && end >= 0 && view.getUint32(end, true) !== END) end--;
  const comment = end >= 0 ? new TextDecoder().decode(file.subarray(end + 22)).match(COMMENT) : null;
  if (!comment) throw new Error("This is no model file of robust_mlp.");
  if (createHash("sha256").update(file.subarray(0, -64)).digest("hex") !== comment[3])
    throw new Error("The model file is damaged: its bytes do not match its hash.");
  if (comment[1] !== "1") throw new Error(`The model file has format ${comment[1]}, written by ${comment[2]}.`);
  const entries = {};
  let place = view.getUint32(end + 16, true);
  for (let i = view.getUint16(end + 10, true); i > 0; i--) {
    if (view.getUint32(place, true) !== DIRECTORY_LINE) throw new Error("The directory of the model file is wrong.");
    const size = view.getUint32(place + 24, true), nName = view.getUint16(place + 28, true);
    const name = new TextDecoder().decode(file.subarray(place + 46, place + 46 + nName));
    const start = view.getUint32(place + 42, true) + 30 + nName;
    entries[name] = file.subarray(start, start + size);
    place += 46 + nName;
  }
  return entries;
}

// --- Arrays: {shape, data}, in C order

const TYPES = { "<f4": Float32Array, "<f8": Float64Array, "<i4": Int32Array, "<i8": BigInt64Array };

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
function withArrays(part, entries) {
  if (typeof part === "string") return part.endsWith(".npy") && entries[part] ? arrayOf(entries[part]) : part;
  if (Array.isArray(part)) return part.map((item) => withArrays(item, entries));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withArrays(value, entries)]));
}

// --- Reading a row: one value for each input column; null, undefined and NaN are missing

const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);
const plain = (level) => (level === null || typeof level !== "object" ? level
  : level.type === "float" ? { nan: NaN, inf: Infinity, "-inf": -Infinity }[level.value] : level.value);
const keyOf = (level) => (typeof level === "boolean" ? Number(level) : level);
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

function readInput(value, kind) {
  if (kind.kind === "date") return readDate(value, kind);
  if (isMissing(value)) return [NaN];
  if (kind.kind === "large_integer") return [Number(BigInt(value) - BigInt(kind.origin))];
  return [kind === "category" ? value : Number(value)];
}

// --- Encoding: from the columns of a row to the inputs of the network

function encode(columns, encoding, levels) {
  const { scale, numbers, center, divisor, fill, pieced } = encoding;
  const out = new Float32Array(encoding.n_outputs), nNumbers = numbers.data.length, nPieces = pieced.data.length;
  const limit = scale === null ? 3.4028234663852886e38 : 1e6, weight = nPieces ? 2 : 1;
  const z = Array.from(numbers.data, (column, i) => {
    let number = (columns[column] - center.data[i]) / divisor.data[i];
    if (Number.isNaN(number)) number = fill.data[i];
    number = Math.min(Math.max(number, -limit), limit);
    if (scale === "robust") number /= Math.sqrt(1 + (number * number) / 9);
    out[i] = number * weight;
    return number;
  });
  encoding.flagged.data.forEach((i, n) => (out[nNumbers + n] = Number.isNaN(columns[numbers.data[i]]) ? 1 : 0));
  const start = nNumbers + encoding.flagged.data.length;
  pieced.data.forEach((i, n) => {
    const reach = (z[i] - encoding.piece_low.data[n]) / encoding.piece_width.data[n];
    out[start + n] = Math.min(Math.max(reach, 0), 1) - 0.5;
  });
  const eachPlace = (chosen, use) => { // the place of a level among its column's entries: levels, missing, unknown
    let first = 0;
    chosen.data.forEach((column, n) => {
      const value = columns[column], { size } = levels[column];
      use(first + (isMissing(value) ? size : (levels[column].get(keyOf(value)) ?? size + 1)), n);
      first += size + 2;
    });
  };
  eachPlace(encoding.categories, (place) => {
    if (encoding.slots.data[place] >= 0) out[encoding.slots.data[place]] = 1;
  });
  const firstCode = encoding.n_outputs - encoding.embedded.data.length;
  eachPlace(encoding.embedded, (place, n) => (out[firstCode + n] = encoding.level_codes.data[place]));
  return out;
}

// --- The network

function erf(x) { // by its power series near 0 and a continued fraction (Lentz) beyond
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17; n++) { term *= -(x * x) / n; sum += term / (2 * n + 1); }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}

const sigmoid = (z) => 0.5 * Math.tanh(0.5 * z) + 0.5;
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
const ACTIVATIONS = {
  relu: (z) => Math.max(z, 0), leaky_relu: (z) => Math.max(z, 0.2 * z), relu6: (z) => Math.min(Math.max(z, 0), 6),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  selu: (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
  gelu: (z) => 0.5 * z * (1 + erf(z * Math.SQRT1_2)), silu: (z) => z * sigmoid(z), swish: (z) => z * sigmoid(z),
  mish: (z) => z * Math.tanh(softplus(z)), softplus, softsign: (z) => z / (1 + Math.abs(z)), tanh: Math.tanh,
  sigmoid, logistic: sigmoid, hard_sigmoid: (z) => Math.min(Math.max(z / 6 + 0.5, 0), 1), exponential: Math.exp,
  linear: (z) => z, identity: (z) => z,
};

// row (inputs) times a member's part of an array of shape (members, inputs, outputs) or (inputs, outputs)
function times(row, { shape, data }, member) {
  const [nIn, nOut] = shape.slice(-2), out = new Float64Array(nOut), first = member * nIn * nOut;
  for (let i = 0; i < nIn; i++) if (row[i] !== 0) for (let j = 0; j < nOut; j++) out[j] += row[i] * data[first + i * nOut + j];
  return out;
}

function unitsOf(row, { inputs, factors, centers, projection, shift }) {
  const [nCenters, nUsed] = centers.shape;
  const near = Float64Array.from({ length: nCenters }, (_, c) => {
    let distance = 0;
    for (let i = 0; i < nUsed; i++) distance += (row[inputs.data[i]] * factors.data[i] - centers.data[c * nUsed + i]) ** 2;
    return Math.exp(-distance);
  });
  return times(near, projection, 0).map((value, i) => value - shift.data[i]);
}

function logitsOf(row, network, member) {
  const arrays = network.trainable.values(), moving = network.moving.values();
  const next = () => arrays.next().value, activation = ACTIVATIONS[network.activation];
  const of = (array, i, width) => array.data[member * width + i]; // of a member's row of so many numbers
  let features = network.units === null ? row : unitsOf(row, network.units);
  const firstCode = features.length - network.n_embedded;
  const vectors = Array.from({ length: network.n_embedded }, (_, n) => {
    const { shape, data } = next(), [size, width] = shape.slice(-2);
    const start = (member * size + features[firstCode + n]) * width;
    return Array.from(data.subarray(start, start + width));
  });
  if (network.n_embedded) features = [...features.subarray(0, firstCode), ...vectors.flat()];
  let z = features;
  for (let layer = 0; layer < network.n_hidden; layer++) {
    const kernel = next(), bias = next(), width = kernel.shape.at(-1);
    z = times(z, kernel, member).map((value, i) => value + of(bias, i, width));
    if (network.batch_norm) {
      const gamma = next(), beta = next(), mean = moving.next().value, variance = moving.next().value;
      z = z.map((value, i) => (value - of(mean, i, width)) * (of(gamma, i, width) / Math.sqrt(of(variance, i, width) + 1e-3)) + of(beta, i, width));
    }
    z = z.map((value) => activation(value));
  }
  const kernel = next(), bias = next(), width = kernel.shape.at(-1);
  z = times(z, kernel, member).map((value, i) => value + of(bias, i, width));
  const path = network.has_linear_path ? times(features, next(), member) : null;
  return path === null ? z : z.map((value, i) => value + path[i]);
}

function softmax(logits) {
  const largest = Math.max(...logits), powers = Array.from(logits, (value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function probabilitiesOf(row, network) {
  const { weights, offsets, inverse_temperature: factors } = network;
  const total = Array(offsets.length).fill(0);
  const add = (logits, vote) => softmax(logits).forEach((p, i) => (total[i] += vote * p));
  for (let member = 0; member < weights.n_members; member++) {
    const factor = typeof factors === "number" ? factors : factors.data[member];
    const logits = logitsOf(row, weights, member).map((value, i) => value * factor + offsets[i]);
    add(logits, network.member_weights === null ? 1 : network.member_weights[member]);
  }
  for (const companion of network.companions)
    for (let member = 0; member < companion.n_members; member++)
      add(logitsOf(row, companion, member), companion.member_weights === null ? 1 : companion.member_weights[member]);
  const sum = total.reduce((a, b) => a + b, 0);
  return total.map((value) => value / sum);
}

// --- Classes

const shifted = (probabilities, offsets) => softmax(probabilities.map((p, i) => Math.log(p) + offsets[i]));
const placeOfLargest = (values) => values.indexOf(Math.max(...values));

function choose(probabilities, decision) {
  if (decision === null) return placeOfLargest(probabilities);
  if (decision.costs === null) return placeOfLargest(probabilities.map((p, i) => Math.log(p) + decision.offsets[i]));
  const honest = decision.honest_offsets.some((offset) => offset !== 0) ? shifted(probabilities, decision.honest_offsets) : probabilities;
  return placeOfLargest(Array.from(times(honest, decision.costs, 0), (cost) => -cost));
}

/**
 * Read a model.
 * @param {Uint8Array} file - the bytes of a model file
 * @returns {{classes: Array, columns: Array, predictProba: Function, predict: Function}} - both functions take rows: arrays with
 *   one value for each input column, in the order of the training table
 */
export function readModel(file) {
  const entries = entriesOf(file);
  // The one number that may be beyond 2^53 becomes a text, which BigInt reads.
  const text = new TextDecoder().decode(entries["model.json"]).replace(/"origin": (-?\d+)/g, '"origin": "$1"');
  const { kind, content } = JSON.parse(text);
  if (kind !== "RobustMLPClassifier") throw new Error(`A model of kind ${kind} cannot be read here.`);
  const { columns, inputs } = content.table;
  const levels = columns.map(({ levels }) => levels && new Map(levels.map((level, place) => [keyOf(plain(level)), place])));
  const network = withArrays(content.network, entries), decision = withArrays(content.attributes._decision, entries);
  const kinds = inputs ?? columns.map((column) => column.kind);
  const probabilities = (row) => {
    if (row.length !== kinds.length) throw new Error(`A row has ${row.length} values; the model has ${kinds.length} columns.`);
    return probabilitiesOf(encode(row.flatMap((value, i) => readInput(value, kinds[i])), network.encoding, levels), network);
  };
  const classes = content.classes.values.map(plain);
  return {
    classes,
    columns: columns.map(({ name, kind }) => ({ name, kind })),
    predictProba: (rows) => rows.map(probabilities),
    predict: (rows) => rows.map((row) => classes[choose(probabilities(row), decision)]),
  };
}
