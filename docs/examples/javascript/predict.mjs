// node predict.mjs model.rmlp < rows.json: prints classes, probabilities and labels for rows of JSON values.
import { readFileSync } from "node:fs";
import { readModel } from "./rmlp.mjs";

const model = readModel(readFileSync(process.argv[2]));
const rows = JSON.parse(readFileSync(0, "utf8"));
const answer = { classes: model.classes, probabilities: model.predictProba(rows), labels: model.predict(rows) };
console.log(JSON.stringify(answer));
