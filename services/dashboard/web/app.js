// The page: signing in, choosing a place and a period, and showing what is there as it changes.

import {follow, get, signedIn, signIn, signOut} from "/api.js";
import {drawTrend} from "/chart.js";
import {byId, element} from "/dom.js";
import {drawFigures, drawWaiting, kColumns, titleOf} from "/figures.js";
import {daysOf, daysOfTrend, kChoices} from "/period.js";
import {amount, columnName, fillTexts, number, switchLanguage, text} from "/texts.js";

const kPageSize = 50;
const kBesides = 3000;  // milliseconds: the list and the chart follow the live figures no more often than this
const kNewDay = 30_000;  // milliseconds: how soon a screen that stays open notices that a new day has begun

const state = {
  me: null,
  home: null,         // the organisation at which this user starts; "" for the whole deployment
  unit: "",
  choice: "month",    // one of kChoices, or "days" for days typed in
  from: "", to: "",
  metric: "cases_received",
  overview: null,
  trend: null,        // drawn last
  listed: 0,          // how many organisations the user has unfolded
  viewing: null,      // aborts everything that belongs to the view shown
  besides: null,      // the timer that redraws list and chart
};

// -- Where we are, in the address, so that the browser's back button works ------------------------------------------

function addressOf(unit, choice, from, to) {
  const parameters = new URLSearchParams({unit, period: choice});
  if (choice === "days") { parameters.set("from", from); parameters.set("to", to); }
  return `#${parameters}`;
}

function choosePeriod(choice, from = "", to = "") {
  const hash = addressOf(state.unit, choice, from, to);
  if (location.hash === hash) show(); else location.hash = hash;
}

function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  state.unit = parameters.get("unit") ?? state.home;
  state.choice = parameters.get("period") ?? "month";
  const typed = {from: parameters.get("from") ?? "", to: parameters.get("to") ?? ""};
  Object.assign(state, state.choice === "days" ? typed : daysOf(state.choice));
}

const linkTo = (unit, name) => element("a", {href: addressOf(unit, state.choice, state.from, state.to)}, name);
const query = () => ({unit_id: state.unit, from: state.from, to: state.to});

// -- Signing in and out ---------------------------------------------------------------------------------------------

const mayLook = new Set(["ADMIN", "OFFICE", "UNIT_HEAD", "LIAISON", "INSPECTOR", "OPERATOR", "PUBLICIST", "AUDITOR"]);

async function start() {
  try {
    state.me = await get("/v1/me");
  } catch (problem) {
    return problem.status === 401 ? askToSignIn(problem.message) : failed(problem, start);
  }
  const units = state.me.roles.filter((held) => mayLook.has(held.role)).map((held) => held.unit_id);
  if (units.length === 0) {
    await signOut();
    return askToSignIn(text("no_access"));
  }
  state.home = units.includes("") ? "" : units[0];
  show();
}

function askToSignIn(message = "") {
  stopViewing();
  byId("board").hidden = true;
  byId("sign-in").hidden = false;
  byId("sign-out").hidden = true;
  byId("connection").hidden = true;
  showProblem(byId("sign-in-error"), message);
  byId("sign-in-form").elements.account.focus();
}

byId("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const {account, password} = event.target.elements;
  const button = event.target.querySelector("button");
  button.disabled = true;
  showProblem(byId("sign-in-error"), "");
  try {
    await signIn(account.value, password.value);
    password.value = "";
    await start();
  } catch (problem) {
    showProblem(byId("sign-in-error"), problem.message);
  } finally {
    button.disabled = false;
  }
});

byId("sign-out").addEventListener("click", async () => {
  await signOut();
  history.replaceState(null, "", location.pathname);
  askToSignIn();
});

// -- Showing a place ------------------------------------------------------------------------------------------------

const isViewing = () => state.me !== null && !byId("board").hidden;

function stopViewing() {
  state.viewing?.abort();
  clearTimeout(state.besides);
  state.besides = null;
}

function show() {
  stopViewing();
  const before = state.unit;
  readAddress();
  if (state.unit !== before) window.scrollTo(0, 0);
  Object.assign(state, {overview: null, trend: null, listed: kPageSize, viewing: new AbortController()});
  byId("sign-in").hidden = true;
  byId("board").hidden = false;
  byId("sign-out").hidden = false;
  byId("notice").hidden = true;
  drawPeriod();
  drawWaiting(byId("groups"));
  byId("unit-name").textContent = "…";
  byId("units").replaceChildren(element("p", {class: "empty"}, text("loading")));
  byId("trend").replaceChildren();
  byId("trend-total").textContent = byId("units-count").textContent = "";
  follow("/v1/dashboard/stream", query(), state.viewing.signal, {
    state: drawConnection,
    value: showOverview,
    again: showBesides,
    problem: (problem) => { byId("connection").hidden = true; failed(problem, show); },
  });
}

function showOverview(overview) {
  const before = state.overview;
  state.overview = overview;
  byId("notice").hidden = true;
  drawPath();
  drawFigures(byId("groups"), overview, before, state.metric, chooseMetric);
  if (!before) showBesides();
  else state.besides ??= setTimeout(showBesides, kBesides);
}

async function showBesides() {
  clearTimeout(state.besides);
  state.besides = null;
  const signal = state.viewing.signal;
  try {
    await Promise.all([showTrend(signal), showUnits(signal)]);
    if (!signal.aborted) byId("notice").hidden = true;
  } catch (problem) {
    if (!signal.aborted) failed(problem, showBesides);
  }
}

