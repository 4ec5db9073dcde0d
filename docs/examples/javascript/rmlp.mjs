// Reads a model file of robust_mlp and predicts, in plain JavaScript without any dependency.
// The format is described in docs/model_file.md; the order of the steps here is the order there.
import { ACTIVATIONS, clip, softmax } from "./activations.mjs";
import { entriesOf } from "./archive.mjs";
import { partOf, times, withArrays } from "./arrays.mjs";
import { isMissing, keyOf, plain, readInput } from "./columns.mjs";

// --- Encoding: from the columns of a row to the inputs of the network

function encode(columns, encoding, levels) {
  const { scale, numbers, center, divisor, fill, flagged, pieced } = encoding;
  const out = new Float32Array(encoding.n_outputs), nNumbers = numbers.data.length;
  const limit = scale === null ? 3.4028234663852886e38 : 1e6, weight = pieced.data.length ? 2 : 1;
  const z = Array.from(numbers.data, (column, i) => {
    const raw = columns[column], bend = encoding.bend?.data[i] ?? Infinity;
    const straight = bend < Infinity ? Math.sign(raw) * Math.log1p(Math.abs(raw) / bend) : raw;
    const number = (straight - center.data[i]) / divisor.data[i];
    const clipped = clip(Number.isNaN(number) ? fill.data[i] : number, -limit, limit);
    return scale === "robust" ? clipped / Math.sqrt(1 + (clipped * clipped) / 9) : clipped;
  });
  z.forEach((number, i) => (out[i] = number * weight));
  flagged.data.forEach((i, n) => (out[nNumbers + n] = Number.isNaN(columns[numbers.data[i]]) ? 1 : 0));
  pieced.data.forEach((i, n) => {
    const reach = (z[i] - encoding.piece_low.data[n]) / encoding.piece_width.data[n];
    out[nNumbers + flagged.data.length + n] = clip(reach, 0, 1) - 0.5;
  });
  const eachPlace = (chosen, use) => { // the place of a level among its column's entries: levels, missing, unknown
    let first = 0;
    chosen.data.forEach((column, n) => {
      const value = columns[column], { size } = levels[column];
      use(first + (isMissing(value) ? size : (levels[column].get(keyOf(value)) ?? size + 1)), n);
      first += size + 2;
    });
  };
  const { slots, level_codes: codes } = encoding, sizes = Array.from(encoding.n_values?.data ?? []);
  const firstValue = out.length - sizes.length, firstCode = firstValue - encoding.embedded.data.length;
  eachPlace(encoding.categories, (place) => slots.data[place] >= 0 && (out[slots.data[place]] = 1));
  eachPlace(encoding.embedded, (place, n) => (out[firstCode + n] = codes.data[place]));
  let start = 0;
  sizes.forEach((size, n) => { // the place of a number among the values of its column, from 1 on
    const number = Math.fround(columns[numbers.data[encoding.coded.data[n]]]);
    out[firstValue + n] = encoding.values.data.subarray(start, (start += size)).indexOf(number) + 1;
  });
  return out;
}

// --- The network

// outputs of the units of a radial member
function unitsOf(row, { inputs, factors, centers, projection, shift }) {
  const [nCenters, nUsed] = centers.shape, used = Array.from(inputs.data, (input, i) => row[input] * factors.data[i]);
  const near = Array.from({ length: nCenters }, (_, c) => {
    const center = centers.data.subarray(c * nUsed, (c + 1) * nUsed);
    return Math.exp(-used.reduce((distance, value, i) => distance + (value - center[i]) ** 2, 0));
  });
  return times(near, projection, 0).map((value, i) => value - shift.data[i]);
}

