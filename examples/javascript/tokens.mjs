// Tokens from Tekil's key servers, in JavaScript: a partner's own code, independent of Tekil's.
//
//   node tokens.mjs CONFIG.json < identifiers.json > tokens.json
//
// CONFIG.json: {"org", "key" (a PEM file, Ed25519), "epoch", "public_key" (64 hex, pinned), "servers": [url, …]}
// identifiers.json: [["tr.tckimlik", "10000000146"], …], canonical as docs/CANONICAL.md says.
// tokens.json: 32 hex digits for each, in the same order.
//
// The protocol is described in docs/TOKENS.md. RFC 9497 comes from @noble/curves; what is written
// here is the wire, the check that shares belong to the pinned key, and two answers put together.
// It asks two servers and turns to the third when one does not answer or lies; it keeps no cache.

import { createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { ristretto255, ristretto255_oprf as suite } from "@noble/curves/ed25519.js";

const { Point } = ristretto255;
const Scalars = Point.Fn;
const BATCH = 500;
const TOKEN_BYTES = 16;

const hex = (bytes) => Buffer.from(bytes).toString("hex");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));

/** The function's input for a typed, canonical number. */
export function tokenInput(epoch, type, number) {
  return new TextEncoder().encode(`tekil-token-v1\n${epoch}\n${type}\n${number}`);
}

/** What Feldman's commitments say of the public key of a server's share. */
export function sharePublicKey(commitments, server) {
  let [power, sum] = [1n, Point.ZERO];
  for (const commitment of commitments) {
    sum = sum.add(Point.fromHex(commitment).multiply(power));
    power = Scalars.mul(power, BigInt(server));
  }
  return sum;
}

/** Server → the factor of its answer in the answer of the joint key (Lagrange, at 0). */
export function factors(servers) {
  const factor = (own) =>
    servers
      .filter((other) => other !== own)
      .map((other) => Scalars.div(BigInt(other), Scalars.create(BigInt(other) - BigInt(own))))
      .reduce((a, b) => Scalars.mul(a, b), 1n);
  return new Map(servers.map((server) => [server, factor(server)]));
}

async function held(url, epoch, publicKey) {
  const answer = await fetch(`${url}/v1/epochs`);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const { server, held: all } = await answer.json();
  const mine = all.filter((one) => one.epoch === epoch);
  if (mine.some((one) => one.commitments[0] !== publicKey)) {
    throw new Error(`${url} holds another key for ${epoch} than the pinned one`);
  }
  return { url, server, mine };
}

/** The newest generation that enough servers hold, and who they are. */
export function choose(found) {
  const groups = new Map();
  for (const { url, server, mine } of found) {
    for (const { generation, servers, commitments } of mine) {
      const name = JSON.stringify([generation, servers, commitments]);
      const group = groups.get(name) ?? { generation, commitments, servers: [] };
      group.servers.push({ url, server });
      groups.set(name, group);
    }
  }
  const enough = [...groups.values()].filter((g) => g.servers.length >= g.commitments.length);
  if (!enough.length) throw new Error("too few key servers hold this epoch");
  return enough.reduce((a, b) => (b.generation > a.generation ? b : a));
}

async function ask(config, committee, { url, server }, blinded) {
  const body = JSON.stringify({
    epoch: config.epoch,
    generation: committee.generation,
    blinded_elements: blinded.map(hex),
  });
  const [request, time] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const head = `tekil-evaluate-v1\n${server}\n${config.org}\n${request}\n${time}\n`;
  const answer = await fetch(`${url}/v1/evaluate`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "tekil-org": config.org,
      "tekil-key": config.publicKey,
      "tekil-time": time,
      "tekil-request": request,
      "tekil-sig": sign(null, Buffer.from(head + body), config.privateKey).toString("hex"),
    },
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${said.error}: ${said.detail}`);
  return said;
}

/** A connection that lay idle while points were computed may be closed: once more, on a new one. */
function askedTwice(...what) {
  return ask(...what).catch((error) => {
    if (error instanceof TypeError) return ask(...what); // fetch's own: no answer came
    throw error;
  });
}

/** The evaluated points of one server. Throws unless its proof holds under its share's key. */
function checked(committee, server, inputs, blinds, blinded, said) {
  const evaluated = said.evaluated_elements.map(bytes);
  if (said.generation !== committee.generation || evaluated.length !== inputs.length) {
    throw new Error("an answer to something else");
  }
  const items = inputs.map((input, i) => ({
    input,
    blind: blinds[i],
    evaluated: evaluated[i],
    blinded: blinded[i],
  }));
  const key = sharePublicKey(committee.commitments, server).toBytes();
  suite.voprf.finalizeBatch(items, key, bytes(said.proof)); // throws; the output is the share's alone
  return evaluated.map((one) => Point.fromBytes(one));
}

async function batch(config, committee, inputs) {
  const made = inputs.map((input) => suite.voprf.blind(input));
  const [blinds, blinded] = [made.map((one) => one.blind), made.map((one) => one.blinded)];
  const good = new Map();
  for (const one of committee.servers) {
    if (good.size === committee.commitments.length) break;
    try {
      const said = await askedTwice(config, committee, one, blinded);
      good.set(one.server, checked(committee, one.server, inputs, blinds, blinded, said));
    } catch (error) {
      const cause = error.cause ? ` (${error.cause.code ?? error.cause.message})` : "";
      console.error(`key server ${one.server}: ${error.message}${cause}`); // and the next one is asked
    }
  }
  if (good.size < committee.commitments.length) throw new Error("too few good answers");
  const weights = factors([...good.keys()]);
  return inputs.map((input, i) => {
    let joint = Point.ZERO;
    for (const [server, points] of good) joint = joint.add(points[i].multiply(weights.get(server)));
    return suite.oprf.finalize(input, blinds[i], joint.toBytes());
  });
}

/** 32 hex digits for each [type, canonical number], in the same order. */
export async function tokens(config, identifiers) {
  const asked = await Promise.allSettled(
    config.servers.map((url) => held(url, config.epoch, config.public_key)),
  );
  for (const one of asked) if (one.status === "rejected") console.error(one.reason.message);
  const committee = choose(asked.filter((one) => one.value).map((one) => one.value));
  const found = [];
  for (let start = 0; start < identifiers.length; start += BATCH) {
    const inputs = identifiers
      .slice(start, start + BATCH)
      .map(([type, number]) => tokenInput(config.epoch, type, number));
    for (const output of await batch(config, committee, inputs)) {
      found.push(hex(output.slice(0, TOKEN_BYTES)));
    }
  }
  return found;
}

/** The configuration with its key read. */
export function configured(file) {
  const config = JSON.parse(readFileSync(file, "utf8"));
  const privateKey = createPrivateKey(readFileSync(config.key));
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return { ...config, privateKey, publicKey: hex(spki.subarray(-32)) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const identifiers = JSON.parse(readFileSync(0, "utf8"));
  console.log(JSON.stringify(await tokens(configured(process.argv[2]), identifiers)));
}
