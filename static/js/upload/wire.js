// The protocol of an upload: names first, then each file in pieces with offset and checksum. Whatever was lost on the way is asked for
// again; the server alone says how much of a file is there.

export class Refused extends Error {} // by a rule: trying again as it is changes nothing
export class SignedOut extends Error {}

const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
// After signing in again in another tab the cookie is newer than the page.
const cookie = () => document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] ?? token();

async function ask(url, method, body, headers = {}) {
  const response = await fetch(url, {
    method, body, redirect: "manual", credentials: "same-origin",
    headers: { Accept: "application/json", "X-CSRFToken": cookie(), ...headers },
  });
  if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) throw new SignedOut("Your session has ended.");
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 409 && "offset" in answer) return { ...answer, isElsewhere: true };
  if (response.status >= 500 && response.status !== 507) throw new Error(`The server answered ${response.status}.`);
  throw new Refused(answer.detail || `The server refused it (${response.status}).`);
}

export const announce = async (url, files) =>
  (await ask(url, "POST", JSON.stringify({ files }), { "Content-Type": "application/json" })).files;

// The bytes of a piece, their checksum, and what lies in front of them, so that no piece is joined to another file.
export const send = (url, bytes, offset, checksum, before) =>
  ask(url, "PATCH", bytes, {
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
    "Upload-Checksum": checksum,
    ...(offset ? { "Upload-Before": before } : {}),
  });
