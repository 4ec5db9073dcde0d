// The activations of hidden units, by the names that a model file has, and that of the outputs.

export const clip = (value, low, high) => Math.min(Math.max(value, low), high);

function erf(x) { // a series of positive terms, so that no digits cancel; beyond 6 it is 1
  const a = Math.min(Math.abs(x), 6);
  let term = a, sum = a;
  for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * a * a) / (2 * n + 1);
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
}

const sigmoid = (z) => 0.5 * Math.tanh(0.5 * z) + 0.5;
const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
export const ACTIVATIONS = {
  relu: (z) => Math.max(z, 0), leaky_relu: (z) => Math.max(z, 0.2 * z), relu6: (z) => clip(z, 0, 6),
  elu: (z) => (z > 0 ? z : Math.expm1(z)),
  selu: (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
  gelu: (z) => 0.5 * z * (1 + erf(z * Math.SQRT1_2)), silu: (z) => z * sigmoid(z), swish: (z) => z * sigmoid(z),
  mish: (z) => z * Math.tanh(softplus(z)), softplus, softsign: (z) => z / (1 + Math.abs(z)), tanh: Math.tanh,
  sigmoid, logistic: sigmoid, hard_sigmoid: (z) => clip(z / 6 + 0.5, 0, 1), exponential: Math.exp,
  linear: (z) => z, identity: (z) => z,
};

export function softmax(logits) {
  const largest = Math.max(...logits), powers = Array.from(logits, (value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
