// The posterior and the score in pictures, with the same in words.

function part(className, left, width) {
  const element = document.createElement("div");
  element.className = className;
  element.style.left = `${left * 100}%`;
  if (width !== undefined)
    element.style.width = `${width * 100}%`;
  return element;
}

/** Mean and deviation of every unit, on a scale from -farthest to farthest, over the prior's deviation. */
export function posteriorChart(place, units, posterior, farthest) {
  const at = value => Math.min(1, Math.max(0, (value + farthest) / (2 * farthest)));
  place.replaceChildren(...units.map(({ index }) => {
    const [mean, deviation] = [posterior.mean[index], posterior.deviation[index]];
    const row = document.createElement("div");
    row.className = "unit";
    row.setAttribute("role", "listitem");
    const track = document.createElement("div");
    track.className = "track";
    track.append(
      part("band", at(-1), at(1) - at(-1)),
      part("spread", at(mean - deviation), at(mean + deviation) - at(mean - deviation)),
      part("mean", at(mean)));
    const name = Object.assign(document.createElement("span"), { textContent: `unit ${index}` });
    const figure = Object.assign(document.createElement("span"), {
      className: "figure", textContent: `${mean.toFixed(2)} ± ${deviation.toFixed(2)}`,
    });
    row.append(name, track, figure);
    return row;
  }));
}

/** The score beside the threshold, and what it means. */
export function scoreChart(place, verdict, { scores: [score], anomalies: [unusual], threshold }) {
  const most = 1.6 * threshold.value;
  const at = value => Math.min(1, Math.max(0, value / most));
  const interval = threshold.lower === null || threshold.lower === undefined || threshold.upper === undefined ? ""
    : ` (95 % interval ${threshold.lower.toFixed(0)} to ${threshold.upper.toFixed(0)})`;
  place.classList.toggle("unusual", unusual);
  place.setAttribute("aria-label", `score ${score.toFixed(1)}, threshold ${threshold.value.toFixed(1)} nats`);
  place.replaceChildren(part("score", 0, at(score)), part("threshold", at(threshold.value)));
  verdict.classList.toggle("unusual", unusual);
  const word = Object.assign(document.createElement("strong"), { textContent: unusual ? "Unusual" : "As expected" });
  verdict.replaceChildren(word, `: −log p(x) is ${score.toFixed(1)} nats. Of pictures such as it was trained on, `
    + `${(100 * threshold.share).toFixed(0)} % have at most ${threshold.value.toFixed(1)}${interval}.`);
}
