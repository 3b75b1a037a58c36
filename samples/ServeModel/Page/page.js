// The page's controls and what they ask of the service.
import { Pad, pictureOf, show } from "./drawing.js";
import { posteriorChart, scoreChart } from "./charts.js";

const $ = id => document.getElementById(id);
const farthest = 4;

const model = await ask("/model");
const shape = gridShape(model.itemShape);
const code = new Array(model.units.length).fill(0);
const sliders = new Map();
let posteriorMean = null;

/** Asks the service; what it refuses is shown, and thrown. */
async function ask(path, body) {
  const response = await fetch(path, body && {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  const problem = response?.ok ? null : answer?.detail ?? "the service does not answer; is it running?";
  $("message").hidden = !problem;
  $("message").textContent = problem ?? "";
  if (problem)
    throw new Error(problem);
  return answer;
}

/** Runs the latest of many requests for one place, one at a time: a slider moves faster than the service answers. */
function latest(place, work) {
  let running = false, waiting = false;
  return async function run() {
    waiting = true;
    if (running)
      return;
    running = true;
    place.setAttribute("aria-busy", "true");
    try {
      while (waiting) {
        waiting = false;
        await work();
      }
    } catch {
      // What went wrong is on the page.
    } finally {
      running = false;
      place.setAttribute("aria-busy", "false");
    }
  };
}

/** Height and width of items that are grey pictures, else null. */
function gridShape(item) {
  const side = Math.round(Math.sqrt(item[0]));
  const [channels, height, width] = item.length === 3 ? item : item.length === 2 ? [1, ...item] : [1, side, side];
  return channels === 1 && (item.length > 1 || side * side === item[0]) ? { height, width } : null;
}

function addSlider(unit, place) {
  const row = document.createElement("div");
  row.className = "slider";
  const input = Object.assign(document.createElement("input"), {
    type: "range", min: -farthest, max: farthest, step: 0.05, value: 0, id: `unit${unit.index}`,
  });
  const label = Object.assign(document.createElement("label"), { htmlFor: input.id, textContent: `unit ${unit.index}` });
  const value = Object.assign(document.createElement("output"), { htmlFor: input.id });
  row.append(label, input, value);
  place.append(row);
  sliders.set(unit.index, { input, value });
  input.addEventListener("input", () => {
    code[unit.index] = Number(input.value);
    showCode();
  });
}

function showCode() {
  for (const [unit, { input, value }] of sliders) {
    input.value = code[unit];
    value.value = code[unit].toFixed(2);
  }
  return decode();
}

const decode = latest($("decoded").parentElement, async () => {
  const answer = await ask("/latent/decode", { codes: [code] });
  show($("decoded"), answer.items[0], shape);
});

function moveTo(values) {
  values.forEach((value, unit) => { code[unit] = value; });
  return showCode();
}

/** A standard normal number (Box and Muller 1958). */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

const read = latest($("answer"), async () => {
  const item = pictureOf($("pad"), shape, model.binary);
  $("answer").hidden = !item;
  if (!item)
    return;
  const items = [item];
  const [reconstruction, latent, score] =
    await Promise.all(["/reconstruct", "/latent", "/score"].map(path => ask(path, { items })));
  show($("seen"), item, shape);
  show($("reconstruction"), reconstruction.items[0], shape);
  posteriorMean = latent.posteriors[0].mean;
  posteriorChart($("posterior"), model.units.filter(unit => unit.active), latent.posteriors[0], farthest);
  scoreChart($("score"), $("verdict"), score);
});

function start() {
  const [active, idle] = [model.units.filter(unit => unit.active), model.units.filter(unit => !unit.active)];
  active.forEach(unit => addSlider(unit, $("sliders")));
  idle.forEach(unit => addSlider(unit, $("idle").querySelector("div")));
  $("idle").hidden = idle.length === 0;
  $("idle").querySelector("summary").textContent = `${idle.length} units that the decoder hardly uses`;
  $("about").textContent = model.description;
  $("draw").addEventListener("click", () => moveTo(code.map(normal)));
  $("zero").addEventListener("click", () => moveTo(code.map(() => 0)));
  $("take").addEventListener("click", () => moveTo(posteriorMean));
  $("sample").addEventListener("click", async () => {
    const answer = await ask("/sample").catch(() => null);
    if (answer)
      pad.showItem(answer.items[0], shape);
  });
  const pad = new Pad($("pad"), read, down => { $("pen").textContent = down === null ? "" : down ? ", pen down" : ", pen up"; });
  $("clear").addEventListener("click", () => pad.clear());
  $("upload").addEventListener("change", async event => {
    const [file] = event.target.files;
    event.target.value = "";
    $("message").hidden = !file || await pad.showFile(file);
    $("message").textContent = `${file?.name} is no picture that this browser can read; take a PNG or a JPEG`;
  });
  return showCode();
}

if (shape) {
  await start();
  document.body.dataset.ready = "";
} else {
  document.querySelector("main").hidden = true;
  $("message").hidden = false;
  $("message").textContent = `This model's items, of shape [${model.itemShape}], are no grey pictures, which is all that this page shows. `
    + "The endpoints work.";
}
