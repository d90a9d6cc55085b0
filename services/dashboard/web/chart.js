// Small charts as inline SVG.

import {amount, text} from "/texts.js";
import {element} from "/dom.js";

const kSvg = "http://www.w3.org/2000/svg";
const kHeight = 220, kLeft = 92, kRight = 12, kTop = 14, kBottom = 26;
const kLabelWidth = 80;  // pixels that a label under the bars needs

function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(kSvg, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// The smallest round number that is not below the value: an even one, for the scale also names its half.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value && step % 2 === 0);
}

/** Draws a trend as bars, one per step, as wide as there is room; pointing at a step tells its value. */
export function drawTrend(container, metric, points) {
  if (!points.some((point) => point.amount !== 0)) {
    container.replaceChildren(element("p", {class: "empty"}, text("no_data")));
    return;
  }
  const unit = metric === "service_minutes" ? 60 : 1;  // the scale is round in what people read: hours
  const top = unit * roundUp(Math.max(...points.map((point) => point.amount)) / unit);
  const width = Math.max(container.clientWidth, 240);
  const step = (width - kLeft - kRight) / points.length;
  const y = (value) => kTop + (kHeight - kTop - kBottom) * (1 - Math.max(0, value) / top);
  const chart = svg("svg", {viewBox: `0 0 ${width} ${kHeight}`, role: "img", class: "bars"});

  for (const value of [0, top / 2, top]) {
    chart.append(svg("line", {x1: kLeft, x2: width - kRight, y1: y(value), y2: y(value), class: "rule"}),
                 svg("text", {x: kLeft - 8, y: y(value) + 4, class: "scale", "text-anchor": "end"}, amount(metric, value)));
  }
  const labels = Math.max(1, Math.ceil((points.length * kLabelWidth) / width));
  points.forEach((point, index) => {
    const x = kLeft + index * step;
    const bar = svg("g", {class: "step", tabindex: 0, "aria-label": `${point.period}: ${amount(metric, point.amount)}`});
    bar.append(svg("rect", {x, y: kTop, width: step, height: kHeight - kTop - kBottom, class: "hit"}),
               svg("rect", {x: x + step * 0.15, y: y(point.amount), width: step * 0.7, height: y(0) - y(point.amount), rx: Math.min(3, step * 0.2), class: "bar"}),
               svg("title", {}, `${point.period}  ${amount(metric, point.amount)}`));
    chart.append(bar);
    if (index % labels === 0) {
      const label = point.period.length > 7 ? point.period.slice(5) : point.period;
      chart.append(svg("text", {x: x + step / 2, y: kHeight - 8, class: "scale", "text-anchor": "middle"}, label));
    }
  });
  container.replaceChildren(chart);
}

/** A bar of shares: `[{name, value}]` side by side, with a legend. */
export function drawShares(parts) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0);
  const bar = svg("svg", {viewBox: "0 0 100 6", preserveAspectRatio: "none", class: "shares", "aria-hidden": "true"});
  let x = 0;
  for (const part of parts) {
    if (part.value <= 0 || whole === 0) continue;
    const width = (100 * part.value) / whole;
    bar.append(svg("rect", {x, y: 0, width, height: 6, class: `share share-${part.tone}`}));
    x += width;
  }
  const legend = element("ul", {class: "legend"}, ...parts.map((part) =>
    element("li", {class: part.value ? "" : "none"},
      element("i", {class: `dot share-${part.tone}`}), `${text(part.name)} `, element("b", {}, amount(part.name, part.value)))));
  return element("div", {}, bar, legend);
}