function logitsOf(row, network, member) {
  const arrays = network.trainable.values(), moving = network.moving.values();
  const next = (from = arrays) => partOf(from.next().value, member, 1); // numbers of a layer's units
  const dense = (z) => {
    const sums = times(z, arrays.next().value, member), bias = next();
    return sums.map((value, i) => value + bias[i]);
  };
  let features = network.units === null ? row : unitsOf(row, network.units);
  if (network.n_embedded) {
    const nPlain = features.length - network.n_embedded;
    const vectors = Array.from(features.subarray(nPlain), (code) => {
      const table = arrays.next().value, width = table.shape.at(-1);
      return [...partOf(table, member, 2).subarray(code * width, (code + 1) * width)];
    });
    features = [...features.subarray(0, nPlain), ...vectors.flat()];
  }
  let z = features;
  for (let layer = 0; layer < network.n_hidden; layer++) {
    z = dense(z);
    if (network.batch_norm) {
      const gamma = next(), beta = next(), mean = next(moving), variance = next(moving);
      z = z.map((value, i) => (gamma[i] * (value - mean[i])) / Math.sqrt(variance[i] + 1e-3) + beta[i]);
    }
    z = z.map((value) => ACTIVATIONS[network.activation](value));
  }
  z = dense(z);
  if (!network.has_linear_path) return z;
  const path = times(features, arrays.next().value, member);
  return z.map((value, i) => value + path[i]);
}

function probabilitiesOf(row, { weights, companions, offsets, inverse_temperature: factors, member_weights }) {
  const total = Array(offsets.length).fill(0);
  for (const network of [{ ...weights, member_weights }, ...companions])
    for (let member = 0; member < network.n_members; member++) {
      const vote = network.member_weights?.[member] ?? 1, factor = factors.data?.[member] ?? factors;
      let logits = logitsOf(row, network, member);
      if (!companions.includes(network)) logits = logits.map((value, i) => value * factor + offsets[i]);
      softmax(logits).forEach((p, i) => (total[i] += vote * p));
    }
  const sum = total.reduce((a, b) => a + b, 0);
  return total.map((value) => value / sum);
}

// --- Classes

const placeOfLargest = (values) => values.indexOf(Math.max(...values));
const plus = (probabilities, offsets) => probabilities.map((p, i) => Math.log(p) + offsets[i]);

function choose(probabilities, decision) {
  if (decision === null) return placeOfLargest(probabilities);
  if (decision.costs === null) return placeOfLargest(plus(probabilities, decision.offsets));
  const costs = times(softmax(plus(probabilities, decision.honest_offsets)), decision.costs, 0);
  return placeOfLargest(costs.map((cost) => -cost));
}

// A model from the bytes of its file: {classes, columns, predictProba, predict}. Both functions take rows: arrays with
// one value for each input column, in the order of the training table.
export function readModel(file) {
  const entries = entriesOf(file);
  // The one number that may be beyond 2^53 becomes a text, which BigInt reads.
  const text = new TextDecoder().decode(entries["model.json"]).replace(/"origin": (-?\d+)/g, '"origin": "$1"');
  const { kind, content } = JSON.parse(text);
  if (kind !== "RobustMLPClassifier") throw new Error(`A model of kind ${kind} cannot be read here.`);
  const { columns, inputs } = content.table, kinds = inputs ?? columns.map((column) => column.kind);
  const levels = columns.map(({ levels }) => levels && new Map(levels.map((level, i) => [keyOf(plain(level)), i])));
  const network = withArrays(content.network, entries), decision = withArrays(content.attributes._decision, entries);
  const classes = content.classes.values.map(plain);
  const probabilities = (row) => {
    const { length } = kinds;
    if (row.length !== length) throw new Error(`A row has ${row.length} values; the model has ${length} columns.`);
    const read = row.flatMap((value, i) => readInput(value, kinds[i]));
    return probabilitiesOf(encode(read, network.encoding, levels), network);
  };
  return {
    classes,
    columns: columns.map(({ name, kind }) => ({ name, kind })),
    predictProba: (rows) => rows.map(probabilities),
    predict: (rows) => rows.map((row) => classes[choose(probabilities(row), decision)]),
  };
}
