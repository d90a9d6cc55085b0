// The cards of the overview: which figures stand where, and how they are drawn and kept up to date.

import {drawShares} from "/chart.js";
import {element} from "/dom.js";
import {amount, number, share, text} from "/texts.js";

// `bad` figures are shown in red as soon as there are any; less of them than before is good. More or less of `plain` ones
// is neither good nor bad.
const groups = [
  {name: "group_volunteer", tone: "volunteer", tiles: [
    {metric: "volunteers"}, {metric: "activities"}, {metric: "service_minutes"},
    {metric: "hour_entries_approved"}, {metric: "hour_entries_pending", plain: true}, {metric: "hour_entries_flagged", bad: true}],
   shares: [{title: "hour_entries", parts: [["hour_entries_approved", "good"], ["hour_entries_pending", "warn"]]}]},
  {name: "group_inspection", tone: "inspection", tiles: [
    {metric: "points", plain: true}, {metric: "inspections"}, {metric: "orders", plain: true}, {metric: "orders_verified"}, {metric: "orders_overdue", bad: true}],
   shares: [
     {title: "findings", parts: [["findings_low", "calm"], ["findings_moderate", "warn"], ["findings_high", "bad"]]},
     {title: "orders", parts: [["orders_issued", "warn"], ["orders_signed", "calm"], ["orders_rectifying", "bad"], ["orders_submitted", "cool"], ["orders_verified", "good"]]}]},
  {name: "group_hotline", tone: "hotline", tiles: [
    {metric: "cases_received", plain: true}, {metric: "cases_open", plain: true}, {metric: "cases_replied"}, {metric: "cases_closed"},
    {metric: "cases_overdue", bad: true}, {metric: "cases_declined", plain: true},
    {metric: "cases_on_time", title: "rate_on_time", of: "cases_due"}, {metric: "cases_satisfied", title: "rate_satisfied", of: "cases_called_back"}],
   shares: [{title: "cases", parts: [["cases_closed", "good"], ["cases_open", "warn"], ["cases_declined", "dull"]]}]},
  {name: "group_publicity", tone: "publicity", tiles: [
    {metric: "placements"}, {metric: "placements_expired", bad: true}, {metric: "briefs_submitted"}, {metric: "briefs_adopted"}, {metric: "brief_points"}],
   shares: [
     {title: "placements", parts: [["placements_good", "good"], ["placements_faded", "calm"], ["placements_damaged", "bad"], ["placements_misprint", "warn"], ["placements_off", "cool"], ["placements_outdated", "dull"]]}]},
];

/** What the list of organisations shows of each. */
export const kColumns = ["service_minutes", "inspections", "orders_overdue", "cases_received", "cases_open", "placements", "briefs_submitted"];

/** What a figure is called where its card does not stand around it. */
export function titleOf(metric) {
  const group = groups.find(({tiles}) => tiles.some((tile) => tile.metric === metric));
  return `${text(group.name)} · ${text(metric)}`;
}

const empty = (figures) => Object.values(figures).every((value) => value === 0);

function valueOf(tile, figures) {
  return tile.of ? share(figures[tile.metric], figures[tile.of]) : amount(tile.metric, figures[tile.metric]);
}

function changeOf(tile, overview) {
  if (!overview.previous || tile.of) return null;
  const change = overview.figures[tile.metric] - overview.previous[tile.metric];
  const title = text("previous", {from: overview.previous_from, to: overview.previous_to});
  if (change === 0) return element("span", {class: "change", title}, text("same"));
  const verdict = tile.plain ? "" : (tile.bad ? change < 0 : change > 0) ? "up" : "down";
  const size = tile.metric === "service_minutes" ? number(Math.abs(change) / 60, 1) : number(Math.abs(change));
  return element("span", {class: `change ${verdict}`, title}, `${change > 0 ? "▲" : "▼"} ${size}`);
}

function drawTile(tile, overview, before, chosen, choose) {
  const value = valueOf(tile, overview.figures);
  const [digits, unit] = value.split("\u00a0");
  const alarming = tile.bad && overview.figures[tile.metric] > 0;
  const moved = before && valueOf(tile, before.figures) !== value;
  return element("button", {
    type: "button", class: `tile${alarming ? " alarming" : ""}${moved ? " moved" : ""}`, "aria-pressed": `${chosen === tile.metric}`,
    "data-metric": tile.metric, onclick: () => choose(tile.metric),
  }, element("span", {class: "name"}, text(tile.title ?? tile.metric)), element("span", {class: "value"}, digits, unit ? element("small", {}, ` ${unit}`) : null), changeOf(tile, overview));
}

/**
 * Draws all cards into `container`. `before` is the overview drawn last, if it was of the same place and period: figures
 * that differ from it flash once.
 */
export function drawFigures(container, overview, before, chosen, choose) {
  const focused = document.activeElement?.dataset?.metric;
  const cards = groups.map((group) => element("section", {class: `card group tone-${group.tone}`},
    element("h2", {}, text(group.name)),
    element("div", {class: "tiles"}, ...group.tiles.map((tile) => drawTile(tile, overview, before, chosen, choose))),
    ...(group.shares ?? []).map((bar) => element("div", {class: "share-bar"},
      element("h3", {}, text(bar.title)),
      drawShares(bar.parts.map(([name, tone]) => ({name, tone, value: overview.figures[name]})))))));
  if (empty(overview.figures)) cards.unshift(element("p", {class: "card empty wide"}, text(overview.from || overview.to ? "no_data" : "nothing_yet")));
  container.replaceChildren(...cards);
  // Drawing anew must not take the keyboard's place away.
  if (focused) container.querySelector(`[data-metric="${focused}"]`)?.focus({preventScroll: true});
}

/** What stands in place of the cards until there is something to show. */
export function drawWaiting(container) {
  container.replaceChildren(...groups.map((group) => element("section", {class: `card group waiting tone-${group.tone}`, "aria-busy": "true"},
    element("h2", {}, text(group.name)), element("div", {class: "tiles"}, ...group.tiles.map(() => element("div", {class: "tile"}))))));
}