async function showTrend(signal) {
  const metric = state.metric;
  const trend = await get("/v1/dashboard/trends", {unit_id: state.unit, metric: metric.toUpperCase(), ...daysOfTrend(state)}, signal);
  if (signal.aborted || metric !== state.metric) return;
  byId("trend-title").textContent = titleOf(metric);
  const total = trend.points.reduce((sum, point) => sum + point.amount, 0);
  byId("trend-total").textContent = text("total", {n: amount(metric, total)});
  state.trend = {metric, points: trend.points};
  redrawTrend();
}

function redrawTrend() {
  if (state.trend) drawTrend(byId("trend"), state.trend.metric, state.trend.points);
}

async function showUnits(signal) {
  const units = [];
  let page = {next_page_token: ""};
  do {
    page = await get("/v1/dashboard/units", {...query(), page_size: kPageSize, page_token: page.next_page_token, include_total: true}, signal);
    units.push(...page.units);
  } while (page.next_page_token && units.length < state.listed);
  if (!signal.aborted) drawUnits(units, page);
}

function chooseMetric(metric) {
  state.metric = metric;
  for (const tile of document.querySelectorAll(".tile[data-metric]")) tile.setAttribute("aria-pressed", `${tile.dataset.metric === metric}`);
  showBesides();
}

// -- Drawing --------------------------------------------------------------------------------------------------------

function drawConnection(connection) {
  const badge = byId("connection");
  badge.hidden = false;
  badge.className = `connection ${connection}`;
  badge.textContent = text(connection);
}

function drawPath() {
  const {path, name, unit_id: unit} = state.overview;
  byId("unit-name").textContent = unit ? name || unit : text("everything");
  // Above the place where this user starts there is nothing for them to open.
  const reach = state.home ? path.findIndex((step) => step.unit_id === state.home) : 0;
  const steps = path.map((step, index) => index < reach || index === path.length - 1
    ? element("span", index === path.length - 1 ? {"aria-current": "page"} : {}, step.name)
    : linkTo(step.unit_id, step.name));
  if (!state.home) steps.unshift(unit ? linkTo("", text("everything")) : element("span", {"aria-current": "page"}, text("everything")));
  byId("path").replaceChildren(...steps);
}

function drawPeriod() {
  byId("period-choices").replaceChildren(...kChoices.map((choice) => element("button", {
    type: "button", "aria-pressed": `${choice === state.choice}`,
    onclick: () => choosePeriod(choice),
  }, text(choice))));
  byId("from").value = state.from;
  byId("to").value = state.to;
}

byId("period").addEventListener("change", () => {
  const from = byId("from").value, to = byId("to").value;
  const backwards = from && to && from > to;
  byId("to").setCustomValidity(backwards ? text("period_backwards") : "");
  if (backwards) byId("to").reportValidity(); else choosePeriod("days", from, to);
});

function drawUnits(units, page) {
  byId("units-count").textContent = units.length ? text("count", {n: number(page.total)}) : "";
  if (units.length === 0) return byId("units").replaceChildren(element("p", {class: "empty"}, text("no_units")));
  const rows = units.map((unit) => element("tr", {},
    element("th", {scope: "row"}, linkTo(unit.unit_id, unit.name)),
    ...kColumns.map((metric) => element("td", {"data-name": columnName(metric), class: unit.figures[metric] ? (metric.endsWith("_overdue") ? "alarming" : "") : "none"},
      amount(metric, unit.figures[metric])))));
  const table = element("table", {},
    element("thead", {}, element("tr", {}, element("th", {scope: "col"}, text("unit")), ...kColumns.map((metric) => element("th", {scope: "col"}, columnName(metric))))),
    element("tbody", {}, ...rows));
  const more = page.next_page_token ? element("button", {type: "button", class: "quiet", onclick: () => { state.listed += kPageSize; showBesides(); }}, text("more")) : null;
  byId("units").replaceChildren(...[table, more].filter(Boolean));
}

function showProblem(place, message) {
  place.textContent = message;
  place.hidden = !message;
}

function failed(problem, again) {
  if (problem.status === 401) return askToSignIn(problem.message);
  const notice = byId("notice");
  byId("board").hidden = false;
  notice.hidden = false;
  notice.replaceChildren(element("span", {}, problem.message), element("button", {type: "button", class: "quiet", onclick: again}, text("retry")));
  if (state.overview) return;
  byId("unit-name").textContent = "";
  for (const id of ["groups", "units"]) byId(id).replaceChildren();
  byId("path").replaceChildren(...(state.me ? [element("a", {href: "#"}, text("home"))] : []));
}

// -- Start ----------------------------------------------------------------------------------------------------------

function drawTexts() {
  fillTexts();
  byId("language").textContent = text("other_language");
}

byId("language").addEventListener("click", () => {
  switchLanguage();
  drawTexts();
  if (isViewing()) show();
});

history.scrollRestoration = "manual";  // the browser would go to where the reader was before the figures are there
window.addEventListener("resize", redrawTrend);
window.addEventListener("hashchange", () => { if (state.me && signedIn()) show(); });

// Browsers keep a page that is left, its stream included, to have it at once when its reader returns; and they open only six
// connections to a server.
window.addEventListener("pagehide", stopViewing);
window.addEventListener("pageshow", (event) => { if (event.persisted && isViewing()) show(); });

// A screen on the wall stays open over midnight: then "today" and "this month" mean other days.
setInterval(() => {
  if (isViewing() && state.choice !== "days" && daysOf(state.choice).to !== state.to) show();
}, kNewDay);

drawTexts();
if (signedIn()) start(); else askToSignIn();
