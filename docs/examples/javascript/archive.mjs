// Reads the archive that a model file of robust_mlp is: a zip of stored entries with a hash.
// The bytes are described in docs/model_file.md.
import { createHash } from "node:crypto";

const END = 0x06054b50, DIRECTORY_LINE = 0x02014b50; // of a zip
const COMMENT = /^robust_mlp model, format (\d+), written by (\S+), sha256 ([0-9a-f]{64})$/;

// {name: bytes} of the stored entries, once the hash of all bytes before it is right
export function entriesOf(file) {
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
