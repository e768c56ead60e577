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

export async function send(url, piece, offset) {
  const bytes = await piece.arrayBuffer();
  return ask(url, "PATCH", bytes, {
    "Content-Type": "application/offset+octet-stream",
    "Upload-Offset": String(offset),
    "Upload-Checksum": await checksum(bytes),
  });
}

// crypto.subtle is there on https and localhost only.
export async function checksum(bytes) {
  if (!globalThis.crypto?.subtle) return `crc32 ${crc32(new Uint8Array(bytes)).toString(16).padStart(8, "0")}`;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256 ${[...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

export function crc32(bytes) {
  let value = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) value = TABLE[(value ^ bytes[index]) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
