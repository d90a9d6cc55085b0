// Talks to the server: sessions, requests, live streams. Nothing here knows what the page looks like.

import {currentLanguage, text} from "/texts.js";

const kStored = "wenming.session";
const kRefreshBefore = 60_000;  // milliseconds before the access token runs out
const kSilence = 45_000;        // a live stream that says nothing for so long (the server's heartbeats included) is dead

let tokens = JSON.parse(sessionStorage.getItem(kStored) || "null");
let refreshing = null;

/** A refusal or failure, with a sentence for the user. */
export class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const signedIn = () => tokens !== null;

function keep(answer) {
  tokens = answer;
  if (answer) sessionStorage.setItem(kStored, JSON.stringify(answer));
  else sessionStorage.removeItem(kStored);
}

async function send(path, options) {
  const headers = {"Accept-Language": currentLanguage() === "zh" ? "zh-CN" : "en", ...options.headers};
  try {
    return await fetch(path, {...options, headers});
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, text("unreachable"));
  }
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}));
  return new Problem(response.status, problem.detail || problem.title || `${response.status}`);
}

async function post(path, body, headers = {}) {
  const response = await send(path, {method: "POST", headers: {"Content-Type": "application/json", ...headers}, body: JSON.stringify(body)});
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

export async function signIn(account, password) {
  keep(await post("/v1/sessions", {account, password}));
}

export async function signOut() {
  const bearer = tokens?.access_token;
  keep(null);
  if (bearer) await post("/v1/sessions:end", {}, {Authorization: `Bearer ${bearer}`}).catch(() => {});
}

// A refresh token is good once, so everybody who needs a new access token waits for the same request.
function refresh() {
  refreshing ??= post("/v1/sessions:refresh", {refresh_token: tokens.refresh_token})
    .then(keep)
    .catch((problem) => {
      if (problem.status === 0 || problem.status >= 500) throw problem;
      keep(null);
      throw new Problem(401, text("session_over"));
    })
    .finally(() => { refreshing = null; });
  return refreshing;
}

async function authorised(path, options = {}) {
  if (!tokens) throw new Problem(401, text("session_over"));
  if (Date.parse(tokens.access_expires_at) - Date.now() < kRefreshBefore) await refresh();
  const withToken = () => send(path, {...options, headers: {...options.headers, Authorization: `Bearer ${tokens.access_token}`}});
  let response = await withToken();
  if (response.status === 401) {
    await refresh();
    response = await withToken();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** GETs a resource; parameters that are empty are left out. */
export async function get(path, parameters = {}, signal) {
  return (await authorised(address(path, parameters), {signal})).json();
}

function address(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/**
 * Follows a live stream until `signal` aborts, reconnecting with the last id for as long as the server may come back.
 * `on.value` gets each value, `on.state` "connecting", "live" or "offline", `on.problem` what cannot be retried. `on.again`
 * is called when the stream is back: the server repeats no value that is still right.
 */
export async function follow(path, parameters, signal, on) {
  let lastId = "";
  for (let attempt = 0; !signal.aborted; ++attempt) {
    on.state(attempt === 0 ? "connecting" : "offline");
    try {
      const headers = lastId ? {"Last-Event-ID": lastId} : {};
      const response = await authorised(address(path, parameters), {signal, headers});
      on.state("live");
      if (lastId) on.again();
      let reopen = false;
      await readEvents(response.body, signal, (event) => {
        attempt = 0;
        if (event.id) lastId = event.id;
        if (event.name === "value") on.value(JSON.parse(event.data));
        if (event.name === "end") reopen = JSON.parse(event.data).code === "reopen";
      });
      if (reopen) {  // the stream has had its time, nothing is wrong: the server only wants to see the token again
        attempt = -1;
        continue;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) return on.problem(error);
    }
    if (signal.aborted) return;
    on.state("offline");
    // Many pages lose their stream at the same moment; they must not all come back at the same moment.
    await pause(Math.min(15_000, 500 * 2 ** attempt) * (0.5 + Math.random()), signal);
  }
}

async function readEvents(body, signal, take) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  while (true) {
    const {done, value} = await orSilence(reader.read(), reader);
    if (done) return;
    buffer += value;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const event = {name: "message", data: "", id: ""};
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        else if (line.startsWith("data: ")) event.data += line.slice(6);
        else if (line.startsWith("id: ")) event.id = line.slice(4);
      }
      if (!signal.aborted) take(event);
    }
  }
}

function orSilence(read, reader) {
  let timer;
  const silence = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reader.cancel().catch(() => {});
      reject(new Problem(0, text("unreachable")));
    }, kSilence);
  });
  return Promise.race([read, silence]).finally(() => clearTimeout(timer));
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, {once: true});
  });
}
